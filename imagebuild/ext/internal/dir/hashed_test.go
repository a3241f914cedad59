package dir

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// levels is the depth of the index, the root included; 0 without one.
func levels(d *Dir) int {
	if !d.Indexed() {
		return 0
	}
	return int(layout.DxRoot(d.s.(*memStore).blocks[0]).IndirectLevels()) + 1
}

// longName fills a record of 264 bytes: three of them fill a block of 1 KiB.
func longName(i int) string { return fmt.Sprintf("%s%06d", strings.Repeat("n", 249), i) }

// sameHash are names with one and the same legacy hash, found by trying.
func sameHash() (names []string) {
	for _, end := range strings.Fields("a6YDlk byvWkd eh19Qd gNuB4d h67Imk l1XEcd mEtQqk o7n3od x9LbYd") {
		names = append(names, strings.Repeat("x", 249)+end)
	}
	return names
}

const sameHashIs = 0x8421da14

// TestContinuation has names with equal hashes fill several leaves.
func TestContinuation(t *testing.T) {
	for _, csum := range []bool{false, true} {
		p := testParams(1024)
		p.HashVersion, p.HashSeed, p.Csum = layout.HashLegacy, [4]uint32{}, csum
		d, s := newDir(p)
		m := model{}
		insert := func(name string) {
			t.Helper()
			if err := d.Insert(name, 13, layout.FTRegular); err != nil {
				t.Fatal(err)
			}
			m[name] = Entry{name, 13, layout.FTRegular}
		}
		for i := range 20 {
			insert(longName(i))
		}
		for _, name := range sameHash() {
			if h := d.hashOf([]byte(name), layout.HashLegacy); h != sameHashIs {
				t.Fatalf("hash %#x", h)
			}
			insert(name)
		}
		odd := 0
		e := layout.DxRoot(s.blocks[0]).Entries()
		for i := range e.Count() {
			odd += int(e.Hash(i) & 1)
		}
		if odd < 2 {
			t.Errorf("%d leaves go on with the hash of the one before; at least 2 should", odd)
		}
		m.check(t, d)
		for i, name := range sameHash() {
			if err := d.Insert(name, 14, 0); !errors.Is(err, ErrExist) {
				t.Errorf("name %d again: %v", i, err)
			}
			if err := d.Remove(name); err != nil {
				t.Error(err)
			}
			delete(m, name)
			m.check(t, d)
		}
	}
}

// TestContinuationAcrossNodes makes trees until equal hashes lie on both sides
// of a cut in the index, and follows them there.
func TestContinuationAcrossNodes(t *testing.T) {
	p := testParams(1024)
	p.HashVersion, p.HashSeed = layout.HashLegacy, [4]uint32{}
	var below, above []string
	d := New(nil, p)
	for i := 0; len(below) < 400 || len(above) < 400; i++ {
		name := longName(i)
		if d.hashOf([]byte(name), layout.HashLegacy) < sameHashIs {
			below = append(below, name)
		} else {
			above = append(above, name)
		}
	}
	for n := 40; n < 300; n++ {
		d, s := newDir(p)
		m := model{}
		names := append(append(append([]string{}, sameHash()...), below[:n]...), above...)
		for _, name := range names {
			if err := d.Insert(name, 13, 1); err != nil {
				t.Fatal(err)
			}
			m[name] = Entry{name, 13, 1}
			if levels(d) > 1 && layout.DxRoot(s.blocks[0]).Entries().Count() > 1 {
				break
			}
		}
		if e := layout.DxRoot(s.blocks[0]).Entries(); e.Count() > 1 && e.Hash(1) == sameHashIs|1 {
			m.check(t, d)
			for _, name := range sameHash() {
				if err := d.Insert(name, 14, 0); !errors.Is(err, ErrExist) {
					t.Fatal(err)
				}
				if err := d.Remove(name); err != nil {
					t.Fatal(err)
				}
				delete(m, name)
			}
			m.check(t, d)
			return
		}
	}
	t.Error("no cut in the index fell between equal hashes")
}

// TestFull fills an index of two levels, and of three with large_dir, to the end.
func TestFull(t *testing.T) {
	if err := fill(t, false, 2); !errors.Is(err, ErrFull) {
		t.Errorf("after two levels: %v", err)
	}
	if err := fill(t, true, 3); err != nil {
		t.Errorf("with large_dir: %v", err)
	}
}

func fill(t *testing.T, large bool, depth int) error {
	p := testParams(1024)
	p.LargeDir, p.Csum = large, true
	d, s := newDir(p)
	n := 0
	err := error(nil)
	for ; err == nil && (len(s.blocks) < 128 || levels(d) < 3); n++ {
		err = d.Insert(longName(n), 13, 1)
	}
	if levels(d) != depth {
		t.Errorf("%d names give %d levels", n, levels(d))
	}
	if n < 15000 {
		t.Errorf("full after %d names in %d blocks", n, len(s.blocks))
	}
	checkClean(t, d)
	for i := range n - 1 {
		if _, ok, err := d.Lookup(longName(i)); !ok || err != nil {
			t.Fatalf("name %d: %v, %v", i, ok, err)
		}
	}
	if err != nil {
		if _, ok, err := d.Lookup(longName(n - 1)); ok || err != nil {
			t.Errorf("the refused name is there (%v)", err)
		}
	}
	return err
}

// TestNoSpace lets the store run out of blocks at every moment: the directory
// stays whole, without the name.
func TestNoSpace(t *testing.T) {
	eachParams(func(name string, p Params) {
		if p.BlockSize != 1024 {
			return
		}
		t.Run(name, func(t *testing.T) {
			d, s := newDir(p)
			m := model{}
			failed := 0
			for i := range 450 {
				e := Entry{longName(i), 13, 1}
				s.limit = len(s.blocks) // the first attempt finds no space, the second one block, …
				if p.DirIndex && !d.Indexed() {
					s.limit = 0 // TestNoSpaceToConvert
				}
				for {
					err := d.Insert(e.Name, e.Inode, e.Type)
					if err == nil {
						break
					}
					if !errors.Is(err, errNoSpace) {
						t.Fatal(err)
					}
					failed++
					if _, ok, err := d.Lookup(e.Name); ok || err != nil {
						t.Fatalf("name %d is there after a failure (%v)", i, err)
					}
					checkClean(t, d)
					s.limit++
				}
				m[e.Name] = e
			}
			if failed < 100 {
				t.Errorf("only %d failures", failed)
			}
			m.check(t, d)
			if d.Indexed() != p.DirIndex {
				t.Errorf("indexed %v", d.Indexed())
			}
		})
	})
}

// TestNoSpaceToConvert lets a directory find no space, or one block, for its
// index: it stays linear then.
func TestNoSpaceToConvert(t *testing.T) {
	for limit := 1; limit <= 3; limit++ {
		for _, csum := range []bool{false, true} {
			p := testParams(1024)
			p.Csum = csum
			d, s := newDir(p)
			s.limit = limit
			m := model{}
			var err error
			for i := 0; err == nil && !d.Indexed(); i++ {
				if err = d.Insert(longName(i), 13, 1); err == nil {
					m[longName(i)] = Entry{longName(i), 13, 1}
				}
			}
			if want := limit == 3; d.Indexed() != want || (err == nil) != want || err != nil && !errors.Is(err, errNoSpace) {
				t.Errorf("%d blocks: indexed %v, %v", limit, d.Indexed(), err)
			}
			m.check(t, d)
			s.limit = 0
			for i := range 20 {
				name := longName(100 + i)
				if err := d.Insert(name, 13, 1); err != nil {
					t.Fatal(err)
				}
				m[name] = Entry{name, 13, 1}
			}
			m.check(t, d)
		}
	}
}

// TestCost counts what 100,000 insertions read and write.
func TestCost(t *testing.T) {
	p := testParams(4096)
	d, s := newDir(p)
	const n = 100_000
	for i := range n {
		if err := d.Insert(fmt.Sprintf("file-%d", i), 13, 1); err != nil {
			t.Fatal(err)
		}
		if i == n/2 {
			s.reads, s.wrote = 0, 0
		}
	}
	if s.reads > n/2*4 || s.wrote > n/2*2 {
		t.Errorf("%d names: %d blocks read, %d written", n/2, s.reads, s.wrote)
	}
	checkClean(t, d)
}

func BenchmarkInsert(b *testing.B) {
	for _, csum := range []bool{false, true} {
		b.Run(fmt.Sprintf("csum=%v", csum), func(b *testing.B) {
			p := testParams(4096)
			p.Csum = csum
			d, _ := newDir(p)
			for i := 0; b.Loop(); i++ {
				if err := d.Insert(fmt.Sprintf("file-%d", i), 13, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkLookup(b *testing.B) {
	p := testParams(4096)
	d, _ := newDir(p)
	const n = 100_000
	for i := range n {
		if err := d.Insert(fmt.Sprintf("file-%d", i), 13, 1); err != nil {
			b.Fatal(err)
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	for b.Loop() {
		if _, ok, err := d.Lookup(fmt.Sprintf("file-%d", r.IntN(n))); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
