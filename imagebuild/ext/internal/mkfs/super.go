package mkfs

import (
	"math/bits"

	"lbimage/imagebuild/ext/internal/layout"
)

const (
	errorsContinue = 1
	mountXattrUser = 0x4 // default mount options: user attributes and ACLs
	mountACL       = 0x8
	neverByCount   = 0xFFFF // of mounts until a check is due
)

// fillSuper fills in the superblock, except for the counts of what is free.
func (f *formatter) fillSuper() {
	o := f.opts
	f.super = make(layout.Superblock, layout.SuperblockSize)
	s := f.super
	s.SetMagic(layout.Magic)
	s.SetRevLevel(layout.RevDynamic)
	s.SetCompat(f.compat)
	if f.journal > 0 {
		s.SetCompat(f.compat | layout.CompatHasJournal)
	}
	s.SetIncompat(f.incompat)
	s.SetROCompat(f.roCompat)
	s.SetInodesCount(uint32(f.groups * f.ipg))
	s.SetBlocksCount(f.blocks)
	if o.ReservedPercent > 0 {
		s.SetReservedBlocks(f.blocks * uint64(o.ReservedPercent) / 100)
	}
	s.SetFirstDataBlock(uint32(f.first))
	log := uint32(bits.TrailingZeros64(f.bs / 1024))
	s.SetLogBlockSize(log)
	s.SetLogClusterSize(log)
	s.SetBlocksPerGroup(uint32(f.perGroup))
	s.SetClustersPerGroup(uint32(f.perGroup))
	s.SetInodesPerGroup(uint32(f.ipg))
	s.SetFirstInode(firstInode)
	s.SetInodeSize(uint16(f.inodeSize))
	s.SetReservedGDTBlocks(uint16(f.reserved))
	if f.descSize > 32 {
		s.SetDescSize(uint16(f.descSize))
	}
	if f.inodeSize > layout.GoodOldInodeSize {
		s.SetMinExtraIsize(extraIsize)
		s.SetWantExtraIsize(extraIsize)
	}
	if f.flex > 1 {
		s.SetLogGroupsPerFlex(uint8(bits.TrailingZeros64(f.flex)))
	}
	if f.checksums() {
		s.SetChecksumType(layout.ChecksumCRC32C)
	}
	s.SetOverheadBlocks(uint32(min(f.overhead, 1<<32-1)))

	copy(s.UUID(), o.UUID[:])
	copy(s.HashSeedBytes(), o.HashSeed[:])
	s.SetDefHashVersion(layout.HashHalfMD4)
	s.SetFlags(layout.FlagSignedHash)
	s.SetVolumeName(o.Label)

	s.SetMkfsTime(o.Time.Unix())
	s.SetWriteTime(o.Time.Unix())
	s.SetLastCheck(o.Time.Unix())
	s.SetMaxMountCount(neverByCount)
	s.SetErrorsBehaviour(errorsContinue)
	s.SetDefaultMountOpts(mountXattrUser | mountACL)
	f.backUpJournalMap()
}

// superFor is the superblock's copy in the group. Only the first says that the
// file system is clean: a backup is for the day when that is not known.
func (f *formatter) superFor(group uint64) layout.Superblock {
	s := make(layout.Superblock, layout.SuperblockSize)
	copy(s, f.super)
	s.SetBlockGroupNr(uint16(group))
	if group == 0 {
		s.SetState(layout.StateValid)
	}
	if f.checksums() {
		s.SetChecksum(s.ComputeChecksum())
	}
	return s
}
