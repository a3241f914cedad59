package layout

// A descriptor block says where the copies that follow it in the log belong, in
// the order of the tags behind its header. A tag has one of five sizes:
//
//	 8  number, 2 unused bytes (or the checksum), flags
//	12  the same, then the upper half of the number (64bit)
//	10  as 8, then 2 unused bytes (checksums of version 2)
//	14  as 12, then 2 unused bytes (version 2 and 64bit)
//	16  number, flags, upper half, checksum (version 3)
//
// A tag without JournalTagSameUUID is followed by 16 bytes, the UUID of the file
// system; in practice that is the first of each descriptor.
const (
	JournalTagEscape   = 1 // the copy's first four bytes are zeros in place of the magic number
	JournalTagSameUUID = 2
	JournalTagDeleted  = 4 // not in use
	JournalTagLast     = 8 // the last one of the descriptor

	journalUUIDSize = 16
)

// JournalTag is one record of a descriptor block.
type JournalTag struct {
	Block    uint64
	Flags    uint16
	Checksum uint32 // of version 3 in full, of version 2 its lower 16 bits
}

// TagSize is the size of a tag in bytes, without a UUID.
func (f JournalFormat) TagSize() int {
	if f&JournalIncompatCsumV3 != 0 {
		return 16
	}
	size := 8
	if f&JournalIncompat64Bit != 0 {
		size += 4
	}
	if f&JournalIncompatCsumV2 != 0 {
		size += 2
	}
	return size
}

// Tags gives the tags of a descriptor block in turn.
func (f JournalFormat) Tags(b JournalBlock) func(yield func(JournalTag) bool) {
	return func(yield func(JournalTag) bool) {
		rest := f.body(b, 12)
		for len(rest) >= f.TagSize() {
			t := f.tag(rest)
			if !yield(t) || t.Flags&JournalTagLast != 0 {
				return
			}
			n := f.TagSize()
			if t.Flags&JournalTagSameUUID == 0 {
				n += journalUUIDSize
			}
			rest = rest[min(n, len(rest)):]
		}
	}
}

func (f JournalFormat) tag(b []byte) JournalTag {
	t := JournalTag{Block: uint64(be.Uint32(b)), Flags: be.Uint16(b[6:]), Checksum: uint32(be.Uint16(b[4:]))}
	if f&JournalIncompatCsumV3 != 0 {
		t.Checksum = be.Uint32(b[12:])
	}
	if f&JournalIncompat64Bit != 0 {
		t.Block |= uint64(be.Uint32(b[8:])) << 32
	}
	return t
}

// PutTag writes a tag to b, which has room for it, and gives what it takes.
func (f JournalFormat) PutTag(b []byte, t JournalTag, uuid []byte) int {
	n := f.TagSize()
	clear(b[:n])
	be.PutUint32(b, uint32(t.Block))
	be.PutUint16(b[6:], t.Flags)
	if f&JournalIncompatCsumV3 != 0 {
		be.PutUint32(b[12:], t.Checksum)
	} else if f&JournalIncompatCsumV2 != 0 {
		be.PutUint16(b[4:], uint16(t.Checksum))
	}
	if f&JournalIncompat64Bit != 0 {
		be.PutUint32(b[8:], uint32(t.Block>>32))
	}
	if t.Flags&JournalTagSameUUID == 0 {
		n += copy(b[n:n+journalUUIDSize], uuid)
	}
	return n
}

// Unescape gives a copy its first four bytes back.
func (b JournalBlock) Unescape() { be.PutUint32(b, JournalMagic) }
