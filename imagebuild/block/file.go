package block

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// File is a disk image in a file or on a block device, open for reading.
type File struct {
	f    *os.File
	size int64
}

// OpenFile opens the disk image at path. The size is the one that it has now; a
// file that shrinks afterwards gives io.ErrUnexpectedEOF where bytes are missing.
func OpenFile(path string) (*File, error) {
	// A FIFO without a writer would block the open for ever: look first.
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if err := checkMode(path, fi.Mode()); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	file, err := NewFile(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	return file, nil
}

// NewFile takes over an open file or block device, which Close will close. The
// place where its Read and Write go on is moved.
func NewFile(f *os.File) (*File, error) {
	fi, err := f.Stat()
	if err == nil {
		err = checkMode(f.Name(), fi.Mode())
	}
	size := int64(0)
	if err == nil {
		// The stat of a block device has no size: its end does.
		size, err = f.Seek(0, io.SeekEnd)
	}
	if err != nil {
		return nil, err
	}
	return &File{f, size}, nil
}

func checkMode(path string, m os.FileMode) error {
	if m.IsRegular() || m.Type() == os.ModeDevice {
		return nil
	}
	what := "special file"
	switch {
	case m.IsDir():
		what = "folder"
	case m&os.ModeNamedPipe != 0:
		what = "pipe"
	case m&os.ModeSocket != 0:
		what = "socket"
	case m&os.ModeCharDevice != 0:
		what = "character device"
	}
	return &fs.PathError{Op: "open", Path: path, Err: fmt.Errorf("is a %s; give a file or a block device", what)}
}

// OpenPlain opens a plain file for reading. Whatever else bears the name is refused before it is opened: a pipe would hold the
// open for ever, and to open a device may do something.
func OpenPlain(path string) (*os.File, error) {
	fi, err := os.Stat(path)
	if err == nil {
		err = checkPlain(path, fi.Mode())
	}
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if fi, err = f.Stat(); err == nil {
		err = checkPlain(path, fi.Mode())
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func checkPlain(path string, m os.FileMode) error {
	if m.Type() == os.ModeDevice {
		return &fs.PathError{Op: "open", Path: path, Err: errors.New("is a block device; give a file")}
	}
	return checkMode(path, m)
}

// Size is the number of bytes.
func (f *File) Size() int64 { return f.size }

// ReadAt reads as io.ReaderAt says.
func (f *File) ReadAt(p []byte, off int64) (int, error) {
	return readWithin(f.size, p, off, func(p []byte) (int, error) { return f.f.ReadAt(p, off) })
}

// NextData has the contract of the function [NextData].
func (f *File) NextData(off int64) (start, end int64, err error) {
	return nextData(f.f, off, f.size)
}

// Close closes the file.
func (f *File) Close() error { return f.f.Close() }
