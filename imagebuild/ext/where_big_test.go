package ext

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// A map of a file system of 2 TiB with many files takes as much memory as any other.
func TestBigMap(t *testing.T) {
	long(t)
	const size = 2 << 40
	f := formatted(t, size, FormatOptions{})
	fsys := edit(t, f)
	for d := range 100 {
		must(t, fsys.Mkdir(fmt.Sprintf("d%d", d), 0o755))
		for i := range 300 {
			must(t, fsys.WriteFile(fmt.Sprintf("d%d/f%d", d, i), data(fmt.Sprint(d, i), 5000), 0o644))
		}
	}
	must(t, fsys.Sync())
	began := time.Now()
	w := newHeapWatch()
	m := openMap(t, f, size)
	rng := rand.New(rand.NewPCG(1, 1))
	var asked []PieceRange
	for pos := int64(0); pos < size-1000; pos += 1 + rng.Int64N(size/20000) {
		asked = append(asked, bytesAt(pos, 1))
	}
	got := pieces(t, m, asked, LocateOptions{})
	w.look()
	t.Logf("%d places in %v, %d MiB of memory", len(got), time.Since(began), w.most>>20)
	if w.most > heapLimit {
		t.Errorf("%d bytes of memory", w.most)
	}
	began = time.Now()
	files := 0
	w = newHeapWatch()
	must(t, m.Locate(context.Background(), []PieceRange{bytesAt(0, 40<<30)}, LocateOptions{Coarse: true}, func(p Piece) error {
		if p.Kind == PieceContents {
			files++
		}
		w.look()
		return nil
	}))
	t.Logf("40 GiB in %v, %d runs of files, %d MiB", time.Since(began), files, w.most>>20)
	if files < 30000 || w.most > heapLimit {
		t.Errorf("%d runs of files, %d bytes of memory", files, w.most)
	}
}
