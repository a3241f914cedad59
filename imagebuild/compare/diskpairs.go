package compare

import (
	"context"
	"fmt"
	"io"
	"iter"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/where"
)

const (
	diskGrain = 512       // ranges that differ are told apart no finer than this, so that no field is cut
	diskBatch = 256 << 10 // ranges that are kept at once
	diskChunk = 256 << 10 // bytes that are read at once
)

// differing calls do for runs of bytes that differ, in whole grains, in batches that take little memory.
func differing(ctx context.Context, a, b block.Device, do func([]block.Range) error) error {
	size := min(a.Size(), b.Size())
	x, y := make([]byte, diskChunk), make([]byte, diskChunk)
	var list []block.Range
	for off := int64(0); off < size; {
		if err := ctx.Err(); err != nil {
			return err
		}
		start, end, err := nextOfBoth(a, b, off)
		if err != nil {
			return err
		}
		if start >= size {
			break
		}
		start -= start % diskGrain
		n := min(end-start, diskChunk, size-start)
		if start+n < size && n > diskGrain {
			n -= n % diskGrain
		}
		n = min(max(n, diskGrain), size-start)
		if err := fullReadAt(a, x[:n], start); err != nil {
			return err
		}
		if err := fullReadAt(b, y[:n], start); err != nil {
			return err
		}
		for i := int64(0); i < n; i += diskGrain {
			j := min(i+diskGrain, n)
			if string(x[i:j]) == string(y[i:j]) {
				continue
			}
			if k := len(list); k > 0 && list[k-1].End() == start+i {
				list[k-1].Len += j - i
				continue
			}
			if len(list) == diskBatch {
				if err := do(list); err != nil {
					return err
				}
				list = list[:0]
			}
			list = append(list, block.Range{Off: start + i, Len: j - i})
		}
		off = start + n
	}
	if len(list) == 0 {
		return nil
	}
	return do(list)
}

// nextOfBoth gives the next range that one of the two holds data in.
func nextOfBoth(a, b block.Device, off int64) (start, end int64, err error) {
	startA, endA, err := block.NextData(a, off)
	if err != nil {
		return 0, 0, err
	}
	startB, endB, err := block.NextData(b, off)
	if err != nil {
		return 0, 0, err
	}
	switch {
	case startA < startB:
		return startA, max(startA+1, min(endA, max(startB, startA+1))), nil
	case startB < startA:
		return startB, max(startB+1, min(endB, max(startA, startB+1))), nil
	}
	return startA, max(startA+1, min(endA, endB)), nil
}

// placesOf gives the places of ranges as a sequence.
func placesOf(ctx context.Context, m *where.Map, ranges []block.Range) iter.Seq2[where.Place, error] {
	return func(yield func(where.Place, error) bool) {
		err := m.Locate(ctx, ranges, where.Options{}, func(p where.Place) error {
			if !yield(p, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && err != errEnough { //nolint:errorlint // it is given back as it is
			yield(where.Place{}, err)
		}
	}
}

var errEnough = fmt.Errorf("no more places are asked for")

// bothPlaces calls do for every run of bytes with one owner on either side.
func bothPlaces(ctx context.Context, a, b *where.Map, ranges []block.Range, do func(off, n int64, a, b *where.Place) error) error {
	next, stop := iter.Pull2(placesOf(ctx, b, ranges))
	defer stop()
	var pb where.Place
	for pa, err := range placesOf(ctx, a, ranges) {
		if err != nil {
			return err
		}
		for pos := pa.Off; pos < pa.End(); {
			for pb.End() <= pos {
				p, err, ok := next()
				if err != nil {
					return err
				}
				if !ok {
					return fmt.Errorf("byte %d of the second disk belongs to nothing", pos)
				}
				pb = p
			}
			end := min(pa.End(), pb.End())
			if err := do(pos, end-pos, &pa, &pb); err != nil {
				return err
			}
			pos = end
		}
	}
	return nil
}

// twin reads the same bytes of two devices, in order, a piece ahead.
type twin struct {
	a, b     io.ReaderAt
	size     int64
	from, to int64 // what x and y hold
	x, y     []byte
}

// at gives n bytes of both, or as many as are at hand.
func (t *twin) at(off, n int64) (x, y []byte, err error) {
	if t.x == nil {
		t.x, t.y = make([]byte, diskChunk), make([]byte, diskChunk)
	}
	if off < t.from || off >= t.to {
		t.from, t.to = off, off
		k := min(diskChunk, t.size-off)
		if k <= 0 {
			return nil, nil, io.ErrUnexpectedEOF
		}
		if err := readBoth(t.a, t.b, t.x[:k], t.y[:k], off); err != nil {
			return nil, nil, err
		}
		t.to = off + k
	}
	n = min(n, t.to-off)
	i := off - t.from
	return t.x[i : i+n], t.y[i : i+n], nil
}

func readBoth(a, b io.ReaderAt, x, y []byte, off int64) error {
	if n, err := a.ReadAt(x, off); n < len(x) {
		return err
	}
	if n, err := b.ReadAt(y, off); n < len(y) {
		return err
	}
	return nil
}
