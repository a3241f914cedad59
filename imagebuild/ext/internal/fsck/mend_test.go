package fsck

import (
	"encoding/binary"
	"io"
	"slices"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// mend gives a damaged record the checksum that fits it. What it has to write
// elsewhere, the function that it returns undoes.
func mend(t testing.TB, f io.WriterAt, c *checker, p place, b []byte) (undo func()) {
	t.Helper()
	nothing := func() {}
	if p.what == "descriptors" && c.groupCsum {
		d := layout.Group(b)
		d.SetChecksum(c.sb.GroupChecksum(p.group, d))
	}
	if !c.metadataCsum {
		return nothing
	}
	if p.isInode() {
		inode := layout.Inode(b)
		inode.SetChecksum(inode.ComputeChecksum(c.csumSeed, p.ino))
		return nothing
	}
	seed := layout.InodeSeed(c.csumSeed, p.ino, p.gen)
	switch p.what {
	case "superblock":
		s := layout.Superblock(b)
		s.SetChecksum(s.ComputeChecksum())
	case "attributes":
		h := layout.XattrHeader(b)
		h.SetChecksum(layout.XattrBlockChecksum(c.csumSeed, uint64(p.off)>>c.blockBits, b))
	case "map":
		n := layout.ExtentNode(b)
		if n.HasTail() {
			n.SetChecksum(n.ComputeChecksum(seed))
		}
	case "directory":
		if tail := layout.DirTail(b); tail != nil {
			layout.SetDirTailChecksum(tail, layout.DirBlockChecksum(seed, b))
			return nothing
		}
		off := layout.DxNodeEntries
		if b[8] == '.' {
			off = layout.DxRootEntries
		}
		if x := layout.DxEntries(b[off:]); x.HasTail() && x.Count() <= x.Limit() {
			x.SetChecksum(layout.DxChecksum(seed, b, off))
		}
	case "block bitmap", "inode bitmap":
		return mendBitmap(t, f, c, p, b)
	case "mmp":
		binary.LittleEndian.PutUint32(b[0x3FC:], layout.CRC32C(c.csumSeed, b[:0x3FC]))
	case "orphan file":
		body := len(b) - 8
		var blk [8]byte
		binary.LittleEndian.PutUint64(blk[:], uint64(p.off)>>c.blockBits)
		binary.LittleEndian.PutUint32(b[body+4:], layout.CRC32C(layout.CRC32C(seed, blk[:]), b[:body]))
	case "journal":
		if layout.JournalSuperblock(b).BlockType() == layout.JournalSuperblockV2 {
			clear(b[0xFC:0x100])
			binary.BigEndian.PutUint32(b[0xFC:], layout.CRC32C(^uint32(0), b))
		}
	}
	return nothing
}

func mendBitmap(t testing.TB, f io.WriterAt, c *checker, p place, b []byte) func() {
	i := uint64(p.group / c.descsPerBlk)
	off := int64(c.descBlock(i))<<c.blockBits + int64(p.group%c.descsPerBlk)*int64(c.descSize)
	before := slices.Clone(c.group(p.group))
	d := slices.Clone(before)
	if p.what == "block bitmap" {
		d.SetBlockBitmapCsum(layout.BitmapChecksum(c.csumSeed, b[:c.clustersPerGroup/8]))
	} else {
		d.SetInodeBitmapCsum(layout.BitmapChecksum(c.csumSeed, b[:c.inodesPerGroup/8]))
	}
	d.SetChecksum(c.sb.GroupChecksum(p.group, d))
	write(t, f, d, off)
	return func() { write(t, f, before, off) }
}

// hiddenBits says whether the bits of a block bitmap that changed all belong to
// bitmaps and tables of groups whose own block bitmap is not initialised. e2fsck
// takes these blocks for in use whatever the bitmap says, and the checksum of
// the bitmap for that of the corrected one; the kernel does not.
func (c *checker) hiddenBits(g uint32, before, after []byte) bool {
	hidden := map[uint64]bool{}
	c.metadata(func(owner uint32, _ string, start, n uint64) {
		if c.uninit(c.group(owner), layout.GroupBlockUninit) {
			for i := range n {
				hidden[start+i] = true
			}
		}
	})
	for i := range before {
		for bit := range 8 {
			if (before[i]^after[i])&(1<<bit) != 0 && !hidden[c.groupStart(g)+uint64(i*8+bit)] {
				return false
			}
		}
	}
	return true
}
