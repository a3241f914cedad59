package mkfs

import (
	"encoding/binary"
	"errors"

	"lbimage/imagebuild/ext/internal/layout"
)

// mapBlocks is how many blocks a map of n blocks takes beside the inode. With
// extents it is not known beforehand, and 0.
func (g *geometry) mapBlocks(n uint64) uint64 {
	if g.incompat&layout.IncompatExtents != 0 || n <= 12 {
		return 0
	}
	n -= 12
	per := g.bs / 4
	leaves := ceil(n, per)
	total := leaves
	if leaves > 1 { // beyond the single indirect block
		total += ceil(leaves-1, per)
	}
	if leaves > 1+per { // beyond the double one
		total = leaves + ceil(leaves-1, per) + 1
	}
	return total
}

// blockMapper maps data blocks in the old way: twelve in the inode, then blocks
// of block numbers, one, two and three levels deep. Each such block lies in front
// of what it maps.
type blockMapper struct {
	f    *formatter
	runs []run  // what is left, for data and map
	left uint64 // blocks of data
}

// next takes the first block off the runs.
func (m *blockMapper) next() uint64 {
	r := &m.runs[0]
	at := r.start
	r.start, r.n = r.start+1, r.n-1
	if r.n == 0 {
		m.runs = m.runs[1:]
	}
	return at
}

func (m *blockMapper) mapInode(iblock []byte) {
	for slot := 0; slot < 15 && m.left > 0; slot++ {
		binary.LittleEndian.PutUint32(iblock[slot*4:], uint32(m.node(max(0, slot-11))))
	}
}

// node maps as much as a tree of the given depth takes and returns its root.
func (m *blockMapper) node(depth int) uint64 {
	at := m.next()
	if depth == 0 {
		m.left--
		return at
	}
	b := m.f.addBlock(at)
	for off := 0; off < len(b) && m.left > 0; off += 4 {
		binary.LittleEndian.PutUint32(b[off:], uint32(m.node(depth-1)))
	}
	return at
}

// mapExtents maps the runs as an extent tree: in the inode alone if four extents
// do, else with one level of leaves. It returns how many blocks the leaves take.
func (f *formatter) mapExtents(in layout.Inode, ino uint32, runs []run, goal uint64) (uint64, error) {
	var parts []run // no longer than an extent can be
	for _, r := range runs {
		for ; r.n > layout.ExtentMaxLen; r = (run{r.start + layout.ExtentMaxLen, r.n - layout.ExtentMaxLen}) {
			parts = append(parts, run{r.start, layout.ExtentMaxLen})
		}
		parts = append(parts, r)
	}
	root := layout.ExtentNode(in.Block())
	if len(parts) <= root.Capacity() {
		fillLeaf(root, 0, parts)
		return 0, nil
	}
	root.SetMagic()
	root.SetMax(root.Capacity())
	root.SetDepth(1)
	at, leaves := uint32(0), 0
	for ; len(parts) > 0; leaves++ {
		if leaves == root.Capacity() {
			return 0, errors.New("the free space is in too many pieces; choose larger blocks or a smaller journal")
		}
		got, err := f.take(goal, 1)
		if err != nil {
			return 0, err
		}
		leaf := layout.ExtentNode(f.addBlock(got[0].start))
		n := min(len(parts), leaf.Capacity())
		root.Index(leaves).Set(at, got[0].start)
		at = fillLeaf(leaf, at, parts[:n])
		if f.checksums() {
			leaf.SetChecksum(leaf.ComputeChecksum(f.inodeSeed(ino)))
		}
		parts = parts[n:]
	}
	root.SetEntries(leaves)
	return uint64(leaves), nil
}

// fillLeaf writes a leaf that maps the runs from file block at on, and returns
// the file block behind them.
func fillLeaf(leaf layout.ExtentNode, at uint32, runs []run) uint32 {
	leaf.SetMagic()
	leaf.SetMax(leaf.Capacity())
	leaf.SetEntries(len(runs))
	for i, r := range runs {
		leaf.Extent(i).Set(at, uint32(r.n), r.start, false)
		at += uint32(r.n)
	}
	return at
}
