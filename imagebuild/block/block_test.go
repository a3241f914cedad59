package block

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"
)

func pattern(seed uint64, n int) []byte {
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	p := make([]byte, n)
	r.Read(p)
	return p
}

func readAll(t *testing.T, d Device) []byte {
	t.Helper()
	p := make([]byte, d.Size())
	n, err := d.ReadAt(p, 0)
	if n != len(p) || err != nil {
		t.Fatalf("ReadAt all %d bytes: %d, %v", len(p), n, err)
	}
	return p
}

// checkData holds NextData and DataRanges of d against its content.
func checkData(t *testing.T, d Device) (data int64) {
	t.Helper()
	all := readAll(t, d)
	ranges, err := DataRanges(d, 0, d.Size())
	if err != nil {
		t.Fatal(err)
	}
	last := int64(0)
	for i, r := range ranges {
		if r.Len <= 0 || r.Off < last || i > 0 && r.Off == last || r.End() > d.Size() {
			t.Fatalf("range %d is %+v after %d of %d", i, r, last, d.Size())
		}
		if !IsZero(all[last:r.Off]) {
			t.Fatalf("hole %d to %d has data", last, r.Off)
		}
		last = r.End()
		data += r.Len
	}
	if !IsZero(all[last:]) {
		t.Fatalf("hole %d to the end has data", last)
	}
	return data
}

func TestIsZero(t *testing.T) {
	for _, n := range []int{0, 1, 2, 7, 15, 16, 17, 4095, 4096, 4097, 9000} {
		p := make([]byte, n)
		if !IsZero(p) {
			t.Errorf("%d zeros are not zero", n)
		}
		for i := range p {
			p[i] = 1
			if IsZero(p) {
				t.Errorf("%d bytes with one at %d are zero", n, i)
			}
			p[i] = 0
		}
	}
}

func TestSection(t *testing.T) {
	all := pattern(1, 10000)
	base := bytes.NewReader(all)
	s, err := Section(base, 100, 9000)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(readAll(t, s), all[100:9100]) {
		t.Error("section reads other bytes")
	}
	if err := iotest.TestReader(io.NewSectionReader(s, 0, s.Size()), all[100:9100]); err != nil {
		t.Error(err)
	}
	if _, ok := s.(Writable); ok {
		t.Error("a section of a read-only device is writable")
	}
	for _, r := range []Range{{-1, 5}, {0, 10001}, {10001, 0}, {9999, 2}, {5, -1}, {1 << 62, 1 << 62}} {
		if _, err := Section(base, r.Off, r.Len); !errors.Is(err, ErrRange) {
			t.Errorf("section %+v: %v", r, err)
		}
	}
	l := NewLayer(base, t.TempDir())
	defer l.Close()
	s, err = Section(l, 100, 9000)
	if err != nil {
		t.Fatal(err)
	}
	w, ok := s.(Writable)
	if !ok {
		t.Fatal("a section of a layer is not writable")
	}
	if _, err := w.WriteAt([]byte("abc"), 8998); !errors.Is(err, ErrRange) {
		t.Errorf("write across the end: %v", err)
	}
	if _, err := w.WriteAt([]byte("abc"), 8997); err != nil {
		t.Fatal(err)
	}
	want := slices.Clone(all)
	copy(want[9097:], "abc")
	if !bytes.Equal(readAll(t, l), want) {
		t.Error("section wrote elsewhere")
	}
	if n, err := s.ReadAt(make([]byte, 10), 8995); n != 5 || err != io.EOF {
		t.Errorf("read across the end: %d, %v", n, err)
	}
}

func TestSparse(t *testing.T) {
	dir := t.TempDir()
	s, err := CreateSparse(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("the file has a name: %v", left)
	}
	// Pieces of odd sizes, zeros among them.
	r := rand.New(rand.NewPCG(1, 2))
	var want []byte
	for len(want) < 6<<20 {
		p := make([]byte, r.IntN(200000))
		if r.IntN(3) == 0 {
			copy(p[len(p)/3:], pattern(uint64(len(want)), len(p)/5))
		}
		if n, err := s.Write(p); n != len(p) || err != nil {
			t.Fatal(n, err)
		}
		want = append(want, p...)
	}
	if s.Size() != int64(len(want)) || !bytes.Equal(readAll(t, s), want) {
		t.Fatal("reads other bytes than were written")
	}
	checkData(t, s)
	// Zeros over data must be stored.
	for i := 0; i < 50; i++ {
		off := r.IntN(len(want) - 100000)
		p := make([]byte, r.IntN(100000))
		if i%2 == 0 {
			p = pattern(uint64(i), len(p))
		}
		if _, err := s.WriteAt(p, int64(off)); err != nil {
			t.Fatal(err)
		}
		copy(want[off:], p)
	}
	s.Grow(int64(len(want)) + 12345)
	want = append(want, make([]byte, 12345)...)
	if !bytes.Equal(readAll(t, s), want) {
		t.Fatal("reads other bytes than were written over")
	}
	checkData(t, s)
	if _, err := s.WriteAt(want[:1], -1); !errors.Is(err, ErrRange) {
		t.Error(err)
	}
	if n, err := s.ReadAt(make([]byte, 5), s.Size()); n != 0 || err != io.EOF {
		t.Error(n, err)
	}
}

func TestSparseTakesNoRoom(t *testing.T) {
	s, err := CreateSparse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	zero := make([]byte, 1<<20)
	for range 64 {
		s.Write(zero)
	}
	s.Write([]byte("end"))
	var st syscall.Stat_t
	if err := syscall.Fstat(int(s.f.Fd()), &st); err != nil {
		t.Fatal(err)
	}
	if got := st.Blocks * 512; got > 1<<20 {
		t.Errorf("64 MiB of zeros and 3 bytes take %d bytes on disk", got)
	}
	if data := checkData(t, s); data > 1<<20 {
		t.Logf("the file system of %s does not tell holes: %d bytes of data", t.TempDir(), data)
	}
}

func TestOpenFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "disk.img")
	if err := os.WriteFile(path, pattern(3, 5000), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 10<<20); err != nil {
		t.Fatal(err)
	}
	f, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Size() != 10<<20 {
		t.Error(f.Size())
	}
	checkData(t, f)
	// A file that shrinks is not taken for zeros.
	if err := os.Truncate(path, 8192); err != nil {
		t.Fatal(err)
	}
	start, _, err := NextData(f, 9<<20)
	if err != nil {
		t.Fatal(err)
	}
	if start == f.Size() {
		t.Error("bytes that are gone are taken for a hole")
	}
	if _, err := f.ReadAt(make([]byte, 100), start); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{dir, fifo, filepath.Join(dir, "none"), os.DevNull} {
		if f, err := OpenFile(bad); err == nil {
			f.Close()
			t.Errorf("%s was opened", bad)
		}
	}
}

func TestBitmapRanges(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 50 {
		var b bitmap
		const n = 3*pageBits + 70
		want := make([]bool, n)
		for range 30 {
			at := r.IntN(n)
			for k := range r.IntN(200) {
				if at+k < n {
					b.set(int64(at + k))
					want[at+k] = true
				}
			}
		}
		got := make([]bool, n)
		for _, g := range b.ranges(n * BlockSize) {
			for k := g.Off / BlockSize; k < g.End()/BlockSize; k++ {
				got[k] = true
			}
		}
		if !slices.Equal(got, want) {
			t.Fatal("ranges differ from what was set")
		}
		for at := 0; at < n; {
			k := int(b.run(int64(at), n))
			for i := at; i < min(at+k, n); i++ {
				if want[i] != want[at] {
					t.Fatal("run is not of one kind")
				}
			}
			if at+k < n && want[at+k] == want[at] {
				t.Fatal("run is too short")
			}
			at += k
		}
	}
}

func BenchmarkLayerWrite4K(b *testing.B) {
	l := NewLayer(bytes.NewReader(make([]byte, 64<<20)), b.TempDir())
	defer l.Close()
	p := pattern(1, 4096)
	b.SetBytes(4096)
	for i := 0; b.Loop(); i++ {
		p[0]++
		l.WriteAt(p, int64(i*4096%(64<<20)))
	}
}

func BenchmarkSparseWrite(b *testing.B) {
	p := make([]byte, 1<<20)
	copy(p[400000:], pattern(1, 300000))
	s, err := CreateSparse(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.SetBytes(1 << 20)
	for i := 0; b.Loop(); i++ {
		s.WriteAt(p, int64(i%512)<<20)
	}
}

func TestSparseAppendConcurrently(t *testing.T) {
	s, err := CreateSparse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 100 {
				want := pattern(uint64(g*100+i), i*97)
				if i%3 == 0 {
					clear(want[i:])
				}
				off, err := s.Append(want)
				if err != nil {
					t.Error(err)
					return
				}
				got := make([]byte, len(want))
				if len(got) == 0 {
					continue
				}
				if n, err := s.ReadAt(got, off); n != len(got) || !bytes.Equal(got, want) {
					t.Errorf("%d bytes at %d read back as others: %v", len(got), off, err)
				}
			}
		})
	}
	wg.Wait()
	if want := int64(4 * 97 * 99 * 100 / 2); s.Size() != want {
		t.Errorf("size %d, want %d", s.Size(), want)
	}
	checkData(t, s)
}

func TestTempError(t *testing.T) {
	full := &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	if err := tempError(full); !errors.Is(err, syscall.ENOSPC) || !strings.HasSuffix(err.Error(), "another folder in TMPDIR") {
		t.Error(err)
	}
	if err := tempError(os.ErrClosed); err.Error() != "temporary file: file already closed" {
		t.Error(err)
	}
}
