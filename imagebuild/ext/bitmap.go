package ext

import (
	"encoding/binary"
	"math/bits"

	"lbimage/imagebuild/ext/internal/layout"
)

// Bitmaps have a bit a block or inode, the lowest bit of a byte first; 1 is used.

func bit(b []byte, i uint32) bool { return b[i/8]&(1<<(i%8)) != 0 }

// setBits sets the bits [from, to) to v. It reports whether all had the opposite value.
func setBits(b []byte, from, to uint32, v bool) bool {
	ok := true
	for i := from; i < to; {
		if i%8 == 0 && to-i >= 8 {
			want := byte(0)
			if v {
				want = 0xFF
			}
			ok = ok && b[i/8] == ^want
			b[i/8] = want
			i += 8
			continue
		}
		ok = ok && bit(b, i) != v
		if v {
			b[i/8] |= 1 << (i % 8)
		} else {
			b[i/8] &^= 1 << (i % 8)
		}
		i++
	}
	return ok
}

// allSet tells whether the bits [from, to) are all set.
func allSet(b []byte, from, to uint32) bool { return next(b, from, to, false) == to }

// next gives the first of the bits [from, to) that is v, or to.
func next(b []byte, from, to uint32, v bool) uint32 {
	flip := uint64(0)
	if !v {
		flip = ^flip
	}
	for i := from; i < to; {
		w := binary.LittleEndian.Uint64(b[i/64*8:]) ^ flip
		w &= ^uint64(0) << (i % 64)
		if w != 0 {
			return min(i/64*64+uint32(bits.TrailingZeros64(w)), to)
		}
		i = i/64*64 + 64
	}
	return to
}

// zeros counts the clear bits among the first n, a multiple of 8 or the last.
func zeros(b []byte, n uint32) uint32 {
	used := uint32(0)
	for i := uint32(0); i < n; i = i/64*64 + 64 {
		w := binary.LittleEndian.Uint64(b[i/8:])
		if n-i < 64 {
			w &= 1<<(n-i) - 1
		}
		used += uint32(bits.OnesCount64(w))
	}
	return n - used
}

// uninit tells whether group n has the flag, which counts only with checksums.
func (f *FS) uninit(n uint32, flag uint16) bool { return f.lazy() && f.desc(n).Flags()&flag != 0 }

// blockBitmap gives the bitmap of the blocks of group n, for reading. That of a
// group which was never used is made up.
func (f *FS) blockBitmap(n uint32) ([]byte, error) {
	if f.uninit(n, layout.GroupBlockUninit) {
		b := make([]byte, f.bs)
		f.initBlockBitmap(n, b)
		return b, f.checkBlockBitmap(n, b)
	}
	b, err := f.cache.get(f.desc(n).BlockBitmap())
	if err != nil {
		return nil, err
	}
	if f.csum && !f.state[n].blocksOK {
		if err := f.checkCsum(n, "block", f.desc(n).BlockBitmapCsum(), layout.BitmapChecksum(f.seed, b[:f.bpg>>f.shift/8])); err != nil {
			return nil, err
		}
	}
	return b, f.checkBlockBitmap(n, b)
}

// checkCsum compares checksums, of which a short descriptor keeps 16 bits.
func (f *FS) checkCsum(n uint32, what string, got, want uint32) error {
	if f.descSize < 64 {
		want &= 0xFFFF
	}
	if got != want {
		return corruptf(0, "group %d: checksum of its %s bitmap %#08x instead of %#08x", n, what, got, want)
	}
	return nil
}

// editBlockBitmap is blockBitmap for changing. A group that was never used is
// initialised first.
func (f *FS) editBlockBitmap(n uint32) ([]byte, error) {
	if _, err := f.blockBitmap(n); err != nil {
		return nil, err
	}
	f.state[n].blocksDirty = true
	if f.uninit(n, layout.GroupBlockUninit) {
		g := f.editDesc(n)
		b := f.cache.fresh(g.BlockBitmap())
		f.initBlockBitmap(n, b)
		g.SetFlags(g.Flags() &^ layout.GroupBlockUninit)
		return b, nil
	}
	return f.cache.edit(f.desc(n).BlockBitmap())
}

// initBlockBitmap makes the bitmap of a group in which only metadata is used.
func (f *FS) initBlockBitmap(n uint32, b []byte) {
	f.metaIn(n, func(from, to uint32) { setBits(b, from, to, true) })
	setBits(b, f.groupClusters(n), uint32(8*f.bs), true)
}

// metaIn calls do for the clusters of group n that hold metadata.
func (f *FS) metaIn(n uint32, do func(from, to uint32)) {
	start := f.groupStart(n)
	end := start + uint64(f.groupBlocks(n))
	for _, r := range f.metaFrom(start) {
		if r.start >= end {
			break
		}
		do(uint32(max(r.start, start)-start)>>f.shift, uint32(f.clusters(min(r.end, end)-start)))
	}
}

// checkBlockBitmap holds a bitmap against the descriptor once.
func (f *FS) checkBlockBitmap(n uint32, b []byte) error {
	if f.state[n].blocksOK {
		return nil
	}
	size := f.groupClusters(n)
	if got, want := zeros(b, size), f.desc(n).FreeBlocksCount(); got != want {
		return corruptf(0, "group %d: %d blocks are free in the bitmap, %d in the descriptor", n, got, want)
	}
	ok := true
	f.metaIn(n, func(from, to uint32) { ok = ok && allSet(b, from, to) })
	if !ok {
		return corruptf(0, "group %d: the bitmap has the file system's own blocks as free", n)
	}
	f.state[n].blocksOK = true
	return nil
}

// inodeBitmap gives the bitmap of the inodes of group n, for reading.
func (f *FS) inodeBitmap(n uint32) ([]byte, error) {
	var b []byte
	if f.uninit(n, layout.GroupInodeUninit) {
		b = make([]byte, f.bs)
		setBits(b, f.ipg, uint32(8*f.bs), true)
	} else {
		var err error
		if b, err = f.cache.get(f.desc(n).InodeBitmap()); err != nil {
			return nil, err
		}
		if f.csum && !f.state[n].inodesOK {
			if err := f.checkCsum(n, "inode", f.desc(n).InodeBitmapCsum(), layout.BitmapChecksum(f.seed, b[:f.ipg/8])); err != nil {
				return nil, err
			}
		}
	}
	if !f.state[n].inodesOK {
		if got, want := zeros(b, f.ipg), f.desc(n).FreeInodesCount(); got != want {
			return nil, corruptf(0, "group %d: %d inodes are free in the bitmap, %d in the descriptor", n, got, want)
		}
		f.state[n].inodesOK = true
	}
	return b, nil
}

// editInodeBitmap is inodeBitmap for changing. A group whose inodes were never
// used is initialised first.
func (f *FS) editInodeBitmap(n uint32) ([]byte, error) {
	if _, err := f.inodeBitmap(n); err != nil {
		return nil, err
	}
	f.state[n].inodesDirty = true
	if !f.uninit(n, layout.GroupInodeUninit) {
		return f.cache.edit(f.desc(n).InodeBitmap())
	}
	if f.uninit(n, layout.GroupBlockUninit) { // the kernel wants both or none
		if _, err := f.editBlockBitmap(n); err != nil {
			return nil, err
		}
	}
	g := f.editDesc(n)
	b := f.cache.fresh(g.InodeBitmap())
	setBits(b, f.ipg, uint32(8*f.bs), true)
	g.SetFlags(g.Flags() &^ layout.GroupInodeUninit)
	return b, nil
}
