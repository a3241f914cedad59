//go:build linux

package ext

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"lbimage/imagebuild/ext/internal/layout"
)

// Ways in which EXT4_IOC_SHUTDOWN ends the use of a file system.
const (
	ioctlShutdown = 0x8004587d
	shutFrozen    = 0 // all is brought in, and the journal emptied
	shutFlushed   = 1 // what was changed is committed to the journal
	shutAtOnce    = 2 // what was not committed is lost
)

// crash lets the kernel use an image, and ends that as a loss of power does.
func crash(t testing.TB, img, opts string, how uint32, use func(dir string) (open []*os.File)) {
	t.Helper()
	dir := mount(t, img, opts)
	files := use(dir)
	root, err := os.Open(dir)
	must(t, err)
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, root.Fd(), ioctlShutdown, uintptr(unsafe.Pointer(&how))); errno != 0 {
		t.Fatalf("shutdown: %v", errno)
	}
	must(t, root.Close())
	for _, f := range files {
		_ = f.Close() // it cannot be written back
	}
	unmount(t, dir)
}

// commit has the kernel end a transaction.
func commit(t testing.TB, dir string) {
	t.Helper()
	f, err := os.Open(dir)
	must(t, err)
	must(t, unix.Syncfs(int(f.Fd())))
	must(t, f.Close())
}

// busy writes a good deal in several transactions, and leaves nothing open.
func busy(t testing.TB, dir string) {
	in := func(name string) string { return filepath.Join(dir, name) }
	magic := append([]byte{0xC0, 0x3B, 0x39, 0x98}, bytes.Repeat([]byte("x"), 5000)...)
	for round := range 4 {
		must(t, os.MkdirAll(in(fmt.Sprintf("new/%d/sub", round)), 0o750))
		for i := range 60 {
			name := in(fmt.Sprintf("new/%d/file%d", round, i))
			must(t, os.WriteFile(name, data(name, i*97), 0o640))
			if i%7 == 0 {
				must(t, unix.Setxattr(name, "user.note", data("note", 20+i), 0))
			}
			if i%9 == 0 {
				must(t, os.Rename(name, in(fmt.Sprintf("new/%d/sub/moved%d", round, i))))
			}
			if i%11 == 0 {
				must(t, os.Symlink(strings.Repeat("long/", 30), name+".link"))
			}
		}
		must(t, os.WriteFile(in("etc/passwd"), data("passwd", 3000*round+10), 0))
		must(t, os.Chown(in("etc/passwd"), 70+round, 80))
		commit(t, dir)
		if round > 0 { // blocks of folders are freed, and taken by files
			must(t, os.RemoveAll(in(fmt.Sprintf("new/%d/sub", round-1))))
			must(t, os.RemoveAll(in(fmt.Sprintf("new/%d", round-1))))
			commit(t, dir)
			must(t, os.WriteFile(in(fmt.Sprintf("over%d", round)), data("over", 300_000), 0o644))
		}
	}
	must(t, os.RemoveAll(in("many")))
	commit(t, dir)
	f, err := os.Create(in("magic"))
	must(t, err)
	_, err = f.Write(magic)
	must(t, err)
	must(t, f.Sync())
	must(t, f.Close())
	for i := range 20 {
		must(t, os.WriteFile(in(fmt.Sprintf("late%d", i)), data("late", 9000), 0o644))
	}
}

// orphaned holds files open that are removed, of all kinds.
func orphaned(t testing.TB, dir string) (open []*os.File) {
	in := func(name string) string { return filepath.Join(dir, name) }
	hold := func(name string, flag int) {
		f, err := os.OpenFile(in(name), flag, 0)
		must(t, err)
		open = append(open, f)
	}
	for i := range 30 {
		name := fmt.Sprintf("orphan%d", i)
		must(t, os.WriteFile(in(name), data(name, i*4001), 0o644))
		must(t, unix.Setxattr(in(name), "user.shared", bytes.Repeat([]byte("same"), 60), 0))
		hold(name, os.O_RDWR)
	}
	must(t, os.MkdirAll(in("orphanage/x"), 0o755))
	hold("orphanage/x", os.O_RDONLY)
	must(t, os.Symlink(strings.Repeat("far/", 100), in("orphanlink")))
	hold("orphanlink", unix.O_PATH|unix.O_NOFOLLOW)
	commit(t, dir)
	for i := range 30 {
		if i != 5 {
			must(t, os.Remove(in(fmt.Sprintf("orphan%d", i))))
		}
	}
	must(t, os.Remove(in("orphanage/x")))
	must(t, os.Remove(in("orphanlink")))
	commit(t, dir)
	return open
}

// goesOn makes sure that the kernel sees what we see, and goes on with it.
func goesOn(t testing.TB, img *os.File) {
	t.Helper()
	m := modelOf(t, edit(t, img))
	dir := mount(t, img.Name(), "rw")
	m.compareTo(t, modelOfFolder(t, dir))
	must(t, os.WriteFile(filepath.Join(dir, "kernel"), data("kernel", 50_000), 0o644))
	unmount(t, dir)
	judge(t, img.Name())
}

// crashed are file systems and ways to mount them.
type crashCase struct{ name, args, opts string }

var crashed = []crashCase{
	{"ext3 1k", "-b 1024 -I 128 -O none," + feat3, "rw"},
	{"ext3 4k", "-b 4096 -I 256 -O none," + feat3, "rw"},
	{"ext3 1k data=journal", "-b 1024 -I 256 -O none," + feat3, "rw,data=journal"},
	{"block maps journal_checksum", "-b 1024 -I 256 -O none," + feat3 + ",dir_nlink", "rw,journal_checksum"},
	{"ext4 4k", "-b 4096 -I 256 -O none," + feat4, "rw"},
	{"ext4 1k journal_checksum", "-b 1024 -I 256 -O none," + feat4, "rw,journal_checksum"},
	{"ext4 4k journal_async_commit", "-b 4096 -I 256 -O none," + feat4, "rw,journal_async_commit,data=writeback"},
	{"ext4 64bit", "-b 1024 -I 256 -O none," + feat4 + ",64bit", "rw"},
	{"ext4 64bit data=journal", "-b 1024 -I 256 -O none," + feat4 + ",64bit", "rw,data=journal"},
	{"ext4 metadata_csum", "-b 4096 -I 256 -O none," + feat8, "rw"},
	{"ext4 metadata_csum 1k data=journal", "-b 1024 -I 256 -O none," + feat8, "rw,data=journal"},
	{"ext4 metadata_csum 32 bit", "-b 1024 -I 256 -O none," + drop(feat8, "64bit"), "rw"},
	{"ext4 metadata_csum_seed 2k", "-b 2048 -I 256 -O none," + feat8 + ",metadata_csum_seed", "rw"},
	{"ext4 orphan_file", "-b 4096 -I 256 -O none," + feat8 + ",orphan_file", "rw"},
	{"ext4 fast_commit", "-b 4096 -I 256 -O none," + feat8 + ",fast_commit", "rw"},
}

// What the kernel leaves behind when the power fails is brought in as e2fsck
// does. With EXT_ROUNDS above 2 each file system fails in each way.
func TestRecoverCrash(t *testing.T) {
	n, _ := rounds(t)
	for i, c := range crashed {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if i%2 == 0 || n > 2 {
				t.Run("flushed", func(t *testing.T) { c.test(t, shutFlushed, false) })
			}
			if i%2 == 1 || n > 2 {
				t.Run("at once", func(t *testing.T) { c.test(t, shutAtOnce, true) })
			}
			if i == 0 || n > 2 || strings.Contains(c.name, "orphan") {
				t.Run("frozen", func(t *testing.T) { c.test(t, shutFrozen, true) })
			}
		})
	}
}

func (c crashCase) test(t *testing.T, how uint32, orphans bool) {
	img := copyOf(t, shape{name: "crash_" + strings.NewReplacer(" ", "_", "=", "_").Replace(c.name), args: c.args})
	crash(t, img.Name(), c.opts, how, func(dir string) (open []*os.File) {
		busy(t, dir)
		if orphans {
			open = orphaned(t, dir)
		}
		return open
	})
	if how != shutFrozen {
		c.inspect(t, img, !orphans)
	}
	r := recovered(t, img)
	t.Logf("%+v", r)
	if how != shutFrozen && (r.Transactions == 0 || r.Blocks == 0) || orphans != (r.Freed > 0) {
		t.Errorf("%+v", r)
	}
	f := edit(t, img)
	if _, err := f.Stat("late7"); (err == nil) != (how != shutAtOnce || orphans) {
		t.Errorf("what was not committed: %v", err)
	}
	goesOn(t, img)
}

// inspect makes sure that the journal is of the kind that is to be tried.
func (c crashCase) inspect(t *testing.T, img *os.File, fresh bool) {
	f, err := open(img, sizeOf(t, img))
	must(t, err)
	j, at, err := f.openJournal()
	must(t, err)
	plan, err := f.scanJournal(j, img, sizeOf(t, img))
	must(t, err)
	b := make([]byte, f.bs)
	escaped := false
	for _, copied := range plan.Copies {
		must(t, plan.Read(copied, b))
		escaped = escaped || be32(b) == layout.JournalMagic
	}
	if want := strings.Contains(c.opts, "data=journal"); fresh && escaped != want {
		t.Errorf("escaped copies: %v", escaped)
	}
	must(t, readFull(img, b, int64(at)*int64(f.bs)))
	sb := layout.JournalSuperblock(b)
	const v1, async = layout.JournalCompatChecksum, layout.JournalIncompatAsyncCommit
	for _, want := range []struct {
		what string
		if_  bool
		have bool
	}{
		{"checksums of version 1", strings.Contains(c.opts, "checksum") || strings.Contains(c.opts, "async"), sb.Compat()&v1 != 0},
		{"checksums of version 3", strings.Contains(c.args, "metadata_csum"), sb.Incompat()&layout.JournalIncompatCsumV3 != 0},
		{"async_commit", strings.Contains(c.opts, "async"), sb.Incompat()&async != 0},
		{"64 bits", strings.Contains(c.args, "64bit"), sb.Incompat()&layout.JournalIncompat64Bit != 0},
		{"fast commits", strings.Contains(c.args, "fast_commit"), sb.Incompat()&layout.JournalIncompatFastCommit != 0},
	} {
		if want.have != want.if_ {
			t.Errorf("the journal has %s: %v", want.what, want.have)
		}
	}
}

func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }

// Fast commits on top of the last transaction are refused by name. Without them
// what the journal holds would be older than what was promised to be on the disk.
func TestRecoverFastCommits(t *testing.T) {
	img := copyOf(t, shape{name: "fast_commits", args: "-b 4096 -I 256 -O none," + feat8 + ",fast_commit"})
	crash(t, img.Name(), "rw", shutAtOnce, func(dir string) []*os.File {
		must(t, os.WriteFile(filepath.Join(dir, "before"), data("before", 100), 0o644))
		commit(t, dir)
		f, err := os.Create(filepath.Join(dir, "fast"))
		must(t, err)
		_, err = f.Write(data("fast", 5000))
		must(t, err)
		must(t, f.Sync())
		return []*os.File{f}
	})
	unchanged(t, img, func() {
		_, err := OpenWritable(img, sizeOf(t, img), Options{Time: editTime})
		var state *StateError
		if !errors.As(err, &state) || !strings.Contains(err.Error(), "fast commits") {
			t.Errorf("%v", err)
		}
		f, err := Open(img, sizeOf(t, img))
		must(t, err)
		if got := f.Info().Refusal; got == nil || got.Error() != state.Error() {
			t.Errorf("Info says %v", got)
		}
	})
}

// What we bring in from a spoilt journal, the kernel brings in, with the same
// result; what it refuses, we refuse.
func TestRecoverKernelAgrees(t *testing.T) {
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
			for _, flip := range [][2]int{ // block and byte of the journal
				{0, 0x18}, {0, 0x1B}, {0, 0x1F}, {0, 0x20}, {1, 0}, {1, 11}, {1, 14}, {1, 19}, {3, 100}, {8, 3}, {8, 14}, {8, 60}, {9, 11}, {10, 200}, {12, 15}, {12, 19}, {13, 1}, {13, 60},
			} {
				p, err := in.find(uint64(flip[0]), 1)
				must(t, err)
				theirs := bytes.Clone(good)
				theirs[int(p.start)*f.bs+flip[1]] ^= 2
				ours := bytes.Clone(theirs)
				name := filepath.Join(t.TempDir(), "kernel.img")
				must(t, os.WriteFile(name, theirs, 0o666))
				_, err = OpenWritable(&ram{ours, 1 << 20}, int64(len(ours)), Options{Time: editTime})
				if err != nil {
					refused++
					continue
				}
				accepted++
				unmount(t, mount(t, name, "rw"))
				theirs, err = os.ReadFile(name)
				must(t, err)
				log, err := journalBlocks(good) // the kernel has used it for its own mount
				must(t, err)
				for _, at := range log {
					copy(theirs[at:at+f.bs], ours[at:])
				}
				for _, d := range differing(t, ours, theirs) {
					t.Errorf("byte %d of block %d of the journal: %s", flip[1], flip[0], d)
				}
			}
			t.Logf("%d accepted, %d refused", accepted, refused)
			if accepted < 3 || refused < 2 {
				t.Error("too few of one kind")
			}
		})
	}
}
