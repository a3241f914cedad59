package ext

import (
	"io/fs"
	"slices"

	"lbimage/imagebuild/ext/internal/dir"
	"lbimage/imagebuild/ext/internal/layout"
)

// Rename gives a file or folder another name, perhaps in another folder. A file
// that has that name already is replaced, as is an empty folder by a folder.
// Symbolic links are not followed.
func (f *FS) Rename(old, new string) error {
	err := f.change(func() error {
		from, err := f.get(old, false)
		if err != nil {
			return err
		}
		to, err := f.walk(new, false)
		if err != nil {
			return err
		}
		return f.rename(from, to)
	})
	return linkError("rename", old, new, err)
}

func (f *FS) rename(from, to spot) error {
	if from.dir == nil || to.dir == nil {
		return fs.ErrInvalid // the root has no name
	}
	if to.in != nil && to.in.no == from.in.no {
		return nil // two names of one file: nothing changes, as for the kernel
	}
	if from.lostFound() || to.lostFound() {
		return errLostFound
	}
	isDir := from.in.IsDir()
	if isDir {
		if slices.Contains(to.above, from.in.no) {
			return errIntoItself
		}
	}
	if to.in != nil {
		if err := to.in.replaceable(isDir); err != nil {
			return err
		}
		if err := to.in.soundValues(); err != nil {
			return err
		}
	}
	if to.dir.no == from.dir.no {
		to.dir = from.dir // one copy of each inode
	}
	if err := to.dir.admits(from.in); err != nil {
		return err
	}
	moved := isDir && to.dir != from.dir
	if moved && to.in == nil && !to.dir.canGrow() {
		return ErrTooManyLinks
	}
	if err := from.in.stamp(false); err != nil {
		return err
	}
	ft := layout.FileTypeOf(from.in.Mode())
	err := to.dir.changeDir(func(d *dir.Dir) error {
		if to.in != nil {
			return d.Replace(to.base, from.in.no, ft)
		}
		return d.Insert(to.base, from.in.no, ft)
	})
	if err != nil {
		return err
	}
	if err := from.dir.changeDir(func(d *dir.Dir) error { return d.Remove(from.base) }); err != nil {
		return err
	}
	if isDir && to.in != nil {
		to.dir.unlinkFolder()
	}
	if moved {
		from.dir.unlinkFolder()
		to.dir.linkFolder()
	}
	if moved {
		err := from.in.editNames(func(d *dir.Dir) error { return d.Replace("..", to.dir.no, layout.FTDir) })
		if err != nil {
			return err
		}
	}
	for _, in := range []*inode{from.dir, to.dir, from.in} {
		if err := in.put(); err != nil {
			return err
		}
	}
	if to.in != nil {
		return to.in.unlink()
	}
	return nil
}

// replaceable tells whether a file or, with byDir, a folder may take the
// inode's name.
func (in *inode) replaceable(byDir bool) error {
	switch {
	case in.IsDir() && !byDir:
		return ErrIsDir
	case !in.IsDir() && byDir:
		return ErrNotDir
	case in.IsDir():
		return in.mustBeEmpty()
	}
	return nil
}
