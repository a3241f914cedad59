package ext

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// seed is a small file system with something of everything, to be spoiled, and
// where its checksums lie.
type seed struct {
	b     []byte
	seals []seal
}

// seal is a block with a checksum of its own, in the tail of a folder's block, an
// index, a node of extents or a block of attributes.
type seal struct {
	kind byte // 'd', 'x' with the offset of the entries, 'e', 'a'
	blk  uint64
	off  int
	ino  uint32
}

// seeds are made by ourselves: block maps, extents with and without checksums.
var seeds = sync.OnceValues(func() ([]seed, error) {
	var out []seed
	for _, o := range []FormatOptions{
		{Type: "ext3", BlockSize: 1024, JournalBlocks: -1, Time: stampTime},
		{Type: "ext4", BlockSize: 1024, JournalBlocks: -1, Time: stampTime},
		{Type: "ext4", BlockSize: 1024, JournalBlocks: -1, Modern: true, Time: stampTime},
		{Type: "ext4", BlockSize: 4096, JournalBlocks: -1, Modern: true, Time: stampTime},
		{Type: "ext4", BlockSize: 1024, JournalBlocks: -1, Modern: true, Label: "inline", Time: stampTime},
	} {
		s, err := newSeed(o)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
})

func newSeed(o FormatOptions) (s seed, err error) {
	const size = 1 << 20
	r := &ram{make([]byte, size), 1 << 30}
	if err := Format(r, size, o); err != nil {
		return s, err
	}
	if o.Label == "inline" {
		withInline(r.b)
	}
	f, err := OpenWritable(r, size, Options{Time: editTime})
	if err != nil {
		return s, err
	}
	errs := []error{
		f.Mkdir("d", 0o755), f.Mkdir("d/sub", 0o755), f.WriteFile("d/file", data("f", 30_000), 0o644),
		f.Symlink("d/file", "link"), f.Symlink(strings.Repeat("x/", 100), "slow"), f.Link("d/file", "hard"),
		f.SetXattr("d/file", "user.a", []byte("value")), f.SetXattr("d", "user.b", data("b", 400)),
		f.SetXattr("d", "system.posix_acl_default", aclNamed), f.Mknod("dev", fs.ModeDevice, 8, 1), f.Mkdir("many", 0o755),
	}
	for i := range 60 * o.BlockSize / 1024 {
		errs = append(errs, f.Link("link", fmt.Sprintf("many/%s%d", strings.Repeat("name", 7), i)))
	}
	w, err := f.OpenFile("pieces", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return s, errors.Join(append(errs, err)...)
	}
	for i := range int64(12) {
		_, err := w.WriteAt([]byte("piece"), 3*i*int64(o.BlockSize))
		errs = append(errs, err)
	}
	if err := errors.Join(append(errs, f.Sync())...); err != nil {
		return s, err
	}
	s.b = r.b
	s.seals, err = sealsOf(f)
	return s, err
}

// withInline gives a new file system the feature inline_data.
func withInline(b []byte) {
	sb := layout.Superblock(b[layout.SuperblockOffset:][:layout.SuperblockSize])
	sb.SetIncompat(sb.Incompat() | layout.IncompatInlineData)
	if sb.ROCompat()&layout.ROMetadataCsum != 0 {
		sb.SetChecksum(sb.ComputeChecksum())
	}
}

// sealsOf finds the blocks with checksums.
func sealsOf(f *FS) (list []seal, err error) {
	if !f.csum {
		return nil, nil
	}
	for ino := uint32(1); ino <= f.inodes; ino++ {
		in, err := f.readInode(ino)
		if err != nil || in.LinksCount() == 0 {
			continue // never used
		}
		if blk := in.aclBlock(); blk != 0 {
			list = append(list, seal{'a', blk, 0, ino})
		}
		if !in.IsDir() && !in.IsRegular() || ino < f.firstIno && ino != layout.InodeRoot {
			continue
		}
		if in.Has(layout.InodeFlagInlineData) {
			continue
		}
		err = in.eachRun(func(r run) error {
			for blk := r.start; in.IsDir() && blk < r.end; blk++ {
				b, err := f.cache.get(blk)
				if err != nil {
					return err
				}
				switch {
				case layout.DirTail(b) != nil:
					list = append(list, seal{'d', blk, 0, ino})
				case layout.Dirent(b).RecLen(f.bs) == f.bs:
					list = append(list, seal{'x', blk, layout.DxNodeEntries, ino})
				default:
					list = append(list, seal{'x', blk, layout.DxRootEntries, ino})
				}
			}
			return nil
		}, func(blk uint64) error {
			if in.hasExtents() {
				list = append(list, seal{'e', blk, 0, ino})
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// spoiled gives a copy of a seed, changed as patches say: six bytes each, where
// and what. With the lowest bit of which set, checksums are made right again.
func spoiled(t testing.TB, which uint8, patches []byte) []byte {
	list, err := seeds()
	must(t, err)
	s := list[int(which>>1)%len(list)]
	b := append([]byte(nil), s.b...)
	for ; len(patches) >= 6 && len(patches) < 600; patches = patches[6:] {
		off := int(binary.LittleEndian.Uint32(patches)) % (len(b) - 4)
		if patches[5]&1 != 0 {
			off = off % (120 << 10) // most metadata lie in front
		}
		if patches[5]&2 != 0 && len(s.seals) > 0 { // or in one of these
			s := s.seals[off/64%len(s.seals)]
			bs := 1024 << binary.LittleEndian.Uint32(list[int(which>>1)%len(list)].b[1024+0x18:])
			off = int(s.blk)*bs + off%bs
		}
		b[off] = patches[4]
	}
	if which&1 != 0 {
		s.reseal(b)
	}
	return b
}

// reseal corrects all checksums, so that what lies behind them is reached.
func (s seed) reseal(b []byte) {
	sb := layout.Superblock(b[1024:2048])
	if sb.ROCompat()&layout.ROMetadataCsum != 0 {
		sb.SetChecksum(sb.ComputeChecksum())
	}
	g, err := readGeometry(sb, int64(len(b)))
	if err != nil {
		return
	}
	block := func(blk uint64) []byte {
		if blk >= uint64(len(b)/g.bs) {
			return nil
		}
		return b[blk*uint64(g.bs):][:g.bs]
	}
	inodes := map[uint32]layout.Inode{}
	for n := range g.groups {
		table := block(g.gdtBlock(sb, n/g.perDesc))
		if table == nil {
			return
		}
		d := layout.Group(table[int(n%g.perDesc)*g.descSize:][:g.descSize])
		if bm := block(d.BlockBitmap()); g.csum && bm != nil && d.Flags()&layout.GroupBlockUninit == 0 {
			d.SetBlockBitmapCsum(layout.BitmapChecksum(sb.ChecksumSeed(), bm[:min(int(g.bpg/8), g.bs)]))
		}
		if bm := block(d.InodeBitmap()); g.csum && bm != nil && d.Flags()&layout.GroupInodeUninit == 0 {
			d.SetInodeBitmapCsum(layout.BitmapChecksum(sb.ChecksumSeed(), bm[:min(int(g.ipg/8), g.bs)]))
		}
		if g.lazy() {
			d.SetChecksum(sb.GroupChecksum(n, d))
		}
		for i := range g.ipg {
			at := d.InodeTable()*uint64(g.bs) + uint64(i)*uint64(g.inodeSize)
			if !g.csum || at > uint64(len(b)-g.inodeSize) {
				break
			}
			in := layout.Inode(b[at : at+uint64(g.inodeSize)])
			inodes[n*g.ipg+i+1] = in
			if !isZero(in) {
				in.SetChecksum(in.ComputeChecksum(sb.ChecksumSeed(), n*g.ipg+i+1))
			}
		}
	}
	for _, s := range s.seals {
		in, b := inodes[s.ino], block(s.blk)
		if in == nil || b == nil {
			continue
		}
		seed := layout.InodeSeed(sb.ChecksumSeed(), s.ino, in.Generation())
		switch s.kind {
		case 'd':
			if tail := layout.DirTail(b); tail != nil {
				layout.SetDirTailChecksum(tail, layout.DirBlockChecksum(seed, b))
			}
		case 'x':
			e := layout.DxEntries(b[s.off:])
			if e.HasTail() && e.Count()*layout.DxEntrySize <= len(e) {
				e.SetChecksum(layout.DxChecksum(seed, b, s.off))
			}
		case 'e':
			if n := layout.ExtentNode(b); n.HasTail() {
				n.SetChecksum(n.ComputeChecksum(seed))
			}
		case 'a':
			h := layout.XattrHeader(b)
			h.SetChecksum(layout.XattrBlockChecksum(sb.ChecksumSeed(), s.blk, b))
		}
	}
}

// Sealing a seed anew changes nothing: all places are right.
func TestReseal(t *testing.T) {
	list, err := seeds()
	must(t, err)
	kinds := map[byte]int{}
	for i, s := range list {
		b := append([]byte(nil), s.b...)
		s.reseal(b)
		if string(b) != string(s.b) {
			t.Errorf("seed %d: other bytes", i)
		}
		for _, seal := range s.seals {
			kinds[seal.kind]++
			// A byte is changed, and changed back: the seal follows.
			bs := 1024 << binary.LittleEndian.Uint32(b[1024+0x18:])
			at := int(seal.blk) * bs
			b[at+8+seal.off] ^= 0x40
			s.reseal(b)
			sum := string(b[at : at+bs])
			b[at+8+seal.off] ^= 0x40
			if s.reseal(b); string(b[at:at+bs]) == sum {
				t.Errorf("seed %d, block %d: the same with another byte", i, seal.blk)
			}
		}
		if string(b) != string(s.b) {
			t.Errorf("seed %d: other bytes after changes", i)
		}
		name := workshop.dir + "/seed"
		must(t, os.WriteFile(name, s.b, 0o600))
		need(t, "e2fsck")
		judge(t, name)
	}
	for _, kind := range "dxea" {
		if kinds[byte(kind)] == 0 {
			t.Errorf("no seed has a seal of kind %c", kind)
		}
	}
}
