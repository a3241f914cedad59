package ext_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/ext"
)

// A file system in a sparse file, with a first file in it.
func ExampleFormat() {
	dir, err := os.MkdirTemp("", "ext-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	img, err := os.Create(filepath.Join(dir, "root.img"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer img.Close()

	const size = 64 << 20
	when := time.Date(2014, 5, 13, 0, 0, 0, 0, time.UTC)
	if err := img.Truncate(size); err != nil {
		fmt.Println(err)
		return
	}
	if err := ext.Format(img, size, ext.FormatOptions{Type: "ext3", Label: "lb-root", Time: when}); err != nil {
		fmt.Println(err)
		return
	}
	f, err := ext.OpenWritable(img, size, ext.Options{Time: when})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := f.WriteFile("hello", []byte("hello, world\n"), 0o644); err != nil {
		fmt.Println(err)
		return
	}
	if err := f.Sync(); err != nil {
		fmt.Println(err)
		return
	}
	list, err := f.ReadDir(".")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range list {
		fmt.Println(e)
	}
	// Output:
	// - hello
	// d lost+found/
}

// What Format makes, Open reads: in every shape.
func TestFormatOpens(t *testing.T) {
	for _, o := range []ext.FormatOptions{
		{}, {Modern: true}, {Type: "ext2"}, {Type: "ext3"}, {Type: "ext3", BlockSize: 1024, InodeSize: 128},
		{Modern: true, BlockSize: 1024}, {BlockSize: 2048, JournalBlocks: -1},
	} {
		t.Run(fmt.Sprintf("%s,%t,%d,%d", o.Type, o.Modern, o.BlockSize, o.InodeSize), func(t *testing.T) {
			const size = 40 << 20
			img, err := os.Create(filepath.Join(t.TempDir(), "img"))
			if err != nil {
				t.Fatal(err)
			}
			defer img.Close()
			if err := img.Truncate(size); err != nil {
				t.Fatal(err)
			}
			if err := ext.Format(img, size, o); err != nil {
				t.Fatal(err)
			}
			f, err := ext.Open(img, size)
			if err != nil {
				t.Fatal(err)
			}
			names, err := fs.Glob(f, "*")
			if err != nil || len(names) != 1 || names[0] != "lost+found" {
				t.Errorf("root holds %q (%v), want lost+found", names, err)
			}
			fi, err := f.Stat("lost+found")
			if err != nil || fi.Mode() != fs.ModeDir|0o700 {
				t.Errorf("lost+found: %v, %v", fi, err)
			}
		})
	}
}

func TestFormatRefuses(t *testing.T) {
	err := ext.Format(nil, 1<<20, ext.FormatOptions{Type: "xfs"})
	if err == nil || !strings.HasPrefix(err.Error(), `formatting: type "xfs": choose`) {
		t.Errorf("got %v", err)
	}
}
