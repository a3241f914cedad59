package block

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sync"
	"syscall"
)

// Sparse is an anonymous temporary file that stores no blocks of zeros. It grows
// by writing, in order with Write or anywhere with WriteAt. Its space is given
// back when it is closed or the process ends, however it ends.
//
// Several goroutines may write at once, and read what was written before, as long
// as none touches a range that another is writing. Holes are told rightly when
// the writing is over.
type Sparse struct {
	f *os.File

	mu   sync.Mutex // of the following
	size int64      // of what was written, zeros included
	high int64      // nothing at or after this offset was stored
}

// CreateSparse makes an empty sparse file in dir, or in the system's folder for
// temporary files when dir is empty.
func CreateSparse(dir string) (*Sparse, error) {
	f, err := anonymous(dir)
	if err != nil {
		return nil, tempError(err)
	}
	return &Sparse{f: f}, nil
}

// tempError words an error about a temporary file.
func tempError(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("temporary file: %w; make room there, or name another folder in TMPDIR", err)
	}
	return fmt.Errorf("temporary file: %w", err)
}

// anonymous makes a file without a name in dir.
func anonymous(dir string) (*os.File, error) {
	if dir == "" {
		dir = os.TempDir()
	}
	if f, err := openUnnamed(dir); err == nil {
		return f, nil
	}
	// A file system without unnamed files: take the name away at once.
	f, err := os.CreateTemp(dir, ".lbimage-")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Size is the number of bytes written so far, zeros included.
func (s *Sparse) Size() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.size
}

// Grow makes the file size bytes long, if it is shorter, without storing any.
func (s *Sparse) Grow(size int64) {
	s.mu.Lock()
	s.size = max(s.size, size)
	s.mu.Unlock()
}

func (s *Sparse) highest() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.high
}

// Write appends p.
func (s *Sparse) Write(p []byte) (int, error) {
	_, n, err := s.append(p)
	return n, err
}

// Append appends p and tells at which offset. Of several goroutines that append
// at once each gets a place of its own.
func (s *Sparse) Append(p []byte) (off int64, err error) {
	off, _, err = s.append(p)
	return off, err
}

func (s *Sparse) append(p []byte) (off int64, n int, err error) {
	s.mu.Lock()
	off = s.size
	if int64(len(p)) > math.MaxInt64-off {
		s.mu.Unlock()
		return 0, 0, fmt.Errorf("writing at offset %d: %w", off, ErrRange)
	}
	s.size += int64(len(p))
	s.mu.Unlock()
	n, err = s.WriteAt(p, off)
	return off, n, err
}

// WriteAt writes p at off and lets the file grow where that is past its end.
// Bytes that were never written are zero.
func (s *Sparse) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 || int64(len(p)) > math.MaxInt64-off {
		return 0, fmt.Errorf("writing at offset %d: %w", off, ErrRange)
	}
	high := s.highest()
	done := 0
	var err error
	for done < len(p) && err == nil {
		at := off + int64(done)
		run, store := splitZeros(p[done:], at, high)
		if store {
			run, err = s.f.WriteAt(p[done:done+run], at)
			high = max(high, at+int64(run))
		}
		done += run
	}
	s.mu.Lock()
	s.high = max(s.high, high)
	s.size = max(s.size, off+int64(done))
	s.mu.Unlock()
	if err != nil {
		return done, tempError(err)
	}
	return done, nil
}

// piece is how much of n bytes at off lies in the block of off.
func piece(n int, off int64) int { return min(n, BlockSize-int(off%BlockSize)) }

// splitZeros gives the length of the run at the front of p, which is for off, that
// is stored with one call or need not be: zeros where nothing was stored before,
// which is at and after high.
func splitZeros(p []byte, off, high int64) (n int, store bool) {
	for n < len(p) {
		at := off + int64(n)
		k := piece(len(p)-n, at)
		zero := at >= high && IsZero(p[n:n+k])
		if n > 0 && store == zero {
			break
		}
		store = !zero
		n += k
	}
	return n, store
}

// ReadAt reads as io.ReaderAt says.
func (s *Sparse) ReadAt(p []byte, off int64) (int, error) {
	return readWithin(s.Size(), p, off, func(p []byte) (int, error) {
		n, err := s.f.ReadAt(p, off)
		if err == io.EOF { // zeros at the end were never stored
			clear(p[n:])
			return len(p), nil
		}
		return n, err
	})
}

// NextData has the contract of the function [NextData].
func (s *Sparse) NextData(off int64) (start, end int64, err error) {
	size, high := s.Size(), s.highest()
	if off >= high {
		return size, size, nil
	}
	start, end, err = nextData(s.f, off, high)
	if err == nil && start >= high {
		return size, size, nil
	}
	return start, end, err
}

// Close gives the file's space back.
func (s *Sparse) Close() error { return s.f.Close() }
