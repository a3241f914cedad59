package layout

// QuotaBlock is the view over a block of a quota file that holds entries: a header
// of 16 bytes and room for 14 of them. Those with room left are in a list that
// leads both ways; of a free block only NextFree counts.
type QuotaBlock []byte

const (
	quotaBlockHeader  = 16
	QuotaBlockEntries = (QuotaBlockSize - quotaBlockHeader) / QuotaEntrySize
)

func (b QuotaBlock) NextFree() uint32     { return u32(b, 0x00) } // 0: the last
func (b QuotaBlock) SetNextFree(v uint32) { put32(b, 0x00, v) }
func (b QuotaBlock) PrevFree() uint32     { return u32(b, 0x04) } // 0: the first
func (b QuotaBlock) SetPrevFree(v uint32) { put32(b, 0x04, v) }
func (b QuotaBlock) Entries() int         { return int(u16(b, 0x08)) } // that are in use
func (b QuotaBlock) SetEntries(v int)     { put16(b, 0x08, uint16(v)) }

// Entry is the entry in place i, in use or not.
func (b QuotaBlock) Entry(i int) QuotaEntry {
	off := quotaBlockHeader + i*QuotaEntrySize
	return QuotaEntry(b[off : off+QuotaEntrySize : off+QuotaEntrySize])
}
