package quota

import "lbimage/imagebuild/ext/internal/layout"

// What a block was found to be. Up to QuotaBlockEntries it is the number of
// entries in it that the tree leads to.
const (
	unseen = 0
	inTree = 100 // a node
	isFree = 101
	listed = 50 // added to the number of entries: it is in the list of those with room
)

// Verify looks at the whole file: each block has one place, the tree leads to every
// entry that there is, and the lists of what is free end and are right. A block
// that is in no place is lost, and does no harm.
func (f *File) Verify() error {
	h, err := f.info()
	if err != nil {
		return err
	}
	v := verifier{f, h.Blocks(), make([]uint8, h.Blocks())}
	v.seen[0] = inTree
	if err := v.node(layout.QuotaRoot, 0, 0); err != nil {
		return err
	}
	if err := v.freeBlocks(h.FreeBlock()); err != nil {
		return err
	}
	if err := v.freeEntries(h.FreeEntry()); err != nil {
		return err
	}
	for n, is := range v.seen {
		if is == unseen || is >= inTree {
			continue
		}
		b, err := f.s.Block(uint32(n))
		if err != nil {
			return err
		}
		if err := counts(layout.QuotaBlock(b), uint32(n), int(is%listed)); err != nil {
			return err
		}
	}
	return nil
}

// counts checks that a block has as many entries as lead to it.
func counts(q layout.QuotaBlock, n uint32, want int) error {
	used := 0
	for i := range layout.QuotaBlockEntries {
		if q.Entry(i).InUse() {
			used++
		}
	}
	if used != want || q.Entries() != want {
		return badf(n, "it counts %d entries and has %d, the tree leads to %d", q.Entries(), used, want)
	}
	return nil
}

type verifier struct {
	f      *File
	blocks uint32
	seen   []uint8
}

// inside is as the function of that name.
func (v *verifier) inside(from, n uint32) error {
	if n <= layout.QuotaRoot || n >= v.blocks {
		return badf(from, "it leads to block %d, of blocks %d to %d", n, layout.QuotaRoot+1, v.blocks-1)
	}
	return nil
}

// node visits a node, whose owners all have the same highest bits.
func (v *verifier) node(n uint32, level int, high uint32) error {
	if v.seen[n] != unseen {
		return badf(n, "it is twice in the tree")
	}
	v.seen[n] = inTree
	b, err := v.f.s.Block(n)
	if err != nil {
		return err
	}
	var refs [layout.QuotaNodeRefs]uint32 // the walk may drop the block
	for i := range refs {
		refs[i] = layout.QuotaNode(b).Ref(i)
	}
	for i, to := range refs {
		if to == 0 {
			continue
		}
		if err := v.inside(n, to); err != nil {
			return err
		}
		id := high<<8 | uint32(i)
		if level < layout.QuotaDepth-1 {
			err = v.node(to, level+1, id)
		} else {
			err = v.entry(to, id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) entry(n, id uint32) error {
	if v.seen[n] >= layout.QuotaBlockEntries {
		return badf(n, "it is twice in the tree, or holds too many entries")
	}
	b, err := v.f.s.Block(n)
	if err != nil {
		return err
	}
	if _, e := entryOf(layout.QuotaBlock(b), id); e == nil {
		return badf(n, "the tree leads %s %d here, where it is not", v.f.kind, id)
	}
	v.seen[n]++
	return nil
}

func (v *verifier) freeBlocks(n uint32) error {
	for from := uint32(0); n != 0; {
		if err := v.inside(from, n); err != nil {
			return err
		}
		if v.seen[n] != unseen {
			return badf(n, "it is in the list of free blocks, but in use, or twice in the list")
		}
		v.seen[n] = isFree
		b, err := v.f.s.Block(n)
		if err != nil {
			return err
		}
		from, n = n, layout.QuotaBlock(b).NextFree()
	}
	return nil
}

func (v *verifier) freeEntries(n uint32) error {
	for from := uint32(0); n != 0; {
		if err := v.inside(from, n); err != nil {
			return err
		}
		if v.seen[n] == unseen || v.seen[n] >= layout.QuotaBlockEntries {
			return badf(n, "it is in the list of blocks with room, but has none, or is twice in the list")
		}
		v.seen[n] += listed
		b, err := v.f.s.Block(n)
		if err != nil {
			return err
		}
		q := layout.QuotaBlock(b)
		if q.PrevFree() != from {
			return badf(n, "block %d leads to it in the list of those with room, but it leads back to %d", from, q.PrevFree())
		}
		from, n = n, q.NextFree()
	}
	return nil
}
