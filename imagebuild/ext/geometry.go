package ext

import (
	"fmt"
	"math/bits"

	"lbimage/imagebuild/ext/internal/layout"
)

const (
	maxBlockSize   = 65536
	maxTableBytes  = 64 << 20 // of group descriptors: enough for 128 TiB with 4 KiB blocks
	minGroupBlocks = 256
)

// geometry is what the superblock says about where things are, checked.
type geometry struct {
	bs        int    // bytes of a block
	blocks    uint64 // of the file system
	first     uint64 // first block of group 0: 1 with blocks of 1 KiB, else 0
	bpg       uint32 // blocks in a group
	groups    uint32
	ipg       uint32 // inodes in a group
	inodes    uint32
	firstIno  uint32 // first inode that files may take
	inodeSize int    // bytes
	itBlocks  uint32 // blocks of a group's inode table
	descSize  int    // bytes of a group descriptor
	perDesc   uint32 // descriptors in a block
	csum      bool   // metadata_csum
	gdtCsum   bool   // uninit_bg without metadata_csum
	bigalloc  bool
	shift     uint // blocks of a cluster are 1 << this; 0 without bigalloc
}

// lazy tells whether groups may be uninitialised.
func (g *geometry) lazy() bool { return g.csum || g.gdtCsum }

// readGeometry takes the numbers from a superblock and refuses those that do not
// make a file system of at most size bytes.
func readGeometry(sb layout.Superblock, size int64) (geometry, error) {
	bad := func(format string, a ...any) (geometry, error) {
		return geometry{}, corruptf(0, "superblock: "+format, a...)
	}
	if sb.RevLevel() > layout.RevDynamic {
		return bad("revision %d is not known", sb.RevLevel())
	}
	if sb.LogBlockSize() > 6 {
		return bad("block size 1024<<%d is not possible", sb.LogBlockSize())
	}
	g := geometry{
		bs:        1024 << sb.LogBlockSize(),
		blocks:    sb.BlocksCount(),
		first:     uint64(sb.FirstDataBlock()),
		bpg:       sb.BlocksPerGroup(),
		ipg:       sb.InodesPerGroup(),
		inodes:    sb.InodesCount(),
		firstIno:  sb.FirstInode(),
		inodeSize: int(sb.InodeSize()),
		descSize:  int(sb.DescSize()),
		csum:      sb.ROCompat()&layout.ROMetadataCsum != 0,
		bigalloc:  sb.ROCompat()&layout.ROBigalloc != 0,
	}
	g.gdtCsum = !g.csum && sb.ROCompat()&layout.ROGdtCsum != 0
	if g.descSize == 0 && sb.Incompat()&layout.Incompat64Bit == 0 {
		g.descSize = 32
	}
	if g.csum && sb.ChecksumType() != layout.ChecksumCRC32C {
		return bad("checksum type %d is not known", sb.ChecksumType())
	}
	unit := uint32(1) // blocks of a cluster
	if g.bigalloc {
		if sb.LogClusterSize() < sb.LogBlockSize() || sb.LogClusterSize() > 20 {
			return bad("cluster size 1024<<%d is not possible", sb.LogClusterSize())
		}
		g.shift = uint(sb.LogClusterSize() - sb.LogBlockSize())
		unit = 1 << g.shift
	}
	bitmapBits := uint32(8 * g.bs)
	switch {
	case g.inodeSize < layout.GoodOldInodeSize || g.inodeSize > g.bs || bits.OnesCount(uint(g.inodeSize)) != 1:
		return bad("inode size %d is not possible with blocks of %d bytes", g.inodeSize, g.bs)
	case g.descSize < 32 || g.descSize > min(g.bs, 1024) || bits.OnesCount(uint(g.descSize)) != 1 ||
		sb.Incompat()&layout.Incompat64Bit != 0 && g.descSize < 64:
		return bad("group descriptor size %d is not possible", g.descSize)
	case g.bpg == 0 || g.bpg%8 != 0 || g.bpg < minGroupBlocks || g.bpg%unit != 0 || g.bpg/unit > bitmapBits:
		return bad("%d blocks in a group are not possible with blocks of %d bytes", g.bpg, g.bs)
	case g.ipg == 0 || g.ipg%8 != 0 || g.ipg > bitmapBits || int(g.ipg)*g.inodeSize%g.bs != 0:
		return bad("%d inodes in a group are not possible", g.ipg)
	case g.bs == 1024 && g.first != 1 && !g.bigalloc || g.bs > 1024 && g.first != 0:
		return bad("first data block %d is not possible with blocks of %d bytes", g.first, g.bs)
	case g.blocks <= g.first+1 || g.blocks > 1<<48:
		return bad("%d blocks are not possible", g.blocks)
	case g.blocks > uint64(size)/uint64(g.bs):
		return bad("%d blocks of %d bytes need %d bytes, but the device has %d: it was cut off", g.blocks, g.bs, g.blocks*uint64(g.bs), size)
	}
	groups := (g.blocks - g.first + uint64(g.bpg) - 1) / uint64(g.bpg)
	if groups*uint64(g.descSize) > maxTableBytes {
		return bad("%d groups are more than can be handled", groups)
	}
	g.groups = uint32(groups)
	if uint64(g.inodes) != groups*uint64(g.ipg) {
		return bad("%d inodes, but %d groups of %d", g.inodes, groups, g.ipg)
	}
	if g.firstIno < 11 || g.firstIno > g.inodes {
		return bad("first inode %d is not possible", g.firstIno)
	}
	g.itBlocks = uint32(int(g.ipg) * g.inodeSize / g.bs)
	g.perDesc = uint32(g.bs / g.descSize)
	if int(sb.ReservedGDTBlocks()) > g.bs/4 {
		return bad("%d reserved descriptor blocks are not possible", sb.ReservedGDTBlocks())
	}
	return g, nil
}

func (g *geometry) groupStart(n uint32) uint64 { return g.first + uint64(n)*uint64(g.bpg) }

// groupBlocks is how many blocks group n has; the last is often shorter.
func (g *geometry) groupBlocks(n uint32) uint32 {
	return uint32(min(uint64(g.bpg), g.blocks-g.groupStart(n)))
}

// cluster is the number of blocks that are allocated and freed together: 1 without
// bigalloc.
func (g *geometry) cluster() uint64 { return 1 << g.shift }

// clusters is how many clusters n blocks take that start with one.
func (g *geometry) clusters(n uint64) uint64 { return (n + g.cluster() - 1) >> g.shift }

// groupClusters is how many bits of its block bitmap group n uses.
func (g *geometry) groupClusters(n uint32) uint32 {
	return uint32(g.clusters(uint64(g.groupBlocks(n))))
}

func (g *geometry) groupOf(blk uint64) uint32 { return uint32((blk - g.first) / uint64(g.bpg)) }

// inodeGroup gives the group of an inode and its place there.
func (g *geometry) inodeGroup(ino uint32) (group, idx uint32) {
	return (ino - 1) / g.ipg, (ino - 1) % g.ipg
}

// gdtBlocks is how many blocks the table of descriptors takes.
func (g *geometry) gdtBlocks() uint32 { return (g.groups + g.perDesc - 1) / g.perDesc }

// hasSuper tells whether group n opens with a copy of the superblock.
func hasSuper(sb layout.Superblock, n uint32) bool {
	if n == 0 {
		return true
	}
	if sb.Compat()&layout.CompatSparseSuper2 != 0 {
		b := sb.BackupBGs()
		return n == b[0] || n == b[1]
	}
	if n == 1 || sb.ROCompat()&layout.ROSparseSuper == 0 {
		return true
	}
	for _, base := range []uint32{3, 5, 7} {
		p := uint64(base)
		for p < uint64(n) {
			p *= uint64(base)
		}
		if p == uint64(n) {
			return true
		}
	}
	return false
}

// metaGroups is the first descriptor block that lies in its own meta group
// instead of behind the superblock; without meta_bg there is none.
func (g *geometry) metaGroups(sb layout.Superblock) uint32 {
	if sb.Incompat()&layout.IncompatMetaBG == 0 {
		return g.gdtBlocks()
	}
	return min(sb.FirstMetaBG(), g.gdtBlocks())
}

// gdtBlock is where block i of the primary table of descriptors lies.
func (g *geometry) gdtBlock(sb layout.Superblock, i uint32) uint64 {
	if i < g.metaGroups(sb) {
		return g.superBlock() + 1 + uint64(i)
	}
	n := i * g.perDesc
	at := g.groupStart(n)
	if n == 0 {
		return g.superBlock() + 1
	}
	if hasSuper(sb, n) {
		at++
	}
	return at
}

// superBlock is the block that holds the primary superblock.
func (g *geometry) superBlock() uint64 {
	if g.bs == 1024 {
		return 1
	}
	return 0
}

// head gives the blocks at the start of group n which copies of the superblock
// and of descriptors take, with the blocks kept for more of them.
func (g *geometry) head(sb layout.Superblock, n uint32) run {
	start := g.groupStart(n)
	if n == 0 && g.superBlock() > start {
		start = g.superBlock() // bigalloc with blocks of 1 KiB: block 0 is the boot block
	}
	old := g.metaGroups(sb)
	metaBG := sb.Incompat()&layout.IncompatMetaBG != 0
	var size uint64
	if hasSuper(sb, n) {
		size = 1
		if n/g.perDesc < old {
			size += uint64(old)
		}
		if !metaBG {
			size += uint64(sb.ReservedGDTBlocks())
		}
	}
	if metaBG && n/g.perDesc >= old {
		if k := n % g.perDesc; k == 0 || k == 1 || k == g.perDesc-1 {
			size++
		}
	}
	return run{start, start + size}
}

// run is the blocks [start, end).
type run struct{ start, end uint64 }

func (r run) String() string {
	if r.end == r.start+1 {
		return fmt.Sprintf("block %d", r.start)
	}
	return fmt.Sprintf("blocks %d to %d", r.start, r.end-1)
}
