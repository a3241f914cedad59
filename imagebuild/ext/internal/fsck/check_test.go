package fsck

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestJudge shows that the judge of the other tests finds fault where e2fsck
// prints something, even if it exits with 0.
func TestJudge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fs.img")
	shapes[1].build(t, path, makeTree(t, false))
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range []place{{what: "free blocks of the superblock", off: 1024 + 0x0C}, {what: "magic number", off: 1024 + 0x38}, {what: "mode of the root", off: 35*1024 + 128}} {
		before := make([]byte, 4)
		if _, err := f.ReadAt(before, p.off); err != nil {
			t.Fatal(err)
		}
		write(t, f, []byte{before[0] ^ 1, before[1] ^ 0x80}, p.off)
		if clean, _ := judge(t, path); clean {
			t.Errorf("%s: the judge calls the damaged image clean", p.what)
		}
		write(t, f, before, p.off)
		if clean, text := judge(t, path); !clean {
			t.Errorf("%s: the judge finds fault with the mended image: %s", p.what, text)
		}
	}
}

// TestWindows checks that a set of claims too large for memory is compared a
// window at a time, with the same result.
func TestWindows(t *testing.T) {
	for i, image := range seedImages(t) {
		for _, harm := range []struct {
			what string
			do   func(c *checker, b []byte)
			code string
		}{
			{"nothing", func(*checker, []byte) {}, ""},
			{"a bit of a block bitmap", func(c *checker, b []byte) { b[c.group(0).BlockBitmap()<<c.blockBits+10] ^= 1 }, codeBlockBitmap},
			{"a block shared", func(c *checker, b []byte) { shareBlock(t, c, b) }, codeShared},
		} {
			b := slices.Clone(image)
			c := &checker{ctx: context.Background(), r: bytes.NewReader(b), size: int64(len(b)), maxProblems: 1000, limits: theLimits}
			if err := c.run(); err != nil {
				t.Fatal(err)
			}
			harm.do(c, b)
			var results [2][]Problem
			for k, lim := range []limits{theLimits, {maxStates: maxStatePages, maxDirs: maxDirs}} {
				c := &checker{ctx: context.Background(), r: bytes.NewReader(b), size: int64(len(b)), maxProblems: 1000, limits: lim}
				if err := c.run(); err != nil {
					t.Fatal(err)
				}
				results[k] = c.problems()
			}
			// A shared block of a map is walked once if the set can tell, else twice.
			if harm.code != codeShared && !slices.Equal(results[0], results[1]) {
				t.Errorf("%s, %s: at once %s; in windows %s", seedShapes[i].name, harm.what, firstProblems(results[0], 5), firstProblems(results[1], 5))
			}
			for _, result := range results {
				if has := slices.ContainsFunc(result, func(p Problem) bool { return p.Code == harm.code }); has != (harm.code != "") {
					t.Errorf("%s, %s: %s", seedShapes[i].name, harm.what, firstProblems(result, 5))
				}
			}
		}
	}
}

// shareBlock lets the file "direct" have the blocks of "file" as well.
func shareBlock(t *testing.T, c *checker, b []byte) {
	place := func(name string) []byte {
		ino := lookup(t, c, name) - 1
		off := int(c.group(ino/c.inodesPerGroup).InodeTable())<<c.blockBits + int(ino%c.inodesPerGroup)*c.inodeSize
		return b[off : off+c.inodeSize]
	}
	copy(place("empty")[0x1C:0x64], place("double")[0x1C:0x64]) // block count, flags and map
	copy(place("empty")[0x04:0x08], place("double")[0x04:0x08]) // size
}

// TestLimits checks what ends a check early.
func TestLimits(t *testing.T) {
	image := seedImages(t)[0]
	size := int64(len(image))
	if _, err := Check(context.Background(), bytes.NewReader(make([]byte, 4096)), 4096, Options{}); !errors.Is(err, ErrNoFileSystem) {
		t.Errorf("zeros: %v", err)
	}
	if _, err := Check(context.Background(), bytes.NewReader(nil), 0, Options{}); !errors.Is(err, ErrNoFileSystem) {
		t.Errorf("nothing: %v", err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	reason := errors.New("no longer wanted")
	cancel(reason)
	if _, err := Check(ctx, bytes.NewReader(image), size, Options{}); !errors.Is(err, reason) {
		t.Errorf("a check that is not wanted: %v", err)
	}
	for _, at := range []int64{1024, 2048, 12 << 10, 100 << 10} {
		if _, err := Check(context.Background(), failing{bytes.NewReader(image), at}, size, Options{}); !errors.Is(err, errDisk) {
			t.Errorf("a device that cannot be read at %d: %v", at, err)
		}
	}
	if found, err := Check(context.Background(), bytes.NewReader(image[:size/2]), size/2, Options{}); err != nil || len(found) != 1 || found[0].Code != codeSizeBeyondDevice {
		t.Errorf("half an image: %v %v", found, err)
	}
	last := 0.0
	if _, err := Check(context.Background(), bytes.NewReader(image), size, Options{Progress: func(done float64) {
		if done < last || done > 1 {
			t.Errorf("progress goes from %v to %v", last, done)
		}
		last = done
	}}); err != nil || last != 1 {
		t.Errorf("progress ends at %v: %v", last, err)
	}
	b := slices.Clone(image)
	clear(b[5<<10 : 10<<10]) // bitmaps and the beginning of the inode table
	found, err := Check(context.Background(), bytes.NewReader(b), size, Options{MaxProblems: 2})
	if err != nil || len(found) != 3 || found[2].Code != codeMoreProblems {
		t.Errorf("more than two problems: %v %v", found, err)
	}
	b = slices.Clone(image)
	binary.LittleEndian.PutUint32(b[1024+0x2C:], 1<<31-1) // last mount
	for _, now := range []time.Time{{}, time.Unix(2e9, 0)} {
		found, err := Check(context.Background(), bytes.NewReader(b), size, Options{Now: now})
		if err != nil || (len(found) == 1) == now.IsZero() {
			t.Errorf("mounted in 2038, now is %v: %v %v", now, found, err)
		}
	}
}

var errDisk = errors.New("the disk is broken")

// failing is a device whose bytes from a certain one on cannot be read.
type failing struct {
	io.ReaderAt
	from int64
}

func (f failing) ReadAt(b []byte, off int64) (int, error) {
	if off+int64(len(b)) > f.from {
		return 0, errDisk
	}
	return f.ReaderAt.ReadAt(b, off)
}

// TestStricter checks the problems about which e2fsck is silent.
func TestStricter(t *testing.T) {
	image := seedImages(t)[0]
	c := &checker{ctx: context.Background(), r: bytes.NewReader(image), size: int64(len(image)), maxProblems: 1000, limits: theLimits}
	if err := c.run(); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		what, code string
		do         func(b []byte)
	}{
		{"state with errors", codeState, func(b []byte) { b[1024+0x3A] |= 2 }},
		{"state of a mounted file system", codeState, func(b []byte) { b[1024+0x3A] &^= 1 }},
		{"orphans", codeOrphans, func(b []byte) { b[1024+0xE8] = 12 }},
		{"a name in two blocks", codeEntryTwice, func(b []byte) { renameTwin(t, c, b) }},
	} {
		b := slices.Clone(image)
		x.do(b)
		found, err := Check(context.Background(), bytes.NewReader(b), int64(len(b)), Options{})
		if err != nil || !slices.ContainsFunc(found, func(p Problem) bool { return p.Code == x.code }) {
			t.Errorf("%s: %v %s", x.what, err, firstProblems(found, 5))
		}
	}
}

// renameTwin gives a file the name of another in the same folder that stands in
// another block, as long.
func renameTwin(t *testing.T, c *checker, b []byte) {
	dir := lookup(t, c, "names")
	inode := make([]byte, c.inodeSize)
	c.readInode(dir, inode)
	first := map[int]string{} // by length: a name, and the block in which it stands
	blocks := map[int]uint64{}
	done := false
	c.eachName(dir, inode, func(name []byte, _ uint32, pblk uint64) bool {
		if first[len(name)] == "" {
			first[len(name)], blocks[len(name)] = string(name), pblk
		} else if blocks[len(name)] != pblk {
			at := bytes.Index(b[pblk<<c.blockBits:], name)
			copy(b[int(pblk)<<c.blockBits+at:], first[len(name)])
			done = true
		}
		return !done
	})
	if !done {
		t.Fatal("no two names fit")
	}
}

func TestProblemString(t *testing.T) {
	for want, p := range map[string]Problem{
		"group 3: block 99: lies outside (x)":             {Code: "x", Group: 3, Block: 99, Message: "lies outside"},
		"inode 12 (/etc/passwd): has links (y)":           {Code: "y", Inode: 12, Group: -1, Path: "etc/passwd", Message: "has links"},
		"inode 2 (/): has links (y)":                      {Code: "y", Inode: 2, Group: -1, Path: ".", Message: "has links"},
		"inode 2, entry /etc: block 7: names nothing (z)": {Code: "z", Inode: 2, Group: -1, Block: 7, Path: "etc", Message: "names nothing", entry: true},
	} {
		if got := p.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestPaths checks that problems of directories are told by path.
func TestPaths(t *testing.T) {
	image := slices.Clone(seedImages(t)[0])
	at := bytes.Index(image, []byte("inner"))
	image[at] = '/'
	found, err := Check(context.Background(), bytes.NewReader(image), int64(len(image)), Options{})
	if err != nil || !slices.ContainsFunc(found, func(p Problem) bool { return strings.HasPrefix(p.Path, "dir/sub/") && p.Code == codeEntryName }) {
		t.Errorf("%v %s", err, firstProblems(found, 5))
	}
}
