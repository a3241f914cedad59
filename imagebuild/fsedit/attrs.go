package fsedit

import (
	"io/fs"
	"os"
	"time"

	"lbimage/imagebuild/ext"
)

// Chmod changes the mode of a file; with recursive also of all below it, but not
// of symbolic links.
func (t *Tree) Chmod(p string, m ModeChange, recursive bool) error {
	set := func(name string, st fs.FileInfo) error {
		if st.Mode()&fs.ModeSymlink != 0 {
			return nil
		}
		old := unixBits(st.Mode())
		if bits := m.apply(old, st.IsDir()); bits != old {
			return inImage(t.fs.Chmod(name, modeBits(bits)))
		}
		return nil
	}
	name, err := t.Name(p)
	if err != nil {
		return err
	}
	if recursive {
		return t.each(name, set)
	}
	st, err := t.fs.Stat(name)
	if err != nil {
		return inImage(err)
	}
	return set(name, st)
}

// Chown changes the owner of a file; with recursive also of all below it. Symbolic
// links are followed, but not with link, and not below.
func (t *Tree) Chown(p string, o Owner, recursive, link bool) error {
	name, err := t.Name(p)
	if err != nil {
		return err
	}
	if recursive {
		return t.each(name, func(name string, _ fs.FileInfo) error { return inImage(t.fs.Lchown(name, o.UID, o.GID)) })
	}
	if link {
		return inImage(t.fs.Lchown(name, o.UID, o.GID))
	}
	return inImage(t.fs.Chown(name, o.UID, o.GID))
}

// Touch sets the times of a file, and makes an empty one where there is none,
// unless existing is set. The zero time is that of the edit.
func (t *Tree) Touch(p string, at time.Time, existing, link bool) error {
	name, err := t.Name(p)
	if err != nil {
		return err
	}
	if at.IsZero() {
		at = t.now
	}
	_, ok, err := t.lookup(name, !link)
	switch {
	case err != nil:
		return err
	case !ok && existing:
		return nil
	case !ok:
		f, err := t.fs.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o644)
		if err != nil {
			return t.made(name, err)
		}
		if err := f.Close(); err != nil {
			return inImage(err)
		}
	}
	if link {
		return inImage(t.fs.Lchtimes(name, at, at))
	}
	return inImage(t.fs.Chtimes(name, at, at))
}

// Truncate sets the size of a file.
func (t *Tree) Truncate(p string, size int64) error {
	name, err := t.Name(p)
	if err != nil {
		return err
	}
	return inImage(t.fs.Truncate(name, size))
}

// Punch gives n bytes at off back to the file system: they read as zeros.
func (t *Tree) Punch(p string, off, n int64) error {
	return t.withFile(p, func(f *ext.File) error { return f.PunchHole(off, n) })
}

// withFile opens a file that exists for writing.
func (t *Tree) withFile(p string, do func(*ext.File) error) error {
	name, err := t.Name(p)
	if err != nil {
		return err
	}
	f, err := t.fs.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return inImage(err)
	}
	defer f.Close()
	return inImage(do(f))
}
