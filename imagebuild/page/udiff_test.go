package page

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestParseDiff(t *testing.T) {
	d := ParseDiff("--- a/etc/x\n+++ b/etc/x\n@@ -9,3 +9,4 @@\n same\n-old\n+new\n+more\n\n@@ -40 +41 @@\n-x\n\\ No newline at end of file\n+y\n")
	want := []Line{
		{"@", 0, 0, "@@ -9,3 +9,4 @@"}, {"", 9, 9, "same"}, {"-", 10, 0, "old"}, {"+", 0, 10, "new"}, {"+", 0, 11, "more"}, {"", 11, 12, ""},
		{"@", 0, 0, "@@ -40 +41 @@"}, {"-", 40, 0, "x"}, {"@", 0, 0, "No newline at end of file"}, {"+", 0, 41, "y"},
	}
	if !reflect.DeepEqual(d.Lines, want) || d.Added != 3 || d.Taken != 2 || d.Left != 0 || d.Remark != "" {
		t.Errorf("%+v", d)
	}
	// Lines that look like the head of a diff are lines.
	d = ParseDiff("--- a\n+++ b\n@@ -1,2 +1,2 @@\n--- old\n+++ new\n")
	if d.Added != 1 || d.Taken != 1 || d.Lines[1].Text != "-- old" || d.Lines[2].Text != "++ new" {
		t.Errorf("%+v", d)
	}
	if d := ParseDiff("Files a and b differ: 3 bytes\n"); d.Remark != "Files a and b differ: 3 bytes" || len(d.Lines) != 0 {
		t.Errorf("%+v", d)
	}
}

func TestDiffIsBounded(t *testing.T) {
	long := func(head string, n int, line string) *Diff {
		return ParseDiff("--- a\n+++ b\n" + head + "\n" + strings.Repeat(line+"\n", n))
	}
	for _, c := range []struct {
		d    *Diff
		most int
	}{
		{long("@@ -1,5000 +1,5000 @@", 5000, " x"), maxDiffLines},
		{long("@@ -0,0 +1,5000 @@", 5000, "+x"), maxWhole},
		{long("@@ -1,300 +1,300 @@", 300, "+"+strings.Repeat("x", 100_000)), maxDiffBytes / maxLine},
	} {
		if len(c.d.Lines) > c.most || len(c.d.Lines) < c.most/2 || c.d.Left == 0 {
			t.Errorf("%d lines, %d left out, at most %d", len(c.d.Lines), c.d.Left, c.most)
		}
		if n := len(c.d.Rows()); n > 3*maxDiffBytes {
			t.Errorf("%d bytes", n)
		}
	}
}

func FuzzParseDiff(f *testing.F) {
	f.Add("--- a\n+++ b\n@@ -1,2 +3 @@\n-x\n+y\n z\n")
	f.Add("@@ -99999999999999999999 +- @@\n+")
	f.Add("@@ @@\n@@ - + @@\n")
	f.Fuzz(func(t *testing.T, s string) {
		d := ParseDiff(s)
		shown, plus := 0, 0
		for _, l := range d.Lines {
			if l.A < 0 || l.B < 0 {
				t.Fatalf("%q: %+v", s, l)
			}
			shown++
			if l.Sign == "+" {
				plus++
			}
		}
		if plus > d.Added || shown > maxDiffLines {
			t.Fatalf("%q: %+v", s, d)
		}
		if rows := string(d.Rows()); strings.Count(rows, "<tr") != shown {
			t.Fatalf("%q: %s", s, rows)
		}
	})
}

func ExampleParseDiff() {
	d := ParseDiff("--- a/etc/motd\n+++ b/etc/motd\n@@ -1 +1,2 @@\n hello\n+world\n")
	for _, l := range d.Lines {
		fmt.Printf("%q %d %d %s\n", l.Sign, l.A, l.B, l.Text)
	}
	// Output:
	// "@" 0 0 @@ -1 +1,2 @@
	// "" 1 1 hello
	// "+" 0 2 world
}
