package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"lbimage/imagebuild/block"
)

// file shows a device to go-diskfs as the open file that it wants, read-only.
type file struct {
	*io.SectionReader
	hidden []block.Range
}

func newFile(dev block.Device) *file {
	return &file{SectionReader: io.NewSectionReader(dev, 0, dev.Size())}
}

// hide has n bytes at off read as zeros.
func (f *file) hide(off, n int64) {
	f.hidden = append(f.hidden, block.Range{Off: off, Len: n})
}

func (f *file) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.SectionReader.ReadAt(p, off)
	for _, h := range f.hidden {
		from, to := max(h.Off, off), min(h.End(), off+int64(n))
		if from < to {
			clear(p[from-off : to-off])
		}
	}
	return n, err
}

func (f *file) Stat() (fs.FileInfo, error) { return nil, errors.ErrUnsupported }
func (f *file) Close() error               { return nil }

// guard turns a panic of a library, on bytes that it did not expect, into an error.
func guard[T any](read func() (T, error)) (t T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the table makes no sense (%v)", r)
		}
	}()
	return read()
}
