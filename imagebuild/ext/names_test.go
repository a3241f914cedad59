package ext

import (
	"errors"
	"io/fs"
	"testing"
)

// What is remembered of names is forgotten when they change.
func TestNamesAreForgotten(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_el6"))
	f := edit(t, img)
	ino := func(name string) uint32 { return stat(t, f, name).Ino }
	gone := func(name string) {
		t.Helper()
		if _, err := f.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, f.MkdirAll("etc/a/b", 0o755))
	must(t, f.WriteFile("etc/a/b/file", []byte("one"), 0o644))
	first := ino("etc/a/b/file")
	must(t, f.Rename("etc/a/b/file", "etc/a/b/moved"))
	gone("etc/a/b/file")
	if ino("etc/a/b/moved") != first {
		t.Error("moved: another inode")
	}
	must(t, f.WriteFile("etc/a/b/file", []byte("two"), 0o644))
	if ino("etc/a/b/file") == first {
		t.Error("a new file has the old inode")
	}
	must(t, f.Rename("etc/a/b/moved", "etc/a/b/file")) // over it
	if ino("etc/a/b/file") != first {
		t.Error("renamed over: the old inode")
	}
	must(t, f.Rename("etc/a/b", "etc/b"))
	gone("etc/a/b/file")
	gone("etc/a/b")
	wantFile(t, f, "etc/b/file", []byte("one"))
	must(t, f.Link("etc/b/file", "etc/a/other"))
	must(t, f.Remove("etc/b/file"))
	gone("etc/b/file")
	must(t, f.RemoveAll("etc/b"))
	gone("etc/b")
	must(t, f.Mkdir("etc/b", 0o755)) // takes the inode of the old one
	gone("etc/b/file")
	must(t, f.Symlink("a", "etc/link"))
	wantFile(t, f, "etc/link/other", []byte("one"))
	must(t, f.Remove("etc/link"))
	must(t, f.Symlink("b", "etc/link"))
	gone("etc/link/other")
	finish(t, f, img)
}

func TestNames(t *testing.T) {
	var n names
	n.put(7, "a", 70)
	n.put(8, "a", 80)
	for _, c := range []struct {
		dir  uint32
		name string
		ino  uint32
		ok   bool
	}{{7, "a", 70, true}, {8, "a", 80, true}, {7, "b", 0, false}} {
		if ino, ok := n.get(c.dir, c.name); ino != c.ino || ok != c.ok {
			t.Errorf("%d, %q: %d, %v", c.dir, c.name, ino, ok)
		}
	}
	n.forget(7)
	if _, ok := n.get(7, "a"); ok {
		t.Error("not forgotten")
	}
	if _, ok := n.get(8, "a"); !ok {
		t.Error("forgotten with another folder's")
	}
}
