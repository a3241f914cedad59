package block

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
)

// TestLayer writes at random and holds the layer against a plain copy.
func TestLayer(t *testing.T) {
	for _, limit := range []int{1, 7, 4096} {
		sp, err := CreateSparse(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		sp.WriteAt(pattern(5, 300000), 0)
		sp.WriteAt(pattern(6, 300000), 5<<20)
		sp.Grow(8<<20 + 1234)
		before := readAll(t, sp)
		dir := t.TempDir()
		l := NewLayer(sp, dir)
		l.limit = limit
		want := slices.Clone(before)
		r := rand.New(rand.NewPCG(7, uint64(limit)))
		for i := range 400 {
			n := r.IntN(9000)
			if i%50 == 0 {
				n = r.IntN(500000)
			}
			off := r.IntN(len(want) - n + 1)
			p := pattern(uint64(i), n)
			if i%5 == 0 {
				clear(p)
			}
			if k, err := l.WriteAt(p, int64(off)); k != n || err != nil {
				t.Fatal(k, err)
			}
			copy(want[off:], p)
			o, m := r.IntN(len(want)), r.IntN(100000)
			got := make([]byte, m)
			k, err := l.ReadAt(got, int64(o))
			if wantN := min(m, len(want)-o); k != wantN || !bytes.Equal(got[:k], want[o:o+k]) {
				t.Fatalf("step %d: ReadAt(%d, %d) = %d, %v", i, m, o, k, err)
			}
		}
		if !bytes.Equal(readAll(t, l), want) {
			t.Fatal("layer reads other bytes than were written")
		}
		if !bytes.Equal(readAll(t, sp), before) {
			t.Fatal("the device below was written")
		}
		checkData(t, l)
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("temporary files have names: %v", left)
		}
		if (l.spill != nil) != (limit < 4096) {
			t.Errorf("limit %d: spill is %v", limit, l.spill)
		}
		checkDirty(t, l, before, want)
		l.Close()
		sp.Close()
		if _, err := l.ReadAt(make([]byte, 1), 0); !errors.Is(err, os.ErrClosed) {
			t.Errorf("read after close: %v", err)
		}
	}
}

func checkDirty(t *testing.T, l *Layer, before, after []byte) {
	t.Helper()
	last := int64(-1)
	for _, r := range l.Dirty() {
		if r.Off <= last || r.Off%BlockSize != 0 || r.Len <= 0 || r.Len%BlockSize != 0 && r.End() != l.Size() {
			t.Fatalf("dirty range %+v after %d", r, last)
		}
		last = r.End()
		copy(before[r.Off:r.End()], after[r.Off:])
	}
	if !bytes.Equal(before, after) {
		t.Error("changes lie outside the dirty ranges")
	}
}

func TestLayerSameBytesAreNotDirty(t *testing.T) {
	base := pattern(9, 5*BlockSize)
	l := NewLayer(bytes.NewReader(base), t.TempDir())
	defer l.Close()
	l.WriteAt(base[100:9000], 100)
	if d := l.Dirty(); len(d) != 0 {
		t.Errorf("dirty after writing what was there: %v", d)
	}
	l.WriteAt([]byte{base[BlockSize] + 1}, BlockSize)
	l.WriteAt([]byte{base[4*BlockSize] + 1}, 4*BlockSize)
	if d, want := l.Dirty(), []Range{{BlockSize, BlockSize}, {4 * BlockSize, BlockSize}}; !slices.Equal(d, want) {
		t.Errorf("dirty: %v, want %v", d, want)
	}
	if _, err := l.WriteAt(base, 1); !errors.Is(err, ErrRange) {
		t.Error(err)
	}
}

func TestLayerReadError(t *testing.T) {
	l := NewLayer(broken{}, t.TempDir())
	defer l.Close()
	if _, err := l.ReadAt(make([]byte, 10), 0); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	if _, err := l.WriteAt(make([]byte, 10), 0); err == nil {
		t.Error("a partial block over an unreadable one was written")
	}
}

type broken struct{}

func (broken) Size() int64                       { return 100000 }
func (broken) ReadAt([]byte, int64) (int, error) { return 0, io.EOF }

func TestChanged(t *testing.T) {
	base := bytes.NewReader(make([]byte, 10*BlockSize))
	a := NewLayer(base, "")
	b := NewLayer(a, "")
	a.WriteAt([]byte{1}, 0)
	a.WriteAt([]byte{1}, 4*BlockSize)
	b.WriteAt([]byte{2}, 1*BlockSize)
	b.WriteAt([]byte{2}, 5*BlockSize)
	got, ok := Changed(b, base)
	if want := []Range{{0, 2 * BlockSize}, {4 * BlockSize, 2 * BlockSize}}; !ok || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, ok)
	}
	if got, ok := Changed(base, base); !ok || len(got) != 0 {
		t.Errorf("%v, %v", got, ok)
	}
	if _, ok := Changed(a, bytes.NewReader(nil)); ok {
		t.Error("a layer over another device is taken for one over this")
	}
}

func TestLayerConcurrent(t *testing.T) {
	base := pattern(1, 4<<20)
	l := NewLayer(bytes.NewReader(base), t.TempDir())
	l.limit = 16
	defer l.Close()
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(g)))
			mine := base[g<<20 : (g+1)<<20]
			for range 200 {
				off := r.IntN(len(mine) - 5000)
				got := make([]byte, 5000)
				l.ReadAt(got, int64(g<<20+off))
				if !bytes.Equal(got, mine[off:off+5000]) {
					t.Error("reads other bytes")
					return
				}
				got[0]++
				mine[off]++
				l.WriteAt(got, int64(g<<20+off))
			}
		})
	}
	wg.Wait()
}
