package survey

import (
	"encoding/binary"
	"io"
	"path"
	"slices"
	"strings"

	"lbimage/imagebuild/rpm"
	"lbimage/overlay"
)

// Kernel is a kernel, or modules of one.
type Kernel struct {
	Version string `json:"version"`
	Path    string `json:"path,omitempty"`    // of the image to be booted; empty where there are only modules
	Modules string `json:"modules,omitempty"` // the folder; empty where there is none
	// Depends says that modules.dep is there, by which modules are found.
	Depends bool `json:"depends"`
	// Told is the version that stands in the kernel image itself; empty where it is not an image for x86.
	Told string `json:"told,omitempty"`
}

// Initramfs is a file system that a kernel starts with.
type Initramfs struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	Format string `json:"format,omitempty"` // cpio, gzip, xz, lzma, bzip2, lz4, lzo, zstd; empty for something else
}

// maxKernels bounds the kernels of an image.
const maxKernels = 256

// kernelNames are how distributions name what they boot, before the version.
var kernelNames = []string{"vmlinuz-", "vmlinux-", "kernel-", "Image-"}

// kernels lists what is in /boot and the folders of modules.
func kernels(t overlay.ReadTree) []Kernel {
	by := map[string]*Kernel{}
	order := []string{}
	get := func(version string) *Kernel {
		if k := by[version]; k != nil {
			return k
		}
		if len(order) == maxKernels {
			return &Kernel{}
		}
		order = append(order, version)
		by[version] = &Kernel{Version: version}
		return by[version]
	}
	for _, name := range namesIn(t, "/boot") {
		for _, prefix := range kernelNames {
			version, ok := strings.CutPrefix(name, prefix)
			if !ok || version == "" {
				continue
			}
			if r, ok := regular(t, path.Join("/boot", name)); ok {
				k := get(version)
				k.Path, k.Told = r.Path(), kernelVersion(t, r)
			}
		}
	}
	for _, dir := range []string{"/lib/modules", "/usr/lib/modules"} {
		for _, version := range namesIn(t, dir) {
			at := path.Join(dir, version)
			r, err := overlay.Resolve(t, at)
			if err != nil || !r.Exists() || !r.Info.IsDir() {
				continue
			}
			k := get(version)
			if k.Modules != "" { // /lib is a link to /usr/lib
				continue
			}
			k.Modules = at
			_, dep := regular(t, at+"/modules.dep")
			_, bin := regular(t, at+"/modules.dep.bin")
			k.Depends = dep || bin
		}
	}
	out := []Kernel{}
	for _, version := range order {
		out = append(out, *by[version])
	}
	slices.SortStableFunc(out, func(a, b Kernel) int { return rpm.CompareVersions(a.Version, b.Version) })
	return out
}

// KernelVersion is the version that a file tells which a boot loader names: that in it, else that in its name.
func KernelVersion(t overlay.ReadTree, r overlay.Resolved) string {
	if v := kernelVersion(t, r); v != "" {
		return v
	}
	for _, prefix := range kernelNames {
		if v, ok := strings.CutPrefix(path.Base(r.Name), prefix); ok {
			return v
		}
	}
	return ""
}

// kernelVersion reads the version out of a kernel image for x86, whose head tells where it stands
// (Documentation/arch/x86/boot.rst of Linux).
func kernelVersion(t overlay.ReadTree, r overlay.Resolved) string {
	head := head(t, r.Name, 32<<10)
	const mark, at = 0x202, 0x20E
	if len(head) < 0x210 || string(head[mark:mark+4]) != "HdrS" {
		return ""
	}
	start := int(binary.LittleEndian.Uint16(head[at:])) + 0x200
	if start == 0x200 || start >= len(head) {
		return ""
	}
	text, _, _ := strings.Cut(string(head[start:min(len(head), start+256)]), "\x00")
	version, _ := cutWord(text)
	return version
}

// head reads the first bytes of a file, as many as there are.
func head(t overlay.ReadTree, name string, n int) []byte {
	f, err := t.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	b := make([]byte, n)
	n, err = io.ReadFull(f, b)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil
	}
	return b[:n]
}

// initramfs lists the images in /boot that are named like one.
func initramfs(t overlay.ReadTree) []Initramfs {
	out := []Initramfs{}
	for _, name := range namesIn(t, "/boot") {
		if !strings.HasPrefix(name, "initr") || len(out) == maxKernels {
			continue
		}
		r, ok := regular(t, path.Join("/boot", name))
		if ok && !slices.ContainsFunc(out, func(i Initramfs) bool { return i.Path == r.Path() }) { // /boot/initrd is a link to one
			out = append(out, Initramfs{Path: r.Path(), Size: r.Info.Size(), Format: InitramfsFormat(t, r)})
		}
	}
	return out
}

// InitramfsFormat tells by its first bytes what an initramfs is; empty for what no kernel takes for one.
func InitramfsFormat(t overlay.ReadTree, r overlay.Resolved) string {
	b := string(head(t, r.Name, 16))
	for _, f := range []struct{ magic, name string }{
		{"070701", "cpio"}, {"070702", "cpio"}, {"\x1f\x8b", "gzip"}, {"\xfd7zXZ\x00", "xz"}, {"]\x00\x00", "lzma"},
		{"BZh", "bzip2"}, {"\x02\x21\x4c\x18", "lz4"}, {"\x04\x22\x4d\x18", "lz4"}, {"\x89LZO\x00", "lzo"}, {"\x28\xb5\x2f\xfd", "zstd"},
	} {
		if strings.HasPrefix(b, f.magic) {
			return f.name
		}
	}
	return ""
}
