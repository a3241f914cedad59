package place

import (
	"context"
	"fmt"
	"io"

	"lbimage/imagebuild/ext/internal/layout"
)

// Shape is what a file system looks like as a whole. Who opens it has checked that
// the numbers make sense, and that bitmaps and inode tables lie within it.
type Shape struct {
	Super          layout.Superblock
	BlockSize      int
	Blocks         uint64
	First          uint64 // first block of group 0
	SuperBlock     uint64 // block of the primary superblock
	BlocksPerGroup uint32
	Groups         uint32
	InodesPerGroup uint32
	InodeSize      int
	TableBlocks    uint32 // blocks of the inode table of a group
	DescSize       int
	ClusterShift   uint // blocks of a cluster are 1 << this
	Lazy           bool // groups may be uninitialised
	// Desc is the descriptor of a group, Areas what lies at its start.
	Desc  func(group uint32) layout.Group
	Areas func(group uint32) Areas
}

// Areas are the copies at the start of a group. A length of 0 is none.
type Areas struct {
	Super     bool   // a superblock, in SuperBlock
	Block     uint64 // where it lies
	Descs     uint64 // first block of a copy of descriptors
	DescCount uint64
	DescIndex uint64 // which block of the table the first one is
	Reserved  uint64 // first block that is kept for more descriptors
	ReservedN uint64
}

// FS is a file system whose bytes are to be told apart. Its methods may be called
// by one goroutine at a time.
type FS struct {
	Shape
	r io.ReaderAt
	// most is how many owners are kept at once.
	most int

	ctx     context.Context
	nodes   uint64 // blocks of maps that may still be read in this walk
	inode   layout.Inode
	inodeNo uint32 // whose inode is in inode; 0 for none
	bits    []byte // an inode bitmap
	bitsOf  uint32
	hasBits bool
	bufs    [][]byte // one for each level of a map
	buf     []byte   // a block
}

// most runs of blocks take about 12 MiB while they are put in order.
const most = 1 << 17

// New gives the file system of that shape in r.
func New(r io.ReaderAt, s Shape) *FS {
	return &FS{Shape: s, r: r, most: most, ctx: context.Background(), buf: make([]byte, s.BlockSize)}
}

// KeepAtOnce sets how many runs of blocks are kept at once; the fewer, the more
// often all inodes are walked. The answers are the same.
func (f *FS) KeepAtOnce(n int) { f.most = max(n, 1) }

// Size is how many bytes the file system has.
func (f *FS) Size() int64 { return int64(f.Blocks) * int64(f.BlockSize) }

func (f *FS) read(b []byte, off int64) error {
	if n, err := f.r.ReadAt(b, off); n < len(b) {
		return fmt.Errorf("reading %d bytes at %d: %w", len(b), off, noEOF(err))
	}
	return nil
}

func (f *FS) readBlock(b []byte, blk uint64) error {
	if err := f.ctx.Err(); err != nil {
		return context.Cause(f.ctx)
	}
	return f.read(b[:f.BlockSize], int64(blk)*int64(f.BlockSize))
}

func (f *FS) groupStart(g uint32) uint64 { return f.First + uint64(g)*uint64(f.BlocksPerGroup) }

// groupBlocks is how many blocks group g has; the last is often shorter.
func (f *FS) groupBlocks(g uint32) uint64 {
	return min(uint64(f.BlocksPerGroup), f.Blocks-f.groupStart(g))
}

func (f *FS) groupOf(blk uint64) uint32 { return uint32((blk - f.First) / uint64(f.BlocksPerGroup)) }

func (f *FS) inodes() uint32 { return f.Groups * f.InodesPerGroup }

// inodeAt is where an inode lies.
func (f *FS) inodeAt(ino uint32) int64 {
	g, i := (ino-1)/f.InodesPerGroup, (ino-1)%f.InodesPerGroup
	return int64(f.Desc(g).InodeTable())*int64(f.BlockSize) + int64(i)*int64(f.InodeSize)
}

// readInode gives an inode; it is good until the next call.
func (f *FS) readInode(ino uint32) (layout.Inode, error) {
	if f.inodeNo == ino {
		return f.inode, nil
	}
	if len(f.inode) != f.InodeSize {
		f.inode = make(layout.Inode, f.InodeSize)
	}
	f.inodeNo = 0
	if err := f.read(f.inode, f.inodeAt(ino)); err != nil {
		return nil, err
	}
	f.inodeNo = ino
	return f.inode, nil
}

// listed tells whether the bitmap has an inode as used.
func (f *FS) listed(ino uint32) (bool, error) {
	g, i := (ino-1)/f.InodesPerGroup, (ino-1)%f.InodesPerGroup
	d := f.Desc(g)
	if f.Lazy && d.Flags()&layout.GroupInodeUninit != 0 {
		return false, nil
	}
	if !f.hasBits || f.bitsOf != g {
		if len(f.bits) != f.BlockSize {
			f.bits = make([]byte, f.BlockSize)
		}
		f.hasBits = false
		if err := f.readBlock(f.bits, d.InodeBitmap()); err != nil {
			return false, err
		}
		f.hasBits, f.bitsOf = true, g
	}
	return f.bits[i/8]&(1<<(i%8)) != 0, nil
}

// everUsed is how many inodes of a group's table may be in use.
func (f *FS) everUsed(g uint32) uint32 {
	d := f.Desc(g)
	switch {
	case f.Lazy && d.Flags()&layout.GroupInodeUninit != 0:
		return 0
	case f.Lazy:
		return f.InodesPerGroup - min(d.ItableUnused(), f.InodesPerGroup)
	}
	return f.InodesPerGroup
}

// inUse tells whether an inode is in use: it has a name, or is listed and not empty.
// Where bitmap and inode disagree, a name counts, as for e2fsck.
func (f *FS) inUse(ino uint32, inode layout.Inode) (bool, error) {
	if inode.LinksCount() > 0 {
		return true, nil
	}
	listed, err := f.listed(ino)
	return listed && (inode.Mode() != 0 || ino < f.Super.FirstInode()), err
}

// special is what a file with a fixed meaning is, or "" for any other.
func (f *FS) special(ino uint32, inode layout.Inode) Kind {
	sb := f.Super
	switch ino {
	case layout.InodeBadBlocks:
		return BadBlocks
	case sb.UserQuotaInode(), sb.GroupQuotaInode(), sb.ProjectQuotaInode():
		if sb.ROCompat()&layout.ROQuota != 0 {
			return Quota
		}
	case sb.OrphanFileInode():
		if sb.Compat()&layout.CompatOrphanFile != 0 {
			return OrphanFile
		}
	case sb.JournalInode():
		if sb.Compat()&layout.CompatHasJournal != 0 {
			return Journal
		}
	}
	if inode.Has(layout.InodeFlagEAInode) {
		return AttributeValue
	}
	return ""
}
