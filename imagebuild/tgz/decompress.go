package tgz

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/therootcompany/xz"
)

// decoder is the decompressed stream.
type decoder struct {
	format string // what it is decoded from, for messages
	r      io.Reader
	close  func()
}

// maxWindow bounds the memory of decoders whose format lets the file choose.
const maxWindow = 64 << 20

// decompress tells the format of a stream by its first bytes.
func decompress(r io.Reader) (*decoder, error) {
	br := bufio.NewReaderSize(r, 64<<10)
	head, err := br.Peek(512)
	if err != nil && err != io.EOF {
		return nil, readError("reading", err)
	}
	d := &decoder{close: func() {}}
	switch {
	case len(head) == 0:
		return nil, errors.New("the file is empty; give an image tarball")
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		d.format = "gzip"
		d.r, err = newGzipReader(br)
	case bytes.HasPrefix(head, []byte("\xfd7zXZ\x00")):
		d.format = "xz"
		d.r, err = xz.NewReader(br, maxWindow)
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		d.format = "zstd"
		var zr *zstd.Decoder
		zr, err = zstd.NewReader(br, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err == nil {
			d.r, d.close = zr, zr.Close
		}
	case bytes.HasPrefix(head, []byte("BZh")):
		d.format = "bzip2"
		d.r = bzip2.NewReader(br)
	case isTar(head):
		d.format = "tar"
		d.r = br
	default:
		return nil, errors.New("neither gzip, xz, zstd, bzip2 nor tar; give an image tarball")
	}
	if err != nil {
		return nil, readError(d.format, err)
	}
	return d, nil
}

func (d *decoder) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	if err != nil && err != io.EOF {
		err = readError(d.format, err)
	}
	return n, err
}

// streamError is an error about the stream that the archive lies in.
type streamError struct{ msg string }

func (e streamError) Error() string { return e.msg }

// readError words an error of a decoder. What the source itself reported passes
// as it is.
func readError(format string, err error) error {
	if src, ok := errors.AsType[sourceError](err); ok {
		return src
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return streamError{format + ": the data is cut off; fetch the file again"}
	}
	if s, ok := errors.AsType[streamError](err); ok {
		return s
	}
	return streamError{fmt.Sprintf("%s: the data is damaged (%v); fetch the file again", format, err)}
}

// isTar reports whether a block is a tar header: one that bears its checksum, or
// the zero block of an archive without entries.
func isTar(b []byte) bool {
	if len(b) < 512 {
		return false
	}
	sum, stored, digits := int64(0), int64(0), 0
	for i, c := range b[:512] {
		if i >= 148 && i < 156 {
			c = ' '
		}
		sum += int64(c)
	}
	for _, c := range bytes.Trim(b[148:156], " \x00") {
		if c < '0' || c > '7' {
			return false
		}
		stored, digits = stored*8+int64(c-'0'), digits+1
	}
	return digits > 0 && stored == sum || sum == 8*' '
}

// gzipReader reads one or several gzip members and minds what follows the last
// one: zeros are padding, as gzip itself takes them; anything else is refused.
type gzipReader struct {
	br *bufio.Reader
	zr *gzip.Reader
}

func newGzipReader(br *bufio.Reader) (*gzipReader, error) {
	zr, err := gzip.NewReader(br)
	if err != nil {
		return nil, noEOF(err)
	}
	zr.Multistream(false)
	return &gzipReader{br, zr}, nil
}

func (g *gzipReader) Read(p []byte) (int, error) {
	for {
		n, err := g.zr.Read(p)
		if n > 0 || err != io.EOF {
			if err == io.EOF { // comes again
				err = nil
			}
			return n, err
		}
		if err := g.next(); err != nil {
			return 0, err
		}
	}
}

// next goes on to the next member; io.EOF when there is none.
func (g *gzipReader) next() error {
	head, err := g.br.Peek(2)
	if len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b {
		if err := g.zr.Reset(g.br); err != nil {
			return noEOF(err)
		}
		g.zr.Multistream(false)
		return nil
	}
	if len(head) == 0 && err != nil {
		return err
	}
	for {
		c, err := g.br.ReadByte()
		if err != nil {
			return err
		}
		if c != 0 {
			return streamError{"gzip: other data follows the end; cut it off, or fetch the file again"}
		}
	}
}

// noEOF is for places where the end of the data comes too early.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
