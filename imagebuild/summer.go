package imagebuild

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
)

// summer passes an output on and computes its size and SHA-256 on the way.
type summer struct {
	w    io.Writer
	hash hash.Hash
	size int64
}

func newSummer(w io.Writer) *summer { return &summer{w: w, hash: sha256.New()} }

func (s *summer) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.hash.Write(p[:n])
	s.size += int64(n)
	return n, err
}

func (s *summer) hex() string { return hex.EncodeToString(s.hash.Sum(nil)) }
