package ext

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// A map that names blocks which are free is not written through: another file may
// have them by then. What lies on the disk stays as it is.
func TestFreeBlocksAreNotWritten(t *testing.T) {
	for _, name := range []string{"ext3_1k_256", "ext4_el6", "ext4_csum_1k"} {
		for what, change := range map[string]func(f *FS) error{
			"contents":  func(f *FS) error { return f.WriteFile("victim/file", data("new", 3000), 0) },
			"at offset": func(f *FS) error { return writeAt(f, "victim/file", []byte("new"), 100) },
			"cut":       func(f *FS) error { return f.Truncate("victim/file", 10) },
			"names":     func(f *FS) error { return f.Mkdir("victim/new", 0o755) },
			"attribute": func(f *FS) error { return f.SetXattr("victim/file", "user.b", data("b", 300)) },
			"removal":   func(f *FS) error { return f.RemoveAll("victim") },
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				img := copyOf(t, shapeNamed(t, name))
				f := edit(t, img)
				must(t, f.Mkdir("victim", 0o755))
				must(t, f.WriteFile("victim/file", data("old", 5001), 0o644))
				must(t, f.SetXattr("victim/file", "user.a", data("a", 300)))
				for _, file := range []string{"victim", "victim/file"} {
					s, err := f.get(file, false)
					must(t, err)
					must(t, s.in.eachRun(func(r run) error { return free(f, r) }, nil))
					if blk := s.in.aclBlock(); blk != 0 {
						must(t, free(f, run{blk, blk + 1}))
					}
				}
				f.edited = true
				must(t, f.Sync())
				before, err := os.ReadFile(img.Name())
				must(t, err)

				f = edit(t, img)
				err = change(f)
				var corrupt *CorruptError
				if !errors.As(err, &corrupt) {
					t.Errorf("%v instead of an error about damage", err)
				}
				if err := f.Sync(); err != nil && f.failed == nil {
					t.Error(err)
				}
				after, err := os.ReadFile(img.Name())
				must(t, err)
				if !bytes.Equal(before, after) {
					t.Error("the image has changed")
				}
			})
		}
	}
}

// free marks blocks as free and nothing else.
func free(f *FS, r run) error {
	for blk := r.start; blk < r.end; blk++ {
		n := f.groupOf(blk)
		b, err := f.editBlockBitmap(n)
		if err != nil {
			return err
		}
		off := uint32(blk - f.groupStart(n))
		setBits(b, off, off+1, false)
		var g layout.Group = f.editDesc(n)
		g.SetFreeBlocksCount(g.FreeBlocksCount() + 1)
		f.free++
	}
	return nil
}

func writeAt(f *FS, name string, b []byte, off int64) error {
	w, err := f.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer w.Close()
	_, err = w.WriteAt(b, off)
	return err
}
