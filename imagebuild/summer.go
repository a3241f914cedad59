package imagebuild

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
)

// summer passes an output on and computes its size and SHA-256 beside the
// writing.
type summer struct {
	w    io.Writer
	size int64
	hash hash.Hash
	full chan []byte // to be hashed
	free chan []byte // to be filled again
	done chan struct{}
}

// summerBuffers is how many writes the hash may lag behind.
const summerBuffers = 4

// newSummer starts a goroutine that ends with close.
func newSummer(w io.Writer) *summer {
	s := &summer{w: w, hash: sha256.New(), full: make(chan []byte, summerBuffers), free: make(chan []byte, summerBuffers), done: make(chan struct{})}
	for range summerBuffers {
		s.free <- nil
	}
	go func() {
		defer close(s.done)
		for b := range s.full {
			s.hash.Write(b)
			s.free <- b
		}
	}()
	return s
}

func (s *summer) Write(p []byte) (int, error) {
	b := append((<-s.free)[:0], p...)
	n, err := s.w.Write(p)
	s.full <- b[:n]
	s.size += int64(n)
	return n, err
}

// close ends the hashing; nothing may be written afterwards.
func (s *summer) close() {
	close(s.full)
	<-s.done
}

// hex is the SHA-256 of all that was written, once the summer is closed.
func (s *summer) hex() string { return hex.EncodeToString(s.hash.Sum(nil)) }
