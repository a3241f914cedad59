package place

import (
	"lbimage/imagebuild/ext/internal/layout"
)

// owned gives the pieces of a run of blocks with one owner, as far as they are
// asked for.
func (l *locator) owned(o owner) error {
	switch o.kind {
	case ownBoot:
		return l.give(Piece{Kind: Boot, Whole: l.blocks(o.start, uint64(o.n))})
	case ownSuper:
		return l.super(o)
	case ownDescs:
		return l.descriptors(o)
	case ownReserved:
		return l.give(Piece{Kind: Reserved, Group: o.who, Whole: l.blocks(o.start, uint64(o.n))})
	case ownMMP:
		return l.block(o.start, Piece{Kind: MMP}, func([]byte) []span { return filled(l.BlockSize, table(0, "", layout.MMPFields)) })
	case ownBlockBitmap, ownInodeBitmap:
		return l.bitmap(o)
	case ownInodeTable:
		return l.inodeTable(o)
	}
	return l.ofInode(o)
}

// block gives the pieces of one block of structure; parse tells its records.
func (l *locator) block(blk uint64, p Piece, parse func([]byte) []span) error {
	if l.o.Coarse {
		p.Whole = l.blocks(blk, 1)
		return l.give(p)
	}
	if err := l.readBlock(l.buf, blk); err != nil {
		return err
	}
	return l.spans(l.blocks(blk, 1).Off, parse(l.buf), p)
}

func (l *locator) super(o owner) error {
	at := l.blocks(o.start, 1)
	base := at.Off
	if o.start == 0 {
		base += layout.SuperblockOffset
		if err := l.give(Piece{Kind: Boot, Whole: Range{0, layout.SuperblockOffset}}); err != nil {
			return err
		}
	}
	p := Piece{Kind: Superblock, Group: o.who}
	var err error
	if l.o.Coarse {
		p.Whole = Range{base, layout.SuperblockSize}
		err = l.give(p)
	} else {
		err = l.spans(base, table(0, "", layout.SuperblockFields), p)
	}
	if err != nil {
		return err
	}
	end := base + layout.SuperblockSize
	return l.give(Piece{Kind: Padding, Part: "behind the superblock", Group: o.who, Whole: Range{end, at.End() - end}})
}

func (l *locator) descriptors(o owner) error {
	if l.o.Coarse {
		return l.give(Piece{Kind: Descriptors, Copy: o.who, Whole: l.blocks(o.start, uint64(o.n))})
	}
	fields := layout.GroupFields(l.DescSize)
	per := uint64(l.BlockSize / l.DescSize)
	inUse := o.who // with meta_bg, the copy that is in use lies in the first group of its meta group
	if uint64(o.at)*per == uint64(o.who) {
		inUse = 0
	}
	for i := range uint64(o.n) {
		at := l.blocks(o.start+i, 1)
		for k := range per {
			base := at.Off + int64(k)*int64(l.DescSize)
			if base >= l.end {
				return nil
			}
			if base+int64(l.DescSize) <= l.lo {
				continue
			}
			n := (uint64(o.at)+i)*per + k
			var err error
			if n < uint64(l.Groups) {
				err = l.spans(base, table(0, "", fields), Piece{Kind: Descriptor, Group: uint32(n), Copy: inUse})
			} else {
				err = l.give(Piece{Kind: Padding, Part: "behind the descriptors", Whole: Range{base, int64(l.DescSize)}})
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// bitmap gives the bytes of a bitmap that count, as far as they are asked for, in
// one piece, and those behind them.
func (l *locator) bitmap(o owner) error {
	at := l.blocks(o.start, 1)
	kind, bits := BlockBitmap, (l.groupBlocks(o.who)+1<<l.ClusterShift-1)>>l.ClusterShift
	number := func(bit uint64) uint64 { return l.groupStart(o.who) + bit<<l.ClusterShift }
	if o.kind == ownInodeBitmap {
		kind, bits = InodeBitmap, uint64(l.InodesPerGroup)
		number = func(bit uint64) uint64 { return uint64(o.who)*uint64(l.InodesPerGroup) + bit + 1 }
	}
	used := Range{at.Off, int64(bits+7) / 8}
	if lo, end := max(used.Off, l.lo), min(used.End(), l.end); lo < end {
		p := Piece{Kind: kind, Group: o.who, Whole: used}
		p.First = number(uint64(lo-at.Off) * 8)
		p.Last = number(min(uint64(end-at.Off)*8, bits) - 1)
		if kind == BlockBitmap {
			p.Last = min(p.Last+1<<l.ClusterShift-1, l.Blocks-1)
		}
		if err := l.give(p); err != nil {
			return err
		}
	}
	return l.give(Piece{Kind: kind, Group: o.who, Field: rest, Whole: Range{used.End(), at.End() - used.End()}})
}

func (l *locator) inodeTable(o owner) error {
	if l.o.Coarse {
		return l.give(Piece{Kind: InodeTable, Group: o.who, Whole: l.blocks(o.start, uint64(o.n))})
	}
	size := int64(l.InodeSize)
	start := int64(l.Desc(o.who).InodeTable()) * int64(l.BlockSize)
	never := l.everUsed(o.who)
	for i := (l.lo - start) / size; start+i*size < l.end && i < int64(l.InodesPerGroup); i++ {
		ino := o.who*l.InodesPerGroup + uint32(i) + 1
		if err := l.ctx.Err(); err != nil {
			return err
		}
		inode, err := l.readInode(ino)
		if err != nil {
			return err
		}
		used := uint32(i) < never
		if used {
			if used, err = l.inUse(ino, inode); err != nil {
				return err
			}
		}
		if used {
			err = l.spans(start+i*size, l.inodeSpans(ino, inode), Piece{Kind: Inode, Group: o.who, Inode: ino})
		} else {
			err = l.spans(start+i*size, unusedSpans(inode), Piece{Kind: UnusedInode, Group: o.who, Inode: ino})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ofInode gives the pieces of blocks that belong to an inode.
func (l *locator) ofInode(o owner) error {
	inode, err := l.readInode(o.who)
	if err != nil {
		return err
	}
	p := Piece{Inode: o.who}
	switch o.kind {
	case ownMap:
		p.Kind = Map
		return l.block(o.start, p, func(b []byte) []span { return l.mapBlock(b, inode) })
	case ownAttributes:
		p.Kind = Attributes
		return l.block(o.start, p, attributeBlock)
	}
	special := l.special(o.who, inode)
	var parse func(b []byte, lblk uint32) ([]span, Kind)
	switch {
	case special == Journal:
		parse = func(b []byte, lblk uint32) ([]span, Kind) { return journalBlock(b, lblk), Journal }
	case special == OrphanFile:
		parse = func(b []byte, lblk uint32) ([]span, Kind) { return orphanBlock(b, lblk), OrphanFile }
	case special == Quota:
		parse = func(b []byte, lblk uint32) ([]span, Kind) { return quotaBlock(b, lblk), Quota }
	case inode.IsDir() && o.kind == ownData:
		hashed := inode.Has(layout.InodeFlagIndex)
		parse = func(b []byte, lblk uint32) ([]span, Kind) {
			list, index := l.dirBlock(b, lblk, hashed)
			if index {
				return list, DirectoryIndex
			}
			return list, Directory
		}
	}
	if parse == nil || l.o.Coarse {
		return l.run(o, inode, special)
	}
	l.inFile = true
	defer func() { l.inFile = false }()
	for i := range o.n {
		at := l.blocks(o.start+uint64(i), 1)
		if at.End() <= l.lo {
			continue
		}
		if err := l.readBlock(l.buf, o.start+uint64(i)); err != nil {
			return err
		}
		p.FileOff = int64(o.at+i) * int64(l.BlockSize)
		var list []span
		list, p.Kind = parse(l.buf, o.at+i)
		if err := l.spans(at.Off, list, p); err != nil {
			return err
		}
	}
	return nil
}

// run gives a run of a file's blocks, cut where the file ends.
func (l *locator) run(o owner, inode layout.Inode, special Kind) error {
	at := l.blocks(o.start, uint64(o.n))
	off := int64(o.at) * int64(l.BlockSize)
	kind := Contents
	switch {
	case special != "":
		kind = special
	case inode.IsDir():
		kind = Directory
	case o.kind == ownUnwritten:
		kind = Unwritten
	case inode.IsSymlink():
		kind = Target
	}
	end := off + at.Len
	if size := inode.Size(); kind != BadBlocks && kind != Journal && size < uint64(end) {
		end = max(off, int64(size))
	}
	give := func(kind Kind, from, to int64) error {
		p := Piece{Kind: kind, Inode: o.who, Whole: Range{at.Off + from - off, to - from}}
		p.FileOff = max(l.lo, p.Whole.Off) - at.Off + off
		return l.give(p)
	}
	if err := give(kind, off, end); err != nil {
		return err
	}
	return give(Slack, end, off+at.Len)
}
