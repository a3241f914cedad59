package ext

import (
	"fmt"
	"time"

	"lbimage/imagebuild/ext/internal/layout"
)

// Info describes a file system as a whole.
type Info struct {
	Type        string // "ext2", "ext3" or "ext4", as its features make it
	UUID        string // 8-4-4-4-12 hexadecimal digits
	Label       string
	LastMounted string // where it was last mounted
	BlockSize   int    // bytes
	Blocks      uint64
	FreeBlocks  uint64
	Inodes      uint32
	FreeInodes  uint32
	InodeSize   int // bytes
	Groups      uint32
	Features    []string  // as mke2fs -O names them, in the order of their bits
	Made        time.Time // when it was made
	Written     time.Time // when it was last changed
	Refusal     error     // why it cannot be edited, as far as opening it for reading shows; nil if nothing speaks against it
}

// Info describes the file system as it is now, with changes that are not synced.
func (f *FS) Info() Info {
	f.mu.Lock()
	defer f.mu.Unlock()
	sb := f.sb
	u := sb.UUID()
	i := Info{
		Type:        kind(sb),
		UUID:        fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:]),
		Label:       sb.VolumeName(),
		LastMounted: sb.LastMounted(),
		BlockSize:   f.bs,
		Blocks:      f.blocks,
		FreeBlocks:  f.free << f.shift,
		Inodes:      f.inodes,
		FreeInodes:  f.freeInodes,
		InodeSize:   f.inodeSize,
		Groups:      f.groups,
		Made:        time.Unix(sb.MkfsTime(), 0).UTC(),
		Written:     time.Unix(sb.WriteTime(), 0).UTC(),
		Refusal:     f.refuse,
	}
	i.Features = append(layout.CompatNames(sb.Compat()), layout.IncompatNames(sb.Incompat())...)
	i.Features = append(i.Features, layout.ROCompatNames(sb.ROCompat())...)
	return i
}

// kind tells which driver a file system was made for: what ext3 does not know
// makes it ext4, a journal ext3.
func kind(sb layout.Superblock) string {
	const (
		incompat3 = layout.IncompatFiletype | layout.IncompatRecover | layout.IncompatMetaBG
		ro3       = layout.ROSparseSuper | layout.ROLargeFile | layout.ROBtreeDir
	)
	switch {
	case sb.Incompat()&^incompat3 != 0 || sb.ROCompat()&^ro3 != 0:
		return "ext4"
	case sb.Compat()&layout.CompatHasJournal != 0:
		return "ext3"
	}
	return "ext2"
}
