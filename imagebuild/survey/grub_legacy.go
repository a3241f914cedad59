package survey

import (
	"strconv"
	"strings"

	"lbimage/overlay"
)

// grubLegacy reads menu.lst or grub.conf of GRUB 0.97, as CentOS 6 has it; pv-grub of paravirtual clouds reads the same.
// What stands before the first title is for the menu.
func grubLegacy(t overlay.ReadTree) (Menu, bool, error) {
	text, at, err := first(t, maxMenu, "/boot/grub/grub.conf", "/boot/grub/menu.lst", "/grub/grub.conf", "/grub/menu.lst", "/etc/grub.conf")
	if err != nil || at == "" {
		return Menu{}, false, err
	}
	m := Menu{Loader: GRUBLegacy, Path: at, Default: -1, Entries: []Entry{}}
	fallback, n := "", 0
	for line := range strings.Lines(text) {
		n++
		key, value := cutWord(line)
		if key == "" || key[0] == '#' {
			continue
		}
		if k, v, ok := strings.Cut(key, "="); ok { // default=0
			key, value = k, strings.TrimSpace(v+" "+value)
		}
		value = strings.TrimSpace(strings.TrimPrefix(value, "=")) // default = 0
		if key == "title" {
			if len(m.Entries) == maxEntries {
				m.Notes = noted(m.Notes, at+": more entries than are looked at")
				break
			}
			m.Entries = append(m.Entries, Entry{Title: value, Line: n})
			continue
		}
		if len(m.Entries) == 0 {
			switch key {
			case "default":
				m.Asked = value
			case "fallback":
				fallback, _ = cutWord(value)
			case "serial", "terminal":
				m.Serial = m.Serial || key == "serial" || strings.Contains(value, "serial")
			}
			continue
		}
		m.Entries[len(m.Entries)-1].legacy(key, value, n)
	}
	m.legacyDefault(t, fallback)
	return m, true, nil
}

// legacy takes a command of an entry in.
func (e *Entry) legacy(key, value string, n int) {
	switch key {
	case "root", "rootnoverify":
		e.Device, e.DeviceLine = value, n
	case "uuid":
		e.SearchUUID, e.SearchLine = value, n
	case "kernel":
		for strings.HasPrefix(value, "--") { // --type=linux, --no-mem-option
			_, value = cutWord(value)
		}
		e.Kernel, e.Args = cutWord(value)
		e.KernelLine = n
	case "initrd":
		e.Initrd, e.InitrdLine = strings.Fields(value), n
	case "module", "modulenounzip": // of a hypervisor, which is what 'kernel' names then: the kernel, and then its initramfs
		file, args := cutWord(value)
		switch {
		case e.Kernel == "" || strings.Contains(e.Kernel, "xen") && !strings.Contains(e.Kernel, "vmlinu"):
			e.Kernel, e.Args, e.KernelLine = file, args, n
		default:
			e.Initrd, e.InitrdLine = append(e.Initrd, file), n
		}
	case "chainloader", "configfile":
		e.Chain = value
	}
}

// legacyDefault finds the entry that is started: by its number, or the one that was saved.
func (m *Menu) legacyDefault(t overlay.ReadTree, fallback string) {
	if len(m.Entries) == 0 {
		return
	}
	asked := m.Asked
	if asked == "saved" { // the number stands in a file of its own
		saved, _ := text(t, "/boot/grub/default", 1<<16)
		asked, _, _ = strings.Cut(strings.TrimSpace(strings.ReplaceAll(saved, "\x00", "\n")), "\n")
	}
	for _, word := range []string{asked, fallback} {
		if i, err := strconv.Atoi(word); err == nil && i >= 0 && i < len(m.Entries) {
			m.Default = i
			return
		}
		if word == "" && m.Default < 0 && asked == "" {
			m.Default = 0
			return
		}
	}
	if asked == "" || m.Asked == "saved" {
		m.Default = 0
	}
}
