package ext

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Blocks larger than the pages of most machines, which no kernel here mounts:
// e2fsck alone judges. A folder grows to several index blocks, files get maps
// with nodes of their own, and all of it goes again.
func TestLargeBlocks(t *testing.T) {
	for _, o := range []FormatOptions{{Type: "ext2"}, {Type: "ext3"}, {Type: "ext4"}, {Type: "ext4", Modern: true}} {
		for _, o.BlockSize = range []int{8192, 32768, 65536} {
			o := o
			t.Run(fmt.Sprintf("%s %t %d", o.Type, o.Modern, o.BlockSize), func(t *testing.T) {
				t.Parallel()
				const size = 400 << 20
				o.Time, o.Inodes = stampTime, 6000
				img, err := os.Create(filepath.Join(t.TempDir(), "img"))
				must(t, err)
				defer img.Close()
				must(t, img.Truncate(size))
				must(t, Format(img, size, o))
				judge(t, img.Name())
				f := edit(t, img)
				must(t, f.Mkdir("many", 0o755))
				const names = 4000
				for i := range names {
					must(t, f.Symlink("x", fmt.Sprintf("many/a name of some length, so that it takes room %d", i)))
				}
				long := data("long", 100*o.BlockSize+77)
				must(t, f.WriteFile("long", long, 0o600))
				must(t, f.WriteFile("holes", nil, 0o600))
				h, err := f.OpenFile("holes", os.O_RDWR, 0)
				must(t, err)
				for i := range 40 { // more extents than the inode holds
					_, err := h.WriteAt([]byte("here"), int64(i*3*o.BlockSize))
					must(t, err)
				}
				must(t, h.Close())
				must(t, f.SetXattr("long", "user.note", data("note", o.BlockSize/2)))
				f = finish(t, f, img)
				wantFile(t, f, "long", long)
				holes := make([]byte, 39*3*o.BlockSize+4)
				for i := range 40 {
					copy(holes[i*3*o.BlockSize:], "here")
				}
				wantFile(t, f, "holes", holes)
				list, err := f.ReadDir("many")
				must(t, err)
				if len(list) != names {
					t.Errorf("%d names instead of %d", len(list), names)
				}
				for i := range names {
					if i%3 != 0 {
						must(t, f.Remove(fmt.Sprintf("many/a name of some length, so that it takes room %d", i)))
					}
				}
				must(t, f.Truncate("long", int64(o.BlockSize)+1))
				must(t, f.Truncate("holes", 100))
				f = finish(t, f, img)
				wantFile(t, f, "long", long[:o.BlockSize+1])
				must(t, f.RemoveAll("many"))
				finish(t, f, img)
			})
		}
	}
}
