package ext

import (
	"errors"
	"fmt"
	"strings"

	"lbimage/imagebuild/ext/internal/blockmap"
	"lbimage/imagebuild/ext/internal/dir"
	"lbimage/imagebuild/ext/internal/extents"
	"lbimage/imagebuild/ext/internal/xattr"
)

// What a caller may decide on. They come wrapped in an *fs.PathError or an
// *os.LinkError, beside fs.ErrNotExist, fs.ErrExist, fs.ErrInvalid and fs.ErrClosed.
var (
	ErrNotExt       = ErrNoFileSystem // what Open fails with on anything else
	ErrReadOnly     = errors.New("the file system is open for reading only")
	ErrNoSpace      = errors.New("no space is left: make the file system larger or remove files")
	ErrNoInodes     = errors.New("no inodes are left: remove files or make the file system anew with more inodes")
	ErrNotDir       = errors.New("not a directory")
	ErrIsDir        = errors.New("is a directory")
	ErrNotEmpty     = errors.New("directory is not empty")
	ErrLoop         = errors.New("more than 40 symbolic links on the way")
	ErrNameTooLong  = errors.New("name is longer than 255 bytes")
	ErrTooManyLinks = errors.New("too many links to one inode")
	ErrFileTooLarge = errors.New("file would be larger than the file system allows")
	ErrDirFull      = errors.New("directory can hold no more names")
	ErrTimeRange    = errors.New("time is outside what the inode can hold: give one before 2038, or use 256-byte inodes")
	ErrNoAttr       = errors.New("no such extended attribute")
	ErrAttrSpace    = errors.New("extended attributes do not fit beside the inode: remove some")
	ErrUnsupported  = errors.ErrUnsupported
	ErrRemoved      = errors.New("file was removed while it was open")
)

// mend is the last word of messages about damage.
const mend = "run e2fsck -f on it"

// SpaceError says that an operation needs more blocks than are free. It matches [ErrNoSpace].
type SpaceError struct {
	Blocks, Free uint64
	BlockSize    int64 // of one, in bytes
}

func (e *SpaceError) Error() string {
	return fmt.Sprintf("%d blocks of %d bytes are needed, %d are free: %v", e.Blocks, e.BlockSize, e.Free, ErrNoSpace)
}

func (e *SpaceError) Unwrap() error { return ErrNoSpace }

// FeatureError says that the file system has features that this package does
// not read, or does not edit, or that one of its files bears such a feature.
// Features are named as mke2fs -O names them.
type FeatureError struct {
	Features []string
	Edit     bool   // it can be read, but not be edited
	Inode    uint32 // not 0: it is about this file only
	what     string // what cannot be done, and what to do, if it is not about all of the file system
}

func (e *FeatureError) Error() string {
	names := strings.Join(e.Features, ", ")
	switch {
	case e.Inode != 0:
		return fmt.Sprintf("inode %d: %s: %s", e.Inode, names, e.what)
	case e.what != "":
		return fmt.Sprintf("file system feature %s: %s", names, e.what)
	}
	if !e.Edit {
		return fmt.Sprintf("file system feature %s cannot be read: make the file system without it", names)
	}
	off := "make the file system without it"
	if names == "read-only" {
		off = "remove it with tune2fs -O ^" + names
	}
	return fmt.Sprintf("file system feature %s can be read but not be edited: %s", names, off)
}

// StateError says that the file system is in a state in which it must not be
// edited. Flag is the flag or field, as e2fsprogs name it.
type StateError struct {
	Flag string
	What string
	Mend string // what to do
}

func (e *StateError) Error() string { return e.Flag + ": " + e.What + ": " + e.Mend }

// CorruptError says what is wrong with the file system, and where.
type CorruptError struct {
	Inode uint32 // 0 where it is not about one inode
	Err   error
}

func (e *CorruptError) Error() string {
	at := ""
	if e.Inode != 0 {
		at = fmt.Sprintf("inode %d: ", e.Inode)
	}
	return at + e.Err.Error() + ": " + mend
}

func (e *CorruptError) Unwrap() error { return e.Err }

func corruptf(ino uint32, format string, a ...any) error {
	return &CorruptError{ino, fmt.Errorf(format, a...)}
}

// damage marks errors about wrong bytes as such and says which inode they are of.
// Other errors pass unchanged.
func damage(ino uint32, err error) error {
	if err == nil {
		return nil
	}
	var known *CorruptError
	if errors.As(err, &known) {
		if known.Inode == 0 && ino != 0 {
			return &CorruptError{ino, known.Err}
		}
		return err
	}
	var (
		node  *extents.FormatError
		entry *dir.FormatError
		attr  *xattr.FormatError
	)
	if errors.As(err, &node) || errors.As(err, &entry) || errors.As(err, &attr) || errors.Is(err, blockmap.ErrMap) {
		return &CorruptError{ino, err}
	}
	return err
}
