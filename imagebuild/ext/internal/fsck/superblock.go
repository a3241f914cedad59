package fsck

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"lbimage/imagebuild/ext/internal/layout"
)

// geometry holds the sizes from which all places are computed. They are checked
// against each other and the device before anything else is read.
type geometry struct {
	blockSize int
	blockBits uint
	ratioBits uint // a cluster is 1<<ratioBits blocks; 0 without bigalloc

	blocks    uint64 // of the file system
	firstData uint64 // the block of the superblock: 1 with blocks of 1 KiB, else 0
	clusters  uint64

	groups           uint32
	blocksPerGroup   uint64
	clustersPerGroup uint64
	inodesPerGroup   uint32
	inodes           uint32
	firstInode       uint32
	projectQuota     uint32 // inodes with a fixed meaning behind the first, or 0
	orphanFile       uint32

	inodeSize   int
	tableBlocks uint64 // blocks of a group's inode table
	descSize    int
	descsPerBlk uint32
	descBlocks  uint64

	compat, incompat, roCompat uint32
	metadataCsum               bool
	groupCsum                  bool // descriptors have checksums, groups may be uninitialised
	csumSeed                   uint32
}

const (
	maxBlockBits   = 16
	maxClusterBits = 29
	maxDescTable   = 8 << 20 // bytes: 16 TiB with blocks of 4 KiB
)

// The features that e2fsck 1.47 knows. Others are reported by name.
const (
	knownCompat = layout.CompatDirPrealloc | layout.CompatImagicInodes | layout.CompatHasJournal | layout.CompatExtAttr |
		layout.CompatResizeInode | layout.CompatDirIndex | layout.CompatSparseSuper2 | layout.CompatFastCommit |
		layout.CompatStableInodes | layout.CompatOrphanFile
	knownIncompat = layout.IncompatFiletype | layout.IncompatRecover | layout.IncompatMetaBG | layout.IncompatExtents |
		layout.Incompat64Bit | layout.IncompatMMP | layout.IncompatFlexBG | layout.IncompatEAInode | layout.IncompatCsumSeed |
		layout.IncompatLargeDir | layout.IncompatInlineData | layout.IncompatEncrypt | layout.IncompatCasefold
	knownROCompat = layout.ROSparseSuper | layout.ROLargeFile | layout.ROHugeFile | layout.ROGdtCsum | layout.RODirNlink |
		layout.ROExtraIsize | layout.ROQuota | layout.ROBigalloc | layout.ROMetadataCsum | layout.ROReadonly | layout.ROProject |
		layout.ROSharedBlocks | layout.ROVerity | layout.ROOrphanPresent
)

// checkSuperblock says whether the sizes can be relied on.
func (c *checker) checkSuperblock() bool {
	sb := c.sb
	if sb.RevLevel() > layout.RevDynamic {
		c.fsProblem(codeRevision, "revision %d is not known", sb.RevLevel())
		return false
	}
	c.compat, c.incompat, c.roCompat = sb.Compat(), sb.Incompat(), sb.ROCompat()
	c.metadataCsum = c.roCompat&layout.ROMetadataCsum != 0
	c.groupCsum = c.metadataCsum || c.roCompat&layout.ROGdtCsum != 0
	c.csumSeed = sb.ChecksumSeed()
	if !c.checkFeatures() || !c.checkSizes() {
		return false
	}
	c.checkSuperblockFields()
	c.checkState()
	c.checkMMP()
	return true
}

func (c *checker) checkFeatures() bool {
	for _, name := range slices.Concat(layout.CompatNames(c.compat&^knownCompat),
		layout.IncompatNames(c.incompat&^knownIncompat), layout.ROCompatNames(c.roCompat&^knownROCompat)) {
		c.fsProblem(codeUnknownFeature, "feature %s is not known to the checker", name)
	}
	if c.incompat&^knownIncompat != 0 {
		return false
	}
	if c.metadataCsum {
		if t := c.sb.ChecksumType(); t != layout.ChecksumCRC32C {
			c.fsProblem(codeSuperblock, "checksum type is %d, not crc32c", t)
			return false
		}
		if want := c.sb.ComputeChecksum(); c.sb.Checksum() != want {
			c.fsProblem(codeSuperblockChecksum, "superblock checksum is %#08x, should be %#08x", c.sb.Checksum(), want)
		}
	}
	return true
}

// checkSizes fills the geometry. The order matters: later values are computed
// from earlier ones.
func (c *checker) checkSizes() bool {
	sb := c.sb
	bad := func(name string, v uint64) bool {
		c.fsProblem(codeSuperblock, "%s is %d, which cannot be", name, v)
		return false
	}
	if sb.LogBlockSize() > maxBlockBits-10 {
		return bad("log_block_size", uint64(sb.LogBlockSize()))
	}
	c.blockBits = uint(10 + sb.LogBlockSize())
	c.blockSize = 1 << c.blockBits
	if sb.LogClusterSize() < sb.LogBlockSize() || sb.LogClusterSize() > maxClusterBits-10 {
		return bad("log_cluster_size", uint64(sb.LogClusterSize()))
	}
	if c.roCompat&layout.ROBigalloc != 0 {
		c.ratioBits = uint(sb.LogClusterSize() - sb.LogBlockSize())
	} else if sb.LogClusterSize() != sb.LogBlockSize() {
		return bad("log_cluster_size", uint64(sb.LogClusterSize()))
	}
	c.blocks, c.firstData = sb.BlocksCount(), uint64(sb.FirstDataBlock())
	if want := boolTo[uint64](c.blockSize == 1024 && c.ratioBits == 0); c.firstData != want {
		return bad("first_data_block", c.firstData)
	}
	if c.blocks <= c.firstData || c.blocks > 1<<48 {
		return bad("blocks_count", c.blocks)
	}
	if deviceBlocks := uint64(c.size) >> c.blockBits; c.blocks > deviceBlocks {
		c.fsProblem(codeSizeBeyondDevice, "file system has %d blocks, but the device only %d", c.blocks, deviceBlocks)
		return false
	}
	maxPerGroup := min(uint64(8*c.blockSize), 1<<16-8)
	c.clustersPerGroup, c.blocksPerGroup = uint64(sb.ClustersPerGroup()), uint64(sb.BlocksPerGroup())
	if c.clustersPerGroup < 8 || c.clustersPerGroup > maxPerGroup || c.clustersPerGroup%8 != 0 {
		return bad("clusters_per_group", c.clustersPerGroup)
	}
	if c.blocksPerGroup != c.clustersPerGroup<<c.ratioBits {
		return bad("blocks_per_group", c.blocksPerGroup)
	}
	groups := (c.blocks - c.firstData + c.blocksPerGroup - 1) / c.blocksPerGroup
	c.inodeSize = int(sb.InodeSize())
	if c.inodeSize < layout.GoodOldInodeSize || c.inodeSize > c.blockSize || bits.OnesCount(uint(c.inodeSize)) != 1 {
		return bad("inode_size", uint64(c.inodeSize))
	}
	inodesPerBlock := uint64(c.blockSize / c.inodeSize)
	perGroup := uint64(sb.InodesPerGroup())
	maxInodes := min(inodesPerBlock*(max(c.blocksPerGroup, 4)-4), 1<<16-inodesPerBlock)
	if perGroup < inodesPerBlock || perGroup > maxInodes || perGroup%8 != 0 || perGroup > uint64(8*c.blockSize) {
		return bad("inodes_per_group", perGroup)
	}
	if groups > 1<<31 || groups*perGroup != uint64(sb.InodesCount()) {
		c.fsProblem(codeSuperblock, "inodes_count is %d, but there are %d groups of %d inodes", sb.InodesCount(), groups, perGroup)
		return false
	}
	c.groups, c.inodesPerGroup, c.inodes = uint32(groups), uint32(perGroup), sb.InodesCount()
	c.tableBlocks = (perGroup*uint64(c.inodeSize) + uint64(c.blockSize) - 1) >> c.blockBits
	c.clusters = (c.blocks - c.firstData + 1<<c.ratioBits - 1) >> c.ratioBits
	c.firstInode, c.projectQuota, c.orphanFile = sb.FirstInode(), sb.ProjectQuotaInode(), sb.OrphanFileInode()
	if c.firstInode < 11 || c.firstInode > c.inodes {
		return bad("first_ino", uint64(c.firstInode))
	}
	if sb.ReservedBlocks() > c.blocks/2 {
		return bad("r_blocks_count", sb.ReservedBlocks())
	}
	if int(sb.ReservedGDTBlocks()) > c.blockSize/4 {
		return bad("reserved_gdt_blocks", uint64(sb.ReservedGDTBlocks()))
	}
	return c.checkDescSize()
}

func (c *checker) checkDescSize() bool {
	stored := int(binary.LittleEndian.Uint16(c.sb[0xFE:])) // DescSize hides it without 64bit
	c.descSize = int(c.sb.DescSize())
	wide := c.incompat&layout.Incompat64Bit != 0
	if stored > 1024 || stored&(stored-1) != 0 || wide && stored < 64 {
		c.fsProblem(codeSuperblock, "desc_size is %d, which cannot be", stored)
		return false
	}
	c.descsPerBlk = uint32(c.blockSize / c.descSize)
	c.descBlocks = (uint64(c.groups) + uint64(c.descsPerBlk) - 1) / uint64(c.descsPerBlk)
	if uint64(c.groups)*uint64(c.descSize) > maxDescTable {
		c.fsProblem(codeTooLarge, "%d group descriptors are more than the checker holds", c.groups)
		return false
	}
	return true
}

// checkSuperblockFields looks at what nothing else is computed from.
func (c *checker) checkSuperblockFields() {
	sb := c.sb
	if c.inodeSize > layout.GoodOldInodeSize {
		for _, f := range []struct {
			name string
			v    uint16
		}{{"min_extra_isize", sb.MinExtraIsize()}, {"want_extra_isize", sb.WantExtraIsize()}} {
			if v := int(f.v); v != 0 && (v < 4 || v > c.inodeSize-layout.GoodOldInodeSize || v&3 != 0) {
				c.fsProblem(codeSuperblock, "%s is %d, which cannot be", f.name, v)
			}
		}
	}
	has := func(set, bit uint32) bool { return set&bit != 0 }
	if c.metadataCsum && has(c.roCompat, layout.ROGdtCsum) {
		c.fsProblem(codeFeatures, "metadata_csum and uninit_bg are both set; only one can be")
	}
	if !c.metadataCsum && has(c.incompat, layout.IncompatCsumSeed) {
		c.fsProblem(codeFeatures, "metadata_csum_seed is set without metadata_csum")
	}
	if has(c.incompat, layout.Incompat64Bit) && !has(c.incompat, layout.IncompatExtents) {
		c.fsProblem(codeFeatures, "64bit is set without extents")
	}
	if has(c.incompat, layout.IncompatMetaBG) && uint64(sb.FirstMetaBG()) > c.descBlocks {
		c.fsProblem(codeFeatures, "first_meta_bg is %d, but there are only %d descriptor blocks", sb.FirstMetaBG(), c.descBlocks)
	}
	if has(c.compat, layout.CompatResizeInode) && has(c.incompat, layout.IncompatMetaBG) {
		c.fsProblem(codeFeatures, "resize_inode and meta_bg are both set; only one can be")
	}
	if !has(c.compat, layout.CompatResizeInode) && sb.ReservedGDTBlocks() != 0 {
		c.fsProblem(codeFeatures, "reserved_gdt_blocks is %d without resize_inode", sb.ReservedGDTBlocks())
	}
	if sb.LogGroupsPerFlex() > 31 {
		c.fsProblem(codeSuperblock, "log_groups_per_flex is %d, which cannot be", sb.LogGroupsPerFlex())
	}
	if has(c.incompat, layout.IncompatCasefold) && sb.Encoding() != 1 {
		c.fsProblem(codeFeatures, "casefold is set with unknown encoding %d", sb.Encoding())
	}
	if has(c.roCompat, layout.ROOrphanPresent) && !has(c.compat, layout.CompatOrphanFile) {
		c.fsProblem(codeFeatures, "orphan_present is set without orphan_file")
	}
	if has(c.compat, layout.CompatOrphanFile) && !has(c.compat, layout.CompatHasJournal) {
		c.fsProblem(codeFeatures, "orphan_file is set without has_journal")
	}
}

// checkState looks for what makes a file system unfit to be edited though its
// structure may be right: e2fsck -fn is silent about most of it.
func (c *checker) checkState() {
	sb := c.sb
	if sb.State()&layout.StateErrors != 0 {
		c.fsProblem(codeState, "file system is marked as having errors")
	} else if sb.State()&layout.StateValid == 0 {
		c.fsProblem(codeState, "file system was not cleanly unmounted")
	}
	if c.incompat&layout.IncompatRecover != 0 {
		c.fsProblem(codeNeedsRecovery, "journal must be replayed first")
	}
	if sb.LastOrphan() != 0 {
		c.fsProblem(codeOrphans, "inode %d heads a list of orphans", sb.LastOrphan())
	}
	if c.roCompat&layout.ROOrphanPresent != 0 {
		c.fsProblem(codeOrphans, "orphan file has entries")
	}
	if c.now.IsZero() {
		return
	}
	if t := sb.MountTime(); t > c.now.Unix() {
		c.fsProblem(codeFutureTime, "last mount time %d lies in the future", t)
	}
	if t := sb.WriteTime(); t > c.now.Unix() {
		c.fsProblem(codeFutureTime, "last write time %d lies in the future", t)
	}
}

func boolTo[T uint64 | int](b bool) T {
	if b {
		return 1
	}
	return 0
}
