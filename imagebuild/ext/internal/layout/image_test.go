package layout_test

import (
	"os"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// image reads a whole file system the simplest way, trusting it.
type image struct {
	t    *testing.T
	data []byte
	sb   layout.Superblock
	size int // of a block
}

func openImage(t *testing.T, path string) *image {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	sb := layout.Superblock(data[layout.SuperblockOffset:][:layout.SuperblockSize])
	if sb.Magic() != layout.Magic {
		t.Fatalf("magic %#x", sb.Magic())
	}
	return &image{t, data, sb, 1024 << sb.LogBlockSize()}
}

// save writes the image with what a test has changed in it.
func (im *image) save(path string) { must(im.t, os.WriteFile(path, im.data, 0o644)) }

func (im *image) block(n uint64) []byte {
	return im.data[n*uint64(im.size):][:im.size:im.size]
}

func (im *image) groups() uint32 {
	per := uint64(im.sb.BlocksPerGroup())
	return uint32((im.sb.BlocksCount() - uint64(im.sb.FirstDataBlock()) + per - 1) / per)
}

func (im *image) group(n uint32) layout.Group {
	size := int(im.sb.DescSize())
	table := im.data[(int(im.sb.FirstDataBlock())+1)*im.size:]
	return layout.Group(table[int(n)*size:][:size:size])
}

func (im *image) inode(ino uint32) layout.Inode {
	n := (ino - 1) / im.sb.InodesPerGroup()
	i := int((ino - 1) % im.sb.InodesPerGroup())
	size := int(im.sb.InodeSize())
	off := int(im.group(n).InodeTable())*im.size + i*size
	return layout.Inode(im.data[off:][:size:size])
}

// eachInode calls f for every inode that is in use.
func (im *image) eachInode(f func(ino uint32, i layout.Inode)) {
	for ino := uint32(1); ino <= im.sb.InodesCount(); ino++ {
		g := im.group((ino - 1) / im.sb.InodesPerGroup())
		at := (ino - 1) % im.sb.InodesPerGroup()
		if g.Flags()&layout.GroupInodeUninit != 0 || im.block(g.InodeBitmap())[at/8]>>(at%8)&1 == 0 {
			continue
		}
		f(ino, im.inode(ino))
	}
}

// eachNode calls f for every node of the extent tree that has a block of its own.
func (im *image) eachNode(n layout.ExtentNode, f func(layout.ExtentNode)) {
	if n.Depth() == 0 {
		return
	}
	for i := range n.Entries() {
		child := layout.ExtentNode(im.block(n.Index(i).Leaf()))
		f(child)
		im.eachNode(child, f)
	}
}

// blocks gives the blocks of a small file in order.
func (im *image) blocks(i layout.Inode) (out [][]byte) {
	if i.Has(layout.InodeFlagExtents) {
		im.extents(layout.ExtentNode(i.Block()), func(e layout.Extent) {
			for k := range e.Len() {
				out = append(out, im.block(e.Start()+uint64(k)))
			}
		})
		return out
	}
	n := (int(i.Size()) + im.size - 1) / im.size
	word := func(b []byte, k int) uint64 {
		return uint64(b[4*k]) | uint64(b[4*k+1])<<8 | uint64(b[4*k+2])<<16 | uint64(b[4*k+3])<<24
	}
	for k := range n {
		switch {
		case k < 12:
			out = append(out, im.block(word(i.Block(), k)))
		case k < 12+im.size/4:
			out = append(out, im.block(word(im.block(word(i.Block(), 12)), k-12)))
		default:
			im.t.Fatalf("a file of %d blocks is too long for this test", n)
		}
	}
	return out
}

func (im *image) extents(n layout.ExtentNode, f func(layout.Extent)) {
	for i := range n.Entries() {
		if n.Depth() == 0 {
			f(n.Extent(i))
		} else {
			im.extents(layout.ExtentNode(im.block(n.Index(i).Leaf())), f)
		}
	}
}
