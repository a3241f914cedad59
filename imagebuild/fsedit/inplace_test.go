package fsedit

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/ext"
)

// tornFile writes to a file until its power fails.
type tornFile struct {
	f     *os.File
	left  int // writes
	syncs []int
	at    []int64
}

func (w *tornFile) WriteAt(p []byte, off int64) (int, error) {
	if w.left--; w.left < 0 {
		return 0, errTorn
	}
	w.at = append(w.at, off)
	return w.f.WriteAt(p, off)
}

func (w *tornFile) Sync() error {
	w.syncs = append(w.syncs, len(w.at))
	return nil
}

// tornEdit edits in place up to a number of writes, and tells how many it took.
func tornEdit(t *testing.T, path string, writes int, do func(*Tree) error) (*tornFile, error) {
	t.Helper()
	img, err := openImage(path, Options{InPlace: true}, true)
	must(t, err)
	defer img.dev.Close()
	layer := block.NewLayer(img.dev, t.TempDir())
	defer layer.Close()
	img.part, err = findFS(layer, 0)
	must(t, err)
	dev, err := openWritable(img.part)
	must(t, err)
	tree, err := openTree(dev, Options{})
	must(t, err)
	must(t, do(tree))
	contents := layer.Dirty()
	must(t, tree.fs.Sync())
	w := &tornFile{f: img.f, left: writes}
	return w, img.writeInPlace(w, layer, contents, layer.Dirty())
}

// An edit in place that ends in the midst leaves a file system which e2fsck checks
// unasked, which is not edited, and which e2fsck mends without losing other files.
func TestTornInPlace(t *testing.T) {
	need(t, "e2fsck")
	for _, o := range []ext.FormatOptions{{Type: "ext3", BlockSize: 1024}, {Type: "ext4", Modern: true}} {
		made := newImage(t, 16<<20, o)
		local := write(t, filepath.Join(t.TempDir(), "x"), strings.Repeat("0123456789abcdef", 20_000))
		edit(t, made, func(tree *Tree) error {
			must(t, tree.Mkdir("/keep", 0o755, false))
			must(t, tree.Put(context.Background(), local, "/keep/file", plain))
			return tree.Put(context.Background(), local, "/old", plain)
		})
		old := readFile(t, made)
		do := func(tree *Tree) error {
			must(t, tree.Mkdir("/new/sub", 0o755, true))
			must(t, tree.Put(context.Background(), local, "/new/file", plain))
			return tree.Remove("/old", false, false)
		}
		whole, err := tornEdit(t, made, 1<<30, do)
		must(t, err)
		judge(t, made)
		n := len(whole.at)
		if n < 5 || len(whole.syncs) != 4 || whole.at[0] != 1024 || whole.at[n-1] != 1024 || slices.Index(whole.at[1:], 1024) != n-2 || whole.syncs[3] != n {
			t.Errorf("writes at %v, synced after %v", whole.at, whole.syncs)
		}
		for left := range n {
			img := filepath.Join(t.TempDir(), "fs.img")
			must(t, os.WriteFile(img, old, 0o644))
			if _, err := tornEdit(t, img, left, do); !errors.Is(err, errTorn) || !strings.Contains(err.Error(), "writing in place broke off: torn: run e2fsck -f on it") {
				t.Fatalf("after %d writes: %v", left, err)
			}
			if left == 0 {
				judge(t, img)
				continue
			}
			var state *ext.StateError
			if _, err := Edit(context.Background(), img, Options{}, do); !errors.As(err, &state) || state.Flag != "not clean" {
				t.Errorf("after %d writes: a new edit gives %v", left, err)
			}
			out, err := exec.Command("e2fsck", "-p", img).CombinedOutput() // without -f: it sees by itself that it has to check
			if code := exitCode(err); code != 0 && code != 1 {
				out, err = exec.Command("e2fsck", "-y", img).CombinedOutput()
				if code := exitCode(err); code != 0 && code != 1 {
					t.Fatalf("after %d writes: e2fsck: %v\n%s", left, err, out)
				}
			}
			if !strings.Contains(string(out), "was not cleanly unmounted, check forced") && !strings.Contains(string(out), "Pass 1") {
				t.Errorf("after %d writes: e2fsck does not check by itself:\n%s", left, out)
			}
			judge(t, img)
			if cat(t, img, "/keep/file") != string(readFile(t, local)) {
				t.Errorf("after %d writes: another file is lost", left)
			}
		}
	}
}

func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		return -1
	}
	return 0
}

func TestRanges(t *testing.T) {
	r := func(pairs ...int64) (list []block.Range) {
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, block.Range{Off: pairs[i], Len: pairs[i+1] - pairs[i]})
		}
		return list
	}
	for _, c := range []struct{ list, others, want []block.Range }{
		{r(0, 10), nil, r(0, 10)},
		{r(0, 10), r(0, 10), nil},
		{r(0, 10), r(2, 4, 6, 20), r(0, 2, 4, 6)},
		{r(0, 10, 20, 30), r(5, 25), r(0, 5, 25, 30)},
		{r(0, 10, 20, 30, 40, 50), r(10, 20, 42, 43), r(0, 10, 20, 30, 40, 42, 43, 50)},
		{r(5, 6), r(0, 1, 2, 3), r(5, 6)},
	} {
		if got := without(c.list, c.others); !slices.Equal(got, c.want) {
			t.Errorf("%v without %v: %v, want %v", c.list, c.others, got, c.want)
		}
	}
	if got := within(r(0, 10, 20, 30), block.Range{Off: 8, Len: 14}); !slices.Equal(got, r(8, 10, 20, 22)) {
		t.Errorf("within: %v", got)
	}
}
