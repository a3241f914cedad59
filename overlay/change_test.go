package overlay_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

// write applies a File edit to a tree that holds old (nil: nothing), and gives the change.
func write(t *testing.T, old, new []byte) overlay.Change {
	t.Helper()
	m := treetest.Fill(map[string]string{"etc/": ""})
	if old != nil {
		m.WriteFile("etc/x", old, 0o644)
	}
	changes, err := overlay.File{Path: "/etc/x", Content: new}.Apply(m)
	if err != nil || len(changes) != 1 {
		t.Fatalf("%v, %v", changes, err)
	}
	return changes[0]
}

// TestDiffIsAPatch lets patch(1) make the new text from the old one and our diff.
func TestDiffIsAPatch(t *testing.T) {
	patch := judge(t, "patch")
	long := func(seed int64, n int) []byte {
		r := rand.New(rand.NewSource(seed))
		var b bytes.Buffer
		for range n {
			fmt.Fprintf(&b, "line %d\n", r.Intn(40))
		}
		return b.Bytes()
	}
	cases := map[string]struct{ old, new []byte }{
		"line":                {[]byte("a\nb\nc\n"), []byte("a\nB\nc\n")},
		"append":              {[]byte(el6), []byte(el6 + alive + " = 600\n")},
		"newline added":       {[]byte("a\nb"), []byte("a\nb\nc\n")},
		"newline lost":        {[]byte("a\nb\n"), []byte("a\nb")},
		"no newline either":   {[]byte("a\nb"), []byte("x\nb")},
		"from empty":          {[]byte{}, []byte("a\nb\n")},
		"to empty":            {[]byte("a\nb\n"), []byte{}},
		"created":             {nil, []byte("a\nb\n")},
		"created, no newline": {nil, []byte("a\nb")},
		"Latin-1":             {[]byte("gr\xfc\xdfe\nb\n"), []byte("gr\xfc\xdfe\nc\n")},
		"Latin-1 differs":     {[]byte("gr\xfc\xdfe\nb\n"), []byte("gr\xfc\xe4e\nb\n")},
		"CRLF":                {[]byte("a\r\nb\r\nc\r\n"), []byte("a\r\nB\r\nc\r\n")},
		"minus lines":         {[]byte("-- a\n--- b\n"), []byte("++ a\n+++ b\n@@\n")},
		"far apart":           {long(1, 400), long(2, 300)},
		"hunks":               {append(long(3, 100), el6...), append(append([]byte("new\n"), long(3, 100)...), el6[5:]...)},
		"blank lines":         {[]byte("\n\n\n\n"), []byte("\n\na\n\n")},
	}
	for i := range int64(40) { // edits at random, with and without a newline at the end
		r := rand.New(rand.NewSource(i))
		old := long(i, r.Intn(60))
		new := bytes.ReplaceAll(old, fmt.Appendf(nil, "line %d\n", r.Intn(40)), []byte([]string{"", "x\n", "x\ny\n"}[r.Intn(3)]))
		new = append(new, []string{"", "z", "z\n"}[r.Intn(3)]...)
		cases[fmt.Sprint("random ", i)] = struct{ old, new []byte }{old[:max(0, len(old)-r.Intn(2))], new}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "etc"), 0o755); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, "etc", "x")
			if c.old != nil {
				if err := os.WriteFile(file, c.old, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			diff := write(t, c.old, c.new).Diff()
			cmd := exec.Command(patch, "-p1", "--binary", "--no-backup-if-mismatch", "-F0", "-d", dir)
			cmd.Stdin = strings.NewReader(diff)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("patch: %v\n%s\n%s", err, out, diff)
			}
			got, err := os.ReadFile(file)
			if os.IsNotExist(err) && len(c.new) == 0 {
				return // patch removes what becomes empty
			}
			if err != nil || !bytes.Equal(got, c.new) {
				t.Errorf("patch makes %q (%v), want %q, from\n%s", got, err, c.new, diff)
			}
		})
	}
}

func TestDiff(t *testing.T) {
	for name, c := range map[string]struct {
		old, new []byte
		want     string
	}{
		"modify": {[]byte("a\n"), []byte("b\n"), "--- a/etc/x\n+++ b/etc/x\n@@ -1 +1 @@\n-a\n+b\n"},
		"create": {nil, []byte("b\n"), "--- /dev/null\n+++ b/etc/x\n@@ -0,0 +1 @@\n+b\n"},
		"same":   {[]byte("a\n"), []byte("a\n"), ""},
		"binary": {[]byte("a\x00\n"), []byte("b\x00\n"), "Files a/etc/x and b/etc/x differ: " +
			"3 bytes sha256 4fda62f3a9acd95ccb0bec810698352a1dcb730ff58ae7a5b9e6d274a38d8f65 → " +
			"3 bytes sha256 7346c39d306e03d55cd873bcf9baafef0b33bc7b5347257c41c06c86ce1cb035\n"},
		"escapes": {[]byte("a\n"), []byte("\x1b[2J\n"), "Files a/etc/x and b/etc/x differ: 2 bytes"},
		"empty":   {nil, []byte{}, "--- /dev/null"},
	} {
		got := write(t, c.old, c.new).Diff()
		switch name {
		case "escapes":
			if !strings.HasPrefix(got, c.want) || strings.Contains(got, "\x1b") {
				t.Errorf("%s: %q", name, got)
			}
		case "empty":
			if got != "" {
				t.Errorf("%s: %q", name, got)
			}
		default:
			if got != c.want {
				t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
			}
		}
	}
	big := bytes.Repeat([]byte("0123456\n"), overlay.MaxText/8)
	if c := write(t, []byte("x\n"), big); !c.After.IsText || !strings.HasPrefix(c.Diff(), "---") {
		t.Error("a text of just 1 MiB is not shown as one")
	}
	if c := write(t, []byte("x\n"), append(big, 'x')); c.After.IsText || c.After.Text != nil || !strings.HasPrefix(c.Diff(), "Files") {
		t.Error("a text of more than 1 MiB is kept")
	}
}

func TestChangeJSON(t *testing.T) {
	m := treetest.Fill(map[string]string{"etc/x": "a\n"})
	owner := overlay.Owner{User: "5", Group: "6"}
	changes, err := overlay.Apply(m, []overlay.Edit{
		overlay.File{Path: "/etc/x", Content: []byte("b\n"), Owner: &owner},
		overlay.Symlink{Path: "/etc/l", Target: "x"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(changes)
	if err != nil {
		t.Fatal(err)
	}
	// The digests are those that sha256sum gives.
	want := `[{"path":"/etc/x","op":"modify",` +
		`"before":{"type":"file","mode":"0644","uid":0,"gid":0,"size":2,"sha256":"87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7"},` +
		`"after":{"type":"file","mode":"0644","uid":5,"gid":6,"size":2,"sha256":"0263829989b6fd954f72baaf2fc64bc2e2f01d692d4de72986ea808f6e99813f"}},` +
		`{"path":"/etc/l","op":"create","after":{"type":"symlink","mode":"0777","uid":0,"gid":0,"target":"x"}}]`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestFold(t *testing.T) {
	m := treetest.Fill(map[string]string{"etc/x": "a\n", "etc/y": "y\n"})
	changes, err := overlay.Apply(m, []overlay.Edit{
		overlay.File{Path: "/etc/x", Content: []byte("b\n")},
		overlay.File{Path: "/etc/new", Content: []byte("n\n")},
		overlay.Remove{Path: "/etc/y"},
		overlay.File{Path: "/etc/x", Content: []byte("c\n")},
		overlay.File{Path: "/etc/y", Content: []byte("y\n")},
		overlay.Remove{Path: "/etc/new"},
		overlay.File{Path: "/etc/x", Content: []byte("c\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(changes) != 7 {
		t.Errorf("%d changes", len(changes))
	}
	var got []string
	for _, c := range overlay.Fold(changes) {
		got = append(got, c.String())
	}
	want := []string{"modify /etc/x", "unchanged /etc/new", "unchanged /etc/y"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q", got)
	}
	if d := overlay.Fold(changes)[0].Diff(); d != "--- a/etc/x\n+++ b/etc/x\n@@ -1 +1 @@\n-a\n+c\n" {
		t.Errorf("diff over two edits:\n%s", d)
	}
}
