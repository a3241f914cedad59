package overlay_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

func TestConflicts(t *testing.T) {
	laid := func(files map[string]string) overlay.Edit {
		o, err := overlay.OpenOverlay(folder(t, files), overlay.OverlayOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	file := func(path, text string) overlay.Edit { return overlay.File{Path: path, Content: []byte(text)} }
	line := func(match, set string) overlay.Edit {
		return overlay.Line{Path: "/etc/app/conf", Match: match, Set: set}
	}
	sysctl := func(value string) overlay.Edit {
		return overlay.Sysctl{Path: "/etc/app/conf", Settings: []overlay.Setting{{Key: "net.a", Value: value}}}
	}
	upper := func(old []byte) ([]byte, []string, error) { return old, nil, nil }
	over := func(e overlay.Edit) overlay.Edit { return overlay.Override{Edit: e} }
	owner := func(user, group string) overlay.Edit {
		return overlay.File{Path: "/f", Owner: &overlay.Owner{User: user, Group: group}}
	}
	list := func(e ...overlay.Edit) []overlay.Edit { return e }
	for _, c := range []struct {
		name  string
		edits []overlay.Edit
		want  string // "": they agree
	}{
		{"nothing", nil, ""},
		{"same content", list(file("/f", "a"), file("f", "a")), ""},
		{"other content", list(file("/f", "a"), file("/f", "b")), `/f: two edits disagree: "write /f (1 bytes)" and "write /f (1 bytes)": the contents differ; leave one`},
		{"through a link", list(file("/etc/link", "a"), file("/etc/app/conf", "b")), "/etc/app/conf: two edits disagree"},
		{"other modes", list(overlay.File{Path: "/f", Mode: perm(0o600)}, overlay.File{Path: "/f", Mode: perm(fs.ModeSetuid | 0o755)}), "the mode is to be 0600 and 4755"},
		{"one mode", list(overlay.File{Path: "/f", Mode: perm(0o600)}, overlay.File{Path: "/f"}), ""},
		{"other owners", list(owner("servo", ""), owner("app", "")), "the owner is to be servo: and app:"},
		{"owners in other words", list(owner("root", "0"), owner("", "")), ""},
		{"a group not given", list(owner("servo", ""), owner("servo", "wheel")), ""},
		{"removed later", list(file("/f", "a"), overlay.Remove{Path: "/f"}), `"remove /f": the one sets what the other removes`},
		{"removed before", list(overlay.Remove{Path: "/f"}, file("/f", "a")), `the one removes what the other sets`},
		{"removed twice", list(overlay.Remove{Path: "/f"}, overlay.Remove{Path: "/f", Tree: true}), ""},
		{"removed, edited", list(overlay.Remove{Path: "/etc/app/conf"}, line("a", "b")), "the one removes"},
		{"edited, removed", list(line("a", "b"), overlay.Remove{Path: "/etc/app/conf"}), "the one sets"},
		{"the link goes, not the file", list(line("a", "b"), overlay.Remove{Path: "/etc/link"}), ""},
		{"the link that was gone through", list(file("/etc/link", "a"), overlay.Remove{Path: "/etc/link"}), "/etc/link: two edits disagree: \"write /etc/link (1 bytes)\" and \"remove /etc/link\": the one goes through the link"},
		{"the link anew", list(file("/etc/link", "a"), overlay.Symlink{Path: "/etc/link", Target: "elsewhere"}), "goes through the link"},
		{"the link as it is", list(file("/etc/link", "a"), overlay.Symlink{Path: "/etc/link", Target: "app/conf"}), ""},
		{"the link anew all the same", list(file("/etc/link", "a"), over(overlay.Symlink{Path: "/etc/link", Target: "elsewhere"})), ""},
		{"a link makes way", list(overlay.Remove{Path: "/etc/link"}, file("/etc/link", "a")), ""},
		{"a folder above removed", list(file("/etc/app/x/y", ""), overlay.Remove{Path: "/etc/app", Tree: true}), `/etc/app/x/y: two edits disagree`},
		{"a folder beside removed", list(file("/etc/apple", ""), overlay.Remove{Path: "/etc/app", Tree: true}), ""},
		{"what is removed already", list(overlay.Remove{Path: "/etc/app/conf"}, overlay.Remove{Path: "/etc/app", Tree: true}), ""},
		{"emptied and filled", list(overlay.Remove{Path: "/etc/app", Tree: true}, overlay.Dir{Path: "/etc/app"}, file("/etc/app/x", "")), ""},
		{"file, line", list(file("/etc/app/conf", "a"), line("a", "b")), ""},
		{"line, file", list(line("a", "b"), file("/etc/app/conf", "a")), "makes anew what the earlier one edits"},
		{"two lines", list(line("a", "b"), line("c", "d"), sysctl("1")), ""},
		{"one line by two patterns", list(line("^#?Root", "Root no"), line("Root", "Root yes")), "matches the line that the earlier one sets, and changes it"},
		{"one line by two patterns, of one mind", list(line("^#?Root", "Root no"), line("Root", "Root no")), ""},
		{"a line set and removed by two patterns", list(line("^#?Root", "Root no"), overlay.Line{Path: "/etc/app/conf", Match: "Root", Remove: true}), "removes the line that the earlier one sets"},
		{"lines removed, and one added", list(overlay.Line{Path: "/etc/app/conf", Match: "^server", Remove: true}, line("^server", "server a")), "removed, and set to"},
		{"lines removed by another pattern, and one added", list(overlay.Line{Path: "/etc/app/conf", Match: "^server ", Remove: true}, overlay.Line{Path: "/etc/app/conf", Set: "server a", Missing: overlay.Append}), ""},
		{"a group kept", list(line("^k", "k = 1"), overlay.Line{Path: "/etc/app/conf", Match: "^(k = 1)$", Set: "$1", Expand: true}), ""},
		{"a sysctl and its line", list(sysctl("1"), line("net", "net.a=2")), "they set net.a to different values"},
		{"a line and its sysctl", list(line("net", "net/a = 2"), sysctl("1")), "they set net.a to different values"},
		{"a line and its sysctl, of one mind", list(line("net", "net.a=1"), sysctl("1")), ""},
		{"one line overridden by another pattern", list(line("^#?Root", "Root no"), over(line("Root", "Root yes"))), ""},
		{"one line twice", list(line("a", "b"), line("a", "b")), ""},
		{"one line, two values", list(line("a", "b"), line("a", "c")), `lines that match "a": set to b, and set to c`},
		{"one line set and removed", list(line("a", "b"), overlay.Line{Path: "/etc/app/conf", Match: "a", Remove: true}), "set to b, and removed"},
		{"a line there and not", list(overlay.Line{Path: "/f", Set: "x", Missing: overlay.Append}, overlay.Line{Path: "/f", Set: "x", Remove: true}), "is there, and is not there"},
		{"a key, two values", list(sysctl("1"), sysctl("2")), "sysctl net/a: 1, and 2"},
		{"rewritten twice", list(overlay.Rewrite{Path: "/f", Edit: upper}, overlay.Rewrite{Path: "/f", Edit: upper}), ""},
		{"links", list(overlay.Symlink{Path: "/l", Target: "a"}, overlay.Symlink{Path: "/l", Target: "b"}), "the link is to point to a and to b"},
		{"link and file", list(overlay.Symlink{Path: "/l", Target: "a"}, file("/l", "b")), "the one makes a symbolic link, the other a file"},
		{"folder and file", list(overlay.Dir{Path: "/l"}, file("/l", "b")), "the one makes a folder, the other a file"},
		{"folders", list(overlay.Dir{Path: "/l", Mode: perm(0o700)}, overlay.Dir{Path: "/l", Mode: perm(0o755)}), "0700 and 0755"},
		{"overlays that agree", list(laid(map[string]string{"a/f": "x", "l": "-> y"}), laid(map[string]string{"a/f": "x", "l": "-> y", "a/g": ""})), ""},
		{"overlays", list(laid(map[string]string{"a/f": "x"}), laid(map[string]string{"a/f": "y"})), "/a/f: two edits disagree"},
		{"overlays' links", list(laid(map[string]string{"l": "-> x"}), laid(map[string]string{"l": "-> y"})), "to x and to y"},
		{"overlay and file", list(laid(map[string]string{"a/f": "x"}), file("/a/f", "x")), ""},
		{"overlay and its owner", list(laid(map[string]string{"a/f": "x"}), overlay.File{Path: "/a/f", Content: []byte("x"), Owner: &overlay.Owner{User: "servo"}}), "the owner is to be root:root and servo:"},
		{"override", list(file("/f", "a"), over(file("/f", "b"))), ""},
		{"override, and again", list(file("/f", "a"), over(file("/f", "b")), file("/f", "a")), "the contents differ"},
		{"override a removal", list(overlay.Remove{Path: "/f"}, over(file("/f", "b")), file("/f", "b")), ""},
		{"override a line", list(line("a", "b"), line("x", "y"), over(line("a", "c")), line("a", "c")), ""},
		{"override a line, not the other", list(line("a", "b"), line("x", "y"), over(line("a", "c")), line("x", "z")), "set to y, and set to z"},
		{"override with a removal", list(file("/etc/app/x", ""), over(overlay.Remove{Path: "/etc/app", Tree: true}), file("/etc/app/x", "b")), ""},
		{"what tells nothing", list(file("/f", "a"), silent{}), ""},
	} {
		err := overlay.Conflicts(treetest.Fill(accounts), c.edits)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !errors.Is(err, overlay.ErrConflict) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
	// Without a tree paths are compared as written.
	if err := overlay.Conflicts(nil, list(file("/etc/link", "a"), file("/etc/app/conf", "b"))); err != nil {
		t.Error(err)
	}
	// Overridden or not, an edit does what it does.
	m := treetest.NewMemory()
	e := over(file("/f", "a"))
	if changes, err := overlay.Apply(m, list(e)); err != nil || len(changes) != 1 || e.Describe() != "write /f (1 bytes)" {
		t.Error(changes, err)
	}
}

// Names of one file are not told apart by their paths.
func TestConflictsHardLinks(t *testing.T) {
	m := treetest.Fill(map[string]string{"a": "x", "d/c": "y"})
	for _, name := range []string{"b", "d/b"} {
		if err := m.Link("a", name); err != nil {
			t.Fatal(err)
		}
	}
	file := func(path, text string) overlay.Edit { return overlay.File{Path: path, Content: []byte(text)} }
	line := func(path string) overlay.Edit { return overlay.Line{Path: path, Match: "x", Set: "z"} }
	laid, err := overlay.OpenOverlay(folder(t, map[string]string{"a": "1", "d/b": "2"}), overlay.OverlayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		edits []overlay.Edit
		want  string
	}{
		{[]overlay.Edit{file("/a", "1"), file("/b", "1"), file("/d/b", "1")}, ""},
		{[]overlay.Edit{file("/a", "1"), file("/a", "1"), file("/d/c", "2")}, ""},
		{[]overlay.Edit{file("/a", "1"), file("/b", "2")}, "/b: two edits disagree: it is one file with /a in the image"},
		{[]overlay.Edit{file("/a", "1"), overlay.File{Path: "/b", Content: []byte("1"), Mode: perm(0o600)}, overlay.File{Path: "/d/b", Content: []byte("1"), Mode: perm(0o644)}}, "the mode is to be"},
		{[]overlay.Edit{line("/a"), line("/b")}, "both write to it"},
		{[]overlay.Edit{line("/a"), line("/a"), overlay.Remove{Path: "/b"}, overlay.Symlink{Path: "/d/b", Target: "c"}}, ""},
		{[]overlay.Edit{file("/a", "1"), overlay.Override{Edit: file("/b", "2")}}, "the contents differ"},
		{[]overlay.Edit{laid}, "/d/b: two edits disagree: it is one file with /a"},
	} {
		err := overlay.Conflicts(m, c.edits)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !errors.Is(err, overlay.ErrConflict) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%v: error %v, want %q", c.edits, err, c.want)
		}
	}
}

type silent struct{}

func (silent) Describe() string                             { return "silent" }
func (silent) Paths() []string                              { return []string{"/f"} }
func (silent) Apply(overlay.Tree) ([]overlay.Change, error) { return nil, nil }

// An overlay that is gone meanwhile is an error, not agreement.
func TestConflictsReadsOverlays(t *testing.T) {
	dir := folder(t, map[string]string{"f": "x"})
	o, err := overlay.OpenOverlay(dir, overlay.OverlayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(filepath.Join(dir, "f"))
	err = overlay.Conflicts(nil, []overlay.Edit{overlay.File{Path: "/f"}, o})
	if err == nil || errors.Is(err, overlay.ErrConflict) {
		t.Error(err)
	}
}
