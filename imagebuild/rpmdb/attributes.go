package rpmdb

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"lbimage/overlay"
)

// maxAccounts bounds what is read of /etc/passwd and /etc/group, in bytes.
const maxAccounts = 4 << 20

// accounts are the names of users or groups.
type accounts struct {
	ids   map[string]uint32
	names map[uint32]string
}

// readAccounts reads an account file of the tree. Without one only root is known, as to rpm.
func readAccounts(t overlay.ReadTree, name string) (accounts, error) {
	a := accounts{ids: map[string]uint32{"root": 0}, names: map[uint32]string{0: "root"}}
	r, err := overlay.Resolve(t, name)
	if err != nil && !isNoPath(err) {
		return a, err
	}
	if err != nil || !r.Exists() {
		return a, nil
	}
	if !r.Info.Mode().IsRegular() || r.Info.Size() > maxAccounts {
		return a, fmt.Errorf("%s: %d bytes, no account file: put the image's own back", r.Path(), r.Info.Size())
	}
	data, err := t.ReadFile(r.Name)
	if err != nil {
		return a, fmt.Errorf("%s: %w", r.Path(), bare(err))
	}
	for line := range strings.Lines(string(data)) {
		f := strings.Split(line, ":")
		if len(f) < 3 {
			continue
		}
		id, err := strconv.ParseUint(strings.TrimSpace(f[2]), 10, 32)
		if err != nil {
			continue
		}
		if _, twice := a.ids[f[0]]; !twice { // the first counts, as for the C library
			a.ids[f[0]] = uint32(id)
		}
		if _, twice := a.names[uint32(id)]; !twice {
			a.names[uint32(id)] = f[0]
		}
	}
	return a, nil
}

// is reports whether a number's name is this one, or, with either, the name's number this one.
func (a accounts) is(name string, id uint32, either bool) bool {
	if n, ok := a.names[id]; ok && n == name {
		return true
	}
	n, ok := a.ids[name]
	return either && ok && n == id
}

// isNoPath reports whether an error means that there is nothing at a path.
func isNoPath(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP)
}

// deviceDiffers compares what kind of device it is, and its number, as far as packages keep it.
func deviceDiffers(f *File, info fs.FileInfo) (bool, error) {
	const kinds = fs.ModeDevice | fs.ModeCharDevice
	switch {
	case info.Mode()&kinds != f.Mode&kinds:
		return true, nil
	case info.Mode()&kinds == 0:
		return false, nil
	}
	n, ok := rdev(info)
	if !ok {
		return false, errors.New("the tree does not tell the numbers of devices")
	}
	return n&0xffff != f.Rdev&0xffff, nil
}

// rdev is the number of a device: a field Rdev of info.Sys, or Major and Minor.
func rdev(info fs.FileInfo) (uint32, bool) {
	if n, ok := overlay.SysField(info, "Rdev"); ok {
		return uint32(n), true
	}
	major, ok1 := overlay.SysField(info, "Major")
	minor, ok2 := overlay.SysField(info, "Minor")
	return uint32(major<<8 | minor&0xff), ok1 && ok2
}

// The attribute that keeps an access control list: a version, then entries of eight bytes. Three of them say no
// more than the mode does.
const (
	aclAttr  = "system.posix_acl_access"
	aclPlain = 4 + 3*8
)

// hasACL reports whether a file has an access control list, which no package gives it.
func (v *verifier) hasACL(name string) (bool, error) {
	attrs, err := v.tree.ListXattr(name)
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return false, bare(err)
	}
	if !slices.Contains(attrs, aclAttr) {
		return false, nil
	}
	b, err := v.tree.Xattr(name, aclAttr)
	return len(b) > aclPlain, bare(err)
}
