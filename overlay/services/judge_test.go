package services_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/overlay"
	"lbimage/overlay/services"
	"lbimage/overlay/treetest"
	"lbimage/tests/needs"
)

// judge finds a program that judges a test.
var judge = needs.Program

// fill writes files into a new folder: "-> target" makes a link, a name that ends with a slash a folder.
func fill(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		target, isLink := strings.CutPrefix(text, "-> ")
		switch {
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(p, 0o755)
		case isLink:
			err = os.Symlink(target, p)
		default:
			err = os.WriteFile(p, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func open(t *testing.T, dir string) overlay.Tree {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return treetest.Folder{Root: root}
}

// shot lists what is below a folder: links with their targets, files with their text.
func shot(t *testing.T, dir, below string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(filepath.Join(dir, below), func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		b.WriteString(rel)
		switch {
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(p)
			if err != nil {
				return err
			}
			b.WriteString(" -> " + target)
		case d.IsDir():
			b.WriteString("/")
		default:
			text, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			b.WriteString(" = " + string(text))
		}
		b.WriteString("\n")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// do applies one request.
func do(t *testing.T, tree overlay.Tree, name string, action services.Action, levels string) ([]overlay.Change, error) {
	t.Helper()
	e, err := services.New(services.Request{Name: name, Action: action, Levels: levels})
	if err != nil {
		return nil, err
	}
	return e.Apply(tree)
}

// differ gives the lines that only one of two shots has.
func differ(ours, theirs string) string {
	var b strings.Builder
	in := func(line, text string) bool { return strings.Contains("\n"+text+"\n", "\n"+line+"\n") }
	for line := range strings.SplitSeq(ours, "\n") {
		if !in(line, theirs) {
			b.WriteString("only ours:   " + line + "\n")
		}
	}
	for line := range strings.SplitSeq(theirs, "\n") {
		if !in(line, ours) {
			b.WriteString("only theirs: " + line + "\n")
		}
	}
	return b.String()
}

func TestDifferSees(t *testing.T) {
	if differ("a\nb\n", "a\nb\n") != "" || differ("a\n", "a\nb\n") == "" || differ("a\nb\n", "b\n") == "" {
		t.Error("differ does not see what differs")
	}
}
