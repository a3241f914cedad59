package fsck

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
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
var stricter = []string{codeState, codeOrphans, codeNeedsRecovery, codeJournalLinks, codeJournalHole, codeDirRing, codeEntryTwice, codeHashRange, codeExtentDepth, codeFutureTime, codeQuotaMagic, codeUninitMetadata}

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

// alter gives a damaged copy of a record: another of its kind in its place, some
// of its numbers changed, or bytes anywhere.
func alter(t *testing.T, r *rand.Rand, f *os.File, c *checker, p place, kind []place, before []byte, values []uint32) []byte {
	t.Helper()
	after := slices.Clone(before)
	other := make([]byte, p.n)
	if q := kind[r.IntN(len(kind))]; q.n == p.n {
		if _, err := f.ReadAt(other, q.off); err != nil {
			t.Fatal(err)
		}
	}
	fields := c.fieldsOf(p, before)
	switch k := r.IntN(20); {
	case k == 0:
		copy(after, other)
	case k < 4:
		c.rearrange(r, p, after)
	case k < 7 || len(fields) == 0:
		for range 1 + r.IntN(2)*r.IntN(2) {
			damage(r, after, values)
		}
	default:
		for range 1 + r.IntN(2)*r.IntN(2) {
			alterField(r, after, other, fields[r.IntN(len(fields))], values)
		}
	}
	return after
}

// flips damages the image n times and compares the verdicts.
// Every other damaged record gets the checksum that fits it, so that what it
// says is examined as well.
func flips(t *testing.T, path string, n int, seed uint64) (unclean, accepted, wrong int) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	kinds := places(t, path)
	names := sortedKeys(kinds)
	if only := os.Getenv("EXT_KIND"); only != "" {
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
		after := alter(t, r, f, c, p, kind, before, values)
		if slices.Equal(before, after) {
			continue
		}
		undo := func() {}
		if r.IntN(6) != 0 {
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
// EXT_EVERYBIT names.
func TestEveryBit(t *testing.T) {
	names := os.Getenv("EXT_EVERYBIT")
	if names == "" {
		t.Skip("EXT_EVERYBIT names no shape")
	}
	r := rand.New(rand.NewPCG(uint64(number(t, "EXT_SEED", 1)), 2))
	for _, s := range slices.Concat(shapes, featureShapes, quotaShapes) {
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
				if only := os.Getenv("EXT_KIND"); only != "" && only != what {
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

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

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
// shapes, whole and damaged at random places of their metadata. EXT_FLIPS and
// EXT_SEED ask for more, EXT_SHAPE and EXT_KIND for one kind only, and
// EXT_IMAGES names other file systems of which to damage copies.
func TestFlips(t *testing.T) {
	n := number(t, "EXT_FLIPS", 12)
	seed := number(t, "EXT_SEED", 1)
	trees := map[bool]string{}
	total, unclean, accepted := 0, 0, 0
	for i, s := range slices.Concat(shapes, featureShapes, quotaShapes) {
		if only := os.Getenv("EXT_SHAPE"); only != "" && only != s.name {
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
	for i, image := range strings.Fields(os.Getenv("EXT_IMAGES")) {
		t.Run(filepath.Base(image), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "fs.img")
			copyFile(t, image, path)
			u, a, _ := flips(t, path, n, uint64(seed*1000+500+i))
			total, unclean, accepted = total+n, unclean+u, accepted+a
		})
	}
	t.Logf("%d flips: e2fsck calls %d unclean; Check is stricter in %d", total, unclean, accepted)
}
