package ext

import (
	"fmt"
	"io"
	"time"

	"lbimage/imagebuild/ext/internal/mkfs"
)

// FormatOptions say what [Format] makes. The zero value is a usable ext4.
type FormatOptions struct {
	// Type is "ext2", "ext3" or "ext4"; empty means ext4.
	Type string
	// Modern chooses the features of ext4 since 2018, 64bit and metadata_csum, instead
	// of those that CentOS 6 makes and reads (uninit_bg). For ext4 only.
	Modern bool
	// MetaBG scatters the group descriptors over the disk, in place of a table that
	// lies behind each copy of the superblock and can grow while mounted. Where such a
	// table would not fit, it is chosen anyhow.
	MetaBG bool
	// BlockSize is a power of two from 1024 to 65536 bytes; 0 means 4096, whatever the
	// size. Linux mounts those up to its page size, 4096 on most machines.
	BlockSize int
	// InodeSize is in bytes, a power of two from 128 up to the block size and to 32768; 0 means 256.
	InodeSize int
	// InodeRatio is the bytes of the file system for each inode. 0 means 8192 below
	// 3 MiB, 4096 below 512 MiB, then 16384, from 4 TiB 32768, from 16 TiB 65536, and
	// the size of a block at least.
	// A low ratio is met as far as the bitmaps go.
	InodeRatio int64
	// Inodes is how many inodes there shall be at least; 0 leaves it to InodeRatio.
	Inodes uint32
	// ReservedPercent of the blocks are for root alone; 0 means 5, a negative number none.
	ReservedPercent int
	// JournalBlocks is the journal's size in blocks, 1024 or more. 0 chooses it by
	// the size of the file system, and leaves it out below 2048 blocks; a negative
	// number means none. ext2 never has one.
	JournalBlocks int
	// Label is the volume's name, 16 bytes at most.
	Label string
	// UUID names the file system. Where it is zero it is made from the size and the
	// other options.
	UUID [16]byte
	// HashSeed is the key of hashed directories. Where it is zero it is made from the UUID.
	HashSeed [16]byte
	// Time is stored as that of creation, last write and last check, and in the
	// first files, to the second. The zero value means the start of 1970.
	Time time.Time
}

// Format makes an empty file system of size bytes on dev: what mke2fs makes for
// the same options, with a root folder and lost+found. The same call gives the
// same bytes.
//
// dev must read as zeros up to size, as a new sparse file does: only what is not
// zero is written, so that a file system of any size takes milliseconds. Options
// that cannot be met are refused before anything is written.
func Format(dev io.WriterAt, size int64, o FormatOptions) error {
	if err := mkfs.Format(dev, size, mkfs.Options(o)); err != nil {
		return fmt.Errorf("formatting: %w", err)
	}
	return nil
}
