package extents

import "lbimage/imagebuild/ext/internal/layout"

// Remove takes the file blocks [from, to) out of the map and calls free for
// every run of disk blocks that was mapped there, from the last to the first.
func (t *Tree) Remove(from, to uint64, free func(Extent) error) error {
	to = min(to, MaxBlocks)
	removed := false
	for from < to {
		path, err := t.path(to - 1)
		if err != nil {
			return err
		}
		leaf := &path[len(path)-1]
		if leaf.idx < 0 {
			break
		}
		e := extentAt(*leaf, leaf.idx)
		if e.End() <= from {
			break
		}
		if err := t.s.Check(e.Start, e.Len); err != nil {
			return err
		}
		lo, hi := max(from, uint64(e.Block)), min(to, e.End())
		gone := Extent{uint32(lo), uint32(hi - lo), e.Start + lo - uint64(e.Block), e.Uninit}
		if err := t.removePart(path, e, gone); err != nil {
			return err
		}
		if err := free(gone); err != nil {
			return err
		}
		removed = true
		to = lo
	}
	if !removed {
		return nil
	}
	return t.tidy()
}

// removePart takes gone out of e, the entry that the path leads to.
func (t *Tree) removePart(path []node, e, gone Extent) error {
	leaf := &path[len(path)-1]
	i := leaf.idx
	left, right := e, e
	left.Len = gone.Block - e.Block
	cutLen := uint32(gone.End() - uint64(e.Block))
	right.Block, right.Start, right.Len = e.Block+cutLen, e.Start+uint64(cutLen), e.Len-cutLen
	switch {
	case left.Len > 0 && right.Len > 0:
		if err := t.change(leaf, func() { put(*leaf, i, left) }); err != nil {
			return err
		}
		return t.Insert(right)
	case left.Len > 0:
		return t.change(leaf, func() { put(*leaf, i, left) })
	case right.Len > 0:
		if err := t.change(leaf, func() { put(*leaf, i, right) }); err != nil {
			return err
		}
		return t.fixKeys(path)
	}
	return t.drop(path)
}

// drop removes the entry that the path leads to, and every node that becomes empty.
func (t *Tree) drop(path []node) error {
	for i := len(path) - 1; i >= 0; i-- {
		n := &path[i]
		if n.Entries() == 1 && n.blk != 0 {
			if err := t.s.FreeNode(n.blk); err != nil {
				return err
			}
			continue
		}
		if err := t.change(n, func() { cut(*n, n.idx) }); err != nil {
			return err
		}
		if n.Entries() == 0 { // the root: nothing is left
			n.SetDepth(0)
			return nil
		}
		return t.fixKeys(path[:i+1])
	}
	return nil
}

// tidy writes the tree anew where it has a level that need not be, or nodes
// with more free entries together than a node has.
func (t *Tree) tidy() error {
	if t.root.Depth() == 0 {
		return nil
	}
	var entries, room [layout.ExtentMaxDepth + 1]int // by depth
	perNode := 0
	count := func(n node) {
		entries[n.Depth()] += n.Entries()
		room[n.Depth()] += n.Max()
		if n.blk != 0 {
			perNode = n.Max()
		}
	}
	top, err := t.top()
	if err != nil {
		return err
	}
	if err := t.walk(top, count); err != nil {
		return err
	}
	sparse := false
	for d := range top.Depth() + 1 {
		sparse = sparse || room[d]-entries[d] > perNode
		for above := d + 1; above <= top.Depth(); above++ {
			sparse = sparse || entries[d] <= room[above]
		}
	}
	if !sparse {
		return nil
	}
	list, err := t.All()
	if err != nil {
		return err
	}
	return t.rebuild(list)
}

func (t *Tree) walk(n node, f func(node)) error {
	f(n)
	for i := range n.Entries() {
		if n.Depth() == 0 {
			break
		}
		c, err := t.child(n, i)
		if err != nil {
			return err
		}
		if err := t.walk(c, f); err != nil {
			return err
		}
	}
	return nil
}
