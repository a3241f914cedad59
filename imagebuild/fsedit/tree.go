package fsedit

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/disk"
	"lbimage/imagebuild/ext"
	"lbimage/overlay"
)

// Tree is the file system of an open image. Its methods take paths as people
// write them; their errors name the path from the image's root.
type Tree struct {
	fs    *ext.FS
	dev   block.Device
	part  disk.Partition
	opts  Options
	now   time.Time // of the edit
	later laters

	users, groups map[string]int // by the image's own files, when they were asked for
}

// openTree opens the file system on a device for editing.
func openTree(dev block.Writable, o Options) (*Tree, error) {
	f, err := ext.OpenWritable(dev, dev.Size(), ext.Options{Time: o.Time})
	if err != nil {
		return nil, err
	}
	t := &Tree{fs: f, dev: dev, opts: o, now: o.Time}
	if t.now.IsZero() {
		t.now = f.Info().Written
		if made := f.Info().Made; made.After(t.now) {
			t.now = made
		}
	}
	return t, nil
}

// FS is the file system itself.
func (t *Tree) FS() *ext.FS { return t.fs }

// Name turns a path into the name that the file system knows. Only a path with
// ".." needs to look: what that leaves may be a symbolic link.
func (t *Tree) Name(p string) (string, error) {
	switch {
	case p == "":
		return "", errors.New("the path is empty: give one in the image")
	case strings.IndexByte(p, 0) >= 0:
		return "", fmt.Errorf("%s: a path cannot hold a zero byte", Printable(p))
	}
	name := path.Clean("/" + p)[1:]
	for part := range strings.SplitSeq(p, "/") {
		if part == ".." {
			r, err := overlay.ResolveLink(t.fs, p)
			if err != nil {
				return "", err
			}
			name = r.Name
			break
		}
	}
	if name == "" {
		name = "."
	}
	return name, nil
}

// into tells where a file called base goes that is to come to the path p: into the
// folder p, where p ends in a slash or, unless the file is a folder itself, is one.
func (t *Tree) into(p, base string, folder bool) (string, error) {
	name, err := t.Name(p)
	if err != nil {
		return "", err
	}
	st, err := t.fs.Stat(name)
	isDir := err == nil && st.IsDir()
	switch {
	case name == "." && folder: // the root, under its only name
		return name, nil
	case strings.HasSuffix(p, "/") && name != ".":
		if !isDir {
			if err == nil {
				err = pathErrorf(name, "it is no folder, as the slash at its end says")
			}
			return "", inImage(err)
		}
		return path.Join(name, base), nil
	case isDir && !folder:
		return path.Join(name, base), nil
	}
	return name, nil
}

// lookup describes a file; ok is false where there is none.
func (t *Tree) lookup(name string, follow bool) (st *ext.Stat, ok bool, err error) {
	stat := t.fs.Lstat
	if follow {
		stat = t.fs.Stat
	}
	fi, err := stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, inImage(err)
	}
	return fi.Sys().(*ext.Stat), true, nil
}

// each calls do for name and, where it is a folder, for all in it, each before what is in
// it. Symbolic links below name are not followed.
func (t *Tree) each(name string, do func(name string, st fs.FileInfo) error) error {
	st, err := t.fs.Lstat(name)
	if err != nil {
		return inImage(err)
	}
	return t.walk(name, st, map[uint32]bool{}, do)
}

func (t *Tree) walk(name string, st fs.FileInfo, seen map[uint32]bool, do func(string, fs.FileInfo) error) error {
	if err := do(name, st); err != nil || !st.IsDir() {
		return err
	}
	ino := st.Sys().(*ext.Stat).Ino
	if seen[ino] {
		return pathErrorf(name, "inode %d is a folder that was met before: run e2fsck -f on it", ino)
	}
	seen[ino] = true
	list, err := t.fs.ReadDir(name)
	if err != nil {
		return inImage(err)
	}
	for _, e := range list {
		below, err := e.Info()
		if err != nil {
			return inImage(err)
		}
		if err := t.walk(path.Join(name, e.Name()), below, seen, do); err != nil {
			return err
		}
	}
	return nil
}

// modeBits makes twelve bits of permission what package fs has for them.
func modeBits(bits uint32) fs.FileMode {
	mode := fs.FileMode(bits & 0o777)
	for _, b := range special {
		if bits&b.unix != 0 {
			mode |= b.mode
		}
	}
	return mode
}

// unixBits is the other way round.
func unixBits(mode fs.FileMode) uint32 {
	bits := uint32(mode & 0o777)
	for _, b := range special {
		if mode&b.mode != 0 {
			bits |= b.unix
		}
	}
	return bits
}

var special = []struct {
	unix uint32
	mode fs.FileMode
}{{0o4000, fs.ModeSetuid}, {0o2000, fs.ModeSetgid}, {0o1000, fs.ModeSticky}}

// Perm makes twelve bits of permission a mode of package fs.
func Perm(bits uint32) fs.FileMode { return modeBits(bits) }
