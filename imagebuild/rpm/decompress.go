package rpm

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/therootcompany/xz"
	"github.com/ulikunitz/xz/lzma"
)

// maxWindow is the largest dictionary or window of a decompressor, which is
// what it allocates on the word of the stream: that of 'xz -9'.
const maxWindow = 64 << 20

// magics are how compressed streams begin. That of lzma is no real one.
var magics = []struct {
	name  string
	magic []byte
}{
	{"gzip", []byte{0x1f, 0x8b}},
	{"bzip2", []byte("BZh")},
	{"xz", []byte{0xfd, '7', 'z', 'X', 'Z', 0}},
	{"zstd", []byte{0x28, 0xb5, 0x2f, 0xfd}},
}

// sniff names the compressor by the stream's first bytes, "" if it is none.
func sniff(r *bufio.Reader) string {
	head, _ := r.Peek(6)
	for _, m := range magics {
		if bytes.HasPrefix(head, m.magic) {
			return m.name
		}
	}
	return ""
}

// decompressor gives the reader of what r has compressed by the named
// compressor, and what that really is: rpm takes lzma and xz for each other, and
// where the header says nothing, gzip or nothing.
func decompressor(name string, r *bufio.Reader) (io.Reader, string, error) {
	found := sniff(r)
	switch {
	case name == "lzma" && found == "xz":
		name = "xz"
	case name == "xz" && found == "":
		name = "lzma"
	case name == "":
		if found != "gzip" {
			return r, "uncompressed", nil
		}
		name = found
	case name != "lzma" && found != name && found != "":
		return nil, name, fmt.Errorf("the header says %s, the payload is %s", name, found)
	}
	var out io.Reader
	var err error
	switch name {
	case "gzip":
		out, err = gzip.NewReader(r)
	case "bzip2":
		out = bzip2.NewReader(r)
	case "xz":
		out, err = xz.NewReader(r, maxWindow)
	case "lzma":
		out, err = lzma.ReaderConfig{DictCap: maxWindow}.NewReader(r)
	case "zstd":
		// One goroutine: the others have work. The decoder needs no Close then.
		out, err = zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(maxWindow))
	default:
		err = fmt.Errorf("the compressor is not supported")
	}
	return out, name, err
}

// decode sends what the flow from has compressed by the named compressor.
func (f *flow) decode(ctx context.Context, from *flow, name string, start int64) {
	r := &flowReader{f: from}
	defer r.drop()
	f.end(f.decodeAll(ctx, r, name, start))
}

func (f *flow) decodeAll(ctx context.Context, r *flowReader, name string, start int64) (err error) {
	defer contain("payload", &err)
	in := bufio.NewReaderSize(r, 64<<10)
	out, name, err := decompressor(name, in)
	p := newPool(cap(f.blocks), blockSize)
	for err == nil {
		b := p.get(ctx)
		if b == nil {
			return ctx.Err()
		}
		b.data, err = fill(b.data, out)
		f.send(b)
	}
	// Readers give a regular end unwrapped; a wrapped one is the cause of another
	// error, such as a stream that ends early.
	if err != io.EOF { //nolint:errorlint
		return decodeError(ctx, err, r, name, start)
	}
	// Nothing may follow, and the digests need all of it in any case.
	rest, err := io.Copy(io.Discard, in)
	switch {
	case err != nil:
		return decodeError(ctx, err, r, name, start)
	case rest > 0:
		return damaged("payload", "%d bytes follow the end of the %s stream", rest, name)
	}
	return io.EOF
}

// fill reads until p is full or r ends, and gives what it read with r's own
// error: io.ReadFull would make one of a regular and an unexpected end.
func fill(p []byte, r io.Reader) ([]byte, error) {
	n, idle := 0, 0
	for n < len(p) && idle < 100 {
		k, err := r.Read(p[n:])
		n += k
		if err != nil {
			return p[:n], err
		}
		if idle++; k > 0 {
			idle = 0
		}
	}
	if n < len(p) {
		return p[:n], io.ErrNoProgress
	}
	return p, nil
}

// decodeError says what a decompressor's error means, and where it was.
func decodeError(ctx context.Context, err error, r *flowReader, name string, start int64) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	// The flow's own error comes through the decompressor in whatever wrapping.
	if r.err != nil && !errors.Is(r.err, io.EOF) {
		return r.err
	}
	var dict *lzma.ErrDictSize
	if errors.Is(err, xz.ErrMemlimit) || errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.As(err, &dict) {
		return fmt.Errorf("payload: %s needs a window of more than %d MiB: compress the package at a lower level", name, maxWindow>>20)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, xz.ErrBuf) {
		return &DamageError{"payload", fmt.Sprintf("the %s stream is truncated or corrupt at byte %d of the file", name, start+r.n), err}
	}
	return &DamageError{"payload", fmt.Sprintf("the %s stream is corrupt near byte %d of the file", name, start+r.n), err}
}
