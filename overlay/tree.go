package overlay

import (
	"errors"
	"io"
	"io/fs"
	"reflect"
	"time"
)

// ReadTree is the part of a [Tree] that looks and does not touch.
//
// Names are those of package io/fs. Lstat, ReadLink and the attribute calls act on a symbolic link
// itself. Edits hand over only names in which no symbolic link is left (see [Resolve]), so an
// implementation may follow links in other calls or not.
type ReadTree interface {
	fs.FS
	// Lstat's FileInfo.Sys must be something that [OwnerOf] understands.
	Lstat(name string) (fs.FileInfo, error)
	ReadLink(name string) (string, error)
	ReadDir(name string) ([]fs.DirEntry, error)
	ReadFile(name string) ([]byte, error)
	ListXattr(name string) ([]string, error)
	Xattr(name, attr string) ([]byte, error)
}

// Tree is a file tree that can be changed. Calls mean what they mean in package os, with two
// differences: no umask applies, and what is made belongs to user and group 0, or to the group of a set-group-id folder
// that it is made in. Edits give what they make its owner.
type Tree interface {
	ReadTree
	// WriteFile empties an existing file and writes it anew, keeping its inode and with it owner,
	// mode and extended attributes; a missing file is made with perm.
	WriteFile(name string, data []byte, perm fs.FileMode) error
	// WriteFrom is WriteFile for content of any size, read to its end.
	WriteFrom(name string, r io.Reader, perm fs.FileMode) error
	Mkdir(name string, perm fs.FileMode) error
	Symlink(target, name string) error
	// Link gives the file at old, which is no folder, a second name.
	Link(old, new string) error
	// Remove removes a file, a link (not what it points to) or an empty folder.
	Remove(name string) error
	Chmod(name string, mode fs.FileMode) error
	Lchown(name string, uid, gid int) error
	Chtimes(name string, atime, mtime time.Time) error
	// Lchtimes is Chtimes for a symbolic link itself.
	Lchtimes(name string, atime, mtime time.Time) error
	SetXattr(name, attr string, value []byte) error
	RemoveXattr(name, attr string) error
}

// errNoOwner is for a Tree whose FileInfo says nothing of owners: a fault of the program, not of the image.
var errNoOwner = errors.New("the tree does not tell owners")

// OwnerOf gives the numeric owner and group of a file of a [Tree]. FileInfo.Sys must be a struct, or a
// pointer to one, with unsigned integer fields UID and GID (as *ext.Stat has), or Uid and Gid (as
// *syscall.Stat_t has).
func OwnerOf(info fs.FileInfo) (uid, gid uint32, err error) {
	u, ok1 := SysField(info, "UID", "Uid")
	g, ok2 := SysField(info, "GID", "Gid")
	if !ok1 || !ok2 {
		return 0, 0, errNoOwner
	}
	return uint32(u), uint32(g), nil
}

// linksOf gives the number of names of a file, 1 where the tree does not tell.
func linksOf(info fs.FileInfo) uint64 {
	if n, ok := SysField(info, "Nlink", "NLink"); ok {
		return n
	}
	return 1
}

// SysField reads a number that is no less than 0 out of info.Sys, a struct or a pointer to one, by the first name of a
// field that is there: Ino, Nlink, Rdev. The tree's own type lies in a package that edits must not know, hence the
// reflection.
func SysField(info fs.FileInfo, names ...string) (uint64, bool) {
	v := reflect.ValueOf(info.Sys())
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return 0, false
	}
	for _, name := range names {
		f := v.FieldByName(name)
		switch {
		case !f.IsValid():
		case f.CanUint():
			return f.Uint(), true
		case f.CanInt() && f.Int() >= 0:
			return uint64(f.Int()), true
		}
	}
	return 0, false
}

// modeBits are the bits of a mode that chmod sets.
const modeBits = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky
