package fsck

import (
	"encoding/binary"

	"lbimage/imagebuild/ext/internal/layout"
)

// isNameless says whether no entry may name an inode: it has a fixed meaning by
// its number or by what the superblock says.
func (c *checker) isNameless(ino uint32) bool {
	return ino != layout.InodeRoot && ino < c.firstInode || ino == c.projectQuota || ino == c.orphanFile ||
		ino == c.sb.UserQuotaInode() || ino == c.sb.GroupQuotaInode()
}

// isSpecial says whether an inode has a fixed meaning, and so may be in use
// without links.
func (c *checker) isSpecial(ino uint32, inode layout.Inode) bool {
	return ino < c.firstInode || ino == c.projectQuota || ino == c.orphanFile && inode.LinksCount() != 0
}

// checkSpecialInodes checks what the superblock says of inodes with a fixed
// meaning, and the inode for resizing.
func (c *checker) checkSpecialInodes() bool {
	quota := func(what string, ino uint32) {
		if ino != 0 && ino != layout.InodeUserQuota && ino != layout.InodeGroupQuota && (ino < c.firstInode || ino > c.inodes) {
			c.fsProblem(codeQuotaInode, "inode %d cannot be the %s quota file", ino, what)
		}
	}
	quota("user", c.sb.UserQuotaInode())
	quota("group", c.sb.GroupQuotaInode())
	quota("project", c.sb.ProjectQuotaInode())
	if c.compat&layout.CompatOrphanFile != 0 {
		if ino := c.sb.OrphanFileInode(); ino < c.firstInode || ino > c.inodes {
			c.fsProblem(codeOrphanFile, "inode %d cannot be the orphan file", ino)
		}
	}
	return c.checkResizeInode()
}

// checkSpecial examines an inode with a fixed meaning.
func (c *checker) checkSpecial(ino uint32, inode layout.Inode) {
	sb := c.sb
	idle := false
	fixedFile := func(what string, inUse bool) {
		idle = !inUse
		switch {
		case inUse && !inode.IsRegular():
			c.inodeProblem(codeSpecialInode, ino, 0, "%s is not a regular file", what)
		case !inUse && (inode.LinksCount() != 0 || uint32(inode.BlocksCount()) != 0 || binary.LittleEndian.Uint32(inode.Block()) != 0):
			c.inodeProblem(codeSpecialInode, ino, 0, "%s is not in use, but not empty", what)
		}
	}
	quota := c.roCompat&layout.ROQuota != 0
	switch {
	case ino == layout.InodeBadBlocks:
		c.checkBadBlocks(inode)
		return
	case ino == layout.InodeJournal:
		fixedFile("journal", sb.JournalInode() == ino)
	case ino == sb.OrphanFileInode():
		fixedFile("orphan file", c.compat&layout.CompatOrphanFile != 0)
		if c.compat&layout.CompatOrphanFile != 0 {
			c.checkOrphanFile(ino, inode)
		}
	case ino == layout.InodeUserQuota, ino == layout.InodeGroupQuota, ino == sb.ProjectQuotaInode():
		fixedFile("quota file", quota && (ino == sb.UserQuotaInode() || ino == sb.GroupQuotaInode() || ino == sb.ProjectQuotaInode()))
	case ino == layout.InodeBootLoader:
		if inode.IsDir() {
			c.inodeProblem(codeSpecialInode, ino, 0, "boot loader is a directory")
		}
	case ino == layout.InodeResize:
		if inode.Mode() != 0 && !inode.IsRegular() {
			c.inodeProblem(codeSpecialInode, ino, 0, "inode for resizing has mode %#o", inode.Mode())
		}
		if strayPointer(inode, true) != 0 {
			return // reported before this walk
		}
		if b := c.resizeMap(inode); b != 0 {
			c.claim(c.toCluster(b), 1, false)
		}
	default:
		if inode.Mode() != 0 {
			c.inodeProblem(codeSpecialInode, ino, 0, "reserved inode has mode %#o", inode.Mode())
		}
	}
	if !idle {
		c.checkBlocks(ino, inode, xattrInfo{}, nil)
	}
}

// resizeMap gives the one block that the inode for resizing has of its own: the
// doubly indirect block of its map.
func (c *checker) resizeMap(inode layout.Inode) uint64 {
	b := uint64(binary.LittleEndian.Uint32(inode.Block()[(directBlocks+1)*pointerSize:]))
	if b < c.firstData || b >= c.blocks {
		return 0
	}
	return b
}

// strayPointer gives a pointer of the inode for resizing that should be 0: all
// but the doubly indirect one, and with no feature resize_inode this one as well.
func strayPointer(inode layout.Inode, resize bool) uint64 {
	ptrs := inode.Block()
	for i := range len(ptrs) / pointerSize {
		if p := binary.LittleEndian.Uint32(ptrs[i*pointerSize:]); p != 0 && (!resize || i != directBlocks+1) {
			return uint64(p)
		}
	}
	return 0
}

// checkResizeInode checks the inode that keeps the room for more descriptors:
// its map must list the reserved blocks of group 0 and their copies behind each
// backup. Like e2fsck it looks at the first quarter of them.
func (c *checker) checkResizeInode() bool {
	inode := make(layout.Inode, c.inodeSize)
	if c.inodes < layout.InodeResize || !c.readInode(layout.InodeResize, inode) {
		return false
	}
	resize := c.compat&layout.CompatResizeInode != 0
	dind := c.resizeMap(inode)
	if p := strayPointer(inode, resize); p != 0 {
		c.inodeProblem(codeResizeInode, layout.InodeResize, p, "inode for resizing maps what it should not")
		return true
	}
	if !resize {
		return true
	}
	if dind == 0 || inode.LinksCount() == 0 || inode.Mode()&layout.ModeRegular == 0 {
		c.inodeProblem(codeResizeInode, layout.InodeResize, dind, "inode for resizing is not in use as it should be")
		return true
	}
	table, row := make([]byte, c.blockSize), make([]byte, c.blockSize)
	if !c.block(table, dind) {
		return false
	}
	for i := range uint64(c.sb.ReservedGDTBlocks()) / 4 {
		blk := c.superblockBlock(0) + 1 + c.descBlocks + i
		slot := (c.descBlocks + i) % uint64(c.blockSize/pointerSize)
		if uint64(binary.LittleEndian.Uint32(table[slot*pointerSize:])) != blk || blk >= c.blocks {
			c.inodeProblem(codeResizeInode, layout.InodeResize, dind, "inode for resizing does not list reserved block %d", blk)
			return true
		}
		if !c.block(row, blk) {
			return false
		}
		if g, ok := c.resizeCopies(row, blk); !ok {
			c.inodeProblem(codeResizeInode, layout.InodeResize, blk, "inode for resizing does not list the copy in group %d", g)
			return true
		}
	}
	return true
}

// resizeCopies checks that the row lists the copies of the block in order.
func (c *checker) resizeCopies(row []byte, blk uint64) (uint32, bool) {
	for g := uint32(1); g < c.groups; g++ {
		if !c.hasSuper(g) {
			continue
		}
		if len(row) < pointerSize || uint64(binary.LittleEndian.Uint32(row)) != blk+uint64(g)*c.blocksPerGroup {
			return g, false
		}
		row = row[pointerSize:]
	}
	return 0, true
}

const (
	orphanMagic     = 0x0B10CA04
	maxOrphanBlocks = 1 << 16 // mke2fs makes 512 at most
)

// checkOrphanFile checks that the orphan file is whole and lists no orphan.
func (c *checker) checkOrphanFile(ino uint32, inode layout.Inode) {
	size := inode.Size()
	if size%uint64(c.blockSize) != 0 {
		c.inodeProblem(codeOrphanFile, ino, 0, "size %d of the orphan file is no multiple of the block size", size)
		return
	}
	if size>>c.blockBits > maxOrphanBlocks {
		c.inodeProblem(codeOrphanFile, ino, 0, "orphan file has %d blocks, which cannot be", size>>c.blockBits)
		return
	}
	buf := make([]byte, c.blockSize)
	next := uint64(0)
	var m mapper
	m.begin(c, ino, inode)
	m.quiet, m.budget, m.nodes = true, c.clusters, maxSmallNodes
	m.onRun = func(lblk, pblk, n uint64) {
		for i := range n {
			if lblk == next && lblk < maxOrphanBlocks && !c.stopped() {
				next++
				c.checkOrphanBlock(ino, inode, pblk+i, buf)
			}
			lblk++
		}
	}
	m.walk()
	if next < size>>c.blockBits {
		c.inodeProblem(codeOrphanFile, ino, 0, "orphan file has a hole at block %d", next)
	}
}

func (c *checker) checkOrphanBlock(ino uint32, inode layout.Inode, blk uint64, buf []byte) {
	if !c.block(buf, blk) {
		return
	}
	body, tail := buf[:len(buf)-8], buf[len(buf)-8:]
	for _, b := range body {
		if b != 0 {
			c.inodeProblem(codeOrphans, ino, blk, "orphan file lists orphans")
			break
		}
	}
	if binary.LittleEndian.Uint32(tail) != orphanMagic {
		c.inodeProblem(codeOrphanFile, ino, blk, "block of the orphan file has no magic number")
	}
	if !c.metadataCsum {
		return
	}
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], blk)
	want := layout.CRC32C(layout.InodeSeed(c.csumSeed, ino, inode.Generation()), n[:])
	want = layout.CRC32C(want, body)
	if have := binary.LittleEndian.Uint32(tail[4:]); have != want {
		c.inodeProblem(codeOrphanFile, ino, blk, "checksum of the orphan file's block is %#08x, should be %#08x", have, want)
	}
}
