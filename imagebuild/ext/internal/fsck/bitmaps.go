package fsck

import (
	"bytes"
	"math/bits"

	"lbimage/imagebuild/ext/internal/layout"
)

// checkInodeBitmap compares the inode bitmap of a group with the inodes that
// were found in use, and the descriptor's counts with both.
func (c *checker) checkInodeBitmap(s *scan, g uint32) {
	d := c.group(g)
	n := int(c.inodesPerGroup / 8)
	inUse := s.used // what the file system itself says; with a fault, what was found
	dirs := s.dirs
	switch blk := d.InodeBitmap(); {
	case c.uninit(d, layout.GroupInodeUninit):
		if s.usedInodes > 0 { // only inodes with a fixed meaning can be
			c.groupProblem(codeInodeBitmap, g, 0, "has inodes in use, but its inode bitmap is marked as uninitialised")
		}
	case blk < c.firstData || blk >= c.blocks: // reported with the descriptor
	default:
		if !c.block(s.bitmap, blk) {
			return
		}
		inUse = s.bitmap[:n]
		if i := firstDifference(inUse, s.used); i >= 0 {
			ino := g*c.inodesPerGroup + uint32(i) + 1
			c.groupProblem(codeInodeBitmap, g, 0, "%s; the first is inode %d", differences(inUse, s.used, "inodes"), ino)
		}
		c.checkBitmapBlock(g, "inode", s.bitmap, n, d.InodeBitmapCsum())
	}
	free := c.inodesPerGroup - onesCount(inUse)
	c.freeInodes += uint64(free)
	if d.FreeInodesCount() != free {
		c.groupProblem(codeFreeInodes, g, 0, "counts %d free inodes, the bitmap has %d", d.FreeInodesCount(), free)
	}
	if d.UsedDirsCount() != dirs {
		c.groupProblem(codeUsedDirs, g, 0, "counts %d directories, there are %d", d.UsedDirsCount(), dirs)
	}
}

// checkBitmapBlock checks what surrounds the n bytes of a bitmap: the rest of its
// block must be ones, and its checksum right.
func (c *checker) checkBitmapBlock(g uint32, which string, b []byte, n int, stored uint32) {
	for _, v := range b[n:] {
		if v != 0xFF {
			c.groupProblem(codeBitmapPadding, g, 0, "the rest of the block behind the %s bitmap is not filled with ones", which)
			break
		}
	}
	if !c.metadataCsum {
		return
	}
	want := layout.BitmapChecksum(c.csumSeed, b[:n])
	if c.descSize < 64 {
		want &= 0xFFFF
	}
	if stored != want {
		c.groupProblem(codeBitmapChecksum, g, 0, "checksum of the %s bitmap is %#x, should be %#x", which, stored, want)
	}
}

// checkBlockBitmaps compares the block bitmaps with the claims. Where these did
// not fit into memory at once, they are collected again, a window at a time.
func (c *checker) checkBlockBitmaps() bool {
	if !c.claims.overflow && c.claims.hi == c.clusters {
		c.compareClaims()
	} else {
		window := max(uint64(c.maxPages)*pageClusters/c.clustersPerGroup, 1) * c.clustersPerGroup
		c.shared = nil
		for lo := uint64(0); lo < c.clusters && !c.stopped(); lo += window {
			c.claimWindow(lo, min(lo+window, c.clusters))
			c.compareClaims()
		}
	}
	c.nameShared()
	if free := c.freeBlocks << c.ratioBits; c.sb.FreeBlocksCount() != free {
		c.fsProblem(codeFreeBlocks, "superblock counts %d free blocks, the bitmaps have %d", c.sb.FreeBlocksCount(), free)
	}
	return !c.stopped()
}

// compareClaims checks the block bitmaps of the groups that begin in the window.
func (c *checker) compareClaims() {
	found := make([]byte, c.clustersPerGroup/8)
	buf := make([]byte, c.blockSize)
	first := uint32((c.claims.lo + c.clustersPerGroup - 1) / c.clustersPerGroup)
	for g := first; g < c.groups && uint64(g)*c.clustersPerGroup < c.claims.hi; g++ {
		c.checkBlockBitmap(g, found, buf)
		if c.stopped() {
			return
		}
		if g%1024 == 0 {
			c.step(0.6)
		}
	}
}

func (c *checker) checkBlockBitmap(g uint32, found, buf []byte) {
	d := c.group(g)
	n := (c.groupEnd(g) - c.groupStart(g) + 1<<c.ratioBits - 1) >> c.ratioBits
	start := uint64(g) * c.clustersPerGroup
	c.foundBitmap(found, start, n)
	inUse := buf[:len(found)]
	switch blk := d.BlockBitmap(); {
	case c.uninit(d, layout.GroupBlockUninit):
		clear(inUse)
		c.ownMetadata(g, inUse)
		fillTail(inUse, n)
		if !bytes.Equal(inUse, found) {
			c.foreignMetadata(g, inUse)
		}
	case blk < c.firstData || blk >= c.blocks: // reported with the descriptor
		copy(inUse, found)
	default:
		if !c.block(buf, blk) {
			return
		}
		c.checkBitmapBlock(g, "block", buf, len(found), d.BlockBitmapCsum())
	}
	if i := firstDifference(inUse, found); i >= 0 {
		blk := c.firstData + (start+uint64(i))<<c.ratioBits
		if uint64(i) >= n {
			c.groupProblem(codeBitmapPadding, g, 0, "the bits behind the last block are not ones in the block bitmap")
		} else {
			c.groupProblem(codeBlockBitmap, g, blk, "%s; this is the first", differences(inUse, found, "blocks"))
		}
	}
	free := uint64(len(inUse))*8 - uint64(onesCount(inUse))
	c.freeBlocks += free
	if uint64(d.FreeBlocksCount()) != free {
		c.groupProblem(codeFreeBlocks, g, 0, "counts %d free blocks, the bitmap has %d", d.FreeBlocksCount(), free)
	}
}

// foundBitmap writes the claims on n clusters, and ones behind them.
func (c *checker) foundBitmap(dst []byte, start, n uint64) {
	c.claims.bitmap(dst[:(n+7)/8], start)
	fillTail(dst, n)
}

// ownMetadata sets the bits of the parts of its own structure that lie in group
// g: what the kernel takes for in use where the bitmap is not initialised.
func (c *checker) ownMetadata(g uint32, dst []byte) {
	first, end := c.groupStart(g), c.groupEnd(g)
	set := func(start, n uint64) {
		for b := max(start, first); b < min(start+n, end); b++ {
			i := (b - first) >> c.ratioBits
			dst[i/8] |= 1 << (i % 8)
		}
	}
	c.superblockAreas(g, set)
	d := c.group(g)
	set(d.BlockBitmap(), 1)
	set(d.InodeBitmap(), 1)
	set(d.InodeTable(), c.tableBlocks)
}

// foreignMetadata sets the bits of what lies in group g of other groups without an
// initialised block bitmap. e2fsck takes these blocks for in use, a kernel does
// not.
func (c *checker) foreignMetadata(g uint32, dst []byte) {
	first, end := c.groupStart(g), c.groupEnd(g)
	owner := g
	for other := range c.groups {
		d := c.group(other)
		if other == g || !c.uninit(d, layout.GroupBlockUninit) {
			continue
		}
		for _, r := range []blockRange{{d.BlockBitmap(), 1}, {d.InodeBitmap(), 1}, {d.InodeTable(), c.tableBlocks}} {
			for b := max(r.start, first); b < min(r.start+r.n, end); b++ {
				i := (b - first) >> c.ratioBits
				dst[i/8] |= 1 << (i % 8)
				owner = other
			}
		}
	}
	if owner != g {
		c.groupProblem(codeUninitMetadata, g, 0, "parts of group %d lie here, but the block bitmap is marked as uninitialised: a kernel would give their blocks away", owner)
	}
}

// fillTail sets the bits from n on.
func fillTail(b []byte, n uint64) {
	for ; n%8 != 0 && n/8 < uint64(len(b)); n++ {
		b[n/8] |= 1 << (n % 8)
	}
	for i := n / 8; i < uint64(len(b)); i++ {
		b[i] = 0xFF
	}
}

func onesCount(b []byte) (n uint32) {
	for _, v := range b {
		n += uint32(bits.OnesCount8(v))
	}
	return n
}

// firstDifference gives the first bit in which a and b differ, or -1.
func firstDifference(a, b []byte) int {
	if bytes.Equal(a, b) {
		return -1
	}
	for i := range a {
		if d := a[i] ^ b[i]; d != 0 {
			return i*8 + bits.TrailingZeros8(d)
		}
	}
	return -1
}

// differences tells how many bits a bitmap has too many and too few.
func differences(disk, found []byte, what string) string {
	var marked, missing int
	for i := range disk {
		marked += bits.OnesCount8(disk[i] &^ found[i])
		missing += bits.OnesCount8(found[i] &^ disk[i])
	}
	return plural(marked, what) + " marked as in use that are not, " + plural(missing, what) + " in use that are not marked"
}
