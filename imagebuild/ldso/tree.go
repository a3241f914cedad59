package ldso

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"lbimage/imagebuild/binary"
	"lbimage/overlay"
)

// Tree is what is read of an image. Any overlay.ReadTree is one.
type Tree interface {
	fs.FS // Open
	Lstat(name string) (fs.FileInfo, error)
	ReadLink(name string) (string, error)
	ReadDir(name string) ([]fs.DirEntry, error)
}

// Damaged is the error of a file that is not what it should be, as opposed to one that cannot be read.
type Damaged struct{ error }

// Unwrap gives what is wrong.
func (e Damaged) Unwrap() error { return e.error }

// With opens a file of a tree for reading at any place, if it is a regular one of at most limit bytes. An error of use
// is a [Damaged], unless reading failed.
func With(t Tree, r overlay.Resolved, limit int64, use func(io.ReaderAt, int64) error) error {
	if !r.Exists() {
		return fs.ErrNotExist
	}
	if !r.Info.Mode().IsRegular() {
		return Damaged{errors.New("not a regular file")}
	}
	size := r.Info.Size()
	if size > limit {
		return Damaged{fmt.Errorf("%d bytes are more than a program has; the limit is %d", size, limit)}
	}
	f, err := t.Open(r.Name)
	if err != nil {
		return err
	}
	defer f.Close()
	ra, ok := f.(io.ReaderAt)
	if !ok {
		b, err := io.ReadAll(io.LimitReader(f, size))
		if err != nil {
			return err
		}
		ra, size = bytes.NewReader(b), int64(len(b))
	}
	watch := watched{ReaderAt: ra}
	err = use(&watch, size)
	if err != nil && watch.err == nil {
		return Damaged{err}
	}
	return err
}

// watched takes note of a file system that does not give a file.
type watched struct {
	io.ReaderAt
	err error
}

func (w *watched) ReadAt(p []byte, off int64) (int, error) {
	n, err := w.ReaderAt.ReadAt(p, off)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}

// MaxELF bounds a program or library, in bytes. Real ones stay far below.
const MaxELF = 256 << 20

// Read reads the facts of an ELF file of the image, symbolic links followed inside it.
func Read(t Tree, name string) (facts binary.Facts, err error) {
	r, err := overlay.Resolve(t, name)
	if err != nil {
		return binary.Facts{}, err
	}
	err = With(t, r, MaxELF, func(ra io.ReaderAt, size int64) error {
		facts, err = binary.Read(ra, size)
		return err
	})
	return facts, err
}

// Small reads a file of at most limit bytes; nil when there is none, or something that is no file.
func Small(t Tree, name string, limit int64) ([]byte, error) {
	r, err := overlay.Resolve(t, name)
	if overlay.LeadsNowhere(err) || err == nil && (!r.Exists() || !r.Info.Mode().IsRegular()) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if r.Info.Size() > limit {
		return nil, fmt.Errorf("%s: %d bytes are more than such a file has; the limit is %d", r.Path(), r.Info.Size(), limit)
	}
	f, err := t.Open(r.Name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Path(), err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Path(), err)
	}
	if b == nil {
		b = []byte{}
	}
	return b, nil
}
