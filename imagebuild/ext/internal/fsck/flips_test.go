package fsck

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/ext/internal/layout"
)

// stricter lists the problems that e2fsck -fn is silent about on purpose or by
// its design; the package comment explains each.
var stricter = []string{codeState, codeOrphans, codeNeedsRecovery, codeJournalLinks, codeEntryTwice, codeHashRange, codeExtentDepth, codeFutureTime}

// place is a run of bytes of metadata to damage.
type place struct {
	what   string
	off, n int64
	ino    uint32 // whose it is
	gen    uint32
	group  uint32
}

// places finds the metadata of an image, each kind once, so that rare kinds are
// hit as often as inode tables.
func places(t testing.TB, path string) map[string][]place {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := examined(t, f)
	out := map[string][]place{}
	var ino, gen uint32
	add := func(what string, blk, g uint32) {
		out[what] = append(out[what], place{what, int64(blk) << c.blockBits, int64(c.blockSize), ino, gen, g})
	}
	out["superblock"] = []place{{what: "superblock", off: 1024, n: 1024}}
	for i := range c.descBlocks {
		for k := range min(c.groups-uint32(i)*c.descsPerBlk, c.descsPerBlk) {
			off := int64(c.descBlock(i))<<c.blockBits + int64(k)*int64(c.descSize)
			out["descriptors"] = append(out["descriptors"], place{what: "descriptors", off: off, n: int64(c.descSize), group: uint32(i)*c.descsPerBlk + k})
		}
	}
	inode := make(layout.Inode, c.inodeSize)
	for g := range c.groups {
		add("block bitmap", uint32(c.group(g).BlockBitmap()), g)
		add("inode bitmap", uint32(c.group(g).InodeBitmap()), g)
		for i := range c.inodesPerGroup {
			ino = g*c.inodesPerGroup + i + 1
			c.readInode(ino, inode)
			gen = inode.Generation()
			if ino > c.firstInode && inode.LinksCount() == 0 && i%64 != 0 {
				continue
			}
			off := int64(c.group(g).InodeTable())<<c.blockBits + int64(i)*int64(c.inodeSize)
			what := "inode"
			if ino < c.firstInode {
				what = "special inode"
			}
			out[what] = append(out[what], place{what, off, int64(c.inodeSize), ino, gen, g})
			if acl := inode.FileACL(); acl != 0 {
				add("attributes", uint32(acl), g)
			}
			if inode.LinksCount() == 0 || !hasMap(inode) || ino == c.sb.JournalInode() {
				continue
			}
			data := "data"
			if inode.IsDir() {
				data = "directory"
			} else if inode.IsSymlink() {
				data = "target"
			}
			m := &mapper{}
			m.begin(c, ino, inode)
			known := map[uint64]bool{}
			m.quiet, m.budget = true, 1<<30
			m.onRun = func(_, pblk, n uint64) {
				for i := range n {
					known[c.toCluster(pblk+i)] = true
					if data != "data" {
						add(data, uint32(pblk+i), g)
					}
				}
			}
			var all []uint64
			m.onClusters = func(start, n uint64) {
				for i := range n {
					all = append(all, start+i)
				}
			}
			m.walk()
			for _, cluster := range all {
				if !known[cluster] {
					add("map", uint32(c.firstData+cluster<<c.ratioBits), g)
				}
			}
		}
	}
	if ino := c.sb.JournalInode(); ino != 0 {
		c.readInode(ino, inode)
		first, _ := c.journalBlocks(ino, inode)
		out["journal"] = []place{{what: "journal", off: int64(first) << c.blockBits, n: 256}}
	}
	return out
}

// damage changes a few bytes of b at a random place. values are numbers that mean
// something in the file system.
func damage(r *rand.Rand, b []byte, values []uint32) {
	at := r.IntN(len(b))
	switch r.IntN(10) {
	case 0:
		b[at] = byte(r.Uint32())
	case 1:
		at &^= 3
		for i := at; i < min(at+4, len(b)); i++ {
			b[i] = 0
		}
	case 2: // a number off by a little
		at &^= 1
		b[at] += byte(1 + r.IntN(3))
	case 3: // another's field
		to := r.IntN(len(b)) &^ 3
		copy(b[to:], b[at&^3:min(at&^3+4, len(b))])
	case 4:
		if at &^= 3; at+4 <= len(b) {
			binary.LittleEndian.PutUint32(b[at:], values[r.IntN(len(values))])
		}
	case 5:
		if at &^= 1; at+2 <= len(b) {
			binary.LittleEndian.PutUint16(b[at:], uint16(values[r.IntN(len(values))]))
		}
	default:
		b[at] ^= 1 << r.IntN(8)
	}
}

// tellingValues are numbers at the limits of the file system, and some within.
func tellingValues(c *checker, r *rand.Rand) []uint32 {
	out := []uint32{0, 1, 2, 11, 0xFFFFFFFF, 0x80000000, 0x7FFFFFFF, 0xFFFF, 0x8000, uint32(c.blockSize), uint32(c.blocks), uint32(c.blocks - 1),
		c.inodes, c.inodes + 1, c.inodesPerGroup, uint32(c.blocksPerGroup), layout.InodeFlagExtents, layout.InodeFlagIndex, layout.ModeDir | 0o755}
	for range 8 {
		out = append(out, r.Uint32N(uint32(c.blocks)), r.Uint32N(c.inodes))
	}
	return out
}

// flips damages the image n times and compares the verdicts.
// Every other damaged record gets the checksum that fits it, so that what it
// says is examined as well.
func flips(t *testing.T, path string, n int, seed uint64) (unclean, accepted, wrong int) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	kinds := places(t, path)
	var names []string
	for k := range kinds {
		names = append(names, k)
	}
	slices.Sort(names)
	if only := os.Getenv("FSCK_KIND"); only != "" {
		names = []string{only}
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := examined(t, f)
	values := tellingValues(c, r)
	for i := range n {
		kind := kinds[names[r.IntN(len(names))]]
		if len(kind) == 0 {
			continue
		}
		p := kind[r.IntN(len(kind))]
		before := make([]byte, p.n)
		if _, err := f.ReadAt(before, p.off); err != nil {
			t.Fatal(err)
		}
		after := slices.Clone(before)
		if r.IntN(12) == 0 { // another record of its kind
			if other := kind[r.IntN(len(kind))]; other.n == p.n {
				if _, err := f.ReadAt(after, other.off); err != nil {
					t.Fatal(err)
				}
			}
		} else {
			for range 1 + r.IntN(2)*r.IntN(2) {
				damage(r, after, values)
			}
		}
		if slices.Equal(before, after) {
			continue
		}
		undo := func() {}
		if r.IntN(2) == 0 {
			undo = mend(t, f, c, p, after)
		}
		write(t, f, after, p.off)
		clean, ok, silent := compare(t, f, c, path, p, before, after)
		if !ok {
			wrong++
			t.Errorf("flip %d of seed %d", i, seed)
		}
		if silent {
			accepted++
		}
		if !clean {
			unclean++
		}
		write(t, f, before, p.off)
		undo()
	}
	return unclean, accepted, wrong
}

// compare compares the verdicts on the damaged image at path. ok is false where
// they differ, unless e2fsck is silent by its design.
func compare(t *testing.T, f *os.File, c *checker, path string, p place, before, after []byte) (clean, ok, silent bool) {
	t.Helper()
	clean, text := judge(t, path)
	found, err := Check(context.Background(), f, c.size, Options{Now: time.Now()})
	ours := err == nil && len(found) == 0
	if clean && !ours && (onlyStricter(found) || p.what == "block bitmap" && c.hiddenBits(p.group, before, after)) {
		return clean, true, true
	}
	if clean != ours {
		t.Errorf("%s+%s: e2fsck says clean=%v, Check says clean=%v (%v)\n  e2fsck: %s\n  Check: %s",
			p.what, changes(before, after), clean, ours, err, firstLines(text, 4), firstProblems(found, 4))
	}
	return clean, clean == ours, false
}

// TestEveryBit turns every bit of some records of each kind, for the shapes that
// FSCK_EVERYBIT names.
func TestEveryBit(t *testing.T) {
	names := os.Getenv("FSCK_EVERYBIT")
	if names == "" {
		t.Skip("FSCK_EVERYBIT names no shape")
	}
	r := rand.New(rand.NewPCG(uint64(number(t, "FSCK_SEED", 1)), 2))
	for _, s := range shapes {
		if !slices.Contains(strings.Fields(names), s.name) {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "fs.img")
			s.build(t, path, makeTree(t, s.many))
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			c := examined(t, f)
			total := 0
			for what, kind := range places(t, path) {
				if only := os.Getenv("FSCK_KIND"); only != "" && only != what {
					continue
				}
				p := kind[r.IntN(len(kind))]
				before := make([]byte, min(p.n, 1024))
				if _, err := f.ReadAt(before, p.off); err != nil {
					t.Fatal(err)
				}
				for i := range len(before) * 8 {
					after := slices.Clone(before)
					after[i/8] ^= 1 << (i % 8)
					write(t, f, after, p.off)
					compare(t, f, c, path, p, before, after)
					total++
				}
				write(t, f, before, p.off)
			}
			t.Logf("%d bits", total)
		})
	}
}

func onlyStricter(found []Problem) bool {
	for _, p := range found {
		if !slices.Contains(stricter, p.Code) {
			return false
		}
	}
	return true
}

func changes(a, b []byte) string {
	var out []string
	for i := range a {
		if a[i] != b[i] {
			out = append(out, fmt.Sprintf("%#x: %02x->%02x", i, a[i], b[i]))
		}
	}
	return strings.Join(out, " ")
}

func firstLines(s string, n int) string {
	lines := strings.Split(s, "\n")
	return strings.Join(lines[:min(n, len(lines))], " | ")
}

func firstProblems(ps []Problem, n int) string {
	var out []string
	for _, p := range ps[:min(n, len(ps))] {
		out = append(out, p.String())
	}
	return strings.Join(out, " | ")
}

func number(t *testing.T, env string, def int) int {
	s := os.Getenv(env)
	if s == "" {
		return def
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestFlips compares the verdicts of Check and e2fsck on file systems of all
// shapes, whole and damaged at random places of their metadata. FSCK_FLIPS and
// FSCK_SEED ask for more, FSCK_SHAPE and FSCK_KIND for one kind only, and
// FSCK_IMAGES names other file systems of which to damage copies.
func TestFlips(t *testing.T) {
	n := number(t, "FSCK_FLIPS", 12)
	seed := number(t, "FSCK_SEED", 1)
	trees := map[bool]string{}
	total, unclean, accepted := 0, 0, 0
	for i, s := range shapes {
		if only := os.Getenv("FSCK_SHAPE"); only != "" && only != s.name {
			continue
		}
		if trees[s.many] == "" {
			trees[s.many] = makeTree(t, s.many)
		}
		t.Run(s.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "fs.img")
			s.build(t, path, trees[s.many])
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			st, _ := f.Stat()
			found, err := Check(context.Background(), f, st.Size(), Options{Now: time.Now()})
			if err != nil || len(found) > 0 {
				t.Fatalf("Check of the whole image: %v %s", err, firstProblems(found, 8))
			}
			u, a, _ := flips(t, path, n, uint64(seed*1000+i))
			total, unclean, accepted = total+n, unclean+u, accepted+a
		})
	}
	for i, image := range strings.Fields(os.Getenv("FSCK_IMAGES")) {
		t.Run(filepath.Base(image), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "fs.img")
			copyFile(t, image, path)
			u, a, _ := flips(t, path, n, uint64(seed*1000+500+i))
			total, unclean, accepted = total+n, unclean+u, accepted+a
		})
	}
	t.Logf("%d flips: e2fsck calls %d unclean; Check is stricter in %d", total, unclean, accepted)
}
