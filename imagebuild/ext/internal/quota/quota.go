package quota

import (
	"fmt"

	"lbimage/imagebuild/ext/internal/layout"
)

// Kind is whom a quota file is about.
type Kind int

// The kinds of quota files.
const (
	User Kind = iota
	Group
	Project
	Kinds = 3
)

func (k Kind) String() string { return [Kinds]string{"user", "group", "project"}[k] }

func (k Kind) magic() uint32 {
	return [Kinds]uint32{layout.QuotaMagicUser, layout.QuotaMagicGroup, layout.QuotaMagicProject}[k]
}

// MaxBlocks is how many blocks a file may have: with 1 GiB it has room for some
// fourteen million owners.
const MaxBlocks = 1 << 20

// FormatError says what is wrong with a quota file, and in which of its blocks.
type FormatError struct {
	Block uint32
	What  string
}

func (e *FormatError) Error() string { return fmt.Sprintf("quota block %d: %s", e.Block, e.What) }

func badf(blk uint32, format string, a ...any) error {
	return &FormatError{blk, fmt.Sprintf(format, a...)}
}

// Store holds the blocks of a quota file, of 1 KiB each.
type Store interface {
	Block(n uint32) ([]byte, error)     // contents; not to be changed
	EditBlock(n uint32) ([]byte, error) // contents; changes will be kept
	Append(n uint32) error              // makes room for block n, the one behind the last
}

// Usage is what an owner has.
type Usage struct {
	Space  uint64 // bytes
	Inodes uint64
}

// File is a quota file.
type File struct {
	s    Store
	kind Kind
}

// Open checks the head of a quota file of size bytes.
func Open(s Store, kind Kind, size uint64) (*File, error) {
	f := &File{s, kind}
	b, err := s.Block(0)
	if err != nil {
		return nil, err
	}
	switch h := layout.QuotaInfo(b); {
	case h.Magic() != kind.magic():
		return nil, badf(0, "magic %#x instead of %#x", h.Magic(), kind.magic())
	case h.Version() != layout.QuotaVersion:
		return nil, badf(0, "version %d instead of %d", h.Version(), layout.QuotaVersion)
	case h.Blocks() <= layout.QuotaRoot || uint64(h.Blocks()) > size/layout.QuotaBlockSize:
		return nil, badf(0, "%d blocks in a file of %d bytes", h.Blocks(), size)
	case h.Blocks() > MaxBlocks:
		return nil, badf(0, "%d blocks are more than can be handled", h.Blocks())
	}
	_, err = f.info()
	return f, err
}

// info is the head, with what it names checked.
func (f *File) info() (layout.QuotaInfo, error) {
	b, err := f.s.Block(0)
	if err != nil {
		return nil, err
	}
	h := layout.QuotaInfo(b)
	for _, n := range []uint32{h.FreeBlock(), h.FreeEntry()} {
		if n != 0 {
			if err := inside(h, 0, n); err != nil {
				return nil, err
			}
		}
	}
	return h, nil
}

func (f *File) editInfo() (layout.QuotaInfo, error) {
	b, err := f.s.EditBlock(0)
	return layout.QuotaInfo(b), err
}

// inside checks the number of a block that stands in block from. No block but
// the first leads to the root.
func inside(h layout.QuotaInfo, from, n uint32) error {
	if n <= layout.QuotaRoot || n >= h.Blocks() {
		return badf(from, "it leads to block %d, of blocks %d to %d", n, layout.QuotaRoot+1, h.Blocks()-1)
	}
	return nil
}

// Usage gives what an owner has; ok is false where the file does not know the owner.
func (f *File) Usage(id uint32) (u Usage, ok bool, err error) {
	p, err := f.find(id)
	if err != nil || p.entry == nil {
		return u, false, err
	}
	return Usage{p.entry.Space(), p.entry.Inodes()}, true, nil
}

// place is where an owner is in the file.
type place struct {
	nodes [layout.QuotaDepth]uint32 // of the tree, the root first; 0 from where there is none
	blk   uint32                    // the block of the entry; 0: there is none
	slot  int
	entry layout.QuotaEntry // for reading; nil: there is none
}

// find goes down the tree.
func (f *File) find(id uint32) (p place, err error) {
	h, err := f.info()
	if err != nil {
		return p, err
	}
	n := uint32(layout.QuotaRoot)
	for level := range p.nodes {
		p.nodes[level] = n
		b, err := f.s.Block(n)
		if err != nil {
			return p, err
		}
		from := n
		if n = layout.QuotaNode(b).Ref(layout.QuotaIndex(id, level)); n == 0 {
			return p, nil
		}
		if err := inside(h, from, n); err != nil {
			return p, err
		}
	}
	p.blk = n
	b, err := f.s.Block(n)
	if err != nil {
		return p, err
	}
	p.slot, p.entry = entryOf(layout.QuotaBlock(b), id)
	if p.entry == nil {
		return p, badf(n, "the tree leads %s %d here, where it is not", f.kind, id)
	}
	return p, nil
}

// entryOf finds an owner's entry in a block.
func entryOf(b layout.QuotaBlock, id uint32) (int, layout.QuotaEntry) {
	for i := range layout.QuotaBlockEntries {
		if e := b.Entry(i); e.ID() == id && e.InUse() {
			return i, e
		}
	}
	return 0, nil
}
