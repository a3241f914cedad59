package fsedit

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"lbimage/imagebuild/ext"
)

// Mkdir makes a folder; with parents those that it lies in, too, and it is no
// error that it exists.
func (t *Tree) Mkdir(p string, mode fs.FileMode, parents bool) error {
	name, err := t.Name(p)
	if err != nil {
		return err
	}
	if !parents {
		return t.made(name, t.fs.Mkdir(name, mode))
	}
	if _, ok, err := t.lookup(name, true); ok || err != nil {
		if err == nil {
			err = inImage(t.fs.MkdirAll(name, mode)) // a file there is an error
		}
		return err
	}
	if dir := path.Dir(name); dir != "." {
		if err := t.fs.MkdirAll(dir, 0o755); err != nil {
			return inImage(err)
		}
	}
	return inImage(t.fs.Mkdir(name, mode))
}

// Remove removes a file; with recursive a folder and all that is in it. With force
// it is no error that it is not there.
func (t *Tree) Remove(p string, recursive, force bool) error {
	name, err := t.Name(p)
	if err != nil {
		return err
	}
	fi, err := t.fs.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && force:
		return nil
	case err != nil:
		return inImage(err)
	case fi.IsDir() && !recursive:
		return pathErrorf(name, "it is a folder: remove it and all in it with rm -r, or an empty one with rmdir")
	case name == ".":
		return pathErrorf(name, "the root cannot be removed")
	case fi.IsDir():
		return inImage(t.fs.RemoveAll(name))
	}
	return inImage(t.fs.Remove(name))
}

// Rmdir removes an empty folder.
func (t *Tree) Rmdir(p string) error {
	name, err := t.Name(p)
	if err != nil {
		return err
	}
	fi, err := t.fs.Lstat(name)
	switch {
	case err != nil:
		return inImage(err)
	case !fi.IsDir():
		return &treeError{Show(name), ext.ErrNotDir}
	case name == ".":
		return pathErrorf(name, "the root cannot be removed")
	}
	return inImage(t.fs.Remove(name))
}

// Move renames a file or folder. A file at the new path is replaced; a folder
// there only if it is empty and the old one is a folder.
func (t *Tree) Move(from, to string) error {
	old, err := t.Name(from)
	if err != nil {
		return err
	}
	fi, err := t.fs.Lstat(old)
	if err != nil {
		return inImage(err)
	}
	name, err := t.into(to, path.Base(old), fi.IsDir())
	if err != nil {
		return err
	}
	return t.made(name, t.fs.Rename(old, name))
}

// Link makes one more name of a file, or with symbolic a link that says target.
// With force it replaces what has the name, unless that is a folder.
func (t *Tree) Link(target, p string, symbolic, force bool) error {
	name, err := t.into(p, path.Base(target), false)
	if err != nil {
		return err
	}
	old := ""
	if !symbolic {
		if old, err = t.Name(target); err != nil {
			return err
		}
		from, ok, err := t.lookup(old, false)
		switch {
		case err != nil:
			return err
		case !ok:
			return &treeError{Show(old), fs.ErrNotExist}
		}
		if now, ok, err := t.lookup(name, false); err != nil || force && ok && now.Ino == from.Ino {
			return err
		}
	}
	if force {
		if err := t.Remove("/"+name, false, true); err != nil {
			return err
		}
	}
	if symbolic {
		return t.made(name, t.fs.Symlink(target, name))
	}
	return t.made(name, t.fs.Link(old, name))
}

// Mknod makes a device (type b or c), a pipe (p) or a socket (s).
func (t *Tree) Mknod(p, kind string, mode fs.FileMode, major, minor uint32) error {
	name, err := t.Name(p)
	if err != nil {
		return err
	}
	types := map[string]fs.FileMode{"b": fs.ModeDevice, "c": fs.ModeDevice | fs.ModeCharDevice, "u": fs.ModeDevice | fs.ModeCharDevice,
		"p": fs.ModeNamedPipe, "s": fs.ModeSocket}
	typ, ok := types[kind]
	if !ok {
		return &UsageError{fmt.Errorf("type %q: choose b, c, p or s", kind)}
	}
	return t.made(name, t.fs.Mknod(name, typ|mode, major, minor))
}
