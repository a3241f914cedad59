package layout

import "fmt"

// Compatible features: a reader or writer that does not know one may go on.
const (
	CompatDirPrealloc   = 0x1
	CompatImagicInodes  = 0x2
	CompatHasJournal    = 0x4 // ext3's journal, since Linux 2.4
	CompatExtAttr       = 0x8
	CompatResizeInode   = 0x10
	CompatDirIndex      = 0x20 // hashed directories
	CompatLazyBG        = 0x40
	CompatExcludeInode  = 0x80
	CompatExcludeBitmap = 0x100
	CompatSparseSuper2  = 0x200
	CompatFastCommit    = 0x400
	CompatStableInodes  = 0x800
	CompatOrphanFile    = 0x1000 // since Linux 5.15
)

// Incompatible features: who does not know one must not even read.
const (
	IncompatCompression = 0x1
	IncompatFiletype    = 0x2 // directory entries carry the type
	IncompatRecover     = 0x4 // the journal must be replayed first
	IncompatJournalDev  = 0x8 // this device is a journal, not a file system
	IncompatMetaBG      = 0x10
	IncompatExtents     = 0x40
	Incompat64Bit       = 0x80
	IncompatMMP         = 0x100
	IncompatFlexBG      = 0x200
	IncompatEAInode     = 0x400
	IncompatDirdata     = 0x1000
	IncompatCsumSeed    = 0x2000
	IncompatLargeDir    = 0x4000
	IncompatInlineData  = 0x8000
	IncompatEncrypt     = 0x10000
	IncompatCasefold    = 0x20000
)

// Read-only compatible features: who does not know one may read, not write.
const (
	ROSparseSuper   = 0x1 // superblock backups in groups 0, 1 and powers of 3, 5, 7 only
	ROLargeFile     = 0x2 // some file has 2 GiB or more
	ROBtreeDir      = 0x4
	ROHugeFile      = 0x8  // the block count of an inode may be in blocks
	ROGdtCsum       = 0x10 // uninit_bg: descriptors have a CRC16, groups may be uninitialised
	RODirNlink      = 0x20
	ROExtraIsize    = 0x40
	ROHasSnapshot   = 0x80
	ROQuota         = 0x100
	ROBigalloc      = 0x200
	ROMetadataCsum  = 0x400 // CRC32C over all metadata, since Linux 3.5
	ROReplica       = 0x800
	ROReadonly      = 0x1000
	ROProject       = 0x2000
	ROSharedBlocks  = 0x4000
	ROVerity        = 0x8000
	ROOrphanPresent = 0x10000 // the orphan file has entries
)

type featureName struct {
	bit  uint32
	name string
}

// The names are those that mke2fs -O takes.
var compatNames = []featureName{
	{CompatDirPrealloc, "dir_prealloc"}, {CompatImagicInodes, "imagic_inodes"}, {CompatHasJournal, "has_journal"},
	{CompatExtAttr, "ext_attr"}, {CompatResizeInode, "resize_inode"}, {CompatDirIndex, "dir_index"},
	{CompatLazyBG, "lazy_bg"}, {CompatExcludeInode, "exclude_inode"}, {CompatExcludeBitmap, "exclude_bitmap"}, {CompatSparseSuper2, "sparse_super2"},
	{CompatFastCommit, "fast_commit"}, {CompatStableInodes, "stable_inodes"}, {CompatOrphanFile, "orphan_file"},
}

var incompatNames = []featureName{
	{IncompatCompression, "compression"}, {IncompatFiletype, "filetype"}, {IncompatRecover, "needs_recovery"},
	{IncompatJournalDev, "journal_dev"}, {IncompatMetaBG, "meta_bg"}, {IncompatExtents, "extent"},
	{Incompat64Bit, "64bit"}, {IncompatMMP, "mmp"}, {IncompatFlexBG, "flex_bg"}, {IncompatEAInode, "ea_inode"},
	{IncompatDirdata, "dirdata"}, {IncompatCsumSeed, "metadata_csum_seed"}, {IncompatLargeDir, "large_dir"},
	{IncompatInlineData, "inline_data"}, {IncompatEncrypt, "encrypt"}, {IncompatCasefold, "casefold"},
}

var roCompatNames = []featureName{
	{ROSparseSuper, "sparse_super"}, {ROLargeFile, "large_file"}, {ROBtreeDir, "btree_dir"}, {ROHugeFile, "huge_file"},
	{ROGdtCsum, "uninit_bg"}, {RODirNlink, "dir_nlink"}, {ROExtraIsize, "extra_isize"}, {ROHasSnapshot, "has_snapshot"},
	{ROQuota, "quota"}, {ROBigalloc, "bigalloc"}, {ROMetadataCsum, "metadata_csum"}, {ROReplica, "replica"},
	{ROReadonly, "read-only"}, {ROProject, "project"}, {ROSharedBlocks, "shared_blocks"}, {ROVerity, "verity"},
	{ROOrphanPresent, "orphan_present"},
}

// CompatNames, IncompatNames and ROCompatNames give the names of the set bits,
// lowest first; an unknown bit is named in hexadecimal with its class.
func CompatNames(bits uint32) []string   { return names(bits, compatNames, "compat") }
func IncompatNames(bits uint32) []string { return names(bits, incompatNames, "incompat") }
func ROCompatNames(bits uint32) []string { return names(bits, roCompatNames, "ro_compat") }

func names(bits uint32, table []featureName, class string) []string {
	var out []string
	for bit := uint32(1); bit != 0; bit <<= 1 {
		if bits&bit != 0 {
			out = append(out, name(bit, table, class))
		}
	}
	return out
}

func name(bit uint32, table []featureName, class string) string {
	for _, f := range table {
		if f.bit == bit {
			return f.name
		}
	}
	return fmt.Sprintf("%s feature %#x", class, bit)
}
