package fsck

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// The images in testdata are small file systems with a little of everything, to
// be damaged. They are made by
//
//	EXT_SEEDS=write go test -run TestWriteSeeds ./imagebuild/ext/internal/fsck
var seedShapes = []shape{
	{name: "ext2", args: "-b 1024 -I 128 -N 256 -O none,ext_attr,filetype,dir_index,resize_inode,sparse_super", size: 768 << 10, index: true},
	{name: "ext3", args: "-b 1024 -I 256 -N 256 -J size=1 -O none,has_journal,ext_attr,filetype,dir_index", size: 5 << 20, index: true},
	{name: "ext4", args: "-b 1024 -I 256 -N 256 -g 512 -O none,extents,ext_attr,filetype,dir_index,flex_bg,uninit_bg,64bit", size: 1 << 20, index: true},
	{name: "ext4_csum", args: "-b 1024 -I 256 -N 256 -O none,extents,ext_attr,filetype,dir_index,64bit,metadata_csum,ea_inode", size: 768 << 10, index: true},
	{name: "ext4_inline", args: "-b 1024 -I 256 -N 256 -O none,extents,ext_attr,filetype,inline_data", size: 768 << 10},
	{name: "ext4_bigalloc", args: "-b 1024 -C 4096 -I 256 -N 256 -O none,extents,ext_attr,filetype,bigalloc", size: 1 << 20},
}

func TestWriteSeeds(t *testing.T) {
	if os.Getenv("EXT_SEEDS") != "write" {
		t.Skip("EXT_SEEDS=write is not set")
	}
	tree := makeTree(t, false)
	for _, name := range []string{"double", "hole"} {
		if err := os.Truncate(filepath.Join(tree, name), 290<<10); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range seedShapes {
		path := filepath.Join(t.TempDir(), "fs.img")
		s.build(t, path, tree)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var z bytes.Buffer
		w, _ := gzip.NewWriterLevel(&z, gzip.BestCompression)
		if _, err := w.Write(b); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join("testdata", s.name+".img.gz"), z.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes", s.name, z.Len())
	}
}

func seedImages(t testing.TB) (images [][]byte) {
	t.Helper()
	for _, s := range seedShapes {
		b, err := os.ReadFile(filepath.Join("testdata", s.name+".img.gz"))
		if err != nil {
			t.Fatal(err)
		}
		r, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		image, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		images = append(images, image)
	}
	return images
}

// FuzzCheck damages one of the small images: patch is a list of changes, each
// three bytes of offset and two of value. Check must end without an error and
// give the same problems when asked again.
func FuzzCheck(f *testing.F) {
	images := seedImages(f)
	for i := range images {
		f.Add(uint8(i), uint16(0), []byte{})
		f.Add(uint8(i), uint16(0), []byte{0x18, 0x04, 0x00, 0x02, 0x00})                                // block size
		f.Add(uint8(i), uint16(0), []byte{0x20, 0x04, 0x00, 0x08, 0x00, 0x24, 0x04, 0x00, 0x08, 0x00})  // blocks per group
		f.Add(uint8(i), uint16(1), []byte{0x60, 0x04, 0x00, 0xFF, 0x00, 0x64, 0x04, 0x00, 0xFF, 0x00})  // features
		f.Add(uint8(i), uint16(99), []byte{0x00, 0x18, 0x00, 0x41, 0xED, 0x28, 0x18, 0x00, 0x05, 0x00}) // an inode
	}
	f.Fuzz(func(t *testing.T, which uint8, cut uint16, patch []byte) {
		b := slices.Clone(images[int(which)%len(images)])
		for ; len(patch) >= 5; patch = patch[5:] {
			at := (int(patch[0]) | int(patch[1])<<8 | int(patch[2])<<16) % (len(b) - 1)
			binary.LittleEndian.PutUint16(b[at:], binary.LittleEndian.Uint16(patch[3:]))
		}
		b = b[:len(b)-int(cut)]
		check := func() []Problem {
			found, err := Check(context.Background(), bytes.NewReader(b), int64(len(b)), Options{MaxProblems: 50, Now: time.Unix(1800000000, 0)})
			if err != nil && !errors.Is(err, ErrNoFileSystem) {
				t.Fatalf("%v", err)
			}
			return found
		}
		if first, second := check(), check(); !slices.Equal(first, second) {
			t.Fatalf("first %v, then %v", first, second)
		}
	})
}

// TestSeeds checks that the small images are clean as they are.
func TestSeeds(t *testing.T) {
	for i, b := range seedImages(t) {
		found, err := Check(context.Background(), bytes.NewReader(b), int64(len(b)), Options{})
		if err != nil || len(found) > 0 {
			t.Errorf("%s: %v %s", seedShapes[i].name, err, firstProblems(found, 5))
		}
	}
}
