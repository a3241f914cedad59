package unpack

import (
	"context"
	"errors"
	"fmt"
	"io"

	"lbimage/imagebuild/block"
)

// Limits on what is unpacked of one content.
const (
	MaxBytes   = 1 << 30  // in all, with what is packed in each other
	MaxMembers = 1 << 15  // in all archives
	maxNames   = 4 << 20  // bytes of names and link targets
	maxRatio   = 200      // how much larger an unpacked content may be than the packed one,
	freeBytes  = 32 << 20 // beyond these bytes
	maxWindow  = 32 << 20 // a decompressor's dictionary, which it allocates on the word of the stream
	maxZip     = 128 << 20
	maxZipHead = 4 << 20 // what is read of a zip's directory
)

// LimitError says that more would have to be unpacked than is allowed.
type LimitError struct{ What string }

func (e *LimitError) Error() string { return e.What }

// TempError says that a temporary file could not be written. It is no error of the content.
type TempError struct{ Err error }

func (e *TempError) Error() string { return e.Err.Error() }
func (e *TempError) Unwrap() error { return e.Err }

// keeper remembers that writing failed.
type keeper struct {
	to  io.Writer
	err error
}

func (k *keeper) Write(p []byte) (int, error) {
	n, err := k.to.Write(p)
	k.err = err
	return n, err
}

// Budget says how much may be unpacked of one content, and owns what was. Close it.
type Budget struct {
	TempDir string
	// Total, where it is set, is what may still be unpacked of all contents together; it goes down.
	Total *int64

	bytes   int64
	members int
	names   int
	owned   []io.Closer
}

// Own closes c when the budget is closed.
func (b *Budget) Own(c io.Closer) { b.owned = append(b.owned, c) }

// Keep copies a content that can be read only once.
func (b *Budget) Keep(ctx context.Context, r io.Reader) (*io.SectionReader, error) {
	s, err := b.spool()
	if err != nil {
		return nil, err
	}
	return b.save(ctx, s, r, 0)
}

// Close gives the temporary files back.
func (b *Budget) Close() error {
	var err error
	for _, c := range b.owned {
		err = errors.Join(err, c.Close())
	}
	b.owned = nil
	return err
}

// left is how many bytes may still be unpacked.
func (b *Budget) left() int64 {
	n := MaxBytes - b.bytes
	if b.Total != nil {
		n = min(n, *b.Total)
	}
	return n
}

func (b *Budget) spool() (*block.Sparse, error) {
	s, err := block.CreateSparse(b.TempDir)
	if err != nil {
		return nil, &TempError{err}
	}
	b.Own(s)
	return s, nil
}

// save unpacks a content to the end of a temporary file. packed is the size of what r unpacks, 0 where that is not known.
func (b *Budget) save(ctx context.Context, to *block.Sparse, r io.Reader, packed int64) (*io.SectionReader, error) {
	most, ratio := b.left(), false
	if bound := freeBytes + packed*maxRatio; packed > 0 && bound < most {
		most, ratio = bound, true
	}
	start := to.Size()
	out := &keeper{to: to}
	n, err := io.Copy(out, io.LimitReader(&watched{ctx, r}, most+1))
	b.bytes += n
	if b.Total != nil {
		*b.Total -= n
	}
	switch {
	case out.err != nil:
		return nil, &TempError{out.err}
	case n > most && ratio:
		return nil, &LimitError{fmt.Sprintf("it unpacks to more than %d times its size", maxRatio)}
	case n > most:
		return nil, &LimitError{fmt.Sprintf("it unpacks to more than the %d MiB that are looked into", MaxBytes>>20)}
	case err != nil:
		return nil, err
	}
	return io.NewSectionReader(to, start, n), nil
}

// member takes one member with names of so many bytes.
func (b *Budget) member(names int) error {
	b.members++
	b.names += names
	if b.members > MaxMembers {
		return &LimitError{fmt.Sprintf("it has more than the %d members that are looked at", MaxMembers)}
	}
	if b.names > maxNames {
		return &LimitError{fmt.Sprintf("the names of its members are longer than %d MiB", maxNames>>20)}
	}
	return nil
}

// watched can be read only while the context goes on.
type watched struct {
	ctx context.Context
	r   io.Reader
}

func (w *watched) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.r.Read(p)
}

// contain makes an error of a library's panic.
func contain(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("damaged: it could not be decoded (%v)", v)
	}
}

// whole makes an early end an unexpected one.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
