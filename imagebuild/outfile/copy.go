package outfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// WriteAt writes anywhere in the file. It does not move the place where Write goes on.
func (f *File) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.f.WriteAt(p, off)
	return n, f.wrap(err)
}

// Truncate makes the file size bytes long; what is added is a hole.
func (f *File) Truncate(size int64) error { return f.wrap(f.f.Truncate(size)) }

// copyPiece bounds what is copied between two looks at the context.
const copyPiece = 64 << 20

// CopyOf gives an empty file the contents of src, whose holes stay holes. Where
// the file system can share blocks between files nothing is copied at all.
// Both files keep their places for Read and Write.
func (f *File) CopyOf(ctx context.Context, src *os.File) error {
	st, err := src.Stat()
	if err != nil {
		return err
	}
	if cloneFile(f.f, src) == nil {
		return nil
	}
	size := st.Size()
	if err := f.f.Truncate(size); err != nil {
		return f.wrap(err)
	}
	for off := int64(0); off < size; {
		start, end := dataRange(src, off, size)
		for start < end {
			if err := ctx.Err(); err != nil {
				return err
			}
			n, err := copyRange(f.f, src, start, min(end-start, copyPiece))
			if err != nil {
				return f.wrap(err)
			}
			start += n
		}
		off = end
	}
	return nil
}

// copyByHand copies up to n bytes at off.
func copyByHand(dst, src *os.File, off, n int64) (int64, error) {
	buf := make([]byte, min(n, 1<<20))
	k, err := src.ReadAt(buf, off)
	if k == 0 {
		if err == nil || errors.Is(err, io.EOF) {
			err = fmt.Errorf("%s became shorter meanwhile", src.Name())
		}
		return 0, err
	}
	_, err = dst.WriteAt(buf[:k], off)
	return int64(k), err
}
