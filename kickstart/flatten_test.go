package kickstart

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"lbimage/kickstart/grammar"
)

// folder opens the files of a map.
func folder(files map[string]string) func(string) ([]byte, error) {
	return func(target string) ([]byte, error) {
		text, ok := files[target]
		if !ok {
			return nil, fmt.Errorf("%s: %w", target, fs.ErrNotExist)
		}
		return []byte(text), nil
	}
}

func flatten(t *testing.T, text string, v grammar.Version, files map[string]string) *File {
	t.Helper()
	f, err := Parse("x.ks", []byte(text), v)
	if err != nil {
		t.Fatal(err)
	}
	return Flatten(f, folder(files))
}

func TestFlatten(t *testing.T) {
	for _, test := range []struct {
		name, text, want string
		files            map[string]string
		told             []string
	}{
		{"commands", "lang a\n%include b.ks # c\ntext\n", "lang a\nskipx\ntext\n", map[string]string{"b.ks": "skipx\n"}, nil},
		{"without the end of the last line", "%include b.ks\ntext", "skipx\ntext", map[string]string{"b.ks": "skipx"}, nil},
		{"at the end", "%include b.ks", "skipx", map[string]string{"b.ks": "skipx"}, nil},
		{"an empty file", "%include b.ks\ntext\n", "text\n", map[string]string{"b.ks": ""}, nil},
		{"in quotes", "%include 'b c.ks'\n", "skipx\n", map[string]string{"b c.ks": "skipx\n"}, nil},
		{"packages", "%packages\na\n%include p\n-c\n%end\n", "%packages\na\n@b\n-c\n%end\n", map[string]string{"p": "@b\n"}, nil},
		{"a script", "%post\n%include p\n%end\n", "%post\necho 'a\n'b\n%end\n", map[string]string{"p": "echo 'a\n'b\n"}, nil},
		{"a whole section", "%include p\ntext\n", "%pre\nx\n%end\ntext\n", map[string]string{"p": "%pre\nx\n%end\n"}, nil},
		{"in a folder of its own", "%include d/p\n", "skipx\n", map[string]string{"d/p": "%include q\n", "d/q": "skipx\n"}, nil},
		{"where the first file lies comes first", "%include d/p\n", "text\n", map[string]string{"d/p": "%include q\n", "d/q": "skipx\n", "q": "text\n"}, nil},
		{"not there", "%include /tmp/p\ntext\n", "%include /tmp/p\ntext\n", nil, []string{"1:10 include-not-read?"}},
		{"a cycle", "%include p\n", "text\n%include ./p\n", map[string]string{"p": "text\n%include ./p\n"}, []string{"2:10 include-cycle"}},
		{"itself", "text\n%include x.ks\n", "text\n%include x.ks\n", map[string]string{"x.ks": "text\n%include x.ks\n"}, []string{"2:10 include-cycle"}},
		{"appended", "  %ksappend p\ntext\n", "skipx\ntext\n", map[string]string{"p": "skipx\n"}, nil},
		{"appended in a script", "%post\n%ksappend p\n%end\n", "%post\na\n%end\n", map[string]string{"p": "a\n"}, nil},
		{"appended and not ended", "%ksappend p\n --size=1\n", "part / --size=1\n", map[string]string{"p": "part /"}, []string{"1:1 joined-line?"}},
		{"appended twice and not ended", "%ksappend p\n%ksappend q\n", "part / --size=1", map[string]string{"p": "part /", "q": " --size=1"}, []string{"1:1 joined-line?"}},
		{"appended in an appended one", "%ksappend p\n", "%ksappend q\n", map[string]string{"p": "%ksappend q\n", "q": "text\n"}, []string{"1:1 append-in-append?"}},
		{"included by an appended one", "%ksappend p\n", "text\n", map[string]string{"p": "%include q\n", "q": "text\n"}, nil},
		{"appended by an included one", "%include p\n", "%ksappend q\n", map[string]string{"p": "%ksappend q\n", "q": "text\n"}, nil},
		{"a zero byte", "%include p\n", "%include p\n", map[string]string{"p": "\x00"}, []string{"1:10 include-not-read"}},
		{"not there, beside it", "%include p\n", "%include p\n", nil, []string{"1:10 include-not-read"}},
		{"a URL", "%include http://x/p\n", "%include http://x/p\n", nil, []string{"1:10 include-not-read?"}},
		{"too large", "%include p\n", "%include p\n", map[string]string{"p": strings.Repeat("#", MaxFile)}, []string{"1:10 include-not-read"}},
		{"too many lines", "%include p\n", "%include p\n", map[string]string{"p": strings.Repeat("\n", MaxLines)}, []string{"1:10 include-not-read"}},
	} {
		f := flatten(t, test.text, 7, test.files)
		if got := string(f.Format()); got != test.want {
			t.Errorf("%s: %q, not %q", test.name, got, test.want)
		}
		if got := told(f); !slices.Equal(got, test.told) {
			t.Errorf("%s: %v, not %q", test.name, f.Problems, test.told)
		}
	}
}

// A section that an included file leaves open ends with the file.
func TestFlattenOpenSection(t *testing.T) {
	f := flatten(t, "%include p\ntext\n", 7, map[string]string{"p": "%post\necho\n"})
	if got := told(f); !slices.Equal(got, []string{"1:1 missing-end"}) || f.Problems[0].File != "p" {
		t.Errorf("%v", f.Problems)
	}
	if len(f.Commands("text")) != 1 || f.Sections("%post")[0].Body != "echo\n" {
		t.Errorf("%#v", f.Nodes)
	}
	// One that goes on in an included file, and ends there.
	f = flatten(t, "%post\n%include p\ntext\n", 7, map[string]string{"p": "echo\n%end\n"})
	if len(f.Problems) != 0 || len(f.Commands("text")) != 1 {
		t.Errorf("%v", f.Problems)
	}
}

func TestFlattenKeepsPlaces(t *testing.T) {
	f := flatten(t, "\n%include d/p\n%post\na\n%include q\nc\n%end\ntext\n", 7, map[string]string{"d/p": "#\nlang\n", "q": "b\nb\n"})
	if p := f.Problems[0]; p.Place != (Place{"d/p", 2, 1}) || p.Rule != "missing-argument" {
		t.Errorf("%v", p)
	}
	if c := f.Commands("text")[0]; c.Place != (Place{"x.ks", 8, 1}) {
		t.Errorf("%v", c.Place)
	}
	post := f.Sections("%post")[0]
	var places []string
	for i := range strings.Count(post.Body, "\n") {
		places = append(places, post.LinePlace(i).String())
	}
	if want := []string{"x.ks:4:1", "q:1:1", "q:2:1", "x.ks:6:1"}; !slices.Equal(places, want) || post.BodyLine() != 4 {
		t.Errorf("%q, not %q", places, want)
	}
}

// Files that name each other over and over cost no more than the bounds.
func TestFlattenHostileFiles(t *testing.T) {
	calls := 0
	open := func(target string) ([]byte, error) {
		if calls++; calls > 10*maxIncludes {
			t.Fatal("there is no end to it")
		}
		if len(target) > 40 {
			return nil, errors.New("too long a name")
		}
		return []byte("%include " + target + "a\n%include " + target + "b\n"), nil
	}
	f, _ := Parse("x.ks", []byte("%include y\n"), 7)
	flat := Flatten(f, open)
	if len(flat.Problems) < 10 {
		t.Errorf("%v", flat.Problems)
	}
}

// Whatever files include each other, each line of the result stands in its own file where its place says.
func TestFlattenRandomFiles(t *testing.T) {
	pieces := []string{"text\n", "part / --size=1\n", "# c\n", "\n", "%post\n", "%packages\n", "%end\n", "echo\n", "@core\n", "%include a\n", " %include b # x\n", "%include d/c\n", "%include none\n"}
	r := rand.New(rand.NewPCG(7, 8))
	some := func() string {
		var b strings.Builder
		for range r.IntN(7) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		return b.String()
	}
	included := 0
	for range 2000 {
		files := map[string]string{"x.ks": some(), "a": some(), "b": some(), "d/c": some()}
		lines := map[string][]string{}
		for name, text := range files {
			lines[name] = strings.SplitAfter(text, "\n")
		}
		f := flatten(t, files["x.ks"], 7, files)
		stands := func(p Place, text string) {
			t.Helper()
			if p.Column != 1 || p.Line < 1 || p.Line > len(lines[p.File]) || lines[p.File][p.Line-1] != text {
				t.Fatalf("%q: %q does not stand at %v", files, text, p)
			}
			if p.File != "x.ks" {
				included++
			}
		}
		for _, n := range f.Nodes {
			s, ok := n.(*Section)
			if !ok {
				first, _, _ := strings.Cut(n.Text(), "\n")
				stands(n.Start(), first+"\n")
				continue
			}
			stands(s.Place, s.Head)
			i := 0
			for l := range strings.Lines(s.Body) {
				stands(s.LinePlace(i), l)
				i++
			}
		}
		if again := string(Flatten(f, folder(nil)).Format()); again != string(f.Format()) {
			t.Fatalf("%q: flattened again it is %q", files, again)
		}
	}
	if included < 1000 {
		t.Errorf("%d lines are of included files: the files test little", included)
	}
}

// However often a file names others, be it in vain, few of them are opened.
func TestFlattenOpensFewFiles(t *testing.T) {
	big := make([]byte, MaxFile)
	for i := range big {
		big[i] = '#'
	}
	for name, file := range map[string]struct {
		text []byte
		err  error
		most int
	}{
		"missing":  {nil, fs.ErrNotExist, maxIncludes},
		"small":    {[]byte("text\n"), nil, maxIncludes},
		"its own":  {[]byte("%include its\n%include x.ks\n"), nil, maxIncludes},
		"too much": {big, nil, maxRead/MaxFile + 1},
	} {
		opened := 0
		f, err := Parse("x.ks", []byte(strings.Repeat("%include its\n", 3*maxIncludes)+strings.Repeat("%ksappend its\n", 3*maxIncludes)), 0)
		if err != nil {
			t.Fatal(err)
		}
		out := Flatten(f, func(string) ([]byte, error) { opened++; return file.text, file.err })
		if opened > file.most || opened < 2 {
			t.Errorf("%s: %d files are opened, %d should be the most", name, opened, file.most)
		}
		if n := len(out.Problems); n == 0 || n > 2*maxProblems+2 {
			t.Errorf("%s: %d problems", name, n)
		}
	}
}
