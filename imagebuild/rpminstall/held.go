package rpminstall

import (
	"fmt"
	"io/fs"
	"slices"

	"lbimage/imagebuild/rpm"
	"lbimage/overlay"
)

const (
	capAttr = "security.capability"
	aclAttr = "system.posix_acl_access"
)

// held is what a file has beside content, owner and mode that a new file in its place has not. A package's
// file is a new one, so rpm loses it; a tree whose policy says keep has it put back.
type held struct {
	attr, what string
	value      []byte
}

// heldBy reads what the regular file at a path, which is about to be replaced by f, has.
func (in *installer) heldBy(r overlay.Resolved, f *rpm.File) ([]held, error) {
	if !r.Exists() || !r.Info.Mode().IsRegular() || !f.Mode.IsRegular() {
		return nil, nil
	}
	names, err := in.t.ListXattr(r.Name)
	if err != nil {
		return nil, at(r.Name, err)
	}
	var out []held
	for _, h := range []held{{capAttr, "capabilities", nil}, {aclAttr, "access control list", nil}} {
		if !slices.Contains(names, h.attr) || h.attr == capAttr && f.Caps != "" {
			continue
		}
		if h.value, err = in.t.Xattr(r.Name, h.attr); err != nil {
			return nil, at(r.Name, err)
		}
		out = append(out, h)
	}
	return out, nil
}

// giveBack does with them what the tree's policy says, and tells.
func (in *installer) giveBack(name string, list []held, mode fs.FileMode) (notes []string, err error) {
	for _, h := range list {
		if !in.keep {
			notes = append(notes, fmt.Sprintf("loses the %s that it had (%s)", h.what, h.attr))
			continue
		}
		if err := in.t.SetXattr(name, h.attr, h.value); err != nil {
			return nil, at(name, err)
		}
		notes = append(notes, fmt.Sprintf("keeps the %s that it had (%s)", h.what, h.attr))
	}
	if in.keep && len(list) > 0 { // a list sets the mode as the kernel has it
		if err := in.t.Chmod(name, mode&modeBits); err != nil {
			return nil, at(name, err)
		}
	}
	return notes, nil
}
