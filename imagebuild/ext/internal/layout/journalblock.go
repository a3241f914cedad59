package layout

// JournalBlock is the view over a block of the log that is no copy of a block of
// the file system. All start alike: with a magic number, a type and the number of
// the transaction. A copy that would start with the magic number is escaped.
type JournalBlock []byte

// Types of blocks in the log.
const (
	JournalDescriptor = 1
	JournalCommit     = 2
	JournalRevoke     = 5
)

func (b JournalBlock) Magic() uint32    { return be.Uint32(b[0x00:]) }
func (b JournalBlock) Type() uint32     { return be.Uint32(b[0x04:]) }
func (b JournalBlock) Sequence() uint32 { return be.Uint32(b[0x08:]) } // of the transaction
func (b JournalBlock) SetHeader(blockType, sequence uint32) {
	be.PutUint32(b[0x00:], JournalMagic)
	be.PutUint32(b[0x04:], blockType)
	be.PutUint32(b[0x08:], sequence)
}

// journalTailSize is what a checksum takes at the end of descriptor and revoke
// blocks, with checksums of version 2 or 3.
const journalTailSize = 4

func (b JournalBlock) TailChecksum() uint32     { return be.Uint32(b[len(b)-journalTailSize:]) }
func (b JournalBlock) SetTailChecksum(v uint32) { be.PutUint32(b[len(b)-journalTailSize:], v) }

// ComputeTailChecksum is what TailChecksum must be; seed is the journal's.
func (b JournalBlock) ComputeTailChecksum(seed uint32) uint32 {
	return zeroedChecksum(seed, b, len(b)-journalTailSize)
}

// body gives the part of the block between its header of n bytes and its tail.
func (f JournalFormat) body(b []byte, n int) []byte {
	end := len(b)
	if f.HasTail() {
		end -= journalTailSize
	}
	return b[n:end]
}

// JournalFormat says what the records in a log look like: it is the Incompat
// field of the journal's superblock, 0 in version 1.
type JournalFormat uint32

// HasTail tells whether the records have checksums of version 2 or 3.
func (f JournalFormat) HasTail() bool {
	return f&(JournalIncompatCsumV2|JournalIncompatCsumV3) != 0
}

// JournalBlockChecksum is the checksum of a copy in the log, as it stands there,
// which version 3 keeps in its tag, and version 2 the lower 16 bits of it.
func JournalBlockChecksum(seed, sequence uint32, b []byte) uint32 {
	var n [4]byte
	be.PutUint32(n[:], sequence)
	return CRC32C(CRC32C(seed, n[:]), b)
}
