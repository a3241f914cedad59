package survey

import (
	"path"
	"strings"

	"lbimage/overlay"
)

// extlinux reads the configuration of extlinux or syslinux: words and values, one a line; LABEL begins an entry.
func extlinux(t overlay.ReadTree) (Menu, bool, error) {
	text, at, err := first(t, maxMenu, "/boot/extlinux/extlinux.conf", "/boot/extlinux.conf", "/extlinux.conf",
		"/boot/syslinux/extlinux.conf", "/boot/syslinux/syslinux.cfg", "/boot/syslinux.cfg", "/syslinux/syslinux.cfg", "/syslinux.cfg")
	if err != nil || at == "" {
		return Menu{}, false, err
	}
	m := Menu{Loader: Extlinux, Path: at, Default: -1, Entries: []Entry{}}
	dir := path.Dir(at)
	full := func(file string) string {
		if path.IsAbs(file) {
			return file
		}
		return path.Join(dir, file)
	}
	marked, global, n := "", "", 0
	for line := range strings.Lines(text) {
		n++
		key, value := cutWord(line)
		var e *Entry
		if len(m.Entries) > 0 {
			e = &m.Entries[len(m.Entries)-1]
		}
		key = strings.ToLower(key)
		if key == "menu" {
			var sub string
			sub, value = cutWord(value)
			key += " " + strings.ToLower(sub)
		}
		switch {
		case key == "default" || key == "ontimeout" && m.Asked == "":
			m.Asked, _ = cutWord(value)
		case key == "serial":
			m.Serial = true
		case key == "label":
			if len(m.Entries) == maxEntries {
				m.Notes = noted(m.Notes, at+": more entries than are looked at")
				return m, true, nil
			}
			m.Entries = append(m.Entries, Entry{Title: value, ID: value, Line: n, Args: global})
		case key == "append" && e == nil:
			global = value
		case e == nil:
		case key == "menu label":
			e.Title = strings.ReplaceAll(value, "^", "")
		case key == "menu default":
			marked = e.ID
		case key == "kernel", key == "linux":
			e.Kernel, e.KernelLine = full(value), n
		case key == "initrd":
			for f := range strings.SplitSeq(value, ",") {
				e.Initrd = append(e.Initrd, full(f))
			}
			e.InitrdLine = n
		case key == "append":
			e.Args = value
			if value == "-" {
				e.Args = ""
			}
			if v, ok := e.Arg("initrd"); ok && len(e.Initrd) == 0 {
				for f := range strings.SplitSeq(v, ",") {
					e.Initrd = append(e.Initrd, full(f))
				}
				e.InitrdLine = n
			}
		}
	}
	if marked != "" {
		m.Asked = marked
	}
	for i, e := range m.Entries {
		if e.ID == m.Asked || m.Asked == "" && i == 0 {
			m.Default = i
			break
		}
	}
	return m, true, nil
}

// cutWord takes the first word off a line.
func cutWord(s string) (word, rest string) {
	s = strings.TrimSpace(s)
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimSpace(s[i:])
}
