package layout

// Extended attributes lie behind the fields of a large inode, or in one block
// that inodes with the same attributes may share, or (ea_inode) in an inode of
// their own. In the inode: a magic word, then entries. In a block: a header of
// 32 bytes, then entries in order of index, length and name. Values are stored
// from the end of the area downwards, aligned to four.

const (
	XattrMagic       = 0xEA020000
	XattrHeaderSize  = 32 // of a block
	XattrIbodyHeader = 4  // in an inode
	XattrEntrySize   = 16 // without the name
	XattrMaxRefs     = 1024
)

// XattrHeader is the view over a block of attributes.
type XattrHeader []byte

func (h XattrHeader) Magic() uint32        { return u32(h, 0x00) }
func (h XattrHeader) SetMagic()            { put32(h, 0x00, XattrMagic) }
func (h XattrHeader) RefCount() uint32     { return u32(h, 0x04) }
func (h XattrHeader) SetRefCount(v uint32) { put32(h, 0x04, v) }
func (h XattrHeader) Blocks() uint32       { return u32(h, 0x08) } // always 1
func (h XattrHeader) SetBlocks(v uint32)   { put32(h, 0x08, v) }
func (h XattrHeader) Hash() uint32         { return u32(h, 0x0C) } // over all entries, 0 if one must not be shared
func (h XattrHeader) SetHash(v uint32)     { put32(h, 0x0C, v) }
func (h XattrHeader) Checksum() uint32     { return u32(h, 0x10) }
func (h XattrHeader) SetChecksum(v uint32) { put32(h, 0x10, v) }

// XattrEntry is the view over one entry, from its start to the area's end.
// Four zero bytes end the list.
type XattrEntry []byte

func (e XattrEntry) NameLen() int       { return int(e[0]) }
func (e XattrEntry) NameIndex() uint8   { return e[1] }
func (e XattrEntry) ValueOffset() int   { return int(u16(e, 2)) } // from the first entry in an inode, from the start of a block
func (e XattrEntry) ValueInode() uint32 { return u32(e, 4) }      // 0: the value is here
func (e XattrEntry) ValueSize() uint32  { return u32(e, 8) }
func (e XattrEntry) Hash() uint32       { return u32(e, 12) }
func (e XattrEntry) SetHash(v uint32)   { put32(e, 12, v) }
func (e XattrEntry) Name() []byte       { return e[XattrEntrySize : XattrEntrySize+e.NameLen()] }

// Set writes the whole entry but its hash, which becomes 0.
func (e XattrEntry) Set(index uint8, name string, valueOffset, valueSize int) {
	e[0], e[1] = byte(len(name)), index
	put16(e, 2, uint16(valueOffset))
	put32(e, 4, 0)
	put32(e, 8, uint32(valueSize))
	put32(e, 12, 0)
	n := copy(e[XattrEntrySize:], name)
	clear(e[XattrEntrySize+n : XattrEntryLen(n)])
}

// SetReference writes an entry whose value of valueSize bytes lies in the inode
// valueInode (ea_inode); its hash becomes 0.
func (e XattrEntry) SetReference(index uint8, name string, valueInode, valueSize uint32) {
	e.Set(index, name, 0, 0)
	put32(e, 4, valueInode)
	put32(e, 8, valueSize)
}

// XattrInodeMagic reads the word that opens the area of attributes in an inode.
func XattrInodeMagic(area []byte) uint32 { return u32(area, 0) }
func SetXattrInodeMagic(area []byte)     { put32(area, 0, XattrMagic) }

// XattrEntryLen is the room of an entry with a name of n bytes, a multiple of four.
func XattrEntryLen(n int) int { return (XattrEntrySize + n + 3) &^ 3 }

// XattrValueLen is the room of a value of n bytes, a multiple of four.
func XattrValueLen(n int) int { return (n + 3) &^ 3 }

// xattrPrefixes are the names that the index stands for.
var xattrPrefixes = []struct {
	index  uint8
	prefix string
	whole  bool // the prefix is the whole name
}{
	{2, "system.posix_acl_access", true},
	{3, "system.posix_acl_default", true},
	{8, "system.richacl", true},
	{1, "user.", false},
	{4, "trusted.", false},
	{6, "security.", false},
	{7, "system.", false},
}

// XattrName gives the full name of an attribute; ok is false for an index that is not known.
func XattrName(index uint8, name string) (full string, ok bool) {
	for _, p := range xattrPrefixes {
		if p.index == index {
			return p.prefix + name, !p.whole || name == ""
		}
	}
	return "", false
}

// SplitXattrName is the reverse of XattrName.
func SplitXattrName(full string) (index uint8, name string, ok bool) {
	for _, p := range xattrPrefixes {
		if p.whole && full == p.prefix {
			return p.index, "", true
		}
		if !p.whole && len(full) > len(p.prefix) && full[:len(p.prefix)] == p.prefix {
			return p.index, full[len(p.prefix):], true
		}
	}
	return 0, "", false
}
