package blockmap

import (
	"errors"
	"fmt"
	"math/rand"
	"testing"
)

// disk is a store of indirect blocks in memory.
type disk struct {
	nodes map[uint64][]byte
	next  uint64
	bs    int
	edits int
}

func newDisk(bs int) *disk { return &disk{nodes: map[uint64][]byte{}, next: 1 << 30, bs: bs} }

func (d *disk) Node(blk uint64) ([]byte, error) {
	b := d.nodes[blk]
	if b == nil {
		return nil, fmt.Errorf("block %d is no node", blk)
	}
	return b, nil
}
func (d *disk) EditNode(blk uint64) ([]byte, error) {
	d.edits++
	return d.Node(blk)
}
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
	if start == 0 || start+uint64(n) > 1<<31 {
		return errors.New("outside the disk")
	}
	return nil
}

func check(t *testing.T, m *Map, d *disk, model map[uint64]uint64) {
	t.Helper()
	seen, nodes := 0, 0
	err := m.Each(func(lblk, start, n uint64) error {
		for i := range n {
			if model[lblk+i] != start+i {
				return fmt.Errorf("block %d is at %d, not %d", lblk+i, start+i, model[lblk+i])
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
}

func TestRandomEdits(t *testing.T) {
	const bs = 1024
	for _, space := range []int64{40, 400, 80000, int64(MaxBlocks(bs))} {
		t.Run(fmt.Sprint(space), func(t *testing.T) {
			rnd := rand.New(rand.NewSource(space))
			d := newDisk(bs)
			m := New(make([]byte, 60), d, bs)
			model := map[uint64]uint64{}
			at := uint64(5)
			for step := range 1500 {
				b, n := uint64(rnd.Int63n(space)), uint64(1+rnd.Intn(600))
				n = min(n, uint64(space)-b)
				if rnd.Intn(3) == 0 {
					if rnd.Intn(10) == 0 {
						n = uint64(space) - b
					}
					gone := 0
					if err := m.Remove(b, b+n, func(_, k uint64) error { gone += int(k); return nil }); err != nil {
						t.Fatal(err)
					}
					for k := range model {
						if k >= b && k < b+n {
							gone--
							delete(model, k)
						}
					}
					if gone != 0 {
						t.Fatalf("step %d: %d blocks too many were freed", step, gone)
					}
				} else {
					for i := uint64(0); i < n; {
						start, k, err := m.Find(b+i, n-i)
						if err != nil {
							t.Fatal(err)
						}
						if k == 0 || k > n-i || start != model[b+i] {
							t.Fatalf("block %d: %d, %d; the model has %d", b+i, start, k, model[b+i])
						}
						if start == 0 {
							cost, err := m.Cost(b+i, k)
							if err != nil {
								t.Fatal(err)
							}
							before := len(d.nodes)
							room, err := m.Prepare(b + i)
							if err != nil || room == 0 {
								t.Fatal(room, err)
							}
							if err := m.Set(b+i, at, k); err != nil {
								t.Fatal(err)
							}
							if made := uint64(len(d.nodes) - before); made > cost {
								t.Fatalf("step %d: %d blocks of the map for %d from %d on, not %d", step, made, k, b+i, cost)
							}
							for j := range k {
								model[b+i+j] = at + j
							}
							at += k + uint64(rnd.Intn(2))
						}
						i += k
					}
				}
				if step%50 == 49 {
					check(t, m, d, model)
				}
			}
			check(t, m, d, model)
			if err := m.Remove(0, MaxBlocks(bs), func(_, _ uint64) error { return nil }); err != nil {
				t.Fatal(err)
			}
			check(t, m, d, map[uint64]uint64{})
		})
	}
}

// Removing what is not there leaves the blocks of the map alone.
func TestRemoveNothing(t *testing.T) {
	d := newDisk(1024)
	m := New(make([]byte, 60), d, 1024)
	if err := m.Set(0, 100, 5000); err != nil {
		t.Fatal(err)
	}
	d.edits = 0
	if err := m.Remove(5000, MaxBlocks(1024), func(_, _ uint64) error { return errors.New("freed") }); err != nil {
		t.Fatal(err)
	}
	if d.edits > 0 {
		t.Errorf("%d blocks were changed", d.edits)
	}
}

func TestRefusals(t *testing.T) {
	d := newDisk(1024)
	m := New(make([]byte, 60), d, 1024)
	if err := m.Set(MaxBlocks(1024), 5, 1); !errors.Is(err, ErrMap) {
		t.Errorf("beyond the end: %v", err)
	}
	if err := m.Set(3, 5, 1); err != nil {
		t.Fatal(err)
	}
	if err := m.Set(2, 9, 2); !errors.Is(err, ErrMap) {
		t.Errorf("mapped twice: %v", err)
	}
	for word := range 15 {
		root := make([]byte, 60)
		setName(root, word, 1<<31+5)
		m := New(root, d, 1024)
		first := []uint64{Direct, Direct + 256, Direct + 256 + 65536}
		at := uint64(word)
		if word >= Direct {
			at = first[word-Direct]
		}
		if _, _, err := m.Find(at, 1); err == nil {
			t.Errorf("word %d: Find takes a name outside the disk", word)
		}
		if err := m.Remove(0, MaxBlocks(1024), func(_, _ uint64) error { return nil }); err == nil {
			t.Errorf("word %d: Remove takes a name outside the disk", word)
		}
	}
}

func FuzzMap(f *testing.F) {
	f.Add(make([]byte, 60), make([]byte, 1024), uint64(0))
	f.Fuzz(func(t *testing.T, root, node []byte, at uint64) {
		if len(root) != 60 || len(node) != 1024 {
			return
		}
		d := newDisk(1024)
		d.nodes[77] = append([]byte(nil), node...)
		m := New(append([]byte(nil), root...), d, 1024)
		_, _, _ = m.Find(at, 10)
		if _, err := m.Prepare(at); err == nil {
			_ = m.Set(at, 9, 3)
		}
		_ = m.Remove(at, at+100, func(_, _ uint64) error { return nil })
	})
}
