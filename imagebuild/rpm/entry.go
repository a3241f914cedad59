package rpm

import (
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/cavaliergopher/cpio"
)

// Entry is a file in the payload. It reads as the file's content until the next
// call of Payload.Next; io.EOF is given only after the content's digest was
// right. All but regular files have no content.
type Entry struct {
	File  *File
	Index int // of File in Package.Files

	// Linked is set for a hard link whose content comes later, with the last
	// entry of its set. That one has the others, in order, in Links.
	Linked bool
	Links  []*File

	payload *Payload
	left    int64  // bytes of content to come
	digest  string // expected; "" for none
	name    string // of the digest
	done    error  // what Read gives after the content, once that is known
}

// start prepares to read size bytes of content.
func (e *Entry) start(size int64, h archiveEntry) {
	e.left = size
	f, l := e.File, e.payload
	switch {
	case !f.Mode.IsRegular() || e.Linked:
		e.done = io.EOF
	case f.Digest != "" && f.algorithm.new != nil:
		e.digest, e.name = f.Digest, f.DigestName
		l.files.in <- hashJob{h: f.algorithm.new()}
	case h.hasSum:
		e.digest, e.name = fmt.Sprintf("%08x", h.sum), "cpio checksum"
		l.files.in <- hashJob{h: cpioSum{cpio.NewHash()}}
	case size == 0:
		e.done = io.EOF
	}
}

// cpioSum is the library's checksum in the order of bytes that headers have.
type cpioSum struct{ hash.Hash32 }

func (s cpioSum) Sum(b []byte) []byte {
	v := s.Sum32()
	return append(b, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

// Read implements io.Reader. Large buffers get up to 256 KiB at a time.
func (e *Entry) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c, err := e.chunk(int64(len(p)))
	return copy(p, c), err
}

// WriteTo implements io.WriterTo: it writes what is left of the content, from
// the decompressor's own blocks.
func (e *Entry) WriteTo(w io.Writer) (n int64, err error) {
	for {
		c, err := e.chunk(blockSize)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		k, err := w.Write(c)
		n += int64(k)
		if err == nil && k < len(c) {
			err = io.ErrShortWrite
		}
		if err != nil {
			return n, err
		}
	}
}

// chunk gives the next bytes of the content, limit at most.
func (e *Entry) chunk(limit int64) ([]byte, error) {
	l := e.payload
	switch {
	case l.err != nil && !errors.Is(l.err, io.EOF):
		return nil, l.err
	case l.cur != e: // its bytes are gone; an io.EOF would pass for an empty file
		return nil, fmt.Errorf("payload: %q is read after the next entry was asked for: read it before", e.File.Path)
	case e.done != nil:
		return nil, e.done
	case e.left == 0:
		e.done = e.verify()
		return nil, e.done
	}
	c, b, err := l.in.chunk(min(limit, e.left))
	if err != nil {
		e.done = l.damage(l.in.n, ended(err, fmt.Sprintf("within the content of %q, %d bytes too early", e.File.Path, e.left)))
		l.fail(e.done)
		return nil, e.done
	}
	e.left -= int64(len(c))
	if e.digest != "" {
		b.retain(1)
		l.files.in <- hashJob{p: c, b: b}
	}
	return c, nil
}

// verify gives io.EOF if the content's digest is right.
func (e *Entry) verify() error {
	if e.digest == "" {
		return io.EOF
	}
	l := e.payload
	sum := make(chan []byte, 1)
	l.files.in <- hashJob{sum: sum}
	if got := hex.EncodeToString(<-sum); got != e.digest {
		err := &DigestError{Where: "file " + e.File.Path, Name: e.name, Want: e.digest, Got: got}
		l.fail(err)
		return err
	}
	if e.File.Digest != "" {
		l.verified++
	}
	return io.EOF
}
