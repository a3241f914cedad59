//go:build !linux

package outfile

import (
	"errors"
	"os"
)

func cloneFile(_, _ *os.File) error { return errors.ErrUnsupported }

func dataRange(_ *os.File, off, size int64) (start, end int64) { return off, size }

func copyRange(dst, src *os.File, off, n int64) (int64, error) { return copyByHand(dst, src, off, n) }

// TakeAttrs gives the file the mode of src.
func (f *File) TakeAttrs(src *os.File) error {
	st, err := src.Stat()
	if err != nil {
		return err
	}
	return f.wrap(f.f.Chmod(st.Mode()))
}
