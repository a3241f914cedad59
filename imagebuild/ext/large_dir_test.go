package ext

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// With large_dir an index has a third level, where folders without it are full.
func TestLargeDir(t *testing.T) {
	for _, c := range []struct{ name, args string }{
		{"two levels", "-b 1024 -I 256 -N 64 -O none," + drop(feat8, "has_journal")},
		{"three levels", "-b 1024 -I 256 -N 64 -O none," + drop(feat8, "has_journal") + ",large_dir"},
		{"three levels, no checksums", "-b 1024 -I 128 -N 64 -O none," + drop(feat3, "has_journal") + ",large_dir"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			large := strings.Contains(c.args, "large_dir")
			img := makeImage(t, 64<<20, 0, strings.Fields(c.args)...)
			f := edit(t, img)
			must(t, f.Mkdir("d", 0o755))
			must(t, f.WriteFile("file", nil, 0o644))
			name := func(i int) string { return fmt.Sprintf("d/%s%06d", strings.Repeat("long", 62), i) }
			const most = 24_000
			n := 0
			for ; n < most; n++ {
				err := f.Link("file", name(n)) // no inodes are needed
				if errors.Is(err, ErrDirFull) && !large {
					break
				}
				must(t, err)
			}
			levels := func() int {
				s, err := f.get("d", false)
				must(t, err)
				b, err := blocksOf{s.in}.Read(0)
				must(t, err)
				return int(b[24+6]) + 1
			}
			t.Logf("%d names, %d levels", n, levels())
			if large && levels() != 3 || !large && (levels() != 2 || n == most) {
				t.Errorf("%d names with %d levels", n, levels())
			}
			f = finish(t, f, img)
			for i := range n {
				if i%3 == 0 {
					must(t, f.Remove(name(i)))
				} else if _, err := f.Lstat(name(i)); err != nil {
					t.Fatal(err)
				}
			}
			f = finish(t, f, img)
			for i := 0; i < n; i += 3 {
				must(t, f.Link("file", name(i)))
			}
			f = finish(t, f, img)
			list, err := f.ReadDir("d")
			if err != nil || len(list) != n {
				t.Errorf("%d names, %v", len(list), err)
			}
			must(t, f.RemoveAll("d"))
			finish(t, f, img)
		})
	}
}

// A folder of more than 4 GiB: its size needs the high half.
func TestLargeDirSize(t *testing.T) {
	if os.Getenv("EXT_BIG") == "" {
		t.Skip("set EXT_BIG to make a folder of more than 4 GiB")
	}
	img := makeImage(t, 6<<30, 0, strings.Fields("-b 65536 -I 256 -N 64 -O none,"+drop(feat4, "has_journal", "resize_inode")+",large_dir")...)
	f := edit(t, img)
	must(t, f.Mkdir("d", 0o755))
	must(t, f.WriteFile("file", nil, 0o644))
	err := f.change(func() error {
		s, err := f.get("d", false)
		if err != nil {
			return err
		}
		empty := make([]byte, f.bs)
		layout.Dirent(empty).SetRecLen(f.bs, f.bs)
		for range 1<<32/f.bs + 3 {
			if _, err := (blocksOf{s.in}).Append(empty); err != nil {
				return err
			}
			if err := f.cache.settle(); err != nil {
				return err
			}
		}
		return s.in.put()
	})
	must(t, err)
	f = finish(t, f, img)
	if got := stat(t, f, "d").Size; got <= 1<<32 {
		t.Fatalf("%d bytes", got)
	}
	must(t, f.Link("file", "d/name"))
	if _, err := f.Lstat("d/name"); err != nil {
		t.Error(err)
	}
	f = finish(t, f, img)
	must(t, f.RemoveAll("d"))
	finish(t, f, img)
}
