package layout

// Group is the view over one block group descriptor: 32 bytes, or DescSize
// bytes with the 64bit feature (Linux 2.6.28). The high halves exist from 64
// bytes on. The descriptors of all groups form a table behind the superblock,
// with a copy behind each backup; meta_bg scatters it over the disk. Bitmaps and
// inode table lie in the group itself, or anywhere with flex_bg.
type Group []byte

// Bits of Flags; they mean something only with uninit_bg (2.6.24) or metadata_csum (3.5).
const (
	GroupInodeUninit = 1 // the inode bitmap and table are not initialised
	GroupBlockUninit = 2 // the block bitmap is not initialised
	GroupInodeZeroed = 4 // the inode table has been zeroed
)

func (g Group) BlockBitmap() uint64     { return g.block(0x00, 0x20) }
func (g Group) SetBlockBitmap(v uint64) { g.setBlock(0x00, 0x20, v) }
func (g Group) InodeBitmap() uint64     { return g.block(0x04, 0x24) }
func (g Group) SetInodeBitmap(v uint64) { g.setBlock(0x04, 0x24, v) }
func (g Group) InodeTable() uint64      { return g.block(0x08, 0x28) }
func (g Group) SetInodeTable(v uint64)  { g.setBlock(0x08, 0x28, v) }

func (g Group) FreeBlocksCount() uint32     { return g.count(0x0C, 0x2C) }
func (g Group) SetFreeBlocksCount(v uint32) { g.setCount(0x0C, 0x2C, v) }
func (g Group) FreeInodesCount() uint32     { return g.count(0x0E, 0x2E) }
func (g Group) SetFreeInodesCount(v uint32) { g.setCount(0x0E, 0x2E, v) }
func (g Group) UsedDirsCount() uint32       { return g.count(0x10, 0x30) }
func (g Group) SetUsedDirsCount(v uint32)   { g.setCount(0x10, 0x30, v) }
func (g Group) Flags() uint16               { return u16(g, 0x12) }
func (g Group) SetFlags(v uint16)           { put16(g, 0x12, v) }

// ItableUnused counts the inodes at the end of the table that were never used.
func (g Group) ItableUnused() uint32     { return g.count(0x1C, 0x32) }
func (g Group) SetItableUnused(v uint32) { g.setCount(0x1C, 0x32, v) }

// The bitmap checksums have 16 bits in a short descriptor, else 32.
func (g Group) BlockBitmapCsum() uint32     { return g.count(0x18, 0x38) }
func (g Group) SetBlockBitmapCsum(v uint32) { g.setCount(0x18, 0x38, v) }
func (g Group) InodeBitmapCsum() uint32     { return g.count(0x1A, 0x3A) }
func (g Group) SetInodeBitmapCsum(v uint32) { g.setCount(0x1A, 0x3A, v) }
func (g Group) Checksum() uint16            { return u16(g, 0x1E) }
func (g Group) SetChecksum(v uint16)        { put16(g, 0x1E, v) }

func (g Group) wide() bool { return len(g) >= 64 }

func (g Group) block(lo, hi int) uint64 {
	if g.wide() {
		return join32(u32(g, hi), u32(g, lo))
	}
	return uint64(u32(g, lo))
}

func (g Group) setBlock(lo, hi int, v uint64) {
	put32(g, lo, uint32(v))
	if g.wide() {
		put32(g, hi, uint32(v>>32))
	}
}

func (g Group) count(lo, hi int) uint32 {
	if g.wide() {
		return join16(u16(g, hi), u16(g, lo))
	}
	return uint32(u16(g, lo))
}

func (g Group) setCount(lo, hi int, v uint32) {
	put16(g, lo, uint16(v))
	if g.wide() {
		put16(g, hi, uint16(v>>16))
	}
}
