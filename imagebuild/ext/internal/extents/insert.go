package extents

import (
	"fmt"

	"lbimage/imagebuild/ext/internal/layout"
)

// Cost is the most nodes that mapping n more blocks can make, wherever they lie.
func (t *Tree) Cost(n uint64) uint64 {
	if t.root.Depth() == 0 && uint64(t.root.Entries())+n <= uint64(t.root.Capacity()) {
		return 0
	}
	const least = (1024 - layout.ExtentEntrySize) / layout.ExtentEntrySize // entries of the smallest node
	return n/least + uint64(t.root.Depth()) + 2
}

// limit is the longest extent of its kind.
func limit(uninit bool) uint32 {
	if uninit {
		return layout.ExtentMaxUninitLen
	}
	return layout.ExtentMaxLen
}

// join gives the extent that a followed by b makes, where they can be one.
func join(a, b Extent) (Extent, bool) {
	if a.Uninit != b.Uninit || a.End() != uint64(b.Block) || a.Start+uint64(a.Len) != b.Start || a.Len+b.Len > limit(a.Uninit) {
		return Extent{}, false
	}
	a.Len += b.Len
	return a, true
}

// Insert maps the blocks of e, which must not be mapped yet. It is joined with
// its neighbours where it continues them.
func (t *Tree) Insert(e Extent) error {
	if e.Len == 0 || e.Len > limit(e.Uninit) || e.End() > MaxBlocks {
		return fmt.Errorf("extent of %d blocks from block %d on is not possible", e.Len, e.Block)
	}
	path, err := t.path(uint64(e.Block))
	if err != nil {
		return err
	}
	leaf := &path[len(path)-1]
	pos := leaf.idx + 1
	if pos > 0 {
		left := extentAt(*leaf, pos-1)
		if left.End() > uint64(e.Block) {
			return badf(leaf.blk, "block %d is mapped already", e.Block)
		}
		if both, ok := join(left, e); ok {
			if pos < leaf.Entries() {
				if all, ok := join(both, extentAt(*leaf, pos)); ok {
					return t.joinThree(path, pos, all)
				}
			}
			return t.change(leaf, func() { put(*leaf, pos-1, both) })
		}
	}
	if pos < leaf.Entries() {
		right := extentAt(*leaf, pos)
		if e.End() > uint64(right.Block) {
			return badf(leaf.blk, "block %d is mapped already", right.Block)
		}
		if both, ok := join(e, right); ok {
			if err := t.change(leaf, func() { put(*leaf, pos, both) }); err != nil {
				return err
			}
			return t.fixKeys(path)
		}
	}
	if leaf.Entries() < leaf.Max() {
		err := t.change(leaf, func() {
			open(*leaf, pos)
			put(*leaf, pos, e)
		})
		if err != nil {
			return err
		}
		return t.fixKeys(path)
	}
	if t.isLast(path) && pos == leaf.Entries() {
		return t.appendLeaf(path, e)
	}
	list, err := t.All()
	if err != nil {
		return err
	}
	i := 0
	for i < len(list) && list[i].Block < e.Block {
		i++
	}
	list = append(list, Extent{})
	copy(list[i+1:], list[i:])
	list[i] = e
	return t.rebuild(list)
}

// joinThree puts all in the place of the entries pos-1 and pos.
func (t *Tree) joinThree(path []node, pos int, all Extent) error {
	leaf := &path[len(path)-1]
	err := t.change(leaf, func() {
		put(*leaf, pos-1, all)
		cut(*leaf, pos)
	})
	if err != nil {
		return err
	}
	return t.tidy()
}

// change lets f alter a node and seals it.
func (t *Tree) change(n *node, f func()) error {
	if n.blk != 0 {
		b, err := t.s.EditNode(n.blk)
		if err != nil {
			return err
		}
		n.ExtentNode = layout.ExtentNode(b)
	}
	f()
	t.seal(*n)
	return nil
}

func (t *Tree) seal(n node) {
	if t.csum && n.blk != 0 {
		n.SetChecksum(n.ComputeChecksum(t.seed))
	}
}

func put(n node, i int, e Extent) { n.Extent(i).Set(e.Block, e.Len, e.Start, e.Uninit) }

// open makes room for an entry at pos, cut closes the gap of one.
func open(n node, pos int) {
	shift(n, pos, pos+1, n.Entries()-pos)
	n.SetEntries(n.Entries() + 1)
}

func cut(n node, pos int) {
	last := n.Entries() - 1
	shift(n, pos+1, pos, last-pos)
	n.SetEntries(last)
	clear(n.Extent(last))
}

func shift(n node, from, to, count int) {
	at := func(i int) int { return layout.ExtentEntrySize * (1 + i) }
	copy(n.ExtentNode[at(to):at(to+count)], n.ExtentNode[at(from):at(from+count)])
}

// fixKeys lets every entry on the path start where its child does.
func (t *Tree) fixKeys(path []node) error {
	for i := len(path) - 2; i >= 0; i-- {
		first := uint32(path[i+1].first(0))
		n := &path[i]
		if n.Index(n.idx).Block() == first {
			return nil
		}
		leaf := n.Index(n.idx).Leaf()
		if err := t.change(n, func() { n.Index(n.idx).Set(first, leaf) }); err != nil {
			return err
		}
	}
	return nil
}

// isLast tells whether the path leads to the last leaf.
func (t *Tree) isLast(path []node) bool {
	for _, n := range path[:len(path)-1] {
		if n.idx != n.Entries()-1 {
			return false
		}
	}
	return true
}

// appendLeaf opens a new last leaf for e: below the lowest node that has room,
// with a chain of new nodes; where none has, the root moves down a level first.
func (t *Tree) appendLeaf(path []node, e Extent) error {
	level := len(path) - 2
	for level >= 0 && path[level].Entries() == path[level].Max() {
		level--
	}
	if level < 0 {
		if t.root.Depth() == layout.ExtentMaxDepth {
			return fmt.Errorf("extent tree is full: depth %d", layout.ExtentMaxDepth)
		}
		if err := t.grow(); err != nil {
			return err
		}
		return t.Insert(e)
	}
	var below uint64
	for depth := 0; depth < path[level].Depth(); depth++ {
		blk, b, err := t.s.NewNode()
		if err != nil {
			return err
		}
		n := newNode(b, blk, depth)
		n.SetEntries(1)
		if depth == 0 {
			put(n, 0, e)
		} else {
			n.Index(0).Set(e.Block, below)
		}
		t.seal(n)
		below = blk
	}
	n := &path[level]
	return t.change(n, func() {
		last := n.Entries()
		n.SetEntries(last + 1)
		n.Index(last).Set(e.Block, below)
	})
}

func newNode(b []byte, blk uint64, depth int) node {
	n := node{ExtentNode: layout.ExtentNode(b), blk: blk}
	clear(b)
	n.SetMagic()
	n.SetMax(n.Capacity())
	n.SetDepth(depth)
	return n
}

// grow moves the root's entries into a new node, the root's only child.
func (t *Tree) grow() error {
	blk, b, err := t.s.NewNode()
	if err != nil {
		return err
	}
	n := newNode(b, blk, t.root.Depth())
	n.SetEntries(t.root.Entries())
	for i := range t.root.Entries() {
		copy(n.Extent(i), t.root.Extent(i))
	}
	t.seal(n)
	first := t.root.Index(0).Block()
	clear(t.root[layout.ExtentEntrySize:])
	t.root.SetDepth(t.root.Depth() + 1)
	t.root.SetEntries(1)
	t.root.Index(0).Set(first, blk)
	return nil
}
