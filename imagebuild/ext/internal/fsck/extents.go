package fsck

import (
	"bytes"

	"lbimage/imagebuild/ext/internal/layout"
)

// unbounded is the end of a range of file blocks that has none.
const unbounded = 1 << 40

// maxDepth is the deepest extent tree that the file system can need: one that
// maps 2^32 blocks by single extents.
func (c *checker) maxDepth() int {
	perNode := uint64(c.blockSize-layout.ExtentEntrySize) / layout.ExtentEntrySize
	depth := 0
	for n := uint64(4); n < 1<<32-1; n *= perNode {
		depth++
	}
	return min(depth, layout.ExtentMaxDepth)
}

// validExtentHeader says whether the bytes may be a node of an extent tree. A
// node may hold up to two entries less than fit, for what lies behind them.
func validExtentHeader(n layout.ExtentNode) bool {
	fit := n.Capacity()
	return n.Magic() == layout.ExtentMagic && n.Entries() <= n.Max() && n.Max() <= fit && n.Max() >= fit-2
}

// extents walks the extent tree of the inode.
func (m *mapper) extents() {
	root := layout.ExtentNode(m.inode.Block())
	if m.ino == layout.InodeBadBlocks && bytes.Count(root, []byte{0}) == len(root) {
		return // no bad blocks: their inode need not have a tree
	}
	if !validExtentHeader(root) {
		m.broken = true
		m.problem(codeExtentHeader, 0, "root of the extent tree is no valid node")
		return
	}
	if most := m.c.maxDepth(); root.Depth() > most {
		m.broken = true
		m.problem(codeExtentDepth, 0, "extent tree has depth %d, more than %d", root.Depth(), most)
		return
	}
	eof := (m.inode.Size() + uint64(m.c.blockSize) - 1) >> m.c.blockBits
	end := uint64(unbounded)
	if root.Depth() > 0 {
		end = eof
	}
	m.extentNode(root, root.Depth(), 0, 0, end, eof)
	if !m.broken {
		m.checkShape(root.Depth())
	}
}

// checkShape finds trees that could do with fewer blocks, by the rule of e2fsck:
// a level has room to spare for a whole node, or less entries than a level above
// it has room for.
func (m *mapper) checkShape(depth int) {
	perNode := (m.c.blockSize - layout.ExtentEntrySize) / layout.ExtentEntrySize
	for i := range depth + 1 {
		spare := m.shape[i].room-m.shape[i].entries > perNode
		for _, above := range m.shape[:i] {
			spare = spare || m.shape[i].entries < above.room
		}
		if spare && !m.quiet {
			m.c.report(finding{Problem: Problem{Code: codeExtentShape, Inode: m.ino, Group: -1, Notice: true,
				Message: "extent tree could be shorter or narrower"}})
			return
		}
	}
}

// extentNode walks the entries of a node depth levels above the leaves, which
// map file blocks from first up to end. What lies behind the end of the file
// (eof) may only be uninitialised.
func (m *mapper) extentNode(n layout.ExtentNode, depth int, blk, first, end, eof uint64) {
	leaf := depth == 0
	level := max(layout.ExtentNode(m.inode.Block()).Depth()-depth, 0)
	m.shape[level].entries += n.Entries()
	m.shape[level].room += n.Max()
	if level > 0 && n.Entries() < n.Max() {
		m.shape[level].room-- // a split leaves one entry free, which is no waste
	}
	for i := range n.Entries() {
		if m.c.stopped() {
			return
		}
		if leaf {
			first = m.leafExtent(n.Extent(i), blk, first, end, eof)
			continue
		}
		x := n.Index(i)
		lo, hi := uint64(x.Block()), end
		if i+1 < n.Entries() {
			hi = uint64(n.Index(i + 1).Block())
			if hi <= lo {
				m.problem(codeExtentOrder, blk, "entry %d of the extent tree starts at file block %d, after the next", i, lo)
				m.broken = true
				continue
			}
		}
		if lo < first {
			m.problem(codeExtentOrder, blk, "entry %d of the extent tree starts at file block %d, before %d", i, lo, first)
		}
		if hi <= lo { // all of it lies behind the end of the file
			hi = unbounded
		}
		m.childNode(x.Leaf(), depth-1, lo, hi, eof)
	}
}

// childNode reads and walks the node in block blk, which maps the file blocks
// from lo up to hi.
func (m *mapper) childNode(blk uint64, depth int, lo, hi, eof uint64) {
	if !m.legal(blk, 1) {
		m.broken = true
		m.problem(codeIllegalBlock, blk, "node of the extent tree for file block %d lies outside the file system", lo)
		return
	}
	m.flush()
	if !m.node(blk) {
		m.broken = true
		return
	}
	buf := m.buf(depth)
	if !m.c.block(buf, blk) {
		return
	}
	n := layout.ExtentNode(buf)
	if !validExtentHeader(n) || n.Entries() == 0 {
		m.broken = true
		m.problem(codeExtentHeader, blk, "node of the extent tree for file block %d is not valid", lo)
		return
	}
	if n.Depth() != depth { // the kernel refuses to read the file
		m.problem(codeExtentDepth, blk, "node of the extent tree for file block %d has depth %d, should be %d", lo, n.Depth(), depth)
	}
	if m.c.metadataCsum && n.HasTail() {
		seed := layout.InodeSeed(m.c.csumSeed, m.ino, m.inode.Generation())
		if want := n.ComputeChecksum(seed); n.Checksum() != want {
			m.problem(codeExtentChecksum, blk, "checksum of the extent tree's node is %#08x, should be %#08x", n.Checksum(), want)
		}
	}
	start := uint64(n.Extent(0).Block()) // in both kinds of entries the first field
	if start != lo {
		m.problem(codeExtentStart, blk, "node of the extent tree starts at file block %d, but its parent says %d", start, lo)
	}
	m.extentNode(n, depth, blk, min(lo, start), hi, eof)
}

// leafExtent accounts for one extent and gives the file block behind it.
func (m *mapper) leafExtent(e layout.Extent, blk, first, end, eof uint64) uint64 {
	lblk, pblk, n := uint64(e.Block()), e.Start(), uint64(e.Len())
	switch {
	case n == 0:
		m.problem(codeExtentEmpty, blk, "extent at file block %d has no blocks", lblk)
		return first
	case pblk == 0 || !m.legal(pblk, n):
		m.broken = true
		m.problem(codeIllegalBlock, pblk, "extent of %d blocks at file block %d lies outside the file system", n, lblk)
		return first
	case lblk < first || lblk < m.next:
		m.problem(codeExtentOrder, blk, "extent at file block %d overlaps one before it", lblk)
		m.broken = true
		return first
	case end != unbounded && lblk+n > end && !(lblk+n > eof && (e.Uninit() || m.inode.Has(layout.InodeFlagVerity))):
		m.problem(codeExtentEnd, blk, "extent of %d blocks at file block %d reaches behind block %d", n, lblk, end)
	}
	if m.dir && e.Uninit() {
		m.problem(codeExtentUninit, blk, "directory has an uninitialised extent at file block %d", lblk)
	}
	if m.c.ratioBits > 0 {
		m.checkAligned(lblk, pblk)
	}
	m.data(lblk, pblk, n)
	if !m.dir && !e.Uninit() {
		m.lastInit = int64(lblk+n) - 1
	}
	return lblk + n
}

// checkAligned checks that a block lies at the same place in its cluster as it
// has in the file, and that no cluster of the file lies in two of the device.
func (m *mapper) checkAligned(lblk, pblk uint64) {
	c := m.c
	mask := uint64(1)<<c.ratioBits - 1
	split := m.prev != 0 && lblk&mask != 0 && lblk>>c.ratioBits == (m.next-1)>>c.ratioBits && c.toCluster(pblk) != c.toCluster(m.prev)
	if lblk&mask != pblk&mask || split {
		m.problem(codeClusterAlign, pblk, "file block %d does not fit the place of its block in the cluster", lblk)
	}
}
