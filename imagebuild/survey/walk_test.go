package survey

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild/ext"
	"lbimage/overlay"
	"lbimage/overlay/treetest"
	"lbimage/tests/needs"
)

// metNames collects what is met.
type metNames struct {
	list []string
	stop int // an error at this path, from 1
}

var errStop = errors.New("enough")

func (n *metNames) visit(name string, info fs.FileInfo) error {
	if info.Name() != path.Base(name) && name != "." {
		return errors.New(name + " is told as " + info.Name())
	}
	n.list = append(n.list, name)
	if len(n.list) == n.stop {
		return errStop
	}
	return nil
}

func TestWalkOrder(t *testing.T) {
	m := treetest.Fill(map[string]string{"b/x": "", "a": "", "b-c": "", "b.d/": "", "l": "-> b"})
	m.Mknod("p", fs.ModeNamedPipe|0o600)
	var first, second metNames
	w, err := walk(t.Context(), m, nil, &first, &second)
	want := []string{".", "a", "b", "b/x", "b-c", "b.d", "l", "p"}
	if err != nil || !slices.Equal(first.list, want) || !slices.Equal(second.list, want) {
		t.Errorf("%q, %q, %v", first.list, second.list, err)
	}
	if w.Folders != 3 || w.Files != 3 || w.Symlinks != 1 || w.Others != 1 || w.Notes != nil {
		t.Errorf("%+v", w)
	}
}

func TestWalkEnds(t *testing.T) {
	m := treetest.Fill(map[string]string{"a/b": "", "c": ""})
	n := metNames{stop: 3}
	if _, err := walk(t.Context(), m, &n); err != errStop || len(n.list) != 3 {
		t.Errorf("%q, %v", n.list, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := walk(ctx, m); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// spoilt is a tree in which what has a name cannot be read, or lists something else.
type spoilt struct {
	*treetest.Memory
	lists map[string][]fs.DirEntry
}

type fakeEntry struct {
	name string
	info fs.FileInfo
	err  error
}

func (e fakeEntry) Name() string               { return e.name }
func (e fakeEntry) IsDir() bool                { return e.info != nil && e.info.IsDir() }
func (e fakeEntry) Type() fs.FileMode          { return 0 }
func (e fakeEntry) Info() (fs.FileInfo, error) { return e.info, e.err }

var errBlock = errors.New("inode 12: block 99 lies outside the file system")

func (s spoilt) ReadDir(name string) ([]fs.DirEntry, error) {
	if l, ok := s.lists[name]; ok {
		if l == nil {
			return nil, &fs.PathError{Op: "readdir", Path: name, Err: errBlock}
		}
		return l, nil
	}
	return s.Memory.ReadDir(name)
}

func TestWalkDamage(t *testing.T) {
	m := treetest.Fill(map[string]string{"a/": "", "b/": "", "c/x": "", "d/": "", "z": ""})
	met, err := m.Lstat("c")
	if err != nil {
		t.Fatal(err)
	}
	c := numbered{met, 12}
	var n metNames
	w, err := walk(t.Context(), spoilt{m, map[string][]fs.DirEntry{
		"a":      nil,
		"b":      {fakeEntry{name: "gone", err: &fs.PathError{Op: "lstat", Path: "gone", Err: errBlock}}},
		"d/once": {},
		"c":      {fakeEntry{name: "../z", info: met}, fakeEntry{name: "..", info: met}, fakeEntry{name: "x\x00", info: met}},
		"d":      {fakeEntry{name: "once", info: fileInfo{c, "once"}}, fakeEntry{name: "twice", info: fileInfo{c, "twice"}}},
	}}, &n)
	if err != nil || !slices.Equal(n.list, []string{".", "a", "b", "c", "d", "d/once", "d/twice", "z"}) {
		t.Errorf("%q, %v", n.list, err)
	}
	want := []string{
		"/a: " + errBlock.Error(),
		"/b/gone: " + errBlock.Error(),
		`/c: ".." is no name`,
		`/c: "../z" is no name`,
		`/c: "x\x00" is no name`,
		"/d/twice: inode 12 is a folder that was met before",
	}
	if len(w.Notes) != len(want) {
		t.Fatalf("%q", w.Notes)
	}
	for i, note := range w.Notes {
		if !strings.HasPrefix(note, want[i]) {
			t.Errorf("%q, want %q", note, want[i])
		}
	}
}

// fileInfo is one under another name.
type fileInfo struct {
	fs.FileInfo
	name string
}

func (f fileInfo) Name() string { return f.name }

// numbered is a file with an inode number.
type numbered struct {
	fs.FileInfo
	ino uint64
}

func (n numbered) Sys() any { return struct{ Ino uint64 }{n.ino} }

// endless has a folder in each folder, and no inode numbers.
type endless struct{ overlay.ReadTree }

type noSys struct{ fs.FileInfo }

func (noSys) Sys() any { return nil }

func (e endless) ReadDir(string) ([]fs.DirEntry, error) {
	info, err := e.Lstat(".")
	return []fs.DirEntry{fakeEntry{name: "d", info: fileInfo{noSys{info}, "d"}}}, err
}

func TestWalkDepth(t *testing.T) {
	w, err := walk(t.Context(), endless{treetest.NewMemory()})
	if err != nil || w.Folders != maxDepth+1 || len(w.Notes) != 1 || !strings.Contains(w.Notes[0], "folders deep") {
		t.Errorf("%+v, %v", w, err)
	}
}

func TestNotesHaveABound(t *testing.T) {
	var notes []string
	for range 100 {
		notes = noted(notes, "x")
	}
	if len(notes) != maxNotes+1 {
		t.Error(len(notes))
	}
}

// A file system that mke2fs fills from a folder has the folder's files, no more and no fewer.
func TestWalkOfFileSystem(t *testing.T) {
	mke2fs := needs.Program(t, "mke2fs")
	dir := t.TempDir()
	for _, name := range []string{"etc/a", "etc/b/c/d", "usr/lib/x", "usr/lib64/y"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("usr/lib", filepath.Join(dir, "lib")); err != nil {
		t.Fatal(err)
	}
	var want []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, _ fs.DirEntry, err error) error {
		want = append(want, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	img := filepath.Join(t.TempDir(), "fs.img")
	if out, err := exec.Command(mke2fs, "-q", "-F", "-t", "ext3", "-d", dir, img, "8M").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f, err := os.Open(img)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tree, err := ext.Open(f, 8<<20)
	if err != nil {
		t.Fatal(err)
	}
	var n metNames
	w, err := walk(t.Context(), tree, &n)
	got := slices.DeleteFunc(n.list, func(s string) bool { return s == "lost+found" })
	if err != nil || !slices.Equal(got, want) || w.Notes != nil {
		t.Errorf("%q, want %q, %+v, %v", got, want, w, err)
	}
}
