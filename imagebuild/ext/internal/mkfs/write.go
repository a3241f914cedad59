package mkfs

import (
	"fmt"

	"lbimage/imagebuild/ext/internal/layout"
)

// write gives the file system to the target: bitmaps, descriptors, first files
// and superblocks. The superblock at the front comes last, so that what was
// half-written is not taken for a file system.
func (f *formatter) write() error {
	f.fillSuper()
	descs := make([]byte, f.gdt*f.bs)
	var freeBlocks, freeInodes uint64
	for group := range f.groups {
		d := layout.Group(descs[group*f.descSize:][:f.descSize])
		if err := f.writeGroup(group, d); err != nil {
			return fmt.Errorf("block group %d: %w", group, err)
		}
		freeBlocks += uint64(d.FreeBlocksCount())
		freeInodes += uint64(d.FreeInodesCount())
	}
	f.super.SetFreeBlocksCount(freeBlocks)
	f.super.SetFreeInodesCount(uint32(freeInodes))

	f.sealInodes()
	if _, err := f.w.WriteAt(f.inodes, int64(f.tables[0].inodeTable*f.bs)); err != nil {
		return fmt.Errorf("writing the first inodes: %w", err)
	}
	for _, b := range f.contents {
		if err := f.writeBlock(b.at, b.data); err != nil {
			return err
		}
	}
	for group := f.groups - 1; group < f.groups; group-- { // down to 0
		if err := f.writeDescs(group, descs); err != nil {
			return err
		}
		if !f.hasSuper(group) {
			continue
		}
		at := int64(f.groupStart(group) * f.bs)
		if group == 0 {
			at = layout.SuperblockOffset
		}
		if _, err := f.w.WriteAt(f.superFor(group), at); err != nil {
			return fmt.Errorf("writing the superblock of block group %d: %w", group, err)
		}
	}
	return nil
}

// writeDescs writes the copy of the descriptors that the group holds: of all, of
// its meta group, or none.
func (f *formatter) writeDescs(group uint64, descs []byte) error {
	at := f.groupStart(group)
	if f.hasSuper(group) {
		at++
	}
	switch {
	case f.metaBG() && f.hasDescs(group):
		n := group / (f.bs / f.descSize)
		return f.writeBlock(at, descs[n*f.bs:(n+1)*f.bs])
	case f.metaBG() || !f.hasSuper(group):
		return nil
	}
	return f.writeBlock(at, descs)
}

func (f *formatter) writeBlock(at uint64, data []byte) error {
	if _, err := f.w.WriteAt(data, int64(at*f.bs)); err != nil {
		return fmt.Errorf("writing block %d: %w", at, err)
	}
	return nil
}

// writeGroup writes the group's bitmaps, unless the descriptor can say that
// they follow from the layout, and fills in the descriptor.
func (f *formatter) writeGroup(group uint64, d layout.Group) error {
	t := f.tables[group]
	d.SetBlockBitmap(t.blockBitmap)
	d.SetInodeBitmap(t.inodeBitmap)
	d.SetInodeTable(t.inodeTable)

	start, end := f.groupStart(group), f.groupEnd(group)
	used := f.used.count(start, end)
	d.SetFreeBlocksCount(uint32(end - start - used))
	inodes := uint64(0)
	if group == 0 {
		inodes = firstInode
		d.SetUsedDirsCount(2)
	}
	d.SetFreeInodesCount(uint32(f.ipg - inodes))

	own := f.copies(group)
	if f.flex == 1 {
		own = f.groupOverhead(group)
	}
	flags := uint16(layout.GroupInodeZeroed) // the target reads as zeros
	if f.lazy() {
		d.SetItableUnused(uint32(f.ipg - inodes))
		if inodes == 0 {
			flags |= layout.GroupInodeUninit
		}
		if group < f.groups-1 && used == own {
			flags |= layout.GroupBlockUninit
		}
	}
	d.SetFlags(flags)

	if flags&layout.GroupBlockUninit == 0 {
		m := make([]byte, f.bs)
		f.used.within(start, end, func(r run) { setBits(m, r.start-start, r.end()-start) })
		setBits(m, end-start, f.bs*8)
		if f.checksums() {
			d.SetBlockBitmapCsum(layout.BitmapChecksum(f.seed(), m[:f.perGroup/8]))
		}
		if err := f.writeBlock(t.blockBitmap, m); err != nil {
			return err
		}
	}
	if flags&layout.GroupInodeUninit == 0 {
		m := make([]byte, f.bs)
		setBits(m, 0, inodes)
		setBits(m, f.ipg, f.bs*8)
		if f.checksums() {
			d.SetInodeBitmapCsum(layout.BitmapChecksum(f.seed(), m[:f.ipg/8]))
		}
		if inodes > 0 || f.ipg < f.bs*8 {
			if err := f.writeBlock(t.inodeBitmap, m); err != nil {
				return err
			}
		}
	}
	d.SetChecksum(f.super.GroupChecksum(uint32(group), d))
	return nil
}

// setBits sets the bits from lo up to hi.
func setBits(m []byte, lo, hi uint64) {
	for ; lo < hi && lo%8 != 0; lo++ {
		m[lo/8] |= 1 << (lo % 8)
	}
	for ; lo+8 <= hi; lo += 8 {
		m[lo/8] = 0xFF
	}
	for ; lo < hi; lo++ {
		m[lo/8] |= 1 << (lo % 8)
	}
}

// sealInodes stores the checksums of the inodes that are in use.
func (f *formatter) sealInodes() {
	if !f.checksums() {
		return
	}
	for ino := uint64(1); ino <= firstInode; ino++ {
		in := f.inode(ino)
		in.SetChecksum(in.ComputeChecksum(f.seed(), uint32(ino)))
	}
}
