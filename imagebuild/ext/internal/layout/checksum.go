package layout

import "hash/crc32"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// CRC32C goes on with a raw CRC32C: no inversion before or after, as ext4 has it.
func CRC32C(seed uint32, b []byte) uint32 { return ^crc32.Update(^seed, castagnoli, b) }

// crcWord is CRC32C of the four bytes of v, the lowest first.
func crcWord(seed, v uint32) uint32 {
	for range 4 {
		seed = castagnoli[byte(seed)^byte(v)] ^ seed>>8
		v >>= 8
	}
	return seed
}

// CRC16 goes on with a CRC16 (polynomial 0x8005, reflected), for uninit_bg.
func CRC16(crc uint16, b []byte) uint16 {
	for _, c := range b {
		crc ^= uint16(c)
		for range 8 {
			if crc&1 != 0 {
				crc = crc>>1 ^ 0xA001
			} else {
				crc >>= 1
			}
		}
	}
	return crc
}

// ChecksumSeed is what all CRC32Cs of the file system start from: the stored
// seed with metadata_csum_seed, else made from the UUID.
func (s Superblock) ChecksumSeed() uint32 {
	if s.Incompat()&IncompatCsumSeed != 0 {
		return s.StoredChecksumSeed()
	}
	return CRC32C(^uint32(0), s.UUID())
}

// ComputeChecksum is what Checksum must be with metadata_csum.
func (s Superblock) ComputeChecksum() uint32 { return CRC32C(^uint32(0), s[:0x3FC]) }

// GroupChecksum is what the Checksum of descriptor number must be: a CRC32C cut
// to 16 bits with metadata_csum, a CRC16 with uninit_bg, else 0.
func (s Superblock) GroupChecksum(number uint32, g Group) uint16 {
	const field = 0x1E
	switch {
	case s.ROCompat()&ROMetadataCsum != 0:
		crc := crcWord(s.ChecksumSeed(), number)
		crc = CRC32C(crc, g[:field])
		crc = CRC32C(crc, []byte{0, 0})
		return uint16(CRC32C(crc, g[field+2:]))
	case s.ROCompat()&ROGdtCsum != 0:
		var n [4]byte
		le.PutUint32(n[:], number)
		crc := CRC16(0xFFFF, s.UUID())
		crc = CRC16(crc, n[:])
		crc = CRC16(crc, g[:field])
		return CRC16(crc, g[field+2:])
	}
	return 0
}

// BitmapChecksum is over the first n bytes of a bitmap. A short descriptor
// keeps the lower 16 bits.
func BitmapChecksum(seed uint32, bitmap []byte) uint32 { return CRC32C(seed, bitmap) }

// InodeSeed is what the checksums of an inode's own blocks start from.
func InodeSeed(fsSeed, ino, generation uint32) uint32 {
	return crcWord(crcWord(fsSeed, ino), generation)
}

// Offsets of an inode's checksum; the high half exists where ExtraIsize covers it.
const inodeCsumLo, inodeCsumHi = 0x7C, 0x82

// ComputeChecksum is over the inode with its checksum fields taken as zero. In
// an inode without room for the high half only the lower 16 bits count.
func (i Inode) ComputeChecksum(fsSeed, ino uint32) uint32 {
	zero := []byte{0, 0}
	crc := InodeSeed(fsSeed, ino, i.Generation())
	crc = CRC32C(crc, i[:inodeCsumLo])
	crc = CRC32C(crc, zero)
	crc = CRC32C(crc, i[inodeCsumLo+2:GoodOldInodeSize])
	if len(i) > GoodOldInodeSize {
		if i.HasField(inodeCsumHi, 2) {
			crc = CRC32C(crc, i[GoodOldInodeSize:inodeCsumHi])
			crc = CRC32C(crc, zero)
			crc = CRC32C(crc, i[inodeCsumHi+2:])
		} else {
			crc = CRC32C(crc, i[GoodOldInodeSize:])
		}
	}
	if !i.HasField(inodeCsumHi, 2) {
		crc &= 0xFFFF
	}
	return crc
}

// Checksum is the stored one; SetChecksum stores what fits.
func (i Inode) Checksum() uint32 {
	v := uint32(u16(i, inodeCsumLo))
	if i.HasField(inodeCsumHi, 2) {
		v |= uint32(u16(i, inodeCsumHi)) << 16
	}
	return v
}

func (i Inode) SetChecksum(v uint32) {
	put16(i, inodeCsumLo, uint16(v))
	if i.HasField(inodeCsumHi, 2) {
		put16(i, inodeCsumHi, uint16(v>>16))
	}
}

// ComputeChecksum of an extent node in a block; seed is the inode's.
func (n ExtentNode) ComputeChecksum(inodeSeed uint32) uint32 {
	return CRC32C(inodeSeed, n[:n.tailOffset()])
}

// DirBlockChecksum of a directory block with entries and a tail; seed is the inode's.
func DirBlockChecksum(inodeSeed uint32, block []byte) uint32 {
	return CRC32C(inodeSeed, block[:len(block)-DirTailSize])
}

// DxChecksum of a root or node whose entries start at offset off of the block:
// over all up to the last entry in use, then the tail with a checksum of zero.
func DxChecksum(inodeSeed uint32, block []byte, off int) uint32 {
	e := DxEntries(block[off:])
	crc := CRC32C(inodeSeed, block[:off+e.Count()*DxEntrySize])
	crc = CRC32C(crc, e.tail()[:4])
	return CRC32C(crc, []byte{0, 0, 0, 0})
}

// XattrBlockChecksum of the attribute block with number blk.
func XattrBlockChecksum(fsSeed uint32, blk uint64, block []byte) uint32 {
	const field = 0x10
	var n [8]byte
	le.PutUint64(n[:], blk)
	crc := CRC32C(fsSeed, n[:])
	crc = CRC32C(crc, block[:field])
	crc = CRC32C(crc, []byte{0, 0, 0, 0})
	return CRC32C(crc, block[field+4:])
}
