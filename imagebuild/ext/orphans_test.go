package ext

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/dir"
	"lbimage/imagebuild/ext/internal/layout"
)

// number gives the inode of a name.
func number(t testing.TB, img *os.File, name string) uint32 {
	f, err := Open(img, sizeOf(t, img))
	must(t, err)
	return stat(t, f, name).Ino
}

// orphan makes an orphan of a file: with no name any more, or with blocks behind
// its end. next is the one behind it in the list.
func orphan(t testing.TB, img *os.File, name string, named bool, next uint32) uint32 {
	ino := number(t, img, name)
	commands := []string{fmt.Sprintf("sif <%d> dtime @%d", ino, next)}
	if named {
		commands = append(commands, fmt.Sprintf("sif <%d> size 5000", ino))
	} else {
		commands = append(commands, "unlink /"+name, fmt.Sprintf("sif <%d> links_count 0", ino))
	}
	debugfs(t, img.Name(), commands...)
	return ino
}

// A list of orphans is tidied up as e2fsck does, on a clean file system as well.
func TestOrphanList(t *testing.T) {
	for _, name := range []string{"ext3_el5_128", "ext3_1k_256", "ext4_el6", "ext4_csum_1k", "ext4_orphanfile", "ext4_quota_1k", "ext4_inline_1k"} {
		t.Run(name, func(t *testing.T) {
			img := copyOf(t, shapeNamed(t, name))
			f := edit(t, img)
			share(t, f, "usr/bin/f4096", "usr/bin/f1")
			free := f.Info().FreeBlocks
			must(t, f.Sync())
			ino := uint32(0)
			for _, n := range []string{"usr/bin/f4096", "usr/bin/f300000", "usr/bin/sl1000", "usr/bin/f1"} {
				ino = orphan(t, img, n, false, ino)
			}
			for _, n := range []string{"usr/bin/f1100000", "var/lib/rpm/Packages"} {
				ino = orphan(t, img, n, true, ino)
			}
			super(t, img, func(sb layout.Superblock) { sb.SetLastOrphan(ino) })
			r := recovered(t, img)
			if want := (Recovery{Freed: 4, Truncated: 2}); r != want {
				t.Errorf("%v", r)
			}
			f = edit(t, img)
			if got := f.Info().FreeBlocks; got*uint64(f.bs) < free*uint64(f.bs)+1_300_000 {
				t.Errorf("%d blocks were free, now %d", free, got)
			}
			b, err := f.ReadFile("usr/bin/f1100000")
			must(t, err)
			if !bytes.Equal(b, data("f1100000", 1100000)[:5000]) {
				t.Error("contents of a file that was cut")
			}
			must(t, f.Truncate("usr/bin/f1100000", 6000))
			wantFile(t, f, "usr/bin/f1100000", append(b, make([]byte, 1000)...))
		})
	}
}

// Thousands of orphans are no different.
func TestManyOrphans(t *testing.T) {
	for _, name := range []string{"ext3_1k_256", "ext4_csum_1k"} {
		img := copyOf(t, shapeNamed(t, name))
		f := edit(t, img)
		must(t, f.Mkdir("o", 0o755))
		last := uint32(0)
		const n = 1200
		for i := range n {
			file := "o/" + itoa(uint32(i))
			must(t, f.WriteFile(file, data(file, i), 0o644))
			must(t, f.change(func() error {
				s, err := f.get(file, false)
				must(t, err)
				must(t, s.dir.changeDir(func(d *dir.Dir) error { return d.Remove(s.base) }))
				must(t, s.dir.put())
				s.in.SetLinksCount(0)
				s.in.SetDtime(last)
				last = s.in.no
				return s.in.put()
			}))
		}
		f.sb.SetLastOrphan(last)
		must(t, f.Sync())
		if r := recovered(t, img); r != (Recovery{Freed: n}) {
			t.Errorf("%v", r)
		}
	}
}

// The last block of an encrypted file stays as it is, as only the key could clear
// what lies behind the end. The kernel, which has none then, does the same.
func TestOrphanEncrypted(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_encrypt"))
	ino := orphan(t, img, "usr/bin/f300000", true, 0)
	debugfs(t, img.Name(), fmt.Sprintf("sif <%d> flags 0x80800", ino))
	super(t, img, func(sb layout.Superblock) { sb.SetLastOrphan(ino) })
	last := func() []byte {
		f, err := Open(img, sizeOf(t, img))
		must(t, err)
		in, err := f.readInode(ino)
		must(t, err)
		p, err := in.find(1, 2)
		must(t, err)
		b := make([]byte, f.bs)
		must(t, readFull(img, b, int64(p.start)*int64(f.bs)))
		if p.n != 2 && p.n != 1 {
			t.Errorf("%d blocks", p.n)
		}
		return b
	}
	before := last()
	f := edit(t, img)
	if r, _ := f.Recovered(); r != (Recovery{Truncated: 1}) {
		t.Errorf("%v", r)
	}
	if !bytes.Equal(before, last()) {
		t.Error("the last block has changed")
	}
	in, err := f.readInode(ino)
	must(t, err)
	if p, err := in.find(2, 10); err != nil || p.start != 0 {
		t.Errorf("block behind the end: %v, %v", p, err)
	}
}

// What a draft keeps is bounded.
func TestDraftIsBounded(t *testing.T) {
	d := newDraft(bytes.NewReader(make([]byte, maxDraft+4096)), nil, 4096)
	for i := range int64(maxDraft / 4096) {
		_, err := d.WriteAt(bytes.Repeat([]byte{byte(i)}, 3), i*4096+5)
		must(t, err)
	}
	var state *StateError
	if _, err := d.WriteAt([]byte{1}, maxDraft); !errors.As(err, &state) {
		t.Errorf("%v", err)
	}
	got := make([]byte, 8190)
	must(t, readFull(d, got, 4096*7-1))
	want := make([]byte, 8190)
	copy(want[6:], []byte{7, 7, 7})
	copy(want[4102:], []byte{8, 8, 8})
	if !bytes.Equal(got, want) {
		t.Error("read back")
	}
	r := &ram{make([]byte, maxDraft+4096), 1 << 20}
	must(t, d.pour(r))
	must(t, readFull(r, got, 4096*7-1))
	if !bytes.Equal(got, want) {
		t.Error("poured")
	}
}

// The orphan file lists orphans in any of its blocks.
func TestOrphanFile(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_orphanfile"))
	list := []uint32{
		orphan(t, img, "usr/bin/f4096", false, 0), orphan(t, img, "usr/bin/f300000", true, 0),
		orphan(t, img, "usr/bin/sl1000", false, 0), orphan(t, img, "empty", false, 0),
	}
	orphanBlocks(t, img, func(i int, o layout.OrphanBlock) {
		if i < 2 {
			o.SetInode(0, list[2*i])
			o.SetInode(o.Entries()-1, list[2*i+1])
		}
	})
	debugfs(t, img.Name(), "sif / links_count 10") // of what was the folder empty
	super(t, img, func(sb layout.Superblock) { sb.SetROCompat(sb.ROCompat() | layout.ROOrphanPresent) })
	r := recovered(t, img)
	if want := (Recovery{Freed: 3, Truncated: 1}); r != want {
		t.Errorf("%v", r)
	}
	super(t, img, func(sb layout.Superblock) {
		if sb.ROCompat()&layout.ROOrphanPresent != 0 {
			t.Error("orphan_present is set")
		}
	})
}

// orphanBlocks changes the blocks of the orphan file.
func orphanBlocks(t testing.TB, img *os.File, change func(i int, o layout.OrphanBlock)) {
	f, err := open(img, sizeOf(t, img))
	must(t, err)
	in, err := f.readInode(f.sb.OrphanFileInode())
	must(t, err)
	for i := range int(in.size()) / f.bs {
		p, err := in.find(uint64(i), 1)
		must(t, err)
		raw(t, img, int64(p.start)*int64(f.bs), f.bs, func(b []byte) {
			o := layout.OrphanBlock(b)
			before := bytes.Clone(b)
			change(i, o)
			if !bytes.Equal(b, before) && o.Checksum() == layout.OrphanBlock(before).Checksum() {
				o.SetChecksum(o.ComputeChecksum(in.csumSeed(), p.start))
			}
		})
	}
}

// Orphans that cannot be are refused, and nothing is written.
func TestOrphansRefused(t *testing.T) {
	head := func(ino uint32) func(img *os.File) {
		return func(img *os.File) { super(t, img, func(sb layout.Superblock) { sb.SetLastOrphan(ino) }) }
	}
	present := func(img *os.File) {
		super(t, img, func(sb layout.Superblock) { sb.SetROCompat(sb.ROCompat() | layout.ROOrphanPresent) })
	}
	for _, c := range []struct {
		name  string
		spoil func(img *os.File)
		says  string
	}{
		{"root", head(2), "orphan list: inode 2: it cannot be an orphan"},
		{"beyond the end", head(1 << 30), "orphan list: inode 1073741824: it cannot be an orphan"},
		{"free", func(img *os.File) { head(edit(t, img).inodes)(img) }, "it is free already"},
		{"the orphan file", func(img *os.File) {
			super(t, img, func(sb layout.Superblock) { sb.SetLastOrphan(sb.OrphanFileInode()) })
		}, "it cannot be an orphan"},
		{"in a circle", func(img *os.File) {
			ino := number(t, img, "usr/bin/f4096")
			orphan(t, img, "usr/bin/f4096", false, ino)
			head(ino)(img)
		}, "it is free already"},
		{"not in use", func(img *os.File) {
			ino := number(t, img, "usr/bin/f4096")
			debugfs(t, img.Name(), "clri /usr/bin/f4096")
			head(ino)(img)
		}, "it is not in use"},
		{"blocks of others", func(img *os.File) {
			ino := orphan(t, img, "usr/bin/f4096", false, 0)
			debugfs(t, img.Name(), fmt.Sprintf("sif <%d> file_acl 3", ino))
			head(ino)(img)
		}, "block 3: part of"},
		{"no orphan file", func(img *os.File) {
			present(img)
			super(t, img, func(sb layout.Superblock) { sb.SetCompat(sb.Compat() &^ layout.CompatOrphanFile) })
		}, "orphan_present: there is no orphan file"},
		{"magic of the orphan file", func(img *os.File) {
			present(img)
			orphanBlocks(t, img, func(i int, o layout.OrphanBlock) { o[len(o)-8] ^= byte(i) & 1 })
		}, "orphan file: inode 12: block"},
		{"checksum of the orphan file", func(img *os.File) {
			present(img)
			orphanBlocks(t, img, func(i int, o layout.OrphanBlock) { o.SetChecksum(o.Checksum() ^ uint32(i)) })
		}, "orphan file: inode 12: checksum of block"},
		{"one twice", func(img *os.File) {
			present(img)
			ino := orphan(t, img, "usr/bin/f4096", false, 0)
			orphanBlocks(t, img, func(_ int, o layout.OrphanBlock) { o.SetInode(3, ino) })
		}, "it is free already"},
		{"size of the orphan file", func(img *os.File) {
			present(img)
			debugfs(t, img.Name(), "sif <12> size 5000")
		}, "orphan file: inode 12: a file of mode 0100600 and 5000 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			img := copyOf(t, shapeNamed(t, "ext4_orphanfile"))
			c.spoil(img)
			unchanged(t, img, func() {
				_, err := OpenWritable(img, sizeOf(t, img), Options{Time: editTime})
				if err == nil || !strings.Contains(err.Error(), c.says) || !strings.HasSuffix(err.Error(), mend) {
					t.Errorf("%v, which does not say %q", err, c.says)
				}
			})
		})
	}
}
