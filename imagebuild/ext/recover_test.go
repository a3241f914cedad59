package ext

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// written has debugfs write transactions into the journal of an image: new
// contents of blocks of a large file, one with the journal's magic number, and
// two that are revoked. It gives the file blocks that must have changed.
func written(t testing.TB, img *os.File, name, options string) []int {
	t.Helper()
	var blk []string
	f, err := open(img, sizeOf(t, img))
	must(t, err)
	bs := f.bs
	for i := range 8 {
		out := strings.Fields(debugfs(t, img.Name(), fmt.Sprintf("bmap %s %d", name, i)))
		blk = append(blk, out[len(out)-1])
	}
	dir := t.TempDir()
	content := filepath.Join(dir, "content")
	b := data("journal", 8*bs)
	binary.BigEndian.PutUint32(b[bs:], layout.JournalMagic)
	must(t, os.WriteFile(content, b, 0o666))
	revoke, changed := fmt.Sprintf("jw -r %s,%s", blk[4], blk[5]), []int{0, 1, 2, 3, 5}
	if options != "" && !f.csum { // debugfs 1.47.0 counts revoke blocks in checksums of version 1, as no one else does
		revoke, changed = fmt.Sprintf("jw -b %s %s", blk[6], content), []int{0, 1, 2, 3, 4, 5, 6}
	}
	debugfs(t, img.Name(), "jo "+options,
		fmt.Sprintf("jw -b %s %s", strings.Join(blk[:6], ","), content),
		fmt.Sprintf("jw -b %s %s", blk[0], content),
		revoke,
		fmt.Sprintf("jw -b %s %s", blk[5], content),
		"jc")
	return changed
}

// Journals that debugfs has written, in each format that it knows.
func TestRecoverDebugfs(t *testing.T) {
	for _, c := range []struct{ shape, options string }{
		{"ext3_el5_128", ""}, {"ext3_1k_256", ""}, {"ext3_1k_256", "-c -v 1"}, {"ext4_el6", ""}, {"ext4_el6_1k", "-c"},
		{"ext4_el7_64bit", ""}, {"ext4_el7_64bit", "-c -v 1"},
		{"ext4_csum_1k", "-c -v 2"}, {"ext4_csum_1k", "-c -v 3"}, {"ext4_csum_32bit", "-c -v 2"}, {"ext4_csum_32bit", "-c -v 3"},
		{"ext4_csum_seed", "-c -v 3"}, {"ext4_orphanfile", "-c -v 3"},
	} {
		t.Run(c.shape+" "+c.options, func(t *testing.T) {
			const name = "/usr/bin/f1100000"
			img := copyOf(t, shapeNamed(t, c.shape))
			before, err := edit(t, img).ReadFile(name[1:])
			must(t, err)
			changed := written(t, img, name, c.options)
			r := recovered(t, img)
			if want := (Recovery{Transactions: 4, Blocks: len(changed), Revoked: 7 - len(changed)}); r != want {
				t.Errorf("%v, want %v", r, want)
			}
			f := edit(t, img)
			after, err := f.ReadFile(name[1:])
			must(t, err)
			var differ []int
			for i := range 10 {
				if !bytes.Equal(before[i*f.bs:(i+1)*f.bs], after[i*f.bs:(i+1)*f.bs]) {
					differ = append(differ, i)
				}
			}
			if fmt.Sprint(differ) != fmt.Sprint(changed) {
				t.Errorf("blocks %v changed, not %v", differ, changed)
			}
		})
	}
}

// recovered opens an image for editing, and lets e2fsck do the same to a copy:
// trees must be the same, and without orphans the blocks as well.
func recovered(t testing.TB, img *os.File) Recovery {
	t.Helper()
	size := sizeOf(t, img)
	before, err := os.ReadFile(img.Name())
	must(t, err)
	theirs := e2fsck(t, before, "-fy")
	// Reading sees what the journal holds, and changes nothing.
	read, err := Open(img, size)
	must(t, err)
	seen := modelOf(t, read)
	if same, err := os.ReadFile(img.Name()); err != nil || !bytes.Equal(same, before) {
		t.Fatal("reading changed the image")
	}

	f := edit(t, img)
	r, ok := f.Recovered()
	if !ok {
		t.Fatal("nothing was recovered")
	}
	judge(t, img.Name())
	want, err := Open(bytes.NewReader(theirs), size)
	must(t, err)
	modelOf(t, want).compare(t, f)
	if r.Truncated == 0 {
		seen.compare(t, f)
	}
	if r.Freed+r.Truncated == 0 {
		after, err := os.ReadFile(img.Name())
		must(t, err)
		for _, d := range differing(t, after, e2fsck(t, before, "-y", "-E", "journal_only")) {
			t.Error(d)
		}
	}
	// It can be edited.
	must(t, f.WriteFile("afterwards", data("after", 5000), 0o644))
	if _, ok := finish(t, f, img).Recovered(); ok {
		t.Error("something was left to recover")
	}
	return r
}

// e2fsck gives what it makes of an image.
func e2fsck(t testing.TB, img []byte, args ...string) []byte {
	t.Helper()
	need(t, "e2fsck")
	name := filepath.Join(t.TempDir(), "e2fsck.img")
	must(t, os.WriteFile(name, img, 0o666))
	cmd := exec.Command("e2fsck", append(args, name)...)
	if out, err := cmd.CombinedOutput(); err != nil && cmd.ProcessState.ExitCode() > 1 {
		t.Fatalf("e2fsck %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	out, err := os.ReadFile(name)
	must(t, err)
	must(t, os.Remove(name))
	return out
}

// differing names the blocks in which two images differ, but for the superblock
// and what in the journal's superblock is not the same for all.
func differing(t testing.TB, a, b []byte) (out []string) {
	t.Helper()
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	must(t, err)
	in, err := f.journalInode()
	must(t, err)
	p, err := in.find(0, 1)
	must(t, err)
	for blk := range f.blocks {
		lo, hi := blk*uint64(f.bs), (blk+1)*uint64(f.bs)
		if bytes.Equal(a[lo:hi], b[lo:hi]) || blk == f.superBlock() {
			continue
		}
		if blk == p.start && layout.JournalSuperblock(b[lo:hi]).Incompat()&layout.JournalIncompatFastCommit != 0 {
			continue // e2fsck 1.47.0 reads one block of fast commits too many, and fails
		}
		out = append(out, fmt.Sprintf("block %d is not what e2fsck makes of it", blk))
	}
	return out
}

func TestDifferingTells(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext3_1k_256"))
	a, err := os.ReadFile(img.Name())
	must(t, err)
	b := bytes.Clone(a)
	b[5000*1024+3] ^= 1
	if d := differing(t, a, b); len(d) != 1 || !strings.Contains(d[0], "block 5000 ") {
		t.Error(d)
	}
}

// Without leave nothing is brought in.
func TestNoReplay(t *testing.T) {
	for name, spoil := range map[string]func(img *os.File){
		"needs_recovery": func(img *os.File) { written(t, img, "/usr/bin/f1100000", "") },
		"orphan list":    func(img *os.File) { super(t, img, func(sb layout.Superblock) { sb.SetLastOrphan(12) }) },
		"orphan_present": func(img *os.File) {
			super(t, img, func(sb layout.Superblock) { sb.SetROCompat(sb.ROCompat() | layout.ROOrphanPresent) })
		},
	} {
		img := copyOf(t, shapeNamed(t, "ext4_orphanfile"))
		spoil(img)
		unchanged(t, img, func() {
			_, err := OpenWritable(img, sizeOf(t, img), Options{NoReplay: true})
			var state *StateError
			if !errors.As(err, &state) || state.Flag != name {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// unchanged makes sure that do leaves an image as it is.
func unchanged(t testing.TB, img *os.File, do func()) {
	t.Helper()
	before, err := os.ReadFile(img.Name())
	must(t, err)
	do()
	after, err := os.ReadFile(img.Name())
	must(t, err)
	if !bytes.Equal(before, after) {
		t.Error("the image was changed")
	}
}

// What cannot be made up for is refused, and nothing is written.
func TestRecoverRefuses(t *testing.T) {
	const name = "/usr/bin/f1100000"
	journalSuper := func(img *os.File, change func(layout.JournalSuperblock)) {
		f, err := open(img, sizeOf(t, img))
		must(t, err)
		in, err := f.journalInode()
		must(t, err)
		p, err := in.find(0, 1)
		must(t, err)
		raw(t, img, int64(p.start)*int64(f.bs), f.bs, func(b []byte) {
			j := layout.JournalSuperblock(b)
			change(j)
			j.SetChecksum(j.ComputeChecksum())
		})
	}
	// tag changes the number in the first tag of a journal without checksums.
	tag := func(img *os.File, blk func(f *FS, journal uint64) uint32) {
		f, err := open(img, sizeOf(t, img))
		must(t, err)
		in, err := f.journalInode()
		must(t, err)
		p, err := in.find(1, 1)
		must(t, err)
		raw(t, img, int64(p.start)*int64(f.bs), f.bs, func(b []byte) { binary.BigEndian.PutUint32(b[12:], blk(f, p.start)) })
	}
	for _, c := range []struct {
		name, shape string
		spoil       func(img *os.File)
		says        string
	}{
		{"outside", "ext3_1k_256", func(img *os.File) { tag(img, func(*FS, uint64) uint32 { return 16384 }) },
			"inode 8: journal: block 2, transaction 1: a copy of block 16384, which is outside the file system of 16384 blocks"},
		{"boot block", "ext3_1k_256", func(img *os.File) { tag(img, func(*FS, uint64) uint32 { return 0 }) }, "a copy of block 0, which is outside"},
		{"own", "ext3_1k_256", func(img *os.File) { tag(img, func(_ *FS, journal uint64) uint32 { return uint32(journal + 9) }) }, "which is the journal's own"},
		{"own map", "ext3_1k_256", func(img *os.File) {
			tag(img, func(f *FS, _ uint64) uint32 {
				in, err := f.journalInode()
				must(t, err)
				return binary.LittleEndian.Uint32(in.Block()[48:])
			})
		}, "which is the journal's own"},
		{"superblock of nothing", "ext3_1k_256", func(img *os.File) { tag(img, func(*FS, uint64) uint32 { return 1 }) }, "superblock"},
		{"descriptors of nothing", "ext3_1k_256", func(img *os.File) { tag(img, func(*FS, uint64) uint32 { return 2 }) }, "group 0"},
		{"checksum", "ext4_csum_1k", func(img *os.File) {
			tag(img, func(f *FS, _ uint64) uint32 { return 5000 })
		}, "inode 8: journal: block 1, transaction 1: checksum"},
		{"feature", "ext4_csum_1k", func(img *os.File) {
			journalSuper(img, func(j layout.JournalSuperblock) { j.SetIncompat(j.Incompat() | 0x40) })
		}, "journal: its incompatible feature 0x40 is not known"},
		{"error in the journal", "ext4_csum_1k", func(img *os.File) {
			journalSuper(img, func(j layout.JournalSuperblock) { j[0x23] = 5 })
		}, "journal: it records error 5"},
		{"errors", "ext4_csum_1k", func(img *os.File) {
			super(t, img, func(sb layout.Superblock) { sb.SetState(sb.State() | layout.StateErrors) })
		}, "error state"},
		{"not valid and damaged", "ext4_csum_1k", func(img *os.File) {
			debugfs(t, img.Name(), "sif /etc/passwd links_count 3")
			super(t, img, func(sb layout.Superblock) { sb.SetState(0) })
		}, "not clean: it was not unmounted, and damage remains"},
		{"external journal", "ext4_csum_1k", func(img *os.File) {
			super(t, img, func(sb layout.Superblock) { sb.JournalUUID()[3] = 3 })
		}, "needs_recovery: the journal is on another device"},
		{"a feature that is not edited", "ext4_csum_1k", func(img *os.File) {
			super(t, img, func(sb layout.Superblock) { sb.SetROCompat(sb.ROCompat() | layout.ROSharedBlocks) })
		}, "shared_blocks"},
	} {
		t.Run(c.name, func(t *testing.T) {
			img := copyOf(t, shapeNamed(t, c.shape))
			options := ""
			if strings.Contains(c.shape, "csum") {
				options = "-c -v 3"
			}
			written(t, img, name, options)
			c.spoil(img)
			unchanged(t, img, func() {
				_, err := OpenWritable(img, sizeOf(t, img), Options{Time: editTime})
				if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
					t.Errorf("%v, which does not say %q", err, c.says)
				}
				f, err := Open(img, sizeOf(t, img))
				if err != nil || f.Info().Refusal == nil && c.name != "error in the journal" && c.name != "not valid and damaged" {
					t.Errorf("reading: %v", err)
				}
			})
		})
	}
}

// A file system that is not marked valid, with a journal, becomes so as e2fsck
// has it: after a full check.
func TestRecoverNotValid(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_csum_1k"))
	written(t, img, "/usr/bin/f1100000", "-c -v 3")
	super(t, img, func(sb layout.Superblock) { sb.SetState(0) })
	recovered(t, img)
	super(t, img, func(sb layout.Superblock) {
		if sb.State() != layout.StateValid {
			t.Errorf("state %d", sb.State())
		}
	})
}

// needs_recovery with a journal that holds nothing.
func TestRecoverNothing(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_csum_1k"))
	super(t, img, func(sb layout.Superblock) { sb.SetIncompat(sb.Incompat() | layout.IncompatRecover) })
	if r := recovered(t, img); r != (Recovery{}) || !strings.HasPrefix(r.String(), "nothing") {
		t.Errorf("%+v: %s", r, r)
	}
}

// Whatever is wrong in a journal, it is refused, or brought in as e2fsck does.
func TestRecoverFlips(t *testing.T) {
	for _, c := range []struct{ features, options string }{
		{feat3, ""}, {feat3, "-c -v 1"}, {drop(feat8, "64bit"), "-c -v 2"}, {feat8, "-c -v 3"},
	} {
		t.Run(c.options, func(t *testing.T) {
			t.Parallel()
			img := makeImage(t, 4<<20, 0, "-b", "1024", "-I", "256", "-J", "size=1", "-O", "none,"+c.features)
			made := edit(t, img)
			must(t, made.WriteFile("file", data("file", 10_000), 0o644))
			must(t, made.Sync())
			written(t, img, "/file", c.options)
			f, err := open(img, sizeOf(t, img))
			must(t, err)
			in, err := f.journalInode()
			must(t, err)
			good, err := os.ReadFile(img.Name())
			must(t, err)
			accepted, refused := 0, 0
			n, _ := rounds(t)
			n = max(50/n, 1)
			for lblk := range uint64(20) {
				p, err := in.find(lblk, 1)
				must(t, err)
				for off := range 96 {
					if lblk == 0 && off >= 0x58 || lblk > 0 && off > 40 && off%16 != 5 {
						continue
					}
					at := int64(p.start)*int64(f.bs) + int64(off)
					flipped := []byte{good[at] ^ 1<<(off%8)}
					dev := newDraft(bytes.NewReader(good), nil, f.bs)
					_, err := dev.WriteAt(flipped, at)
					must(t, err)
					spoilt := bytes.Clone(dev.over[p.start])
					if _, err := OpenWritable(dev, int64(len(good)), Options{Time: editTime}); err != nil {
						refused++
						if len(dev.over) != 1 || !bytes.Equal(dev.over[p.start], spoilt) {
							t.Errorf("byte %d of block %d of the journal: the image was changed: %v", off, lblk, err)
						}
						continue
					}
					if accepted++; accepted%n != 0 {
						continue
					}
					b := bytes.Clone(good)
					must(t, dev.pour(&ram{b, 1 << 20}))
					img := bytes.Clone(good)
					copy(img[at:], flipped)
					for _, d := range differing(t, b, e2fsck(t, img, "-y", "-E", "journal_only")) {
						t.Errorf("byte %d of block %d of the journal: %s", off, lblk, d)
					}
				}
			}
			t.Logf("%d accepted, %d refused", accepted, refused)
			if accepted < 10 || refused < 10 {
				t.Errorf("%d accepted, %d refused", accepted, refused)
			}
		})
	}
}
