package layout

// Superblock is the view over the 1024 bytes that describe the whole file
// system. The primary copy lies at byte 1024 of the device, whatever the block
// size; backups open some block groups, for the day when the primary is lost, and
// are written by e2fsprogs only. Numbers in brackets are the version of Linux
// since which a field is in use; those without one are as old as ext2.
type Superblock []byte

const (
	SuperblockOffset = 1024 // bytes from the start of the device
	SuperblockSize   = 1024 // bytes
	Magic            = 0xEF53

	// Bits of State.
	StateValid   = 1 // unmounted cleanly
	StateErrors  = 2 // the kernel met an error
	StateOrphans = 4 // orphans were being recovered

	// Values of RevLevel.
	RevOriginal = 0 // 128-byte inodes, files from inode 11 on, no feature fields
	RevDynamic  = 1 // inode size, first inode and features are stored

	// Bits of Flags: how the bytes of names count in directory hashes. Machines
	// disagree on the sign of a char, so the one that made the file system says.
	FlagSignedHash   = 1
	FlagUnsignedHash = 2
	FlagTestFS       = 4 // made for testing

	ChecksumCRC32C = 1 // the only known value of ChecksumType
	OSLinux        = 0
	OSHurd         = 1
)

func (s Superblock) InodesCount() uint32         { return u32(s, 0x00) } // all inodes: InodesPerGroup times the groups
func (s Superblock) SetInodesCount(v uint32)     { put32(s, 0x00, v) }
func (s Superblock) FreeInodesCount() uint32     { return u32(s, 0x10) } // the sum over the descriptors; the kernel counts anew at each mount
func (s Superblock) SetFreeInodesCount(v uint32) { put32(s, 0x10, v) }

// The block counts have high halves, which count only with the 64bit feature.
func (s Superblock) BlocksCount() uint64         { return s.wide(0x04, 0x150) }
func (s Superblock) SetBlocksCount(v uint64)     { s.setWide(0x04, 0x150, v) }
func (s Superblock) ReservedBlocks() uint64      { return s.wide(0x08, 0x154) }
func (s Superblock) SetReservedBlocks(v uint64)  { s.setWide(0x08, 0x154, v) }
func (s Superblock) FreeBlocksCount() uint64     { return s.wide(0x0C, 0x158) }
func (s Superblock) SetFreeBlocksCount(v uint64) { s.setWide(0x0C, 0x158, v) }

func (s Superblock) wide(lo, hi int) uint64 {
	if s.Incompat()&Incompat64Bit == 0 {
		return uint64(u32(s, lo))
	}
	return join32(u32(s, hi), u32(s, lo))
}

func (s Superblock) setWide(lo, hi int, v uint64) {
	put32(s, lo, uint32(v))
	if s.Incompat()&Incompat64Bit != 0 {
		put32(s, hi, uint32(v>>32))
	}
}

// FirstDataBlock is 1 with blocks of 1 KiB (the superblock is block 1), else 0.
func (s Superblock) FirstDataBlock() uint32       { return u32(s, 0x14) }
func (s Superblock) SetFirstDataBlock(v uint32)   { put32(s, 0x14, v) }
func (s Superblock) LogBlockSize() uint32         { return u32(s, 0x18) } // the block size is 1024 << this: 1 to 64 KiB
func (s Superblock) SetLogBlockSize(v uint32)     { put32(s, 0x18, v) }
func (s Superblock) LogClusterSize() uint32       { return u32(s, 0x1C) } // the cluster size is 1024 << this; that of a block without bigalloc
func (s Superblock) SetLogClusterSize(v uint32)   { put32(s, 0x1C, v) }
func (s Superblock) BlocksPerGroup() uint32       { return u32(s, 0x20) } // 8 * block size at most: a bitmap fills one block
func (s Superblock) SetBlocksPerGroup(v uint32)   { put32(s, 0x20, v) }
func (s Superblock) ClustersPerGroup() uint32     { return u32(s, 0x24) } // as BlocksPerGroup without bigalloc
func (s Superblock) SetClustersPerGroup(v uint32) { put32(s, 0x24, v) }
func (s Superblock) InodesPerGroup() uint32       { return u32(s, 0x28) } // fills whole blocks of the inode table
func (s Superblock) SetInodesPerGroup(v uint32)   { put32(s, 0x28, v) }

// Times in seconds since 1970; each has eight high bits further down.
func (s Superblock) MountTime() int64          { return int64(s[0x275])<<32 | int64(u32(s, 0x2C)) }
func (s Superblock) WriteTime() int64          { return int64(s[0x274])<<32 | int64(u32(s, 0x30)) }
func (s Superblock) SetWriteTime(v int64)      { put32(s, 0x30, uint32(v)); s[0x274] = byte(v >> 32) }
func (s Superblock) LastCheck() int64          { return int64(s[0x277])<<32 | int64(u32(s, 0x40)) }
func (s Superblock) SetLastCheck(v int64)      { put32(s, 0x40, uint32(v)); s[0x277] = byte(v >> 32) }
func (s Superblock) MkfsTime() int64           { return int64(s[0x276])<<32 | int64(u32(s, 0x108)) }
func (s Superblock) SetMkfsTime(v int64)       { put32(s, 0x108, uint32(v)); s[0x276] = byte(v >> 32) }
func (s Superblock) CheckInterval() uint32     { return u32(s, 0x44) } // seconds from one check to the next, 0 for no rule
func (s Superblock) MountCount() uint16        { return u16(s, 0x34) } // mounts since the last check
func (s Superblock) MaxMountCount() uint16     { return u16(s, 0x36) } // mounts until e2fsck checks unasked; 0 or 65535 for no rule
func (s Superblock) SetMaxMountCount(v uint16) { put16(s, 0x36, v) }

func (s Superblock) Magic() uint16               { return u16(s, 0x38) } // 0xEF53 in ext2, ext3 and ext4 alike
func (s Superblock) SetMagic(v uint16)           { put16(s, 0x38, v) }
func (s Superblock) State() uint16               { return u16(s, 0x3A) } // StateValid, StateErrors, StateOrphans
func (s Superblock) SetState(v uint16)           { put16(s, 0x3A, v) }
func (s Superblock) ErrorsBehaviour() uint16     { return u16(s, 0x3C) } // on an error: 1 go on, 2 remount read-only, 3 panic
func (s Superblock) SetErrorsBehaviour(v uint16) { put16(s, 0x3C, v) }
func (s Superblock) CreatorOS() uint32           { return u32(s, 0x48) } // OSLinux; others keep other things in inodes
func (s Superblock) RevLevel() uint32            { return u32(s, 0x4C) } // RevOriginal or RevDynamic (Linux 2.0)
func (s Superblock) SetRevLevel(v uint32)        { put32(s, 0x4C, v) }

// FirstInode is the first inode that files may take; 11 in revision 0.
func (s Superblock) FirstInode() uint32 {
	if s.RevLevel() == RevOriginal {
		return 11
	}
	return u32(s, 0x54)
}
func (s Superblock) SetFirstInode(v uint32) { put32(s, 0x54, v) }

// InodeSize is in bytes; 128 in revision 0.
func (s Superblock) InodeSize() uint16 {
	if s.RevLevel() == RevOriginal {
		return 128
	}
	return u16(s, 0x58)
}
func (s Superblock) SetInodeSize(v uint16)    { put16(s, 0x58, v) }
func (s Superblock) BlockGroupNr() uint16     { return u16(s, 0x5A) } // the group that holds this copy
func (s Superblock) SetBlockGroupNr(v uint16) { put16(s, 0x5A, v) }
func (s Superblock) Compat() uint32           { return s.feature(0x5C) }
func (s Superblock) SetCompat(v uint32)       { put32(s, 0x5C, v) }
func (s Superblock) Incompat() uint32         { return s.feature(0x60) }
func (s Superblock) SetIncompat(v uint32)     { put32(s, 0x60, v) }
func (s Superblock) ROCompat() uint32         { return s.feature(0x64) }
func (s Superblock) SetROCompat(v uint32)     { put32(s, 0x64, v) }

// The kernel and e2fsck heed feature bits in revision 0 as well, where none
// should be set.
func (s Superblock) feature(off int) uint32 { return u32(s, off) }

func (s Superblock) UUID() []byte                  { return s[0x68:0x78:0x78] }     // names this file system; what checksums start from
func (s Superblock) VolumeName() string            { return cstring(s[0x78:0x88]) } // the label, 16 bytes at most
func (s Superblock) SetVolumeName(v string)        { putString(s[0x78:0x88], v) }
func (s Superblock) LastMounted() string           { return cstring(s[0x88:0xC8]) } // the folder where it was mounted last
func (s Superblock) ReservedGDTBlocks() uint16     { return u16(s, 0xCE) }          // blocks kept behind each copy of the descriptors, with resize_inode (2.6.10)
func (s Superblock) SetReservedGDTBlocks(v uint16) { put16(s, 0xCE, v) }

func (s Superblock) JournalUUID() []byte      { return s[0xD0:0xE0:0xE0] } // of the external journal; zero for one inside (2.4.15, ext3)
func (s Superblock) JournalInode() uint32     { return u32(s, 0xE0) }      // the journal inside, always 8; 0 for none
func (s Superblock) SetJournalInode(v uint32) { put32(s, 0xE0, v) }
func (s Superblock) JournalDevice() uint32    { return u32(s, 0xE4) } // device number of an external journal
func (s Superblock) LastOrphan() uint32       { return u32(s, 0xE8) } // head of the list of orphans, 0 for none
func (s Superblock) SetLastOrphan(v uint32)   { put32(s, 0xE8, v) }

// HashSeed is the key of the directory hash, four little-endian words.
func (s Superblock) HashSeed() [4]uint32 {
	return [4]uint32{u32(s, 0xEC), u32(s, 0xF0), u32(s, 0xF4), u32(s, 0xF8)}
}
func (s Superblock) HashSeedBytes() []byte        { return s[0xEC:0xFC:0xFC] } // the same as bytes, as UUIDs are written
func (s Superblock) DefHashVersion() uint8        { return s[0xFC] }           // hash of new indexed folders (2.5.40, dir_index)
func (s Superblock) SetDefHashVersion(v uint8)    { s[0xFC] = v }
func (s Superblock) JournalBackupType() uint8     { return s[0xFD] } // 1: JournalBlocks is a copy of the journal's map (2.6.10)
func (s Superblock) SetJournalBackupType(v uint8) { s[0xFD] = v }
func (s Superblock) JournalBlocks() []byte        { return s[0x10C:0x150:0x150] } // i_block (60 bytes), size high, size low

// DescSize is the size of a group descriptor in bytes: 32 without 64bit.
func (s Superblock) DescSize() uint16 {
	if s.Incompat()&Incompat64Bit == 0 {
		return 32
	}
	return u16(s, 0xFE)
}
func (s Superblock) SetDescSize(v uint16)           { put16(s, 0xFE, v) }
func (s Superblock) DefaultMountOpts() uint32       { return u32(s, 0x100) } // options that hold unless a mount says otherwise (2.4.23)
func (s Superblock) SetDefaultMountOpts(v uint32)   { put32(s, 0x100, v) }
func (s Superblock) FirstMetaBG() uint32            { return u32(s, 0x104) } // first meta group, with meta_bg (2.6.0)
func (s Superblock) MinExtraIsize() uint16          { return u16(s, 0x15C) } // what every inode has behind its first 128 bytes, with extra_isize (2.6.23)
func (s Superblock) SetMinExtraIsize(v uint16)      { put16(s, 0x15C, v) }
func (s Superblock) WantExtraIsize() uint16         { return u16(s, 0x15E) } // what a new inode is to have there
func (s Superblock) SetWantExtraIsize(v uint16)     { put16(s, 0x15E, v) }
func (s Superblock) Flags() uint32                  { return u32(s, 0x160) } // FlagSignedHash, FlagUnsignedHash, FlagTestFS (2.6.24)
func (s Superblock) SetFlags(v uint32)              { put32(s, 0x160, v) }
func (s Superblock) MMPBlock() uint64               { return u64(s, 0x168) } // block of the multiple mount protection, with mmp (3.0)
func (s Superblock) LogGroupsPerFlex() uint8        { return s[0x174] }      // groups whose tables lie together: 1 << this, with flex_bg (2.6.28)
func (s Superblock) SetLogGroupsPerFlex(v uint8)    { s[0x174] = v }
func (s Superblock) ChecksumType() uint8            { return s[0x175] } // of metadata_csum: 1, CRC32C (3.5)
func (s Superblock) SetChecksumType(v uint8)        { s[0x175] = v }
func (s Superblock) KBytesWritten() uint64          { return u64(s, 0x178) } // KiB written in all its life (2.6.30)
func (s Superblock) ErrorCount() uint32             { return u32(s, 0x194) } // errors since the last check; 0 in a healthy one (2.6.36)
func (s Superblock) UserQuotaInode() uint32         { return u32(s, 0x240) } // 3 with quota (3.6), else 0
func (s Superblock) GroupQuotaInode() uint32        { return u32(s, 0x244) } // 4 with quota, else 0
func (s Superblock) OverheadBlocks() uint32         { return u32(s, 0x248) } // blocks that are no use to files, 0 where not computed (3.5)
func (s Superblock) SetOverheadBlocks(v uint32)     { put32(s, 0x248, v) }
func (s Superblock) BackupBGs() [2]uint32           { return [2]uint32{u32(s, 0x24C), u32(s, 0x250)} } // with sparse_super2
func (s Superblock) SetBackupBGs(v [2]uint32)       { put32(s, 0x24C, v[0]); put32(s, 0x250, v[1]) }
func (s Superblock) LostFoundInode() uint32         { return u32(s, 0x268) } // of lost+found, 0 where not stored (4.1)
func (s Superblock) ProjectQuotaInode() uint32      { return u32(s, 0x26C) } // with project (4.5), else 0
func (s Superblock) StoredChecksumSeed() uint32     { return u32(s, 0x270) } // with metadata_csum_seed (4.4): the UUID may change, the checksums stay
func (s Superblock) SetStoredChecksumSeed(v uint32) { put32(s, 0x270, v) }
func (s Superblock) Encoding() uint16               { return u16(s, 0x27C) } // of names, with casefold (5.2): 1 for UTF-8 12.1
func (s Superblock) OrphanFileInode() uint32        { return u32(s, 0x280) } // with orphan_file (5.15)
func (s Superblock) Checksum() uint32               { return u32(s, 0x3FC) } // CRC32C over all before it, with metadata_csum (3.5)
func (s Superblock) SetChecksum(v uint32)           { put32(s, 0x3FC, v) }
