package ext

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/extents"
	"lbimage/imagebuild/ext/internal/layout"
)

// makeImage runs mke2fs for an empty file system.
func makeImage(t testing.TB, size int64, fill byte, args ...string) *os.File {
	t.Helper()
	need(t, "mke2fs", "debugfs", "e2fsck")
	img, err := os.Create(filepath.Join(t.TempDir(), "made.img"))
	must(t, err)
	t.Cleanup(func() { _ = img.Close() })
	must(t, img.Truncate(size))
	if fill != 0 {
		junk := bytes.Repeat([]byte{fill}, 1<<20)
		for off := int64(0); off < size; off += 1 << 20 {
			_, err := img.WriteAt(junk, off)
			must(t, err)
		}
	}
	conf := filepath.Join(t.TempDir(), "conf")
	must(t, os.WriteFile(conf, []byte("[defaults]\n base_features = none\n inode_ratio = 8192\n[fs_types]\n"), 0o666))
	env := append(os.Environ(), "MKE2FS_CONFIG="+conf, "E2FSPROGS_FAKE_TIME=1400000000", "LC_ALL=C")
	command(t, env, "mke2fs", append(append([]string{"-q", "-F"}, args...), img.Name())...)
	return img
}

func sectors(t testing.TB, f *FS, name string) int64 { return stat(t, f, name).Sectors }

func TestHoles(t *testing.T) {
	for _, name := range []string{"ext3_1k_256", "ext4_csum_1k"} {
		img := copyOf(t, shapeNamed(t, name))
		f := edit(t, img)
		w, err := f.OpenFile("etc/sparse", os.O_CREATE|os.O_RDWR, 0o644)
		must(t, err)
		_, err = w.WriteAt([]byte("end"), 10<<20)
		must(t, err)
		if n := sectors(t, f, "etc/sparse"); n > 8 {
			t.Errorf("%s: a hole of 10 MiB takes %d sectors", name, n)
		}
		_, err = w.WriteAt(make([]byte, 100<<10), 1<<20)
		must(t, err)
		if n := sectors(t, f, "etc/sparse"); n < 200 {
			t.Errorf("%s: zeros that were written take %d sectors", name, n)
		}
		must(t, w.PunchHole(0, 9<<20))
		if n := sectors(t, f, "etc/sparse"); n > 8 {
			t.Errorf("%s: a punched hole takes %d sectors", name, n)
		}
		must(t, f.WriteFile("etc/text", []byte("abcdefgh"), 0o644))
		must(t, f.Truncate("etc/text", 3))
		must(t, f.Truncate("etc/text", 6))
		wantFile(t, f, "etc/text", []byte("abc\x00\x00\x00"))
		f = finish(t, f, img)
		wantFile(t, f, "etc/sparse", append(make([]byte, 10<<20), "end"...))
	}
}

// Blocks that are allocated and unwritten read as zeros, and are written in part.
func TestUninitialisedExtents(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_csum_1k"))
	debugfs(t, img.Name(), "cd /etc", "write /dev/null pre", "fallocate /etc/pre 0 99", "sif /etc/pre size 102400")
	judge(t, img.Name())
	f := edit(t, img)
	want := make([]byte, 102400)
	if n := sectors(t, f, "etc/pre"); n < 200 {
		t.Fatalf("debugfs has allocated %d sectors", n)
	}
	wantFile(t, f, "etc/pre", want)
	w, err := f.OpenFile("etc/pre", os.O_RDWR, 0)
	must(t, err)
	for _, off := range []int{0, 5000, 5500, 51200, 102000} {
		copy(want[off:], "0123456789")
		_, err := w.WriteAt([]byte("0123456789"), int64(off))
		must(t, err)
	}
	wantFile(t, f, "etc/pre", want)
	f = finish(t, f, img)
	wantFile(t, f, "etc/pre", want)
	must(t, f.Truncate("etc/pre", 5005))
	must(t, f.Truncate("etc/pre", 9000))
	f = finish(t, f, img)
	wantFile(t, f, "etc/pre", append(want[:5005:5005], make([]byte, 9000-5005)...))
	must(t, f.WriteFile("etc/pre", []byte("short"), 0))
	f = finish(t, f, img)
	wantFile(t, f, "etc/pre", []byte("short"))
}

// Groups that were never used are initialised when they are, even where the disk
// was full of other things.
func TestLazyGroups(t *testing.T) {
	for name, features := range map[string]string{"uninit_bg": feat4, "metadata_csum": feat8} {
		for _, flex := range []string{"1", "4"} {
			t.Run(name+flex, func(t *testing.T) {
				img := makeImage(t, 32<<20, 0xA5, "-b", "1024", "-I", "256", "-g", "2048", "-G", flex, "-E", "nodiscard,lazy_itable_init=1", "-O", "none,"+features)
				judge(t, img.Name())
				f := edit(t, img)
				uninit := 0
				for n := range f.groups {
					if f.uninit(n, layout.GroupInodeUninit) && f.uninit(n, layout.GroupBlockUninit) && f.desc(n).Flags()&layout.GroupInodeZeroed == 0 {
						uninit++
					}
				}
				if uninit == 0 {
					t.Fatal("mke2fs has initialised all groups")
				}
				must(t, f.Mkdir("d", 0o755))
				for i := range 1000 {
					must(t, f.WriteFile(fmt.Sprintf("d/file%d", i), data("x", i%3000), 0o644))
					if i%500 == 499 {
						f = finish(t, f, img)
					}
				}
				must(t, f.WriteFile("big", data("big", 9<<20), 0o644))
				f = finish(t, f, img)
				wantFile(t, f, "big", data("big", 9<<20))
				wantFile(t, f, "d/file999", data("x", 999))
				must(t, f.RemoveAll("d"))
				must(t, f.Remove("big"))
				finish(t, f, img)
			})
		}
	}
}

// Files beyond 4 GiB, on each kind of map.
func TestLargeFiles(t *testing.T) {
	img := makeImage(t, 32<<20, 0, "-b", "1024", "-I", "256", "-O", "none,"+feat3)
	f := edit(t, img)
	far := int64(16<<30) - 5 // triple indirect, with blocks of 1 KiB
	put := func(f *FS, name string, off int64) {
		w, err := f.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
		must(t, err)
		for _, at := range []int64{0, 11 << 10, 12 << 10, 268 << 10, 70 << 20, 5 << 30, off} {
			_, err = w.WriteAt([]byte("here"), at)
			must(t, err)
		}
		must(t, w.Close())
	}
	look := func(f *FS, name string, off int64) {
		r, err := f.Open(name)
		must(t, err)
		for _, at := range []int64{0, 11 << 10, 12 << 10, 268 << 10, 70 << 20, 5 << 30, off} {
			b := make([]byte, 6)
			_, _ = r.(*File).ReadAt(b[:4], at)
			if string(b[:4]) != "here" {
				t.Errorf("%s at %d: %q", name, at, b)
			}
		}
		if fi, _ := r.Stat(); fi.Size() != off+4 {
			t.Errorf("%s: %d bytes", name, fi.Size())
		}
	}
	if f.sb.ROCompat()&layout.ROLargeFile != 0 {
		t.Fatal("large_file is set before there is a large file")
	}
	put(f, "far", far)
	f = finish(t, f, img)
	look(f, "far", far)
	if f.sb.ROCompat()&layout.ROLargeFile == 0 {
		t.Error("large_file is not set")
	}
	if _, err := f.ReadFile("far"); err == nil {
		t.Error("a file of 16 GiB was read at once")
	}
	if err := f.Truncate("far", 1<<35); err == nil {
		t.Error("a size beyond the map is taken")
	}
	for _, size := range []int64{6 << 30, 80 << 20, 269 << 10, 5 << 10, 0} {
		must(t, f.Truncate("far", size))
		f = finish(t, f, img)
	}
	if n := sectors(t, f, "far"); n != 0 {
		t.Errorf("an empty file takes %d sectors", n)
	}
	img = makeImage(t, 32<<20, 0, "-b", "1024", "-I", "256", "-O", "none,"+feat8)
	f = edit(t, img)
	far = int64(2<<40) - 5
	put(f, "far", far)
	f = finish(t, f, img)
	look(f, "far", far)
	must(t, f.Remove("far"))
	finish(t, f, img)
}

// A file in a thousand pieces has a tree with several levels.
func TestDeepTree(t *testing.T) {
	for _, features := range []string{feat4, feat8, feat3} {
		img := makeImage(t, 32<<20, 0, "-b", "1024", "-I", "256", "-N", "8000", "-O", "none,"+features)
		f := edit(t, img)
		must(t, f.Mkdir("d", 0o755))
		for i := range 3000 {
			must(t, f.WriteFile(fmt.Sprintf("d/%d", i), []byte{byte(i)}, 0o644))
		}
		must(t, f.WriteFile("rest", make([]byte, int(f.Info().FreeBlocks-500)*f.bs), 0o644))
		for i := 0; i < 3000; i += 2 {
			must(t, f.Remove(fmt.Sprintf("d/%d", i)))
		}
		want := data("pieces", 1300<<10)
		w, err := f.OpenFile("pieces", os.O_CREATE|os.O_WRONLY, 0o644)
		must(t, err)
		for off := 0; off < len(want); off += 13000 {
			_, err := w.Write(want[off:min(off+13000, len(want))])
			must(t, err)
		}
		f = finish(t, f, img)
		wantFile(t, f, "pieces", want)
		in, err := f.get("pieces", true)
		must(t, err)
		if in.in.hasExtents() && in.in.tree().Depth() < 2 {
			t.Errorf("depth %d", in.in.tree().Depth())
		}
		w, err = f.OpenFile("pieces", os.O_WRONLY, 0o644)
		must(t, err)
		for off := 0; off < 1200<<10; off += 40 << 10 {
			must(t, w.PunchHole(int64(off), 20<<10))
			clear(want[off : off+20<<10])
		}
		f = finish(t, f, img)
		wantFile(t, f, "pieces", want)
		must(t, f.Truncate("pieces", 3000))
		f = finish(t, f, img)
		wantFile(t, f, "pieces", want[:3000])
	}
}

// A large file lands in few pieces, even if it comes in parts.
func TestContiguous(t *testing.T) {
	for _, features := range []string{feat3, feat4, feat8} {
		img := makeImage(t, 128<<20, 0, "-b", "4096", "-I", "256", "-O", "none,"+features)
		f := edit(t, img)
		for i := range 50 {
			must(t, f.WriteFile(fmt.Sprint("small", i), data("s", i*300), 0o644))
		}
		for i := 0; i < 50; i += 3 {
			must(t, f.Remove(fmt.Sprint("small", i)))
		}
		const size = 50 << 20
		must(t, f.WriteFrom("large", bytes.NewReader(make([]byte, size)), 0o644))
		finish(t, f, img)
		s, err := f.get("large", true)
		must(t, err)
		pieces := 0
		end := uint64(0)
		own := map[uint64]bool{}
		must(t, s.in.eachRun(func(run) error { return nil }, func(blk uint64) error { own[blk] = true; return nil }))
		must(t, s.in.eachRun(func(r run) error {
			for own[end] {
				end++
			}
			if r.start != end {
				pieces++
			}
			end = r.end
			return nil
		}, nil))
		if pieces > 4 {
			t.Errorf("%d pieces", pieces)
		}
	}
}

// Many names turn a folder into a hashed one, and back to nothing.
func TestManyNames(t *testing.T) {
	for _, s := range []string{"ext3_1k_256", "ext4_csum_1k", "ext3_linear", "ext2_nofiletype"} {
		t.Run(s, func(t *testing.T) {
			t.Parallel()
			img := copyOf(t, shapeNamed(t, s))
			f := edit(t, img)
			must(t, f.Mkdir("new", 0o755))
			for i := range 1500 {
				must(t, f.Symlink("x", fmt.Sprintf("new/%s%d", strings.Repeat("name", i%30), i)))
			}
			f = finish(t, f, img)
			hashed := stat(t, f, "new").Flags&layout.InodeFlagIndex != 0
			if want := s == "ext3_1k_256" || s == "ext4_csum_1k" || s == "ext3_linear"; hashed != want {
				t.Errorf("hashed: %v", hashed)
			}
			for i := range 1500 {
				must(t, f.Remove(fmt.Sprintf("new/%s%d", strings.Repeat("name", i%30), i)))
			}
			f = finish(t, f, img)
			must(t, f.Remove("new"))
			finish(t, f, img)
		})
	}
}

// Files that were made before a file system had extents keep their block maps.
func TestBlockMapsStay(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext3_1k_256"))
	if out, err := exec.Command("tune2fs", "-O", "extents", img.Name()).CombinedOutput(); err != nil {
		t.Skipf("tune2fs: %s", out)
	}
	f := edit(t, img)
	must(t, f.WriteFile("usr/bin/f300000", data("more", 400_000), 0))
	must(t, f.WriteFile("usr/bin/new", data("new", 400_000), 0o644))
	must(t, f.Mkdir("usr/dir", 0o755))
	f = finish(t, f, img)
	for name, want := range map[string]bool{"usr/bin/f300000": false, "usr/bin/new": true, "usr/dir": true, "usr": false} {
		if got := stat(t, f, name).Flags&layout.InodeFlagExtents != 0; got != want {
			t.Errorf("%s has extents: %v", name, got)
		}
	}
	wantFile(t, f, "usr/bin/f300000", data("more", 400_000))
}

// The map of a file that is spread wide costs no more blocks than was said.
func TestMapCost(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_csum_1k"))
	f := edit(t, img)
	must(t, f.WriteFile("x", nil, 0o644))
	for i := range uint64(400) {
		s, err := f.get("x", true)
		must(t, err)
		cost, err := s.in.mapCost(3*i, 1)
		must(t, err)
		before := f.free
		_, err = s.in.extend(3*i, 1, 1)
		must(t, err)
		if used := before - f.free - 1; used > cost {
			t.Errorf("block %d: %d blocks for the map, not %d", i, used, cost)
		}
		must(t, s.in.setSize((3*i+1)*uint64(f.bs)))
		must(t, s.in.put())
	}
	f.edited = true
	f = finish(t, f, img)
	s, err := f.get("x", true)
	must(t, err)
	n := 0
	must(t, s.in.tree().Each(func(extents.Extent) error { n++; return nil }, nil))
	if n != 400 {
		t.Errorf("%d extents", n)
	}
}
