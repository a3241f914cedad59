package ext

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/ext/internal/layout"
)

func debugfs(t testing.TB, img string, commands ...string) string {
	t.Helper()
	need(t, "debugfs")
	if len(commands) == 1 {
		return command(t, nil, "debugfs", "-w", "-R", commands[0], img)
	}
	file := filepath.Join(t.TempDir(), "commands")
	must(t, os.WriteFile(file, []byte(strings.Join(commands, "\n")+"\n"), 0o666))
	return command(t, nil, "debugfs", "-w", "-f", file, img)
}

// raw changes bytes of an image.
func raw(t testing.TB, f *os.File, off int64, n int, change func([]byte)) {
	t.Helper()
	b := make([]byte, n)
	_, err := f.ReadAt(b, off)
	must(t, err)
	change(b)
	_, err = f.WriteAt(b, off)
	must(t, err)
}

// super changes the superblock and sets its checksum.
func super(t testing.TB, f *os.File, change func(layout.Superblock)) {
	raw(t, f, layout.SuperblockOffset, layout.SuperblockSize, func(b []byte) {
		sb := layout.Superblock(b)
		change(sb)
		if sb.ROCompat()&layout.ROMetadataCsum != 0 {
			sb.SetChecksum(sb.ComputeChecksum())
		}
	})
}

// Features that are read only are refused by name, and may be read.
func TestRefuseFeatures(t *testing.T) {
	for _, s := range shapes {
		if s.keep == "" {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			f := copyOf(t, s)
			_, err := OpenWritable(f, sizeOf(t, f), Options{})
			var fe *FeatureError
			if !errors.As(err, &fe) || strings.Join(fe.Features, " ") != s.keep || !fe.Edit {
				t.Errorf("%v", err)
			}
			fsys, err := Open(f, sizeOf(t, f))
			must(t, err)
			if got := fsys.Info().Refusal; got == nil || got.Error() != fe.Error() {
				t.Errorf("Info says %v", got)
			}
			if err := fsys.WriteFile("etc/passwd", nil, 0); !errors.As(err, &fe) {
				t.Errorf("writing: %v", err)
			}
		})
	}
}

// What is wrong with the state of a file system is refused by name, and nothing is written.
func TestRefuseState(t *testing.T) {
	journal := func(t *testing.T, f *os.File) int64 { // its first block
		fsys, err := Open(f, sizeOf(t, f))
		must(t, err)
		in, err := fsys.readInode(layout.InodeJournal)
		must(t, err)
		p, err := in.find(0, 1)
		must(t, err)
		return int64(p.start) * int64(fsys.bs)
	}
	for _, c := range []struct {
		name  string
		shape string
		spoil func(t *testing.T, f *os.File)
		says  string
		read  bool // it can be read all the same
	}{
		{"needs_recovery", "ext3_1k_256", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) {
				sb.SetIncompat(sb.Incompat() | layout.IncompatRecover)
				sb.SetCompat(sb.Compat() &^ layout.CompatHasJournal)
			})
		}, "needs_recovery: there is no journal", true},
		{"errors", "ext4_csum_1k", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) { sb.SetState(sb.State() | layout.StateErrors) })
		}, "error state", true},
		{"not unmounted", "ext2_1k", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) { sb.SetState(0) })
		}, "not clean", true},
		{"orphans", "ext4_el6", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) { sb.SetLastOrphan(8) })
		}, "orphan list: inode 8: it cannot be an orphan", true},
		{"orphan_present", "ext4_el8_csum", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) { sb.SetROCompat(sb.ROCompat() | layout.ROOrphanPresent) })
		}, "orphan_present: there is no orphan file", true},
		{"unknown incompat", "ext4_el6", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) { sb.SetIncompat(sb.Incompat() | 1<<30) })
		}, "incompat feature 0x40000000", false},
		{"unknown ro_compat", "ext4_csum_1k", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) { sb.SetROCompat(sb.ROCompat() | 1<<29) })
		}, "ro_compat feature 0x20000000", true},
		{"journal_dev", "ext4_el6", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) { sb.SetIncompat(sb.Incompat() | layout.IncompatJournalDev) })
		}, "journal_dev", false},
		{"shared_blocks", "ext4_el6", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) { sb.SetROCompat(sb.ROCompat() | layout.ROSharedBlocks) })
		}, "shared_blocks", true},
		{"both checksums", "ext4_csum_1k", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) { sb.SetROCompat(sb.ROCompat() | layout.ROGdtCsum) })
		}, "uninit_bg", true},
		{"journal in use", "ext3_el5_128", func(t *testing.T, f *os.File) {
			raw(t, f, journal(t, f), 1024, func(b []byte) { b[0x1F] = 1 })
		}, "journal: it is not empty", true},
		{"journal with error", "ext4_csum_1k", func(t *testing.T, f *os.File) {
			raw(t, f, journal(t, f), 1024, func(b []byte) { b[0x23] = 5 })
		}, "journal: it records error 5", true},
		{"journal without magic", "ext4_el6", func(t *testing.T, f *os.File) {
			raw(t, f, journal(t, f), 1024, func(b []byte) { b[0] = 0 })
		}, "inode 8: journal", true},
		{"no journal", "ext4_el6", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) { sb.SetJournalInode(0) })
		}, "has_journal", true},
		{"superblock checksum", "ext4_csum_1k", func(t *testing.T, f *os.File) {
			raw(t, f, 1024, 1024, func(b []byte) { b[0x78] ^= 1 })
		}, "superblock: checksum", false},
		{"descriptor checksum", "ext4_el6_1k", func(t *testing.T, f *os.File) {
			raw(t, f, 2048, 32, func(b []byte) { b[0x0C] ^= 1 })
		}, "group 0: checksum", true},
		{"descriptor checksum", "ext4_csum_1k", func(t *testing.T, f *os.File) {
			raw(t, f, 2048+64, 64, func(b []byte) { b[0x0C] ^= 1 })
		}, "group 1: checksum", true},
		{"descriptors point outside", "ext2_1k", func(t *testing.T, f *os.File) {
			raw(t, f, 2048, 32, func(b []byte) { b[3] = 0x70 })
		}, "group 0: its bitmaps and inodes cannot be in block", false},
		{"descriptors overlap", "ext2_1k", func(t *testing.T, f *os.File) {
			raw(t, f, 2048, 32, func(b []byte) { copy(b[:4], b[4:8]) })
		}, "claimed twice", true},
		{"no magic", "ext2_1k", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) { sb.SetMagic(0) })
		}, "no ext2, ext3 or ext4", false},
		{"cut off", "ext2_1k", func(t *testing.T, f *os.File) { must(t, f.Truncate(15<<20)) }, "it was cut off", false},
		{"too short", "ext2_1k", func(t *testing.T, f *os.File) { must(t, f.Truncate(2000)) }, "too few", false},
		{"block size", "ext2_1k", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) { sb.SetLogBlockSize(30) })
		}, "block size", false},
		{"inode size", "ext2_1k", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) { sb.SetInodeSize(129) })
		}, "inode size", false},
		{"blocks in a group", "ext2_1k", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) { sb.SetBlocksPerGroup(1) })
		}, "blocks in a group", false},
		{"inodes in a group", "ext2_1k", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) { sb.SetInodesPerGroup(0) })
		}, "inodes in a group", false},
		{"inodes", "ext2_1k", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) { sb.SetInodesCount(7) })
		}, "7 inodes", false},
		{"no blocks", "ext2_1k", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) { sb.SetBlocksCount(0) })
		}, "0 blocks", false},
		{"descriptor size", "ext4_csum_1k", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) { sb.SetDescSize(33) })
		}, "descriptor size", false},
		{"revision", "ext2_1k", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) { sb.SetRevLevel(2) })
		}, "revision", false},
		{"root is no folder", "ext2_1k", func(t *testing.T, f *os.File) {
			debugfs(t, f.Name(), "sif / mode 0100755")
		}, "inode 2: the root is no folder", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := copyOf(t, shapeNamed(t, c.shape))
			c.spoil(t, f)
			before, err := os.ReadFile(f.Name())
			must(t, err)
			_, err = OpenWritable(f, sizeOf(t, f), Options{Time: editTime})
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, which does not say %q", err, c.says)
			}
			if _, err := Open(f, sizeOf(t, f)); (err == nil) != c.read {
				t.Errorf("opened for reading: %v", err)
			}
			after, err := os.ReadFile(f.Name())
			must(t, err)
			if !bytes.Equal(before, after) {
				t.Error("the image was changed")
			}
		})
	}
}

func TestRefuseTime(t *testing.T) {
	for name, bad := range map[string]time.Time{
		"ext3_el5_128": time.Unix(1<<31, 0),
		"ext4_el6":     time.Unix(1<<34, 0),
	} {
		f := copyOf(t, shapeNamed(t, name))
		if _, err := OpenWritable(f, sizeOf(t, f), Options{Time: bad}); !errors.Is(err, ErrTimeRange) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Damage that shows only when it is met breaks nothing: the edit is refused.
func TestRefuseDamage(t *testing.T) {
	for _, c := range []struct {
		name, shape string
		spoil       func(t *testing.T, f *os.File)
		do          func(*FS) error
		says        string
	}{
		{"count of free blocks", "ext3_1k_256", func(t *testing.T, f *os.File) { raw(t, f, 2048, 32, func(b []byte) { b[0x0C]++ }) },
			func(f *FS) error { return f.WriteFile("etc/new", []byte("x"), 0o644) }, "group 0: "},
		{"count of free inodes", "ext3_1k_256", func(t *testing.T, f *os.File) { raw(t, f, 2048, 32, func(b []byte) { b[0x0E]-- }) },
			func(f *FS) error { return f.WriteFile("etc/new", []byte("x"), 0o644) }, "group 0: "},
		{"bitmap has metadata as free", "ext2_1k", func(t *testing.T, f *os.File) {
			fsys := edit(t, f)
			raw(t, f, int64(fsys.desc(0).BlockBitmap())*1024, 1024, func(b []byte) {
				b[0] &^= 2
				i := next(b, 0, 8192, false) // the first free one after it
				i = next(b, i+1, 8192, false)
				b[i/8] |= 1 << (i % 8)
			})
		}, func(f *FS) error { return f.WriteFile("etc/new", []byte("x"), 0o644) }, "the file system's own blocks as free"},
		{"inode checksum", "ext4_csum_1k", func(t *testing.T, f *os.File) {
			debugfs(t, f.Name(), "sif /etc/passwd checksum 0x1234")
		}, func(f *FS) error { return f.WriteFile("etc/passwd", nil, 0) }, "checksum 0x"},
		{"file over metadata", "ext3_1k_256", func(t *testing.T, f *os.File) { debugfs(t, f.Name(), "sif /etc/passwd block[0] 3") },
			func(f *FS) error { return f.WriteFile("etc/passwd", []byte("x"), 0) }, "block 3: part of"},
		{"file outside", "ext3_1k_256", func(t *testing.T, f *os.File) { debugfs(t, f.Name(), "sif /etc/passwd block[0] 3000000") },
			func(f *FS) error { return f.WriteFile("etc/passwd", []byte("x"), 0) }, "outside the file system"},
		{"block freed twice", "ext3_1k_256", func(t *testing.T, f *os.File) {
			debugfs(t, f.Name(), "freeb "+strings.Fields(debugfs(t, f.Name(), "blocks /etc/passwd"))[3]) // after the version line
			raw(t, f, 2048, 32, func(b []byte) { b[0x0C]++ })
		}, func(f *FS) error { return f.Remove("etc/passwd") }, "free already"},
		{"name of a free inode", "ext3_1k_256", func(t *testing.T, f *os.File) { debugfs(t, f.Name(), "clri /etc/passwd") },
			func(f *FS) error { return f.Remove("etc/passwd") }, "not in use"},
		{"free inode in use", "ext3_1k_256", func(t *testing.T, f *os.File) {
			debugfs(t, f.Name(), "freei /lost+found")
			raw(t, f, 2048, 32, func(b []byte) { b[0x0E]++ })
		},
			func(f *FS) error { return f.WriteFile("new", nil, 0o644) }, "inode 11: free in the bitmap"},
		{"folder of odd size", "ext3_1k_256", func(t *testing.T, f *os.File) { debugfs(t, f.Name(), "sif /etc size 1000") },
			func(f *FS) error { return f.WriteFile("etc/new", nil, 0o644) }, "a folder of 1000 bytes"},
		{"folder with a hole", "ext3_1k_256", func(t *testing.T, f *os.File) { debugfs(t, f.Name(), "sif /etc block[0] 0") },
			func(f *FS) error { return f.WriteFile("etc/new", nil, 0o644) }, "is a hole"},
		{"attributes outside", "ext3_1k_256", func(t *testing.T, f *os.File) { debugfs(t, f.Name(), "sif /etc/passwd file_acl 4") },
			func(f *FS) error { return f.SetXattr("etc/passwd", "user.a", nil) }, "block 4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := copyOf(t, shapeNamed(t, c.shape))
			c.spoil(t, f)
			fsys := edit(t, f)
			err := c.do(fsys)
			var corrupt *CorruptError
			if !errors.As(err, &corrupt) || !strings.Contains(err.Error(), c.says) || !strings.HasSuffix(err.Error(), mend) {
				t.Errorf("%v, which does not say %q", err, c.says)
			}
		})
	}
}
