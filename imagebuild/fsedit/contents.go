package fsedit

import (
	"io"
	"os"

	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/treediff"
)

// Open opens a regular file for reading.
func (t *Tree) Open(p string) (*ext.File, error) {
	name, err := t.Name(p)
	if err != nil {
		return nil, err
	}
	st, err := t.fs.Stat(name)
	if err != nil {
		return nil, inImage(err)
	}
	if !st.Mode().IsRegular() {
		return nil, pathErrorf(name, "it is no file: its type is %s", treediff.TypeName(st.Mode()))
	}
	f, err := t.fs.OpenFile(name, os.O_RDONLY, 0)
	return f, inImage(err)
}

// Cat writes the contents of a file to w.
func (t *Tree) Cat(p string, w io.Writer) error {
	f, err := t.Open(p)
	if err != nil {
		return err
	}
	defer f.Close()
	buf := make([]byte, 1<<20)
	for {
		n, err := f.Read(buf)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return &outsideError{err}
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return inImage(err)
		}
	}
}

// Write writes what r holds into a file that exists, from byte off on. What stands
// before and behind stays.
func (t *Tree) Write(p string, off int64, r io.Reader, what string) error {
	return t.withFile(p, func(f *ext.File) error {
		buf := make([]byte, 1<<20)
		for {
			n, err := io.ReadFull(r, buf)
			if n > 0 {
				if _, err := f.WriteAt(buf[:n], off); err != nil {
					return err
				}
				off += int64(n)
			}
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				return nil
			}
			if err != nil {
				return outside("reading", what, err)
			}
		}
	})
}
