package dir

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// memStore keeps a directory in memory and counts what is done to it.
type memStore struct {
	blocks       [][]byte
	limit        int // blocks it may have, 0 for any number
	reads, wrote int
}

var errNoSpace = errors.New("no space")

func (s *memStore) Blocks() uint32 { return uint32(len(s.blocks)) }
func (s *memStore) Read(blk uint32) ([]byte, error) {
	s.reads++
	return slices.Clone(s.blocks[blk]), nil
}
func (s *memStore) Write(blk uint32, b []byte) error {
	s.wrote++
	s.blocks[blk] = slices.Clone(b)
	return nil
}
func (s *memStore) Append(b []byte) (uint32, error) {
	if s.limit > 0 && len(s.blocks) >= s.limit {
		return 0, errNoSpace
	}
	s.wrote++
	s.blocks = append(s.blocks, slices.Clone(b))
	return uint32(len(s.blocks) - 1), nil
}

const testInodes = 1 << 30

func testParams(blockSize int) Params {
	return Params{
		BlockSize: blockSize, Filetype: true, DirIndex: true, HashVersion: layout.HashHalfMD4,
		HashSeed: [4]uint32{1, 2, 3, 4}, InodeSeed: 0x1234567, MaxInode: testInodes,
	}
}

func newDir(p Params) (*Dir, *memStore) {
	s := &memStore{blocks: [][]byte{InitBlock(p, 12, 2)}}
	return New(s, p), s
}

// model is what a directory should hold: names without "." and "..".
type model map[string]Entry

func (m model) check(t *testing.T, d *Dir) {
	t.Helper()
	got := model{}
	var dots []Entry
	err := d.Each(func(e Entry) error {
		if isDots(e.Name) {
			dots = append(dots, e)
			return nil
		}
		if _, twice := got[e.Name]; twice {
			return fmt.Errorf("%q comes twice", e.Name)
		}
		got[e.Name] = e
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	checkClean(t, d)
	if !maps.Equal(got, m) {
		t.Fatalf("directory holds %d names, model %d", len(got), len(m))
	}
	if len(dots) != 2 || dots[0].Name != "." || dots[1].Name != ".." {
		t.Fatalf("dots: %v", dots)
	}
	if empty, err := d.Empty(); err != nil || empty != (len(m) == 0) {
		t.Fatalf("Empty = %v, %v with %d names", empty, err, len(m))
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		e, ok, err := d.Lookup(name)
		if err != nil || !ok || e != m[name] {
			t.Fatalf("Lookup(%q) = %v, %v, %v; want %v", name, e, ok, err, m[name])
		}
	}
}

// checkClean has Check look at the directory.
func checkClean(t *testing.T, d *Dir) {
	t.Helper()
	if err := d.Check(func(problem error) { t.Error(problem) }); err != nil {
		t.Error(err)
	}
	if t.Failed() {
		t.FailNow()
	}
}

func randomName(r *rand.Rand, maxLen int) string {
	b := make([]byte, 1+r.IntN(maxLen))
	for i := range b {
		for b[i] == 0 || b[i] == '/' {
			b[i] = byte(r.Uint32())
		}
	}
	if s := string(b); !isDots(s) {
		return s
	}
	return "dots"
}

// each is all combinations that change how a directory lies on disk.
func eachParams(f func(name string, p Params)) {
	for _, size := range []int{1024, 4096, 65536} {
		for _, csum := range []bool{false, true} {
			for _, index := range []bool{false, true} {
				for version := range uint8(3) {
					if version > 0 && (!index || size == 65536) {
						continue
					}
					p := testParams(size)
					p.Csum, p.DirIndex, p.HashVersion = csum, index, version
					p.UnsignedHash = csum
					f(fmt.Sprintf("%d,csum=%v,index=%v,hash=%d", size, csum, index, version), p)
				}
			}
		}
	}
}

// TestAgainstModel does long random sequences and compares with a map.
func TestAgainstModel(t *testing.T) {
	eachParams(func(name string, p Params) {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, uint64(p.BlockSize)))
			d, _ := newDir(p)
			m := model{}
			var names []string
			steps := 1600
			if !p.DirIndex {
				steps = 400
			}
			for i := range steps {
				op := r.IntN(10)
				switch {
				case op < 6 || len(names) == 0:
					e := Entry{randomName(r, 255), 1 + r.Uint32N(testInodes), uint8(r.IntN(8))}
					err := d.Insert(e.Name, e.Inode, e.Type)
					if _, ok := m[e.Name]; ok {
						if !errors.Is(err, ErrExist) {
							t.Fatalf("step %d: %q again: %v", i, e.Name, err)
						}
						continue
					}
					if err != nil {
						t.Fatalf("step %d: %v", i, err)
					}
					m[e.Name] = e
					names = append(names, e.Name)
				case op < 8:
					k := r.IntN(len(names))
					if err := d.Remove(names[k]); err != nil {
						t.Fatalf("step %d: %v", i, err)
					}
					if _, ok, err := d.Lookup(names[k]); ok || err != nil {
						t.Fatalf("step %d: %q is still there (%v)", i, names[k], err)
					}
					delete(m, names[k])
					names = slices.Delete(names, k, k+1)
				default:
					e := Entry{names[r.IntN(len(names))], 1 + r.Uint32N(testInodes), uint8(r.IntN(8))}
					if err := d.Replace(e.Name, e.Inode, e.Type); err != nil {
						t.Fatalf("step %d: %v", i, err)
					}
					m[e.Name] = e
				}
			}
			m.check(t, d)
			if d.Indexed() != p.DirIndex {
				t.Errorf("Indexed = %v", d.Indexed())
			}
			for _, name := range names {
				if err := d.Remove(name); err != nil {
					t.Fatal(err)
				}
			}
			model{}.check(t, d)
		})
	})
}
