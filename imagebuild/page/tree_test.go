package page

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// treePage is a page with one tree.
func treePage(t *testing.T, add func(*Tree)) string {
	t.Helper()
	tree, err := NewTree(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	tree.More = func(path string) string { return "show " + path }
	add(tree)
	var b bytes.Buffer
	p := Begin(&b, Head{Kind: "Test", Title: "tree"})
	p.Tree(tree)
	if err := p.End(); err != nil {
		t.Fatal(err)
	}
	wellFormed(t, b.Bytes())
	return b.String()
}

var tags = regexp.MustCompile(`<[^>]*>`)

// outline is the text of the tree, a line for each row.
func outline(html string) string {
	_, html, _ = strings.Cut(html, `<ul class="tree">`)
	html, _, _ = strings.Cut(html, "</main>")
	var out []string
	for line := range strings.SplitSeq(html, "\n") {
		if text := strings.Join(strings.Fields(tags.ReplaceAllString(line, " ")), " "); text != "" {
			out = append(out, text)
		}
	}
	return strings.Join(out, "\n")
}

func mustAdd(t *testing.T, tree *Tree, rows ...Row) {
	t.Helper()
	for _, r := range rows {
		if err := tree.Add(r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTree(t *testing.T) {
	got := outline(treePage(t, func(tree *Tree) {
		mustAdd(t, tree,
			Row{Path: "/", Mark: Changed, What: "mode", Dir: true},
			Row{Path: "/etc/a", Mark: Added, What: "3 bytes", Plus: 1},
			Row{Path: "/etc/b", Mark: Changed, Minus: 2, Plus: 3},
			Row{Path: "/etc/dir", Mark: Removed, Dir: true},
			Row{Path: "/etc/dir/x", Mark: Removed},
			Row{Path: "/usr/share/doc/only", Mark: Added, Name: "told", Set: common(), Data: Told{Notes: []string{"a note"}}},
			Row{Path: "/var/empty", Mark: Added, Dir: true, Badge: "other type"})
	}))
	want := strings.Join([]string{
		"/ changed mode",
		"etc/ 1 added 2 removed 1 changed",
		"a added 3 bytes +1",
		"b changed +3 −2",
		"dir/ removed 2 removed",
		"x removed",
		"usr/share/doc/only added",
		"a note",
		"var/empty/ other type",
	}, "\n")
	if got != want {
		t.Errorf("%s\n\nwant\n%s", got, want)
	}
}

// However much differs, the page stays small, and what is left out is counted, folder by folder.
func TestTreeIsBounded(t *testing.T) {
	const many = 70_000
	html := treePage(t, func(tree *Tree) {
		for i := range many {
			mustAdd(t, tree, Row{Path: fmt.Sprintf("/usr/share/%03d/%d", i/500, i), Mark: Added})
		}
		mustAdd(t, tree, Row{Path: "/var/small", Mark: Changed}, Row{Path: "/zoo/a", Mark: Removed}, Row{Path: "/zoo/b", Mark: Removed})
	})
	text := outline(html)
	rows := strings.Count(html, "<li>")
	if rows > maxRows+maxSlack || rows < maxRows*9/10 || len(html) > 2<<20 {
		t.Errorf("%d rows, %d bytes", rows, len(html))
	}
	for _, want := range []string{"usr/share/ 70,000 added", "var", "zoo/ 2 removed"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not there", want)
		}
	}
	if !strings.Contains(html, ": <code>show /usr/share/000</code>") {
		t.Error("nothing says how to see what is left out")
	}
	left := 0
	for _, m := range regexp.MustCompile(`([\d,]+) more paths?`).FindAllStringSubmatch(text, -1) {
		n := 0
		fmt.Sscan(strings.ReplaceAll(m[1], ",", ""), &n)
		left += n
	}
	shown := len(regexp.MustCompile(`(?m)^\d+ added$`).FindAllString(text, -1))
	if shown+left != many+3 { // those behind the bound are counted in their folders at the top
		t.Errorf("%d are shown and %d left out, of %d", shown, left, many+3)
	}
}

// The short texts are shown, the long ones go where there is no room.
func TestBodiesAreBounded(t *testing.T) {
	long := Told{Notes: []string{strings.Repeat("x", 4000), strings.Repeat("y", 4000)}}
	html := treePage(t, func(tree *Tree) {
		for i := range 2000 {
			mustAdd(t, tree, Row{Path: fmt.Sprintf("/d/%d", i), Mark: Added, Name: "told", Set: common(), Data: long})
		}
		mustAdd(t, tree, Row{Path: "/e", Mark: Added, Name: "told", Set: common(), Data: Told{Notes: []string{"short"}}})
	})
	if len(html) > maxBodies+2<<20 {
		t.Errorf("%d bytes", len(html))
	}
	if !strings.Contains(html, "short") || !strings.Contains(html, "Too much for this page: <code>show /d/1999</code>") {
		t.Error("it is not the long ones that are left out")
	}
}

func FuzzTree(f *testing.F) {
	f.Add("/a", "/a/b", "x", true)
	f.Add("/", "/<b>", "\u202e", false)
	f.Add("//", "/a//b", "", true)
	f.Fuzz(func(t *testing.T, a, b, what string, dir bool) {
		treePage(t, func(tree *Tree) {
			mustAdd(t, tree, Row{Path: a, Mark: Added, What: what, Dir: dir}, Row{Path: b, Mark: Removed, Badge: what, Name: "told", Set: common(), Data: Told{Notes: []string{what}, Diff: ParseDiff(what)}})
		})
	})
}
