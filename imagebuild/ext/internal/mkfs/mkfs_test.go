package mkfs_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/ext/internal/mkfs"
)

const (
	kib = int64(1) << 10
	mib = int64(1) << 20
	gib = int64(1) << 30
	tib = int64(1) << 40
)

// kinds are the four sets of features.
var kinds = []mkfs.Options{{Type: "ext2"}, {Type: "ext3"}, {Type: "ext4"}, {Type: "ext4", Modern: true}}

func describe(o mkfs.Options) string {
	s := fmt.Sprintf("%s-%d-%d", o.Type, o.BlockSize, o.InodeSize)
	if o.Modern {
		s = "modern-" + s
	}
	return s
}

// Every type, block size and inode size, from tiny to large: e2fsck has nothing to say.
func TestClean(t *testing.T) {
	sizes := []int64{64 * kib, 1 * mib, 8 * mib, 63 * mib, 129 * mib, 1536 * mib}
	for _, o := range kinds {
		for _, o.BlockSize = range []int{1024, 2048, 4096} {
			for _, o.InodeSize = range []int{128, 256, 1024} {
				t.Run(describe(o), func(t *testing.T) {
					for _, size := range sizes {
						o := o
						if size < mib && o.InodeSize == 1024 || size > gib && o.InodeSize != 256 {
							continue
						}
						o.Time = time.Unix(1400000000, 0)
						img := format(t, size, o)
						if odd := fsck(t, img); odd != "" {
							t.Errorf("size %d: e2fsck -fn:\n%s", size, odd)
						}
					}
				})
			}
		}
	}
}

// Sizes round which something changes: the last group is dropped or kept, the
// journal appears, a second group or a second descriptor block begins.
func TestCleanAtEdges(t *testing.T) {
	for _, o := range kinds {
		t.Run(describe(o), func(t *testing.T) {
			for _, size := range []int64{
				2048*4*kib - 1, 2048 * 4 * kib, 128*mib - 4*kib, 128 * mib, 128*mib + 4*kib, 128*mib + 300*kib, 130 * mib, 256*mib + 5,
				16*128*mib + 2*mib, 16*128*mib + 5*mib, 17 * 128 * mib,
			} {
				if odd := fsck(t, format(t, size, o)); odd != "" {
					t.Errorf("size %d: e2fsck -fn:\n%s", size, odd)
				}
			}
			o.BlockSize = 1024
			for _, size := range []int64{8*mib + kib, 8*mib + 2*kib, 16*mib + 400*kib, 256*mib + kib, 257 * mib, 16*8*mib + 900*kib} {
				if odd := fsck(t, format(t, size, o)); odd != "" {
					t.Errorf("size %d, blocks of 1 KiB: e2fsck -fn:\n%s", size, odd)
				}
			}
		})
	}
}

// Blocks larger than the pages of most machines.
func TestCleanWithLargeBlocks(t *testing.T) {
	for _, o := range kinds {
		for _, o.BlockSize = range []int{8192, 16384, 32768, 65536} {
			for _, o.InodeSize = range []int{128, 256, min(o.BlockSize, 32768)} {
				o := o
				if o.InodeSize > 256 {
					o.InodeRatio = 1 << 20
				}
				t.Run(describe(o), func(t *testing.T) {
					for _, size := range []int64{129 * mib, 1536*mib + 12345, 9 * gib} {
						if o.InodeSize > 256 && size > gib {
							continue
						}
						if odd := fsck(t, format(t, size, o)); odd != "" {
							t.Errorf("size %d: e2fsck -fn:\n%s", size, odd)
						}
					}
				})
			}
		}
	}
}

func TestCleanWithOptions(t *testing.T) {
	for name, o := range map[string]mkfs.Options{
		"meta_bg":               {Type: "ext3", MetaBG: true, BlockSize: 1024},
		"meta_bg, 4 KiB":        {MetaBG: true, InodeRatio: 1 << 20},
		"meta_bg, modern":       {MetaBG: true, Modern: true, BlockSize: 1024},
		"label":                 {Type: "ext3", Label: "sixteen bytes ok"},
		"no journal":            {JournalBlocks: -1},
		"large journal":         {Type: "ext3", JournalBlocks: 40000},
		"journal in 1 KiB":      {Type: "ext3", BlockSize: 1024, JournalBlocks: 70000}, // triple indirect
		"journal in leaves":     {BlockSize: 1024, JournalBlocks: 200000, Modern: true},
		"few inodes":            {Inodes: 1},
		"many inodes":           {Type: "ext3", InodeRatio: 4096},
		"crowded with inodes":   {InodeRatio: 1024, BlockSize: 1024},
		"inodes of 4 KiB":       {Type: "ext4", InodeSize: 4096, InodeRatio: 65536},
		"nothing reserved":      {Type: "ext2", ReservedPercent: -1},
		"half reserved":         {Type: "ext2", ReservedPercent: 50},
		"short inodes, modern":  {Modern: true, InodeSize: 128},
		"a UUID of one's own":   {Modern: true, UUID: [16]byte{1, 2, 3}, HashSeed: [16]byte{4, 5, 6}},
		"fractions of a second": {Time: time.Unix(1400000000, 999)},
	} {
		t.Run(name, func(t *testing.T) { mustBeClean(t, format(t, 700*mib, o)) })
	}
}

// bounded is a target that keeps nothing but counts, and refuses what lies outside.
type bounded struct {
	size, written, end int64
}

func (b *bounded) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 || off+int64(len(p)) > b.size {
		return 0, fmt.Errorf("write of %d bytes at %d of %d", len(p), off, b.size)
	}
	b.written += int64(len(p))
	b.end = max(b.end, off+int64(len(p)))
	return len(p), nil
}

// The cost stays in proportion to the groups: two bitmaps and a descriptor each
// at most, and copies of the descriptors. With flags for untouched groups it is less.
func TestCost(t *testing.T) {
	for _, c := range []struct {
		o    mkfs.Options
		size int64
		most int64
	}{
		{mkfs.Options{Type: "ext3"}, 2 * tib, 16384*8192 + 32*mib},
		{mkfs.Options{Type: "ext4"}, 2 * tib, 48 * mib},
		{mkfs.Options{Type: "ext4", Modern: true}, 2 * tib, 64 * mib},
		{mkfs.Options{Type: "ext4", Modern: true}, 32 * tib, 1 * gib}, // more than 2³² blocks
		{mkfs.Options{Type: "ext4"}, 32 * tib, 1 * gib},
		{mkfs.Options{Type: "ext4", BlockSize: 1024}, 2 * tib, 1 * gib}, // with meta_bg
		{mkfs.Options{Type: "ext3", BlockSize: 65536}, 64 * tib, 16384*2*65536 + 64*mib},
		{mkfs.Options{Type: "ext3"}, 1536 * mib, 1 * mib},
		{mkfs.Options{Type: "ext4", BlockSize: 1024}, 64 * kib, 64 * kib},
	} {
		b := &bounded{size: c.size}
		if err := mkfs.Format(b, c.size, c.o); err != nil {
			t.Errorf("%s, %d bytes: %v", describe(c.o), c.size, err)
		}
		if b.written > c.most {
			t.Errorf("%s, %d bytes: %d bytes were written, more than %d", describe(c.o), c.size, b.written, c.most)
		}
	}
}

// Large ones that e2fsck can look through in little time, thanks to the flags of
// groups without files.
func TestCleanLarge(t *testing.T) {
	for _, c := range []struct {
		o    mkfs.Options
		size int64
	}{
		{mkfs.Options{Type: "ext3"}, 10 * gib},
		{mkfs.Options{Type: "ext4"}, 10 * gib},
		{mkfs.Options{Type: "ext4", Modern: true, BlockSize: 1024}, 10 * gib},
		{mkfs.Options{Type: "ext4", Modern: true}, 2 * tib},
	} {
		t.Run(fmt.Sprintf("%s-%d", describe(c.o), c.size), func(t *testing.T) { mustBeClean(t, format(t, c.size, c.o)) })
	}
}

func TestSameCallSameBytes(t *testing.T) {
	for _, o := range kinds {
		open := func() *os.File {
			f, err := os.Open(format(t, 40*mib, o))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { f.Close() })
			return f
		}
		if err := sameBytes(open(), open()); err != nil {
			t.Errorf("%s: %v", describe(o), err)
		}
	}
}

// The UUID tells file systems apart that were made with different options.
func TestDerivedUUID(t *testing.T) {
	seen := map[string]string{}
	for _, c := range []struct {
		size int64
		o    mkfs.Options
	}{
		{63 * mib, mkfs.Options{}}, {64 * mib, mkfs.Options{}}, {63 * mib, mkfs.Options{Label: "a"}},
		{63 * mib, mkfs.Options{Type: "ext3"}}, {63 * mib, mkfs.Options{Modern: true}}, {63 * mib, mkfs.Options{Time: time.Unix(1, 0)}},
	} {
		h := header(t, format(t, c.size, c.o))
		uuid, seed := h["Filesystem UUID"], h["Directory Hash Seed"]
		if other, ok := seen[uuid]; ok {
			t.Errorf("%+v and %s have the same UUID %s", c, other, uuid)
		}
		seen[uuid] = fmt.Sprintf("%+v", c)
		if uuid[14] != '8' || !strings.ContainsRune("89ab", rune(uuid[19])) || uuid == seed {
			t.Errorf("UUID %s, hash seed %s: want two different ones of version 8", uuid, seed)
		}
	}
}

var errTarget = errors.New("target is full")

// failing lets n writes pass.
type failing struct{ n int }

func (f *failing) WriteAt(p []byte, _ int64) (int, error) {
	if f.n--; f.n < 0 {
		return 0, errTarget
	}
	return len(p), nil
}

func TestWriteErrors(t *testing.T) {
	for n := 0; ; n++ {
		f := &failing{n: n}
		err := mkfs.Format(f, 300*mib, mkfs.Options{Type: "ext3"})
		if err == nil {
			if n < 10 {
				t.Errorf("%d writes make a whole file system", n)
			}
			return
		}
		if !errors.Is(err, errTarget) {
			t.Fatalf("after %d writes: %v", n, err)
		}
	}
}

// A size that is refused says which one does; that one is not refused.
func TestTooSmall(t *testing.T) {
	for _, o := range kinds {
		for _, o.BlockSize = range []int{1024, 4096} {
			for _, more := range []mkfs.Options{{}, {Inodes: 5000}, {JournalBlocks: 4000}, {InodeSize: 1024, InodeRatio: 4096}} {
				o := o
				o.Inodes, o.InodeSize, o.InodeRatio = more.Inodes, more.InodeSize, more.InodeRatio
				if o.Type != "ext2" {
					o.JournalBlocks = more.JournalBlocks
				}
				for _, size := range []int64{0, 1, 1024, 20 * kib} {
					err := mkfs.Format(&bounded{}, size, o)
					var kind string
					var got, need int64
					if err == nil {
						t.Fatalf("%+v: %d bytes are enough", o, size)
					}
					if _, e := fmt.Sscanf(err.Error(), "size %d is too small: %s with these options needs at least %d bytes", &got, &kind, &need); e != nil {
						t.Fatalf("%+v: %d bytes: %v", o, size, err)
					}
					if err := mkfs.Format(&bounded{size: need}, need, o); err != nil {
						t.Errorf("%+v: %d bytes should be enough: %v", o, need, err)
					}
				}
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		size int64
		o    mkfs.Options
		want string
	}{
		{mib, mkfs.Options{Type: "xfs"}, `type "xfs": choose ext2, ext3 or ext4`},
		{mib, mkfs.Options{Type: "ext3", Modern: true}, "type ext3: the modern features are for ext4 only"},
		{mib, mkfs.Options{BlockSize: 65536, InodeSize: 65536}, "inode size 65536: choose a power of two from 128 to 32768"},
		{mib, mkfs.Options{BlockSize: 12288}, "block size 12288: choose a power of two from 1024 to 65536"},
		{mib, mkfs.Options{InodeSize: 64}, "inode size 64: choose a power of two from 128 to 4096, with blocks of 4096"},
		{mib, mkfs.Options{InodeSize: 384}, "inode size 384: choose a power of two from 128 to 4096, with blocks of 4096"},
		{mib, mkfs.Options{InodeRatio: 5}, "inode ratio 5: choose 1024 or more"},
		{mib, mkfs.Options{ReservedPercent: 51}, "reserved blocks 51 %: choose 50 at most"},
		{mib, mkfs.Options{Type: "ext2", JournalBlocks: 2000}, "journal of 2000 blocks: ext2 has none, choose ext3 or ext4"},
		{mib, mkfs.Options{JournalBlocks: 1000}, "journal of 1000 blocks: choose 1024 to 1048576"},
		{mib, mkfs.Options{Label: "longer than sixteen"}, `label "longer than sixteen" has 19 bytes: shorten it to 16`},
		{mib, mkfs.Options{InodeSize: 128, Time: time.Unix(1<<31, 0)}, "time 2038-01-19T03:14:08Z: choose one from 1970 to 2038-01-19T03:14:07Z"},
		{mib, mkfs.Options{Time: time.Unix(-1, 0)}, "time 1969-12-31T23:59:59Z: choose one from 1970 to 2446-05-10T22:38:55Z"},
		{-1, mkfs.Options{}, "size -1 is negative"},
		{16 * tib, mkfs.Options{Type: "ext3"}, "size 16 TiB: ext3 holds less than 16 TiB in blocks of 4096; choose larger blocks, or ext4"},
		{256 * tib, mkfs.Options{Modern: true}, "2097152 block groups of 128 MiB are more than the 1048576 that can be edited; choose larger blocks, or less than 128 TiB"},
		{gib, mkfs.Options{Inodes: 1 << 30}, "1073741824 inodes: with blocks of 4096 there can be 262144 at most; choose fewer inodes or larger blocks"},
		{gib, mkfs.Options{InodeSize: 4096, InodeRatio: 4096}, "choose fewer inodes or a higher inode ratio"},
		{200 * mib, mkfs.Options{JournalBlocks: 60000}, "at least"},
		{1 << 62, mkfs.Options{Modern: true}, "choose"},
	} {
		err := mkfs.Format(&failing{}, c.size, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d bytes, %+v:\n got %v\nwant %s", c.size, c.o, err, c.want)
		}
	}
}

// Whatever is asked for: no panic, nothing outside the target, and e2fsck is content.
func FuzzFormat(f *testing.F) {
	f.Add(64*kib, byte(0), byte(0), byte(0), uint32(0), int32(0), int32(0))
	f.Add(63*mib, byte(1), byte(2), byte(1), uint32(3000), int32(0), int32(4096))
	f.Add(300*mib, byte(3), byte(1), byte(2), uint32(0), int32(1024), int32(-1))
	f.Add(129*mib, byte(2), byte(0), byte(3), uint32(1), int32(20000), int32(0))
	f.Fuzz(func(t *testing.T, size int64, kind, blockSize, inodeSize byte, inodes uint32, journal, ratio int32) {
		o := kinds[kind%4]
		o.BlockSize, o.InodeSize, o.MetaBG = 1024<<(blockSize%7), 128<<(inodeSize%4), kind&4 != 0
		o.Inodes, o.JournalBlocks, o.InodeRatio = inodes, int(journal), int64(ratio)
		if size > gib {
			if err := mkfs.Format(&bounded{size: size}, size%(64*tib), o); err != nil && strings.Contains(err.Error(), "write of") {
				t.Error(err)
			}
			return
		}
		img, err := os.Create(filepath.Join(t.TempDir(), "img"))
		if err != nil {
			t.Fatal(err)
		}
		defer img.Close()
		if err := img.Truncate(max(size, 0)); err != nil {
			t.Fatal(err)
		}
		if err := mkfs.Format(img, size, o); err != nil {
			return
		}
		if fi, err := img.Stat(); err != nil || fi.Size() != size {
			t.Fatalf("the image of %d bytes has grown to %v (%v)", size, fi.Size(), err)
		}
		mustBeClean(t, img.Name())
	})
}
