package place

import (
	"context"
	"encoding/binary"

	"lbimage/imagebuild/ext/internal/layout"
)

// structure adds the blocks of the file system's own structure.
func (f *FS) structure(s *owners) {
	if f.SuperBlock > 0 {
		s.add(0, f.SuperBlock, owner{kind: ownBoot})
	}
	if b := f.Super.MMPBlock(); f.Super.Incompat()&layout.IncompatMMP != 0 && b < f.Blocks {
		s.add(b, 1, owner{kind: ownMMP})
	}
	for g := range f.Groups {
		a := f.Areas(g)
		if a.Super {
			s.add(a.Block, 1, owner{kind: ownSuper, who: g})
		}
		s.add(a.Descs, f.within(a.Descs, a.DescCount), owner{kind: ownDescs, who: g, at: uint32(a.DescIndex)})
		s.add(a.Reserved, f.within(a.Reserved, a.ReservedN), owner{kind: ownReserved, who: g})
		d := f.Desc(g)
		s.add(d.BlockBitmap(), 1, owner{kind: ownBlockBitmap, who: g})
		s.add(d.InodeBitmap(), 1, owner{kind: ownInodeBitmap, who: g})
		s.add(d.InodeTable(), uint64(f.TableBlocks), owner{kind: ownInodeTable, who: g})
	}
}

// within cuts a run of n blocks to the file system.
func (f *FS) within(start, n uint64) uint64 {
	if start >= f.Blocks {
		return 0
	}
	return min(n, f.Blocks-start)
}

// eachInode calls do for every inode in use, in the order of their numbers.
func (f *FS) eachInode(do func(ino uint32, inode layout.Inode) error) error {
	const chunk = 256 << 10
	buf := make([]byte, chunk/f.InodeSize*f.InodeSize)
	for g := range f.Groups {
		at, left := f.inodeAt(g*f.InodesPerGroup+1), int(f.everUsed(g))
		ino := g*f.InodesPerGroup + 1
		for left > 0 {
			if err := f.ctx.Err(); err != nil {
				return context.Cause(f.ctx)
			}
			n := min(left, len(buf)/f.InodeSize)
			b := buf[:n*f.InodeSize]
			if err := f.read(b, at); err != nil {
				return err
			}
			for ; len(b) > 0; b, ino = b[f.InodeSize:], ino+1 {
				inode := layout.Inode(b[:f.InodeSize:f.InodeSize])
				used, err := f.inUse(ino, inode)
				if err == nil && used {
					err = do(ino, inode)
				}
				if err != nil {
					return err
				}
			}
			at, left = at+int64(n*f.InodeSize), left-n
		}
	}
	return nil
}

// mapped is a run of a file: blocks of its contents, or one block of its map.
type mapped struct {
	kind     ownerKind // ownMap, ownData, ownUnwritten
	lblk     uint64    // first file block
	start, n uint64
}

// eachRun calls do for the runs of an inode, blocks of the map included. What does
// not lie in the file system is left out.
func (f *FS) eachRun(ino uint32, inode layout.Inode, do func(mapped)) error {
	switch {
	case ino == layout.InodeResize && f.Super.Compat()&layout.CompatResizeInode != 0:
		// Its map lists blocks that are reserved anyway; one block is its own.
		blk := uint64(binary.LittleEndian.Uint32(inode.Block()[13*4:]))
		if f.legal(blk, 1) {
			do(mapped{ownMap, 0, blk, 1})
		}
		return nil
	case !f.hasMap(inode):
		return nil
	case f.hasExtents(inode):
		return f.extents(layout.ExtentNode(inode.Block()), layout.ExtentMaxDepth+1, do)
	}
	return f.pointers(inode, do)
}

// hasMap tells whether an inode's contents lie in blocks.
func (f *FS) hasMap(inode layout.Inode) bool {
	switch {
	case inode.Has(layout.InodeFlagInlineData) && f.Super.Incompat()&layout.IncompatInlineData != 0:
		return false
	case inode.IsSymlink():
		return !isFast(inode)
	}
	return inode.IsRegular() || inode.IsDir() || inode.Mode() == 0 // that of bad blocks has no mode
}

// isFast tells whether the target of a symbolic link lies in the inode.
func isFast(inode layout.Inode) bool {
	return inode.IsSymlink() && inode.Size() < uint64(len(inode.Block())) && !inode.Has(layout.InodeFlagExtents)
}

func (f *FS) hasExtents(inode layout.Inode) bool {
	return inode.Has(layout.InodeFlagExtents) && f.Super.Incompat()&layout.IncompatExtents != 0
}

func (f *FS) legal(blk, n uint64) bool {
	return blk >= f.First && blk > 0 && blk < f.Blocks && n > 0 && n <= f.Blocks-blk
}

// level gives the buffer for blocks of maps of one level.
func (f *FS) level(i int) []byte {
	for len(f.bufs) <= i {
		f.bufs = append(f.bufs, make([]byte, f.BlockSize))
	}
	return f.bufs[i]
}

// node reads a block of a map, as long as this walk may read more of them: no map
// that runs in circles goes on for ever.
func (f *FS) node(blk uint64, depth int) ([]byte, error) {
	if f.nodes == 0 {
		return nil, nil
	}
	f.nodes--
	b := f.level(depth)
	return b, f.readBlock(b, blk)
}

// extents follows a node and those below. below is what its depth must be less than.
func (f *FS) extents(node layout.ExtentNode, below int, do func(mapped)) error {
	depth := node.Depth()
	if node.Magic() != layout.ExtentMagic || depth >= below {
		return nil
	}
	for i := range min(node.Entries(), node.Capacity()) {
		if depth == 0 {
			e := node.Extent(i)
			kind := ownData
			if e.Uninit() {
				kind = ownUnwritten
			}
			if n := uint64(e.Len()); f.legal(e.Start(), n) {
				do(mapped{kind, uint64(e.Block()), e.Start(), n})
			}
			continue
		}
		e := node.Index(i)
		if !f.legal(e.Leaf(), 1) {
			continue
		}
		do(mapped{ownMap, uint64(e.Block()), e.Leaf(), 1})
		b, err := f.node(e.Leaf(), depth)
		if err == nil && b != nil {
			err = f.extents(layout.ExtentNode(b), depth, do)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// pointers follows a map of single blocks, through up to three levels.
func (f *FS) pointers(inode layout.Inode, do func(mapped)) error {
	const direct, levels = 12, 3
	var run mapped
	data := func(lblk, blk uint64) {
		if run.n > 0 && run.start+run.n == blk && run.lblk+run.n == lblk {
			run.n++
			return
		}
		if run.n > 0 {
			do(run)
		}
		run = mapped{ownData, lblk, blk, 1}
	}
	per := uint64(f.BlockSize / 4)
	var follow func(lblk, blk uint64, level int) error
	follow = func(lblk, blk uint64, level int) error {
		if !f.legal(blk, 1) || lblk >= 1<<32 {
			return nil
		}
		if level == 0 {
			data(lblk, blk)
			return nil
		}
		do(mapped{ownMap, lblk, blk, 1})
		b, err := f.node(blk, level)
		if err != nil || b == nil {
			return err
		}
		span := uint64(1)
		for range level - 1 {
			span *= per
		}
		for off := 0; off < len(b); off += 4 {
			if p := binary.LittleEndian.Uint32(b[off:]); p != 0 {
				if err := follow(lblk+uint64(off/4)*span, uint64(p), level-1); err != nil {
					return err
				}
			}
		}
		return nil
	}
	ptrs := inode.Block()
	lblk, span := uint64(0), uint64(1)
	for i := range direct + levels {
		level := max(0, i-direct+1)
		if err := follow(lblk, uint64(binary.LittleEndian.Uint32(ptrs[4*i:])), level); err != nil {
			return err
		}
		if i >= direct-1 {
			lblk += span
			span *= per
		} else {
			lblk++
		}
	}
	if run.n > 0 {
		do(run)
	}
	return nil
}

// files adds the blocks that belong to inodes.
func (f *FS) files(s *owners) error {
	f.nodes = f.Blocks // no more blocks of maps than there are
	return f.eachInode(func(ino uint32, inode layout.Inode) error {
		if blk := inode.FileACL(); f.legal(blk, 1) && ino != layout.InodeBadBlocks {
			s.add(blk, 1, owner{kind: ownAttributes, who: ino})
		}
		return f.eachRun(ino, inode, func(m mapped) {
			if m.lblk < 1<<32 {
				s.add(m.start, m.n, owner{kind: m.kind, who: ino, at: uint32(m.lblk)})
			}
		})
	})
}
