package extents

import (
	"sort"

	"lbimage/imagebuild/ext/internal/layout"
)

// node is a checked node on the way from the root to a leaf.
type node struct {
	layout.ExtentNode
	blk uint64 // disk block, 0 for the root
	idx int    // the entry that was followed
	lo  uint64 // the file blocks that the node may map: [lo, hi)
	hi  uint64
}

// load reads and checks the node in a block.
func (t *Tree) load(blk uint64, depth int, lo, hi uint64) (node, error) {
	if err := t.s.Check(blk, 1); err != nil {
		return node{}, err
	}
	b, err := t.s.Node(blk)
	if err != nil {
		return node{}, err
	}
	n := node{ExtentNode: layout.ExtentNode(b), blk: blk, lo: lo, hi: hi}
	if err := t.check(n, depth); err != nil {
		return node{}, err
	}
	if n.Entries() == 0 {
		return node{}, badf(blk, "no entries")
	}
	return n, nil
}

// top gives the checked root.
func (t *Tree) top() (node, error) {
	n := node{ExtentNode: t.root, hi: MaxBlocks}
	if n.Magic() != layout.ExtentMagic {
		return n, badf(0, "magic %#x instead of %#x", n.Magic(), layout.ExtentMagic)
	}
	if n.Depth() > layout.ExtentMaxDepth {
		return n, badf(0, "depth %d is more than %d", n.Depth(), layout.ExtentMaxDepth)
	}
	if n.Depth() > 0 && n.Entries() == 0 {
		return n, badf(0, "depth %d without entries", n.Depth())
	}
	return n, t.check(n, n.Depth())
}

// check holds a node against what its parent says of it. Depth must fall by one
// a level, so no tree is endless; ranges of siblings do not overlap, so no node
// is visited twice.
func (t *Tree) check(n node, depth int) error {
	switch {
	case n.Magic() != layout.ExtentMagic:
		return badf(n.blk, "magic %#x instead of %#x", n.Magic(), layout.ExtentMagic)
	case n.Depth() != depth:
		return badf(n.blk, "depth %d instead of %d", n.Depth(), depth)
	case n.Max() > n.Capacity() || n.Max() == 0:
		return badf(n.blk, "room for %d entries instead of %d", n.Max(), n.Capacity())
	case n.Entries() > n.Max():
		return badf(n.blk, "%d entries in room for %d", n.Entries(), n.Max())
	}
	if t.csum && n.blk != 0 {
		if !n.HasTail() {
			return badf(n.blk, "no room for the checksum")
		}
		if got, want := n.Checksum(), n.ComputeChecksum(t.seed); got != want {
			return badf(n.blk, "checksum %#08x instead of %#08x", got, want)
		}
	}
	next := n.lo
	for i := range n.Entries() {
		first := uint64(n.Index(i).Block())
		end := first + 1
		if depth == 0 {
			e := n.Extent(i)
			if e.Len() == 0 {
				return badf(n.blk, "extent %d is empty", i)
			}
			end = first + uint64(e.Len())
		}
		if first < next || end > n.hi {
			return badf(n.blk, "entry %d maps the blocks %d to %d, outside %d to %d", i, first, end, next, n.hi)
		}
		next = end
	}
	return nil
}

// first is the first file block that entry i maps.
func (n node) first(i int) uint64 { return uint64(n.Index(i).Block()) } // extents have theirs at the same offset

// search gives the last entry that starts at or before lblk, -1 for none.
func (n node) search(lblk uint64) int {
	return sort.Search(n.Entries(), func(i int) bool { return n.first(i) > lblk }) - 1
}

// child loads the node that entry i names.
func (t *Tree) child(n node, i int) (node, error) {
	hi := n.hi
	if i+1 < n.Entries() {
		hi = n.first(i + 1)
	}
	return t.load(n.Index(i).Leaf(), n.Depth()-1, n.first(i), hi)
}

// path goes down to the leaf for a file block. Where the block lies before
// everything that is mapped, it is the first leaf, with idx -1.
func (t *Tree) path(lblk uint64) ([]node, error) {
	n, err := t.top()
	if err != nil {
		return nil, err
	}
	path := make([]node, 0, n.Depth()+1)
	for {
		n.idx = n.search(lblk)
		if n.Depth() == 0 {
			return append(path, n), nil
		}
		n.idx = max(n.idx, 0)
		path = append(path, n)
		if n, err = t.child(n, n.idx); err != nil {
			return nil, err
		}
	}
}

func extentAt(n node, i int) Extent {
	e := n.Extent(i)
	return Extent{e.Block(), e.Len(), e.Start(), e.Uninit()}
}

// Find gives the extent that maps file block lblk. Where none does, ok is false
// and e is the next one behind it, with Len 0 if there is none.
func (t *Tree) Find(lblk uint32) (e Extent, ok bool, err error) {
	n, err := t.top()
	var behind node // the lowest node on the way down that goes on behind the entry that was taken
	for {
		if err != nil {
			return Extent{}, false, err
		}
		n.idx = n.search(uint64(lblk))
		if n.Depth() == 0 {
			break
		}
		n.idx = max(n.idx, 0)
		if n.idx+1 < n.Entries() {
			behind = n
		}
		n, err = t.child(n, n.idx)
	}
	if n.idx >= 0 {
		if e = extentAt(n, n.idx); uint64(lblk) < e.End() {
			return e, true, t.s.Check(e.Start, e.Len)
		}
	}
	if n.idx+1 < n.Entries() {
		return extentAt(n, n.idx+1), false, nil
	}
	if behind.ExtentNode == nil {
		return Extent{}, false, nil
	}
	n = behind
	for n.idx++; n.Depth() > 0; n.idx = 0 {
		if n, err = t.child(n, n.idx); err != nil {
			return Extent{}, false, err
		}
	}
	return extentAt(n, 0), false, nil
}

// Each calls f for every extent in order, and visit, where it is not nil, for
// the block of every node below the root. It ends with the first error.
func (t *Tree) Each(f func(Extent) error, visit func(blk uint64) error) error {
	n, err := t.top()
	if err != nil {
		return err
	}
	return t.each(n, f, visit)
}

func (t *Tree) each(n node, f func(Extent) error, visit func(uint64) error) error {
	for i := range n.Entries() {
		if n.Depth() == 0 {
			e := extentAt(n, i)
			if err := t.s.Check(e.Start, e.Len); err != nil {
				return err
			}
			if err := f(e); err != nil {
				return err
			}
			continue
		}
		c, err := t.child(n, i)
		if err != nil {
			return err
		}
		if visit != nil {
			if err := visit(c.blk); err != nil {
				return err
			}
		}
		if err := t.each(c, f, visit); err != nil {
			return err
		}
	}
	return nil
}

// All gives every extent in order.
func (t *Tree) All() ([]Extent, error) {
	var list []Extent
	err := t.Each(func(e Extent) error {
		list = append(list, e)
		return nil
	}, nil)
	return list, err
}
