package ext

import (
	"fmt"
	"io/fs"
	"os"

	"lbimage/imagebuild/ext/internal/dir"
	"lbimage/imagebuild/ext/internal/extents"
	"lbimage/imagebuild/ext/internal/layout"
)

// Most links to an inode: in general, and on file systems without extents. A folder with
// more subfolders counts 1 if the file system has dir_nlink.
const (
	maxNlink    = 65000
	maxNlinkOld = 32000
)

// create makes an inode and gives it the name of s, which becomes s.in. fill,
// where it is not nil, may alter the inode before it is stored.
func (f *FS) create(s *spot, mode uint16, fill func(*inode) error) error {
	if s.dir == nil {
		return fs.ErrExist
	}
	ino, err := f.findInode(s.dir.no)
	if err != nil {
		return err
	}
	in, err := f.newInode(ino, mode, s.dir, s.base)
	if err != nil {
		return err
	}
	if in.IsDir() && !s.dir.canGrow() {
		return ErrTooManyLinks
	}
	if (in.IsRegular() || in.IsDir()) && !in.startInline() && f.sb.Incompat()&layout.IncompatExtents != 0 {
		in.initExtents()
	}
	acls, err := s.dir.inheritACL(in)
	if err != nil {
		return err
	}
	aclBlock := uint64(min(len(acls), 1)) // they may not fit the inode
	if err := f.need(aclBlock); err != nil {
		return err
	}
	f.held += aclBlock
	err = s.dir.changeDir(func(d *dir.Dir) error { return d.Insert(s.base, ino, layout.FileTypeOf(mode)) })
	if err != nil {
		return err
	}
	if in.IsDir() {
		s.dir.linkFolder()
	}
	if err := s.dir.put(); err != nil {
		return err
	}
	f.names.put(s.dir.no, s.base, ino)
	if err := f.takeInode(ino, in.IsDir()); err != nil {
		return err
	}
	f.held -= aclBlock
	if fill != nil {
		f.held = 0
		if err := fill(in); err != nil {
			return err
		}
	}
	for _, a := range acls {
		if err := in.setAttr(a); err != nil {
			return err
		}
	}
	s.in = in
	return in.put()
}

// initExtents gives the inode an empty extent tree for a map.
func (in *inode) initExtents() {
	in.SetFlags(in.Flags() | layout.InodeFlagExtents)
	extents.InitRoot(in.Block())
}

// maxLinks is how many links the inode may have.
func (f *FS) maxLinks() uint16 {
	if f.sb.Incompat()&layout.IncompatExtents == 0 {
		return maxNlinkOld
	}
	return maxNlink
}

// canGrow tells whether the folder may get one more subfolder.
func (in *inode) canGrow() bool {
	if in.fs.sb.ROCompat()&layout.RODirNlink != 0 {
		return true
	}
	return in.LinksCount() < in.fs.maxLinks()
}

// linkFolder counts one more subfolder: 1 stands for more than can be counted.
func (in *inode) linkFolder() {
	n := in.LinksCount()
	if n == 1 {
		return
	}
	if n++; n >= maxNlink {
		n = 1
	}
	in.SetLinksCount(n)
}

// unlinkFolder counts one subfolder less.
func (in *inode) unlinkFolder() {
	if n := in.LinksCount(); n > 2 {
		in.SetLinksCount(n - 1)
	}
}

// Mkdir makes a folder. Its mode is perm as it is, without a mask.
func (f *FS) Mkdir(name string, perm fs.FileMode) error {
	err := f.change(func() error {
		s, err := f.place(name)
		if err != nil {
			return err
		}
		if !s.dir.fitsNewInode(0) {
			if err := f.need(1); err != nil {
				return err
			}
			f.held = 1
		}
		return f.create(&s, layout.ModeDir|diskBits(perm), func(in *inode) error {
			if in.inline() {
				in.SetLinksCount(2)
				return in.setInline(dir.InitInline(s.dir.no))
			}
			p, err := in.extend(0, 1, 1)
			if err != nil {
				return err
			}
			copy(f.cache.fresh(p.start), dir.InitBlock(in.dirParams(), in.no, s.dir.no))
			in.SetLinksCount(2)
			return in.setSize(uint64(f.bs))
		})
	})
	return pathError("mkdir", name, err)
}

// MkdirAll makes a folder and those that it lies in, as far as they do not exist.
func (f *FS) MkdirAll(name string, perm fs.FileMode) error {
	if fi, err := f.Stat(name); err == nil {
		if fi.IsDir() {
			return nil
		}
		return &fs.PathError{Op: "mkdir", Path: name, Err: ErrNotDir}
	}
	for i := range len(name) {
		if name[i] != '/' {
			continue
		}
		if _, err := f.Lstat(name[:i]); err == nil {
			continue
		}
		if err := f.Mkdir(name[:i], perm); err != nil {
			return err
		}
	}
	return f.Mkdir(name, perm)
}

// Symlink makes name a symbolic link to target, which may be anything of 1 byte
// up to one byte less than a block.
func (f *FS) Symlink(target, name string) error {
	err := f.change(func() error {
		if len(target) == 0 || len(target) >= f.bs || hasZero(target) {
			return fmt.Errorf("a target of %d bytes: %w", len(target), fs.ErrInvalid)
		}
		s, err := f.place(name)
		if err != nil {
			return err
		}
		const inInode = 60
		if len(target) >= inInode {
			if err := f.need(1); err != nil {
				return err
			}
			f.held = 1
		}
		return f.create(&s, layout.ModeSymlink|0o777, func(in *inode) error {
			if len(target) < inInode {
				copy(in.Block(), target)
				return in.setSize(uint64(len(target)))
			}
			if f.sb.Incompat()&layout.IncompatExtents != 0 {
				in.initExtents()
			}
			return in.putTarget(target)
		})
	})
	return linkError("symlink", target, name, err)
}

// putTarget stores the target of a symbolic link in its first block.
func (in *inode) putTarget(target string) error {
	p, err := in.extend(0, 1, 1)
	if err != nil {
		return err
	}
	copy(in.fs.cache.fresh(p.start), target)
	return in.setSize(uint64(len(target)))
}

func hasZero(s string) bool {
	for i := range len(s) {
		if s[i] == 0 {
			return true
		}
	}
	return false
}

func linkError(op, old, new string, err error) error {
	if err == nil {
		return nil
	}
	return &os.LinkError{Op: op, Old: old, New: new, Err: err}
}

// Mknod makes a device, a named pipe or a socket, as the type in mode says. The
// numbers are those of a device, up to 4095 and 1048575; for others they must be 0.
func (f *FS) Mknod(name string, mode fs.FileMode, major, minor uint32) error {
	err := f.change(func() error {
		kind := uint16(0)
		for _, t := range modeTypes {
			if t.mode == mode.Type() {
				kind = t.disk
			}
		}
		isDevice := kind == layout.ModeChar || kind == layout.ModeBlock
		switch {
		case kind == layout.ModeFIFO, kind == layout.ModeSocket, isDevice:
		case mode.Type() == fs.ModeCharDevice:
			kind, isDevice = layout.ModeChar, true
		default:
			return fmt.Errorf("type %s: %w", mode.Type(), fs.ErrInvalid)
		}
		if !isDevice && (major != 0 || minor != 0) || major > maxMajor || minor > maxMinor {
			return fmt.Errorf("device %d, %d: %w", major, minor, fs.ErrInvalid)
		}
		s, err := f.place(name)
		if err != nil {
			return err
		}
		return f.create(&s, kind|diskBits(mode), func(in *inode) error {
			if isDevice {
				setDevice(in.Block(), major, minor)
			}
			return nil
		})
	})
	return pathError("mknod", name, err)
}

// Link makes new another name of the file old, which must not be a folder. A
// symbolic link is not followed.
func (f *FS) Link(old, new string) error {
	err := f.change(func() error {
		from, err := f.get(old, false)
		if err != nil {
			return err
		}
		if from.in.IsDir() {
			return fmt.Errorf("folders have one name: %w", ErrIsDir)
		}
		if from.in.LinksCount() >= f.maxLinks() {
			return ErrTooManyLinks
		}
		s, err := f.place(new)
		if err != nil {
			return err
		}
		if s.dir == nil {
			return fs.ErrExist
		}
		if err := s.dir.admits(from.in); err != nil {
			return err
		}
		if err := from.in.stamp(false); err != nil {
			return err
		}
		err = s.dir.changeDir(func(d *dir.Dir) error {
			return d.Insert(s.base, from.in.no, layout.FileTypeOf(from.in.Mode()))
		})
		if err != nil {
			return err
		}
		from.in.SetLinksCount(from.in.LinksCount() + 1)
		if err := s.dir.put(); err != nil {
			return err
		}
		return from.in.put()
	})
	return linkError("link", old, new, err)
}
