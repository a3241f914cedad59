package fsck

import (
	"bytes"
	"encoding/binary"

	"lbimage/imagebuild/ext/internal/layout"
)

// isFastSymlink says whether the target lies in the inode itself.
func isFastSymlink(inode layout.Inode) bool {
	return inode.IsSymlink() && inode.Size() != 0 && inode.Size() < uint64(len(inode.Block()))
}

// checkSymlink checks that the target is as long as the size says and lies
// where it belongs: in the inode, in inline data, or in one block.
func (c *checker) checkSymlink(ino uint32, inode layout.Inode, x xattrInfo) {
	if reason := c.symlinkFault(inode, x); reason != "" {
		c.inodeProblem(codeSymlink, ino, 0, "symbolic link %s", reason)
		return
	}
	if inode.Has(layout.InodeFlagImmutable | layout.InodeFlagAppend) {
		c.inodeProblem(codeInodeFlags, ino, 0, "is a symbolic link, but is marked immutable or append-only")
	}
}

func (c *checker) symlinkFault(inode layout.Inode, x xattrInfo) string {
	size := inode.Size()
	switch {
	case size == 0 || size>>32 != 0:
		return "has a target of no or too many bytes"
	case inode.Has(layout.InodeFlagIndex):
		return "is marked as a hashed directory"
	case inode.Has(layout.InodeFlagInlineData):
		if inode.Has(layout.InodeFlagExtents) {
			return "is marked as having both extents and inline data"
		}
		if size != uint64(len(inode.Block())+len(x.inline)) {
			return "has inline data of another length than its size"
		}
		return ""
	case isFastSymlink(inode):
		if inode.Has(layout.InodeFlagExtents) {
			return "holds its target, but is marked as mapped by extents"
		}
		return targetFault(inode, inode.Block())
	}
	blk, ok := symlinkBlock(inode)
	if !ok || blk < c.firstData || blk >= c.blocks {
		return "does not map exactly one block"
	}
	buf := c.mapper.bufs[0]
	if len(buf) != c.blockSize {
		buf = make([]byte, c.blockSize)
		c.mapper.bufs[0] = buf
	}
	if !c.block(buf, blk) {
		return ""
	}
	return targetFault(inode, buf)
}

// symlinkBlock gives the one block of a symbolic link's target.
func symlinkBlock(inode layout.Inode) (uint64, bool) {
	b := inode.Block()
	if inode.Has(layout.InodeFlagExtents) {
		n := layout.ExtentNode(b)
		if !validExtentHeader(n) || n.Depth() != 0 || n.Entries() != 1 {
			return 0, false
		}
		e := n.Extent(0)
		return e.Start(), e.Block() == 0 && e.Len() == 1
	}
	for _, v := range b[pointerSize:] {
		if v != 0 {
			return 0, false
		}
	}
	return uint64(binary.LittleEndian.Uint32(b)), true
}

// targetFault compares the length of a target in b with the size.
func targetFault(inode layout.Inode, b []byte) string {
	n := bytes.IndexByte(b, 0)
	if inode.Has(layout.InodeFlagEncrypt) {
		n = int(binary.LittleEndian.Uint16(b)) + 2
	}
	switch {
	case n < 0 || n >= len(b):
		return "has a target without an end"
	case uint64(n) != inode.Size():
		return "has a target of another length than its size"
	}
	return ""
}
