package mkfs_test

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/ext/internal/mkfs"
)

const (
	testUUID = "6b1f5c0e-5d2a-4d0b-9a59-0212e1600001"
	testSeed = "6b1f5c0e-5d2a-4d0b-9a59-0212e1600002"
)

func parseUUID(t testing.TB, s string) (u [16]byte) {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil {
		t.Fatal(err)
	}
	copy(u[:], b)
	return u
}

// mke2fs makes the same with the real tool.
func mke2fs(t testing.TB, size int64, o mkfs.Options) string {
	t.Helper()
	features := "none,ext_attr,resize_inode,dir_index,filetype,sparse_super,large_file"
	switch {
	case o.Modern:
		features += ",has_journal,extent,64bit,flex_bg,huge_file,dir_nlink,extra_isize,metadata_csum"
	case o.Type == "ext4":
		features += ",has_journal,extent,flex_bg,huge_file,uninit_bg,dir_nlink,extra_isize"
	case o.Type == "ext3":
		features += ",has_journal"
	}
	img := filepath.Join(t.TempDir(), "real")
	f, err := os.Create(img)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	f.Close()
	args := []string{"-q", "-F", "-t", o.Type, "-O", features, "-b", fmt.Sprint(o.BlockSize), "-I", fmt.Sprint(o.InodeSize),
		"-U", testUUID, "-E", "hash_seed=" + testSeed + ",root_owner=0:0", "-L", o.Label}
	if o.JournalBlocks > 0 {
		args = append(args, "-J", fmt.Sprintf("size=%d", o.JournalBlocks*o.BlockSize>>20))
	}
	run(t, "mke2fs", append(args, img)...)
	return img
}

// header gives the fields of dumpe2fs -h.
func header(t testing.TB, img string) map[string]string {
	t.Helper()
	h := map[string]string{}
	for line := range strings.Lines(run(t, "dumpe2fs", "-h", img)) {
		if k, v, ok := strings.Cut(line, ":"); ok {
			h[k] = strings.TrimSpace(v)
		}
	}
	return h
}

// Fields that may differ: what was written in all, and a checksum over that.
var mayDiffer = map[string]bool{"Lifetime writes": true, "Checksum": true}

// Every field that dumpe2fs shows is as mke2fs has it.
func TestHeaderLikeMke2fs(t *testing.T) {
	for _, o := range kinds {
		for _, o.BlockSize = range []int{1024, 4096, 16384, 65536} {
			for _, size := range []int64{1 * mib, 8 * mib, 63 * mib, 1536 * mib, 10 * gib} {
				if o.BlockSize > 16384 && size < 8*mib {
					continue // mke2fs finds no room
				}
				o := o
				o.InodeSize, o.Label = 256, "lb-root"
				o.UUID, o.HashSeed, o.Time = parseUUID(t, testUUID), parseUUID(t, testSeed), time.Unix(1400000000, 0)
				t.Run(fmt.Sprintf("%s-%d", describe(o), size), func(t *testing.T) {
					ours, real := header(t, format(t, size, o)), header(t, mke2fs(t, size, o))
					for k, v := range real {
						if ours[k] != v && !mayDiffer[k] {
							t.Errorf("%s: %q, want %q as by mke2fs", k, ours[k], v)
						}
					}
					for k, v := range ours {
						if _, ok := real[k]; !ok {
							t.Errorf("%s: %q is not there by mke2fs", k, v)
						}
					}
				})
			}
		}
	}
}

// ext2, and ext3 of up to two block groups, come out byte for byte as mke2fs 1.47.0 makes
// them. (With more groups ours has the journal in the middle, as for ext4.)
func TestBytesLikeMke2fs(t *testing.T) {
	version := runBoth(t, "mke2fs", "-V")
	if !strings.Contains(version, "1.47.0 ") {
		t.Skipf("this is for mke2fs 1.47.0, not %q", version)
	}
	for _, c := range []struct {
		o    mkfs.Options
		size int64
	}{
		{mkfs.Options{Type: "ext2", BlockSize: 1024, InodeSize: 128}, 63 * mib},
		{mkfs.Options{Type: "ext2", BlockSize: 2048, InodeSize: 256}, 150 * mib},
		{mkfs.Options{Type: "ext2", BlockSize: 4096, InodeSize: 256}, 520 * mib},
		{mkfs.Options{Type: "ext3", BlockSize: 4096, InodeSize: 256}, 1 * mib},
		{mkfs.Options{Type: "ext3", BlockSize: 4096, InodeSize: 256}, 8 * mib},
		{mkfs.Options{Type: "ext3", BlockSize: 4096, InodeSize: 256}, 63 * mib},
		{mkfs.Options{Type: "ext3", BlockSize: 4096, InodeSize: 128}, 200 * mib},
	} {
		t.Run(fmt.Sprintf("%s-%d", describe(c.o), c.size), func(t *testing.T) {
			o := c.o
			o.UUID, o.HashSeed, o.Time = parseUUID(t, testUUID), parseUUID(t, testSeed), time.Unix(1400000000, 0)
			a, err := os.Open(format(t, c.size, o))
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			b, err := os.Open(mke2fs(t, c.size, o))
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			if err := sameBytes(a, b); err != nil {
				t.Error(err)
			}
		})
	}
}

// resize2fs makes the image larger afterwards: the reserved descriptor blocks and
// the inode that owns them are as it expects.
func TestResize(t *testing.T) {
	for _, o := range kinds {
		t.Run(describe(o), func(t *testing.T) {
			img := format(t, 60*mib, o)
			for _, size := range []string{"300M", "1500M", "600M"} {
				run(t, "e2fsck", "-fy", img)
				run(t, "resize2fs", img, size)
				mustBeClean(t, img)
			}
			if f := header(t, img)["Filesystem features"]; !strings.Contains(f, "resize_inode") {
				t.Errorf("features %s: the resize inode is gone", f)
			}
		})
	}
}

// debugfs writes and reads files.
func TestDebugfs(t *testing.T) {
	for _, o := range kinds {
		t.Run(describe(o), func(t *testing.T) {
			img := format(t, 40*mib, o)
			src := filepath.Join(t.TempDir(), "src")
			if err := os.WriteFile(src, []byte(strings.Repeat("word ", 500000)), 0o644); err != nil {
				t.Fatal(err)
			}
			run(t, "debugfs", "-w", "-R", "write "+src+" file", img)
			run(t, "debugfs", "-w", "-R", "mkdir folder", img)
			mustBeClean(t, img)
			out := run(t, "debugfs", "-R", "cat file", img)
			if len(out) != 2500000 {
				t.Errorf("debugfs reads %d bytes back", len(out))
			}
		})
	}
}
