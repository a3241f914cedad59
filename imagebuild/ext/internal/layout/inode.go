package layout

// Inode is the view over one inode: 128 bytes, or InodeSize bytes. What lies
// behind the first 128 bytes counts only as far as ExtraIsize says.
type Inode []byte

const GoodOldInodeSize = 128

// Inodes with a fixed meaning; ordinary files start at FirstInode.
const (
	InodeBadBlocks  = 1
	InodeRoot       = 2
	InodeUserQuota  = 3
	InodeGroupQuota = 4
	InodeBootLoader = 5
	InodeUndelete   = 6
	InodeResize     = 7
	InodeJournal    = 8
	InodeExclude    = 9
	InodeReplica    = 10
)

// The upper four bits of Mode are the type of the file.
const (
	ModeFIFO    = 0x1000
	ModeChar    = 0x2000
	ModeDir     = 0x4000
	ModeBlock   = 0x6000
	ModeRegular = 0x8000
	ModeSymlink = 0xA000
	ModeSocket  = 0xC000
	ModeType    = 0xF000

	ModeSetuid = 0x800
	ModeSetgid = 0x400
	ModeSticky = 0x200
)

// Bits of Flags.
const (
	InodeFlagSecureDelete = 0x1 // kept, but no Linux heeds it; neither the next two
	InodeFlagUndelete     = 0x2
	InodeFlagCompress     = 0x4
	InodeFlagSync         = 0x8
	InodeFlagImmutable    = 0x10
	InodeFlagAppend       = 0x20
	InodeFlagNoDump       = 0x40
	InodeFlagNoAtime      = 0x80
	InodeFlagCompressed   = 0x200
	InodeFlagNoCompress   = 0x400
	InodeFlagEncrypt      = 0x800
	InodeFlagIndex        = 0x1000 // a hashed directory
	InodeFlagJournal      = 0x4000
	InodeFlagNoTail       = 0x8000
	InodeFlagDirSync      = 0x10000
	InodeFlagTopDir       = 0x20000
	InodeFlagHugeFile     = 0x40000 // BlocksCount is in blocks, not in sectors
	InodeFlagExtents      = 0x80000 // Block holds an extent tree
	InodeFlagVerity       = 0x100000
	InodeFlagEAInode      = 0x200000  // the file is the value of an extended attribute
	InodeFlagNoCow        = 0x800000  // of other file systems; in ext4 only debugfs can set it
	InodeFlagDAX          = 0x2000000 // contents bypass the page cache, since Linux 5.8
	InodeFlagInlineData   = 0x10000000
	InodeFlagProjInherit  = 0x20000000 // of a directory: files made in it get its project
	InodeFlagCasefold     = 0x40000000
)

func (i Inode) Mode() uint16     { return u16(i, 0x00) }
func (i Inode) SetMode(v uint16) { put16(i, 0x00, v) }
func (i Inode) Type() uint16     { return i.Mode() & ModeType }
func (i Inode) UID() uint32      { return join16(u16(i, 0x78), u16(i, 0x02)) }
func (i Inode) SetUID(v uint32)  { put16(i, 0x02, uint16(v)); put16(i, 0x78, uint16(v>>16)) }
func (i Inode) GID() uint32      { return join16(u16(i, 0x7A), u16(i, 0x18)) }
func (i Inode) SetGID(v uint32)  { put16(i, 0x18, uint16(v)); put16(i, 0x7A, uint16(v>>16)) }

// Size is in bytes. In revision 0 the high half of a file that is not regular
// was the block of a directory's ACL; it is zero in all later ones.
func (i Inode) Size() uint64     { return join32(u32(i, 0x6C), u32(i, 0x04)) }
func (i Inode) SetSize(v uint64) { put32(i, 0x04, uint32(v)); put32(i, 0x6C, uint32(v>>32)) }

// Dtime is the time of deletion, or the next inode in the list of orphans.
func (i Inode) Dtime() uint32          { return u32(i, 0x14) }
func (i Inode) SetDtime(v uint32)      { put32(i, 0x14, v) }
func (i Inode) LinksCount() uint16     { return u16(i, 0x1A) }
func (i Inode) SetLinksCount(v uint16) { put16(i, 0x1A, v) }

// BlocksCount is in sectors of 512 bytes, or in blocks with InodeFlagHugeFile.
// It counts the blocks of the map and of the extended attributes as well.
func (i Inode) BlocksCount() uint64 { return uint64(u16(i, 0x74))<<32 | uint64(u32(i, 0x1C)) }
func (i Inode) SetBlocksCount(v uint64) {
	put32(i, 0x1C, uint32(v))
	put16(i, 0x74, uint16(v>>32))
}
func (i Inode) Flags() uint32          { return u32(i, 0x20) }
func (i Inode) SetFlags(v uint32)      { put32(i, 0x20, v) }
func (i Inode) Block() []byte          { return i[0x28:0x64:0x64] } // 60 bytes: a block map, an extent root, a short link's target or a device number
func (i Inode) Generation() uint32     { return u32(i, 0x64) }
func (i Inode) SetGeneration(v uint32) { put32(i, 0x64, v) }

// FileACL is the block with the extended attributes, 0 for none.
func (i Inode) FileACL() uint64 { return uint64(u16(i, 0x76))<<32 | uint64(u32(i, 0x68)) }
func (i Inode) SetFileACL(v uint64) {
	put32(i, 0x68, uint32(v))
	put16(i, 0x76, uint16(v>>32))
}

// ExtraIsize is how many bytes behind the first 128 hold fields; 0 in short inodes.
func (i Inode) ExtraIsize() uint16 {
	if len(i) <= GoodOldInodeSize {
		return 0
	}
	return u16(i, 0x80)
}
func (i Inode) SetExtraIsize(v uint16) { put16(i, 0x80, v) }

// HasField tells whether the field of n bytes at off exists in this inode.
func (i Inode) HasField(off, n int) bool {
	return off+n <= GoodOldInodeSize || (off+n <= len(i) && off+n <= GoodOldInodeSize+int(i.ExtraIsize()))
}

// ProjectID is the quota project of the file, 0 where the field does not exist.
func (i Inode) ProjectID() uint32 {
	if !i.HasField(0x9C, 4) {
		return 0
	}
	return u32(i, 0x9C)
}

// SetProjectID reports whether the field exists; where it does not, nothing is changed.
func (i Inode) SetProjectID(v uint32) bool {
	ok := i.HasField(0x9C, 4)
	if ok {
		put32(i, 0x9C, v)
	}
	return ok
}

func (i Inode) IsDir() bool          { return i.Type() == ModeDir }
func (i Inode) IsRegular() bool      { return i.Type() == ModeRegular }
func (i Inode) IsSymlink() bool      { return i.Type() == ModeSymlink }
func (i Inode) IsDevice() bool       { return i.Type() == ModeChar || i.Type() == ModeBlock }
func (i Inode) Has(flag uint32) bool { return i.Flags()&flag != 0 }
