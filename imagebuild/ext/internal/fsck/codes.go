package fsck

// The codes of problems, in the order of the passes.
const (
	codeMoreProblems = "more-problems" // the list ends here

	// The superblock.
	codeRevision           = "unknown-revision"
	codeUnknownFeature     = "unknown-feature"
	codeSuperblock         = "superblock-field"
	codeSuperblockChecksum = "superblock-checksum"
	codeSizeBeyondDevice   = "size-beyond-device"
	codeTooLarge           = "too-large" // to be examined
	codeFeatures           = "feature-conflict"
	codeMMP                = "mmp-block"
	codeState              = "error-state" // marked with errors, or not unmounted
	codeNeedsRecovery      = "needs-recovery"
	codeOrphans            = "orphans"
	codeFutureTime         = "future-time"

	// Group descriptors.
	codeBlockBitmapPlace = "block-bitmap-place"
	codeInodeBitmapPlace = "inode-bitmap-place"
	codeInodeTablePlace  = "inode-table-place"
	codeGroupChecksum    = "group-checksum"
	codeGroupUninit      = "group-uninit"
	codeUninitMetadata   = "group-uninit-metadata"
	codeItableUnused     = "itable-unused"
	codeMetadataOverlap  = "metadata-overlap"

	// Inodes with a fixed meaning.
	codeJournal      = "journal"
	codeJournalLinks = "journal-links"
	codeJournalHole  = "journal-hole"
	codeQuotaInode   = "quota-inode"
	codeOrphanFile   = "orphan-file"
	codeResizeInode  = "resize-inode"
	codeSpecialInode = "special-inode"

	// Inodes.
	codeInodeChecksum = "inode-checksum"
	codeDtime         = "inode-dtime"
	codeMode          = "inode-mode"
	codeInodeField    = "inode-field"
	codeInodeFlags    = "inode-flags"
	codeInodeTime     = "inode-time"
	codeExtraIsize    = "inode-extra-size"
	codeInlineData    = "inline-data"
	codeEncryption    = "encryption-context"
	codeSymlink       = "symlink"
	codeSize          = "inode-size"
	codeBlockCount    = "inode-blocks"

	// Maps.
	codeIllegalBlock   = "block-outside"
	codeShared         = "block-shared"
	codeClusterAlign   = "cluster-alignment"
	codeExtentHeader   = "extent-header"
	codeExtentDepth    = "extent-depth"
	codeExtentOrder    = "extent-order"
	codeExtentStart    = "extent-start"
	codeExtentEnd      = "extent-end"
	codeExtentEmpty    = "extent-empty"
	codeExtentUninit   = "extent-uninit"
	codeExtentChecksum = "extent-checksum"
	codeExtentShape    = "extent-shape" // a notice

	// Extended attributes.
	codeXattrBlock    = "xattr-block"
	codeXattrChecksum = "xattr-checksum"
	codeXattrEntry    = "xattr-entry"
	codeXattrName     = "xattr-name"
	codeXattrValue    = "xattr-value"
	codeXattrHash     = "xattr-hash"
	codeXattrInode    = "xattr-inode"
	codeXattrRefs     = "xattr-refs"

	// Bitmaps and counts.
	codeInodeBitmap    = "inode-bitmap"
	codeBlockBitmap    = "block-bitmap"
	codeBitmapPadding  = "bitmap-padding"
	codeBitmapChecksum = "bitmap-checksum"
	codeFreeInodes     = "free-inodes"
	codeFreeBlocks     = "free-blocks"
	codeUsedDirs       = "used-dirs"

	// Directories.
	codeDirHole     = "directory-hole"
	codeDirEntry    = "directory-entry"
	codeDirChecksum = "directory-checksum"
	codeDot         = "directory-dot"
	codeDotdot      = "directory-dotdot"
	codeDirLoop     = "directory-loop"
	codeDirLinked   = "directory-linked" // it has more than one name
	codeEntryInode  = "entry-inode"
	codeEntryUnused = "entry-unused-inode"
	codeEntryType   = "entry-type"
	codeEntryName   = "entry-name"
	codeEntryTwice  = "entry-twice"
	codeHashFlag    = "htree-flag"
	codeHashRoot    = "htree-root"
	codeHashNode    = "htree-node"
	codeHashOrder   = "htree-order"
	codeHashRange   = "htree-range"
	codeHashRef     = "htree-reference"
	codeHashDepth   = "htree-depth"

	// Connectivity and links.
	codeRoot       = "root-inode"
	codeUnattached = "unattached"
	codeDirRing    = "directory-ring"
	codeLinks      = "link-count"

	// Quotas.
	codeQuotaFile  = "quota-file"
	codeQuotaMagic = "quota-magic"
	codeQuotaUsage = "quota-usage"
)
