package survey

import (
	"path"
	"slices"
	"strings"

	"lbimage/imagebuild/rpm"
	"lbimage/overlay"
)

// blsEntries reads the entries that lie in files of their own (the Boot Loader Specification, type 1), the newest
// first, as GRUB's blscfg sorts them. vars are what GRUB's variables stand for in them.
func blsEntries(t overlay.ReadTree, dir string, vars map[string]string) []Entry {
	var out []Entry
	for _, name := range namesIn(t, dir) {
		id, ok := strings.CutSuffix(name, ".conf")
		if !ok || len(out) == maxEntries {
			continue
		}
		at := path.Join(dir, name)
		lines, err := text(t, at, 1<<16)
		if err != nil || lines == "" {
			continue
		}
		e := Entry{ID: id, Path: at, Line: 1}
		n := 0
		for line := range strings.Lines(lines) {
			n++
			key, value := cutWord(line)
			switch key {
			case "title":
				e.Title = value
			case "linux":
				e.Kernel, e.KernelLine = value, n
			case "initrd":
				e.Initrd = append(e.Initrd, strings.Fields(expandVars(value, vars))...)
				e.InitrdLine = n
			case "options":
				e.Args = strings.TrimSpace(e.Args + " " + expandVars(value, vars))
			case "efi":
				e.Chain = value
			}
		}
		if e.Kernel != "" || e.Chain != "" {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b Entry) int { return rpm.CompareVersions(b.ID, a.ID) })
	return out
}

// expandVars replaces $name and ${name}.
func expandVars(s string, vars map[string]string) string {
	var b strings.Builder
	for len(s) > 0 && b.Len() < maxGrubWord {
		i := strings.IndexByte(s, '$')
		if i < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:i])
		name, n := varName(s[i:])
		if n == 0 {
			b.WriteByte('$')
			n = 1
		}
		b.WriteString(vars[name])
		s = s[i+n:]
	}
	return b.String()
}

// varName reads $name or ${name} at the head of a text and gives how long that is; 0 for none.
func varName(s string) (name string, n int) {
	if len(s) > 1 && s[1] == '{' {
		end := strings.IndexByte(s, '}')
		if end < 0 {
			return "", 0
		}
		return s[2:end], end + 1
	}
	for n = 1; n < len(s); n++ {
		c := s[n]
		if c != '_' && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(n > 1 && c >= '0' && c <= '9') {
			break
		}
	}
	if n == 1 {
		return "", 0
	}
	return s[1:n], n
}

// systemdBoot reads loader.conf and the entries beside it. Its files lie on the EFI partition, so there is something
// to read only where that is a folder of the image.
func systemdBoot(t overlay.ReadTree) (Menu, bool, error) {
	for _, esp := range []string{"/efi", "/boot/efi", "/boot"} {
		conf, at, err := first(t, 1<<16, esp+"/loader/loader.conf")
		if err != nil {
			return Menu{}, false, err
		}
		if at == "" {
			continue
		}
		m := Menu{Loader: SystemdBoot, Path: at, Default: -1, Entries: []Entry{}}
		for line := range strings.Lines(conf) {
			if key, value := cutWord(line); key == "default" {
				m.Asked = value
			}
		}
		m.Entries = append(m.Entries, blsEntries(t, esp+"/loader/entries", nil)...)
		for i, e := range m.Entries {
			if ok, _ := path.Match(strings.TrimSuffix(m.Asked, ".conf"), e.ID); ok || m.Asked == "" {
				m.Default = i
				break
			}
		}
		if m.Default < 0 && len(m.Entries) > 0 {
			m.Default = 0
		}
		return m, true, nil
	}
	return Menu{}, false, nil
}
