package outfile

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A copy has the bytes, and no more blocks than what it is a copy of.
func TestCopyOf(t *testing.T) {
	dir := t.TempDir()
	src, err := os.Create(filepath.Join(dir, "src"))
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for _, at := range []int64{0, 3<<20 + 5, 200 << 20} {
		if _, err := src.WriteAt(bytes.Repeat([]byte("data"), 5000), at); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(src.Truncate(230<<20), src.Chmod(0o640)); err != nil {
		t.Fatal(err)
	}
	f, err := Create(filepath.Join(dir, "dst"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := errors.Join(f.CopyOf(context.Background(), src), f.TakeAttrs(src)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("more"), 100<<20); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(src.Name())
	if err != nil {
		t.Fatal(err)
	}
	copy(want[100<<20:], "more")
	got, err := os.ReadFile(filepath.Join(dir, "dst"))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	st, err := os.Stat(filepath.Join(dir, "dst"))
	if err != nil {
		t.Fatal(err)
	}
	if st.Mode() != 0o640 {
		t.Errorf("mode %v", st.Mode())
	}
	if blocks := st.Sys().(*syscall.Stat_t).Blocks; blocks > 2048 {
		t.Errorf("%d sectors for 60 KB", blocks)
	}
}

// By hand, where the kernel does not copy.
func TestCopyByHand(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := os.WriteFile(path, []byte("0123456789"), 0o644); err != nil {
		t.Fatal(err)
	}
	src, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	dst, err := os.Create(filepath.Join(dir, "b"))
	if err != nil {
		t.Fatal(err)
	}
	defer dst.Close()
	if n, err := copyByHand(dst, src, 4, 100); n != 6 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if got, _ := os.ReadFile(dst.Name()); string(got) != "\x00\x00\x00\x00456789" {
		t.Errorf("%q", got)
	}
	if _, err := copyByHand(dst, src, 10, 1); err == nil {
		t.Error("bytes that are not there pass")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	f, err := Create(filepath.Join(dir, "c"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.CopyOf(ctx, src); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
