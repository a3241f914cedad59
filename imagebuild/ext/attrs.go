package ext

import (
	"fmt"
	"io/fs"
	"math"
	"time"

	"lbimage/imagebuild/ext/internal/layout"
)

// Chmod sets the twelve bits of permission of a file: mode&0o777, fs.ModeSetuid,
// fs.ModeSetgid and fs.ModeSticky. The mask of an access ACL goes with the
// group's bits. Symbolic links are followed.
func (f *FS) Chmod(name string, mode fs.FileMode) error {
	return f.setAttrs("chmod", name, true, func(in *inode) error {
		in.SetMode(in.Type() | diskBits(mode))
		return in.chmodACL()
	})
}

// Chown sets user and group of a file; -1 leaves one as it is. As when the kernel
// does it, a file that is no folder loses setuid, a setgid that goes with
// execution by the group, and security.capability. Symbolic links are followed.
func (f *FS) Chown(name string, uid, gid int) error {
	return f.setAttrs("chown", name, true, func(in *inode) error { return in.chown(uid, gid) })
}

// Lchown is Chown for a symbolic link itself.
func (f *FS) Lchown(name string, uid, gid int) error {
	return f.setAttrs("lchown", name, false, func(in *inode) error { return in.chown(uid, gid) })
}

func (in *inode) chown(uid, gid int) error {
	for _, id := range []int{uid, gid} {
		if int64(id) < -1 || int64(id) >= math.MaxUint32 {
			return fmt.Errorf("owner %d: %w", id, fs.ErrInvalid)
		}
	}
	if uid != -1 {
		in.SetUID(uint32(uid))
	}
	if gid != -1 {
		in.SetGID(uint32(gid))
	}
	if err := in.fs.expect(in); err != nil {
		return err
	}
	if in.IsDir() {
		return nil
	}
	mode := in.Mode() &^ layout.ModeSetuid
	if mode&0o010 != 0 {
		mode &^= layout.ModeSetgid
	}
	if !in.IsSymlink() {
		in.SetMode(mode)
	}
	return in.dropCapability()
}

// Chtimes sets the times of last access and modification; a zero time leaves one
// as it is. Inodes of 128 bytes hold whole seconds up to January 2038, others
// nanoseconds up to 2446. Symbolic links are followed.
func (f *FS) Chtimes(name string, atime, mtime time.Time) error {
	return f.setAttrs("chtimes", name, true, func(in *inode) error { return in.chtimes(atime, mtime) })
}

// Lchtimes is Chtimes for a symbolic link itself.
func (f *FS) Lchtimes(name string, atime, mtime time.Time) error {
	return f.setAttrs("lchtimes", name, false, func(in *inode) error { return in.chtimes(atime, mtime) })
}

func (in *inode) chtimes(atime, mtime time.Time) error {
	if !atime.IsZero() && !in.SetAtime(atime) || !mtime.IsZero() && !in.SetMtime(mtime) {
		return ErrTimeRange
	}
	return nil
}

// setAttrs runs do on the inode of a file and stores it with a new time of change.
func (f *FS) setAttrs(op, name string, follow bool, do func(*inode) error) error {
	err := f.change(func() error {
		s, err := f.get(name, follow)
		if err != nil {
			return err
		}
		if err := do(s.in); err != nil {
			return err
		}
		if err := s.in.stamp(false); err != nil {
			return err
		}
		return s.in.put()
	})
	return pathError(op, name, err)
}
