package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"lbimage/imagebuild/block"
)

// tarField is a field of a tar header.
type tarField struct {
	name string
	off  int
	n    int
	kind byte // 's' text, 'o' octal number, 'm' octal mode, 't' time
}

var tarFields = []tarField{
	{"name", 0, 100, 's'}, {"mode", 100, 8, 'm'}, {"uid", 108, 8, 'o'}, {"gid", 116, 8, 'o'}, {"size", 124, 12, 'o'}, {"mtime", 136, 12, 't'},
	{"checksum", 148, 8, 'm'}, {"typeflag", 156, 1, 's'}, {"linkname", 157, 100, 's'}, {"magic", 257, 8, 's'}, {"uname", 265, 32, 's'},
	{"gname", 297, 32, 's'}, {"devmajor", 329, 8, 'o'}, {"devminor", 337, 8, 'o'}, {"prefix", 345, 155, 's'}, {"bytes not in use", 500, 12, 's'},
}

// value writes a field in words.
func (f tarField) value(header []byte) string {
	b := header[f.off : f.off+f.n]
	v, ok := tarNumber(b)
	switch {
	case f.kind == 's' || !ok:
		return fmt.Sprintf("%q", strings.TrimRight(string(b), "\x00"))
	case f.kind == 'm':
		return fmt.Sprintf("0%o", v)
	case f.kind == 't':
		return time.Unix(v, 0).UTC().Format(time.RFC3339)
	}
	return fmt.Sprint(v)
}

// tarNumber reads octal digits, or base 256 behind a mark.
func tarNumber(b []byte) (v int64, ok bool) {
	if b[0]&0x80 != 0 {
		if b[0] != 0x80 {
			return 0, false
		}
		for _, c := range b[1:] {
			if v >= 1<<54 {
				return 0, false
			}
			v = v<<8 | int64(c)
		}
		return v, true
	}
	text := strings.Trim(string(b), " \x00")
	if text == "" {
		return 0, true
	}
	for _, c := range []byte(text) {
		if c < '0' || c > '7' || v >= 1<<59 {
			return 0, false
		}
		v = v<<3 | int64(c-'0')
	}
	return v, true
}

// tarSide reads one of two tar streams.
type tarSide struct {
	r      io.Reader
	pos    int64
	header [512]byte
	size   int64 // of the member under way
	left   int64
	ended  bool // zeros: the end of the archive
}

// ownError is an error of the rebuild, not of the output.
type ownError struct{ err error }

func (e *ownError) Error() string { return "making it once more: " + e.err.Error() }
func (e *ownError) Unwrap() error { return e.err }

// errLong ends the comparison with an output that goes on where the rebuild does not.
var errLong = errors.New("it is not read to its end")

var errTar = errors.New("not the form of a tar archive")

// next reads the header of the next member.
func (s *tarSide) next() error {
	if err := s.full(s.header[:]); err != nil {
		return err
	}
	if block.IsZero(s.header[:]) {
		s.ended = true
		return nil
	}
	size, ok := tarNumber(s.header[124:136])
	if !ok {
		return fmt.Errorf("header at byte %d: %w", s.pos-512, errTar)
	}
	s.size, s.left = size, size
	return nil
}

func (s *tarSide) full(b []byte) error {
	n, err := io.ReadFull(s.r, b)
	s.pos += int64(n)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// data reads the next part of the member, as much as fits b.
func (s *tarSide) data(b []byte) ([]byte, error) {
	b = b[:min(int64(len(b)), s.left)]
	err := s.full(b)
	s.left -= int64(len(b))
	return b, err
}

func (s *tarSide) name() string { return strings.TrimRight(string(s.header[:100]), "\x00") }

// tarball holds the unpacked output against the unpacked rebuild.
type tarball struct {
	found *found
	image string // name of the member with the disk
	// disk gets the output's disk.
	disk    *block.Sparse
	hasDisk bool
	diskAt  *ranges
	members []string // names of the rebuild's
	// listOutput reads the names of the output's.
	listOutput func() ([]string, error)
}

// compare goes through both streams. An error is about the output.
func (t *tarball) compare(ctx context.Context, output, rebuild io.Reader) error {
	out, own := &tarSide{r: output}, &tarSide{r: rebuild}
	nextOut, nextOwn := true, true
	for {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if nextOwn {
			if err := own.next(); err != nil {
				return &ownError{err}
			}
		}
		if nextOut {
			if err := out.next(); err != nil {
				return err
			}
		}
		if own.ended || out.ended {
			break
		}
		how := t.arranged(out, own)
		nextOut, nextOwn = how != missing, how != extra
		switch how {
		case extra:
			if err := t.alone(out, true); err != nil {
				return err
			}
			continue
		case missing:
			if err := t.alone(own, false); err != nil {
				return &ownError{err}
			}
			continue
		case reversed:
			return nil
		}
		t.headers(out, own)
		if err := t.member(ctx, out, own); err != nil {
			return err
		}
	}
	switch {
	case own.ended && !out.ended:
		t.found.add(Difference{Layer: LayerTar, Where: "members", Offset: out.pos - 512, Bytes: 512, Output: fmt.Sprintf("one more member, %q", out.name()), Rebuild: "the end of the archive"})
	case out.ended && !own.ended:
		t.found.add(Difference{Layer: LayerTar, Where: "members", Offset: out.pos - 512, Bytes: 512, Output: "the end of the archive", Rebuild: fmt.Sprintf("one more member, %q", own.name())})
	default:
		return t.trailer(out, own)
	}
	return nil
}

// headers compares the fields of two headers.
func (t *tarball) headers(out, own *tarSide) {
	for _, f := range tarFields {
		a, b := out.header[f.off:f.off+f.n], own.header[f.off:f.off+f.n]
		if bytes.Equal(a, b) {
			continue
		}
		at, n := differing(a, b)
		t.found.add(Difference{
			Layer: LayerTar, Where: fmt.Sprintf("header of %q: %s", own.name(), f.name), Field: f.name, Offset: out.pos - 512 + int64(f.off+at), Bytes: n,
			Output: f.value(out.header[:]), Rebuild: f.value(own.header[:]),
		})
		if f.name == "mtime" {
			t.found.stamp, _ = tarNumber(a)
		}
	}
}

// differing is where two texts of one length differ first, and in how many bytes.
func differing(a, b []byte) (first int, n int64) {
	first = -1
	for i := range a {
		if a[i] != b[i] {
			n++
			if first < 0 {
				first = i
			}
		}
	}
	return first, n
}

// member compares the data of a member of each side.
func (t *tarball) member(ctx context.Context, out, own *tarSide) error {
	const chunk, slack = 1 << 20, 1 << 30
	if out.size > 2*own.size+slack {
		return fmt.Errorf("%q has %d bytes instead of %d: %w", own.name(), out.size, own.size, errLong)
	}
	a, b := make([]byte, min(chunk, out.size)), make([]byte, min(chunk, own.size))
	start, off := out.pos, int64(0)
	r, isDisk := newRanges(), own.name() == t.image
	if isDisk { // what is read of it is compared, even if its end is not
		t.diskAt, t.hasDisk, t.found.diskBase = r, true, start
	}
	first := int64(-1)
	var here, there string
	for out.left > 0 && own.left > 0 {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		x, err := out.data(a)
		if err != nil {
			return fmt.Errorf("%q at byte %d: %w", out.name(), off, err)
		}
		y, err := own.data(b)
		if err != nil {
			return &ownError{err}
		}
		if isDisk {
			if _, err := t.disk.Write(x); err != nil {
				return err
			}
		}
		n := min(len(x), len(y))
		r.add(off, x[:n], y[:n])
		if first < 0 && r.bytes > 0 {
			i, _ := differing(x[:n], y[:n])
			first = off + int64(i)
			here, there = snippet(x[i:n]), snippet(y[i:n])
		}
		off += int64(n)
		if len(x) != len(y) { // the shorter one ends here
			break
		}
	}
	if out.size != own.size {
		r.only(min(out.size, own.size), max(out.size, own.size)-min(out.size, own.size))
	}
	if !isDisk && r.bytes > 0 {
		t.found.add(Difference{Layer: LayerFile, Where: fmt.Sprintf("contents of %q", own.name()), Offset: max(first, 0), Bytes: r.bytes, Output: here, Rebuild: there})
	}
	return t.rest(out, own, isDisk)
}

// rest reads what is left of the members, and the zeros that fill their last blocks.
func (t *tarball) rest(out, own *tarSide, isDisk bool) error {
	var pad [2][]byte
	for i, s := range []*tarSide{out, own} {
		for buf := make([]byte, min(256<<10, s.left)); s.left > 0; {
			part, err := s.data(buf)
			if err == nil && isDisk && i == 0 {
				_, err = t.disk.Write(part)
			}
			if err != nil {
				return sideError(i, err)
			}
		}
		pad[i] = make([]byte, -s.size&511)
		if err := s.full(pad[i]); err != nil {
			return sideError(i, err)
		}
	}
	if len(pad[0]) == len(pad[1]) && !bytes.Equal(pad[0], pad[1]) {
		at, n := differing(pad[0], pad[1])
		t.found.add(Difference{Layer: LayerTar, Where: fmt.Sprintf("bytes behind the contents of %q", own.name()), Offset: out.pos - int64(len(pad[0])-at), Bytes: n, Output: snippet(pad[0][at:]), Rebuild: snippet(pad[1][at:])})
	}
	return nil
}

func sideError(side int, err error) error {
	if side == 1 {
		return &ownError{err}
	}
	return err
}

// trailer compares what comes behind the first block of zeros.
func (t *tarball) trailer(out, own *tarSide) error {
	x, err := tail(out.r)
	if err != nil {
		return err
	}
	y, err := tail(own.r)
	if err != nil {
		return &ownError{err}
	}
	if !bytes.Equal(x, y) {
		n := min(len(x), len(y))
		at, bad := differing(x[:n], y[:n])
		if at < 0 {
			at = n
		}
		bad += int64(max(len(x), len(y)) - n)
		t.found.add(Difference{
			Layer: LayerTar, Where: "end of the archive", Offset: out.pos + int64(at), Bytes: bad,
			Output: fmt.Sprintf("%d bytes behind the first block of zeros", len(x)), Rebuild: fmt.Sprintf("%d", len(y)),
		})
	}
	return nil
}

// maxTail bounds what is compared behind the members, maxEnd what is read there.
const maxTail, maxEnd = 1 << 20, 1 << 30

// tail reads the rest of a stream, so that its checksum is looked at as well.
func tail(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxTail))
	if err == nil {
		var n int64
		if n, err = io.Copy(io.Discard, io.LimitReader(r, maxEnd)); err == nil && n == maxEnd {
			err = errLong
		}
	}
	return b, err
}

// snippet writes the first bytes of b, as text where they are.
func snippet(b []byte) string {
	b = b[:min(len(b), 16)]
	for _, c := range b {
		if c < ' ' && c != '\n' && c != '\t' || c > '~' {
			return fmt.Sprintf("%x", b)
		}
	}
	return fmt.Sprintf("%q", b)
}
