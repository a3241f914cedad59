package treetest

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"lbimage/overlay"
)

// Run tests that a tree does what package overlay asks of an overlay.Tree. fresh gives an empty tree, or
// one whose root has other things in it, each time it is called; the test uses names that begin with
// "treetest".
func Run(t *testing.T, fresh func(t *testing.T) overlay.Tree) {
	for _, c := range []struct {
		name string
		f    func(t *testing.T, tree overlay.Tree)
	}{
		{"CreateFile", createFile},
		{"RewriteKeepsAttributes", rewriteKeeps},
		{"WriteFromStreams", writeFrom},
		{"WriteFromReaderFails", writeFromFails},
		{"MissingFolder", missingFolder},
		{"Mkdir", mkdir},
		{"ReadDirIsSorted", readDir},
		{"SymlinkIsItself", symlink},
		{"LinkIsTheSameFile", link},
		{"Remove", remove},
		{"Chmod", chmod},
		{"Lchown", lchown},
		{"Chtimes", chtimes},
		{"Xattrs", xattrs},
		{"Edits", edits},
	} {
		t.Run(c.name, func(t *testing.T) { c.f(t, fresh(t)) })
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wants(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: error is %v, want one that is %v", what, err, want)
	}
}

// state checks mode and owner of a name.
func state(t *testing.T, tree overlay.Tree, name string, mode fs.FileMode, uid, gid uint32) {
	t.Helper()
	info, err := tree.Lstat(name)
	must(t, err)
	if got := info.Mode(); got != mode {
		t.Errorf("%s: mode %v, want %v", name, got, mode)
	}
	u, g, err := overlay.OwnerOf(info)
	must(t, err)
	if u != uid || g != gid {
		t.Errorf("%s: owner %d:%d, want %d:%d", name, u, g, uid, gid)
	}
}

func holds(t *testing.T, tree overlay.Tree, name string, want []byte) {
	t.Helper()
	got, err := tree.ReadFile(name)
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("%s: ReadFile gives %d bytes, want %d", name, len(got), len(want))
	}
	f, err := tree.Open(name)
	must(t, err)
	defer f.Close()
	if got, err = io.ReadAll(f); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: Open and read gives %d bytes (%v), want %d", name, len(got), err, len(want))
	}
	info, err := f.Stat()
	must(t, err)
	if info.Size() != int64(len(want)) {
		t.Errorf("%s: size %d, want %d", name, info.Size(), len(want))
	}
}

func createFile(t *testing.T, tree overlay.Tree) {
	must(t, tree.WriteFile("treetest", []byte("text\n"), 0o666)) // no umask takes from it
	state(t, tree, "treetest", 0o666, 0, 0)
	holds(t, tree, "treetest", []byte("text\n"))
	must(t, tree.WriteFile("treetest.empty", nil, 0o600))
	state(t, tree, "treetest.empty", 0o600, 0, 0)
	holds(t, tree, "treetest.empty", nil)
}

func rewriteKeeps(t *testing.T, tree overlay.Tree) {
	must(t, tree.WriteFile("treetest", bytes.Repeat([]byte("long"), 5000), 0o640))
	must(t, tree.Lchown("treetest", 70000, 80000))
	must(t, tree.SetXattr("treetest", "security.selinux", []byte("system_u:object_r:etc_t:s0\x00")))
	must(t, tree.WriteFile("treetest", []byte("short"), 0o777))
	state(t, tree, "treetest", 0o640, 70000, 80000)
	holds(t, tree, "treetest", []byte("short"))
	must(t, tree.WriteFrom("treetest", strings.NewReader("other"), 0o777))
	state(t, tree, "treetest", 0o640, 70000, 80000)
	holds(t, tree, "treetest", []byte("other"))
	v, err := tree.Xattr("treetest", "security.selinux")
	must(t, err)
	if string(v) != "system_u:object_r:etc_t:s0\x00" {
		t.Errorf("label after a rewrite: %q", v)
	}
}

func writeFrom(t *testing.T, tree overlay.Tree) {
	big := make([]byte, 3<<20+123)
	for i := range big {
		big[i] = byte(i * 7 >> 3)
	}
	must(t, tree.WriteFrom("treetest", iotest.HalfReader(bytes.NewReader(big)), 0o755))
	state(t, tree, "treetest", 0o755, 0, 0)
	holds(t, tree, "treetest", big)
}

func writeFromFails(t *testing.T, tree overlay.Tree) {
	stop := errors.New("stop")
	err := tree.WriteFrom("treetest", io.MultiReader(strings.NewReader("some"), iotest.ErrReader(stop)), 0o644)
	wants(t, "WriteFrom", err, stop)
}

func missingFolder(t *testing.T, tree overlay.Tree) {
	wants(t, "WriteFile", tree.WriteFile("treetest/no/file", nil, 0o644), fs.ErrNotExist)
	wants(t, "Mkdir", tree.Mkdir("treetest/no/dir", 0o755), fs.ErrNotExist)
	wants(t, "Symlink", tree.Symlink("x", "treetest/no/link"), fs.ErrNotExist)
	wants(t, "Remove", tree.Remove("treetest"), fs.ErrNotExist)
	_, err := tree.Lstat("treetest")
	wants(t, "Lstat", err, fs.ErrNotExist)
	_, err = tree.ReadFile("treetest")
	wants(t, "ReadFile", err, fs.ErrNotExist)
	_, err = tree.Open("treetest")
	wants(t, "Open", err, fs.ErrNotExist)
}

func mkdir(t *testing.T, tree overlay.Tree) {
	must(t, tree.Mkdir("treetest", 0o777))
	state(t, tree, "treetest", fs.ModeDir|0o777, 0, 0)
	wants(t, "Mkdir again", tree.Mkdir("treetest", 0o755), fs.ErrExist)
	must(t, tree.Mkdir("treetest/sub", 0o700))
	state(t, tree, "treetest/sub", fs.ModeDir|0o700, 0, 0)
}

func readDir(t *testing.T, tree overlay.Tree) {
	must(t, tree.Mkdir("treetest", 0o755))
	names := []string{"ä", "b", "B", "a-b", "a", "zz", ".hidden"}
	for _, n := range names {
		must(t, tree.WriteFile("treetest/"+n, nil, 0o644))
	}
	must(t, tree.Symlink("b", "treetest/link"))
	entries, err := tree.ReadDir("treetest")
	must(t, err)
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
		if link := e.Type()&fs.ModeSymlink != 0; link != (e.Name() == "link") {
			t.Errorf("%s: type %v", e.Name(), e.Type())
		}
	}
	want := append(names, "link")
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("ReadDir gives %q, want %q", got, want)
	}
}

func symlink(t *testing.T, tree overlay.Tree) {
	long := strings.Repeat("a/", 100) + "b"
	for _, target := range []string{"nowhere", "/etc/passwd", "../../up", long} {
		must(t, tree.Symlink(target, "treetest"))
		got, err := tree.ReadLink("treetest")
		must(t, err)
		if got != target {
			t.Errorf("ReadLink gives %q, want %q", got, target)
		}
		state(t, tree, "treetest", fs.ModeSymlink|0o777, 0, 0)
		wants(t, "Symlink again", tree.Symlink("x", "treetest"), fs.ErrExist)
		must(t, tree.Remove("treetest"))
	}
	must(t, tree.WriteFile("treetest.file", nil, 0o644))
	if _, err := tree.ReadLink("treetest.file"); err == nil {
		t.Error("ReadLink of a file gives no error")
	}
}

func link(t *testing.T, tree overlay.Tree) {
	must(t, tree.Mkdir("treetest", 0o755))
	must(t, tree.WriteFile("treetest/one", []byte("x"), 0o644))
	must(t, tree.Link("treetest/one", "treetest/two"))
	must(t, tree.WriteFile("treetest/two", []byte("seen under both"), 0o644))
	holds(t, tree, "treetest/one", []byte("seen under both"))
	wants(t, "Link over a file", tree.Link("treetest/one", "treetest/two"), fs.ErrExist)
	wants(t, "Link of nothing", tree.Link("treetest/none", "treetest/three"), fs.ErrNotExist)
	if err := tree.Link("treetest", "treetest.dir"); err == nil {
		t.Error("Link of a folder gives no error")
	}
	must(t, tree.Remove("treetest/one"))
	holds(t, tree, "treetest/two", []byte("seen under both"))
}

func remove(t *testing.T, tree overlay.Tree) {
	must(t, tree.Mkdir("treetest", 0o755))
	must(t, tree.WriteFile("treetest/file", []byte("x"), 0o644))
	must(t, tree.Symlink("file", "treetest/link"))
	if err := tree.Remove("treetest"); err == nil {
		t.Fatal("Remove of a folder with files in it gives no error")
	}
	must(t, tree.Remove("treetest/link"))
	holds(t, tree, "treetest/file", []byte("x"))
	must(t, tree.Remove("treetest/file"))
	must(t, tree.Remove("treetest"))
	_, err := tree.Lstat("treetest")
	wants(t, "Lstat of what was removed", err, fs.ErrNotExist)
}

func chmod(t *testing.T, tree overlay.Tree) {
	must(t, tree.WriteFile("treetest", nil, 0o644))
	must(t, tree.Mkdir("treetest.dir", 0o755))
	for _, m := range []fs.FileMode{0, 0o7, 0o644, fs.ModeSetuid | 0o755, fs.ModeSetgid | fs.ModeSetuid | 0o700, fs.ModeSticky | 0o777} {
		must(t, tree.Chmod("treetest", m))
		state(t, tree, "treetest", m, 0, 0)
		must(t, tree.Chmod("treetest.dir", m))
		state(t, tree, "treetest.dir", fs.ModeDir|m, 0, 0)
	}
}

func lchown(t *testing.T, tree overlay.Tree) {
	must(t, tree.WriteFile("treetest", nil, 0o644))
	must(t, tree.Lchown("treetest", 12, 1<<31))
	state(t, tree, "treetest", 0o644, 12, 1<<31)
	must(t, tree.Symlink("treetest", "treetest.link"))
	must(t, tree.Lchown("treetest.link", 34, 56))
	state(t, tree, "treetest.link", fs.ModeSymlink|0o777, 34, 56)
	state(t, tree, "treetest", 0o644, 12, 1<<31)
}

func chtimes(t *testing.T, tree overlay.Tree) {
	must(t, tree.WriteFile("treetest", nil, 0o644))
	when := time.Unix(1400000000, 0)
	must(t, tree.Chtimes("treetest", when, when))
	info, err := tree.Lstat("treetest")
	must(t, err)
	if !info.ModTime().Equal(when) {
		t.Errorf("time %v, want %v", info.ModTime(), when)
	}
	must(t, tree.Symlink("treetest", "treetest.link"))
	earlier := when.Add(-time.Hour)
	must(t, tree.Lchtimes("treetest.link", earlier, earlier))
	for name, want := range map[string]time.Time{"treetest": when, "treetest.link": earlier} {
		info, err := tree.Lstat(name)
		must(t, err)
		if !info.ModTime().Equal(want) {
			t.Errorf("%s: time %v, want %v", name, info.ModTime(), want)
		}
	}
}

func xattrs(t *testing.T, tree overlay.Tree) {
	must(t, tree.WriteFile("treetest", nil, 0o644))
	const a, b = "security.selinux", "user.comment"
	must(t, tree.SetXattr("treetest", a, []byte("one\x00")))
	must(t, tree.SetXattr("treetest", b, []byte("two")))
	must(t, tree.SetXattr("treetest", b, []byte("three")))
	names, err := tree.ListXattr("treetest")
	must(t, err)
	slices.Sort(names)
	if !slices.Equal(names, []string{a, b}) {
		t.Errorf("ListXattr gives %q", names)
	}
	v, err := tree.Xattr("treetest", b)
	must(t, err)
	if string(v) != "three" {
		t.Errorf("Xattr gives %q", v)
	}
	must(t, tree.RemoveXattr("treetest", b))
	if _, err := tree.Xattr("treetest", b); err == nil {
		t.Error("Xattr of what was removed gives no error")
	}
	if names, err = tree.ListXattr("treetest"); err != nil || !slices.Equal(names, []string{a}) {
		t.Errorf("ListXattr gives %q, %v", names, err)
	}
}

// edits applies one of each to the tree and looks whether it holds what the changes say.
func edits(t *testing.T, tree overlay.Tree) {
	mode := fs.ModeSetgid | fs.ModeSetuid | fs.FileMode(0o700)
	owner := overlay.Owner{User: "500", Group: "501"}
	changes, err := overlay.Apply(tree, []overlay.Edit{
		overlay.File{Path: "/treetest/a/b/file", Content: []byte("one\ntwo\n"), Owner: &owner},
		overlay.Dir{Path: "/treetest/run", Mode: &mode, Owner: &owner},
		overlay.Symlink{Path: "/treetest/link", Target: "/treetest/a"},
		overlay.Sysctl{Path: "/treetest/link/sysctl.conf", Settings: []overlay.Setting{{Key: "net.ipv4.tcp_keepalive_time", Value: "600"}}},
		overlay.Rewrite{Path: "/treetest/link/b/file", Edit: func(old []byte) ([]byte, []string, error) {
			return bytes.ToUpper(old), nil, nil
		}},
		overlay.Remove{Path: "/treetest/link"},
	})
	must(t, err)
	for _, c := range overlay.Fold(changes) {
		if c.After == nil {
			_, err := tree.Lstat(c.Name())
			wants(t, c.Path, err, fs.ErrNotExist)
			continue
		}
		got, err := overlay.StateOf(tree, c.Name(), 0)
		must(t, err)
		if got.Mode != c.After.Mode || got.UID != c.After.UID || got.GID != c.After.GID || got.SHA256 != c.After.SHA256 || got.Target != c.After.Target {
			t.Errorf("%s: is %+v, the change says %+v", c.Path, got, c.After)
		}
	}
	state(t, tree, "treetest/run", fs.ModeDir|mode, 500, 501)
	state(t, tree, "treetest/a/b/file", 0o644, 500, 501)
	holds(t, tree, "treetest/a/b/file", []byte("ONE\nTWO\n"))
	holds(t, tree, "treetest/a/sysctl.conf", []byte("net.ipv4.tcp_keepalive_time = 600\n"))
}
