// Package checktest has what tests of rules need: the sample image as a tree in memory that can be spoilt, and a test that
// every rule has a case that trips it. It is for tests only.
package checktest

import (
	"bytes"
	"context"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/sample"
	"lbimage/imagebuild/survey"
	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

// stock is the sample's root file system, made once.
var stock = sync.OnceValues(func() (*ext.FS, error) {
	disk, err := block.CreateSparse("")
	if err != nil {
		return nil, err
	}
	const size, start = 64 << 20, 1 << 20
	disk.Grow(size)
	if err := sample.WriteDisk(context.Background(), disk, sample.Options{}); err != nil {
		return nil, err
	}
	root, err := block.Section(disk, start, size-start)
	if err != nil {
		return nil, err
	}
	return ext.Open(root, root.Size())
})

// Sample gives the tree of the sample image, for a test to spoil. Of large files and of those that are many alike it has the names
// and the first bytes.
func Sample(t *testing.T) *treetest.Memory {
	t.Helper()
	from, err := stock()
	if err != nil {
		t.Fatal(err)
	}
	to := treetest.NewMemory()
	if err := copyTree(from, to, "."); err != nil {
		t.Fatal(err)
	}
	return to
}

func copyTree(from overlay.ReadTree, to *treetest.Memory, dir string) error {
	entries, err := from.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if strings.HasPrefix(name, "usr/share/sample-") {
			continue
		}
		info, err := from.Lstat(name)
		if err != nil {
			return err
		}
		switch mode := info.Mode(); {
		case mode.IsDir():
			err = to.Mkdir(name, mode.Perm())
		case mode&fs.ModeSymlink != 0:
			var target string
			if target, err = from.ReadLink(name); err == nil {
				err = to.Symlink(target, name)
			}
		case mode.IsRegular():
			var data []byte
			if data, err = from.ReadFile(name); err == nil {
				err = to.WriteFile(name, data, mode.Perm())
			}
		default:
			to.Mknod(name, mode)
		}
		if err != nil {
			return err
		}
		uid, gid, err := overlay.OwnerOf(info)
		if err != nil {
			return err
		}
		if err := to.Lchown(name, int(uid), int(gid)); err != nil {
			return err
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			continue
		}
		if err := to.Chmod(name, info.Mode()); err != nil {
			return err
		}
		if info.IsDir() {
			if err := copyTree(from, to, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// Subject surveys a tree, as of an image for production.
func Subject(t *testing.T, tree overlay.ReadTree) *check.Subject {
	t.Helper()
	s, err := survey.Of(t.Context(), tree, survey.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &check.Subject{Tree: tree, Survey: s, Profile: check.Production}
}

// recipes are the parts of a mend that stand between backquotes and are recipes.
var recipes = regexp.MustCompile("`((?:edits|access|servo|sysctl): [^`]+)`")

// Recipe gives the first recipe of a mend; empty where there is none.
func Recipe(hint string) string {
	if m := recipes.FindStringSubmatch(hint); m != nil {
		return m[1]
	}
	return ""
}

// Find asks rules about a tree.
func Find(t *testing.T, rules []check.Rule, tree overlay.ReadTree) []check.Finding {
	t.Helper()
	found, err := check.Run(t.Context(), Subject(t, tree), rules)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Case spoils the sample in one way.
type Case struct {
	Rule     string // that trips
	Spoil    func(t *testing.T, m *treetest.Memory)
	Severity check.Severity
	Place    string   // of the finding, as Finding.Place has it
	Message  string   // a part of it
	Also     []string // other rules that trip, too
	// Unmended says that the mend's recipe is a pattern to be filled in, or has none.
	Unmended bool
}

// Write is a spoiling that writes files, 0644 and root's, with the folders above them.
func Write(files map[string]string) func(*testing.T, *treetest.Memory) {
	return func(t *testing.T, m *treetest.Memory) {
		t.Helper()
		var names []string
		for name := range files {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if _, err := (overlay.File{Path: "/" + strings.TrimSuffix(name, "/"), Content: []byte(files[name])}).Apply(m); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Append is a spoiling that adds to a file.
func Append(name, text string) func(*testing.T, *treetest.Memory) {
	return func(t *testing.T, m *treetest.Memory) {
		t.Helper()
		Write(map[string]string{name: string(Read(t, m, name)) + text})(t, m)
	}
}

// Replace is a spoiling that replaces a text in a file, which must be there.
func Replace(name, old, new string) func(*testing.T, *treetest.Memory) {
	return func(t *testing.T, m *treetest.Memory) {
		t.Helper()
		text := Read(t, m, name)
		if !bytes.Contains(text, []byte(old)) {
			t.Fatalf("%s does not have %q", name, old)
		}
		Write(map[string]string{name: strings.Replace(string(text), old, new, 1)})(t, m)
	}
}

// Mode is a spoiling that changes a mode.
func Mode(name string, mode fs.FileMode) func(*testing.T, *treetest.Memory) {
	return func(t *testing.T, m *treetest.Memory) {
		t.Helper()
		if err := m.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
}

// Both does one spoiling after the other.
func Both(all ...func(*testing.T, *treetest.Memory)) func(*testing.T, *treetest.Memory) {
	return func(t *testing.T, m *treetest.Memory) {
		t.Helper()
		for _, f := range all {
			f(t, m)
		}
	}
}

// Read gives a file's content.
func Read(t *testing.T, m *treetest.Memory, name string) []byte {
	t.Helper()
	data, _, err := overlay.ReadFile(m, name, 64<<20)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Walk holds that the sample trips none of the rules but those given, that each case trips its rule and no other, and that every
// rule has a case and says why it is and how to mend what it finds.
func Walk(t *testing.T, rules []check.Rule, cases []Case, stockTrips ...string) {
	t.Helper()
	for _, f := range Find(t, rules, Sample(t)) {
		if !slices.Contains(stockTrips, f.Rule) {
			t.Errorf("the sample: %v", f)
		}
	}
	tripped := map[string]bool{}
	for _, c := range cases {
		m := Sample(t)
		c.Spoil(t, m)
		met := false
		for _, f := range Find(t, rules, m) {
			switch {
			case f.Rule == c.Rule && f.Severity == c.Severity && f.Place() == c.Place && strings.Contains(f.Message, c.Message) && f.Hint != "":
				met = true
			case slices.Contains(stockTrips, f.Rule), slices.Contains(c.Also, f.Rule):
			default:
				t.Errorf("%s: %v", c.Rule, f)
			}
		}
		if !met {
			t.Errorf("%s: no finding %s %s %q", c.Rule, c.Severity, c.Place, c.Message)
		}
		tripped[c.Rule] = tripped[c.Rule] || met
	}
	seen := map[string]bool{}
	for _, r := range rules {
		if seen[r.Name] || r.Name == "" || r.Why == "" || r.Mend == "" || r.Group == "" || r.Severity == "" {
			t.Errorf("%+v", r)
		}
		if seen[r.Name] = true; !tripped[r.Name] {
			t.Errorf("no case trips %s", r.Name)
		}
	}
}
