package quota

import (
	"encoding/binary"
	"errors"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// memory is a quota file in memory.
type memory struct{ b []byte }

func (m *memory) Block(n uint32) ([]byte, error) {
	off := int(n) * layout.QuotaBlockSize
	return m.b[off : off+layout.QuotaBlockSize : off+layout.QuotaBlockSize], nil
}
func (m *memory) EditBlock(n uint32) ([]byte, error) { return m.Block(n) }
func (m *memory) Append(n uint32) error {
	if need := (int(n) + 1) * layout.QuotaBlockSize; need > len(m.b) {
		m.b = append(m.b, make([]byte, need-len(m.b))...)
	}
	return nil
}

// blank is a quota file without owners.
func blank(kind Kind) *memory {
	m := &memory{make([]byte, 2*layout.QuotaBlockSize)}
	h := layout.QuotaInfo(m.b)
	h.SetMagic(kind.magic())
	h.SetVersion(layout.QuotaVersion)
	h.SetBlocks(2)
	return m
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, m *memory, kind Kind) *File {
	t.Helper()
	f, err := Open(m, kind, uint64(len(m.b)))
	must(t, err)
	return f
}

// Random changes, held against a map.
func TestAgainstMap(t *testing.T) {
	for kind := range Kind(Kinds) {
		rnd := rand.New(rand.NewSource(int64(kind)))
		m := blank(kind)
		f := open(t, m, kind)
		model := map[uint32]Usage{}
		ids := []uint32{0, 1, 255, 256, 65535, 65536, 1 << 24, 1<<32 - 2}
		for range 300 {
			ids = append(ids, uint32(rnd.Intn(1<<uint(1+rnd.Intn(31)))))
		}
		for step := range 6000 {
			id, u := ids[rnd.Intn(len(ids))], Usage{}
			if rnd.Intn(5) < 2+step/1000%3 {
				u = Usage{uint64(rnd.Intn(1 << 30)), uint64(rnd.Intn(1000))}
			}
			blocks := layout.QuotaInfo(m.b).Blocks()
			must(t, f.Set(id, u))
			if grown := layout.QuotaInfo(m.b).Blocks() - blocks; grown > 4 {
				t.Fatalf("it grew by %d blocks", grown)
			}
			model[id] = u
			if u == (Usage{}) {
				delete(model, id)
			}
			if step%50 == 0 || step > 5950 {
				must(t, f.Verify())
				for _, id := range ids {
					got, ok, err := f.Usage(id)
					must(t, err)
					if want, there := model[id]; got != want || ok != there {
						t.Fatalf("%s %d has %v, not %v", kind, id, got, want)
					}
				}
			}
		}
		for _, id := range slices.Sorted(maps.Keys(model)) {
			must(t, f.Set(id, Usage{}))
		}
		must(t, f.Verify())
		b, _ := m.Block(layout.QuotaRoot)
		if h := layout.QuotaInfo(m.b); !empty(b) || h.FreeEntry() != 0 || h.FreeBlock() == 0 {
			t.Error("without owners, something is left")
		}
	}
}

// A file grows by no more than was said.
func TestGrowth(t *testing.T) {
	rnd := rand.New(rand.NewSource(1))
	for _, most := range []int{1, 300, 70_000, 1 << 25, 1<<32 - 1} {
		m := blank(User)
		f := open(t, m, User)
		var g Growth
		for range 5 {
			before := layout.QuotaInfo(m.b).Blocks()
			g = Growth{}
			for range 200 {
				id := uint32(rnd.Intn(most))
				if _, ok, err := f.Usage(id); err != nil || ok {
					continue
				}
				g.Add(id)
				must(t, f.Set(id, Usage{1, 1}))
			}
			if got := uint64(layout.QuotaInfo(m.b).Blocks() - before); got > g.Blocks() {
				t.Errorf("owners up to %d: %d blocks, not %d", most, got, g.Blocks())
			}
		}
	}
}

// Limits stay, and keep an owner who has nothing; grace times end with what they are for.
func TestLimits(t *testing.T) {
	m := blank(User)
	f := open(t, m, User)
	for _, id := range []uint32{0, 7} {
		must(t, f.Set(id, Usage{9000, 3}))
		p, err := f.find(id)
		must(t, err)
		binary.LittleEndian.PutUint64(p.entry[0x28:], 5) // KiB, soft
		binary.LittleEndian.PutUint64(p.entry[0x10:], 2) // inodes, soft
		p.entry.SetSpaceGrace(99)
		p.entry.SetInodesGrace(98)
		must(t, f.Set(id, Usage{5121, 2}))
		if p.entry.SpaceGrace() != 99 || p.entry.InodesGrace() != 0 || p.entry.SpaceSoft() != 5 {
			t.Errorf("%x", p.entry)
		}
		must(t, f.Set(id, Usage{}))
		if u, ok, err := f.Usage(id); !ok || u != (Usage{}) || err != nil || p.entry.SpaceGrace() != 0 {
			t.Errorf("%v %v %v %x", u, ok, err, p.entry)
		}
	}
	must(t, f.Verify())
}

// some gives a file of forty owners, of which one block's were removed.
func some(t testing.TB) *memory {
	m := blank(Group)
	f := open(t, m, Group)
	for id := range uint32(40) {
		must(t, f.Set(id*1000, Usage{uint64(id) + 1, 1}))
	}
	for id := range uint32(14) {
		must(t, f.Set(id*1000, Usage{}))
	}
	must(t, f.Set(20000, Usage{}))
	must(t, f.Verify())
	return m
}

// Every kind of damage is told by Open or Verify.
func TestDamage(t *testing.T) {
	block := func(m *memory, n uint32) []byte { b, _ := m.Block(n); return b }
	owner := func(t *testing.T, m *memory, id uint32) place {
		p, err := open(t, m, Group).find(id)
		must(t, err)
		return p
	}
	for what, c := range map[string]struct {
		says  string
		spoil func(t *testing.T, m *memory)
	}{
		"magic":        {"block 0: magic", func(t *testing.T, m *memory) { m.b[0]++ }},
		"version":      {"version 0 instead", func(t *testing.T, m *memory) { m.b[4] = 0 }},
		"blocks":       {"blocks in a file of", func(t *testing.T, m *memory) { m.b[0x17] = 1 }},
		"no root":      {"1 blocks in a file of", func(t *testing.T, m *memory) { layout.QuotaInfo(m.b).SetBlocks(1) }},
		"free block":   {"block 0: it leads to block 1, ", func(t *testing.T, m *memory) { layout.QuotaInfo(m.b).SetFreeBlock(1) }},
		"free entry":   {"block 0: it leads to block 9999, ", func(t *testing.T, m *memory) { layout.QuotaInfo(m.b).SetFreeEntry(9999) }},
		"free, in use": {"list of free blocks", func(t *testing.T, m *memory) { layout.QuotaInfo(m.b).SetFreeBlock(2) }},
		"room, a node": {"list of blocks with room", func(t *testing.T, m *memory) { layout.QuotaInfo(m.b).SetFreeEntry(2) }},
		"root in tree": {"it leads to block 1,", func(t *testing.T, m *memory) { layout.QuotaNode(block(m, 1)).SetRef(9, 1) }},
		"node outside": {"it leads to block 5000,", func(t *testing.T, m *memory) { layout.QuotaNode(block(m, 1)).SetRef(9, 5000) }},
		"node twice":   {"twice in the tree", func(t *testing.T, m *memory) { layout.QuotaNode(block(m, 1)).SetRef(9, 2) }},
		"entry missing": {"group 39001 here", func(t *testing.T, m *memory) {
			p := owner(t, m, 39000)
			p.entry.SetID(0)
			layout.QuotaNode(block(m, p.nodes[3])).SetRef(39001&255, p.blk)
			p.entry.SetID(39000)
		}},
		"entry lost": {"entries and has", func(t *testing.T, m *memory) {
			p := owner(t, m, 39000)
			layout.QuotaNode(block(m, p.nodes[3])).SetRef(39000&255, 0)
		}},
		"count": {"entries and has", func(t *testing.T, m *memory) { block(m, owner(t, m, 39000).blk)[8]++ }},
		"prev":  {"leads back to 3", func(t *testing.T, m *memory) { layout.QuotaBlock(block(m, owner(t, m, 20000-1000).blk)).SetPrevFree(3) }},
		"list end": {"twice in the list", func(t *testing.T, m *memory) {
			n := layout.QuotaInfo(m.b).FreeBlock()
			layout.QuotaBlock(block(m, n)).SetNextFree(n)
		}},
	} {
		t.Run(what, func(t *testing.T) {
			m := some(t)
			c.spoil(t, m)
			f, err := Open(m, Group, uint64(len(m.b)))
			if err == nil {
				err = f.Verify()
			}
			var bad *FormatError
			if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, which does not say %q", err, c.says)
			}
		})
	}
}

// A file whose bytes are anything is refused, or stays right with what is done to it.
func FuzzFile(f *testing.F) {
	f.Add(some(f).b, []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7})
	f.Add(blank(Group).b, []byte("some owners come and some owners go"))
	f.Fuzz(func(t *testing.T, file, ids []byte) {
		if len(file) < layout.QuotaBlockSize || len(file) > 1<<20 || len(ids) > 1<<10 {
			return
		}
		m := &memory{slices.Clone(file[:len(file)/layout.QuotaBlockSize*layout.QuotaBlockSize])}
		q, err := Open(m, Group, uint64(len(m.b)))
		if err != nil {
			return
		}
		sound := q.Verify() == nil
		for i := 0; i+4 <= len(ids); i += 2 {
			err := q.Set(binary.LittleEndian.Uint32(ids[i:])%100_000, Usage{uint64(ids[i]&1) << 12, uint64(ids[i] & 1)})
			if sound {
				must(t, err)
				must(t, q.Verify())
			}
		}
	})
}
