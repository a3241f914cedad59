package layout

// Since Linux 2.6.19 (ext4) a file may be mapped by extents, runs of blocks, in
// place of a list of every block.

// ExtentNode is the view over one node of an extent tree: a header of 12 bytes
// and up to Max entries of 12 bytes. The root lies in the inode's Block (60
// bytes, four entries); the others fill a block each, and with metadata_csum a
// checksum follows the last possible entry. At depth 0 the entries are extents,
// above it they point to nodes.
type ExtentNode []byte

const (
	ExtentMagic     = 0xF30A
	ExtentEntrySize = 12
	ExtentMaxDepth  = 5
	// ExtentMaxLen is the longest initialised extent, in blocks. A longer
	// stored length marks an extent that is allocated and reads as zeros.
	ExtentMaxLen       = 32768
	ExtentMaxUninitLen = 32767
)

func (n ExtentNode) Magic() uint16      { return u16(n, 0) }
func (n ExtentNode) SetMagic()          { put16(n, 0, ExtentMagic) }
func (n ExtentNode) Entries() int       { return int(u16(n, 2)) }
func (n ExtentNode) SetEntries(v int)   { put16(n, 2, uint16(v)) }
func (n ExtentNode) Max() int           { return int(u16(n, 4)) } // entries that there is room for
func (n ExtentNode) SetMax(v int)       { put16(n, 4, uint16(v)) }
func (n ExtentNode) Depth() int         { return int(u16(n, 6)) } // levels below: 0 in a leaf
func (n ExtentNode) SetDepth(v int)     { put16(n, 6, uint16(v)) }
func (n ExtentNode) Generation() uint32 { return u32(n, 8) } // of Lustre; ext4 does not use it

// Capacity is how many entries fit into the node's bytes, a checksum in a
// block left out (the four bytes never make room for an entry more or less).
func (n ExtentNode) Capacity() int { return (len(n) - ExtentEntrySize) / ExtentEntrySize }

// Extent is entry i of a leaf, Index entry i of an inner node.
func (n ExtentNode) Extent(i int) Extent     { return Extent(n.entry(i)) }
func (n ExtentNode) Index(i int) ExtentIndex { return ExtentIndex(n.entry(i)) }
func (n ExtentNode) entry(i int) []byte {
	off := ExtentEntrySize * (1 + i)
	return n[off : off+ExtentEntrySize : off+ExtentEntrySize]
}

// Extent maps Len file blocks from Block on to disk blocks from Start on.
type Extent []byte

func (e Extent) Block() uint32 { return u32(e, 0) } // first file block
func (e Extent) Len() uint32 { // in blocks
	if l := uint32(u16(e, 4)); l > ExtentMaxLen {
		return l - ExtentMaxLen
	}
	return uint32(u16(e, 4))
}
func (e Extent) Uninit() bool  { return u16(e, 4) > ExtentMaxLen } // allocated, reads as zeros
func (e Extent) Start() uint64 { return uint64(u16(e, 6))<<32 | uint64(u32(e, 8)) }

// Set writes the whole entry; length must be within ExtentMaxLen, or
// ExtentMaxUninitLen for an uninitialised one.
func (e Extent) Set(block uint32, length uint32, start uint64, uninit bool) {
	if uninit {
		length += ExtentMaxLen
	}
	put32(e, 0, block)
	put16(e, 4, uint16(length))
	put16(e, 6, uint16(start>>32))
	put32(e, 8, uint32(start))
}

// ExtentIndex points to the node that maps the file blocks from Block on.
type ExtentIndex []byte

func (e ExtentIndex) Block() uint32 { return u32(e, 0) }
func (e ExtentIndex) Leaf() uint64  { return uint64(u16(e, 8))<<32 | uint64(u32(e, 4)) }
func (e ExtentIndex) Set(block uint32, leaf uint64) {
	put32(e, 0, block)
	put32(e, 4, uint32(leaf))
	put16(e, 8, uint16(leaf>>32))
	put16(e, 10, 0)
}

// Checksum of a node in a block, behind its last possible entry.
func (n ExtentNode) tailOffset() int      { return ExtentEntrySize * (1 + n.Max()) }
func (n ExtentNode) HasTail() bool        { return n.tailOffset()+4 <= len(n) }
func (n ExtentNode) Checksum() uint32     { return u32(n, n.tailOffset()) }
func (n ExtentNode) SetChecksum(v uint32) { put32(n, n.tailOffset(), v) }
