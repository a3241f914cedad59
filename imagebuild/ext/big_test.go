package ext

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"lbimage/imagebuild/ext/internal/extents"
)

// formatted makes a file system in a sparse file, by Format.
func formatted(t testing.TB, size int64, o FormatOptions) *os.File {
	t.Helper()
	img, err := os.Create(filepath.Join(t.TempDir(), "made.img"))
	must(t, err)
	t.Cleanup(func() { _ = img.Close() })
	must(t, img.Truncate(size))
	o.Time = stampTime
	must(t, Format(img, size, o))
	return img
}

// long skips what takes more than seconds, unless EXT_BIG is set.
func long(t testing.TB) {
	t.Helper()
	if os.Getenv("EXT_BIG") == "" {
		t.Skip("EXT_BIG is not set: make big runs it")
	}
}

// A folder with 100,000 names: made, looked up, half of them removed. The kernel
// sees as many.
func TestBigFolder(t *testing.T) {
	n := 20_000
	if os.Getenv("EXT_BIG") != "" {
		n = 100_000
	}
	for name, o := range map[string]FormatOptions{
		"ext3 1k": {Type: "ext3", BlockSize: 1024, InodeSize: 128, Inodes: 110_000, JournalBlocks: 1024},
		"ext4 4k": {Type: "ext4", BlockSize: 4096, Modern: true, Inodes: 110_000, JournalBlocks: 1024},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := formatted(t, 512<<20, o)
			f := edit(t, img)
			must(t, f.Mkdir("many", 0o755))
			at := func(i int) string { return fmt.Sprintf("many/a-name-of-some-length-%d", i) }
			for i := range n {
				must(t, f.Mknod(at(i), fs.ModeNamedPipe|0o644, 0, 0))
			}
			f = finish(t, f, img)
			for i := 0; i < n; i += 7 {
				if _, err := f.Lstat(at(i)); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := f.Lstat(at(n)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a name that was not made: %v", err)
			}
			for i := 0; i < n; i += 2 {
				must(t, f.Remove(at(i)))
			}
			f = finish(t, f, img)
			list, err := f.ReadDir("many")
			must(t, err)
			if len(list) != n/2 {
				t.Errorf("%d names, not %d", len(list), n/2)
			}
			if os.Getuid() != 0 || runtime.GOOS != "linux" {
				return
			}
			dir := mount(t, img.Name(), "ro,noload")
			seen, err := os.ReadDir(filepath.Join(dir, "many"))
			must(t, err)
			if len(seen) != n/2 {
				t.Errorf("the kernel sees %d names, not %d", len(seen), n/2)
			}
			for i := 0; i < n; i += 501 {
				if _, err := os.Lstat(filepath.Join(dir, at(i))); (err == nil) != (i%2 == 1) {
					t.Errorf("the kernel, %s: %v", at(i), err)
				}
			}
		})
	}
}

// As many subfolders as the format counts, and where it may, more.
func TestBigLinks(t *testing.T) {
	for _, c := range []struct {
		name  string
		o     FormatOptions
		most  int // subfolders, 0 for no limit
		tried []int
		links map[int]uint32
		long  bool
	}{
		{"ext3", FormatOptions{Type: "ext3", BlockSize: 1024, InodeSize: 128}, 31_998, []int{31_998}, map[int]uint32{31_998: 32_000}, false},
		{"ext4", FormatOptions{Type: "ext4", BlockSize: 1024}, 0, []int{64_996, 64_997, 64_998, 64_999, 65_000, 66_000},
			map[int]uint32{64_996: 64_998, 64_997: 64_999, 66_000: 1}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.long {
				long(t)
			}
			t.Parallel()
			c.o.Inodes, c.o.JournalBlocks = 67_000, 1024
			img := formatted(t, 128<<20, c.o)
			f := edit(t, img)
			must(t, f.Mkdir("d", 0o755))
			n := 0
			for _, want := range c.tried {
				for ; n < want; n++ {
					must(t, f.Mkdir(fmt.Sprint("d/", n), 0o755))
				}
				f = finish(t, f, img)
				if have, want := stat(t, f, "d").Nlink, c.links[n]; want != 0 && have != want {
					t.Errorf("%d subfolders: %d links, not %d", n, have, want)
				}
			}
			if c.most != 0 {
				for what, err := range map[string]error{
					"mkdir":  f.Mkdir("d/more", 0o755),
					"rename": errors.Join(ignore(f.Mkdir("more", 0o755), fs.ErrExist), f.Rename("more", "d/more")),
				} {
					if !errors.Is(err, ErrTooManyLinks) {
						t.Errorf("%s: one more: %v", what, err)
					}
				}
				must(t, f.Remove("more"))
				must(t, f.Sync())
			}
			if os.Getuid() == 0 && runtime.GOOS == "linux" {
				dir := mount(t, img.Name(), "rw")
				for i := n; i < n+3; i++ {
					must(t, os.Mkdir(filepath.Join(dir, fmt.Sprint("d/", i)), 0o755)) // the driver of ext4 counts further on ext3, too
				}
				must(t, os.Remove(filepath.Join(dir, "d/5")))
				unmount(t, dir)
				judge(t, img.Name())
				f = edit(t, img)
			}
			for i := range n + 3 {
				must(t, ignore(f.Remove(fmt.Sprint("d/", i)), fs.ErrNotExist))
				if i == 3000 {
					f = finish(t, f, img)
				}
			}
			f = finish(t, f, img)
			must(t, f.Remove("d"))
			finish(t, f, img)
		})
	}
}

// A sparse file of 5 GiB holds what was written to it, for us and for the kernel.
func TestBigSparseFile(t *testing.T) {
	for name, o := range map[string]FormatOptions{
		"ext3 1k": {Type: "ext3", BlockSize: 1024},
		"ext3 4k": {Type: "ext3"},
		"ext4 4k": {Type: "ext4", Modern: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := formatted(t, 64<<20, o)
			f := edit(t, img)
			const size = 5 << 30
			w, err := f.OpenFile("sparse", os.O_CREATE|os.O_RDWR, 0o644)
			must(t, err)
			pieces := map[int64][]byte{}
			for i, off := range []int64{0, 12<<10 - 7, 300<<10 + 1, 70 << 20, 1<<31 - 1000, 1<<32 - 3000, 1<<32 + 50_000, size - 10_000} {
				pieces[off] = data(fmt.Sprint("piece", i), 5000+i)
				_, err := w.WriteAt(pieces[off], off)
				must(t, err)
			}
			must(t, w.Truncate(size))
			f = finish(t, f, img)
			if fi := stat(t, f, "sparse"); fi.Size != size || fi.Sectors > 2*400 {
				t.Errorf("%d bytes in %d sectors", fi.Size, fi.Sectors)
			}
			same := func(who string, r io.ReaderAt) {
				t.Helper()
				for off, want := range pieces {
					b := make([]byte, len(want)+4000) // and zeros behind
					n, err := r.ReadAt(b, off)
					if err == io.EOF && off+int64(n) == size {
						err = nil
					}
					if err != nil || !bytes.Equal(b[:len(want)], want) || !isZero(b[len(want):n]) {
						t.Errorf("%s reads something else at %d (%v)", who, off, err)
					}
				}
				if n, err := r.ReadAt(make([]byte, 10), size); n != 0 || err != io.EOF {
					t.Errorf("%s reads %d bytes behind the end (%v)", who, n, err)
				}
			}
			r, err := f.Open("sparse")
			must(t, err)
			same("we", r.(*File))
			if os.Getuid() != 0 || runtime.GOOS != "linux" {
				return
			}
			k, err := os.Open(filepath.Join(mount(t, img.Name(), "ro,noload"), "sparse"))
			must(t, err)
			defer k.Close()
			same("the kernel", k)
			if os.Getenv("EXT_BIG") == "" {
				return
			}
			ours, theirs := sha256.New(), sha256.New()
			_, err = io.Copy(ours, r)
			must(t, err)
			_, err = io.Copy(theirs, k)
			must(t, err)
			if !bytes.Equal(ours.Sum(nil), theirs.Sum(nil)) {
				t.Error("the kernel reads other bytes than we")
			}
		})
	}
}

// A file system of 2 TiB in a sparse file is made and edited.
func TestBigFileSystem(t *testing.T) {
	long(t)
	const size = 2 << 40
	for name, o := range map[string]FormatOptions{"ext3": {Type: "ext3"}, "ext4": {Type: "ext4"}, "ext4 modern": {Type: "ext4", Modern: true}} {
		t.Run(name, func(t *testing.T) {
			o.InodeRatio = 1 << 20 // e2fsck reads all inodes
			img := formatted(t, size, o)
			f := edit(t, img)
			must(t, f.MkdirAll("a/b", 0o755))
			for i := range 500 {
				must(t, f.WriteFile(fmt.Sprint("a/b/", i), data("x", i*100), 0o644))
			}
			must(t, f.WriteFrom("big", bytes.NewReader(data("big", 20<<20)), 0o644))
			must(t, f.SetXattr("big", "user.note", data("note", 1000)))
			f = finish(t, f, img)
			wantFile(t, f, "big", data("big", 20<<20))
			must(t, f.RemoveAll("a/b"))
			f = finish(t, f, img)
			wantFile(t, f, "big", data("big", 20<<20))
		})
	}
}

// 10,000 small files are added, and the kernel reads them.
func TestBigNumber(t *testing.T) {
	for name, o := range map[string]FormatOptions{
		"ext3": {Type: "ext3", BlockSize: 1024, InodeSize: 128}, "ext4": {Type: "ext4", Modern: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.Inodes, o.JournalBlocks = 11_000, 1024
			img := formatted(t, 80<<20, o)
			f := edit(t, img)
			at := func(i int) string { return fmt.Sprintf("dir%d/file%d", i%50, i) }
			for i := range 50 {
				must(t, f.Mkdir(fmt.Sprint("dir", i), 0o755))
			}
			all := data("small", 10_000)
			for i := range 10_000 {
				must(t, f.WriteFile(at(i), all[i:min(i+i%5000, len(all))], 0o644))
			}
			f = finish(t, f, img)
			look := func(who string, read func(name string) ([]byte, error)) {
				for i := range 10_000 {
					if b, err := read(at(i)); err != nil || !bytes.Equal(b, all[i:min(i+i%5000, len(all))]) {
						t.Fatalf("%s, %s: %d bytes, %v", who, at(i), len(b), err)
					}
				}
			}
			look("we", f.ReadFile)
			if os.Getuid() == 0 && runtime.GOOS == "linux" {
				dir := mount(t, img.Name(), "ro,noload")
				look("the kernel", func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, name)) })
			}
		})
	}
}

// A file of 100 MiB lands in few extents, in whatever pieces it is written.
func TestFewExtents(t *testing.T) {
	const size = 100 << 20
	for name, o := range map[string]FormatOptions{"ext4": {Type: "ext4"}, "ext4 modern": {Type: "ext4", Modern: true}} {
		for _, piece := range []int{size, 1 << 20, 10_000} {
			t.Run(fmt.Sprint(name, " ", piece), func(t *testing.T) {
				const whole = 512 << 20
				img := formatted(t, whole, o)
				dev := &sieve{ReadWriterAt: img, from: 64 << 10}
				f, err := OpenWritable(dev, whole, Options{Time: editTime})
				must(t, err)
				w, err := f.OpenFile("large", os.O_CREATE|os.O_WRONLY, 0o644)
				must(t, err)
				b := make([]byte, piece)
				for left := size; left > 0; left -= piece {
					_, err := w.Write(b[:min(left, piece)])
					must(t, err)
				}
				must(t, f.Sync())
				judge(t, img.Name())
				s, err := f.get("large", true)
				must(t, err)
				n := 0
				must(t, s.in.tree().Each(func(extents.Extent) error { n++; return nil }, nil))
				if n > 4 {
					t.Errorf("%d extents", n)
				}
			})
		}
	}
}

// sieve drops writes of nothing but zeros, of a size that only contents have: they land
// where the file has a hole.
type sieve struct {
	ReadWriterAt
	from int
}

func (s *sieve) WriteAt(p []byte, off int64) (int, error) {
	if len(p) >= s.from && isZero(p) {
		return len(p), nil
	}
	return s.ReadWriterAt.WriteAt(p, off)
}
