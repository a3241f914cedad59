package quota

import "lbimage/imagebuild/ext/internal/layout"

// Growth adds up by how many blocks a file may grow for owners that are new to it.
// The zero value is for none.
type Growth struct {
	owners int
	nodes  map[node]struct{} // that lead to them
}

type node struct {
	level  int
	prefix uint32 // the bits that the owners below it have in common
}

// Add counts one more owner.
func (g *Growth) Add(id uint32) {
	if g.nodes == nil {
		g.nodes = map[node]struct{}{}
	}
	for level := 1; level < layout.QuotaDepth; level++ {
		g.nodes[node{level, id >> (8 * (layout.QuotaDepth - level))}] = struct{}{}
	}
	g.owners++
}

// Blocks is the most that the file grows by.
func (g *Growth) Blocks() uint64 {
	return uint64(len(g.nodes)) + uint64(g.owners+layout.QuotaBlockEntries-1)/layout.QuotaBlockEntries
}

// Set stores what an owner has. One that has nothing, and no limits, is removed.
func (f *File) Set(id uint32, u Usage) error {
	p, err := f.find(id)
	if err != nil {
		return err
	}
	if u == (Usage{}) && (p.entry == nil || !p.entry.Limited()) {
		if p.entry == nil {
			return nil
		}
		return f.remove(id, p)
	}
	if p.entry == nil {
		if p, err = f.insert(id, p); err != nil {
			return err
		}
	}
	b, err := f.s.EditBlock(p.blk)
	if err != nil {
		return err
	}
	e := layout.QuotaBlock(b).Entry(p.slot)
	e.SetID(id)
	e.SetSpace(u.Space)
	e.SetInodes(u.Inodes)
	if u.Space <= e.SpaceSoft()*1024 { // no longer too much: the time to make room starts anew
		e.SetSpaceGrace(0)
	}
	if u.Inodes <= e.InodesSoft() {
		e.SetInodesGrace(0)
	}
	if !e.InUse() {
		e.SetInodesGrace(1) // owner 0 with nothing is told from no owner by this
	}
	return nil
}

// insert makes an entry, of zeros, and the nodes that lead to it.
func (f *File) insert(id uint32, p place) (place, error) {
	for level := 1; level < len(p.nodes); level++ {
		if p.nodes[level] != 0 {
			continue
		}
		n, err := f.take()
		if err == nil {
			err = f.setRef(p.nodes[level-1], layout.QuotaIndex(id, level-1), n)
		}
		if err != nil {
			return p, err
		}
		p.nodes[level] = n
	}
	var err error
	if p.blk, p.slot, err = f.takeEntry(); err != nil {
		return p, err
	}
	last := len(p.nodes) - 1
	return p, f.setRef(p.nodes[last], layout.QuotaIndex(id, last), p.blk)
}

func (f *File) setRef(node uint32, i int, n uint32) error {
	b, err := f.s.EditBlock(node)
	if err != nil {
		return err
	}
	layout.QuotaNode(b).SetRef(i, n)
	return nil
}

// take gives a block of zeros: a free one, or one more at the end.
func (f *File) take() (uint32, error) {
	h, err := f.info()
	if err != nil {
		return 0, err
	}
	n := h.FreeBlock()
	next := uint32(0)
	if n != 0 {
		b, err := f.s.Block(n)
		if err != nil {
			return 0, err
		}
		if next = layout.QuotaBlock(b).NextFree(); next != 0 {
			if err := inside(h, n, next); err != nil {
				return 0, err
			}
		}
	} else {
		n = h.Blocks()
		if n >= MaxBlocks {
			return 0, badf(0, "%d blocks are the most that can be handled", n)
		}
		if err := f.s.Append(n); err != nil {
			return 0, err
		}
	}
	b, err := f.s.EditBlock(n)
	if err != nil {
		return 0, err
	}
	clear(b)
	if h, err = f.editInfo(); err != nil {
		return 0, err
	}
	h.SetFreeBlock(next)
	h.SetBlocks(max(h.Blocks(), n+1))
	return n, nil
}

// give puts a block into the list of free ones.
func (f *File) give(n uint32) error {
	h, err := f.editInfo()
	if err != nil {
		return err
	}
	b, err := f.s.EditBlock(n)
	if err != nil {
		return err
	}
	clear(b)
	layout.QuotaBlock(b).SetNextFree(h.FreeBlock())
	h.SetFreeBlock(n)
	return nil
}

// takeEntry finds room for an entry, in a block that has some or in a new one.
func (f *File) takeEntry() (blk uint32, slot int, err error) {
	h, err := f.info()
	if err != nil {
		return 0, 0, err
	}
	if blk = h.FreeEntry(); blk == 0 {
		if blk, err = f.take(); err != nil {
			return 0, 0, err
		}
		if err := f.list(blk); err != nil {
			return 0, 0, err
		}
	}
	b, err := f.s.EditBlock(blk)
	if err != nil {
		return 0, 0, err
	}
	q := layout.QuotaBlock(b)
	for slot < layout.QuotaBlockEntries && q.Entry(slot).InUse() {
		slot++
	}
	if slot == layout.QuotaBlockEntries || q.Entries() >= layout.QuotaBlockEntries {
		return 0, 0, badf(blk, "it is full, but listed as having room")
	}
	q.SetEntries(q.Entries() + 1)
	if q.Entries() == layout.QuotaBlockEntries {
		err = f.unlist(blk)
	}
	return blk, slot, err
}

// list puts a block at the head of the list of those with room.
func (f *File) list(blk uint32) error {
	h, err := f.editInfo()
	if err != nil {
		return err
	}
	next := h.FreeEntry()
	h.SetFreeEntry(blk)
	return f.join(blk, 0, next)
}

// unlist takes a block out of the list of those with room.
func (f *File) unlist(blk uint32) error {
	h, err := f.editInfo()
	if err != nil {
		return err
	}
	b, err := f.s.EditBlock(blk)
	if err != nil {
		return err
	}
	q := layout.QuotaBlock(b)
	prev, next := q.PrevFree(), q.NextFree()
	if prev == 0 && h.FreeEntry() != blk {
		return nil // it never was in the list
	}
	q.SetPrevFree(0)
	q.SetNextFree(0)
	for _, n := range []uint32{prev, next} {
		if n == blk {
			return badf(blk, "it is its own neighbour in the list of those with room")
		}
		if n != 0 {
			if err := inside(h, blk, n); err != nil {
				return err
			}
		}
	}
	if next != 0 {
		if b, err = f.s.EditBlock(next); err != nil {
			return err
		}
		layout.QuotaBlock(b).SetPrevFree(prev)
	}
	if prev == 0 {
		h.SetFreeEntry(next)
		return nil
	}
	if b, err = f.s.EditBlock(prev); err != nil {
		return err
	}
	layout.QuotaBlock(b).SetNextFree(next)
	return nil
}

// join puts a block between two of the list, of which the first may be none, its head.
func (f *File) join(blk, prev, next uint32) error {
	b, err := f.s.EditBlock(blk)
	if err != nil {
		return err
	}
	layout.QuotaBlock(b).SetPrevFree(prev)
	layout.QuotaBlock(b).SetNextFree(next)
	if next == 0 {
		return nil
	}
	if b, err = f.s.EditBlock(next); err != nil {
		return err
	}
	layout.QuotaBlock(b).SetPrevFree(blk)
	return nil
}

// remove takes out an entry, and the nodes that lead to nothing then.
func (f *File) remove(id uint32, p place) error {
	b, err := f.s.EditBlock(p.blk)
	if err != nil {
		return err
	}
	q := layout.QuotaBlock(b)
	clear(q.Entry(p.slot))
	left := q.Entries() - 1
	q.SetEntries(left)
	switch {
	case left < 0 || left >= layout.QuotaBlockEntries:
		return badf(p.blk, "it counts %d entries", left+1)
	case left == 0:
		if err = f.unlist(p.blk); err == nil {
			err = f.give(p.blk)
		}
	case left == layout.QuotaBlockEntries-1:
		err = f.list(p.blk)
	}
	for level := len(p.nodes) - 1; err == nil && level >= 0; level-- {
		n := p.nodes[level]
		if err = f.setRef(n, layout.QuotaIndex(id, level), 0); err != nil {
			return err
		}
		if b, err = f.s.Block(n); err != nil || n == layout.QuotaRoot || !empty(b) {
			return err
		}
		err = f.give(n)
	}
	return err
}

func empty(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
