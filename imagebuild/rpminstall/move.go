package rpminstall

import (
	"fmt"
	"io/fs"
	"path"
	"slices"

	"lbimage/overlay"
)

// moveAway gives what stands at a path another name.
func (in *installer) moveAway(r overlay.Resolved, suffix string) error {
	to := r.Name + suffix
	var had *overlay.FileState
	if info, err := in.t.Lstat(to); err == nil {
		if info.IsDir() {
			return fmt.Errorf("/%s: a folder stands where %s is to be kept: remove it first", to, r.Path())
		}
		if had, err = in.stateOf(to); err != nil {
			return err
		}
		if err := in.t.Remove(to); err != nil {
			return at(to, err)
		}
	}
	if err := in.move(r.Name, to, 0); err != nil {
		return err
	}
	return in.changed(to, had, "it was "+r.Path())
}

// maxDepth bounds how deep a folder is moved. A path of the kernel's 4096 bytes has no more folders.
const maxDepth = 2048

// move renames by what a tree can do: a file gets a second name and loses the first, a folder is made anew
// and filled.
func (in *installer) move(from, to string, depth int) error {
	info, err := in.t.Lstat(from)
	if err != nil {
		return at(from, err)
	}
	if !info.IsDir() {
		if err := in.t.Link(from, to); err != nil {
			return at(to, err)
		}
		return in.unlink(from)
	}
	if depth > maxDepth {
		return fmt.Errorf("/%s: more than %d folders deep", from, maxDepth)
	}
	uid, gid, err := overlay.OwnerOf(info)
	if err != nil {
		return at(from, err)
	}
	if err := in.t.Mkdir(to, info.Mode().Perm()); err != nil {
		return at(to, err)
	}
	if err := in.attributes(to, uid, gid, info.Mode()); err != nil {
		return err
	}
	if err := in.copyXattrs(from, to); err != nil {
		return err
	}
	entries, err := in.t.ReadDir(from)
	if err != nil {
		return at(from, err)
	}
	for _, e := range entries {
		if err := in.move(path.Join(from, e.Name()), path.Join(to, e.Name()), depth+1); err != nil {
			return err
		}
	}
	if err := in.t.Chtimes(to, info.ModTime(), info.ModTime()); err != nil {
		return at(to, err)
	}
	return in.unlink(from)
}

// drop removes a file of a package. Where it has further names, they lose the set-id bits and capabilities, as with
// rpm: a program that was replaced because it was not safe must not live on in a link that someone kept.
func (in *installer) drop(r overlay.Resolved) error {
	m := r.Info.Mode()
	if links, _ := identity(r.Info); links > 1 && m.IsRegular() {
		if m&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
			if err := in.t.Chmod(r.Name, m.Perm()); err != nil {
				return at(r.Name, err)
			}
		}
		names, err := in.t.ListXattr(r.Name)
		if err != nil {
			return at(r.Name, err)
		}
		if m&0o111 != 0 && slices.Contains(names, capAttr) {
			if err := in.t.RemoveXattr(r.Name, capAttr); err != nil {
				return at(r.Name, err)
			}
		}
	}
	return in.unlink(r.Name)
}

func (in *installer) unlink(name string) error {
	if err := in.t.Remove(name); err != nil {
		return at(name, err)
	}
	return nil
}

func (in *installer) copyXattrs(from, to string) error {
	names, err := in.t.ListXattr(from)
	if err != nil {
		return at(from, err)
	}
	for _, n := range names {
		v, err := in.t.Xattr(from, n)
		if err == nil {
			err = in.t.SetXattr(to, n, v)
		}
		if err != nil {
			return at(to, err)
		}
	}
	return nil
}
