package layout_test

import (
	"hash/crc32"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

const features = "none,has_journal,ext_attr,dir_index,filetype,sparse_super,extent,flex_bg,large_file,huge_file,dir_nlink,"

// TestChecksums computes every checksum of images that mke2fs and e2fsck made.
func TestChecksums(t *testing.T) {
	for name, args := range map[string][]string{
		"64bit, blocks of 1 KiB": {"-b", "1024", "-I", "256", "-g", "2048", "-O", features + "extra_isize,64bit,metadata_csum"},
		"32bit, blocks of 4 KiB": {"-b", "4096", "-I", "256", "-O", features + "extra_isize,metadata_csum"},
		"inodes of 128 bytes":    {"-b", "1024", "-I", "128", "-O", features + "metadata_csum"},
		"stored seed":            {"-b", "2048", "-I", "512", "-O", features + "extra_isize,64bit,metadata_csum,metadata_csum_seed"},
		"block maps":             {"-b", "1024", "-I", "256", "-O", "none,ext_attr,dir_index,filetype,extra_isize,metadata_csum"},
		"block of 64 KiB":        {"-b", "65536", "-I", "256", "-O", features + "extra_isize,64bit,metadata_csum"},
	} {
		t.Run(name, func(t *testing.T) {
			im := openImage(t, makeImage(t, args...))
			c := &checker{t: t, seen: map[string]int{}}
			im.checkAll(c)
			want := []string{"superblock", "group", "block bitmap", "inode bitmap", "inode", "directory block"}
			if im.size < 65536 { // there all names fit one block
				want = append(want, "index root")
			}
			if im.sb.Incompat()&layout.IncompatExtents != 0 && im.size <= 4096 {
				want = append(want, "extent node")
			}
			for _, what := range append(want, "attribute block") {
				if c.seen[what] == 0 {
					t.Errorf("the image has no %s", what)
				}
			}

			// The judge must be able to say no.
			other := &checker{t: t, seen: map[string]int{}, expectBad: true}
			im.sb.SetStoredChecksumSeed(im.sb.StoredChecksumSeed() + 1)
			im.sb.UUID()[3] ^= 1
			im.checkAll(other)
			if other.bad == 0 {
				t.Error("no checksum differs with another UUID")
			}
		})
	}
}

type checker struct {
	t         *testing.T
	seen      map[string]int
	expectBad bool
	bad       int
}

func (c *checker) equal(what string, number uint64, got, want uint32) {
	c.t.Helper()
	c.seen[what]++
	if got != want {
		c.bad++
		if !c.expectBad {
			c.t.Errorf("%s %d: computed %#x, stored %#x", what, number, got, want)
		}
	}
}

func (im *image) checkAll(c *checker) {
	seed := im.sb.ChecksumSeed()
	c.equal("superblock", 0, im.sb.ComputeChecksum(), im.sb.Checksum())
	for n := range im.groups() {
		g := im.group(n)
		c.equal("group", uint64(n), uint32(im.sb.GroupChecksum(n, g)), uint32(g.Checksum()))
		mask := uint32(0xFFFF)
		if len(g) >= 64 {
			mask = 0xFFFFFFFF
		}
		if g.Flags()&layout.GroupBlockUninit == 0 {
			b := im.block(g.BlockBitmap())[:im.sb.ClustersPerGroup()/8]
			c.equal("block bitmap", uint64(n), layout.BitmapChecksum(seed, b)&mask, g.BlockBitmapCsum())
		}
		if g.Flags()&layout.GroupInodeUninit == 0 {
			b := im.block(g.InodeBitmap())[:im.sb.InodesPerGroup()/8]
			c.equal("inode bitmap", uint64(n), layout.BitmapChecksum(seed, b)&mask, g.InodeBitmapCsum())
		}
	}
	im.eachInode(func(ino uint32, i layout.Inode) {
		if i.Mode() == 0 && i.LinksCount() == 0 {
			return // reserved and never written
		}
		c.equal("inode", uint64(ino), i.ComputeChecksum(seed, ino), i.Checksum())
		own := layout.InodeSeed(seed, ino, i.Generation())
		if i.Has(layout.InodeFlagExtents) {
			im.eachNode(layout.ExtentNode(i.Block()), func(n layout.ExtentNode) {
				if !n.HasTail() || n.Max() != n.Capacity() {
					c.t.Errorf("inode %d: node of %d bytes has room for %d entries", ino, len(n), n.Max())
				}
				c.equal("extent node", uint64(ino), n.ComputeChecksum(own), n.Checksum())
			})
		}
		if blk := i.FileACL(); blk != 0 {
			b := im.block(blk)
			c.equal("attribute block", blk, layout.XattrBlockChecksum(seed, blk, b), layout.XattrHeader(b).Checksum())
		}
		if i.IsDir() {
			for k, b := range im.blocks(i) {
				im.checkDirBlock(c, ino, own, i.Has(layout.InodeFlagIndex), k, b)
			}
		}
	})
}

func (im *image) checkDirBlock(c *checker, ino, seed uint32, indexed bool, k int, b []byte) {
	de := layout.Dirent(b)
	switch {
	case indexed && k == 0:
		e := layout.DxRoot(b).Entries()
		if e.Limit() != layout.DxLimit(len(b), layout.DxRootEntries, true) || !e.HasTail() {
			c.t.Errorf("inode %d: root has room for %d pairs", ino, e.Limit())
		}
		c.equal("index root", uint64(ino), layout.DxChecksum(seed, b, layout.DxRootEntries), e.Checksum())
	case indexed && de.Inode() == 0 && de.RecLen(len(b)) == len(b):
		e := layout.DxNodeEntriesOf(b)
		c.equal("index node", uint64(ino), layout.DxChecksum(seed, b, layout.DxNodeEntries), e.Checksum())
	default:
		tail := layout.DirTail(b)
		if tail == nil {
			c.t.Errorf("inode %d: block %d has no tail", ino, k)
			return
		}
		c.equal("directory block", uint64(ino), layout.DirBlockChecksum(seed, b), layout.DirTailChecksum(tail))
	}
}

// TestGroupCRC16 computes the checksums of descriptors under uninit_bg.
func TestGroupCRC16(t *testing.T) {
	for name, extra := range map[string]string{"32 bytes": "", "64 bytes": ",64bit"} {
		t.Run(name, func(t *testing.T) {
			im := openImage(t, makeImage(t, "-b", "1024", "-I", "256", "-g", "2048", "-O", features+"uninit_bg"+extra))
			uninit := 0
			for n := range im.groups() {
				g := im.group(n)
				if g.Flags()&(layout.GroupBlockUninit|layout.GroupInodeUninit) != 0 {
					uninit++
				}
				want := im.sb.GroupChecksum(n, g)
				if got := g.Checksum(); got != want {
					t.Errorf("group %d: computed %#x, stored %#x", n, want, got)
				}
				g.SetFlags(g.Flags() ^ 0x10)
				if im.sb.GroupChecksum(n, g) == want {
					t.Errorf("group %d: the checksum does not depend on the flags", n)
				}
			}
			if im.groups() < 3 || uninit == 0 {
				t.Errorf("%d groups, %d of them not initialised: too few", im.groups(), uninit)
			}
		})
	}
}

// TestCRC holds both checksums against the values that their catalogues give for
// this text, and CRC32C against the library's.
func TestCRC(t *testing.T) {
	text := []byte("123456789")
	if got := layout.CRC16(0, text); got != 0xBB3D {
		t.Errorf("CRC16 = %#x", got)
	}
	if got := ^layout.CRC32C(^uint32(0), text); got != 0xE3069283 {
		t.Errorf("CRC32C = %#x", got)
	}
	if got, want := ^layout.CRC32C(^uint32(0), text), crc32.Checksum(text, crc32.MakeTable(crc32.Castagnoli)); got != want {
		t.Errorf("CRC32C = %#x, want %#x", got, want)
	}
}
