package layout

import "encoding/binary"

var be = binary.BigEndian

// JournalSuperblock is the view over the first 1024 bytes of a journal (jbd2).
// The journal is big endian. Version 1 ends behind Errno; what follows is as old
// as ext3's second format, Linux 2.4.
type JournalSuperblock []byte

const (
	JournalSuperblockSize = 1024 // bytes

	JournalMagic        = 0xC03B3998
	JournalSuperblockV1 = 3
	JournalSuperblockV2 = 4

	// Compat.
	JournalCompatChecksum = 0x1 // commit blocks have a CRC32 over their transaction; since Linux 2.6.27

	// Incompat.
	JournalIncompatRevoke      = 0x1
	JournalIncompat64Bit       = 0x2  // numbers of blocks have 64 bits
	JournalIncompatAsyncCommit = 0x4  // a commit block may be on the disk before what it commits
	JournalIncompatCsumV2      = 0x8  // CRC32Cs, of blocks cut to 16 bits; since Linux 3.5
	JournalIncompatCsumV3      = 0x10 // CRC32Cs; since Linux 3.18
	JournalIncompatFastCommit  = 0x20 // the end of the journal is for fast commits; since Linux 5.10

	JournalChecksumCRC32C = 4 // the only known value of ChecksumType
	JournalFCBlocks       = 256
)

func (j JournalSuperblock) Magic() uint32     { return be.Uint32(j[0x00:]) }
func (j JournalSuperblock) BlockType() uint32 { return be.Uint32(j[0x04:]) }
func (j JournalSuperblock) SetHeader(blockType uint32) {
	be.PutUint32(j[0x00:], JournalMagic)
	be.PutUint32(j[0x04:], blockType)
}
func (j JournalSuperblock) BlockSize() uint32     { return be.Uint32(j[0x0C:]) }
func (j JournalSuperblock) SetBlockSize(v uint32) { be.PutUint32(j[0x0C:], v) }
func (j JournalSuperblock) MaxLen() uint32        { return be.Uint32(j[0x10:]) } // blocks of the journal
func (j JournalSuperblock) SetMaxLen(v uint32)    { be.PutUint32(j[0x10:], v) }
func (j JournalSuperblock) First() uint32         { return be.Uint32(j[0x14:]) } // first block of the log
func (j JournalSuperblock) SetFirst(v uint32)     { be.PutUint32(j[0x14:], v) }
func (j JournalSuperblock) Sequence() uint32      { return be.Uint32(j[0x18:]) }
func (j JournalSuperblock) SetSequence(v uint32)  { be.PutUint32(j[0x18:], v) }
func (j JournalSuperblock) Start() uint32         { return be.Uint32(j[0x1C:]) } // 0: nothing to replay
func (j JournalSuperblock) SetStart(v uint32)     { be.PutUint32(j[0x1C:], v) }
func (j JournalSuperblock) Errno() int32          { return int32(be.Uint32(j[0x20:])) } // of an error that the kernel met, 0 for none
func (j JournalSuperblock) Compat() uint32        { return be.Uint32(j[0x24:]) }
func (j JournalSuperblock) Incompat() uint32      { return be.Uint32(j[0x28:]) }
func (j JournalSuperblock) SetIncompat(v uint32)  { be.PutUint32(j[0x28:], v) }
func (j JournalSuperblock) ROCompat() uint32      { return be.Uint32(j[0x2C:]) }
func (j JournalSuperblock) UUID() []byte          { return j[0x30:0x40:0x40] }
func (j JournalSuperblock) NrUsers() uint32       { return be.Uint32(j[0x40:]) }
func (j JournalSuperblock) SetNrUsers(v uint32)   { be.PutUint32(j[0x40:], v) }

// ChecksumType says what the checksums of versions 2 and 3 are.
func (j JournalSuperblock) ChecksumType() uint8 { return j[0x50] }

// FCBlocks is how many blocks at the end are for fast commits.
func (j JournalSuperblock) FCBlocks() uint32 {
	if n := be.Uint32(j[0x54:]); n != 0 {
		return n
	}
	return JournalFCBlocks
}
func (j JournalSuperblock) Checksum() uint32     { return be.Uint32(j[0xFC:]) } // with checksums of version 2 or 3
func (j JournalSuperblock) SetChecksum(v uint32) { be.PutUint32(j[0xFC:], v) }

// ComputeChecksum is what Checksum must be.
func (j JournalSuperblock) ComputeChecksum() uint32 {
	return zeroedChecksum(^uint32(0), j[:JournalSuperblockSize], 0xFC)
}

// ChecksumSeed is what the checksums in the log start from.
func (j JournalSuperblock) ChecksumSeed() uint32 { return CRC32C(^uint32(0), j.UUID()) }

// zeroedChecksum is a CRC32C over b with the word at off, the checksum itself,
// taken as zero.
func zeroedChecksum(seed uint32, b []byte, off int) uint32 {
	crc := CRC32C(seed, b[:off])
	crc = CRC32C(crc, []byte{0, 0, 0, 0})
	return CRC32C(crc, b[off+4:])
}
