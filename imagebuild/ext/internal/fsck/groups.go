package fsck

import (
	"fmt"

	"lbimage/imagebuild/ext/internal/layout"
)

func (c *checker) group(g uint32) layout.Group {
	off := int(g) * c.descSize
	return layout.Group(c.descs[off : off+c.descSize : off+c.descSize])
}

func (c *checker) groupStart(g uint32) uint64 { return c.firstData + uint64(g)*c.blocksPerGroup }

// groupEnd is the block behind the last of group g.
func (c *checker) groupEnd(g uint32) uint64 { return min(c.groupStart(g)+c.blocksPerGroup, c.blocks) }

// uninit says whether a flag of the group counts and is set.
func (c *checker) uninit(d layout.Group, flag uint16) bool { return c.groupCsum && d.Flags()&flag != 0 }

// checkGroups reads the descriptors and claims the blocks in which the
// structure of the file system itself lies.
func (c *checker) checkGroups() bool {
	c.descs = make([]byte, 0, min(uint64(c.groups)*uint64(c.descSize), 1<<20))
	buf := make([]byte, c.blockSize)
	for i := range c.descBlocks {
		blk := c.descBlock(i)
		if blk >= c.blocks {
			c.fsProblem(codeSuperblock, "descriptor block %d lies at %d, outside the file system", i, blk)
			return false
		}
		if !c.block(buf, blk) {
			return false
		}
		n := min(c.descsPerBlk, c.groups-uint32(i)*c.descsPerBlk)
		c.descs = append(c.descs, buf[:int(n)*c.descSize]...)
	}
	usable := true
	for g := range c.groups {
		usable = c.checkGroup(g) && usable
		if c.stopped() {
			return false
		}
	}
	return usable && c.claimMetadata()
}

// descBlock is where block i of the primary descriptors lies.
func (c *checker) descBlock(i uint64) uint64 {
	if c.incompat&layout.IncompatMetaBG == 0 || i < uint64(c.sb.FirstMetaBG()) {
		return c.superblockBlock(0) + 1 + i
	}
	g := uint32(i) * c.descsPerBlk
	return c.superblockBlock(g) + boolTo[uint64](c.hasSuper(g))
}

// superblockBlock is the block in which group g has its superblock, if it has
// one. With blocks of 1 KiB and bigalloc group 0 starts at block 0, which holds
// the boot sector, and the superblock is block 1.
func (c *checker) superblockBlock(g uint32) uint64 {
	if g == 0 && c.blockSize == 1024 {
		return 1
	}
	return c.groupStart(g)
}

// hasSuper says whether group g holds the superblock or a backup of it.
func (c *checker) hasSuper(g uint32) bool {
	if g == 0 {
		return true
	}
	if c.compat&layout.CompatSparseSuper2 != 0 {
		b := c.sb.BackupBGs()
		return g == b[0] || g == b[1]
	}
	if g == 1 || c.roCompat&layout.ROSparseSuper == 0 {
		return true
	}
	return isPower(g, 3) || isPower(g, 5) || isPower(g, 7)
}

func isPower(n, base uint32) bool {
	for n > 1 && n%base == 0 {
		n /= base
	}
	return n == 1
}

// superblockAreas calls f with each run of blocks of group g that superblocks
// and descriptors (with the room reserved for more) take.
func (c *checker) superblockAreas(g uint32, f func(start, n uint64)) {
	start, super := c.superblockBlock(g), c.hasSuper(g)
	metaBG := c.incompat&layout.IncompatMetaBG != 0
	if super {
		f(start, 1)
	}
	if g == 0 && start > c.firstData {
		f(c.firstData, start-c.firstData)
	}
	descs := c.descBlocks + uint64(c.sb.ReservedGDTBlocks())
	if metaBG {
		descs = uint64(c.sb.FirstMetaBG())
	}
	if in := g % c.descsPerBlk; metaBG && g/c.descsPerBlk >= c.sb.FirstMetaBG() {
		if in == 0 || in == 1 || in == c.descsPerBlk-1 {
			f(start+boolTo[uint64](super), 1)
		}
	} else if super && descs > 0 {
		f(start+1, descs)
	}
}

// checkGroup looks at one descriptor by itself. It says whether the group's
// inode table can be read.
func (c *checker) checkGroup(g uint32) bool {
	d := c.group(g)
	first, end := c.groupStart(g), c.groupEnd(g)
	if c.incompat&layout.IncompatFlexBG != 0 {
		first, end = c.firstData, c.blocks
	}
	place := func(code, what string, blk, n uint64) {
		if blk < first || blk >= end || n > end-blk {
			c.groupProblem(code, g, blk, "%s lies outside blocks %d to %d", what, first, end-1)
		}
	}
	place(codeBlockBitmapPlace, "block bitmap", d.BlockBitmap(), 1)
	place(codeInodeBitmapPlace, "inode bitmap", d.InodeBitmap(), 1)
	place(codeInodeTablePlace, "inode table", d.InodeTable(), c.tableBlocks)
	if want := c.sb.GroupChecksum(g, d); c.groupCsum && d.Checksum() != want {
		c.groupProblem(codeGroupChecksum, g, 0, "descriptor checksum is %#04x, should be %#04x", d.Checksum(), want)
	}
	uninit := d.Flags() & (layout.GroupBlockUninit | layout.GroupInodeUninit)
	if !c.groupCsum && (uninit != 0 || d.ItableUnused() != 0) {
		c.groupProblem(codeGroupUninit, g, 0, "marked as uninitialised without uninit_bg or metadata_csum")
	}
	if g == c.groups-1 && d.Flags()&layout.GroupBlockUninit != 0 {
		c.groupProblem(codeGroupUninit, g, 0, "the last group's block bitmap is marked as uninitialised")
	}
	if u := d.ItableUnused(); c.groupCsum && (u > d.FreeInodesCount() || u > c.inodesPerGroup) {
		c.groupProblem(codeItableUnused, g, 0, "%d unused inodes at the end of the table, but only %d free inodes", u, d.FreeInodesCount())
	}
	t := d.InodeTable()
	return t >= c.firstData && t < c.blocks && c.tableBlocks <= c.blocks-t
}

// unusedInodes is how many inodes at the end of group g's table are not in use
// by what the descriptor says.
func (c *checker) unusedInodes(g uint32) uint32 {
	d := c.group(g)
	switch {
	case c.uninit(d, layout.GroupInodeUninit):
		return c.inodesPerGroup
	case c.groupCsum:
		return min(d.ItableUnused(), c.inodesPerGroup)
	}
	return 0
}

func (c *checker) toCluster(blk uint64) uint64 { return (blk - c.firstData) >> c.ratioBits }

// claimMetadata claims superblocks, descriptors, bitmaps and inode tables, and
// reports where they overlap.
func (c *checker) claimMetadata() bool {
	const window = 1 << 32
	c.claims.reset(0, min(c.clusters, window), c.maxPages)
	exact := &c.claims // by block, since parts of the structure may share a cluster
	if c.ratioBits > 0 {
		exact = new(claims)
		exact.reset(0, min(c.blocks-c.firstData, window), maxPages)
	}
	c.metadata(func(g uint32, what string, start, n uint64) {
		if exact.add(start-c.firstData, n) < n {
			c.groupProblem(codeMetadataOverlap, g, start, "%s overlaps another part of the file system's structure", what)
		}
	})
	if c.ratioBits > 0 {
		c.claimMetadataClusters()
	}
	return !c.stopped()
}

func (c *checker) claimMetadataClusters() {
	c.metadata(func(_ uint32, _ string, start, n uint64) {
		first := c.toCluster(start)
		c.claims.add(first, c.toCluster(start+n-1)+1-first)
	})
}

// metadata calls f with each run of blocks that the file system's own structure
// takes, all superblock areas first. Runs are cut to the file system.
func (c *checker) metadata(f func(g uint32, what string, start, n uint64)) {
	add := func(g uint32, what string, start, n uint64) {
		if start >= c.firstData && start < c.blocks {
			f(g, what, start, min(n, c.blocks-start))
		}
	}
	for g := range c.groups {
		c.superblockAreas(g, func(start, n uint64) { add(g, "superblock or descriptor area", start, n) })
	}
	if c.incompat&layout.IncompatMMP != 0 {
		add(0, "block of multiple mount protection", c.sb.MMPBlock(), 1)
	}
	for g := range c.groups {
		d := c.group(g)
		add(g, "inode table", d.InodeTable(), c.tableBlocks)
		add(g, "block bitmap", d.BlockBitmap(), 1)
		add(g, "inode bitmap", d.InodeBitmap(), 1)
	}
}

// metadataOwner names what part of the structure the blocks touch, or "".
func (c *checker) metadataOwner(start, n uint64) (owner string) {
	c.metadata(func(g uint32, what string, s, k uint64) {
		if owner == "" && start < s+k && s < start+n {
			owner = fmt.Sprintf("the %s of group %d", what, g)
		}
	})
	return owner
}
