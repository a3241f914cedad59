package mkfs

import (
	"fmt"

	"lbimage/imagebuild/ext/internal/layout"
)

// geometry is the sizes and counts of a file system: all that follows from the
// options before anything has a place.
type geometry struct {
	bs        uint64 // bytes of a block
	blocks    uint64
	first     uint64 // block of the superblock: 1 with blocks of 1 KiB, else 0
	perGroup  uint64 // blocks
	groups    uint64
	inodeSize uint64
	ipg       uint64 // inodes of a group
	itable    uint64 // blocks of a group's inode table
	descSize  uint64
	gdt       uint64 // blocks of the group descriptor table
	reserved  uint64 // blocks kept for a longer table, behind each copy of it
	flex      uint64 // groups whose bitmaps and tables lie together; 1 without flex_bg
	journal   uint64 // blocks; 0 for none

	compat, incompat, roCompat uint32
}

const (
	flexGroups = 16
	// firstInode is that of lost+found, the first that is not set aside.
	firstInode = 11
	// spare is how many blocks a last, shorter group must have to itself to be of use.
	spare = 50
	// Descriptors count a group's blocks and inodes in 16 bits, as long as they are short.
	maxPerGroup = 1<<16 - 8
	// The superblock holds the size of an inode in 16 bits.
	maxInodeSize = 1 << 15
	// Who edits the file system has all descriptors in memory: 64 MiB at most.
	maxGroups = 1 << 20

	kib, mib, gib, tib = int64(1) << 10, int64(1) << 20, int64(1) << 30, int64(1) << 40
)

// features are those that mke2fs of CentOS 6 chooses for the type, or of today.
func (g *geometry) features(o Options) {
	g.compat = layout.CompatExtAttr | layout.CompatResizeInode | layout.CompatDirIndex
	g.incompat = layout.IncompatFiletype
	g.roCompat = layout.ROSparseSuper | layout.ROLargeFile
	g.descSize, g.flex = 32, 1
	if o.MetaBG {
		g.scatter()
	}
	if o.Type != "ext4" {
		return
	}
	g.incompat |= layout.IncompatExtents | layout.IncompatFlexBG
	g.roCompat |= layout.ROHugeFile | layout.RODirNlink | layout.ROExtraIsize
	g.flex = flexGroups
	if o.Modern {
		g.incompat |= layout.Incompat64Bit
		g.roCompat |= layout.ROMetadataCsum
		g.descSize = 64
	} else {
		g.roCompat |= layout.ROGdtCsum
	}
}

// lazy tells whether groups may have flags that stand for unwritten bitmaps and tables.
func (g *geometry) lazy() bool { return g.roCompat&(layout.ROGdtCsum|layout.ROMetadataCsum) != 0 }

func (g *geometry) checksums() bool { return g.roCompat&layout.ROMetadataCsum != 0 }

func newGeometry(size int64, o Options) (*geometry, error) {
	g := &geometry{bs: uint64(o.BlockSize), inodeSize: uint64(o.InodeSize)}
	g.features(o)
	if size < 0 {
		return nil, fmt.Errorf("size %d is negative", size)
	}
	g.blocks = uint64(size) / g.bs
	if g.bs == 1024 {
		g.first = 1
	}
	g.perGroup = min(g.bs*8, maxPerGroup)
	if g.blocks >= 1<<32 {
		if o.Type != "ext4" {
			return nil, fmt.Errorf("size %s: %s holds less than %s in blocks of %d; choose larger blocks, or ext4",
				human(size), o.Type, human(1<<32*int64(g.bs)), g.bs)
		}
		g.incompat |= layout.Incompat64Bit
		g.descSize = 64
		g.compat &^= layout.CompatResizeInode // its numbers have 32 bits
	}
	g.blocks = max(g.blocks, g.first+1)
	if err := g.settle(o); err != nil {
		return nil, err
	}
	if g.blocks < g.needed() {
		least, err := g.least(o)
		if err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("size %d is too small: %s with these options needs at least %d bytes", size, o.Type, least*g.bs)
	}
	return g, nil
}

// settle derives everything from the number of blocks, which it may lower.
func (g *geometry) settle(o Options) error {
	wanted := g.wantedInodes(o)
	for {
		if err := g.count(o, wanted); err != nil {
			return err
		}
		// A last group that would hold little but its own tables is left out.
		rest := (g.blocks - g.first) % g.perGroup
		if rest == 0 || rest >= g.groupOverhead(g.groups-1)+spare || g.groups == 1 {
			break
		}
		g.blocks -= rest
	}
	g.journal = g.journalSize(o)
	return nil
}

// least is how many blocks would do. More blocks may mean more inodes, or a last
// group that is left out, so it is sought step by step.
func (g *geometry) least(o Options) (uint64, error) {
	try := *g
	for want := try.needed(); ; want = max(want+1, try.needed()) {
		try.blocks = want
		if err := try.settle(o); err != nil {
			return 0, err
		}
		if try.blocks >= try.needed() {
			return want, nil
		}
	}
}

// wantedInodes is how many inodes were asked for, before groups round it up.
func (g *geometry) wantedInodes(o Options) uint64 {
	n := uint64(o.Inodes)
	if n == 0 {
		ratio := uint64(o.InodeRatio)
		if ratio == 0 {
			ratio = max(defaultInodeRatio(int64(g.blocks*g.bs)), g.bs)
		}
		n = g.blocks * g.bs / ratio
	}
	return min(n, 1<<32-1)
}

func defaultInodeRatio(size int64) uint64 {
	switch {
	case size < 3*mib:
		return 8192
	case size < 512*mib:
		return 4096
	case size < 4*tib:
		return 16384
	case size < 16*tib:
		return 32768
	}
	return 65536
}

// maxInodes is how many inodes a group can have: what a bitmap of one block
// tells, and a short descriptor counts.
func (g *geometry) maxInodes() uint64 { return min(g.bs*8, 1<<16-g.bs/g.inodeSize) }

// count derives the sizes of groups and tables from the number of blocks.
func (g *geometry) count(o Options, wanted uint64) error {
	g.groups = ceil(g.blocks-g.first, g.perGroup)
	if o.Inodes == 0 { // a ratio is met as far as bitmaps of one block go
		wanted = min(wanted, g.groups*g.maxInodes())
	}
	perBlock := g.bs / g.inodeSize
	ipg := max(ceil(wanted, g.groups), firstInode)
	if limit := g.maxInodes(); ipg > limit {
		return fmt.Errorf("%d inodes: with blocks of %d there can be %d at most; choose fewer inodes or larger blocks", wanted, g.bs, limit*g.groups)
	}
	// The table's last block is filled, and the bitmap's last byte.
	step := max(perBlock, 8)
	g.ipg = ceil(ipg, step) * step
	for g.ipg*g.groups > 1<<32-1 {
		g.ipg -= step
	}
	g.itable = ceil(g.ipg, perBlock)
	descs := g.bs / g.descSize
	g.gdt = ceil(g.groups, descs)
	g.reserved = 0
	if g.compat&layout.CompatResizeInode != 0 {
		g.reserved = g.reservedGDT(descs)
	}
	if g.gdt+g.reserved > g.perGroup*3/4 {
		g.scatter()
	}
	if g.groups > maxGroups {
		return fmt.Errorf("%d block groups of %s are more than the %d that can be edited; choose larger blocks, or less than %s",
			g.groups, human(int64(g.perGroup*g.bs)), maxGroups, human(int64(maxGroups*g.perGroup*g.bs)))
	}
	if over := g.groupOverhead(0); over > g.perGroup {
		return fmt.Errorf("%d inodes of %d bytes: their tables need %d blocks of a group's %d; choose fewer inodes or a higher inode ratio",
			g.ipg*g.groups, g.inodeSize, over, g.perGroup)
	}
	return nil
}

// reservedGDT is how many blocks a descriptor table needs beyond those that it
// has, if the file system is to become 1024 times as large some day.
func (g *geometry) reservedGDT(descs uint64) uint64 {
	most := uint64(1<<32 - 1)
	if g.blocks < most/1024 {
		most = g.blocks * 1024
	}
	want := ceil(ceil(most-g.first, g.perGroup), descs)
	if want <= g.gdt {
		return 0
	}
	return min(want-g.gdt, g.bs/4)
}

// hasSuper tells whether the group starts with a copy of the superblock and the
// descriptors: groups 0 and 1, and the powers of 3, 5 and 7.
func (g *geometry) hasSuper(group uint64) bool {
	if group <= 1 {
		return true
	}
	for _, base := range [...]uint64{3, 5, 7} {
		n := base
		for n < group {
			n *= base
		}
		if n == group {
			return true
		}
	}
	return false
}

// copies is how many blocks at the start of the group hold superblock,
// descriptors and room for more of them.
func (g *geometry) copies(group uint64) uint64 {
	switch {
	case g.metaBG() && g.hasSuper(group) && g.hasDescs(group):
		return 2
	case g.metaBG() && (g.hasSuper(group) || g.hasDescs(group)):
		return 1
	case g.metaBG() || !g.hasSuper(group):
		return 0
	}
	return 1 + g.gdt + g.reserved
}

// metaBG tells whether the descriptors lie with the groups that they describe,
// since a copy of all would fill most of a group. The groups whose descriptors
// fill one block are a meta group.
func (g *geometry) metaBG() bool { return g.incompat&layout.IncompatMetaBG != 0 }

// scatter chooses meta_bg. The table of descriptors that resize_inode lets grow is gone.
func (g *geometry) scatter() {
	g.compat &^= layout.CompatResizeInode
	g.incompat |= layout.IncompatMetaBG
	g.reserved = 0
}

// hasDescs tells whether the group has a copy of its meta group's descriptors: the
// first, the second and the last of each.
func (g *geometry) hasDescs(group uint64) bool {
	per := g.bs / g.descSize
	return group%per <= 1 || group%per == per-1
}

// groupOverhead is how many blocks the group's own bookkeeping takes.
func (g *geometry) groupOverhead(group uint64) uint64 { return g.copies(group) + 2 + g.itable }

func (g *geometry) groupStart(group uint64) uint64 { return g.first + group*g.perGroup }
func (g *geometry) groupEnd(group uint64) uint64   { return min(g.groupStart(group+1), g.blocks) }
func (g *geometry) groupOf(blk uint64) uint64      { return (blk - g.first) / g.perGroup }

// lostFound is how many blocks the folder lost+found has: 16 KiB, but no more
// than an inode maps directly.
func (g *geometry) lostFound() uint64 { return min(max(16384/g.bs, 2), 12) }

// needed is how many blocks a file system takes before it holds anything.
func (g *geometry) needed() uint64 {
	n := g.first + g.groupOverhead(0) + 1 + g.lostFound()
	if g.compat&layout.CompatResizeInode != 0 {
		n++
	}
	if g.journal > 0 {
		n += g.journal + g.mapBlocks(g.journal)
	}
	return n + (g.groups-1)*(2+g.itable)
}

func ceil(a, b uint64) uint64 { return (a + b - 1) / b }

func human(n int64) string {
	for _, u := range []struct {
		size int64
		name string
	}{{tib, "TiB"}, {gib, "GiB"}, {mib, "MiB"}, {kib, "KiB"}} {
		if n >= u.size {
			if n%u.size == 0 {
				return fmt.Sprintf("%d %s", n/u.size, u.name)
			}
			return fmt.Sprintf("%.1f %s", float64(n)/float64(u.size), u.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}
