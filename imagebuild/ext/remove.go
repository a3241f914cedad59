package ext

import (
	"errors"
	"fmt"
	"io/fs"

	"lbimage/imagebuild/ext/internal/dir"
	"lbimage/imagebuild/ext/internal/layout"
)

var (
	errLostFound  = fmt.Errorf("e2fsck needs it where it is: %w", fs.ErrPermission)
	errIntoItself = fmt.Errorf("a folder cannot be moved into itself: %w", fs.ErrInvalid)
)

// Remove removes a name, or an empty folder. What has no name any more is freed.
// Symbolic links are not followed.
func (f *FS) Remove(name string) error {
	err := f.change(func() error {
		s, err := f.get(name, false)
		if err != nil {
			return err
		}
		if s.dir == nil {
			return fs.ErrInvalid
		}
		if s.lostFound() {
			return errLostFound
		}
		isDir := s.in.IsDir()
		if isDir {
			if err := s.in.mustBeEmpty(); err != nil {
				return err
			}
		}
		if err := s.in.soundValues(); err != nil {
			return err
		}
		if err := s.dir.changeDir(func(d *dir.Dir) error { return d.Remove(s.base) }); err != nil {
			return err
		}
		if isDir {
			s.dir.unlinkFolder()
		}
		if err := s.dir.put(); err != nil {
			return err
		}
		return s.in.unlink()
	})
	return pathError("remove", name, err)
}

func (in *inode) mustBeEmpty() error {
	d, err := in.rawFolder()
	if err != nil {
		return err
	}
	empty, err := d.Empty()
	if err == nil && !empty {
		err = ErrNotEmpty
	}
	return in.dirError(err)
}

// unlink counts one name less, and frees an inode that has none left. A folder
// has one name.
func (in *inode) unlink() error {
	if n := in.LinksCount(); n > 1 && !in.IsDir() {
		in.SetLinksCount(n - 1)
		if err := in.stamp(false); err != nil {
			return err
		}
		return in.put()
	}
	return in.free()
}

// free gives back all that the inode owns, and the inode. Its bytes become zeros:
// a time of deletion could be taken for a link in the list of orphans.
func (in *inode) free() error {
	if in.hasMap() {
		if err := in.punch(0, in.maxBlocks()); err != nil {
			return err
		}
	}
	if err := in.dropAttrs(); err != nil {
		return err
	}
	f := in.fs
	if err := f.freeInode(in.no, in.IsDir()); err != nil {
		return err
	}
	if err := f.storeInode(in.no, nil); err != nil {
		return err
	}
	f.removed(in.no)
	return nil
}

// RemoveAll removes a file, or a folder with all that is in it. It is no error if
// the name does not exist. What is damaged is found before anything is removed.
func (f *FS) RemoveAll(name string) error {
	err := f.change(func() error {
		s, err := f.get(name, false)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if s.dir == nil {
			return fs.ErrInvalid
		}
		if s.lostFound() {
			return errLostFound
		}
		t := tree{fs: f, met: map[uint32]*[64]byte{}, names: map[uint32]uint16{}}
		if err := t.add(s.in); err != nil {
			return err
		}
		if err := s.dir.changeDir(func(d *dir.Dir) error { return d.Remove(s.base) }); err != nil {
			return err
		}
		if s.in.IsDir() {
			s.dir.unlinkFolder()
		}
		if err := s.dir.put(); err != nil {
			return err
		}
		return t.remove()
	})
	return pathError("removeall", name, err)
}

// tree is a folder and what is in it. A tree may be large, so that it is kept in a
// few bytes for a file.
type tree struct {
	fs     *FS
	inodes []uint32             // in the order in which they were met
	met    map[uint32]*[64]byte // a bit for each inode, 512 of them together
	names  map[uint32]uint16    // of those with several names: how many are in the tree
}

// add gathers all inodes below one. No folder may be met twice.
func (t *tree) add(top *inode) error {
	if err := t.meet(top); err != nil || !top.IsDir() {
		return err
	}
	todo := []uint32{top.no}
	for len(todo) > 0 {
		cur, err := t.fs.file(todo[len(todo)-1])
		if err != nil {
			return err
		}
		todo = todo[:len(todo)-1]
		err = cur.eachRaw(func(e dir.Entry) error {
			in, err := t.fs.file(e.Inode)
			if err != nil {
				return err
			}
			if in.IsDir() {
				todo = append(todo, in.no)
			}
			return t.meet(in)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tree) meet(in *inode) error {
	met := t.met[in.no/512]
	if met == nil {
		met = new([64]byte)
		t.met[in.no/512] = met
	}
	first := setBits(met[:], in.no%512, in.no%512+1, true)
	if first {
		t.inodes = append(t.inodes, in.no)
		if err := in.soundValues(); err != nil {
			return err
		}
	}
	if in.no == layout.InodeRoot || in.IsDir() && !first {
		return corruptf(in.no, "it has more names than links")
	}
	if in.IsDir() || in.LinksCount() == 1 && first {
		return nil
	}
	n := t.names[in.no]
	if n >= in.LinksCount() || n == 0 && !first {
		return corruptf(in.no, "it has more names than links")
	}
	t.names[in.no] = n + 1
	return nil
}

func (t *tree) remove() error {
	for _, ino := range t.inodes {
		in, err := t.fs.file(ino)
		if err != nil {
			return err
		}
		if n := max(t.names[ino], 1); !in.IsDir() && in.LinksCount() > n {
			in.SetLinksCount(in.LinksCount() - n)
			if err = in.stamp(false); err == nil {
				err = in.put()
			}
		} else {
			err = in.free()
		}
		if err == nil {
			err = t.fs.settle()
		}
		if err != nil {
			return damage(ino, err)
		}
	}
	return nil
}
