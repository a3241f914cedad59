package fsedit

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"lbimage/imagebuild/ext"
)

func TestEdit(t *testing.T) {
	img := newImage(t, 16<<20, ext.FormatOptions{Type: "ext4"})
	must(t, os.Chmod(img, 0o640))
	ino := func() uint64 {
		var st unix.Stat_t
		must(t, unix.Stat(img, &st))
		return st.Ino
	}
	before := ino()
	res := edit(t, img, func(tree *Tree) error { return tree.Mkdir("/a/b/c", 0o750, true) })
	if res.Blocks == 0 || res.Partition != 0 {
		t.Errorf("result %+v", res)
	}
	judge(t, img)
	if f := stat(t, img, "/a/b/c"); f.Mode != "0750" || f.Type != "dir" || f.Path != "/a/b/c" {
		t.Errorf("made %+v", f)
	}
	if f := stat(t, img, "/a/b"); f.Mode != "0755" {
		t.Errorf("parent %+v", f)
	}
	if ino() == before {
		t.Error("the image is the same file: it was to be a new one")
	}
	st, err := os.Stat(img)
	must(t, err)
	if st.Mode() != 0o640 {
		t.Errorf("mode %v", st.Mode())
	}
	// An edit that changes nothing writes nothing.
	before = ino()
	if res := edit(t, img, func(tree *Tree) error { return tree.Mkdir("/a/b", 0o755, true) }); res.Blocks != 0 || ino() != before {
		t.Errorf("nothing was to do: %+v", res)
	}
	onlyFile(t, img)
}

// onlyFile demands that nothing stands beside the image.
func onlyFile(t *testing.T, img string) {
	t.Helper()
	list, err := os.ReadDir(filepath.Dir(img))
	must(t, err)
	if len(list) != 1 {
		t.Errorf("beside the image: %v", list)
	}
}

func TestEditPartition(t *testing.T) {
	one := newDisk(t, 1)
	res := edit(t, one, func(tree *Tree) error { return tree.Mkdir("/x", 0o755, false) })
	if res.Partition != 1 {
		t.Errorf("result %+v", res)
	}
	judge(t, one+"?offset=1048576")

	two := newDisk(t, 2)
	was := sum(t, two)
	nothing := func(tree *Tree) error { return tree.Mkdir("/x", 0o755, false) }
	if _, err := Edit(context.Background(), two, Options{}, nothing); err == nil || !strings.Contains(err.Error(), "--partition N") {
		t.Errorf("two partitions: %v", err)
	}
	if _, err := Edit(context.Background(), two, Options{Partition: 7}, nothing); err == nil || !strings.Contains(err.Error(), "1, 2") {
		t.Errorf("partition 7: %v", err)
	}
	if sum(t, two) != was {
		t.Error("a refused image was changed")
	}
	_, err := Edit(context.Background(), two, Options{Partition: 2}, func(tree *Tree) error {
		if err := tree.Mkdir("/etc", 0o755, false); err != nil {
			return err
		}
		return tree.Mkdir("/sbin", 0o755, false)
	})
	must(t, err)
	// Now one of the two is a root.
	if res := edit(t, two, nothing); res.Partition != 2 {
		t.Errorf("the root is partition %d", res.Partition)
	}
	judge(t, two+"?offset=1048576")
	judge(t, two+"?offset=17825792")
}

// An error in the midst leaves the image as it was, and so does a panic.
func TestAllOrNothing(t *testing.T) {
	img := newImage(t, 16<<20, ext.FormatOptions{Type: "ext3", BlockSize: 1024})
	was := sum(t, img)
	for _, inPlace := range []bool{false, true} {
		_, err := Edit(context.Background(), img, Options{InPlace: inPlace}, func(tree *Tree) error {
			must(t, tree.Mkdir("/a", 0o755, false))
			return tree.Mkdir("/a", 0o755, false)
		})
		if !errors.Is(err, fs.ErrExist) || err.Error() != img+": /a: file already exists" {
			t.Errorf("error %v", err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		_, err = Edit(ctx, img, Options{InPlace: inPlace}, func(tree *Tree) error {
			cancel()
			return tree.Mkdir("/a", 0o755, false)
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	}
	if sum(t, img) != was {
		t.Error("the image was changed")
	}
	onlyFile(t, img)
}

// Both ways of writing give the same bytes.
func TestInPlace(t *testing.T) {
	for _, o := range []ext.FormatOptions{{Type: "ext3", BlockSize: 1024}, {Type: "ext4"}, {Type: "ext4", Modern: true}} {
		a := newImage(t, 24<<20, o)
		b := newImage(t, 24<<20, o)
		local := write(t, filepath.Join(t.TempDir(), "x"), strings.Repeat("0123456789", 500_000))
		do := func(tree *Tree) error {
			if err := tree.Put(context.Background(), local, "/big", PutOptions{Owner: Owner{-1, -1}}); err != nil {
				return err
			}
			return tree.Link("big", "/link", true, false)
		}
		var st, now unix.Stat_t
		must(t, unix.Stat(b, &st))
		edit(t, a, do)
		_, err := Edit(context.Background(), b, Options{InPlace: true}, do)
		must(t, err)
		must(t, unix.Stat(b, &now))
		if st.Ino != now.Ino {
			t.Error("in place made a new file")
		}
		if sum(t, a) != sum(t, b) {
			t.Error("the two ways differ")
		}
		judge(t, b)
	}
}

// An edit that does not touch the superblock leaves no note in it, either.
func TestInPlaceWithoutSuperblock(t *testing.T) {
	for _, o := range []ext.FormatOptions{{Type: "ext3", BlockSize: 1024}, {Type: "ext3"}, {Type: "ext4", Modern: true}} {
		a, b := newImage(t, 8<<20, o), newImage(t, 8<<20, o)
		for _, mode := range []string{"0750", "0711"} {
			m, err := ParseMode(mode)
			must(t, err)
			do := func(tree *Tree) error { return tree.Chmod("/lost+found", m, false) }
			edit(t, a, do)
			_, err = Edit(context.Background(), b, Options{InPlace: true}, do)
			must(t, err)
			if sum(t, a) != sum(t, b) {
				t.Fatalf("%+v: mode %s: the two ways differ", o, mode)
			}
		}
		judge(t, b)
	}
}

func TestNotToBeReplaced(t *testing.T) {
	img := newImage(t, 8<<20, ext.FormatOptions{Type: "ext3"})
	dir := filepath.Dir(img)
	mkdir := func(tree *Tree) error { return tree.Mkdir("/x", 0o755, true) }
	refused := func(path, want string, o Options) {
		t.Helper()
		_, err := Edit(context.Background(), path, o, mkdir)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	// A symbolic link: what it leads to is replaced.
	link := filepath.Join(dir, "link")
	must(t, os.Symlink("fs.img", link))
	edit(t, link, mkdir)
	if to, err := os.Readlink(link); err != nil || to != "fs.img" {
		t.Errorf("the link became %q, %v", to, err)
	}
	stat(t, img, "/x")
	// A hard link.
	must(t, os.Link(img, filepath.Join(dir, "other")))
	refused(img, "has 2 names", Options{})
	_, err := Edit(context.Background(), img, Options{InPlace: true}, func(tree *Tree) error { return tree.Mkdir("/y", 0o755, true) })
	must(t, err)
	must(t, os.Remove(filepath.Join(dir, "other")))
	// Two at once.
	f, err := os.Open(img)
	must(t, err)
	must(t, unix.Flock(int(f.Fd()), unix.LOCK_EX))
	refused(img, "another process is editing it", Options{})
	must(t, f.Close())
	// Changed by others meanwhile.
	was := sum(t, img)
	_, err = Edit(context.Background(), img, Options{}, func(tree *Tree) error {
		if err := os.Chtimes(img, tree.now, tree.now); err != nil {
			return err
		}
		return tree.Mkdir("/z", 0o755, true)
	})
	if err == nil || !strings.Contains(err.Error(), "another process changed it") {
		t.Errorf("changed meanwhile: %v", err)
	}
	if sum(t, img) != was {
		t.Error("a refused image was changed")
	}
	// No image at all.
	refused(dir, "neither a file nor a block device", Options{})
	refused(filepath.Join(dir, "none"), "no such file", Options{})
	refused(write(t, filepath.Join(dir, "empty"), ""), "the file is empty", Options{})
	refused(write(t, filepath.Join(dir, "gz"), "\x1f\x8b\x08 and more"), "compressed (gzip)", Options{})
	refused(write(t, filepath.Join(dir, "text"), strings.Repeat("text\n", 1000)), "no ext", Options{})
}

// A folder without leave to write, and an image without.
func TestNoPermission(t *testing.T) {
	if os.Geteuid() == 0 {
		if os.Getenv("FSEDIT_UNPRIVILEGED") != "" {
			t.Fatal("still root")
		}
		need(t, "setpriv")
		exe, err := os.Executable()
		must(t, err)
		dir, err := os.MkdirTemp("", "fsedit")
		must(t, err)
		defer os.RemoveAll(dir)
		must(t, os.Chmod(dir, 0o777))
		program, err := os.ReadFile(exe)
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, "test"), program, 0o755))
		cmd := exec.Command("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", filepath.Join(dir, "test"), "-test.run", "^TestNoPermission$", "-test.v")
		cmd.Env = append(os.Environ(), "FSEDIT_UNPRIVILEGED=1", "TMPDIR="+dir)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: TestNoPermission") {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	img := newImage(t, 8<<20, ext.FormatOptions{Type: "ext3"})
	dir := filepath.Dir(img)
	was := sum(t, img)
	mkdir := func(tree *Tree) error { return tree.Mkdir("/x", 0o755, true) }
	must(t, os.Chmod(dir, 0o555))
	defer os.Chmod(dir, 0o755)
	_, err := Edit(context.Background(), img, Options{}, mkdir)
	if err == nil || !strings.Contains(err.Error(), "choose a folder that you can write to, or edit it with --in-place") {
		t.Errorf("read-only folder: %v", err)
	}
	must(t, os.Chmod(img, 0o444))
	_, err = Edit(context.Background(), img, Options{}, mkdir)
	if err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("read-only image: %v", err)
	}
	if sum(t, img) != was {
		t.Error("a refused image was changed")
	}
	must(t, os.Chmod(img, 0o644))
	_, err = Edit(context.Background(), img, Options{InPlace: true}, mkdir)
	must(t, err)
}
