package layout

// A revoke block lists blocks that were freed: copies of them in the log, up to
// and with those of the same transaction, must not be brought in, as the block
// may have become part of a file whose contents are not in the log.
//
// Behind the header stands how many bytes of the block are in use, with the
// header, then the numbers, of 8 bytes each with 64bit, else of 4.
const journalRevokeHeader = 16

// RevokeBytes is how many bytes of a revoke block are in use.
func (b JournalBlock) RevokeBytes() uint32     { return be.Uint32(b[0x0C:]) }
func (b JournalBlock) SetRevokeBytes(v uint32) { be.PutUint32(b[0x0C:], v) }

// RevokeFits tells whether the number of bytes in use is possible.
func (f JournalFormat) RevokeFits(b JournalBlock) bool {
	n := b.RevokeBytes()
	return n >= journalRevokeHeader && uint64(n) <= uint64(journalRevokeHeader+len(f.body(b, journalRevokeHeader)))
}

func (f JournalFormat) revokeSize() int {
	if f&JournalIncompat64Bit != 0 {
		return 8
	}
	return 4
}

// Revoked gives the blocks that a revoke block lists; it must fit.
func (f JournalFormat) Revoked(b JournalBlock) func(yield func(uint64) bool) {
	return func(yield func(uint64) bool) {
		size := f.revokeSize()
		for rest := b[journalRevokeHeader:b.RevokeBytes()]; len(rest) >= size; rest = rest[size:] {
			n := uint64(be.Uint32(rest))
			if size == 8 {
				n = be.Uint64(rest)
			}
			if !yield(n) {
				return
			}
		}
	}
}

// PutRevoked makes b the list of blocks, which must fit.
func (f JournalFormat) PutRevoked(b JournalBlock, blocks []uint64) {
	size := f.revokeSize()
	b.SetRevokeBytes(uint32(journalRevokeHeader + size*len(blocks)))
	for i, n := range blocks {
		at := b[journalRevokeHeader+i*size:]
		if size == 8 {
			be.PutUint64(at, n)
		} else {
			be.PutUint32(at, uint32(n))
		}
	}
}
