package extents

import (
	"errors"
	"fmt"
	"math/rand"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// disk is a store of nodes in memory.
type disk struct {
	nodes map[uint64][]byte
	next  uint64
	bs    int
}

const diskBlocks = 1 << 40

func newDisk(bs int) *disk { return &disk{nodes: map[uint64][]byte{}, next: 1000, bs: bs} }

func (d *disk) Node(blk uint64) ([]byte, error) {
	b := d.nodes[blk]
	if b == nil {
		return nil, fmt.Errorf("block %d is no node", blk)
	}
	return b, nil
}
func (d *disk) EditNode(blk uint64) ([]byte, error) { return d.Node(blk) }
func (d *disk) NewNode() (uint64, []byte, error) {
	d.next++
	d.nodes[d.next] = make([]byte, d.bs)
	return d.next, d.nodes[d.next], nil
}
func (d *disk) FreeNode(blk uint64) error {
	if d.nodes[blk] == nil {
		return fmt.Errorf("block %d is free already", blk)
	}
	delete(d.nodes, blk)
	return nil
}
func (d *disk) Check(start uint64, n uint32) error {
	if start == 0 || start+uint64(n) > diskBlocks {
		return errors.New("outside the disk")
	}
	return nil
}

type cell struct {
	disk   uint64
	uninit bool
}

// check holds a tree against a model that has a cell for each mapped block.
func check(t *testing.T, tr *Tree, d *disk, model map[uint32]cell) {
	t.Helper()
	seen, nodes := 0, 0
	err := tr.Each(func(e Extent) error {
		for i := range e.Len {
			want, ok := model[e.Block+i]
			if !ok || want != (cell{e.Start + uint64(i), e.Uninit}) {
				return fmt.Errorf("block %d is mapped to %d, %v; the model has %v", e.Block+i, e.Start+uint64(i), e.Uninit, want)
			}
			seen++
		}
		return nil
	}, func(uint64) error { nodes++; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if seen != len(model) || nodes != len(d.nodes) {
		t.Fatalf("%d blocks and %d nodes; the model has %d, the disk %d", seen, nodes, len(model), len(d.nodes))
	}
	dense(t, tr)
}

// dense is what e2fsck asks: no level that could be left out, and no more free
// entries in a level than a node has.
func dense(t *testing.T, tr *Tree) {
	t.Helper()
	var entries, room [layout.ExtentMaxDepth + 1]int
	per := 0
	top, err := tr.top()
	if err == nil {
		err = tr.walk(top, func(n node) {
			entries[n.Depth()] += n.Entries()
			room[n.Depth()] += n.Max()
			if n.blk != 0 {
				per = n.Max()
				if n.Entries() < n.Max() {
					room[n.Depth()]--
				}
			}
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	for depth := range top.Depth() + 1 {
		if top.Depth() > 0 && room[depth]-entries[depth] > per {
			t.Fatalf("depth %d: %d entries in room for %d", depth, entries[depth], room[depth])
		}
		for above := depth + 1; above <= top.Depth(); above++ {
			if entries[depth] < room[above] {
				t.Fatalf("the %d entries of depth %d fit depth %d", entries[depth], depth, above)
			}
		}
	}
}

func TestRandomEdits(t *testing.T) {
	for _, c := range []struct {
		csum  bool
		space uint32 // file blocks in use
		long  int    // of one change
		steps int
	}{{false, 300, 20, 3000}, {true, 3000, 4, 6000}, {true, 60000, 3, 4000}, {false, 1 << 31, 40000, 50}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			rnd := rand.New(rand.NewSource(1))
			root := make([]byte, 60)
			InitRoot(root)
			d := newDisk(1024)
			tr := New(root, d, c.csum, 77)
			model := map[uint32]cell{}
			at := uint64(1 << 20)
			for step := range c.steps {
				b := uint32(rnd.Int63n(int64(c.space)))
				n := uint32(1 + rnd.Intn(c.long))
				if rnd.Intn(3) == 0 {
					gone := 0
					err := tr.Remove(uint64(b), uint64(b)+uint64(n), func(e Extent) error { gone += int(e.Len); return nil })
					if err != nil {
						t.Fatal(err)
					}
					for i := range n {
						if _, ok := model[b+i]; ok {
							gone--
							delete(model, b+i)
						}
					}
					if gone != 0 {
						t.Fatalf("step %d: %d blocks too many were freed", step, gone)
					}
				} else {
					uninit := rnd.Intn(4) == 0
					n = min(n, limit(uninit))
					if rnd.Intn(3) > 0 {
						at += uint64(rnd.Intn(3)) // often right behind the one before
					}
					for i := uint32(0); i < n; { // fill what is not mapped
						e, ok, err := tr.Find(b + i)
						if err != nil {
							t.Fatal(err)
						}
						if ok {
							i = uint32(e.End() - uint64(b))
							continue
						}
						k := n - i
						if e.Len > 0 {
							k = min(k, e.Block-b-i)
						}
						if err := tr.Insert(Extent{b + i, k, at, uninit}); err != nil {
							t.Fatal(err)
						}
						for j := range k {
							model[b+i+j] = cell{at + uint64(j), uninit}
						}
						at += uint64(k)
						i += k
					}
				}
				if step%100 == 99 || step > c.steps-10 {
					check(t, tr, d, model)
				}
			}
			if tr.Depth() == 0 && c.space > 300 {
				t.Error("the tree stayed flat")
			}
			if err := tr.Remove(0, MaxBlocks, func(Extent) error { return nil }); err != nil {
				t.Fatal(err)
			}
			check(t, tr, d, map[uint32]cell{})
			if tr.Depth() != 0 {
				t.Errorf("an empty tree of depth %d", tr.Depth())
			}
		})
	}
}

// Appending blocks that are all apart makes a deep tree of full nodes.
func TestAppendDeep(t *testing.T) {
	root := make([]byte, 60)
	InitRoot(root)
	d := newDisk(1024)
	tr := New(root, d, true, 5)
	model := map[uint32]cell{}
	for i := range uint32(40000) {
		if err := tr.Insert(Extent{2 * i, 1, 100 + 3*uint64(i), false}); err != nil {
			t.Fatal(err)
		}
		model[2*i] = cell{100 + 3*uint64(i), false}
	}
	check(t, tr, d, model)
	if tr.Depth() != 3 {
		t.Errorf("depth %d", tr.Depth())
	}
	// From the front, so that every first entry on the way goes.
	for i := uint32(0); i < 40000; i += 500 {
		if err := tr.Remove(uint64(2*i), uint64(2*i+999), func(Extent) error { return nil }); err != nil {
			t.Fatal(err)
		}
		for k := i; k < i+500; k++ {
			delete(model, 2*k)
		}
	}
	check(t, tr, d, model)
}

func TestRefusals(t *testing.T) {
	build := func() (*Tree, *disk) {
		root := make([]byte, 60)
		InitRoot(root)
		d := newDisk(1024)
		tr := New(root, d, true, 5)
		for i := range uint32(200) {
			if err := tr.Insert(Extent{2 * i, 1, 100 + 3*uint64(i), false}); err != nil {
				t.Fatal(err)
			}
		}
		return tr, d
	}
	reseal := func(tr *Tree, b []byte) {
		n := layout.ExtentNode(b)
		n.SetChecksum(n.ComputeChecksum(tr.seed))
	}
	for name, spoil := range map[string]func(tr *Tree, b []byte){
		"magic of the root":     func(tr *Tree, _ []byte) { tr.root[0] = 0 },
		"depth of the root":     func(tr *Tree, _ []byte) { tr.root.SetDepth(6) },
		"entries of the root":   func(tr *Tree, _ []byte) { tr.root.SetEntries(5) },
		"room of the root":      func(tr *Tree, _ []byte) { tr.root.SetMax(400) },
		"root points nowhere":   func(tr *Tree, _ []byte) { tr.root.Index(0).Set(0, 1<<41) },
		"root points to itself": func(tr *Tree, b []byte) { tr.root.SetDepth(2) },
		"root out of order":     func(tr *Tree, _ []byte) { tr.root.Index(1).Set(0, tr.root.Index(1).Leaf()) },
		"magic":                 func(tr *Tree, b []byte) { b[0] = 0; reseal(tr, b) },
		"checksum":              func(tr *Tree, b []byte) { b[1022]++; b[1016]++; layout.ExtentNode(b).SetChecksum(1) },
		"depth":                 func(tr *Tree, b []byte) { layout.ExtentNode(b).SetDepth(1); reseal(tr, b) },
		"no entries":            func(tr *Tree, b []byte) { layout.ExtentNode(b).SetEntries(0); reseal(tr, b) },
		"empty extent":          func(tr *Tree, b []byte) { layout.ExtentNode(b).Extent(0).Set(0, 0, 100, false); reseal(tr, b) },
		"overlap":               func(tr *Tree, b []byte) { layout.ExtentNode(b).Extent(0).Set(0, 3, 100, false); reseal(tr, b) },
		"beyond its parent":     func(tr *Tree, b []byte) { layout.ExtentNode(b).Extent(83).Set(166, 9, 100, false); reseal(tr, b) },
	} {
		tr, d := build()
		spoil(tr, d.nodes[tr.root.Index(0).Leaf()])
		if _, _, err := tr.Find(0); err == nil {
			t.Errorf("%s: not seen by Find", name)
		}
		if _, err := tr.All(); err == nil {
			t.Errorf("%s: not seen by Each", name)
		}
	}
	tr, _ := build()
	for _, e := range []Extent{{0, 1, 5, false}, {1, 2, 5, false}, {399, 0, 5, false}, {399, 32769, 5, false}, {399, 32768, 5, true}, {1<<32 - 1, 1, 5, false}} {
		if err := tr.Insert(e); err == nil {
			t.Errorf("%v was inserted", e)
		}
	}
	if err := func() error { // extents that point outside
		tr.root.SetDepth(0)
		tr.root.SetEntries(1)
		tr.root.Extent(0).Set(0, 1, 1<<41, false)
		_, _, err := tr.Find(0)
		return err
	}(); err == nil {
		t.Error("an extent outside the disk was found")
	}
}

func FuzzTree(f *testing.F) {
	root := make([]byte, 60)
	InitRoot(root)
	f.Add(root, make([]byte, 1024), uint32(0))
	deep := append([]byte(nil), root...)
	d := newDisk(1024)
	tr := New(deep, d, false, 0)
	for i := range uint32(100) {
		_ = tr.Insert(Extent{2 * i, 1, 100 + 3*uint64(i), i%3 == 0})
	}
	f.Add(deep, d.nodes[1001], uint32(50))
	f.Fuzz(func(t *testing.T, root, node []byte, at uint32) {
		if len(root) != 60 || len(node) != 1024 {
			return
		}
		d := newDisk(1024)
		for blk := range uint64(4) {
			d.nodes[1000+blk] = append([]byte(nil), node...)
		}
		tr := New(append([]byte(nil), root...), d, false, 0)
		_, _, _ = tr.Find(at)
		_, _ = tr.All()
		_ = tr.Insert(Extent{at, 1, 5, false})
		_ = tr.Remove(uint64(at), uint64(at)+100, func(Extent) error { return nil })
		_ = tr.Remove(0, MaxBlocks, func(Extent) error { return nil })
	})
}
