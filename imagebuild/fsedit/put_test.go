package fsedit

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"lbimage/imagebuild/ext"
)

// put runs one Put.
func put(t testing.TB, img, local, path string, o PutOptions) error {
	t.Helper()
	_, err := Edit(context.Background(), img, Options{}, func(tree *Tree) error {
		return tree.Put(context.Background(), local, path, o)
	})
	return err
}

// plain are the options of put without flags.
var plain = PutOptions{Owner: keepOwner}

func TestPutFile(t *testing.T) {
	img := newImage(t, 16<<20, ext.FormatOptions{Type: "ext4"})
	dir := t.TempDir()
	local := write(t, filepath.Join(dir, "tool"), "one\n")
	must(t, unix.Chmod(local, 0o4754))
	must(t, put(t, img, local, "/tool", plain))
	f := stat(t, img, "/tool")
	if f.Mode != "0754" || f.UID != 0 || f.GID != 0 || cat(t, img, "/tool") != "one\n" {
		t.Errorf("new: %+v", f)
	}

	// What exists keeps its inode, names, mode, owner and attributes.
	edit(t, img, func(tree *Tree) error {
		must(t, tree.Link("/tool", "/other", false, false))
		must(t, tree.Chown("/tool", Owner{5, 6}, false, false))
		mode, err := ParseMode("4711")
		must(t, err)
		must(t, tree.Chmod("/tool", mode, false))
		return tree.SetXattr("/tool", "user.note", []byte("stays"))
	})
	must(t, os.WriteFile(local, []byte("two, longer\n"), 0o600))
	must(t, put(t, img, local, "/tool", plain))
	g := stat(t, img, "/other")
	if g.Inode != f.Inode || g.Mode != "4711" || g.UID != 5 || g.GID != 6 || len(g.Xattrs) != 1 || cat(t, img, "/other") != "two, longer\n" {
		t.Errorf("replaced: %+v", g)
	}
	mode := uint32(0o640)
	must(t, put(t, img, local, "/tool", PutOptions{Owner: Owner{-1, 9}, Mode: &mode}))
	if g := stat(t, img, "/tool"); g.Mode != "0640" || g.UID != 5 || g.GID != 9 {
		t.Errorf("with mode and owner: %+v", g)
	}
	must(t, put(t, img, local, "/tool", PutOptions{Owner: Owner{1, 1}}))
	if g := stat(t, img, "/tool"); g.Mode != "0640" || g.UID != 1 {
		t.Errorf("with an owner: %+v", g)
	}

	// Into a folder, through links, and where nothing can come.
	edit(t, img, func(tree *Tree) error {
		must(t, tree.Mkdir("/d/e", 0o755, true))
		must(t, tree.Link("d/e", "/de", true, false))
		must(t, tree.Link("/d/target", "/d/dangling", true, false))
		must(t, tree.Link("/../../d/target", "/d/up", true, false))
		return tree.Mknod("/pipe", "p", 0o600, 0, 0)
	})
	for path, at := range map[string]string{"/d": "/d/tool", "/d/": "/d/tool", "/de": "/d/e/tool", "de/x": "/d/e/x", "/d/../d/y": "/d/y",
		"/de/../z": "/d/z", "/d/dangling": "/d/target", "/d/up": "/d/target", "/": "/tool"} {
		must(t, put(t, img, local, path, plain))
		if cat(t, img, at) != "two, longer\n" {
			t.Errorf("%s: not at %s", path, at)
		}
	}
	was := sum(t, img)
	for path, want := range map[string]string{
		"/pipe": "it is a fifo, which cannot hold", "/tool/x": "not a directory", "/none/x": "the folder /none is not there",
		"/none/": "file does not exist", "/tool/": "it is no folder", "": "the path is empty",
	} {
		if err := put(t, img, local, path, plain); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	for from, want := range map[string]string{dir: "put -r takes it", filepath.Join(dir, "none"): "no such file"} {
		if err := put(t, img, from, "/x", plain); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), img) {
			t.Errorf("%s: %v, want %q", from, err, want)
		}
	}
	if sum(t, img) != was {
		t.Error("a refused put changed the image")
	}
	judge(t, img)
}

// Contents of all sizes replace one another; holes stay holes; streams are read whole.
func TestPutContents(t *testing.T) {
	for _, o := range []ext.FormatOptions{{Type: "ext3", BlockSize: 1024}, {Type: "ext4", Modern: true}} {
		img := newImage(t, 48<<20, o)
		dir := t.TempDir()
		random := rand.New(rand.NewSource(1))
		for _, size := range []int{0, 1, 1023, 1024, 5000, 3<<20 + 17, 2 << 20, 100, 9_000_000, 0, 4096} {
			data := make([]byte, size)
			random.Read(data)
			local := filepath.Join(dir, "x")
			must(t, os.WriteFile(local, data, 0o644))
			must(t, put(t, img, local, "/x", plain))
			if cat(t, img, "/x") != string(data) {
				t.Errorf("%d bytes: other contents", size)
			}
			_, err := Edit(context.Background(), img, Options{}, func(tree *Tree) error {
				return tree.Put(context.Background(), "-", "/stream", PutOptions{Owner: keepOwner, Stdin: bytes.NewReader(data)})
			})
			must(t, err)
			if cat(t, img, "/stream") != string(data) {
				t.Errorf("%d bytes as a stream: other contents", size)
			}
		}
		judge(t, img)
		f, err := os.Create(filepath.Join(dir, "holes"))
		must(t, err)
		for _, at := range []int64{1 << 20, 30 << 20} {
			_, err := f.WriteAt([]byte("data"), at)
			must(t, err)
		}
		must(t, f.Truncate(60<<20))
		must(t, f.Close())
		must(t, put(t, img, filepath.Join(dir, "holes"), "/x", plain))         // in the place of data
		must(t, put(t, img, filepath.Join(dir, "holes"), "/new-holes", plain)) // and anew
		for _, name := range []string{"/x", "/new-holes"} {
			if f := stat(t, img, name); f.Sectors > 300 || f.Size != 60<<20 {
				t.Errorf("%s: %d bytes in %d sectors", name, f.Size, f.Sectors)
			}
		}
		want := readFile(t, filepath.Join(dir, "holes"))
		if cat(t, img, "/x") != string(want) || cat(t, img, "/new-holes") != string(want) {
			t.Error("other contents beside holes")
		}
		judge(t, img)
	}
}

// A pipe gives its contents; a reader that fails leaves the image as it was.
func TestPutStream(t *testing.T) {
	img := newImage(t, 8<<20, ext.FormatOptions{Type: "ext4"})
	pipe := filepath.Join(t.TempDir(), "pipe")
	must(t, unix.Mkfifo(pipe, 0o600))
	go func() {
		f, err := os.OpenFile(pipe, os.O_WRONLY, 0)
		if err == nil {
			_, _ = f.WriteString("out of a pipe")
			f.Close()
		}
	}()
	must(t, put(t, img, pipe, "/x", plain))
	if cat(t, img, "/x") != "out of a pipe" {
		t.Error("other contents")
	}
	was := sum(t, img)
	bad := io.MultiReader(strings.NewReader(strings.Repeat("x", 3<<20)), badReader{})
	err := put(t, img, "-", "/y", PutOptions{Owner: keepOwner, Stdin: bad})
	if err == nil || !strings.Contains(err.Error(), "reading standard input: after 3145728 bytes: torn") {
		t.Errorf("error %v", err)
	}
	if sum(t, img) != was {
		t.Error("the image was changed")
	}
}

type badReader struct{}

func (badReader) Read([]byte) (int, error) { return 0, errTorn }

// makeTree makes a local folder with all that an ordinary user may make, and for
// root with devices and owners.
func makeTree(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tree")
	for _, name := range []string{"a", "sub/b", "sub/deep/c", "z"} {
		write(t, filepath.Join(dir, name), strings.Repeat("line of "+name+"\n", 1000))
	}
	must(t, os.Link(filepath.Join(dir, "a"), filepath.Join(dir, "sub/hard")))
	must(t, os.Symlink("../a", filepath.Join(dir, "sub/soft")))
	must(t, os.Symlink(strings.Repeat("x", 150), filepath.Join(dir, "sub/slow")))
	must(t, unix.Mkfifo(filepath.Join(dir, "pipe"), 0o640))
	must(t, unix.Chmod(filepath.Join(dir, "z"), 0o4711))
	must(t, unix.Chmod(filepath.Join(dir, "sub/deep"), 0o2750))
	if os.Getuid() == 0 {
		must(t, unix.Mknod(filepath.Join(dir, "null"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))))
		must(t, unix.Mknod(filepath.Join(dir, "big"), unix.S_IFBLK|0o660, int(unix.Mkdev(300, 70_000))))
		must(t, os.Lchown(filepath.Join(dir, "a"), 100_000, 7))
		must(t, os.Lchown(filepath.Join(dir, "sub/soft"), 8, 9))
		must(t, os.Lchown(filepath.Join(dir, "sub"), 10, 11))
	}
	_ = unix.Setxattr(filepath.Join(dir, "sub/b"), "user.note", []byte("a\x00note"), 0)
	_ = unix.Setxattr(filepath.Join(dir, "sub"), "user.note", []byte("of a folder"), 0)
	when := unix.Timespec{Sec: 1_234_567_890, Nsec: 987_654_321}
	for _, name := range []string{"a", "pipe", "z", "sub/b", "sub/soft", "sub/slow", "sub/deep/c", "sub/deep", "sub", "."} {
		must(t, unix.UtimesNanoAt(unix.AT_FDCWD, filepath.Join(dir, name), []unix.Timespec{when, when}, unix.AT_SYMLINK_NOFOLLOW))
		when.Sec++
	}
	return dir
}

// A tree that is put with its owners is what the kernel finds in the image; put once
// more it changes nothing.
func TestPutTree(t *testing.T) {
	tree := makeTree(t)
	for _, o := range []ext.FormatOptions{{Type: "ext2", BlockSize: 1024}, {Type: "ext3"}, {Type: "ext4", Modern: true}} {
		img := newImage(t, 16<<20, o)
		all := PutOptions{Recursive: true, KeepOwner: true, Archive: true, Owner: keepOwner}
		must(t, put(t, img, tree, "/tree", all))
		judge(t, img)
		if os.Getuid() == 0 {
			sameTree(t, filepath.Join(mount(t, img, "ro"), "tree"), tree)
		}
		hard, a := stat(t, img, "/tree/sub/hard"), stat(t, img, "/tree/a")
		if hard.Inode != a.Inode || a.Links != 2 || a.Mtime.Nanosecond() != 987_654_321 {
			t.Errorf("%+v, %+v", hard, a)
		}

		// Spoiled, and put once more: it is as before.
		spoiled := newImage(t, 16<<20, o)
		must(t, put(t, spoiled, tree, "/tree", all))
		edit(t, spoiled, func(tree *Tree) error {
			must(t, tree.Truncate("/tree/z", 10))
			must(t, tree.Chown("/tree", Owner{3, 3}, true, false))
			must(t, tree.Remove("/tree/sub/hard", false, false))
			must(t, tree.Remove("/tree/sub/soft", false, false))
			must(t, tree.Link("elsewhere", "/tree/sub/soft", true, false))
			mode, err := ParseMode("0700")
			must(t, err)
			return tree.Chmod("/tree", mode, true)
		})
		must(t, put(t, spoiled, tree, "/tree", all))
		judge(t, spoiled)
		if os.Getuid() == 0 {
			sameTree(t, filepath.Join(mount(t, spoiled, "ro"), "tree"), tree)
		}
	}
}

// Without more flags what comes belongs to root, and what exists keeps mode and owner.
func TestPutTreeOver(t *testing.T) {
	tree := makeTree(t)
	img := newImage(t, 16<<20, ext.FormatOptions{Type: "ext4"})
	edit(t, img, func(x *Tree) error {
		must(t, x.Mkdir("/srv/real/sub", 0o711, true))
		must(t, x.Link("real", "/srv/tree", true, false))
		must(t, x.Put(context.Background(), "-", "/srv/real/mine", PutOptions{Owner: keepOwner, Stdin: strings.NewReader("stays")}))
		mode := uint32(0o600)
		return x.Put(context.Background(), "-", "/srv/real/a", PutOptions{Owner: Owner{4, 4}, Mode: &mode, Stdin: strings.NewReader("old")})
	})
	must(t, put(t, img, tree, "/srv/tree", PutOptions{Recursive: true, Owner: keepOwner}))
	judge(t, img)
	for path, want := range map[string]string{"/srv/real/a": "0600 4:4", "/srv/real/sub": "0711 0:0", "/srv/real/z": "4711 0:0", "/srv/real/sub/deep": "2750 0:0"} {
		f := stat(t, img, path)
		if got := f.Mode + " " + itoa(f.UID) + ":" + itoa(f.GID); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if cat(t, img, "/srv/tree/mine") != "stays" || !strings.HasPrefix(cat(t, img, "/srv/tree/a"), "line of a") {
		t.Error("other contents")
	}
	// With a slash at the end, into the folder.
	must(t, put(t, img, tree, "/srv/", PutOptions{Recursive: true, Owner: keepOwner}))
	must(t, put(t, img, tree, "/srv/real/", PutOptions{Recursive: true, Owner: Owner{7, 8}}))
	if f := stat(t, img, "/srv/real/tree/sub/soft"); f.UID != 7 || f.GID != 8 {
		t.Errorf("%+v", f)
	}
	// A folder where a file is, and the other way round.
	edit(t, img, func(x *Tree) error {
		must(t, x.Remove("/srv/real/sub", true, false))
		return x.Touch("/srv/real/sub", x.now, false, false)
	})
	if err := put(t, img, tree, "/srv/real", PutOptions{Recursive: true, Owner: keepOwner}); err == nil || !strings.Contains(err.Error(), "/srv/real/sub: it is no folder, but one is to come there") {
		t.Errorf("error %v", err)
	}
	edit(t, img, func(x *Tree) error {
		must(t, x.Remove("/srv/real/sub", false, false))
		must(t, x.Remove("/srv/real/a", false, false))
		return x.Mkdir("/srv/real/a", 0o755, false)
	})
	if err := put(t, img, tree, "/srv/real", PutOptions{Recursive: true, Owner: keepOwner}); err == nil || !strings.Contains(err.Error(), "/srv/real/a: it is a folder, and what is to come there is none") {
		t.Errorf("error %v", err)
	}
	judge(t, img)
}

// A long put ends soon when it is interrupted.
func TestPutInterrupted(t *testing.T) {
	img := newImage(t, 8<<20, ext.FormatOptions{Type: "ext4"})
	was := sum(t, img)
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	endless := readerFunc(func(p []byte) (int, error) {
		if n += len(p); n > 3<<20 {
			cancel()
		}
		return len(p), nil
	})
	_, err := Edit(ctx, img, Options{}, func(tree *Tree) error {
		return tree.Put(ctx, "-", "/x", PutOptions{Owner: keepOwner, Stdin: endless})
	})
	if !errors.Is(err, context.Canceled) || n > 5<<20 {
		t.Errorf("after %d bytes: %v", n, err)
	}
	if sum(t, img) != was {
		t.Error("the image was changed")
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
