package layout

// A hashed directory keeps its entries in ordinary leaf blocks. Its first block
// is the root of the index: the entries "." and "..", whose record fills the
// block for readers that do not know the index, then an info record and the
// index entries. Inner nodes start with an empty entry that fills the block.

const (
	DxInfoOffset     = 24 // of the info record in the root, behind "." and ".."
	DxInfoLen        = 8
	DxRootEntries    = DxInfoOffset + DxInfoLen // offset of the entries in the root
	DxNodeEntries    = DirentHeader             // offset of the entries in an inner node
	DxEntrySize      = 8
	DxTailSize       = 8
	DxMaxLevels      = 2 // of index blocks, the root included; IndirectLevels is one less
	DxMaxLevelsLarge = 3 // with large_dir
)

// Hash versions. The stored ones are 0 to 2 (signed), 6 with casefold; which
// sign names are read with stands in the superblock's Flags.
const (
	HashLegacy          = 0
	HashHalfMD4         = 1
	HashTEA             = 2
	HashLegacyUnsigned  = 3
	HashHalfMD4Unsigned = 4
	HashTEAUnsigned     = 5
	HashSip             = 6
)

// DxRoot is the view over the root block.
type DxRoot []byte

func (r DxRoot) Reserved() uint32          { return u32(r, DxInfoOffset) }
func (r DxRoot) HashVersion() uint8        { return r[DxInfoOffset+4] }
func (r DxRoot) InfoLength() uint8         { return r[DxInfoOffset+5] }
func (r DxRoot) IndirectLevels() uint8     { return r[DxInfoOffset+6] }
func (r DxRoot) SetIndirectLevels(v uint8) { r[DxInfoOffset+6] = v }
func (r DxRoot) UnusedFlags() uint8        { return r[DxInfoOffset+7] }
func (r DxRoot) Entries() DxEntries        { return DxEntries(r[DxRootEntries:]) }

// SetInfo writes the whole info record.
func (r DxRoot) SetInfo(hashVersion, levels uint8) {
	put32(r, DxInfoOffset, 0)
	r[DxInfoOffset+4] = hashVersion
	r[DxInfoOffset+5] = DxInfoLen
	r[DxInfoOffset+6] = levels
	r[DxInfoOffset+7] = 0
}

// DxNodeEntriesOf is the index of an inner node's block.
func DxNodeEntriesOf(block []byte) DxEntries { return DxEntries(block[DxNodeEntries:]) }

// DxEntries is the view over the index entries of a root or a node, up to the
// end of the block. Entry 0 has no hash: its place holds limit and count.
type DxEntries []byte

func (e DxEntries) Limit() int     { return int(u16(e, 0)) }
func (e DxEntries) SetLimit(v int) { put16(e, 0, uint16(v)) }
func (e DxEntries) Count() int     { return int(u16(e, 2)) }
func (e DxEntries) SetCount(v int) { put16(e, 2, uint16(v)) }
func (e DxEntries) Hash(i int) uint32 { // entry 0 covers all hashes below entry 1's
	if i == 0 {
		return 0
	}
	return u32(e, i*DxEntrySize)
}
func (e DxEntries) SetHash(i int, v uint32)  { put32(e, i*DxEntrySize, v) }
func (e DxEntries) Block(i int) uint32       { return u32(e, i*DxEntrySize+4) & 0x0fffffff }
func (e DxEntries) SetBlock(i int, v uint32) { put32(e, i*DxEntrySize+4, v) }

// DxLimit is how many entries fit behind offset off in a block, with room for
// the checksum where there is one.
func DxLimit(blockSize, off int, csum bool) int {
	if csum {
		return (blockSize - off - DxTailSize) / DxEntrySize
	}
	return (blockSize - off) / DxEntrySize
}

// Tail is the checksum record behind the last possible entry: a reserved word
// and the checksum.
func (e DxEntries) tail() []byte {
	off := e.Limit() * DxEntrySize
	return e[off : off+DxTailSize]
}
func (e DxEntries) HasTail() bool        { return e.Limit()*DxEntrySize+DxTailSize <= len(e) }
func (e DxEntries) Checksum() uint32     { return u32(e.tail(), 4) }
func (e DxEntries) SetChecksum(v uint32) { put32(e.tail(), 4, v) }
