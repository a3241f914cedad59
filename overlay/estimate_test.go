package overlay_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/imagebuild/ext"
	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

var formats = map[string]ext.FormatOptions{
	"ext2": {Type: "ext2", BlockSize: 1024, InodeSize: 128, JournalBlocks: -1},
	"ext3": {Type: "ext3", BlockSize: 4096},
	"ext4": {Type: "ext4", BlockSize: 1024, Modern: true},
}

// formatted gives an empty file system.
func formatted(t *testing.T, o ext.FormatOptions, size int64) *ext.FS {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "fs"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	if err := ext.Format(f, size, o); err != nil {
		t.Fatal(err)
	}
	tree, err := ext.OpenWritable(f, size, ext.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

type free struct{ bytes, inodes int64 }

func freeOf(tree *ext.FS) free {
	i := tree.Info()
	return free{int64(i.FreeBlocks) * int64(i.BlockSize), int64(i.FreeInodes)}
}

func randomEdits(r *rand.Rand) []overlay.Edit {
	name := func() string {
		dirs := []string{"/a", "/a/b", "/a/b/c", "/d", "/link/x"}
		return dirs[r.IntN(len(dirs))] + "/" + strings.Repeat("n", 1+r.IntN(80)) + fmt.Sprint(r.IntN(8))
	}
	var list []overlay.Edit
	for range 1 + r.IntN(40) {
		switch r.IntN(8) {
		case 0, 1, 2, 3:
			size := []int{0, 10, 3000, 20000, 70000, 500000}[r.IntN(6)]
			list = append(list, overlay.File{Path: name(), Content: bytes.Repeat([]byte{'x'}, size+r.IntN(100))})
		case 4:
			list = append(list, overlay.Dir{Path: name() + "dir/" + fmt.Sprint(r.IntN(4))})
		case 5:
			list = append(list, overlay.Symlink{Path: name(), Target: strings.Repeat("t", 1+r.IntN(100))})
		case 6:
			list = append(list, overlay.Remove{Path: name()})
		case 7:
			list = append(list, overlay.Remove{Path: []string{"/a/b", "/d", "/a/b/c"}[r.IntN(3)], Tree: true})
		}
	}
	return list
}

// What edits use is never more than was estimated, at any moment, and not far from it: the file system is the judge.
func TestNeedsAgainstFileSystem(t *testing.T) {
	for name, o := range formats {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(5, 6))
			for round := range 12 {
				tree := formatted(t, o, 16<<20)
				if _, err := overlay.Apply(tree, []overlay.Edit{overlay.Dir{Path: "/real"}, overlay.Symlink{Path: "/link", Target: "real"}}); err != nil {
					t.Fatal(err)
				}
				var most free
				for batch := range 3 {
					edits := randomEdits(r)
					before := freeOf(tree)
					wantBytes, wantInodes, err := overlay.Needs(tree, edits, int64(o.BlockSize))
					if err != nil {
						t.Fatal(err)
					}
					most = free{}
					for _, e := range edits {
						if _, err := e.Apply(tree); err != nil {
							t.Fatalf("%s: %v", e.Describe(), err)
						}
						now := freeOf(tree)
						most.bytes, most.inodes = max(most.bytes, before.bytes-now.bytes), max(most.inodes, before.inodes-now.inodes)
						if most.bytes > wantBytes || most.inodes > wantInodes {
							t.Fatalf("round %d.%d: %s: in use %+v, estimated %d bytes, %d inodes", round, batch, e.Describe(), most, wantBytes, wantInodes)
						}
					}
					if slack := wantBytes - most.bytes; slack > most.bytes/8+64*int64(o.BlockSize) {
						t.Errorf("round %d.%d: estimated %d bytes, in use were %d", round, batch, wantBytes, most.bytes)
					}
					if slack := wantInodes - most.inodes; slack > 0 {
						t.Errorf("round %d.%d: estimated %d inodes, in use were %d", round, batch, wantInodes, most.inodes)
					}
				}
			}
		})
	}
}

func TestNeeds(t *testing.T) {
	dir := folder(t, map[string]string{"new/a": strings.Repeat("x", 5000), "new/l": "-> a", "etc/app/conf": "y"})
	laid, err := overlay.OpenOverlay(dir, overlay.OverlayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	upper := func(old []byte) ([]byte, []string, error) { return old, nil, nil }
	for _, c := range []struct {
		name          string
		edits         []overlay.Edit
		bytes, inodes int64
	}{
		{"nothing", nil, 0, 0},
		{"a file", []overlay.Edit{overlay.File{Path: "/etc/new", Content: make([]byte, 4097)}}, 4 * 4096, 1},
		{"one with folders", []overlay.Edit{overlay.File{Path: "/etc/new/x/y"}}, 4 * 4096, 3},
		{"twice", []overlay.Edit{overlay.File{Path: "/etc/new"}, overlay.File{Path: "/etc/link2"}, overlay.File{Path: "/etc/new"}}, 2 * 4096, 2},
		{"made and removed", []overlay.Edit{overlay.File{Path: "/etc/new", Content: make([]byte, 8192)}, overlay.Remove{Path: "/etc/new"},
			overlay.File{Path: "/etc/new2", Content: make([]byte, 8192)}}, 4 * 4096, 1},
		{"folders there", []overlay.Edit{overlay.Dir{Path: "/etc/app"}, overlay.Remove{Path: "/etc/none"}}, 0, 0},
		{"a long link", []overlay.Edit{overlay.Symlink{Path: "/etc/l", Target: strings.Repeat("x", 60)}}, 3 * 4096, 1},
		{"rewrites", []overlay.Edit{overlay.Rewrite{Path: "/etc/app/conf", Edit: upper}, overlay.Sysctl{Path: "/etc/link"},
			overlay.Line{Path: "/etc/link", Match: "a", Set: "b"}, overlay.Line{Path: "/etc/app/conf", Match: "a", Remove: true}}, 7 * 4096, 0},
		{"many lines that grow", []overlay.Edit{overlay.Line{Path: "/many", Match: "x", Set: strings.Repeat("y", 100)}}, ((4096+99*1000+4095)/4096 + 3) * 4096, 0},
		{"an overlay", []overlay.Edit{overlay.Override{Edit: laid}}, (2 + 1 + 2 + 1) * 4096, 3},
		{"silent", []overlay.Edit{silent{}}, 0, 0},
	} {
		tree := treetest.Fill(accounts)
		if err := tree.WriteFile("many", bytes.Repeat([]byte("x\n"), 1000), 0o644); err != nil {
			t.Fatal(err)
		}
		b, i, err := overlay.Needs(tree, c.edits, 4096)
		if err != nil || b != c.bytes || i != c.inodes {
			t.Errorf("%s: %d bytes (%d blocks), %d inodes, %v; want %d, %d", c.name, b, b/4096, i, err, c.bytes, c.inodes)
		}
	}
	for _, size := range []int64{0, -1, 1000, 2 << 20} {
		if _, _, err := overlay.Needs(treetest.NewMemory(), nil, size); err == nil {
			t.Errorf("blocks of %d bytes: no error", size)
		}
	}
}
