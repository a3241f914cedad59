package ext

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"runtime/metrics"
	"slices"
	"testing"
)

const heapLimit = 64 << 20

// guard is a device in memory that watches what is done through it: it counts
// calls, so that an endless walk is told from a long one, remembers which blocks are
// written, and looks at how the heap grows.
type guard struct {
	b       []byte
	calls   int            // that are left
	written map[int64]bool // units of 1 KiB
	used    []bool         // blocks that were in use between edits
	heap    heapWatch
}

func newGuard(b []byte) *guard {
	return &guard{b: b, calls: 1 << 21, written: map[int64]bool{}, heap: newHeapWatch()}
}

func (g *guard) ReadAt(p []byte, off int64) (int, error) {
	if g.calls--; g.calls < 0 {
		return 0, errEndless
	}
	g.heap.look()
	return (&ram{g.b, 1}).ReadAt(p, off)
}

func (g *guard) WriteAt(p []byte, off int64) (int, error) {
	if g.calls--; g.calls < 0 {
		return 0, errEndless
	}
	g.heap.look()
	for n := off / chunkSize; n*chunkSize < off+int64(len(p)); n++ {
		g.written[n] = true
	}
	return (&ram{g.b, 1}).WriteAt(p, off)
}

// note remembers which blocks are in use after an edit: the next may free them.
func (g *guard) note(f *FS) {
	used, _ := blocksInUse(f) // as far as it is known
	if g.used == nil {
		g.used = used
	}
	for i := range used {
		g.used[i] = g.used[i] || used[i]
	}
}

// complaints tells what was done that must not be: calls without end, too much
// memory, and writes to blocks that were never in use. before are the bytes as
// they were.
func (g *guard) complaints(before []byte) error {
	var errs []error
	if g.calls < 0 {
		errs = append(errs, errEndless)
	}
	g.heap.look()
	if g.heap.most > heapLimit {
		errs = append(errs, fmt.Errorf("%d bytes of memory", g.heap.most))
	}
	if len(g.written) == 0 {
		return errors.Join(errs...)
	}
	used := [3][]bool{2: g.used}
	bs := int64(0)
	for i, b := range [][]byte{before, g.b} {
		f, err := Open(&ram{b, 1 << 20}, int64(len(b)))
		if err == nil {
			bs = int64(f.bs)
			used[i], err = blocksInUse(f)
		}
		if err != nil {
			if i > 0 { // nothing is known of what was damaged before
				errs = append(errs, fmt.Errorf("which blocks are in use: %w", err))
			}
			return errors.Join(errs...)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(g.written)) {
		blk := n * chunkSize / bs
		if !slices.ContainsFunc(used[:], func(u []bool) bool { return blk < int64(len(u)) && u[blk] }) {
			errs = append(errs, fmt.Errorf("block %d was written, but was never in use", blk))
			break
		}
	}
	return errors.Join(errs...)
}

// heapWatch looks at how far the heap has grown.
type heapWatch struct {
	base, last uint64 // live at the start; allocated in all at the last look
	most       uint64
	samples    [2]metrics.Sample
}

func newHeapWatch() heapWatch {
	w := heapWatch{samples: [2]metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/allocs:bytes"}}}
	w.base, w.last = w.read()
	return w
}

func (w *heapWatch) read() (objects, allocated uint64) {
	metrics.Read(w.samples[:])
	return w.samples[0].Value.Uint64(), w.samples[1].Value.Uint64()
}

// look notes what is live, with what was allocated since the last look, as a
// large piece may have come and gone between.
func (w *heapWatch) look() {
	objects, allocated := w.read()
	if grown := objects - min(objects, w.base); grown > heapLimit/2 {
		runtime.GC() // not all of it may be in use
		objects, allocated = w.read()
		w.most = max(w.most, objects-min(objects, w.base))
	}
	w.most = max(w.most, allocated-w.last)
	w.last = allocated
}

var sink []byte

// The guard tells of each thing that it is there to find.
func TestGuardTells(t *testing.T) {
	list, err := seeds()
	must(t, err)
	for i, s := range list {
		base := s.b
		open := func() (*guard, *FS) {
			g := newGuard(slices.Clone(base))
			f, err := OpenWritable(g, int64(len(base)), Options{Time: editTime})
			must(t, err)
			return g, f
		}
		g, f := open()
		must(t, f.WriteFile("new", data("new", 9000), 0o644))
		g.note(f)
		must(t, f.Remove("new"))
		must(t, f.RemoveAll("many"))
		must(t, f.Sync())
		if err := g.complaints(base); err != nil {
			t.Errorf("seed %d: an edit as it should be: %v", i, err)
		}
		g, f = open()
		free := uint64(0)
		used, err := blocksInUse(f)
		must(t, err)
		for used[free] {
			free++
		}
		_, err = g.WriteAt([]byte("x"), int64(free)*int64(f.bs))
		must(t, err)
		if g.complaints(base) == nil {
			t.Errorf("seed %d: a write to a free block is not told", i)
		}
		g, _ = open()
		g.calls = 0
		if _, err := g.ReadAt(make([]byte, 1), 0); !errors.Is(err, errEndless) || !errors.Is(g.complaints(base), errEndless) {
			t.Errorf("seed %d: too many calls: %v", i, err)
		}
	}
	g := newGuard(make([]byte, 4096))
	sink = make([]byte, heapLimit+1<<20)
	sink = nil
	if g.complaints(nil) == nil {
		t.Error("one large piece of memory is not told")
	}
	g = newGuard(make([]byte, 4096))
	var keep [][]byte
	for range heapLimit >> 20 {
		keep = append(keep, make([]byte, 1<<20), make([]byte, 1<<10))
		_, _ = g.ReadAt(make([]byte, 1), 0)
	}
	if err := g.complaints(nil); err == nil {
		t.Errorf("%d pieces of memory are not told: %d", len(keep), g.heap.most)
	}
	g = newGuard(make([]byte, 4096))
	for range 3 * heapLimit >> 20 {
		sink = make([]byte, 1<<20)
		_, _ = g.ReadAt(make([]byte, 1), 0)
	}
	if err := g.complaints(nil); err != nil {
		t.Errorf("what is not kept is told: %v", err)
	}
	runtime.KeepAlive(keep)
}
