package unpack

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/therootcompany/xz"
	"github.com/ulikunitz/xz/lzma"
)

// Fact is something that can be said of a content, as text.
type Fact struct{ What, Text string }

// Inflate takes a compression off a content. rest is what follows in the same content and belongs to it no more; nil
// where nothing does.
func Inflate(ctx context.Context, form Form, src *io.SectionReader, b *Budget) (out, rest *io.SectionReader, facts []Fact, err error) {
	defer contain(&err)
	src = io.NewSectionReader(src, 0, src.Size())
	spool, err := b.spool()
	if err != nil {
		return nil, nil, nil, err
	}
	var r io.Reader
	switch form {
	case Gzip:
		z := &gzipReader{src: src}
		if out, err = b.save(ctx, spool, z, src.Size()); err != nil {
			return nil, nil, nil, wrap(ctx, form, err)
		}
		return out, z.rest(), z.facts, nil
	case Bzip2:
		r = bzip2.NewReader(bufio.NewReader(src))
	case XZ:
		r, err = xz.NewReader(src, maxWindow)
	case LZMA:
		r, err = lzma.ReaderConfig{DictCap: maxWindow}.NewReader(bufio.NewReader(src))
	case Zstd:
		var d *zstd.Decoder
		d, err = zstd.NewReader(src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err == nil {
			defer d.Close()
		}
		r = d
	default:
		err = fmt.Errorf("%s is no compression", form)
	}
	if err == nil {
		out, err = b.save(ctx, spool, r, src.Size())
	}
	return out, nil, nil, wrap(ctx, form, err)
}

// wrap words the error of a decompressor.
func wrap(ctx context.Context, form Form, err error) error {
	var dict *lzma.ErrDictSize
	var limit *LimitError
	var temp *TempError
	switch {
	case err == nil || errors.As(err, &limit) || errors.As(err, &temp):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, xz.ErrMemlimit) || errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.As(err, &dict):
		return &LimitError{fmt.Sprintf("%s asks for a window of more than %d MiB", form, maxWindow>>20)}
	}
	return fmt.Errorf("damaged: %s: %w", form, whole(err))
}

// gzipReader reads streams that follow each other, and knows where the last one ends.
type gzipReader struct {
	src   *io.SectionReader
	in    *bufio.Reader
	z     *gzip.Reader
	count *counter
	end   int64 // -1 while it is not known
	facts []Fact
	done  bool
}

// counter counts what was read through it.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func (g *gzipReader) Read(p []byte) (int, error) {
	if g.done {
		return 0, io.EOF
	}
	if g.z == nil {
		g.count = &counter{r: g.src}
		g.in = bufio.NewReaderSize(g.count, 64<<10)
		var err error
		if g.z, err = gzip.NewReader(g.in); err != nil {
			return 0, whole(err)
		}
		g.z.Multistream(false)
		if g.facts, err = gzipFacts(g.src, g.z.Header); err != nil {
			return 0, err
		}
	}
	n, err := g.z.Read(p)
	if !errors.Is(err, io.EOF) || err == io.ErrUnexpectedEOF { //nolint:errorlint
		return n, err
	}
	if next, _ := g.in.Peek(3); bytes.Equal(next, []byte{0x1f, 0x8b, 8}) {
		if err := g.z.Reset(g.in); err != nil {
			return n, whole(err)
		}
		g.z.Multistream(false)
		return n, nil
	}
	g.done, g.end = true, g.count.n-int64(g.in.Buffered())
	return n, io.EOF
}

// rest is what follows the last stream.
func (g *gzipReader) rest() *io.SectionReader {
	if g.end >= g.src.Size() {
		return nil
	}
	return io.NewSectionReader(g.src, g.end, g.src.Size()-g.end)
}

// gzipFacts are those of the header of RFC 1952, section 2.3.
func gzipFacts(src io.ReaderAt, h gzip.Header) ([]Fact, error) {
	var b [10]byte
	if _, err := src.ReadAt(b[:], 0); err != nil {
		return nil, whole(err)
	}
	var out []Fact
	if sec := binary.LittleEndian.Uint32(b[4:]); sec != 0 {
		out = append(out, Fact{"time", time.Unix(int64(sec), 0).UTC().Format(time.RFC3339)})
	}
	if h.Name != "" {
		out = append(out, Fact{"name", h.Name})
	}
	if h.Comment != "" {
		out = append(out, Fact{"comment", h.Comment})
	}
	if len(h.Extra) > 0 {
		out = append(out, Fact{"extra field", digest(bytes.NewReader(h.Extra))})
	}
	level := map[byte]string{2: "best", 4: "fastest"}[b[8]]
	if level == "" {
		level = "default"
	}
	system := map[byte]string{0: "FAT", 3: "Unix", 10: "NTFS", 11: "NTFS", 255: "unknown"}[b[9]]
	if system == "" {
		system = strconv.Itoa(int(b[9]))
	}
	return append(out, Fact{"level", level}, Fact{"system", system}), nil
}

// digest describes bytes that have no form.
func digest(r io.Reader) string {
	h := sha256.New()
	n, err := io.Copy(h, r)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d bytes sha256 %x", n, h.Sum(nil))
}

// PastEnd is what [Behind] calls a fact.
const PastEnd = "bytes behind the end"

// Behind tells of bytes that follow a content, unless they are zeros.
func Behind(r *io.SectionReader) []Fact {
	if r == nil || r.Size() == 0 {
		return nil
	}
	if n, err := zeros(r, 0); err != nil || n == r.Size() {
		return nil
	}
	return []Fact{{PastEnd, digest(io.NewSectionReader(r, 0, r.Size()))}}
}

// zeros gives the offset of the first byte from off on that is not zero.
func zeros(r *io.SectionReader, off int64) (int64, error) {
	buf := make([]byte, 32<<10)
	for off < r.Size() {
		n, err := r.ReadAt(buf[:min(int64(len(buf)), r.Size()-off)], off)
		for i, c := range buf[:n] {
			if c != 0 {
				return off + int64(i), nil
			}
		}
		off += int64(n)
		if n == 0 || err != nil && off < r.Size() {
			return off, whole(err)
		}
	}
	return r.Size(), nil
}
