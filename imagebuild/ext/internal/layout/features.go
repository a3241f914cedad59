package layout

import "fmt"

// A feature bit says that the file system uses something that was not there from
// the start; its class says what he may do who does not know it. Numbers in
// brackets are the version of Linux that brought it.

// Compatible features: a reader or writer that does not know one may go on.
const (
	CompatDirPrealloc   = 0x1    // blocks set aside for folders; never in use under Linux
	CompatImagicInodes  = 0x2    // inodes found by number, for AFS servers; gone since 2.6
	CompatHasJournal    = 0x4    // a journal of metadata (or all data), inside or outside (2.4.15, ext3)
	CompatExtAttr       = 0x8    // extended attributes (2.5.46)
	CompatResizeInode   = 0x10   // inode 7 owns room for more descriptors (2.6.10)
	CompatDirIndex      = 0x20   // hashed folders (2.5.40)
	CompatLazyBG        = 0x40   // groups never used; in the time before uninit_bg only
	CompatExcludeInode  = 0x80   // of snapshots, never in Linux
	CompatExcludeBitmap = 0x100  // of snapshots, never in Linux
	CompatSparseSuper2  = 0x200  // backups in two named groups at most (3.16)
	CompatFastCommit    = 0x400  // the journal may hold small logical records (5.10)
	CompatStableInodes  = 0x800  // inode numbers and the UUID must not change: keys depend on them (5.5)
	CompatOrphanFile    = 0x1000 // orphans are listed in a file (5.15)
)

// Incompatible features: who does not know one must not even read.
const (
	IncompatCompression = 0x1     // files in compressed clusters, of a patch to ext2; never in Linux
	IncompatFiletype    = 0x2     // directory entries carry the type (2.2)
	IncompatRecover     = 0x4     // the journal must be replayed first (2.4.15)
	IncompatJournalDev  = 0x8     // this device is a journal, not a file system (2.4.15)
	IncompatMetaBG      = 0x10    // descriptors lie with the groups that they describe (2.6.0)
	IncompatExtents     = 0x40    // files mapped by extents (2.6.19, ext4)
	Incompat64Bit       = 0x80    // more than 2³² blocks, longer descriptors (2.6.28)
	IncompatMMP         = 0x100   // a block tells other hosts that it is mounted (3.0)
	IncompatFlexBG      = 0x200   // bitmaps and tables of several groups together (2.6.28)
	IncompatEAInode     = 0x400   // large attributes in inodes of their own (4.13)
	IncompatDirdata     = 0x1000  // more than a number and a type in directory entries, of Lustre
	IncompatCsumSeed    = 0x2000  // the seed of checksums is stored (4.4)
	IncompatLargeDir    = 0x4000  // a third level of the index, folders beyond 2 GiB (4.13)
	IncompatInlineData  = 0x8000  // small files and folders inside their inodes (3.8)
	IncompatEncrypt     = 0x10000 // some files and names are encrypted (4.1)
	IncompatCasefold    = 0x20000 // some folders do not tell upper from lower case (5.2)
)

// Read-only compatible features: who does not know one may read, not write.
const (
	ROSparseSuper   = 0x1     // superblock backups in groups 0, 1 and powers of 3, 5, 7 only (2.2)
	ROLargeFile     = 0x2     // some file has 2 GiB or more (2.2)
	ROBtreeDir      = 0x4     // folders as trees, never in Linux
	ROHugeFile      = 0x8     // the block count of an inode may be in blocks (2.6.25)
	ROGdtCsum       = 0x10    // uninit_bg: descriptors have a CRC16, groups may be uninitialised (2.6.24)
	RODirNlink      = 0x20    // a folder with more than 64,998 folders in it has a link count of 1 (2.6.23)
	ROExtraIsize    = 0x40    // every inode has room for the fields of MinExtraIsize (2.6.23)
	ROHasSnapshot   = 0x80    // of snapshots, never in Linux
	ROQuota         = 0x100   // the usage of users and groups is kept in hidden files (3.6)
	ROBigalloc      = 0x200   // bitmaps count clusters of several blocks (3.2)
	ROMetadataCsum  = 0x400   // CRC32C over all metadata (3.5)
	ROReplica       = 0x800   // never in Linux
	ROReadonly      = 0x1000  // never to be written (4.1)
	ROProject       = 0x2000  // the usage of projects is kept as well (4.5)
	ROSharedBlocks  = 0x4000  // files share blocks: written by tools of Android, for reading only
	ROVerity        = 0x8000  // some files end in a tree of their hashes (5.4)
	ROOrphanPresent = 0x10000 // the orphan file has entries (5.15)
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
