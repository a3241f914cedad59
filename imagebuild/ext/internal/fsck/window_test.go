package fsck

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// checkWithin gives the problems that a check with other limits finds.
func checkWithin(t testing.TB, f *os.File, l limits) []Problem {
	t.Helper()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	c := &checker{ctx: context.Background(), r: f, size: st.Size(), maxProblems: 1000, limits: l}
	if err := c.run(); errors.Is(err, ErrNoFileSystem) {
		return []Problem{{Code: "none"}}
	} else if err != nil {
		t.Fatal(err)
	}
	return c.problems()
}

// TestRounds checks that a file system with more inodes or directories than are
// kept at a time gets the same verdict, in rounds.
func TestRounds(t *testing.T) {
	few := limits{maxPages: maxPages, maxStates: 1, maxDirs: 2}
	damaged, differ := 0, 0
	for i, image := range seedImages(t) {
		path := filepath.Join(t.TempDir(), "fs.img")
		if err := os.WriteFile(path, image, 0o644); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if found := checkWithin(t, f, few); len(found) > 0 {
			t.Errorf("%s: %s", seedShapes[i].name, firstProblems(found, 5))
		}
		r := rand.New(rand.NewPCG(uint64(i), 4))
		c := examined(t, f)
		if c.dirs.n <= few.maxDirs {
			t.Fatalf("%s has only %d directories", seedShapes[i].name, c.dirs.n)
		}
		kinds := places(t, path)
		names := sortedKeys(kinds)
		values := tellingValues(c, r)
		for range 150 {
			kind := kinds[names[r.IntN(len(names))]]
			p := kind[r.IntN(len(kind))]
			before := make([]byte, p.n)
			if _, err := f.ReadAt(before, p.off); err != nil {
				t.Fatal(err)
			}
			after := alter(t, r, f, c, p, kind, before, values)
			undo := mend(t, f, c, p, after)
			write(t, f, after, p.off)
			once, rounds := checkWithin(t, f, theLimits), checkWithin(t, f, few)
			if len(once) > 0 {
				damaged++
			}
			if !slices.Equal(codesOf(once), codesOf(rounds)) {
				differ++
			}
			if (len(once) == 0) != (len(rounds) == 0) {
				t.Errorf("%s: %s+%s: at once %s; in rounds %s", seedShapes[i].name, p.what, changes(before, after), firstProblems(once, 5), firstProblems(rounds, 5))
			}
			write(t, f, before, p.off)
			undo()
		}
	}
	// What is said of a directory may differ where its map is broken, or in a ring.
	if damaged < 100 || differ > damaged/20 {
		t.Errorf("%d file systems have problems; of %d not the same are found in rounds", damaged, differ)
	}
	t.Logf("%d file systems have problems; of %d not the same are found in rounds", damaged, differ)
}

func codesOf(found []Problem) (out []string) {
	for _, p := range found {
		out = append(out, p.Code)
	}
	slices.Sort(out)
	return out
}
