package layout

// A commit block ends a transaction. Without it, nothing of the transaction
// counts. Its checksum is, with JournalCompatChecksum, a CRC32 over the descriptor
// blocks of the transaction and the copies behind them; with versions 2 and 3 it
// is over the commit block itself.
const (
	journalCommitChecksum = 0x10

	JournalCommitCRC32     = 1 // CommitChecksumType of a CRC32
	JournalCommitCRC32Size = 4 // CommitChecksumSize of a CRC32
)

func (b JournalBlock) CommitChecksumType() uint8 { return b[0x0C] }
func (b JournalBlock) CommitChecksumSize() uint8 { return b[0x0D] }
func (b JournalBlock) SetCommitChecksumType(t uint8, size uint8) {
	b[0x0C], b[0x0D] = t, size
}
func (b JournalBlock) CommitChecksum() uint32     { return be.Uint32(b[journalCommitChecksum:]) }
func (b JournalBlock) SetCommitChecksum(v uint32) { be.PutUint32(b[journalCommitChecksum:], v) }
func (b JournalBlock) CommitTime() uint64         { return be.Uint64(b[0x30:]) } // seconds since 1970
func (b JournalBlock) SetCommitTime(v uint64)     { be.PutUint64(b[0x30:], v) }

// ComputeCommitChecksum is what CommitChecksum must be with versions 2 and 3.
func (b JournalBlock) ComputeCommitChecksum(seed uint32) uint32 {
	return zeroedChecksum(seed, b, journalCommitChecksum)
}

var crc32Table = func() (t [256]uint32) {
	for i := range t {
		crc := uint32(i) << 24
		for range 8 {
			if crc&(1<<31) != 0 {
				crc = crc<<1 ^ 0x04C11DB7
			} else {
				crc <<= 1
			}
		}
		t[i] = crc
	}
	return t
}()

// CRC32BE goes on with a CRC32 that takes the highest bit first, for
// JournalCompatChecksum. It starts from all ones.
func CRC32BE(crc uint32, b []byte) uint32 {
	for _, c := range b {
		crc = crc<<8 ^ crc32Table[byte(crc>>24)^c]
	}
	return crc
}
