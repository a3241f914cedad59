package fsck

import (
	"encoding/binary"

	"lbimage/imagebuild/ext/internal/layout"
)

// mapper walks the map of one inode: pointers through up to three levels of
// indirect blocks here, extents in extents.go. It is used anew for each inode.
type mapper struct {
	c     *checker
	ino   uint32
	inode layout.Inode
	dir   bool

	// How to walk.
	quiet      bool                       // report no problems: they are known
	claim      bool                       // claim the blocks, and do not follow one that is claimed already
	budget     uint64                     // how many clusters to visit at most where they are not claimed
	nodes      int                        // how many blocks of the map to read then; 0 for as many as the budget has
	onRun      func(lblk, pblk, n uint64) // called with the data blocks in logical order
	onClusters func(start, n uint64)      // called with all clusters that are not claimed

	// What was found.
	clusters uint64 // of data and map
	fresh    uint64 // of these, how many nobody had claimed
	next     uint64 // the logical block behind the last one that is mapped
	lastInit int64  // the last logical block that is mapped and initialised, or -1
	broken   bool   // parts of the map were not followed
	prev     uint64 // the last data block in order, 0 for none
	illegal  int    // bad pointers so far
	inNode   bool   // what is visited is a block of the map
	run      struct{ lblk, pblk, n uint64 }
	shape    [layout.ExtentMaxDepth + 1]struct{ entries, room int } // of an extent tree, by level from the root

	bufs [layout.ExtentMaxDepth + 1][]byte // one for each level
}

const (
	directBlocks   = 12
	maxIllegal     = 12 // bad pointers that are reported of one inode
	pointerSize    = 4
	indirectLevels = 3
	maxSmallNodes  = 1 << 16 // of the map of a file that is known to be small
)

// begin makes the mapper ready for an inode.
func (m *mapper) begin(c *checker, ino uint32, inode layout.Inode) {
	*m = mapper{c: c, ino: ino, inode: inode, dir: inode.IsDir(), lastInit: -1, bufs: m.bufs}
}

// walk follows the whole map, whichever kind it is.
func (m *mapper) walk() {
	if m.c.incompat&layout.IncompatExtents != 0 && m.inode.Has(layout.InodeFlagExtents) {
		m.extents()
	} else {
		m.blockMap()
	}
	m.flush()
}

func (m *mapper) buf(level int) []byte {
	if len(m.bufs[level]) != m.c.blockSize {
		m.bufs[level] = make([]byte, m.c.blockSize)
	}
	return m.bufs[level]
}

func (m *mapper) problem(code string, blk uint64, format string, args ...any) {
	if !m.quiet {
		m.c.inodeProblem(code, m.ino, blk, format, args...)
	}
}

// legal says whether n blocks from blk on lie in the file system.
func (m *mapper) legal(blk, n uint64) bool {
	return blk >= m.c.firstData && blk < m.c.blocks && n <= m.c.blocks-blk
}

// visit accounts for n clusters from start on, and claims them where the walk is
// for that. It says whether to follow them.
func (m *mapper) visit(start, n uint64) bool {
	m.clusters += n
	if m.ino == layout.InodeResize {
		return true // its blocks lie in areas that are claimed already
	}
	if !m.claim {
		if m.budget < n {
			m.budget, m.broken = 0, true
			return false
		}
		m.budget -= n
		if m.onClusters != nil {
			m.onClusters(start, n)
		}
		return true
	}
	fresh := m.c.claim(start, n, m.quiet)
	m.fresh += fresh
	return fresh == n
}

// node accounts for a block of the map and says whether to follow it.
func (m *mapper) node(blk uint64) bool {
	if m.nodes == 1 {
		m.broken = true
		return false
	}
	m.nodes = max(m.nodes-1, 0)
	m.inNode = true
	ok := m.visit(m.c.toCluster(blk), 1)
	m.inNode = false
	return ok
}

// data accounts for a run of data blocks. Blocks of one cluster count once.
func (m *mapper) data(lblk, pblk, n uint64) {
	first, last := m.c.toCluster(pblk), m.c.toCluster(pblk+n-1)
	if m.c.ratioBits > 0 && m.prev != 0 && m.c.toCluster(m.prev) == first {
		first++
	}
	if first <= last && !m.visit(first, last+1-first) && !m.claim {
		return
	}
	if m.onRun != nil {
		m.onRun(lblk, pblk, n)
	}
	m.prev = pblk + n - 1
	m.next = lblk + n
}

// blockMap follows the pointers of an inode without extents.
func (m *mapper) blockMap() {
	if blk := m.c.translator(m.inode); blk != 0 {
		if m.legal(blk, 1) {
			m.node(blk)
		} else {
			m.badPointer(0, blk)
		}
	}
	ptrs := m.inode.Block()
	lblk := uint64(0)
	for i := range directBlocks {
		m.pointer(lblk, uint64(binary.LittleEndian.Uint32(ptrs[i*pointerSize:])))
		lblk++
	}
	span := uint64(m.c.blockSize / pointerSize)
	for level := range indirectLevels {
		m.indirect(lblk, uint64(binary.LittleEndian.Uint32(ptrs[(directBlocks+level)*pointerSize:])), level)
		lblk += span
		span *= uint64(m.c.blockSize / pointerSize)
	}
	m.flush()
	m.lastInit = int64(m.next) - 1
}

// translator gives the block that the Hurd keeps beside the map of an inode, for
// the name of the program that serves the file.
func (c *checker) translator(inode layout.Inode) uint64 {
	if c.sb.CreatorOS() != layout.OSHurd {
		return 0
	}
	return uint64(binary.LittleEndian.Uint32(inode[0x24:]))
}

// pointer takes one data block; runs are put together before they are accounted for.
func (m *mapper) pointer(lblk, pblk uint64) {
	if pblk == 0 {
		return
	}
	if !m.legal(pblk, 1) {
		m.badPointer(lblk, pblk)
		return
	}
	r := &m.run
	if r.n > 0 && r.pblk+r.n == pblk && r.lblk+r.n == lblk {
		r.n++
		return
	}
	m.flush()
	r.lblk, r.pblk, r.n = lblk, pblk, 1
}

func (m *mapper) flush() {
	if r := m.run; r.n > 0 {
		m.run.n = 0
		m.data(r.lblk, r.pblk, r.n)
	}
}

func (m *mapper) badPointer(lblk, pblk uint64) {
	m.broken = true
	m.illegal++
	if m.illegal <= maxIllegal {
		m.problem(codeIllegalBlock, pblk, "block of the map at file block %d lies outside the file system", lblk)
	}
}

// indirect follows a block of pointers: to data at level 0, else to blocks of
// pointers one level lower. lblk is the first file block below it.
func (m *mapper) indirect(lblk, blk uint64, level int) {
	if blk == 0 || m.c.err != nil {
		return
	}
	if !m.legal(blk, 1) {
		m.badPointer(lblk, blk)
		return
	}
	m.flush()
	if !m.node(blk) {
		m.broken = true
		return
	}
	buf := m.buf(level)
	if !m.c.block(buf, blk) {
		return
	}
	span := uint64(1)
	for range level {
		span *= uint64(m.c.blockSize / pointerSize)
	}
	for off := 0; off < len(buf); off += 2 * pointerSize {
		if pair := binary.LittleEndian.Uint64(buf[off:]); pair != 0 { // most are, at the end of a file
			m.below(lblk, uint64(uint32(pair)), level)
			m.below(lblk+span, pair>>32, level)
		}
		lblk += 2 * span
	}
}

func (m *mapper) below(lblk, blk uint64, level int) {
	if level == 0 {
		m.pointer(lblk, blk)
	} else {
		m.indirect(lblk, blk, level-1)
	}
}
