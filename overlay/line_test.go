package overlay_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

const sshd = "Port 22\n#UseDNS yes\n# PAM is on\nUsePAM yes\nSubsystem sftp /usr/libexec/openssh/sftp-server\n"

func TestLine(t *testing.T) {
	dns := overlay.Line{Match: `^#?\s*UseDNS`, Set: "UseDNS no"}
	with := func(l overlay.Line, f func(*overlay.Line)) overlay.Line { f(&l); return l }
	for _, c := range []struct {
		name  string
		line  overlay.Line
		in    string
		want  string
		notes string // joined with |
	}{
		{"set", dns, sshd, strings.Replace(sshd, "#UseDNS yes", "UseDNS no", 1), ""},
		{"CRLF stays", dns, "a\r\n#UseDNS x\r\nb", "a\r\nUseDNS no\r\nb", ""},
		{"mixed ends stay", dns, "a\r\n#UseDNS x\nb\r\n", "a\r\nUseDNS no\nb\r\n", ""},
		{"no last end", dns, "a\n#UseDNS x", "a\nUseDNS no", ""},
		{"no UTF-8", dns, "\xff\xfe\n#UseDNS \xe4\n\x80", "\xff\xfe\nUseDNS no\n\x80", ""},
		{"already so", dns, "UseDNS no\n", "UseDNS no\n", ""},
		{"already so, unmatched", overlay.Line{Match: "^#UseDNS", Set: "UseDNS no"}, "UseDNS no\n", "UseDNS no\n", ""},
		{"all", dns, "#UseDNS a\nx\nUseDNS b\n", "UseDNS no\nx\nUseDNS no\n", `2 lines match "^#?\\s*UseDNS" (1, 3): all of them are set`},
		{"first", with(dns, func(l *overlay.Line) { l.Which = overlay.First }), "#UseDNS a\nx\nUseDNS b\n", "UseDNS no\nx\nUseDNS b\n", `2 lines match "^#?\\s*UseDNS" (1, 3): the first is set`},
		{"last", with(dns, func(l *overlay.Line) { l.Which = overlay.Last }), "#UseDNS a\nx\nUseDNS b\n", "#UseDNS a\nx\nUseDNS no\n", `2 lines match "^#?\\s*UseDNS" (1, 3): the last is set`},
		{"first, which is there", overlay.Line{Match: "^#U", Set: "U no", Which: overlay.First}, "U no\n#U yes\n", "U no\n#U yes\n", ""},
		{"many", overlay.Line{Match: "^a", Set: "b"}, strings.Repeat("a\n", 12), strings.Repeat("b\n", 12), `12 lines match "^a" (1, 2, 3, 4, 5, 6, 7, 8 and 4 more): all of them are set`},
		{"dollars are dollars", overlay.Line{Match: "(a)", Set: "$1"}, "a\n", "$1\n", ""},
		{"expand", overlay.Line{Match: `^(\w+)=(.*)$`, Set: "$1: ${2}$$", Expand: true}, "k=v\n", "k: v$\n", ""},
		{"expand again", overlay.Line{Match: `^(.*)$`, Set: "$1 quiet", Expand: true}, "k\n", "k quiet\n", "line 1: the pattern matches what was made of it: a second run would change it again"},

		{"append", overlay.Line{Match: "^x", Set: "y", Missing: overlay.Append}, "a\n", "a\ny\n", ""},
		{"append, no last end", overlay.Line{Match: "^x", Set: "y", Missing: overlay.Append}, "a", "a\ny\n", ""},
		{"append, CRLF", overlay.Line{Match: "^x", Set: "y", Missing: overlay.Append}, "b\r\na", "b\r\na\r\ny\r\n", ""},
		{"append to nothing", overlay.Line{Set: "y", Missing: overlay.Append}, "", "y\n", ""},
		{"append what is there", overlay.Line{Set: "y", Missing: overlay.Append}, "y\na\n", "y\na\n", ""},
		{"append, matched", overlay.Line{Match: "^x", Set: "y", Missing: overlay.Append}, "x\na\n", "y\na\n", ""},
		{"after", overlay.Line{Set: "y", Missing: overlay.Append, After: "^a"}, "a\na\nb\n", "a\na\ny\nb\n", ""},
		{"after the last", overlay.Line{Set: "y", Missing: overlay.Append, After: "^b"}, "a\r\nb", "a\r\nb\r\ny\r\n", ""},
		{"before", overlay.Line{Set: "y", Missing: overlay.Append, Before: "^[ab]"}, "c\na\nb\n", "c\ny\na\nb\n", ""},
		{"before the first", overlay.Line{Set: "y", Missing: overlay.Append, Before: "^a"}, "a\r\nb\n", "y\r\na\r\nb\n", ""},
		{"skip", overlay.Line{Match: "^x", Set: "y", Missing: overlay.Skip}, "a\n", "a\n", `no line matches "^x"`},

		{"remove", overlay.Line{Match: "^a", Remove: true}, "a\nb\nac\n", "b\n", `2 lines match "^a" (1, 3): all of them are removed`},
		{"remove the last", overlay.Line{Match: "^a", Remove: true, Which: overlay.Last}, "a\nb\nac", "a\nb\n", `2 lines match "^a" (1, 3): the last is removed`},
		{"remove a line", overlay.Line{Set: "a", Remove: true}, "a\nb\nac\n", "b\nac\n", ""},
		{"remove none", overlay.Line{Match: "^x", Remove: true}, "a\n", "a\n", "no line to remove"},
	} {
		out, notes, err := overlay.EditLine([]byte(c.in), c.line)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if string(out) != c.want || strings.Join(notes, "|") != c.notes {
			t.Errorf("%s:\n%q, notes %q, want\n%q, notes %q", c.name, out, notes, c.want, c.notes)
		}
		if c.name == "expand again" || c.name == "remove the last" { // there is a next one
			continue
		}
		again, _, err := overlay.EditLine(out, c.line)
		if err == nil && !bytes.Equal(again, out) {
			t.Errorf("%s: a second time it gives %q", c.name, again)
		}
	}
}

func TestLineNotFound(t *testing.T) {
	for _, c := range []struct {
		line overlay.Line
		text string
		want string
	}{
		{overlay.Line{Match: `^UseDnS\b`, Set: "UseDNS no"}, sshd,
			`no line matches "^UseDnS\\b" in its 5 lines; the nearest are line 2: "#UseDNS yes", line 4: "UsePAM yes"; mend the pattern, or say`},
		{overlay.Line{Match: `^\d$`, Set: "UseDNS no"}, sshd, `the nearest are line 2: "#UseDNS yes"`},
		{overlay.Line{Match: "^Listen", Set: "9"}, "a\nb\n", "in its 2 lines, and none comes near"},
		{overlay.Line{Match: "^Listen", Set: "9"}, "", "the file is empty"},
		{overlay.Line{Set: "y", Missing: overlay.Append, After: "^Prot"}, sshd, `no line matches after "^Prot"`},
		{overlay.Line{Set: "y", Missing: overlay.Append, Before: "^Prot"}, sshd, `no line matches before "^Prot"`},
		{overlay.Line{Match: "a", Set: "b"}, "a\x00", "NUL bytes"},
		{overlay.Line{Match: "a(b)?", Set: "$1", Expand: true}, "x\na\n", "line 2: would become empty"},
	} {
		_, _, err := overlay.EditLine([]byte(c.text), c.line)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want one with %q", c.line, err, c.want)
		}
	}
}

func TestNewLine(t *testing.T) {
	for want, l := range map[string]overlay.Line{
		"needs the path":             {Match: "a", Set: "b"},
		"set is empty":               {Path: "/f", Match: "a"},
		"match is empty":             {Path: "/f", Set: "a"},
		"the syntax is that of RE2":  {Path: "/f", Match: "(?!a)", Set: "a"},
		`which "both"`:               {Path: "/f", Match: "a", Set: "a", Which: "both"},
		`missing "add"`:              {Path: "/f", Match: "a", Set: "a", Missing: "add"},
		"line end":                   {Path: "/f", Match: "a", Set: "a\n"},
		"needs the groups":           {Path: "/f", Set: "a", Missing: overlay.Append, Expand: true},
		"cannot be appended":         {Path: "/f", Match: "a", Set: "$1", Missing: overlay.Append, Expand: true},
		"after and before":           {Path: "/f", Set: "a", Missing: overlay.Append, After: "a", Before: "b"},
		"set that too":               {Path: "/f", Match: "b", Set: "a", After: "a"},
		"create goes with":           {Path: "/f", Match: "b", Set: "a", Create: &overlay.Create{}},
		"which lines shall go":       {Path: "/f", Remove: true},
		"exclude each other where":   {Path: "/f", Remove: true, Match: "a", Set: "b"},
		"say nothing to remove":      {Path: "/f", Remove: true, Match: "a", Missing: overlay.Append},
		"match: longer than 4096":    {Path: "/f", Match: strings.Repeat("a", 5000), Set: "a"},
		"set: longer than 65536":     {Path: "/f", Match: "a", Set: strings.Repeat("a", 70000)},
		`after "[": error parsing`:   {Path: "/f", Set: "a", Missing: overlay.Append, After: "["},
		`before "a**": error parsin`: {Path: "/f", Set: "a", Missing: overlay.Append, Before: "a**"},
	} {
		_, err := overlay.NewLine(l)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "/") {
			t.Errorf("%+v: error %v, want one with %q", l, err, want)
		}
		if _, err := l.Apply(treetest.Fill(map[string]string{"f": "a\n"})); err == nil {
			t.Errorf("%+v: applied", l)
		}
	}
}

func TestLineApply(t *testing.T) {
	servo := overlay.Owner{User: "servo"}
	for _, c := range []struct {
		name string
		line overlay.Line
		want string
		err  string
	}{
		{"through a link", overlay.Line{Path: "/etc/link", Match: "one", Set: "two"}, "modify /etc/app/conf", ""},
		{"already", overlay.Line{Path: "/etc/link", Match: "two", Set: "one"}, "unchanged /etc/app/conf", ""},
		{"no file", overlay.Line{Path: "/etc/none", Match: "two", Set: "one"}, "", "/etc/none: file does not exist: give the path"},
		{"no file to skip", overlay.Line{Path: "/etc/none", Match: "two", Set: "one", Missing: overlay.Skip}, "unchanged /etc/none", ""},
		{"no file to remove from", overlay.Line{Path: "/etc/none", Match: "two", Remove: true}, "unchanged /etc/none", ""},
		{"made", overlay.Line{Path: "/etc/none", Set: "one", Missing: overlay.Append, Create: &overlay.Create{Mode: 0o600, Owner: servo}}, "create /etc/none 0600, 498:497", ""},
		{"a folder", overlay.Line{Path: "/etc", Match: "two", Set: "one"}, "", "/etc: not a regular file (folder)"},
		{"unmatched", overlay.Line{Path: "/etc/link", Match: "two", Set: "x"}, "", "/etc/app/conf: no line matches"},
	} {
		m := treetest.Fill(accounts)
		m.Chmod("etc/app/conf", fs.ModeSetgid|0o640)
		changes, err := c.line.Apply(m)
		if c.err != "" {
			if err == nil || !strings.HasPrefix(err.Error(), c.err) {
				t.Errorf("%s: error %v, want %q", c.name, err, c.err)
			}
			continue
		}
		if err != nil || len(changes) != 1 || changes[0].String() != c.want {
			t.Errorf("%s: %v, %v", c.name, changes, err)
			continue
		}
		isAsSaid(t, m, changes)
		if info, _ := m.Lstat("etc/app/conf"); info.Mode() != fs.ModeSetgid|0o640 {
			t.Errorf("%s: mode %v", c.name, info.Mode())
		}
	}
}

func TestLineDescribe(t *testing.T) {
	for want, l := range map[string]overlay.Line{
		`set the line of /f that matches "a" to "b"`: {Path: "f", Match: "a", Set: "b"},
		`have the line "b" in /f`:                    {Path: "f", Set: "b", Missing: overlay.Append},
		`remove the lines of /f that match "a"`:      {Path: "f", Match: "a", Remove: true},
		`remove the line "a" of /f`:                  {Path: "f", Set: "a", Remove: true},
	} {
		if l.Describe() != want || len(l.Paths()) != 1 || l.Paths()[0] != "/f" {
			t.Errorf("%q, want %q", l.Describe(), want)
		}
	}
}

// linePieces are what random texts and patterns are made of.
var linePieces = []string{"a", "b", "ab", "#a", " ", "\t", "\r", "\xff", "ä", "=", "a=1", "$1", "\\"}

func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(12) {
		for range r.IntN(4) {
			b.WriteString(linePieces[r.IntN(len(linePieces))])
		}
		b.WriteString([]string{"\n", "\r\n", "\n\n"}[r.IntN(3)])
	}
	b.WriteString([]string{"", "a", "b", "x"}[r.IntN(4)])
	return b.String()
}

// A line that does not match stays, in its place and with its end, and a second run changes nothing.
func TestLineTouchesOnlyItsLines(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	patterns := []string{"^a", "b$", "^#?a", "=", "^$", "ä", ".", "(a)(b)", "\\s"}
	for range 20000 {
		text := randomText(r)
		l := overlay.Line{
			Match: patterns[r.IntN(len(patterns))], Set: "zz", Missing: overlay.Append,
			Which: []overlay.Which{overlay.All, overlay.First, overlay.Last}[r.IntN(3)],
		}
		if r.IntN(3) == 0 {
			l = overlay.Line{Match: l.Match, Remove: true, Which: l.Which}
		}
		out, _, err := overlay.EditLine([]byte(text), l)
		if err != nil {
			t.Fatal(err)
		}
		if err := onlyItsLines(text, string(out), l); err != nil {
			t.Fatalf("%+v: %q became %q: %v", l, text, out, err)
		}
		again, _, err := overlay.EditLine(out, l)
		if l.Remove && l.Which != overlay.All {
			continue // the next one is first now
		}
		if err != nil || !bytes.Equal(again, out) {
			t.Fatalf("%+v: %q became %q and then %q (%v)", l, text, out, again, err)
		}
	}
}

// onlyItsLines compares what is left of both texts without the lines that match, or that were set.
func onlyItsLines(in, out string, l overlay.Line) error {
	re := regexp.MustCompile(l.Match)
	others := func(text string) string {
		var b strings.Builder
		for line := range strings.Lines(text) {
			bare := strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
			if !re.MatchString(bare) && bare != l.Set {
				b.WriteString(line)
			}
		}
		return b.String()
	}
	a, b := others(in), others(out)
	if b != a && strings.TrimRight(b, "\r\n") != strings.TrimRight(a, "\r\n") {
		return fmt.Errorf("the other lines were %q and are %q", a, b)
	}
	return nil
}

func TestOnlyItsLinesSees(t *testing.T) {
	l := overlay.Line{Match: "^a", Set: "zz"}
	for _, out := range []string{"zz\nB\n", "zz\n", "b\nzz\nb\n", "zz\nb\r\nc"} {
		if onlyItsLines("a\nb\n", out, l) == nil {
			t.Errorf("%q: not seen", out)
		}
	}
	if err := onlyItsLines("a\nb\n", "zz\nb\n", l); err != nil {
		t.Error(err)
	}
}

// sed and grep do the same with patterns that both languages share.
func TestLineAgainstSed(t *testing.T) {
	sed, grep := judge(t, "sed"), judge(t, "grep")
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(3, 4))
	words := []string{"a", "b", "ab", "#a", " ", "=", "a=1", "x", "'"}
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = append(os.Environ(), "LC_ALL=C")
		out, err := cmd.Output()
		if ee, ok := err.(*exec.ExitError); ok && ee.ExitCode() == 1 && args[0] == grep {
			err = nil // no line is left
		}
		if err != nil {
			t.Fatalf("%q: %v", args, err)
		}
		return string(out)
	}
	for i, pattern := range []string{"^a", "b$", "^#?a", "=[0-9]", "^$", "(a|b) ?x", "[^ab]", "ab*="} {
		for range 6 {
			var text strings.Builder
			for range 1 + r.IntN(20) {
				for range r.IntN(5) {
					text.WriteString(words[r.IntN(len(words))])
				}
				text.WriteString("\n")
			}
			name := filepath.Join(dir, fmt.Sprint(i))
			if err := os.WriteFile(name, []byte(text.String()), 0o644); err != nil {
				t.Fatal(err)
			}
			compare := func(l overlay.Line, want string) {
				t.Helper()
				got, _, err := overlay.EditLine([]byte(text.String()), l)
				if err != nil || string(got) != want {
					t.Errorf("%+v of %q: %q (%v), the judge gives %q", l, text.String(), got, err, want)
				}
			}
			compare(overlay.Line{Match: pattern, Set: "new line", Missing: overlay.Skip}, run(sed, "-E", "/"+pattern+"/c\\new line", name))
			compare(overlay.Line{Match: "^(.*)(" + pattern + ")(.*)$", Set: "<$1>", Expand: true, Missing: overlay.Skip}, run(sed, "-E", `s/^(.*)(`+pattern+`)(.*)$/<\1>/`, name))
			compare(overlay.Line{Match: pattern, Remove: true}, run(grep, "-Ev", pattern, name))
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add(sshd, `^#?\s*UseDNS`, "UseDNS no", uint8(0))
	f.Add("a\r\nb", "a", "$1", uint8(1))
	f.Add("\xff\n\x00", "(.)", "${1}", uint8(7))
	f.Add("", "", "x", uint8(2))
	f.Add("\r", "^$", "x", uint8(2))
	f.Add("a\nb\n", "^b", "", uint8(8))
	f.Fuzz(func(t *testing.T, text, match, set string, how uint8) {
		l := overlay.Line{Path: "/f", Match: match, Set: set}
		l.Expand, l.Remove = how&1 != 0, how&8 != 0
		l.Missing = []overlay.Missing{overlay.Fail, overlay.Append, overlay.Skip}[how>>1&3%3]
		l.Which = []overlay.Which{overlay.All, overlay.First, overlay.Last, ""}[how>>4&3]
		if how&64 != 0 {
			l.After = match
		}
		in := []byte(text)
		out, _, err := overlay.EditLine(in, l)
		if string(in) != text {
			t.Fatal("the old text was changed")
		}
		if err != nil {
			if len(err.Error()) > 2000 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		if l.Expand {
			return
		}
		if l.Match != "" {
			if err := onlyItsLines(text, string(out), l); err != nil {
				t.Fatal(err)
			}
		}
		if again, _, err := overlay.EditLine(out, l); !l.Remove && (err != nil || !bytes.Equal(again, out)) {
			t.Fatalf("a second time: %q, %v", again, err)
		}
	})
}
