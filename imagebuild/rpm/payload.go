package rpm

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Payload streams the contents of a package. Its methods and those of its
// entries may be called by one goroutine at a time.
type Payload struct {
	p       *Package
	stages  stages
	in      *flowReader // the cpio archive
	whole   []*tee      // the digests of the payload, parallel to p.declared
	files   *hasher     // the digests of the files
	digests []Digest

	cur      *Entry
	pad      int     // bytes of the archive between cur's content and the next entry
	seen     []bool  // of each file
	left     []int32 // of each set of links: entries to come
	linked   map[int32][]*File
	verified int // contents whose digest in the header was right
	err      error
	closed   bool
}

// tee is a declared digest in the making.
type tee struct {
	declared
	*hasher
}

// ErrClosed is the error of using a payload after Close.
var ErrClosed = errors.New("payload: it is closed")

// trailingZeros is how many zero bytes may follow the archive: some writers
// pad it to the block of a tape.
const trailingZeros = 64 << 10

// Payload starts to read the payload from its beginning, in goroutines of its
// own; the caller must Close the result. When ctx ends, so does the reading,
// with ctx's error.
func (p *Package) Payload(ctx context.Context) (*Payload, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l := &Payload{
		p: p, digests: slices.Clone(p.Digests),
		seen: make([]bool, len(p.Files)), left: slices.Clone(p.links.size), linked: make(map[int32][]*File),
		files: startHasher(nil, archiveBlocks),
	}
	var compressed, plain []*hasher
	for _, d := range p.declared {
		t := &tee{declared: d}
		l.whole = append(l.whole, t)
		if d.new == nil {
			continue
		}
		h := d.new()
		if d.Covers == CoversArchive {
			t.hasher = startHasher(h, archiveBlocks)
			plain = append(plain, t.hasher)
			continue
		}
		if d.Covers == CoversPackage {
			if err := p.digestHeader(h); err != nil {
				closeAll(append(compressed, plain...))
				close(l.files.in)
				return nil, err
			}
		}
		t.hasher = startHasher(h, compressedBlocks)
		compressed = append(compressed, t.hasher)
	}
	l.stages.ctx, l.stages.cancel = context.WithCancel(ctx)
	feed, archive := newFlow(compressedBlocks, compressed), newFlow(archiveBlocks, plain)
	l.stages.run(func(ctx context.Context) { feed.feed(ctx, p.r, p.PayloadSpan.Off, p.PayloadSpan.Len) })
	l.stages.run(func(ctx context.Context) { archive.decode(ctx, feed, p.PayloadCompressor, p.PayloadSpan.Off) })
	l.in = &flowReader{f: archive}
	return l, nil
}

// digestHeader adds the header, as it stands in the file, to a digest of header
// and payload.
func (p *Package) digestHeader(h hash.Hash) error {
	n, err := io.Copy(h, io.NewSectionReader(p.r, p.HeaderSpan.Off, p.HeaderSpan.Len))
	if err == nil && n < p.HeaderSpan.Len {
		err = errors.New("the file is truncated since it was opened: try again")
	}
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	return nil
}

func closeAll(hs []*hasher) {
	for _, h := range hs {
		close(h.in)
	}
}

// Next goes to the next entry, skipping what was not read of the one before
// (whose digest it verifies nevertheless). After the last entry it reads the
// payload to its end and verifies its digests; io.EOF means that all of them
// were right. Any other error is final.
func (l *Payload) Next() (*Entry, error) {
	if l.err == nil && l.closed {
		l.err = ErrClosed
	}
	if l.err != nil {
		return nil, l.err
	}
	e, err := l.next()
	if err != nil {
		l.fail(err)
		return nil, l.err
	}
	return e, nil
}

func (l *Payload) next() (*Entry, error) {
	if l.cur != nil {
		if _, err := l.cur.WriteTo(io.Discard); err != nil {
			return nil, err
		}
		l.cur = nil
	}
	if err := l.skip(l.pad); err != nil {
		return nil, err
	}
	l.pad = 0
	at := l.in.n
	h, err := readEntry(l.in)
	if err != nil {
		return nil, l.damage(at, err)
	}
	if h.trailer {
		return nil, l.end()
	}
	e, err := l.open(h)
	if err != nil {
		return nil, l.damage(at, err)
	}
	l.cur = e
	return e, nil
}

func (l *Payload) skip(n int) error {
	for n > 0 {
		c, _, err := l.in.chunk(int64(n))
		if err != nil {
			return l.damage(l.in.n, ended(err, "between two entries"))
		}
		n -= len(c)
	}
	return nil
}

// damage says where in the archive an entry is wrong. Errors of the stages
// before are passed through: they are the cause.
func (l *Payload) damage(at int64, err error) error {
	if l.in.err != nil && !errors.Is(l.in.err, io.EOF) {
		return l.in.err
	}
	return damaged("payload", "byte %d of the archive: %v", at, err)
}

// open matches an entry of the archive with the file that it is.
func (l *Payload) open(h archiveEntry) (*Entry, error) {
	i, err := l.find(h)
	if err != nil {
		return nil, err
	}
	f := &l.p.Files[i]
	switch {
	case l.seen[i]:
		return nil, fmt.Errorf("%q is there twice", f.Path)
	case !f.InPayload():
		return nil, fmt.Errorf("%q is there, although the header says that the package does not contain it", f.Path)
	}
	l.seen[i] = true
	e := &Entry{File: f, Index: i, payload: l}
	if set := l.p.links.set[i]; set >= 0 {
		l.left[set]--
		if e.Linked = l.left[set] > 0; e.Linked {
			l.linked[set] = append(l.linked[set], f)
		} else {
			e.Links = l.linked[set]
			delete(l.linked, set)
		}
	}
	size := int64(0)
	if f.Mode.IsRegular() && !e.Linked {
		size = f.Size
	}
	link := f.Link
	if h.stripped {
		if h.link, err = l.strippedLink(f); err != nil {
			return nil, err
		}
	} else if t := modeFromUnix(h.mode).Type(); t != f.Mode.Type() {
		return nil, fmt.Errorf("%q is %v, the header says %v", f.Path, t, f.Mode.Type())
	} else if h.size != size {
		return nil, fmt.Errorf("%q has %d bytes of content, the header says %d", f.Path, h.size, size)
	}
	if h.link != link && f.Mode.Type() == modeFromUnix(unixSymlink) {
		return nil, fmt.Errorf("%q is a link to %q, the header says to %q", f.Path, short(h.link), short(link))
	}
	l.pad = padding(l.in.n + size)
	e.start(size, h)
	return e, nil
}

// strippedLink reads the link target behind a stripped entry, where it is the
// content.
func (l *Payload) strippedLink(f *File) (string, error) {
	if f.Mode.Type() != modeFromUnix(unixSymlink) {
		return f.Link, nil
	}
	if f.Size != int64(len(f.Link)) {
		return "", fmt.Errorf("%q has %d bytes, its link target %d", f.Path, f.Size, len(f.Link))
	}
	b, err := readMore(l.in, nil, len(f.Link))
	return string(b), ended(err, "within a link target")
}

// find gives the index of the file that an entry is of.
func (l *Payload) find(h archiveEntry) (int, error) {
	if h.stripped {
		if h.index >= int64(len(l.p.Files)) {
			return 0, fmt.Errorf("the entry is of file %d, the header lists %d", h.index, len(l.p.Files))
		}
		return int(h.index), nil
	}
	// Names are ./usr/bin/x, rpm's way, or /usr/bin/x or usr/bin/x, other
	// packagers'. The list has clean paths only, so a match is one too.
	name := strings.TrimPrefix(h.name, "./")
	switch {
	case l.p.Source:
	case name == ".":
		name = "/"
	case !strings.HasPrefix(name, "/"):
		name = "/" + name
	}
	i, ok := l.p.byPath[name]
	if !ok && slices.Contains(strings.Split(h.name, "/"), "..") {
		return 0, fmt.Errorf("%q leads out of the tree", short(h.name))
	}
	if !ok {
		return 0, fmt.Errorf("%q is there, but not in the header's list of files", short(h.name))
	}
	return i, nil
}

// end comes after the trailer. It gives io.EOF if all was right.
func (l *Payload) end() error {
	for i := range l.seen {
		if f := &l.p.Files[i]; !l.seen[i] && f.InPayload() {
			return damaged("payload", "%q is in the header's list of files, but not there", f.Path)
		}
	}
	size := l.in.n
	for {
		c, _, err := l.in.chunk(blockSize)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if len(bytes.Trim(c, "\x00")) > 0 || l.in.n-size > trailingZeros {
			return damaged("payload", "more follows the archive's end at byte %d", size)
		}
	}
	l.stages.stop()
	return l.verdict(size)
}

// verdict compares the digests, once all was read.
func (l *Payload) verdict(size int64) error {
	strong := false // something right covers the whole payload
	for _, t := range l.whole {
		if t.hasher == nil {
			continue
		}
		d := l.digest(t.Covers, t.Name)
		d.Got = hex.EncodeToString(t.finish())
		if d.Got != d.Want {
			return &DigestError{Where: d.Covers, Name: d.Name, Want: d.Want, Got: d.Got}
		}
		d.State, strong = Verified, true
	}
	if d := l.digest(CoversFiles, ""); d != nil && d.State != Unknown {
		d.Got = strconv.Itoa(l.verified)
		d.State = Verified
	}
	if d := l.digest(CoversArchive, "size"); d != nil {
		d.Got = strconv.FormatInt(size, 10)
		switch {
		case d.Got == d.Want:
			d.State = Verified
		case strong: // some packagers store the sum of the files' sizes
			d.State = Differs
		default:
			return &DigestError{Where: d.Covers, Name: d.Name, Want: d.Want, Got: d.Got}
		}
	}
	return io.EOF
}

// digest finds the report on a digest; any name will do when name is "".
func (l *Payload) digest(covers, name string) *Digest {
	for i := range l.digests {
		if d := &l.digests[i]; d.Covers == covers && (d.Name == name || name == "") {
			return d
		}
	}
	return nil
}

// fail keeps the first error, io.EOF included, and ends the stages.
func (l *Payload) fail(err error) {
	if l.err == nil {
		l.err = err
		l.release()
	}
}

// release ends the goroutines. It may be called again.
func (l *Payload) release() {
	if l.files != nil {
		close(l.files.in)
		<-l.files.done
		l.files = nil
	}
	l.stages.stop()
	l.in.drop()
	for _, t := range l.whole {
		if t.hasher != nil {
			<-t.done
		}
	}
}

// Finish reads what is left of the payload and gives the verdict: nil when every
// entry was there and every digest right.
func (l *Payload) Finish() error {
	for {
		if _, err := l.Next(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// Close ends the reading wherever it is, without a verdict, and waits for its
// goroutines. It may be called again.
func (l *Payload) Close() error {
	if !l.closed {
		l.closed = true
		l.fail(ErrClosed)
	}
	return nil
}

// Digests lists every digest that the package declares of itself with what came
// of it so far; complete after Next gave io.EOF or Finish nil.
func (l *Payload) Digests() []Digest { return slices.Clone(l.digests) }
