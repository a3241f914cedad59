package ext

import (
	"cmp"
	"fmt"
	"slices"

	"lbimage/imagebuild/ext/internal/layout"
)

// groupState is what is remembered of a group while the file system is open.
type groupState struct {
	longest     uint32 // no run of free blocks is longer; unknown where it is noRun
	blocksOK    bool   // the block bitmap has been checked
	inodesOK    bool   // the inode bitmap has been checked
	blocksDirty bool   // the block bitmap has changed since the last Sync
	inodesDirty bool   // the inode bitmap has changed since the last Sync
	dirty       bool   // the descriptor has changed since the last Sync
}

const noRun = 1<<32 - 1

// desc is the descriptor of group n.
func (f *FS) desc(n uint32) layout.Group {
	off := int(n%f.perDesc) * f.descSize
	return layout.Group(f.table[n/f.perDesc][off : off+f.descSize : off+f.descSize])
}

// editDesc is desc for changing.
func (f *FS) editDesc(n uint32) layout.Group {
	f.state[n].dirty = true
	f.cache.edits++
	return f.desc(n)
}

// readTable reads the group descriptors and checks that what they name lies
// within the file system.
func (f *FS) readTable() error {
	if err := f.readTableBlocks(); err != nil {
		return err
	}
	f.state = make([]groupState, f.groups)
	for n := range f.groups {
		f.state[n].longest = noRun
		g := f.desc(n)
		if head := f.head(f.sb, n); head.end > head.start {
			f.meta = append(f.meta, head)
		}
		for _, r := range []run{
			{g.BlockBitmap(), g.BlockBitmap() + 1},
			{g.InodeBitmap(), g.InodeBitmap() + 1},
			{g.InodeTable(), g.InodeTable() + uint64(f.itBlocks)},
		} {
			lo, hi := f.first, f.blocks
			if f.sb.Incompat()&layout.IncompatFlexBG == 0 {
				lo = f.groupStart(n)
				hi = lo + uint64(f.groupBlocks(n))
			}
			if r.start < lo || r.end > hi || r.start == 0 {
				return corruptf(0, "group %d: its bitmaps and inodes cannot be in %v", n, r)
			}
			f.meta = append(f.meta, r)
		}
		f.free += uint64(g.FreeBlocksCount())
		f.freeInodes += g.FreeInodesCount()
	}
	f.overlap = f.mergeMeta()
	return nil
}

// readTableBlocks reads the table, as much of it at once as lies in one piece: with
// meta_bg a block, else all of it.
func (f *FS) readTableBlocks() error {
	const most = 1 << 20 // bytes at once
	bs := uint64(f.bs)
	f.table = make([][]byte, 0, min(f.gdtBlocks(), 1024))
	for i := uint32(0); i < f.gdtBlocks(); {
		blk, n := f.gdtBlock(f.sb, i), uint64(1)
		for i+uint32(n) < f.gdtBlocks() && f.gdtBlock(f.sb, i+uint32(n)) == blk+n && (n+1)*bs <= most {
			n++
		}
		if blk+n > f.blocks {
			return corruptf(0, "group descriptors: block %d lies outside the file system", max(blk, f.blocks))
		}
		b := make([]byte, n*bs)
		if err := readFull(f.r, b, int64(blk*bs)); err != nil {
			return fmt.Errorf("reading group descriptors: %w", err)
		}
		for ; len(b) > 0; b = b[bs:] {
			f.table = append(f.table, b[:bs:bs])
		}
		i += uint32(n)
	}
	return nil
}

// checkTable refuses descriptors that are not to be relied on for editing.
func (f *FS) checkTable() error {
	if f.overlap != nil {
		return f.overlap
	}
	for n := range f.groups {
		g := f.desc(n)
		if want := f.sb.GroupChecksum(n, g); f.lazy() && g.Checksum() != want {
			return corruptf(0, "group %d: checksum of its descriptor %#04x instead of %#04x", n, g.Checksum(), want)
		}
		if g.FreeBlocksCount() > f.groupClusters(n) || g.FreeInodesCount() > f.ipg || g.UsedDirsCount() > f.ipg ||
			f.lazy() && g.ItableUnused() > g.FreeInodesCount() {
			return corruptf(0, "group %d: %d free blocks, %d free and %d unused inodes and %d folders are not possible",
				n, g.FreeBlocksCount(), g.FreeInodesCount(), g.ItableUnused(), g.UsedDirsCount())
		}
	}
	return nil
}

// mergeMeta sorts the list and joins what touches. The error tells of blocks that
// are listed twice.
func (f *FS) mergeMeta() (overlap error) {
	slices.SortFunc(f.meta, func(a, b run) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	out := f.meta[:0]
	for _, r := range f.meta {
		if k := len(out) - 1; k >= 0 && r.start <= out[k].end {
			if r.start < out[k].end && overlap == nil {
				overlap = corruptf(0, "%v: claimed twice for metadata", run{r.start, min(r.end, out[k].end)})
			}
			out[k].end = max(out[k].end, r.end)
			continue
		}
		out = append(out, r)
	}
	f.meta = slices.Clip(out)
	return overlap
}

// checkBlocks tells whether n blocks from start on may belong to a file: they are
// within the file system and hold none of its own structures.
func (f *FS) checkBlocks(start uint64, n uint32) error {
	end := start + uint64(n)
	if start < f.first || end > f.blocks {
		return corruptf(0, "%v: outside the file system of %d blocks", run{start, end}, f.blocks)
	}
	i, _ := slices.BinarySearchFunc(f.meta, end, func(r run, end uint64) int { return cmp.Compare(r.start, end) })
	if i > 0 && f.meta[i-1].end > start {
		return corruptf(0, "%v: part of %v, where the file system keeps its own structures", run{start, end}, f.meta[i-1])
	}
	return nil
}

// sealGroups sets the checksums of bitmaps and descriptors that have changed.
func (f *FS) sealGroups() error {
	for n := range f.groups {
		s := &f.state[n]
		if f.csum && s.blocksDirty {
			b, err := f.cache.get(f.desc(n).BlockBitmap())
			if err != nil {
				return err
			}
			f.editDesc(n).SetBlockBitmapCsum(layout.BitmapChecksum(f.seed, b[:f.bpg>>f.shift/8]))
		}
		if f.csum && s.inodesDirty {
			b, err := f.cache.get(f.desc(n).InodeBitmap())
			if err != nil {
				return err
			}
			f.editDesc(n).SetInodeBitmapCsum(layout.BitmapChecksum(f.seed, b[:f.ipg/8]))
		}
		s.blocksDirty, s.inodesDirty = false, false
		if f.lazy() && s.dirty {
			g := f.desc(n)
			g.SetChecksum(f.sb.GroupChecksum(n, g))
		}
	}
	return nil
}

// writeTable writes the blocks with descriptors that have changed. Backups are
// left as they are, as the kernel does.
func (f *FS) writeTable() error {
	for i := range f.gdtBlocks() {
		dirty := false
		for n := i * f.perDesc; n < min((i+1)*f.perDesc, f.groups); n++ {
			dirty = dirty || f.state[n].dirty
			f.state[n].dirty = false
		}
		if !dirty {
			continue
		}
		if _, err := f.w.WriteAt(f.table[i], int64(f.gdtBlock(f.sb, i))*int64(f.bs)); err != nil {
			return fmt.Errorf("writing group descriptors: %w", err)
		}
	}
	return nil
}
