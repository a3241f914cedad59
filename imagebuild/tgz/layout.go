package tgz

import (
	"archive/tar"
	"errors"
	"fmt"
	"strings"
)

// Kind is one of the layouts that installers accept.
type Kind int

const (
	// SingleImage is the layout from 1.1 on: exactly one file, the disk image,
	// and no folder. The installer takes all that tar prints as one file name.
	SingleImage Kind = iota + 1
	// Bundle is the layout of 1.0: the disk image, a bare file system, with the
	// kernel and the ramdisk that boot it.
	Bundle
)

func (k Kind) String() string {
	switch k {
	case SingleImage:
		return "single image"
	case Bundle:
		return "image with kernel and ramdisk"
	}
	return "unknown layout"
}

// Layout says what the entries of an archive are.
type Layout struct {
	Kind            Kind
	Image           *Entry // the disk
	Kernel, Ramdisk *Entry // of a Bundle, else nil
}

// ErrLayout is wrapped by errors about archives that no installer accepts.
var ErrLayout = errors.New("not the layout of an image tarball")

// Layout tells the archive's layout by the rules of the installers. In a bundle
// the kernel is the first path that contains vmlinu; the ramdisk the first other
// that contains initrd, initramfs or loader; the image the first of the rest that
// ends in .img, and here it must be the only one.
func (a *Archive) Layout() (Layout, error) {
	var files []*Entry
	dirs := 0
	for i := range a.Entries {
		if e := &a.Entries[i]; e.Header.Typeflag == tar.TypeDir {
			dirs++
		} else {
			files = append(files, e)
		}
	}
	if len(files) == 1 && dirs == 0 {
		return Layout{Kind: SingleImage, Image: files[0]}, nil
	}
	l := Layout{Kind: Bundle}
	var more []*Entry
	for _, e := range files {
		switch name := e.Header.Name; {
		case l.Kernel == nil && strings.Contains(name, "vmlinu"):
			l.Kernel = e
		case l.Ramdisk == nil && containsAny(name, "initrd", "initramfs", "loader"):
			l.Ramdisk = e
		case strings.HasSuffix(name, ".img"):
			if l.Image == nil {
				l.Image = e
			} else {
				more = append(more, e)
			}
		}
	}
	problem := ""
	switch {
	case len(files) == 0:
		problem = "no file"
	case len(more) > 0:
		problem = fmt.Sprintf("more than one disk image (%q and %q)", l.Image.Header.Name, more[0].Header.Name)
	case len(files) == 1:
		problem = fmt.Sprintf("a folder beside the one file %q", files[0].Header.Name)
	case l.Image == nil:
		problem = "no disk image (a name that ends in .img)"
	case l.Kernel == nil:
		problem = "a disk image but no kernel (a name with vmlinu)"
	case l.Ramdisk == nil:
		problem = "a disk image and a kernel but no ramdisk (a name with initrd, initramfs or loader)"
	}
	if problem == "" {
		return l, nil
	}
	return Layout{}, fmt.Errorf("%w: found %s among %s; expected exactly one file and no folder, or a folder with an image, a kernel and a ramdisk",
		ErrLayout, problem, listNames(a.Entries))
}

func containsAny(s string, subs ...string) bool {
	for _, sub := range subs {
		if strings.Contains(s, sub) {
			return true
		}
	}
	return false
}

// listNames quotes the first few names.
func listNames(entries []Entry) string {
	var b strings.Builder
	for i := range entries {
		if i == 5 {
			fmt.Fprintf(&b, " and %d more", len(entries)-i)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", entries[i].Header.Name)
	}
	if b.Len() == 0 {
		return "no entries"
	}
	return b.String()
}
