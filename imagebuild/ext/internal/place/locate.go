package place

import (
	"context"
	"fmt"
	"math"
	"sort"

	"lbimage/imagebuild/ext/internal/layout"
)

// Options say how finely Locate tells bytes apart. The zero value gives every field.
type Options struct {
	// Coarse leaves fields out: tables, bitmaps, folders and runs of files come as a whole.
	Coarse bool
}

// Locate calls do for every piece of the ranges, which are sorted and do not
// overlap. The pieces come in order and cover the ranges without a gap. An error of
// do ends it and is given back as it is.
func (f *FS) Locate(ctx context.Context, asked []Range, o Options, do func(Piece) error) error {
	for i, r := range asked {
		if r.Off < 0 || r.Len < 0 || r.Off > math.MaxInt64-r.Len || i > 0 && asked[i-1].End() > r.Off {
			return fmt.Errorf("range %d of %d bytes at %d: ranges must be sorted and apart", i, r.Len, r.Off)
		}
	}
	f.ctx = ctx
	f.inodeNo, f.hasBits = 0, false
	l := &locator{FS: f, o: o, do: do}
	for lo := uint64(0); lo < f.Blocks; lo = l.hi {
		i := sort.Search(len(asked), func(i int) bool { return asked[i].End() > int64(lo)*int64(f.BlockSize) })
		if i == len(asked) || asked[i].Off >= f.Size() {
			break
		}
		s := &owners{asked: asked[i:], bs: int64(f.BlockSize), lo: lo, hi: f.Blocks, most: f.most}
		f.structure(s)
		if !s.whole() {
			if err := f.files(s); err != nil {
				return err
			}
		}
		s.settle()
		l.list, l.hi = s.list, s.hi
		if err := l.window(asked[i:], int64(lo)*int64(f.BlockSize), int64(l.hi)*int64(f.BlockSize)); err != nil {
			return err
		}
	}
	for _, r := range asked {
		if off := max(r.Off, f.Size()); off < r.End() {
			if err := do(Piece{Off: off, Len: r.End() - off, Kind: Outside, Whole: Range{off, r.End() - off}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// whole tells whether what is known covers all that was asked for.
func (s *owners) whole() bool {
	s.settle()
	if s.hi*uint64(s.bs) == 0 {
		return true
	}
	i := 0
	for _, r := range s.asked {
		pos, end := max(r.Off, int64(s.lo)*s.bs), min(r.End(), int64(s.hi)*s.bs)
		for pos < end {
			for i < len(s.list) && int64(s.list[i].end())*s.bs <= pos {
				i++
			}
			if i == len(s.list) || int64(s.list[i].start)*s.bs > pos {
				return false
			}
			pos = int64(s.list[i].end()) * s.bs
		}
	}
	return true
}

// locator gives the pieces of one window after the other.
type locator struct {
	*FS
	o    Options
	do   func(Piece) error
	list []owner // of the window
	hi   uint64  // its end, in blocks

	lo, end int64 // what is asked for of the bytes under way
	inFile  bool  // spans are parts of a file, from the FileOff of their piece on
}

// window gives the pieces of the ranges from byte lo on and before hi.
func (l *locator) window(asked []Range, lo, hi int64) error {
	next := 0
	bs := int64(l.BlockSize)
	for _, r := range asked {
		pos, end := max(r.Off, lo), min(r.End(), hi)
		for pos < end {
			for next < len(l.list) && int64(l.list[next].end())*bs <= pos {
				next++
			}
			if next == len(l.list) || int64(l.list[next].start)*bs > pos {
				stop := end
				if next < len(l.list) {
					stop = min(stop, int64(l.list[next].start)*bs)
				}
				if err := l.unowned(pos, stop); err != nil {
					return err
				}
				pos = stop
				continue
			}
			o := l.list[next]
			stop := min(end, int64(o.end())*bs)
			l.lo, l.end = pos, stop
			if err := l.owned(o.clip(uint64(pos/bs), uint64((stop+bs-1)/bs))); err != nil {
				return err
			}
			pos = stop
		}
	}
	return nil
}

// give hands on the part of a piece that is asked for. The piece's Whole is set.
func (l *locator) give(p Piece) error {
	lo, end := max(p.Whole.Off, l.lo), min(p.Whole.End(), l.end)
	if lo >= end {
		return nil
	}
	p.Off, p.Len = lo, end-lo
	return l.do(p)
}

// unowned gives the pieces from byte lo to end, which lie in blocks that neither
// structure nor files have: bitmaps tell free blocks from lost ones.
func (l *locator) unowned(lo, end int64) error {
	bs := int64(l.BlockSize)
	l.lo, l.end = lo, end
	last := uint64((end - 1) / bs)
	for blk := uint64(lo / bs); blk <= last; {
		if blk < l.First { // in front of group 0, which bigalloc with blocks of 1 KiB has not
			if err := l.give(Piece{Kind: Boot, Whole: l.blocks(blk, 1)}); err != nil {
				return err
			}
			blk++
			continue
		}
		g := l.groupOf(blk)
		stop := min(last+1, l.groupStart(g)+l.groupBlocks(g))
		if err := l.unownedInGroup(g, blk, stop); err != nil {
			return err
		}
		blk = stop
	}
	return nil
}

func (l *locator) unownedInGroup(g uint32, blk, stop uint64) error {
	d := l.Desc(g)
	free := l.Lazy && d.Flags()&layout.GroupBlockUninit != 0
	if !free {
		if err := l.readBlock(l.buf, d.BlockBitmap()); err != nil {
			return err
		}
	}
	used := func(blk uint64) bool {
		i := (blk - l.groupStart(g)) >> l.ClusterShift
		return !free && l.buf[i/8]&(1<<(i%8)) != 0
	}
	for blk < stop {
		n, is := uint64(1), used(blk)
		for blk+n < stop && used(blk+n) == is {
			n++
		}
		kind := Free
		if is && l.ClusterShift > 0 {
			kind = ClusterRest
		} else if is {
			kind = Lost
		}
		if err := l.give(Piece{Kind: kind, Group: g, Whole: l.blocks(blk, n)}); err != nil {
			return err
		}
		blk += n
	}
	return nil
}

// blocks is the range of n blocks.
func (f *FS) blocks(blk, n uint64) Range {
	return Range{int64(blk) * int64(f.BlockSize), int64(n) * int64(f.BlockSize)}
}

// spans gives the records of a structure that lies at byte base: p has all but the
// place of the record.
func (l *locator) spans(base int64, list []span, p Piece) error {
	for _, s := range list {
		at := Range{base + int64(s.off), int64(s.n)}
		if at.End() <= l.lo || at.Off >= l.end {
			continue
		}
		q := p
		q.Part, q.Field, q.as, q.Whole = s.part, s.field, s.as, at
		if l.inFile {
			q.FileOff = p.FileOff + max(at.Off, l.lo) - base
		}
		if err := l.give(q); err != nil {
			return err
		}
	}
	return nil
}
