package layout

// Dirent is the view over one entry of a directory block, cut at its record's
// end. Entries fill a block without a gap; a removed one is added to the length
// of the one before it, or keeps its place with inode 0.
type Dirent []byte

const (
	DirentHeader = 8   // bytes before the name
	NameMax      = 255 // bytes of a name
)

// Types of files in directory entries, with the filetype feature.
const (
	FTUnknown = 0
	FTRegular = 1
	FTDir     = 2
	FTChar    = 3
	FTBlock   = 4
	FTFIFO    = 5
	FTSocket  = 6
	FTSymlink = 7
	ftTail    = 0xDE
)

func (d Dirent) Inode() uint32       { return u32(d, 0) }
func (d Dirent) SetInode(v uint32)   { put32(d, 0, v) }
func (d Dirent) NameLen() int        { return int(d[6]) }
func (d Dirent) FileType() uint8     { return d[7] }
func (d Dirent) SetFileType(v uint8) { d[7] = v }
func (d Dirent) Name() []byte        { return d[DirentHeader : DirentHeader+d.NameLen()] }

// SetName stores name, which must fit the record, and its length. Without the
// filetype feature the type byte is the high half of the length: always zero.
func (d Dirent) SetName(name string) {
	d[6] = byte(len(name))
	copy(d[DirentHeader:], name)
}

// RecLen is the length of the record in bytes, the entry's and its slack. In
// blocks of 64 KiB the whole block is written as 65535 or 0.
func (d Dirent) RecLen(blockSize int) int {
	v := int(u16(d, 4))
	if blockSize < 65536 {
		return v
	}
	if v == 65535 || v == 0 {
		return blockSize
	}
	return v&65532 | (v&3)<<16
}

func (d Dirent) SetRecLen(n, blockSize int) {
	switch {
	case n < 65536:
		put16(d, 4, uint16(n))
	case n == blockSize && blockSize == 65536:
		put16(d, 4, 65535)
	default:
		put16(d, 4, uint16(n&65532|n>>16&3))
	}
}

// DirentLen is the room that an entry with a name of n bytes needs: a multiple of four.
func DirentLen(n int) int { return (DirentHeader + n + 3) &^ 3 }

// DirTail is the checksum at the end of a directory block that holds entries,
// dressed up as an entry without a name: with metadata_csum only.
const DirTailSize = 12

// DirTail gives the tail of a block, or nil where the bytes do not form one.
func DirTail(block []byte) []byte {
	t := block[len(block)-DirTailSize:]
	if u32(t, 0) != 0 || u16(t, 4) != DirTailSize || t[6] != 0 || t[7] != ftTail {
		return nil
	}
	return t
}

// InitDirTail writes a tail with checksum 0 at the end of the block.
func InitDirTail(block []byte) {
	t := block[len(block)-DirTailSize:]
	clear(t)
	put16(t, 4, DirTailSize)
	t[7] = ftTail
}

func DirTailChecksum(tail []byte) uint32       { return u32(tail, 8) }
func SetDirTailChecksum(tail []byte, v uint32) { put32(tail, 8, v) }

// FileTypeOf gives the directory entry's type for the type bits of a mode.
func FileTypeOf(mode uint16) uint8 {
	switch mode & ModeType {
	case ModeRegular:
		return FTRegular
	case ModeDir:
		return FTDir
	case ModeChar:
		return FTChar
	case ModeBlock:
		return FTBlock
	case ModeFIFO:
		return FTFIFO
	case ModeSocket:
		return FTSocket
	case ModeSymlink:
		return FTSymlink
	}
	return FTUnknown
}
