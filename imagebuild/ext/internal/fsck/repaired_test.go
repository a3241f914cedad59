package fsck

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestRepaired compares the verdicts on file systems that were damaged at several
// places and put right by e2fsck: clean ones of a kind that no tool makes
// otherwise. EXT_REPAIRS, EXT_SEED and EXT_SHAPE ask for more or others.
func TestRepaired(t *testing.T) {
	n := number(t, "EXT_REPAIRS", 0)
	seed := number(t, "EXT_SEED", 1)
	trees := map[bool]string{}
	clean, unclean := 0, 0
	for i, s := range slices.Concat(shapes, featureShapes, quotaShapes) {
		if only := os.Getenv("EXT_SHAPE"); only != "" && only != s.name || s.size > 32<<20 || strings.Contains(s.name, "mmp") { // whose e2fsck waits until the others have had their time
			continue
		}
		if n == 0 && i%8 != 3 {
			continue // some will do where no one asks for more
		}
		if trees[s.many] == "" {
			trees[s.many] = makeTree(t, s.many)
		}
		t.Run(s.name, func(t *testing.T) {
			dir := t.TempDir()
			whole, path := filepath.Join(dir, "whole.img"), filepath.Join(dir, "fs.img")
			s.build(t, whole, trees[s.many])
			kinds := places(t, whole)
			r := rand.New(rand.NewPCG(uint64(seed*1000+i), 3))
			for k := range max(n, 2) {
				copyFile(t, whole, path)
				spoil(t, r, path, kinds)
				for range 2 {
					ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
					exec.CommandContext(ctx, tool(t, "e2fsck"), "-fy", path).Run() // exits with 1: it changed something
					cancel()
				}
				isClean, text := judge(t, path)
				found := problemsOrNone(t, path)
				if isClean {
					clean++
				} else {
					unclean++
				}
				if isClean != (len(found) == 0) && !(isClean && onlyStricter(found)) {
					t.Errorf("%d of seed %d: e2fsck says clean=%v, Check says clean=%v\n  e2fsck: %s\n  Check: %s",
						k, seed, isClean, len(found) == 0, firstLines(text, 4), firstProblems(found, 4))
					if keep := os.Getenv("EXT_KEEP"); keep != "" {
						copyFile(t, path, filepath.Join(keep, s.name+".img"))
					}
				}
			}
		})
	}
	t.Logf("e2fsck calls %d clean after repair and %d not", clean, unclean)
}

// problemsOrNone gives the problems of what may be no file system any more.
func problemsOrNone(t *testing.T, path string) []Problem {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return checkWithin(t, f, theLimits)
}

// spoil damages up to four records of the image.
func spoil(t *testing.T, r *rand.Rand, path string, kinds map[string][]place) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := examined(t, f)
	values := tellingValues(c, r)
	names := sortedKeys(kinds)
	for range 1 + r.IntN(4) {
		kind := kinds[names[r.IntN(len(names))]]
		p := kind[r.IntN(len(kind))]
		before := make([]byte, p.n)
		if _, err := f.ReadAt(before, p.off); err != nil {
			t.Fatal(err)
		}
		after := alter(t, r, f, c, p, kind, before, values)
		if r.IntN(3) != 0 {
			mend(t, f, c, p, after)
		}
		write(t, f, after, p.off)
	}
}
