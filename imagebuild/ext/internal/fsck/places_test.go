package fsck

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// place is a run of bytes of metadata to damage.
type place struct {
	what   string
	off, n int64
	ino    uint32 // whose it is
	gen    uint32
	group  uint32
}

func (p place) isInode() bool { return strings.HasPrefix(p.what, "inode ") && p.what != "inode bitmap" }

// placeFinder collects the places of an image.
type placeFinder struct {
	c   *checker
	out map[string][]place
}

// add notes the block blk.
func (p *placeFinder) add(what string, blk uint64, ino, gen, g uint32) {
	p.out[what] = append(p.out[what], place{what, int64(blk) << p.c.blockBits, int64(p.c.blockSize), ino, gen, g})
}

// places finds the metadata of an image by kind, so that rare kinds are hit as
// often as inode tables.
func places(t testing.TB, path string) map[string][]place {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := examined(t, f)
	p := &placeFinder{c, map[string][]place{}}
	p.out["superblock"] = []place{{what: "superblock", off: 1024, n: 1024}}
	for i := range c.descBlocks {
		for k := range min(c.groups-uint32(i)*c.descsPerBlk, c.descsPerBlk) {
			off := int64(c.descBlock(i))<<c.blockBits + int64(k)*int64(c.descSize)
			p.out["descriptors"] = append(p.out["descriptors"], place{what: "descriptors", off: off, n: int64(c.descSize), group: uint32(i)*c.descsPerBlk + k})
		}
	}
	for g := range c.groups {
		p.add("block bitmap", c.group(g).BlockBitmap(), 0, 0, g)
		p.add("inode bitmap", c.group(g).InodeBitmap(), 0, 0, g)
		if g > 0 && c.hasSuper(g) {
			p.out["backup superblock"] = append(p.out["backup superblock"], place{what: "backup superblock", off: int64(c.groupStart(g)) << c.blockBits, n: 1024})
		}
		for i := range c.inodesPerGroup {
			p.inode(g, i)
		}
	}
	inode := make(layout.Inode, c.inodeSize)
	if ino := c.sb.JournalInode(); ino != 0 {
		c.readInode(ino, inode)
		first, _, _ := c.journalBlocks(ino, inode)
		p.out["journal"] = []place{{what: "journal", off: int64(first) << c.blockBits, n: 1024}}
	}
	if c.incompat&layout.IncompatMMP != 0 {
		p.add("mmp", c.sb.MMPBlock(), 0, 0, 0)
	}
	return p.out
}

// kindOfInode tells inodes apart by what is to be found in them.
func (p *placeFinder) kindOfInode(ino uint32, inode layout.Inode) string {
	switch {
	case ino < p.c.firstInode && ino != layout.InodeRoot || p.c.isNameless(ino):
		return "special"
	case inode.LinksCount() == 0:
		return "free"
	case inode.Has(layout.InodeFlagEAInode):
		return "of a value"
	case inode.Has(layout.InodeFlagInlineData):
		return "with inline data"
	case inode.IsDir():
		return "of a directory"
	case inode.IsSymlink():
		return "of a link"
	case inode.IsRegular() && inode.Size() > 0:
		return "of a file"
	case inode.IsRegular():
		return "of an empty file"
	}
	return "of a device"
}

func (p *placeFinder) inode(g, i uint32) {
	c := p.c
	inode := make(layout.Inode, c.inodeSize)
	ino := g*c.inodesPerGroup + i + 1
	c.readInode(ino, inode)
	gen := inode.Generation()
	if ino > c.firstInode && inode.LinksCount() == 0 && i%64 != 0 {
		return
	}
	off := int64(c.group(g).InodeTable())<<c.blockBits + int64(i)*int64(c.inodeSize)
	what := "inode " + p.kindOfInode(ino, inode)
	p.out[what] = append(p.out[what], place{what, off, int64(c.inodeSize), ino, gen, g})
	if acl := inode.FileACL(); acl != 0 {
		p.add("attributes", acl, ino, gen, g)
	}
	if ino == layout.InodeResize {
		p.resize(inode)
		return
	}
	if inode.LinksCount() == 0 || !c.hasMap(inode) {
		return
	}
	data := ""
	switch {
	case inode.IsDir():
		data = "directory"
	case inode.IsSymlink():
		data = "target"
	case inode.Has(layout.InodeFlagEAInode):
		data = "value"
	case ino == c.orphanFile:
		data = "orphan file"
	case ino == c.projectQuota || ino == c.sb.UserQuotaInode() || ino == c.sb.GroupQuotaInode():
		data = "quota"
	}
	m := &mapper{}
	m.begin(c, ino, inode)
	known := map[uint64]bool{}
	m.quiet, m.budget = true, 1<<30
	m.onRun = func(_, pblk, n uint64) {
		for i := range n {
			known[c.toCluster(pblk+i)] = true
			if data != "" {
				p.add(data, pblk+i, ino, gen, g)
			}
		}
	}
	var all []uint64
	m.onClusters = func(start, n uint64) {
		for i := range n {
			all = append(all, start+i)
		}
	}
	m.walk()
	for _, cluster := range all {
		if !known[cluster] {
			p.add("map", c.firstData+cluster<<c.ratioBits, ino, gen, g)
		}
	}
}

// resize notes the map of the inode for resizing.
func (p *placeFinder) resize(inode layout.Inode) {
	c := p.c
	dind := c.resizeMap(inode)
	if dind == 0 {
		return
	}
	p.add("map of the resize inode", dind, layout.InodeResize, 0, 0)
	b := make([]byte, c.blockSize)
	c.block(b, dind)
	for off := 0; off < len(b); off += 4 {
		if blk := uint64(binary.LittleEndian.Uint32(b[off:])); blk != 0 {
			p.add("map of the resize inode", blk, layout.InodeResize, 0, 0)
		}
	}
}
