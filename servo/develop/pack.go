package develop

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/storage/memory"
)

// unpack reads a pack file of another machine into memory. It is looked through first: what it says of the
// number and sizes of its objects is held against the limits before anything is built from it.
func unpack(ctx context.Context, f io.ReadSeeker, l Limits) (*memory.Storage, error) {
	if err := survey(ctx, f, l); err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	st := memory.NewStorage()
	p, err := packfile.NewParserWithStorage(packfile.NewScanner(f), st)
	if err == nil {
		_, err = p.Parse()
	}
	if err != nil {
		return nil, fmt.Errorf("reading what the server sent: %w", err)
	}
	return st, nil
}

// survey adds up the sizes that a pack's objects have when they are unpacked.
func survey(ctx context.Context, f io.ReadSeeker, l Limits) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	sc := packfile.NewScanner(f)
	_, count, err := sc.Header()
	if err != nil {
		return fmt.Errorf("reading what the server sent: %w", err)
	}
	if int64(count) > int64(l.Objects) {
		return fmt.Errorf("%w (%d objects)", errTooMuch, count)
	}
	var total int64
	for i := range count {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		h, err := sc.NextObjectHeader()
		if err != nil {
			return fmt.Errorf("reading what the server sent: object %d: %w", i, err)
		}
		if h.Length < 0 || h.Length > l.Unpacked-total {
			return fmt.Errorf("%w (object %d has %d bytes)", errTooMuch, i, h.Length)
		}
		total += h.Length
		var head prefix
		if _, _, err := sc.NextObject(&head); err != nil {
			return fmt.Errorf("reading what the server sent: object %d: %w", i, err)
		}
		if h.Type != plumbing.OFSDeltaObject && h.Type != plumbing.REFDeltaObject {
			continue
		}
		made, err := deltaResult(head)
		if err != nil {
			return fmt.Errorf("reading what the server sent: object %d: %w", i, err)
		}
		if made > uint64(l.Unpacked-total) {
			return fmt.Errorf("%w (object %d has %d bytes)", errTooMuch, i, made)
		}
		total += int64(made)
	}
	return nil
}

// prefix keeps the first bytes of what is written to it.
type prefix []byte

func (p *prefix) Write(b []byte) (int, error) {
	const enough = 2 * binary.MaxVarintLen64
	*p = append(*p, b[:min(len(b), enough-len(*p))]...)
	return len(b), nil
}

// deltaResult reads the second of the two numbers at a delta's head: the size of what it makes.
func deltaResult(head []byte) (uint64, error) {
	_, n := binary.Uvarint(head)
	if n <= 0 {
		return 0, errors.New("a delta without its sizes")
	}
	size, m := binary.Uvarint(head[n:])
	if m <= 0 {
		return 0, errors.New("a delta without its sizes")
	}
	return size, nil
}

// commitBy finds the one commit whose hash begins so; zero when there is none.
func commitBy(st *memory.Storage, abbreviated string) (plumbing.Hash, error) {
	var found plumbing.Hash
	for h := range st.Commits {
		if !strings.HasPrefix(h.String(), strings.ToLower(abbreviated)) {
			continue
		}
		if !found.IsZero() {
			return plumbing.ZeroHash, fmt.Errorf("ref %s: more than one commit begins so: write more of it", abbreviated)
		}
		found = h
	}
	return found, nil
}
