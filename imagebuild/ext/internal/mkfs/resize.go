package mkfs

import (
	"encoding/binary"

	"lbimage/imagebuild/ext/internal/layout"
)

// makeResizeInode makes inode 7, which owns the blocks that are set aside behind
// each copy of the descriptor table, so that the table can grow while the file
// system is mounted.
//
// Its map is bent to this use. The inode has a double indirect block and nothing
// else. An entry of that block stands for one block of the descriptor table,
// counted from the table's start and round again, and points to the reserved
// block of the first copy. That block in turn serves as an indirect block: it
// lists where the same block lies in the copies of other groups.
func (f *formatter) makeResizeInode() error {
	in := f.newInode(layout.InodeResize, layout.ModeRegular|0o600, 1)
	got, err := f.take(f.tables[0].inodeTable+f.itable, 1)
	if err != nil {
		return err
	}
	per := f.bs / 4
	in.SetSize((12 + per + per*per) * f.bs)
	binary.LittleEndian.PutUint32(in.Block()[13*4:], uint32(got[0].start))
	double := f.addBlock(got[0].start)

	var backups []uint64
	for group := uint64(1); group < f.groups; group++ {
		if f.hasSuper(group) {
			backups = append(backups, group)
		}
	}
	for i := range f.reserved {
		at := f.first + 1 + f.gdt + i
		binary.LittleEndian.PutUint32(double[(f.gdt+i)%per*4:], uint32(at))
		if len(backups) == 0 {
			continue
		}
		b := f.addBlock(at)
		for j, group := range backups {
			binary.LittleEndian.PutUint32(b[j*4:], uint32(at+group*f.perGroup))
		}
	}
	in.SetBlocksCount(f.sectors(1 + f.reserved*uint64(1+len(backups))))
	return nil
}
