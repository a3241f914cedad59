// Package mkfs makes empty ext2, ext3 and ext4 file systems.
//
// It gives what mke2fs gives for the same options: the same features, counts,
// journal and places on the disk. It differs in three ways. It writes only what
// is not zero, and so expects a target that reads as zeros, such as a new sparse
// file; of any size, a file system then costs at most two bitmaps for each block
// group. It reads no configuration, clock or random source: the same call gives
// the same bytes. And it says which size would do when one does not.
//
// A file system is made in four steps. Counts and sizes follow from the options
// (geometry.go); bitmaps and inode tables get their places (place.go); the first
// files are made (inodes.go, maps.go, resize.go, journal.go); what has come of it
// is written (write.go, super.go).
package mkfs

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"lbimage/imagebuild/ext/internal/layout"
)

// Options says what to make. The zero value is a usable ext4.
type Options struct {
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

// Format writes an empty file system of size bytes to w, which must read as
// zeros from its start to size. Nothing is written when the options are refused.
func Format(w io.WriterAt, size int64, o Options) error {
	o, err := o.complete(size)
	if err != nil {
		return err
	}
	g, err := newGeometry(size, o)
	if err != nil {
		return err
	}
	f := &formatter{geometry: g, opts: o, w: w}
	if err := f.place(); err != nil {
		return err
	}
	if err := f.makeFiles(); err != nil {
		return err
	}
	return f.write()
}

// formatter is a file system in the making.
type formatter struct {
	*geometry
	opts   Options
	w      io.WriterAt
	used   space   // blocks that are taken
	tables []table // of each group

	super    layout.Superblock
	inodes   []byte  // the first inodes, up to that of lost+found
	contents []block // of single blocks, in the order they were made
	// overhead is how many blocks the bookkeeping takes, the journal included.
	overhead uint64
}

// block is one block to be written.
type block struct {
	at   uint64
	data []byte
}

// complete checks what does not depend on the geometry and fills in what is
// missing, except for what does.
func (o Options) complete(size int64) (Options, error) {
	switch o.Type {
	case "":
		o.Type = "ext4"
	case "ext2", "ext3", "ext4":
	default:
		return o, fmt.Errorf("type %q: choose ext2, ext3 or ext4", o.Type)
	}
	if o.Modern && o.Type != "ext4" {
		return o, fmt.Errorf("type %s: the modern features are for ext4 only", o.Type)
	}
	if o.BlockSize == 0 {
		o.BlockSize = 4096
	}
	if s := o.BlockSize; s < 1024 || s > 65536 || s&(s-1) != 0 {
		return o, fmt.Errorf("block size %d: choose a power of two from 1024 to 65536", s)
	}
	if o.InodeSize == 0 {
		o.InodeSize = 256
	}
	if s, most := o.InodeSize, min(o.BlockSize, maxInodeSize); s < layout.GoodOldInodeSize || s > most || s&(s-1) != 0 {
		return o, fmt.Errorf("inode size %d: choose a power of two from 128 to %d, with blocks of %d", s, most, o.BlockSize)
	}
	if o.InodeRatio < 0 || o.InodeRatio > 0 && o.InodeRatio < 1024 {
		return o, fmt.Errorf("inode ratio %d: choose 1024 or more", o.InodeRatio)
	}
	if o.ReservedPercent > 50 {
		return o, fmt.Errorf("reserved blocks %d %%: choose 50 at most", o.ReservedPercent)
	}
	if o.ReservedPercent == 0 {
		o.ReservedPercent = 5
	}
	if o.Type == "ext2" && o.JournalBlocks > 0 {
		return o, fmt.Errorf("journal of %d blocks: ext2 has none, choose ext3 or ext4", o.JournalBlocks)
	}
	if o.JournalBlocks > 0 && (o.JournalBlocks < minJournal || o.JournalBlocks > maxJournal) {
		return o, fmt.Errorf("journal of %d blocks: choose %d to %d", o.JournalBlocks, minJournal, maxJournal)
	}
	if len(o.Label) > 16 {
		return o, fmt.Errorf("label %q has %d bytes: shorten it to 16", o.Label, len(o.Label))
	}
	if o.Time.IsZero() {
		o.Time = time.Unix(0, 0)
	}
	last := int64(layout.MaxTime)
	if o.InodeSize == layout.GoodOldInodeSize {
		last = layout.MaxTimeShort
	}
	if t := o.Time.Unix(); t < 0 || t > last {
		return o, fmt.Errorf("time %s: choose one from 1970 to %s", o.Time.UTC().Format(time.RFC3339), time.Unix(last, 0).UTC().Format(time.RFC3339))
	}
	o.Time = time.Unix(o.Time.Unix(), 0).UTC()
	if o.UUID == ([16]byte{}) {
		o.UUID = o.derivedUUID(size)
	}
	if o.HashSeed == ([16]byte{}) {
		o.HashSeed = nameUUID("hash seed", o.UUID[:])
	}
	return o, nil
}

// derivedUUID is a UUID of version 8 (RFC 9562), made from everything that was chosen.
func (o Options) derivedUUID(size int64) [16]byte {
	b := fmt.Appendf(nil, "%s %t %d %d %d %d %d %d %q ", o.Type, o.Modern, o.BlockSize, o.InodeSize, o.InodeRatio,
		o.Inodes, o.ReservedPercent, o.JournalBlocks, o.Label)
	if o.MetaBG {
		b = append(b, "meta_bg "...)
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(size))
	b = binary.LittleEndian.AppendUint64(b, uint64(o.Time.Unix()))
	return nameUUID("file system", b)
}

func nameUUID(what string, b []byte) (u [16]byte) {
	sum := sha256.Sum256(append([]byte("lbimage "+what+"\x00"), b...))
	copy(u[:], sum[:])
	u[6] = u[6]&0x0F | 0x80
	u[8] = u[8]&0x3F | 0x80
	return u
}
