package ext

import (
	"crypto/sha256"
	"encoding/binary"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

const chunkSize = 1024

// layer is a device in memory over bytes that it leaves as they are: many
// edits of one image cost what they change.
type layer struct {
	base   []byte
	chunks map[int64][]byte // what was written, by number
}

func newLayer(base []byte) *layer { return &layer{base, map[int64][]byte{}} }

func (l *layer) each(n int, off int64, do func(chunk int64, from, to int, at int)) {
	for done := 0; done < n; {
		at := off + int64(done)
		from := int(at % chunkSize)
		k := min(n-done, chunkSize-from)
		do(at/chunkSize, from, from+k, done)
		done += k
	}
}

func (l *layer) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off > int64(len(l.base)) {
		return 0, io.EOF
	}
	n := min(len(p), len(l.base)-int(off))
	l.each(n, off, func(chunk int64, from, to, at int) {
		if c := l.chunks[chunk]; c != nil {
			copy(p[at:], c[from:to])
			return
		}
		copy(p[at:], l.base[chunk*chunkSize+int64(from):chunk*chunkSize+int64(to)])
	})
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (l *layer) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 || off+int64(len(p)) > int64(len(l.base)) {
		panic("a write outside the device")
	}
	l.each(len(p), off, func(chunk int64, from, to, at int) {
		c := l.chunks[chunk]
		if c == nil {
			c = slices.Clone(l.base[chunk*chunkSize:][:chunkSize])
			l.chunks[chunk] = c
		}
		copy(c[from:to], p[at:])
	})
	return len(p), nil
}

// sum is the same for the same bytes, whichever way they came about.
func (l *layer) sum() [32]byte { return l.sumOf(func(int64) bool { return true }) }

// sumInUse leaves out what lies in free blocks.
func (l *layer) sumInUse() ([32]byte, error) {
	f, err := Open(l, int64(len(l.base)))
	if err != nil {
		return [32]byte{}, err
	}
	used, err := blocksInUse(f)
	return l.sumOf(func(off int64) bool { return used[off/int64(f.bs)] }), err
}

// blocksInUse reads the bitmaps; what lies in front of the first block counts too.
func blocksInUse(f *FS) ([]bool, error) {
	used := make([]bool, f.blocks)
	for blk := range f.first {
		used[blk] = true
	}
	for n := range f.groups {
		b, err := f.blockBitmap(n)
		if err != nil {
			return used, err
		}
		for i := range f.groupBlocks(n) {
			used[f.groupStart(n)+uint64(i)] = bit(b, i>>f.shift)
		}
	}
	return used, nil
}

func (l *layer) sumOf(counts func(off int64) bool) (out [32]byte) {
	h := sha256.New()
	for _, n := range slices.Sorted(maps.Keys(l.chunks)) {
		if c := l.chunks[n]; string(c) != string(l.base[n*chunkSize:][:chunkSize]) && counts(n*chunkSize) {
			var at [8]byte
			binary.LittleEndian.PutUint64(at[:], uint64(n))
			h.Write(at[:])
			h.Write(c)
		}
	}
	h.Sum(out[:0])
	return out
}

// dock is a file that becomes one layer after the other, for programs to look at.
type dock struct {
	f     *os.File
	dirty map[int64]bool // chunks that differ from the base
}

func newDock(t testing.TB, base []byte) *dock {
	t.Helper()
	f, err := os.Create(filepath.Join(scratch(t), "img"))
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	must(t, f.Truncate(int64(len(base))))
	for off := 0; off < len(base); off += chunkSize {
		if part := base[off : off+chunkSize]; !isZero(part) {
			_, err := f.WriteAt(part, int64(off))
			must(t, err)
		}
	}
	return &dock{f, map[int64]bool{}}
}

func (d *dock) put(t testing.TB, l *layer) {
	t.Helper()
	write := func(n int64, b []byte) {
		if _, err := d.f.WriteAt(b, n*chunkSize); err != nil {
			t.Fatal(err)
		}
	}
	for n := range d.dirty {
		if l.chunks[n] == nil {
			write(n, l.base[n*chunkSize:][:chunkSize])
		}
	}
	clear(d.dirty)
	for n, c := range l.chunks {
		write(n, c)
		d.dirty[n] = true
	}
}

// scratch gives a folder, in memory where the system has one for that.
func scratch(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "ext-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// A layer reads as what was written to it, leaves its base, and has the same
// sum as another that came to the same bytes; a dock shows one after the other.
func TestLayer(t *testing.T) {
	base := data("base", 64<<10)
	keep := slices.Clone(base)
	want := slices.Clone(base)
	a, b := newLayer(base), newLayer(base)
	write := func(l *layer, p []byte, off int64) {
		_, err := l.WriteAt(p, off)
		must(t, err)
	}
	same := func(what string, r io.ReaderAt, want []byte) {
		t.Helper()
		got := make([]byte, len(want))
		if n, err := r.ReadAt(got, 0); n != len(want) || err != nil || string(got) != string(want) {
			t.Errorf("%s: %d bytes, %v", what, n, err)
		}
	}
	d := newDock(t, base)
	d.put(t, a)
	same("the base in a file", d.f, base)
	for i, off := range []int64{0, 1000, 5000, 64<<10 - 10} {
		p := data("w", 10+i)[:10]
		write(a, p, off)
		copy(want[off:], p)
	}
	same("a layer", a, want)
	if a.sum() == b.sum() {
		t.Error("other bytes have the same sum")
	}
	write(b, []byte("gone again"), 30_000)
	write(b, base[30_000:30_010], 30_000)
	if b.sum() != newLayer(base).sum() {
		t.Error("the same bytes have another sum")
	}
	for _, l := range []*layer{a, b, a} {
		got := make([]byte, len(base))
		_, err := l.ReadAt(got, 0)
		must(t, err)
		d.put(t, l)
		same("a layer in a file", d.f, got)
	}
	if string(base) != string(keep) {
		t.Error("the base has changed")
	}
	if n, err := a.ReadAt(make([]byte, 100), 64<<10-10); n != 10 || err != io.EOF {
		t.Errorf("behind the end: %d, %v", n, err)
	}
}
