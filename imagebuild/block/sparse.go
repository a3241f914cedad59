package block

import (
	"fmt"
	"io"
	"math"
	"os"
)

// Sparse is an anonymous temporary file that stores no blocks of zeros. It grows
// by writing, in order with Write or anywhere with WriteAt. Its space is given
// back when it is closed or the process ends, however it ends.
//
// One goroutine may write; when it has finished, any number may read.
type Sparse struct {
	f    *os.File
	size int64 // of what was written, zeros included
	high int64 // nothing at or after this offset was stored
}

// CreateSparse makes an empty sparse file in dir, or in the system's folder for
// temporary files when dir is empty.
func CreateSparse(dir string) (*Sparse, error) {
	f, err := anonymous(dir)
	if err != nil {
		return nil, fmt.Errorf("temporary file: %w", err)
	}
	return &Sparse{f: f}, nil
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
func (s *Sparse) Size() int64 { return s.size }

// Write appends p.
func (s *Sparse) Write(p []byte) (int, error) { return s.WriteAt(p, s.size) }

// WriteAt writes p at off and lets the file grow where that is past its end.
// Bytes that were never written are zero.
func (s *Sparse) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 || int64(len(p)) > math.MaxInt64-off {
		return 0, fmt.Errorf("writing at offset %d: %w", off, ErrRange)
	}
	done := 0
	for done < len(p) {
		at := off + int64(done)
		skip := s.zeroRun(p[done:], at)
		done += skip
		if done == len(p) {
			break
		}
		at += int64(skip)
		n, err := s.f.WriteAt(p[done:done+s.dataRun(p[done:], at)], at)
		done += n
		s.high = max(s.high, at+int64(n))
		if err != nil {
			s.size = max(s.size, off+int64(done))
			return done, fmt.Errorf("temporary file: %w", err)
		}
	}
	s.size = max(s.size, off+int64(done))
	return done, nil
}

// piece is how much of n bytes at off lies in the block of off.
func piece(n int, off int64) int { return min(n, BlockSize-int(off%BlockSize)) }

// zeroRun is how many bytes at the front of p, which is for off, need not be
// stored: zeros where nothing was stored before.
func (s *Sparse) zeroRun(p []byte, off int64) int {
	n := 0
	for n < len(p) && off+int64(n) >= s.high {
		k := piece(len(p)-n, off+int64(n))
		if !IsZero(p[n : n+k]) {
			break
		}
		n += k
	}
	return n
}

// dataRun is how many bytes at the front of p, which is for off, are to be
// stored with one call: up to the next block that zeroRun would skip.
func (s *Sparse) dataRun(p []byte, off int64) int {
	n := piece(len(p), off)
	for n < len(p) {
		k := piece(len(p)-n, off+int64(n))
		if off+int64(n) >= s.high && IsZero(p[n:n+k]) {
			break
		}
		n += k
	}
	return n
}

// Grow makes the file size bytes long, if it is shorter, without storing any.
func (s *Sparse) Grow(size int64) { s.size = max(s.size, size) }

// ReadAt reads as io.ReaderAt says.
func (s *Sparse) ReadAt(p []byte, off int64) (int, error) {
	return readWithin(s.size, p, off, func(p []byte) (int, error) {
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
	if off >= s.high {
		return s.size, s.size, nil
	}
	start, end, err = nextData(s.f, off, s.high)
	if err == nil && start >= s.high {
		return s.size, s.size, nil
	}
	return start, end, err
}

// Close gives the file's space back.
func (s *Sparse) Close() error { return s.f.Close() }
