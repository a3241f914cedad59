package ext

import (
	"io/fs"

	"lbimage/imagebuild/ext/internal/layout"
)

// Truncate changes the size of a file. What is cut off is freed; what is added
// is a hole. Symbolic links are followed.
func (f *FS) Truncate(name string, size int64) error {
	err := f.change(func() error {
		s, err := f.get(name, true)
		if err != nil {
			return err
		}
		if err := s.in.contents(); err != nil {
			return err
		}
		if size < 0 {
			return fs.ErrInvalid
		}
		if err := s.in.truncate(uint64(size)); err != nil {
			return err
		}
		return s.in.put()
	})
	return pathError("truncate", name, err)
}

// truncate sets the size of a plain file. The caller stores the inode.
func (in *inode) truncate(size uint64) error {
	if in.inline() {
		if done, err := in.editInline(size, func([]byte) {}); done || err != nil {
			return err
		}
		if err := in.toBlocks(size, 0); err != nil {
			return err
		}
	}
	blocks := in.fs.blocksFor(size)
	if size > 1<<63-1 || blocks > in.maxBlocks() || size > 1<<31-1 && in.fs.sb.RevLevel() == layout.RevOriginal {
		return ErrFileTooLarge
	}
	if err := in.changed(); err != nil {
		return err
	}
	if size > in.size() {
		if err := in.zeroTail(); err != nil {
			return err
		}
	}
	if err := in.punch(blocks, in.maxBlocks()); err != nil {
		return err
	}
	shrinks := size < in.size()
	if err := in.setSize(size); err != nil {
		return err
	}
	if shrinks {
		return in.zeroTail()
	}
	return nil
}

// zeroTail clears what the last block holds behind the end of the file, so that
// it reads as zeros if the file grows.
func (in *inode) zeroTail() error {
	bs := uint64(in.fs.bs)
	size := in.size()
	if size%bs == 0 {
		return nil
	}
	return in.zero(size, bs-size%bs)
}

// zero clears n bytes from off on, all within one block. A hole stays one.
func (in *inode) zero(off, n uint64) error {
	bs := uint64(in.fs.bs)
	if n == 0 {
		return nil
	}
	p, err := in.find(off/bs, 1)
	if err != nil || p.start == 0 || p.uninit {
		return err
	}
	at := p.start*bs + off%bs
	b := make([]byte, n)
	if err := readFull(in.fs.r, b, int64(at)); err != nil {
		return err
	}
	if isZero(b) {
		return nil
	}
	clear(b)
	return in.fs.writeData(b, at)
}

// punchHole frees the blocks that lie within the n bytes from off on, and clears
// what remains of them at both ends.
func (in *inode) punchHole(off, n uint64) error {
	bs := uint64(in.fs.bs)
	end := min(off+n, in.size())
	if off >= end {
		return nil
	}
	if in.inline() {
		return in.punchInline(off, end)
	}
	if in.hasExtents() {
		if err := in.fs.need(in.tree().Cost(1)); err != nil { // cutting an extent in two makes one more
			return err
		}
	}
	if err := in.changed(); err != nil {
		return err
	}
	first, last := in.fs.blocksFor(off), end/bs
	if end == in.size() {
		last = in.fs.blocksFor(end)
	}
	if first > last { // within one block
		return in.zero(off, end-off)
	}
	if err := in.zero(off, first*bs-off); err != nil {
		return err
	}
	if last*bs < end {
		if err := in.zero(last*bs, end-last*bs); err != nil {
			return err
		}
	}
	return in.punch(first, last)
}
