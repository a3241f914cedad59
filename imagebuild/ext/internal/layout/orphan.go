package layout

// OrphanBlock is the view over a block of the orphan file (feature orphan_file,
// since Linux 5.15): numbers of inodes that must be freed or truncated, 0 where
// there is none, and a tail of eight bytes.
type OrphanBlock []byte

const (
	OrphanMagic    = 0x0B10CA04
	orphanTailSize = 8
)

// Entries is how many numbers the block has room for.
func (b OrphanBlock) Entries() int             { return (len(b) - orphanTailSize) / 4 }
func (b OrphanBlock) Inode(i int) uint32       { return u32(b, 4*i) }
func (b OrphanBlock) SetInode(i int, v uint32) { put32(b, 4*i, v) }
func (b OrphanBlock) Magic() uint32            { return u32(b, len(b)-8) }
func (b OrphanBlock) Checksum() uint32         { return u32(b, len(b)-4) }
func (b OrphanBlock) SetChecksum(v uint32)     { put32(b, len(b)-4, v) }

// ComputeChecksum of the block blk of the disk; seed is the orphan file's inode's.
func (b OrphanBlock) ComputeChecksum(inodeSeed uint32, blk uint64) uint32 {
	var n [8]byte
	le.PutUint64(n[:], blk)
	return CRC32C(CRC32C(inodeSeed, n[:]), b[:len(b)-orphanTailSize])
}
