package ext

import (
	"slices"

	"lbimage/imagebuild/ext/internal/layout"
)

// metaFrom gives the metadata runs that end after blk.
func (f *FS) metaFrom(blk uint64) []run {
	i, _ := slices.BinarySearchFunc(f.meta, blk, func(r run, blk uint64) int {
		if r.end <= blk {
			return -1
		}
		return 1
	})
	return f.meta[i:]
}

// available is how many clusters may be taken now.
func (f *FS) available() uint64 { return f.free - min(f.free, f.held+f.promised) }

// need refuses an operation for which there are not n free clusters, before it starts.
func (f *FS) need(n uint64) error {
	if n > f.available() {
		return &SpaceError{n, f.available(), int64(f.bs) << f.shift}
	}
	return nil
}

// wish says where blocks should come to lie.
type wish struct {
	goal   uint64 // the best place for the first block
	follow bool   // what lies before goal is of the same file: take goal if it is free, however short the run
	long   uint64 // how long a run of free clusters is worth looking for
}

// allocate takes a run of up to want clusters: the first run of free ones from
// the goal on, round to the start of the disk, that is as long as wished, or the
// longest if none is. So where things come to lie depends on what is free and
// on nothing else. start is a block, n in clusters, which are blocks without
// bigalloc.
func (f *FS) allocate(w wish, want uint64) (start, n uint64, err error) {
	if f.available() == 0 {
		return 0, 0, ErrNoSpace
	}
	want = min(want, f.available())
	w.goal = f.clusters(w.goal)
	if w.goal < f.first || w.goal<<f.shift >= f.blocks {
		w.goal, w.follow = f.first, false
	}
	w.long = max(want, w.long)
	best, err := f.search(w)
	if err != nil {
		return 0, 0, err
	}
	if best.end == best.start {
		return 0, 0, corruptf(0, "%d blocks are free in the descriptors, none in the bitmaps", f.free)
	}
	n = min(want, best.end-best.start)
	return best.start << f.shift, n, f.markUsed(best.start, n)
}

// search finds the run for allocate; it lies in one group. Goal and result are
// clusters: the blocks at the end of the shift to the left.
func (f *FS) search(w wish) (best run, err error) {
	home := f.groupOf(w.goal << f.shift)
	off := uint32(w.goal - f.groupStart(home)>>f.shift)
	if f.desc(home).FreeBlocksCount() > 0 {
		b, err := f.blockBitmap(home)
		if err != nil {
			return run{}, err
		}
		if w.follow && !bit(b, off) {
			return run{w.goal, f.groupStart(home)>>f.shift + uint64(next(b, off, f.groupClusters(home), true))}, nil
		}
		best = f.searchGroup(home, b, off, f.groupClusters(home), best, w.long)
	}
	for i := uint32(1); i <= f.groups && best.end-best.start < w.long; i++ {
		n := (home + i) % f.groups
		bound := min(f.desc(n).FreeBlocksCount(), f.state[n].longest)
		if uint64(bound) <= best.end-best.start {
			continue // cannot be better
		}
		b, err := f.blockBitmap(n)
		if err != nil {
			return run{}, err
		}
		found := f.searchGroup(n, b, 0, f.groupClusters(n), run{}, w.long)
		if size := found.end - found.start; size < w.long {
			f.state[n].longest = uint32(size) // all of the group was looked at
		}
		if found.end-found.start > best.end-best.start {
			best = found
		}
	}
	return best, nil
}

// searchGroup looks at the bits [from, to) of group n for a run of at least long
// free clusters, or for the longest, if that is longer than best.
func (f *FS) searchGroup(n uint32, b []byte, from, to uint32, best run, long uint64) run {
	start := f.groupStart(n) >> f.shift
	for i := next(b, from, to, false); i < to; {
		end := next(b, i, to, true)
		if uint64(end-i) > best.end-best.start {
			best = run{start + uint64(i), start + uint64(end)}
			if best.end-best.start >= long {
				break
			}
		}
		i = next(b, end, to, false)
	}
	return best
}

// markUsed takes n clusters of one group.
func (f *FS) markUsed(start, n uint64) error {
	group := f.groupOf(start << f.shift)
	b, err := f.editBlockBitmap(group)
	if err != nil {
		return err
	}
	from := uint32(start - f.groupStart(group)>>f.shift)
	setBits(b, from, from+uint32(n), true)
	g := f.editDesc(group)
	g.SetFreeBlocksCount(g.FreeBlocksCount() - uint32(n))
	f.free -= n
	return nil
}

// checkUsed makes sure that n blocks from start on are in use before they are
// written to: a damaged map may name blocks that are free, and that another file is
// given in the meantime.
func (f *FS) checkUsed(start, n uint64) error {
	if start < f.first || n > f.blocks || start > f.blocks-n {
		return corruptf(0, "%v: outside the file system of %d blocks", run{start, start + n}, f.blocks)
	}
	for end := start + n; start < end; {
		group := f.groupOf(start)
		from := start - f.groupStart(group)
		to := min(end-f.groupStart(group), uint64(f.groupBlocks(group)))
		b, err := f.blockBitmap(group)
		if err != nil {
			return err
		}
		if !allSet(b, uint32(from>>f.shift), uint32((to-1)>>f.shift+1)) {
			return corruptf(0, "%v: in a file, but free in the bitmap of group %d", run{start, start + to - from}, group)
		}
		start += to - from
	}
	return nil
}

// editUsed is cache.edit for a block that belongs to a file.
func (f *FS) editUsed(blk uint64) ([]byte, error) {
	if err := f.checkUsed(blk, 1); err != nil {
		return nil, err
	}
	return f.cache.edit(blk)
}

// release frees n blocks from start on, which may reach over several groups, and
// are whole clusters. What was changed in them as metadata is forgotten.
func (f *FS) release(start, n uint64) error {
	if err := f.checkBlocks(start, uint32(n)); err != nil {
		return err
	}
	f.cache.forget(start, n)
	start, n = start>>f.shift, n>>f.shift
	for n > 0 {
		group := f.groupOf(start << f.shift)
		off := uint32(start - f.groupStart(group)>>f.shift)
		k := uint32(min(n, uint64(f.groupClusters(group)-off)))
		b, err := f.blockBitmap(group)
		if err != nil {
			return err
		}
		if !allSet(b, off, off+k) {
			return corruptf(0, "%v: free already", run{start << f.shift, (start + uint64(k)) << f.shift})
		}
		if b, err = f.editBlockBitmap(group); err != nil {
			return err
		}
		setBits(b, off, off+k, false)
		g := f.editDesc(group)
		g.SetFreeBlocksCount(g.FreeBlocksCount() + k)
		f.free += uint64(k)
		f.state[group].longest = noRun
		start, n = start+uint64(k), n-uint64(k)
	}
	return nil
}

// findInode gives the lowest free inode in the group of parent, or in the first
// group behind it that has one. Nothing is changed: takeInode does that.
func (f *FS) findInode(parent uint32) (uint32, error) {
	home, _ := f.inodeGroup(parent)
	for i := range f.groups {
		n := (home + i) % f.groups
		if f.desc(n).FreeInodesCount() == 0 {
			continue
		}
		b, err := f.inodeBitmap(n)
		if err != nil {
			return 0, err
		}
		from := uint32(0)
		if n*f.ipg < f.firstIno {
			from = min(f.firstIno-1-n*f.ipg, f.ipg)
		}
		if idx := next(b, from, f.ipg, false); idx < f.ipg {
			ino := n*f.ipg + idx + 1
			return ino, f.checkUnused(ino)
		}
	}
	return 0, ErrNoInodes
}

// neverUsed tells whether the inode lies in the part of its group's table that
// was never written. What the disk has there means nothing.
func (f *FS) neverUsed(ino uint32) bool {
	n, idx := f.inodeGroup(ino)
	return f.uninit(n, layout.GroupInodeUninit) || f.lazy() && idx >= f.ipg-min(f.desc(n).ItableUnused(), f.ipg)
}

// checkUnused makes sure that an inode which the bitmap has as free is no file.
func (f *FS) checkUnused(ino uint32) error {
	if f.neverUsed(ino) {
		return nil
	}
	b, off, err := f.inodeBlock(ino, f.cache.get)
	if err != nil {
		return err
	}
	if in := layout.Inode(b[off : off+f.inodeSize]); in.LinksCount() != 0 && in.Mode() != 0 {
		return corruptf(ino, "free in the bitmap, but it has %d links", in.LinksCount())
	}
	return nil
}

// takeInode marks an inode as used, and clears what a former one has left there.
func (f *FS) takeInode(ino uint32, isDir bool) error {
	if err := f.markInode(ino, isDir); err != nil {
		return err
	}
	b, off, err := f.inodeBlock(ino, f.cache.edit)
	if err != nil {
		return err
	}
	clear(b[off : off+f.inodeSize])
	return nil
}

// markInode marks an inode as used, and makes the blocks of the table up to it.
func (f *FS) markInode(ino uint32, isDir bool) error {
	n, idx := f.inodeGroup(ino)
	fresh := f.uninit(n, layout.GroupInodeUninit)
	b, err := f.editInodeBitmap(n)
	if err != nil {
		return err
	}
	if !setBits(b, idx, idx+1, true) {
		return corruptf(ino, "taken already")
	}
	g := f.editDesc(n)
	g.SetFreeInodesCount(g.FreeInodesCount() - 1)
	f.freeInodes--
	if isDir {
		g.SetUsedDirsCount(g.UsedDirsCount() + 1)
	}
	if !f.lazy() {
		return nil
	}
	used := f.ipg - min(g.ItableUnused(), f.ipg) // inodes of the table that were used so far
	if fresh {
		used = 0
	}
	if idx < used {
		return nil
	}
	perBlock := uint32(f.bs / f.inodeSize)
	if g.Flags()&layout.GroupInodeZeroed == 0 {
		for blk := (used + perBlock - 1) / perBlock; blk <= idx/perBlock; blk++ {
			f.cache.fresh(g.InodeTable() + uint64(blk))
		}
	}
	g.SetItableUnused(f.ipg - idx - 1)
	return nil
}

// freeInode marks an inode as free. Its bytes are the caller's to clear.
func (f *FS) freeInode(ino uint32, isDir bool) error {
	if ino < f.firstIno || ino > f.inodes {
		return corruptf(ino, "it cannot be freed")
	}
	n, idx := f.inodeGroup(ino)
	b, err := f.editInodeBitmap(n)
	if err != nil {
		return err
	}
	if !setBits(b, idx, idx+1, false) {
		return corruptf(ino, "free already")
	}
	g := f.editDesc(n)
	g.SetFreeInodesCount(g.FreeInodesCount() + 1)
	f.freeInodes++
	if isDir {
		if g.UsedDirsCount() == 0 {
			return corruptf(ino, "a folder, but its group %d counts none", n)
		}
		g.SetUsedDirsCount(g.UsedDirsCount() - 1)
	}
	return nil
}
