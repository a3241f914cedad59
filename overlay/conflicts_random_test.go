package overlay_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"testing"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

// randomEdit is about one of a few paths, with links of all kinds among them.
func randomEdit(r *rand.Rand) overlay.Edit {
	paths := []string{"/a", "/a/f", "/a/g", "/l/f", "/lf", "/l", "/d", "/d/e", "/d/e/f", "/n", "/n/m", "/h1", "/h2", "/q", "/a/../a/f"}
	path := paths[r.IntN(len(paths))]
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	switch r.IntN(9) {
	case 0, 1:
		f := overlay.File{Path: path, Content: []byte(pick("x\n", "k=1\n", ""))}
		if r.IntN(3) == 0 {
			f.Mode = perm([]fs.FileMode{0o600, 0o644}[r.IntN(2)])
		}
		return f
	case 2:
		return overlay.Dir{Path: path}
	case 3:
		return overlay.Symlink{Path: path, Target: pick("a", "/a/f")}
	case 4, 5:
		return overlay.Remove{Path: path, Tree: r.IntN(2) == 0}
	case 6:
		return overlay.Line{Path: path, Match: pick("x", "^k"), Set: pick("k=2", "x"), Missing: overlay.Append, Create: &overlay.Create{}}
	case 7:
		return overlay.Line{Path: path, Match: pick("x", "^k"), Remove: true}
	}
	return overlay.Sysctl{Path: path, Settings: []overlay.Setting{{Key: "net.a", Value: pick("0", "1")}}}
}

// Of two edits that agree the later leaves what the earlier did: made once more, the earlier one finds nothing to do. Two
// orders are meant to be otherwise: a text that is made and then edited, and what is made, or put into a text, where
// something was removed.
func TestAgreementHolds(t *testing.T) {
	agreed, refused := 0, 0
	for seed := range uint64(8000) {
		r := rand.New(rand.NewPCG(seed, 9))
		first, second := randomEdit(r), randomEdit(r)
		m := treetest.Fill(map[string]string{
			"a/f": "x\n", "a/g": "y\n", "d/e/f": "z\n", "l": "-> a", "lf": "-> a/f", "q": "-> nowhere", "h1": "x\n",
		})
		if err := m.Link("h1", "h2"); err != nil {
			t.Fatal(err)
		}
		if err := overlay.Conflicts(m, []overlay.Edit{first, second}); err != nil {
			if !errors.Is(err, overlay.ErrConflict) {
				t.Fatal(err)
			}
			refused++
			continue
		}
		if _, err := overlay.Apply(m, []overlay.Edit{first, second}); err != nil {
			continue // they cannot be done, which is another matter
		}
		part := false
		switch second.(type) {
		case overlay.Line, overlay.Sysctl:
			part = true
		}
		if _, made := first.(overlay.File); made && part {
			continue
		}
		if l, ok := first.(overlay.Line); ok && l.Remove && part {
			continue
		}
		if _, removed := first.(overlay.Remove); removed {
			continue
		}
		agreed++
		again, err := overlay.Apply(m, []overlay.Edit{first})
		if err != nil {
			continue // the later one put something else in the way of a path that had nothing to do
		}
		for _, c := range again {
			if c.Changed() {
				t.Fatalf("seed %d: %q and %q agree, and yet the second undoes the first: %v", seed, first.Describe(), second.Describe(), fmt.Sprint(c))
			}
		}
	}
	if agreed < 2000 || refused < 200 {
		t.Errorf("%d pairs agreed, %d were refused: the edits are too strange to judge by", agreed, refused)
	}
}
