package ext

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
	"testing/iotest"
)

// io.Copy moves contents of any size from a file to another of the same file system,
// by the short way.
func TestCopyWithin(t *testing.T) {
	for _, name := range []string{"ext3_1k_256", "ext4_csum_1k"} {
		img := copyOf(t, shapeNamed(t, name))
		f := edit(t, img)
		for i, size := range []int{0, 1, streamBytes - 1, streamBytes, streamBytes + 1, 2*streamBytes + 333} {
			want := data("copy", size)
			must(t, f.WriteFrom("etc/from", iotest.OneByteReader(bytes.NewReader(want[:min(size, 5000)])), 0o644))
			must(t, f.WriteFrom("etc/from", bytes.NewReader(want), 0o644))
			r, err := f.OpenFile("etc/from", os.O_RDONLY, 0)
			must(t, err)
			w, err := f.OpenFile("etc/to", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
			must(t, err)
			if n, err := io.Copy(w, r); err != nil || n != int64(size) {
				t.Errorf("%d: %d bytes, %v", i, n, err)
			}
			if n, err := io.Copy(w, r); err != nil || n != 0 {
				t.Errorf("%d: %d bytes behind the end, %v", i, n, err)
			}
			_, err = r.Seek(int64(size/2), io.SeekStart)
			must(t, err)
			if n, err := w.ReadFrom(r); err != nil || n != int64(size-size/2) {
				t.Errorf("%d: %d bytes from the middle, %v", i, n, err)
			}
			wantFile(t, f, "etc/to", append(want, want[size/2:]...))
			// A nested copy has a buffer of its own.
			must(t, f.WriteFrom("etc/again", r, 0o644))
			wantFile(t, f, "etc/again", nil)
			_, err = r.Seek(0, io.SeekStart)
			must(t, err)
			must(t, f.WriteFrom("etc/again", r, 0o644))
			wantFile(t, f, "etc/again", want)
			must(t, r.Close())
			must(t, w.Close())
			if _, err := r.WriteTo(io.Discard); err == nil {
				t.Error("a closed file is read")
			}
			if _, err := w.ReadFrom(bytes.NewReader([]byte("x"))); err == nil {
				t.Error("a closed file is written")
			}
		}
		finish(t, f, img)
	}
}

// A source that fails leaves what was read up to then, however long the file was.
func TestWriteFromFails(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_el6"))
	f := edit(t, img)
	stop := errors.New("stop")
	for _, size := range []int{0, 700, streamBytes, streamBytes + 700} {
		must(t, f.WriteFile("etc/file", data("old", 2*streamBytes), 0o644))
		want := data("new", size)
		err := f.WriteFrom("etc/file", io.MultiReader(bytes.NewReader(want), iotest.ErrReader(stop)), 0o644)
		if !errors.Is(err, stop) {
			t.Errorf("%d: %v", size, err)
		}
		wantFile(t, f, "etc/file", want)
	}
	finish(t, f, img)
}

// A writer that takes less than it is given, or fails, ends the copy with what it took.
func TestWriteToFails(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_el6"))
	f := edit(t, img)
	must(t, f.WriteFile("etc/file", data("x", 5000), 0o644))
	stop := errors.New("stop")
	for _, c := range []struct{ give, want error }{{nil, io.ErrShortWrite}, {stop, stop}} {
		r, err := f.OpenFile("etc/file", os.O_RDONLY, 0)
		must(t, err)
		n, err := r.WriteTo(writerFunc(func(p []byte) (int, error) { return 10, c.give }))
		if n != 10 || !errors.Is(err, c.want) {
			t.Errorf("%d, %v", n, err)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (w writerFunc) Write(p []byte) (int, error) { return w(p) }
