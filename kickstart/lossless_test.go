package kickstart

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/kickstart/grammar"
)

// spots finds places in a text.
type spots struct {
	text  string
	lines []int // where they begin
}

func spotsOf(text string) spots {
	s := spots{text: text}
	at := 0
	for l := range strings.Lines(text) {
		s.lines = append(s.lines, at)
		at += len(l)
	}
	return s
}

func (s spots) offset(p Place) (int, error) {
	if p.File != "x.ks" || p.Line < 1 || p.Line > len(s.lines) || p.Column < 1 || s.lines[p.Line-1]+p.Column-1 > len(s.text) {
		return 0, fmt.Errorf("there is no place %v", p)
	}
	return s.lines[p.Line-1] + p.Column - 1, nil
}

func (s spots) holds(what string, p Place, text string) error {
	at, err := s.offset(p)
	if err == nil && !strings.HasPrefix(s.text[at:], text) {
		err = fmt.Errorf("%s %q does not stand at %v", what, text, p)
	}
	return err
}

// faultless holds what must be so of every file: nodes have every byte once, and all that has a place stands there.
func faultless(text string, v grammar.Version) error {
	f, err := Parse("x.ks", []byte(text), v)
	if err != nil {
		return nil // too large, or no text
	}
	if got := string(f.Format()); got != text {
		return fmt.Errorf("Format gives %q", got)
	}
	s := spotsOf(text)
	var wrong []error
	hold := func(what string, p Place, text string) {
		if err := s.holds(what, p, text); err != nil {
			wrong = append(wrong, err)
		}
	}
	options := func(all []Option) {
		for _, o := range all {
			hold("option", o.Place, "")
			hold("value", o.At, "")
		}
	}
	at := 0
	for _, n := range f.Nodes {
		if begins, err := s.offset(n.Start()); err != nil || begins != at {
			return fmt.Errorf("%T begins at %d, not %d: %v", n, begins, at, err)
		}
		at += len(n.Text())
		if n.Text() == "" {
			return fmt.Errorf("an empty %T", n)
		}
		var words []Word
		switch n := n.(type) {
		case *Command:
			words = n.Words
			hold("comment", n.Place, "")
			options(n.Options)
			if !strings.Contains(n.Raw, n.Comment) || len(n.Args)+len(n.Options) > len(n.Words) {
				return fmt.Errorf("%q is not understood well", n.Raw)
			}
		case *Section:
			words = n.Words
			options(n.Options)
			for _, e := range n.Entries {
				mark := ""
				if e.Excluded {
					mark = "-"
				} else if e.Kind != Package {
					mark = "@"
				}
				hold("entry", e.Place, mark)
			}
			for _, i := range n.Includes {
				hold("include", i.Place, i.Raw)
			}
			i := 0
			for l := range strings.Lines(n.Body) {
				hold("line", n.LinePlace(i), l)
				i++
			}
		case *Include:
			hold("target", n.Place, n.Raw)
			words = []Word{n.Target}
		case *Append:
			words = []Word{n.Target}
		}
		for _, w := range words {
			if w.Raw != "" {
				hold("word", w.Place, w.Raw)
			}
		}
	}
	for i, p := range f.Problems {
		hold("problem", p.Place, "")
		if p.Rule == "" || strings.ContainsAny(p.Message+p.Hint, "\n\r\x1b") || i > maxProblems {
			return fmt.Errorf("problem %d: %q", i, p.Error())
		}
	}
	if len(wrong) > 0 {
		return wrong[0]
	}
	// What was flattened says the same when it is read again.
	flat := Flatten(f, func(string) ([]byte, error) { return nil, os.ErrNotExist })
	if got := string(flat.Format()); got != text {
		return fmt.Errorf("Flatten without files gives %q", got)
	}
	return nil
}

var hardTexts = []string{
	"",
	"\n",
	"lang en_US",
	"\ufefflang en_US\n",
	"  part   / --size 10 'a b'\t# c\r\n\r\n%packages\r\n@core\r\n-x # y\r\n%end\r\n",
	"a\t\fb\n%post\fecho\u2028%end\n\v\n#\f\n",
	"lang a\rkeyboard b\r%post\recho\r%end\r",
	"%post\n%packages\na\n%pre\n%end x\n%end\n",
	"%packages\n%include a\n@^env\n@ core --optional\n- b\n-@c\n@m:1/d\nfoo.i686\n%ksappend z\n%end",
	"%addon org_x --reserve-mb='auto'\n x\n  %end\nreboot\n",
	"rootpw 'a\npart \\\n / --size\n%nosuch\nlang\n%end\n%include\n%ksappend\n\"%post\" --log='x y'\n",
	"auth --x y -z\n\"\" a\n'' \n%\n%%\n%packages --instLangs=\n%end 'x\n",
	"user --name=a --password=\"b c\" --pass=c --iscrypted=1 \xff\xfe --=\n",
}

func TestEveryByteOnce(t *testing.T) {
	for _, text := range hardTexts {
		for _, v := range append(grammar.Versions(), 0) {
			if err := faultless(text, v); err != nil {
				t.Errorf("%q of %s: %v", text, v, err)
			}
		}
	}
	for _, name := range kickstarts(t) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range grammar.Versions() {
			if err := faultless(string(b), v); err != nil {
				t.Errorf("%s of %s: %v", name, v, err)
			}
		}
	}
}

// kickstarts are those of the tests, and of a folder of one's own that KICKSTARTS names.
func kickstarts(t *testing.T) []string {
	var out []string
	for _, folder := range []string{"testdata", os.Getenv("KICKSTARTS")} {
		if folder == "" {
			continue
		}
		err := filepath.WalkDir(folder, func(name string, d os.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && strings.Contains(filepath.Base(name), ".ks") {
				out = append(out, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// The judge is judged.
func TestWrongPlacesAreSeen(t *testing.T) {
	s := spotsOf("ab\ncd\n")
	if s.holds("word", Place{"x.ks", 2, 1}, "cd") != nil || s.holds("word", Place{"x.ks", 2, 2}, "cd") == nil || s.holds("word", Place{"x.ks", 4, 1}, "") == nil {
		t.Error("places are not told apart")
	}
}

func FuzzParse(f *testing.F) {
	for i, text := range hardTexts {
		f.Add([]byte(text), i%6)
	}
	f.Fuzz(func(t *testing.T, text []byte, v int) {
		versions := append(grammar.Versions(), 0)
		if err := faultless(string(text), versions[uint(v)%uint(len(versions))]); err != nil {
			t.Error(err)
		}
	})
}
