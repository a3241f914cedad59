package overlay_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"lbimage/imagebuild/ext"
	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

// flagged is a tree with flags of chattr.
type flagged struct {
	*treetest.Memory
	flags map[string]uint32
}

func (f flagged) Flags(name string) (uint32, error) { return f.flags[name], nil }

// The flags are those of the tree's own package.
func TestGuard(t *testing.T) {
	const i, a = ext.FlagImmutable, ext.FlagAppend
	upper := func(old []byte) ([]byte, []string, error) { return []byte(strings.ToUpper(string(old))), nil, nil }
	for _, c := range []struct {
		name  string
		flags map[string]uint32
		edit  overlay.Edit
		err   string // "": it works
	}{
		{"write", map[string]uint32{"etc/app/conf": i}, overlay.File{Path: "/etc/app/conf", Content: []byte("x")}, "/etc/app/conf: may not be changed: it is immutable"},
		{"write through a link", map[string]uint32{"etc/app/conf": i}, overlay.File{Path: "/etc/link", Content: []byte("x")}, "-- -i /etc/app/conf"},
		{"as it is", map[string]uint32{"etc/app/conf": i}, overlay.File{Path: "/etc/app/conf", Content: []byte("one\n")}, ""},
		{"append-only", map[string]uint32{"etc/app/conf": a}, overlay.Line{Path: "/etc/app/conf", Match: "one", Set: "two"}, "it is append-only in the image"},
		{"rewrite", map[string]uint32{"etc/app/conf": i}, overlay.Rewrite{Path: "/etc/app/conf", Edit: upper}, "immutable"},
		{"mode", map[string]uint32{"etc/app/conf": i}, overlay.File{Path: "/etc/app/conf", Content: []byte("one\n"), Mode: perm(0)}, "another mode"},
		{"owner of a folder", map[string]uint32{"var/lib": i}, overlay.Dir{Path: "/var/lib", Owner: &overlay.Owner{User: "servo"}}, "/var/lib: may not be changed: it is immutable"},
		{"new in a folder", map[string]uint32{"etc/app": i}, overlay.File{Path: "/etc/app/new"}, "/etc/app/new: may not be changed: its folder /etc/app is immutable"},
		{"new folder in a folder", map[string]uint32{"etc/app": i}, overlay.Dir{Path: "/etc/app/new"}, "/etc/app/new: may not be changed: its folder /etc/app is immutable"},
		{"new link in a folder", map[string]uint32{"etc/app": i}, overlay.Symlink{Path: "/etc/app/new", Target: "x"}, "its folder /etc/app is immutable"},
		{"new in an append-only folder", map[string]uint32{"etc/app": a}, overlay.Symlink{Path: "/etc/app/new", Target: "x"}, ""},
		{"remove", map[string]uint32{"etc/app/conf": i}, overlay.Remove{Path: "/etc/app/conf"}, "removing it is refused"},
		{"remove from a folder", map[string]uint32{"etc/app": a}, overlay.Remove{Path: "/etc/app/conf"}, "/etc/app/conf: may not be changed: its folder /etc/app is append-only"},
		{"remove a tree", map[string]uint32{"tree/a/b/c": i}, overlay.Remove{Path: "/tree", Tree: true}, "/tree/a/b/c: may not be changed"},
		{"write in an immutable folder", map[string]uint32{"etc/app": i}, overlay.File{Path: "/etc/app/conf", Content: []byte("x")}, ""},
		{"other flags", map[string]uint32{"etc/app/conf": ^uint32(i | a)}, overlay.File{Path: "/etc/app/conf", Content: []byte("x")}, ""},
	} {
		m := treetest.Fill(accounts)
		before := strings.Join(m.Names(), " ")
		text, _ := m.ReadFile("etc/app/conf")
		_, err := c.edit.Apply(overlay.WithPolicy(flagged{m, c.flags}, overlay.Policy{}))
		if c.err == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err == nil || !errors.Is(err, overlay.ErrImmutable) || !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.err)
		}
		after, _ := m.ReadFile("etc/app/conf")
		if strings.Join(m.Names(), " ") != before && c.name != "remove a tree" || string(after) != string(text) {
			t.Errorf("%s: refused, and yet something has changed", c.name)
		}
	}
	m := treetest.NewMemory()
	if overlay.Guard(m) != overlay.Tree(m) {
		t.Error("a tree without flags is wrapped")
	}
}

// A file system's own flags count.
func TestGuardOfFileSystem(t *testing.T) {
	tree := formatted(t, formats["ext3"], 4<<20)
	file := overlay.File{Path: "/dir/conf", Content: []byte("old")}
	link := overlay.Symlink{Path: "/dir/link", Target: "conf"}
	if _, err := overlay.Apply(tree, []overlay.Edit{file, link}); err != nil {
		t.Fatal(err)
	}
	if err := tree.SetFlags("dir/conf", ext.FlagImmutable); err != nil {
		t.Fatal(err)
	}
	file.Content = []byte("new")
	if _, err := file.Apply(tree); !errors.Is(err, overlay.ErrImmutable) || strings.Count(err.Error(), "/dir/conf") != 2 {
		t.Errorf("error %v", err)
	}
	link.Target = "other"
	if _, err := link.Apply(tree); err != nil {
		t.Error(err)
	}
	if err := tree.SetFlags("dir/conf", 0); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Apply(tree); err != nil {
		t.Error(err)
	}
}

// What a folder passes on is told.
func TestDefaultACL(t *testing.T) {
	tree := formatted(t, formats["ext4"], 4<<20)
	if err := tree.SetXattr(".", "system.posix_acl_default", acl(4)); err != nil {
		t.Fatal(err)
	}
	changes, err := overlay.Apply(tree, []overlay.Edit{overlay.Dir{Path: "/dir"}, overlay.File{Path: "/dir/f", Mode: perm(0o640)}, overlay.Symlink{Path: "/dir/l", Target: "f"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		told := strings.Contains(strings.Join(c.Notes, " "), "its folder passes on")
		if link := c.Path == "/dir/l"; told == link {
			t.Errorf("%v: notes %q", c, c.Notes)
		}
	}
	isAsSaid(t, tree, changes)
}

// An edit that writes by itself is guarded by Apply.
type bare struct{ silent }

func (bare) Apply(t overlay.Tree) ([]overlay.Change, error) {
	return nil, t.WriteFile("etc/app/conf", nil, 0o644)
}

func TestApplyGuards(t *testing.T) {
	m := treetest.Fill(accounts)
	_, err := overlay.Apply(flagged{m, map[string]uint32{"etc/app/conf": ext.FlagImmutable}}, []overlay.Edit{bare{}})
	if !errors.Is(err, overlay.ErrImmutable) {
		t.Errorf("error %v", err)
	}
}

// A guarded tree is a tree, and says what the one behind it can do.
func TestGuardedTree(t *testing.T) {
	treetest.Run(t, func(*testing.T) overlay.Tree { return overlay.Guard(flagged{treetest.NewMemory(), nil}) })
	tree := overlay.Guard(overlay.Guard(flagged{treetest.NewMemory(), map[string]uint32{".": 0x20}}))
	if f, ok := overlay.As[overlay.Flagger](tree); !ok {
		t.Error("it no longer knows flags")
	} else if flags, err := f.Flags("."); flags != 0x20 || err != nil {
		t.Errorf("%x, %v", flags, err)
	}
	if _, ok := overlay.As[interface{ Fly() }](tree); ok {
		t.Error("it flies")
	}
	if _, err := tree.Lstat("none"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
