package block

import (
	"fmt"
	"io"
)

// section is a window of a device.
type section struct {
	dev    Device
	off, n int64
}

// writableSection is a window of a device that can be written.
type writableSection struct {
	section
	w io.WriterAt
}

// Section gives the n bytes of d from off as a device of its own. The result is
// [Writable] when d is. A window that does not lie within d is refused with an
// error that wraps [ErrRange].
func Section(d Device, off, n int64) (Device, error) {
	if err := checkRange(d.Size(), off, n); err != nil {
		return nil, fmt.Errorf("section: %w", err)
	}
	s := section{d, off, n}
	if w, ok := d.(Writable); ok {
		return &writableSection{s, w}, nil
	}
	return &s, nil
}

func (s *section) Size() int64 { return s.n }

func (s *section) ReadAt(p []byte, off int64) (int, error) {
	return readWithin(s.n, p, off, func(p []byte) (int, error) {
		return s.dev.ReadAt(p, s.off+off)
	})
}

func (s *section) NextData(off int64) (start, end int64, err error) {
	start, end, err = NextData(s.dev, s.off+off)
	if err != nil {
		return 0, 0, err
	}
	return min(start-s.off, s.n), min(end-s.off, s.n), nil
}

func (s *writableSection) WriteAt(p []byte, off int64) (int, error) {
	if err := checkRange(s.n, off, int64(len(p))); err != nil {
		return 0, fmt.Errorf("writing: %w", err)
	}
	return s.w.WriteAt(p, s.off+off)
}

// readWithin holds the rules of io.ReaderAt for a device of size bytes: read is
// called with as much of p as lies within it, and its end is io.EOF.
func readWithin(size int64, p []byte, off int64, read func([]byte) (int, error)) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("reading at offset %d: %w", off, ErrRange)
	}
	if off >= size {
		if len(p) == 0 {
			return 0, nil
		}
		return 0, io.EOF
	}
	short := int64(len(p)) > size-off
	if short {
		p = p[:size-off]
	}
	n, err := read(p)
	if n == len(p) {
		err = nil
		if short {
			err = io.EOF
		}
	} else if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
