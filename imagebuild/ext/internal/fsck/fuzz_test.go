package fsck

import (
	"bytes"
	"cmp"
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

// memory is a device in memory, behind which a larger one has zeros.
type memory []byte

func (m memory) ReadAt(b []byte, off int64) (int, error) {
	n := 0
	if off < int64(len(m)) {
		n = copy(b, m[off:])
	}
	clear(b[n:])
	return len(b), nil
}

func (m memory) WriteAt(b []byte, off int64) (int, error) { return copy(m[off:], b), nil }

// What FuzzCheck does beyond the patches, as bits of its first argument.
const (
	fuzzMend  = 0x80 // give records that were changed a fitting checksum
	fuzzLarge = 0x40 // let the device be larger than the image
)

// fuzzSeed is an image to damage and where its records are.
type fuzzSeed struct {
	image  []byte
	c      *checker
	places []place // ascending
}

func fuzzSeeds(t testing.TB) (out []fuzzSeed) {
	for _, image := range seedImages(t) {
		path := filepath.Join(t.TempDir(), "fs.img")
		if err := os.WriteFile(path, image, 0o644); err != nil {
			t.Fatal(err)
		}
		s := fuzzSeed{image: image, c: &checker{ctx: context.Background(), r: memory(image), size: int64(len(image)), maxProblems: 1000, limits: theLimits}}
		if err := s.c.run(); err != nil {
			t.Fatal(err)
		}
		for _, kind := range places(t, path) {
			s.places = append(s.places, kind...)
		}
		slices.SortFunc(s.places, func(a, b place) int { return cmp.Or(cmp.Compare(a.off, b.off), cmp.Compare(a.what, b.what)) })
		out = append(out, s)
	}
	return out
}

// mend gives the records of the damaged image b fitting checksums.
func (s *fuzzSeed) mend(t testing.TB, b []byte) {
	for _, p := range s.places {
		if !bytes.Equal(b[p.off:p.off+p.n], s.image[p.off:p.off+p.n]) {
			mend(t, memory(b), s.c, p, b[p.off:p.off+p.n])
		}
	}
}

// FuzzCheck damages one of the small images: patch is a list of changes, each
// three bytes of offset and two of value. Check must end without an error, give
// the same problems when asked again, and the same verdict with little memory.
func FuzzCheck(f *testing.F) {
	seeds := fuzzSeeds(f)
	for i, s := range seeds {
		f.Add(uint8(i), uint16(0), []byte{})
		f.Add(uint8(i), uint16(0), []byte{0x18, 0x04, 0x00, 0x02, 0x00})                                // block size
		f.Add(uint8(i), uint16(0), []byte{0x20, 0x04, 0x00, 0x08, 0x00, 0x24, 0x04, 0x00, 0x08, 0x00})  // blocks per group
		f.Add(uint8(i), uint16(1), []byte{0x60, 0x04, 0x00, 0xFF, 0x00, 0x64, 0x04, 0x00, 0xFF, 0x00})  // features
		f.Add(uint8(i), uint16(99), []byte{0x00, 0x18, 0x00, 0x41, 0xED, 0x28, 0x18, 0x00, 0x05, 0x00}) // an inode
		f.Add(uint8(i|fuzzLarge), uint16(0), []byte{0x06, 0x04, 0x00, 0x10, 0x00})                      // more blocks
		kind := ""
		for _, p := range s.places { // the first record of each kind, some number in it
			if p.what != kind {
				kind = p.what
				f.Add(uint8(i|fuzzMend), uint16(0), []byte{byte(p.off + 4), byte((p.off + 4) >> 8), byte((p.off + 4) >> 16), 0x07, 0x00})
			}
		}
	}
	few := limits{maxStates: 1, maxDirs: 2}
	f.Fuzz(func(t *testing.T, which uint8, cut uint16, patch []byte) {
		s := seeds[int(which&^(fuzzMend|fuzzLarge))%len(seeds)]
		b := slices.Clone(s.image)
		for ; len(patch) >= 5; patch = patch[5:] {
			at := (int(patch[0]) | int(patch[1])<<8 | int(patch[2])<<16) % (len(b) - 1)
			binary.LittleEndian.PutUint16(b[at:], binary.LittleEndian.Uint16(patch[3:]))
		}
		if which&fuzzMend != 0 {
			s.mend(t, b)
		}
		b = b[:len(b)-int(cut)]
		size := int64(len(b))
		if which&fuzzLarge != 0 {
			size = 1 << 30
		}
		check := func(l limits) []Problem {
			c := &checker{ctx: context.Background(), r: memory(b), size: size, now: time.Unix(1800000000, 0), maxProblems: 50, limits: l}
			if err := c.run(); err != nil && !errors.Is(err, ErrNoFileSystem) {
				t.Fatalf("%v", err)
			}
			return c.problems()
		}
		first := check(theLimits)
		if second := check(theLimits); !slices.Equal(first, second) {
			t.Fatalf("first %v, then %v", first, second)
		}
		if second := check(few); (len(first) == 0) != (len(second) == 0) {
			t.Fatalf("at once %v, in rounds %v", first, second)
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
