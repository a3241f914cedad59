package extents

import (
	"fmt"

	"lbimage/imagebuild/ext/internal/layout"
)

// entry is one entry of any node: an extent, or the first block and place of a node.
type entry struct {
	Extent
	node uint64
}

// rebuild writes the tree anew with the given extents, all nodes but the last of
// each level full. It uses the blocks that the tree has before it asks for more,
// and frees those that are left over.
func (t *Tree) rebuild(list []Extent) error {
	var blocks []uint64
	err := t.Each(func(Extent) error { return nil }, func(blk uint64) error {
		blocks = append(blocks, blk)
		return nil
	})
	if err != nil {
		return err
	}
	take := func() (uint64, []byte, error) {
		if len(blocks) == 0 {
			return t.s.NewNode()
		}
		blk := blocks[0]
		blocks = blocks[1:]
		b, err := t.s.EditNode(blk)
		return blk, b, err
	}
	level := make([]entry, 0, len(list))
	for _, e := range list {
		if last := len(level) - 1; last >= 0 {
			if both, ok := join(level[last].Extent, e); ok {
				level[last].Extent = both
				continue
			}
		}
		level = append(level, entry{Extent: e})
	}
	depth := 0
	for ; len(level) > t.root.Capacity(); depth++ {
		if depth == layout.ExtentMaxDepth {
			return fmt.Errorf("extent tree is full: depth %d", depth)
		}
		var above []entry
		for len(level) > 0 {
			blk, b, err := take()
			if err != nil {
				return err
			}
			n := newNode(b, blk, depth)
			k := min(n.Max(), len(level))
			fill(n, level[:k])
			t.seal(n)
			above = append(above, entry{Extent: Extent{Block: level[0].Block}, node: blk})
			level = level[k:]
		}
		level = above
	}
	InitRoot(t.root)
	t.root.SetDepth(depth)
	fill(node{ExtentNode: t.root}, level)
	for _, blk := range blocks {
		if err := t.s.FreeNode(blk); err != nil {
			return err
		}
	}
	return nil
}

func fill(n node, level []entry) {
	n.SetEntries(len(level))
	for i, e := range level {
		if n.Depth() == 0 {
			put(n, i, e.Extent)
		} else {
			n.Index(i).Set(e.Block, e.node)
		}
	}
}
