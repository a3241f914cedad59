package fsedit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"time"

	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/treediff"
	"lbimage/overlay"
)

// entry is a file, a folder or another thing that is to come into the image, from
// a folder or an archive.
type entry struct {
	name         string // in the image
	mode         fs.FileMode
	uid, gid     int
	atime, mtime time.Time
	link         string // of a hard link: the name in the image that it is one more of
	target       string // of a symbolic link
	major, minor uint32
	size         int64
	holes        int64 // bytes of it that need no room
	attrs        []attr
	// fill writes the contents of a regular file, which is open at its start.
	fill func(*filler) error
}

// filler is a file of the image that is being filled, until the context is done.
type filler struct {
	*ext.File
	ctx context.Context
}

func (f *filler) Write(p []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.File.Write(p)
}

// attr is an extended attribute.
type attr struct {
	name  string
	value []byte
}

// policy says what lay does with what exists already, and what it takes over.
type policy struct {
	replace bool  // what is there makes way, as tar does; else a file gets new contents
	renew   bool  // what exists takes owner, mode, times and attributes of the new
	times   bool  // take the entry's; else files have the edit's
	owner   Owner // -1: the entry's
	attrs   bool  // take extended attributes
}

// laters is what is set at the end: what comes into a folder changes its times,
// and its default ACL would be passed on.
type laters struct {
	order   []string
	folders map[string]later
}

type later struct {
	atime, mtime time.Time
	times        bool
	attrs        []attr
}

func (l *laters) add(name string, v later) {
	if l.folders == nil {
		l.folders = map[string]later{}
	}
	if _, ok := l.folders[name]; !ok {
		l.order = append(l.order, name)
	}
	l.folders[name] = v
}

func (l *laters) drop(name string) { delete(l.folders, name) }

// settle sets what was left for the end. The innermost folders come last in order,
// which does not matter: setting times changes no other folder.
func (t *Tree) settle() error {
	list := t.later
	t.later = laters{}
	for _, name := range list.order {
		v, ok := list.folders[name]
		if !ok {
			continue
		}
		if err := t.setAttrs(name, v.attrs); err != nil {
			return err
		}
		if v.times {
			if err := t.setTimes(name, v.atime, v.mtime); err != nil {
				return err
			}
		}
		delete(list.folders, name) // it may stand in the order twice
	}
	return nil
}

func (t *Tree) setTimes(name string, atime, mtime time.Time) error {
	if atime.IsZero() {
		atime = mtime
	}
	if err := t.fs.Lchtimes(name, atime, mtime); err != nil {
		if errors.Is(err, ext.ErrTimeRange) {
			return pathErrorf(name, "%s: %w", mtime.UTC().Format(time.RFC3339Nano), ext.ErrTimeRange)
		}
		return inImage(err)
	}
	return nil
}

func (t *Tree) setAttrs(name string, list []attr) error {
	for _, a := range list {
		if err := t.fs.SetXattr(name, a.name, a.value); err != nil {
			return inImage(err)
		}
	}
	return nil
}

// lay brings one entry into the image.
func (t *Tree) lay(ctx context.Context, e *entry, p policy) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if e.link != "" {
		return t.layLink(e, p)
	}
	st, exists, err := t.lookup(e.name, false)
	if err != nil {
		return err
	}
	if exists && unixType(st.Mode) == fs.ModeSymlink && !p.replace && (e.mode.IsDir() || e.mode.IsRegular()) {
		// What is there is where the link leads, inside the image.
		r, err := overlay.Resolve(t.fs, e.name)
		if err != nil {
			return err
		}
		e.name = r.Name
		if st, exists, err = t.lookup(e.name, false); err != nil {
			return err
		}
	}
	if exists {
		if exists, err = t.makeWay(e, st, p); err != nil {
			return err
		}
	}
	if err := t.layContents(ctx, e, exists); err != nil {
		return err
	}
	if exists && !p.renew {
		if e.mode.IsDir() {
			return nil
		}
		if p.owner.UID >= 0 || p.owner.GID >= 0 {
			return inImage(t.fs.Chown(e.name, p.owner.UID, p.owner.GID))
		}
		return nil
	}
	return t.dress(e, p)
}

// makeWay looks at what has the entry's name, and tells whether it stays.
func (t *Tree) makeWay(e *entry, st *ext.Stat, p policy) (stays bool, err error) {
	const typeBits, dir, regular = 0o170000, 0o040000, 0o100000
	isDir, isFile := st.Mode&typeBits == dir, st.Mode&typeBits == regular
	switch {
	case isDir && e.mode.IsDir():
		return true, nil
	case isFile && e.mode.IsRegular() && !p.replace:
		return true, nil
	case isDir && p.replace:
		if err := t.fs.Remove(e.name); err != nil { // an empty one
			return false, inImage(err)
		}
		t.later.drop(e.name)
		return false, nil
	case isDir:
		return false, pathErrorf(e.name, "it is a folder, and what is to come there is none")
	case e.mode.IsDir() && !p.replace:
		return false, pathErrorf(e.name, "it is no folder, but one is to come there")
	case e.mode.IsRegular() && !p.replace:
		return false, pathErrorf(e.name, "it is a %s, which cannot hold a file's contents: remove it first", treediff.TypeName(unixType(st.Mode)))
	}
	return false, inImage(t.fs.Remove(e.name))
}

// unixType gives the type in the mode of an inode.
func unixType(mode uint16) fs.FileMode {
	switch mode & 0o170000 {
	case 0o040000:
		return fs.ModeDir
	case 0o120000:
		return fs.ModeSymlink
	case 0o010000:
		return fs.ModeNamedPipe
	case 0o140000:
		return fs.ModeSocket
	case 0o020000:
		return fs.ModeDevice | fs.ModeCharDevice
	case 0o060000:
		return fs.ModeDevice
	case 0o100000:
		return 0
	}
	return fs.ModeIrregular
}

// layContents makes what the entry is, or gives what exists new contents.
func (t *Tree) layContents(ctx context.Context, e *entry, exists bool) error {
	perm := e.mode & (fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky)
	switch {
	case e.mode.IsDir():
		if exists {
			return nil
		}
		return t.made(e.name, t.fs.Mkdir(e.name, perm))
	case e.mode.IsRegular():
		f, err := t.fs.OpenFile(e.name, os.O_WRONLY|os.O_CREATE, perm)
		if err != nil {
			return t.made(e.name, err)
		}
		defer f.Close()
		return inImage(e.fill(&filler{f, ctx}))
	case e.mode&fs.ModeSymlink != 0:
		return t.made(e.name, t.fs.Symlink(e.target, e.name))
	case e.mode&fs.ModeDevice != 0:
		return t.made(e.name, t.fs.Mknod(e.name, e.mode.Type()|perm, e.major, e.minor))
	case e.mode&(fs.ModeNamedPipe|fs.ModeSocket) != 0:
		return t.made(e.name, t.fs.Mknod(e.name, e.mode.Type()|perm, 0, 0))
	}
	return pathErrorf(e.name, "files of type %s cannot be put", e.mode.Type())
}

// dress gives a file owner, mode, attributes and times, in the order in which the
// later do not undo the earlier.
func (t *Tree) dress(e *entry, p policy) error {
	st, ok, err := t.lookup(e.name, false)
	if err != nil || !ok {
		return err
	}
	own := p.owner
	if own.UID < 0 {
		own.UID = e.uid
	}
	if own.GID < 0 {
		own.GID = e.gid
	}
	chowned := int(st.UID) != own.UID || int(st.GID) != own.GID
	if chowned {
		if err := t.fs.Lchown(e.name, own.UID, own.GID); err != nil {
			return inImage(err)
		}
	}
	if want := unixBits(e.mode); e.mode&fs.ModeSymlink == 0 && (chowned || uint32(st.Mode&0o7777) != want) {
		if err := t.fs.Chmod(e.name, e.mode); err != nil {
			return inImage(err)
		}
	}
	var attrs []attr
	if p.attrs {
		attrs = e.attrs
	}
	if e.mode.IsDir() {
		t.later.add(e.name, later{e.atime, e.mtime, p.times, attrs})
		return nil
	}
	if err := t.setAttrs(e.name, attrs); err != nil {
		return err
	}
	if p.times {
		return t.setTimes(e.name, e.atime, e.mtime)
	}
	return nil
}

// layLink makes one more name of a file that came before.
func (t *Tree) layLink(e *entry, p policy) error {
	from, ok, err := t.lookup(e.link, false)
	switch {
	case err != nil:
		return err
	case !ok:
		return pathErrorf(e.name, "it is a hard link to %s, which is not there", Show(e.link))
	}
	now, ok, err := t.lookup(e.name, false)
	switch {
	case err != nil:
		return err
	case ok && now.Ino == from.Ino:
		return nil
	case ok:
		if _, err := t.makeWay(e, now, policy{replace: true}); err != nil {
			return err
		}
	}
	return t.made(e.name, t.fs.Link(e.link, e.name))
}

// parents makes the folders that a name lies in, as far as they are missing.
func (t *Tree) parents(name string) error {
	dir := path.Dir(name)
	if _, err := t.fs.Stat(dir); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return inImage(err)
	}
	if err := t.fs.MkdirAll(dir, 0o755); err != nil {
		return inImage(fmt.Errorf("making the folder: %w", err))
	}
	return nil
}
