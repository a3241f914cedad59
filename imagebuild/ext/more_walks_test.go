package ext

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// With hardly an inode left, and folders as names are all that can be made.
func TestRandomWalkFewInodes(t *testing.T) {
	for i, o := range []FormatOptions{
		{Type: "ext3", BlockSize: 1024, InodeSize: 128, Inodes: 120},
		{Type: "ext4", BlockSize: 1024, Modern: true, Inodes: 120},
		{Type: "ext4", BlockSize: 4096, Inodes: 120},
	} {
		t.Run(fmt.Sprint(o.Type, o.BlockSize), func(t *testing.T) {
			t.Parallel()
			o.JournalBlocks = 1024
			img := formatted(t, 16<<20, o)
			n, seed := rounds(t)
			f := edit(t, img)
			must(t, f.Mkdir("many", 0o755))
			for i := 0; f.Info().FreeInodes > 3; i++ {
				must(t, f.Symlink("no/x", fmt.Sprint("many/", i))) // a write through it makes no file
			}
			w := newWalker(t, seed+int64(500+i), f)
			w.full = true
			for range n {
				for range 75 {
					w.step()
				}
				w.use(finish(t, w.fs, img))
				w.m.compare(t, w.fs)
			}
			if w.none == 0 {
				t.Error("there were always inodes")
			}
		})
	}
}

// The same edits of the same bytes give the same bytes, with a small cache and with
// a large one.
func TestWalkSameBytes(t *testing.T) {
	for i, name := range []string{"ext2_1k", "ext3_el5_128", "ext4_el6_1k", "ext4_csum_1k", "ext4_smallgroups"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := readFile(t, imageOf(t, shapeNamed(t, name)))
			sum := func(seed int64, cache, steps int) (all, inUse [32]byte) {
				l := newLayer(base)
				f, err := OpenWritable(l, int64(len(base)), Options{Time: editTime})
				must(t, err)
				w := newWalker(t, seed, f)
				if cache != 0 {
					f.cache.most = [2]int{cache, cache}
				}
				for range steps {
					w.step()
				}
				must(t, f.Sync())
				inUse, err = l.sumInUse()
				must(t, err)
				return l.sum(), inUse
			}
			_, seed := rounds(t)
			seed += int64(700 + i)
			want, wantInUse := sum(seed, 0, 120)
			if got, _ := sum(seed, 0, 120); got != want {
				t.Error("the same edits gave other bytes")
			}
			// What a small cache writes early may lie in blocks that are free at the end.
			if _, got := sum(seed, 2, 120); got != wantInUse {
				t.Error("with a small cache the same edits gave other bytes")
			}
			if _, got := sum(seed, 0, 100); got == wantInUse {
				t.Error("fewer edits gave the same bytes")
			}
		})
	}
}

// colliding gives pairs of names that have the same hash in the file system.
func colliding(t testing.TB, f *FS, tries int) (names []string) {
	t.Helper()
	seen := make(map[uint32]int32, tries)
	seed := f.sb.HashSeed()
	version := f.sb.DefHashVersion()
	if f.sb.Flags()&layout.FlagUnsignedHash != 0 {
		version += 3
	}
	name := func(i int32) string { return fmt.Sprintf("name-%d", i) }
	for i := range int32(tries) {
		major, _, ok := layout.DirHash([]byte(name(i)), version, seed)
		if !ok {
			t.Fatalf("no hash of version %d", version)
		}
		if other, ok := seen[major&^1]; ok {
			names = append(names, name(other), name(i))
			delete(seen, major&^1)
			continue
		}
		seen[major&^1] = i
	}
	return names
}

// Names with the same hash are found, on whatever side of a split they come to lie.
func TestCollidingNames(t *testing.T) {
	for _, name := range []string{"ext3_1k_256", "ext4_csum_1k", "ext4_hash_legacy", "ext4_hash_tea", "ext4_unsigned"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := copyOf(t, shapeNamed(t, name))
			f := edit(t, img)
			names := colliding(t, f, 500_000)
			if len(names) < 60 {
				t.Fatalf("only %d names", len(names))
			}
			names = names[:min(len(names), 600)]
			must(t, f.Mkdir("new", 0o755))
			must(t, f.WriteFile("new/first", nil, 0o644))
			for half := range 2 { // the second of each pair when the leaves are full
				for i := half; i < len(names); i += 2 {
					must(t, f.Link("new/first", "new/"+names[i]))
				}
			}
			f = finish(t, f, img)
			for _, n := range names {
				if _, err := f.Lstat("new/" + n); err != nil {
					t.Fatal(err)
				}
			}
			for i, n := range names {
				if i%3 == 0 {
					must(t, f.Remove("new/"+n))
				}
			}
			f = finish(t, f, img)
			for i, n := range names {
				if _, err := f.Lstat("new/" + n); errors.Is(err, fs.ErrNotExist) != (i%3 == 0) {
					t.Fatalf("%s: %v", n, err)
				}
			}
			must(t, f.RemoveAll("new"))
			finish(t, f, img)
		})
	}
}

// Where the space ends in the midst of a long write, the file holds what was written,
// and what is refused at once changes nothing.
func TestSpaceEnds(t *testing.T) {
	for _, name := range []string{"ext3_1k_256", "ext4_csum_1k", "ext4_el6"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := copyOf(t, shapeNamed(t, name))
			f := edit(t, img)
			must(t, f.Remove("usr/bin/f1100000"))
			must(t, f.WriteFile("etc/old", data("old", 10_000), 0o644))
			f = finish(t, f, img)
			before := readFile(t, img.Name())
			want := data("long", int(f.Info().FreeBlocks)*f.bs+1)
			for what, err := range map[string]error{
				"a new file":  f.WriteFile("etc/new", want, 0o644),
				"an old file": f.WriteFile("etc/old", append(want, want[:20_000]...), 0o644),
			} {
				if !errors.Is(err, ErrNoSpace) {
					t.Errorf("%s: %v", what, err)
				}
			}
			must(t, f.Sync())
			if !bytes.Equal(readFile(t, img.Name()), before) {
				t.Fatal("a refusal has changed the image")
			}
			if err := f.WriteFrom("etc/new", bytes.NewReader(want), 0o640); !errors.Is(err, ErrNoSpace) {
				t.Fatalf("%v", err)
			}
			f = finish(t, f, img)
			got, err := f.ReadFile("etc/new")
			must(t, err)
			if len(got) < len(want)/2 || !bytes.HasPrefix(want, got) {
				t.Errorf("%d bytes of %d, the same: %v", len(got), len(want), bytes.HasPrefix(want, got))
			}
			wantFile(t, f, "etc/old", data("old", 10_000))
			must(t, f.Remove("etc/new"))
			finish(t, f, img)
		})
	}
}
