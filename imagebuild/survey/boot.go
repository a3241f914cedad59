package survey

import (
	"path"
	"strings"

	"lbimage/overlay"
)

// Boot is how the system is started.
type Boot struct {
	// Menus are the configurations of boot loaders that there are, the one that counts most first. An image whose kernel
	// lies beside it may have none.
	Menus []Menu `json:"menus"`
	// Kernels are those in /boot and those of which there are modules, the oldest first.
	Kernels   []Kernel    `json:"kernels"`
	Initramfs []Initramfs `json:"initramfs"`
	Fstab     []Mount     `json:"fstab"`
	Consoles  []Console   `json:"consoles"`
	Notes     []string    `json:"notes,omitempty"`
}

// Kinds of boot loader.
const (
	GRUBLegacy  = "GRUB legacy"
	GRUB2       = "GRUB 2"
	Extlinux    = "extlinux"
	SystemdBoot = "systemd-boot"
)

// Menu is what a boot loader offers.
type Menu struct {
	Loader string `json:"loader"`
	Path   string `json:"path"` // of its configuration, links followed
	// Asked is the default as it is written: a number, a title, an identifier; empty where it is not.
	Asked string `json:"asked,omitempty"`
	// Default is the entry that is started, as an index of Entries; -1 where there is none.
	Default int     `json:"default"`
	Entries []Entry `json:"entries"`
	// Serial says that the boot loader itself talks on a serial line.
	Serial bool     `json:"serial,omitempty"`
	Notes  []string `json:"notes,omitempty"`
}

// Entry is a system that a boot loader starts.
type Entry struct {
	Title string `json:"title,omitempty"`
	ID    string `json:"id,omitempty"`
	Path  string `json:"path,omitempty"` // of its own file, where it has one
	Line  int    `json:"line"`           // where it begins
	// Kernel is the kernel's path as the boot loader is told, Args what the kernel is told, Initrd the paths of
	// initramfs images.
	Kernel     string   `json:"kernel,omitempty"`
	KernelLine int      `json:"kernelLine,omitempty"`
	Args       string   `json:"args,omitempty"`
	Initrd     []string `json:"initrd,omitempty"`
	InitrdLine int      `json:"initrdLine,omitempty"`
	// SearchUUID and SearchLabel are the file system that GRUB looks for, to find the files on it.
	SearchUUID  string `json:"searchUUID,omitempty"`
	SearchLabel string `json:"searchLabel,omitempty"`
	SearchLine  int    `json:"searchLine,omitempty"`
	// Device is GRUB's own name of the disk: (hd0,0). An entry that loads no kernel but another boot loader has Chain.
	Device     string `json:"device,omitempty"`
	DeviceLine int    `json:"-"`
	Chain      string `json:"chain,omitempty"`
	place      string // among submenus, as GRUB counts: 1>0
}

// Started is the entry that a menu starts by default.
func (m Menu) Started() (Entry, bool) {
	if m.Default < 0 || m.Default >= len(m.Entries) {
		return Entry{}, false
	}
	return m.Entries[m.Default], true
}

// Arg gives the last value of a kernel parameter: of root= the device. ok is false where it is not given.
func (e Entry) Arg(name string) (value string, ok bool) {
	for _, v := range e.ArgAll(name) {
		value, ok = v, true
	}
	return value, ok
}

// ArgAll gives every value of a kernel parameter that may be given more than once, as console= may.
func (e Entry) ArgAll(name string) []string {
	var out []string
	for _, w := range kernelWords(e.Args) {
		if key, v, _ := strings.Cut(w, "="); key == name {
			out = append(out, v)
		}
	}
	return out
}

// kernelWords cuts a command line as the kernel does: quotation marks keep spaces together.
func kernelWords(args string) []string {
	var out []string
	var w strings.Builder
	quoted, any := false, false
	for _, r := range args {
		switch {
		case r == '"':
			quoted, any = !quoted, true
		case (r == ' ' || r == '\t' || r == '\n') && !quoted:
			if any {
				out = append(out, w.String())
			}
			w.Reset()
			any = false
		default:
			w.WriteRune(r)
			any = true
		}
	}
	if any {
		out = append(out, w.String())
	}
	return out
}

// Bounds on what boot loaders are told.
const (
	maxMenu    = 1 << 20 // bytes of a configuration
	maxEntries = 512
)

// boot looks how the system is started.
func boot(t overlay.ReadTree) (Boot, error) {
	b := Boot{Menus: []Menu{}, Kernels: kernels(t), Initramfs: initramfs(t), Fstab: []Mount{}, Consoles: []Console{}}
	for _, read := range []func(overlay.ReadTree) (Menu, bool, error){grub2, grubLegacy, extlinux, systemdBoot} {
		m, ok, err := read(t)
		switch {
		case err != nil:
			b.Notes = noted(b.Notes, err.Error())
		case ok:
			b.Menus = append(b.Menus, m)
		}
	}
	var err error
	if b.Fstab, err = fstab(t); err != nil {
		b.Notes = noted(b.Notes, err.Error())
	}
	b.Consoles = consoles(t, b.Menus)
	return b, nil
}

// first gives the first of some files that is there, its text and its path.
func first(t overlay.ReadTree, max int64, names ...string) (text, at string, err error) {
	for _, name := range names {
		b, r, err := overlay.ReadFile(t, name, max)
		if absent(err) {
			continue
		}
		return string(b), r.Path(), err
	}
	return "", "", nil
}

// BootFile finds a file that a boot loader names, in an image: as it is written, below /boot where that is a file
// system of its own, without the name of a disk before it: (hd0,0)/vmlinuz.
func BootFile(t overlay.ReadTree, name string) (overlay.Resolved, bool) {
	if strings.HasPrefix(name, "(") {
		if _, rest, ok := strings.Cut(name, ")"); ok {
			name = rest
		}
	}
	for _, at := range []string{name, path.Join("/boot", name)} {
		if r, ok := regular(t, at); ok {
			return r, true
		}
	}
	return overlay.Resolved{}, false
}
