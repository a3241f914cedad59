package tgz

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"lbimage/imagebuild/block"
)

// Load reads an image tarball from r up to its end. It returns when the read of r
// in progress has returned, so r is not used afterwards, even when ctx is
// cancelled. The archive must be closed.
func Load(ctx context.Context, r io.Reader, o Options) (*Archive, error) {
	if o.MaxSize <= 0 {
		o.MaxSize = DefaultMaxSize
	}
	if o.MaxEntries <= 0 {
		o.MaxEntries = DefaultMaxEntries
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	l := &loader{ctx: ctx, o: o, a: &Archive{}}
	err := l.run(r, fail)
	// Another stage's failure is what made this one stop.
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if err != nil {
		l.a.Close()
		if src, ok := errors.AsType[sourceError](err); ok {
			err = src.error
		}
		return nil, err
	}
	return l.a, nil
}

// loader is the state of one Load.
type loader struct {
	ctx   context.Context
	o     Options
	a     *Archive
	in    *counter
	tr    *tar.Reader
	ahead *aheadPool // nil when nothing is compressed ahead
	buf   []byte     // a chunk, when ahead is nil
	names nameSet
	total int64
}

func (l *loader) run(r io.Reader, fail context.CancelCauseFunc) error {
	src := startReadAhead(l.ctx, r)
	defer src.close()
	dec, err := decompress(src)
	if err != nil {
		return err
	}
	defer dec.close()
	// Headers and padding come on top of the entries' data.
	l.in = &counter{r: dec, limit: l.o.MaxSize + 64<<20}
	l.tr = tar.NewReader(l.in)
	if !l.o.CompressAhead {
		return l.entries()
	}
	l.a.spool, err = block.CreateSparse(l.o.TempDir)
	if err != nil {
		return err
	}
	l.ahead = startAhead(l.ctx, fail, l.a.spool)
	defer l.ahead.finish()
	err = l.entries()
	if err != nil {
		fail(err) // what is still queued is not wanted
	}
	return err
}

// entries reads the whole archive.
func (l *loader) entries() error {
	for {
		end := l.in.n
		h, err := l.tr.Next()
		if err == io.EOF {
			// The reader takes the end of the data for the end of the archive.
			// That is two zero blocks, after less than one of padding.
			if l.in.n-end < 1024 {
				return l.cut()
			}
			return l.trailer()
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return l.tarError(err)
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue // a comment on the archive; it holds for no entry that we keep
		}
		if len(l.a.Entries) == l.o.MaxEntries {
			return fmt.Errorf("entry %q: more than %d entries; give an image tarball, which has a few", h.Name, l.o.MaxEntries)
		}
		if err := l.entry(h); err != nil {
			return err
		}
	}
}

// entry reads the entry of which the header was read.
func (l *loader) entry(h *tar.Header) error {
	if h.Typeflag == tar.TypeGNUSparse {
		h.Typeflag = tar.TypeReg // the reader fills the holes
	}
	if err := checkHeader(h); err != nil {
		return err
	}
	if err := l.names.add(h); err != nil {
		return err
	}
	e := Entry{Header: plainHeader(h)}
	if h.Typeflag == tar.TypeReg {
		if h.Size > l.o.MaxSize-l.total {
			return fmt.Errorf("entry %q: with its %d bytes the archive has more than the limit of %d; raise the limit if it should", h.Name, h.Size, l.o.MaxSize)
		}
		l.total += h.Size
		data, err := l.data(&e, h.Size)
		if err != nil {
			return err
		}
		e.Data = data
	}
	l.a.Entries = append(l.a.Entries, e)
	return nil
}

// data reads size bytes of the entry e chunk by chunk.
func (l *loader) data(e *Entry, size int64) (*block.Sparse, error) {
	f, err := block.CreateSparse(l.o.TempDir)
	if err != nil {
		return nil, err
	}
	l.a.files = append(l.a.files, f)
	if l.ahead != nil {
		e.ahead = &pieceList{}
	} else if want := min(size, chunkSize); int64(len(l.buf)) < want {
		l.buf = make([]byte, want)
	}
	for off := int64(0); off < size; {
		buf := l.buf
		if l.ahead != nil {
			if buf, err = l.ahead.buffer(); err != nil {
				return nil, err
			}
		}
		buf = buf[:min(chunkSize, size-off)]
		n, err := io.ReadFull(l.tr, buf)
		zero := false
		if err == nil {
			zero = block.IsZero(buf)
			if zero {
				f.Grow(off + int64(n))
			} else if _, werr := f.WriteAt(buf, off); werr != nil {
				err = sourceError{fmt.Errorf("entry %q: keeping its data: %w", e.Header.Name, werr)}
			}
		}
		if l.ahead != nil {
			switch {
			case err != nil:
				l.ahead.release(buf)
			case zero && n == chunkSize:
				e.ahead.add().off = zeroOff
				l.ahead.release(buf)
			default:
				l.ahead.add(e.ahead.add(), buf)
			}
		}
		off += int64(n)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil, fmt.Errorf("entry %q: the archive is cut off after %d of its %d bytes; fetch the file again", e.Header.Name, off, size)
		}
		if err != nil {
			return nil, fmt.Errorf("entry %q: %w", e.Header.Name, err)
		}
		if l.o.Progress != nil {
			l.o.Progress(l.in.n)
		}
	}
	return f, nil
}

// trailer reads what follows the end of the archive: zeros up to the end of the
// record, if anything. Reading on to the end of the stream is also what verifies
// the checksums of the compression.
func (l *loader) trailer() error {
	buf := make([]byte, 64<<10)
	for {
		n, err := l.in.Read(buf)
		if !block.IsZero(buf[:n]) {
			return errors.New("other data follows the end of the archive (archives put one after another?); pack it again as one")
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (l *loader) after() string {
	if n := len(l.a.Entries); n > 0 {
		return fmt.Sprintf(" after entry %q", l.a.Entries[n-1].Header.Name)
	}
	return ""
}

func (l *loader) cut() error {
	return fmt.Errorf("the archive is cut off%s: its end mark is missing; fetch the file again", l.after())
}

func (l *loader) tarError(err error) error {
	var s streamError
	var src sourceError
	switch {
	case errors.As(err, &s), errors.As(err, &src):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return l.cut()
	}
	return fmt.Errorf("reading the tar header%s: %v; give an image tarball, or fetch the file again", l.after(), err)
}

// plainHeader keeps of a header what is written again.
func plainHeader(h *tar.Header) *tar.Header {
	return &tar.Header{
		Typeflag: h.Typeflag, Name: h.Name, Size: h.Size, Mode: h.Mode & 0o7777,
		Uid: h.Uid, Gid: h.Gid, Uname: h.Uname, Gname: h.Gname,
		ModTime: h.ModTime.Truncate(time.Second), Format: tar.FormatGNU,
	}
}

// counter counts and limits what is decoded: a small file can hold a large stream.
type counter struct {
	r        io.Reader
	n, limit int64
}

func (c *counter) Read(p []byte) (int, error) {
	if c.n >= c.limit {
		return 0, streamError{fmt.Sprintf("the archive goes on after %d bytes; raise the limit if it should", c.n)}
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.limit-c.n)])
	c.n += int64(n)
	return n, err
}
