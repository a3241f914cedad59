package fsck

import "lbimage/imagebuild/ext/internal/layout"

// maxMapSize is the size in bytes of the largest file without extents.
func (c *checker) maxMapSize() uint64 {
	p := uint64(c.blockSize / pointerSize)
	return (directBlocks + p + p*p + p*p*p) << c.blockBits
}

// checkBlocks walks the map of an inode, claims its blocks and compares size and
// block count. dir is set for a directory.
func (c *checker) checkBlocks(ino uint32, inode layout.Inode, x xattrInfo, dir *dirInfo) {
	aclBlocks, inBlock := c.checkXattrBlock(ino, inode)
	if x.encrypted {
		c.checkEncryption(ino, inode, x)
	} else {
		c.checkEncryption(ino, inode, inBlock)
	}
	m := &c.mapper
	m.begin(c, ino, inode)
	m.claim = true
	inline := inode.Has(layout.InodeFlagInlineData) && c.incompat&layout.IncompatInlineData != 0
	if !inline && c.hasMap(inode) {
		m.walk()
		c.checkMapLimits(m)
	}
	if inode.Has(layout.InodeFlagIndex) {
		c.checkIndexFlag(ino, inode)
	}
	c.bigFile = c.bigFile || inode.IsRegular() && inode.Size() > 1<<31-1
	if dir != nil {
		if m.clusters == 0 && !inline {
			c.inodeProblem(codeSize, ino, 0, "is a directory without blocks")
		}
	}
	if !m.broken { // else both are wrong as a matter of course
		c.checkSize(ino, inode, m, x, inline)
		c.checkBlockCount(ino, inode, m.clusters<<c.ratioBits+aclBlocks+x.valueBlocks)
	}
	if c.roCompat&layout.ROBigalloc != 0 && m.clusters > 0 && (inode.IsRegular() || inode.IsDir()) && (ino == layout.InodeRoot || ino >= c.firstInode) &&
		!inode.Has(layout.InodeFlagExtents|layout.InodeFlagInlineData) {
		c.inodeProblem(codeInodeFlags, ino, 0, "is not mapped by extents, which bigalloc asks for")
	}
}

// hasMap says whether the inode's Block maps blocks.
func (c *checker) hasMap(inode layout.Inode) bool {
	switch {
	case inode.IsDir(), inode.IsRegular():
	case inode.IsSymlink():
		if isFastSymlink(inode) || c.sb.CreatorOS() == layout.OSHurd && uint32(inode.BlocksCount()) == 0 && c.xattrBlock(inode) == 0 {
			return false
		}
	default:
		return false
	}
	return !inode.Has(layout.InodeFlagInlineData)
}

// checkMapLimits checks how much an inode of its type may map.
func (c *checker) checkMapLimits(m *mapper) {
	limit := uint64(1) << (21 - (c.blockBits - 10))
	if !m.inode.Has(layout.InodeFlagExtents) {
		limit++
	}
	if m.dir && m.next > limit && m.inode.Size()>>32 == 0 && c.incompat&layout.IncompatLargeDir == 0 {
		c.inodeProblem(codeSize, m.ino, 0, "is a directory that maps blocks up to %d, more than %d", m.next, limit)
	}
	if !m.dir && !m.inode.IsRegular() && !m.inode.Has(layout.InodeFlagExtents) && m.next > 1 {
		c.inodeProblem(codeSymlink, m.ino, 0, "maps blocks up to %d, but only the first may be", m.next)
	}
}

// checkSize compares the size of an inode with what it maps.
func (c *checker) checkSize(ino uint32, inode layout.Inode, m *mapper, x xattrInfo, inline bool) {
	size := inode.Size()
	bs := uint64(c.blockSize)
	extents := c.incompat&layout.IncompatExtents != 0 && inode.Has(layout.InodeFlagExtents)
	bad := func(format string, args ...any) { c.inodeProblem(codeSize, ino, 0, format, args...) }
	switch {
	case inode.IsSymlink():
	case inode.IsDir() && inline:
		if want := uint64(len(inode.Block()) + len(x.inline)); size != want {
			bad("directory has size %d, but %d bytes of inline data", size, want)
		}
	case inode.IsDir():
		prealloc := uint64(c.sb[0xCD]) // blocks that old kernels set aside behind the end
		if size%bs != 0 || size/bs > m.next || m.next-size/bs > prealloc {
			bad("directory has size %d, but maps %d blocks", size, m.next)
		}
	case m.lastInit >= 0 && size < uint64(m.lastInit)*bs && !inode.Has(layout.InodeFlagVerity):
		bad("size is %d, but block %d of the file is mapped", size, m.lastInit)
	case !extents && size > c.maxMapSize(), extents && size > bs<<32-1:
		bad("size %d is more than the file's map can hold", size)
	}
}

// checkBlockCount compares the block count of an inode with the blocks found.
func (c *checker) checkBlockCount(ino uint32, inode layout.Inode, blocks uint64) {
	if c.sb.CreatorOS() == layout.OSHurd {
		return
	}
	huge := c.roCompat&layout.ROHugeFile != 0
	stored := inode.BlocksCount()
	if !huge {
		stored &= 1<<32 - 1
	}
	want, unit := blocks<<(c.blockBits-9), "sectors"
	if huge && inode.Has(layout.InodeFlagHugeFile) {
		want, unit = blocks, "blocks"
		if stored>>32 != 0 {
			c.inodeProblem(codeBlockCount, ino, 0, "has %d %s, more than a file can have", stored, unit)
			return
		}
	}
	if stored != want {
		c.inodeProblem(codeBlockCount, ino, 0, "counts %d %s, should be %d", stored, unit, want)
	}
}
