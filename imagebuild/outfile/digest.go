package outfile

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"os"
)

// Digest passes on what is written to it, and computes size and SHA-256 beside that, in a goroutine of its own.
type Digest struct {
	w    io.Writer
	size int64
	hash hash.Hash
	full chan []byte // to be hashed
	free chan []byte // to be filled again
	done chan struct{}
}

// digestBuffers is how many writes the hash may lag behind.
const digestBuffers = 4

// NewDigest starts a goroutine that ends with Close.
func NewDigest(w io.Writer) *Digest {
	d := &Digest{w: w, hash: sha256.New(), full: make(chan []byte, digestBuffers), free: make(chan []byte, digestBuffers), done: make(chan struct{})}
	for range digestBuffers {
		d.free <- nil
	}
	go func() {
		defer close(d.done)
		for b := range d.full {
			d.hash.Write(b)
			d.free <- b
		}
	}()
	return d
}

func (d *Digest) Write(p []byte) (int, error) {
	b := append((<-d.free)[:0], p...)
	n, err := d.w.Write(p)
	d.full <- b[:n]
	d.size += int64(n)
	return n, err
}

// Close ends the hashing; nothing may be written afterwards.
func (d *Digest) Close() {
	close(d.full)
	<-d.done
}

// Size is how many bytes were written.
func (d *Digest) Size() int64 { return d.size }

// Hex is the SHA-256 of all that was written, in hexadecimal, once the digest is closed.
func (d *Digest) Hex() string { return hex.EncodeToString(d.hash.Sum(nil)) }

// SHA256 is the digest of a file, in hexadecimal.
func SHA256(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
