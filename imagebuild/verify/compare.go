package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
)

// comparer takes the rebuilt tarball and holds it against the output while it comes.
type comparer struct {
	output  io.ReaderAt
	size    int64 // of the output
	pos     int64
	made    int64 // size of the rebuild
	first   int64 // offset of the first differing byte; -1 for none
	head    []byte
	tail    []byte    // the last bytes of the rebuild
	here    string    // bytes of the output at first
	there   string    // of the rebuild
	own     hash.Hash // of the rebuild
	other   hash.Hash // of the output
	buf     []byte
	readErr error
}

func newComparer(output io.ReaderAt, size int64) *comparer {
	return &comparer{output: output, size: size, first: -1, own: sha256.New(), other: sha256.New(), buf: make([]byte, 256<<10)}
}

// headSize is how much of the start is kept, for the header of gzip.
const headSize = 1024

// tailSize is that of gzip's trailer.
const tailSize = 8

func (c *comparer) Write(p []byte) (int, error) {
	if n := min(len(p), headSize-len(c.head)); n > 0 {
		c.head = append(c.head, p[:n]...)
	}
	c.tail = append(c.tail, p[max(0, len(p)-tailSize):]...)
	c.tail = c.tail[max(0, len(c.tail)-tailSize):]
	c.own.Write(p)
	c.made += int64(len(p))
	for rest := p; len(rest) > 0; {
		n := min(len(rest), len(c.buf))
		got, err := c.next(n)
		if err != nil {
			return len(p) - len(rest), err
		}
		if c.first < 0 && !bytes.Equal(c.buf[:got], rest[:n]) {
			i := 0
			for i < got && c.buf[i] == rest[i] {
				i++
			}
			c.first = c.pos + int64(i)
			c.here, c.there = snippet(c.buf[i:got]), snippet(rest[i:n])
		}
		c.pos += int64(n)
		rest = rest[n:]
	}
	return len(p), nil
}

// next reads as much of n bytes at pos as the output has.
func (c *comparer) next(n int) (int, error) {
	n = int(min(int64(n), max(0, c.size-c.pos)))
	if n == 0 {
		return 0, nil
	}
	got, err := c.output.ReadAt(c.buf[:n], c.pos)
	if got < n {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		c.readErr = err
		return 0, err
	}
	c.other.Write(c.buf[:n])
	return n, nil
}

// finish reads what the output has more, and tells whether both are the same.
func (c *comparer) finish() (same bool, err error) {
	if c.first < 0 && c.pos < c.size {
		c.first = c.pos
	}
	for c.pos < c.size {
		n, err := c.next(len(c.buf))
		if err != nil {
			return false, err
		}
		c.pos += int64(n)
	}
	return c.first < 0, nil
}

func digestOf(b []byte) string {
	h := sha256.New()
	h.Write(b)
	return sum(h)
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
