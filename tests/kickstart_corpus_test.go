package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
	"lbimage/kickstart/lint"
	"lbimage/kickstart/script"
)

// release is where a file of the corpus says for which one it is.
var release = regexp.MustCompile(`(?:Release: |#version=)RHEL([5-9])`)

// TestKickstartCorpus holds kickstart files as people write them, one of each kind and release, against what was read in them by
// hand: what is understood, what is found, what %post leaves, and what of it was not read. LBIMAGE_UPDATE=1 writes it anew.
func TestKickstartCorpus(t *testing.T) {
	files, err := filepath.Glob("testdata/kickstart/*.ks")
	if err != nil || len(files) < 12 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		v := grammar.RHEL7
		if said := release.FindSubmatch(text); said != nil {
			v = grammar.Version(said[1][0] - '0')
		}
		f, err := kickstart.Parse(filepath.Base(file), text, v)
		if err != nil {
			t.Fatal(err)
		}
		if string(f.Format()) != string(text) {
			t.Errorf("%s is not kept to the byte", file)
		}
		got := retold(f)
		golden := strings.TrimSuffix(file, ".ks") + ".txt"
		if os.Getenv("LBIMAGE_UPDATE") != "" {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s is otherwise:\n%s", golden, lineDiff(string(want), got))
		}
	}
}

// retold is what is read in a file, a line each: short, so that another wording of a message changes nothing.
func retold(f *kickstart.File) string {
	var b strings.Builder
	fmt.Fprintf(&b, "release %s\ncommands", f.Version)
	for _, c := range f.Commands() {
		fmt.Fprintf(&b, " %s", c.Name)
	}
	b.WriteString("\npackages")
	for _, e := range f.Packages() {
		sign := map[kickstart.EntryKind]string{kickstart.Group: "@", kickstart.Environment: "@^", kickstart.Stream: "@"}[e.Kind]
		if e.Excluded {
			sign = "-" + sign
		}
		fmt.Fprintf(&b, " %s%s", sign, e.Name)
	}
	b.WriteString("\nsections")
	for _, s := range f.Sections("") {
		fmt.Fprintf(&b, " %s:%d", s.Name, s.Place.Line)
	}
	b.WriteString("\n\nfindings\n")
	for _, x := range lint.Check(f, lint.Options{}) {
		fmt.Fprintf(&b, "%d:%d %s %s\n", x.Place.Line, x.Place.Column, x.Severity, x.Rule)
	}
	b.WriteString("\n%post\n")
	r := script.Read(f)
	for _, s := range r.Steps {
		if s.Effect < 0 {
			u := r.Unread[s.Unread]
			switch {
			case u.Harmless:
				fmt.Fprintf(&b, "%d harmless\n", u.Place.Line)
			case u.Paths == nil:
				fmt.Fprintf(&b, "%d NOT READ, anything: %s\n", u.Place.Line, u.Command)
			default:
				fmt.Fprintf(&b, "%d NOT READ, %s: %s\n", u.Place.Line, strings.Join(u.Paths, " "), u.Command)
			}
			continue
		}
		e := r.Effects[s.Effect]
		fmt.Fprintf(&b, "%d %s", e.Place.Line, e.Kind)
		for _, part := range append([]string{e.Path, e.Target, e.Mode, e.Owner, e.Group, e.User, e.Program, e.Service.Name, e.Service.Action, e.Service.Levels}, e.Names...) {
			if part != "" {
				fmt.Fprintf(&b, " %s", part)
			}
		}
		if e.Content != "" && e.Kind != script.Secret && e.Kind != script.Hash {
			fmt.Fprintf(&b, " %q", e.Content)
		}
		if e.Conditional != "" {
			fmt.Fprintf(&b, " WHERE %s", e.Conditional)
		}
		if e.SupersededBy >= 0 {
			fmt.Fprintf(&b, " UNTIL %d", r.Effects[e.SupersededBy].Place.Line)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// lineDiff is where two texts differ first.
func lineDiff(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(a), len(b)) {
		x, y := "(the end)", "(the end)"
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			return fmt.Sprintf("line %d was\n  %s\nand is\n  %s", i+1, x, y)
		}
	}
	return ""
}
