package mirrors

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"lbimage/tests/needs"
)

const example = `# mirrors
; of two types
[centos-base:public]
mirrorlist=http://mirrorlist.example.com/?release=6&arch=$basearch&repo=os

[load-balancer-servo:public]
BaseURL = http://downloads.example.com/servo/ ; the newest
mirrorlist: http://elsewhere.example.com/

[centos-base:internal]
baseurl: %(mirror)s/centos%20six/#a;b
[unrelated]
key=value
[servo:internal]
baseurl=%(MIRROR)s/servo
[DEFAULT]
mirror=http://mirror.example.com
`

func TestRepos(t *testing.T) {
	l, err := Parse("mirrors.cfg", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	if got := l.Types(); !reflect.DeepEqual(got, []string{"public", "internal"}) {
		t.Errorf("types %q", got)
	}
	for mirrorType, want := range map[string][]Repo{
		"public": {
			{"centos-base", "mirrorlist", "http://mirrorlist.example.com/?release=6&arch=$basearch&repo=os"},
			{"load-balancer-servo", "baseurl", "http://downloads.example.com/servo/"}},
		"internal": {
			{"centos-base", "baseurl", "http://mirror.example.com/centos%20six/#a;b"},
			{"servo", "baseurl", "http://mirror.example.com/servo"}},
	} {
		got, notes, err := l.Repos(mirrorType)
		if err != nil || len(notes) > 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, %q, %v", mirrorType, got, notes, err)
		}
	}
	_, _, err = l.Repos("publick")
	if want := `mirrors.cfg: there is no repository of type "publick"; did you mean public?; there are: public, internal`; err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

func TestNotes(t *testing.T) {
	for text, want := range map[string]string{
		"[a:t]\nbaseurl=/x\n[b:t]\nkey=1":                    `m:3: the repository "b" has no URL: neither baseurl nor mirrorlist; it is left out`,
		"[a:t]\nbaseurl=/x\n[b:t]\nbaseurl=\nmirrorlist=/y":  `m:4: the repository "b" has an empty baseurl; it is left out`,
		"[a:t]\nbaseurl=http://x\n  http://y\n":              `m:2: the URL of "a" has blanks or line ends in it: "http://x\nhttp://y"`,
		"[a:t]\nbaseurl=http://x\n[a:t]\nbaseurl=http://y\n": `m:4: baseurl of "a:t" stands in line 2 too, with another value: this one counts`,
		"[a:t]\nbaseurl=http://x\n[a:t:2]\nbaseurl=http://y": `m:3: another repository of this type is called "a" too`,
		"[ a:t]\nbaseurl=http://x\n":                         `m:1: " a" is no name of a repository`,
		"[a:t]\nbaseurl=mirror.example.com\n":                `m:2: "mirror.example.com" is no URL`,
	} {
		l, err := Parse("m", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, notes, err := l.Repos("t"); err != nil || len(notes) != 1 || notes[0] != want {
			t.Errorf("%q: %q, %v; not %s", text, notes, err, want)
		}
	}
}

func TestErrors(t *testing.T) {
	for text, want := range map[string]string{
		"baseurl=x":          `m:1: "baseurl=x" stands before the first [section]`,
		"[a:t]\n  baseurl=x": "m:2: the line is indented, but there is no value that it could go on with: take the blanks away",
		"[a:t]\nbaseurl":     `m:2: "baseurl" is no key with a value: key=value`,
		"[a:t]\n=x":          `m:2: "=x" is no key with a value: key=value`,
		"# c\n[]":            `m:2: "[]" is no section: [name:mirrortype]`,
		"\n[a:t":             `m:2: "[a:t" is no section: [name:mirrortype]`,
		"[a:t]\nbaseurl=%(hots)s/x\nhost=http://y": "m:2: the value names %(hots)s, which neither [a:t] nor [DEFAULT] has; did you mean host?",
		"[a:t]\nbaseurl=http://x/%(y)":             `m:2: "%(y)" has no end: %(key)s`,
		"[a:t]\nbaseurl=%(baseurl)s":               "m:2: the value names others, which name others, more than 10 deep",
		"[a:t]\nb=%(a)s%(a)s%(a)s%(a)s%(a)s%(a)s%(a)s%(a)s%(a)s\na=%(b)s%(b)s%(b)s%(b)s%(b)s%(b)s%(b)s%(b)s\nbaseurl=%(a)s": "m:4: the value becomes longer than 8192 bytes",
		"[a:t]\nbaseurl=":     `m: no repository of type "t" has a URL`,
		"[a]\nbaseurl=x":      "m: there is no section [name:mirrortype]",
		"[a:u]\nbaseurl=x":    `m: there is no repository of type "t"; there are: u`,
		"[a:t]\nbaseurl=\xff": "m:2: the list is not UTF-8",
		"[a:t]\n\x00":         "m:2: a zero byte stands in the list",
	} {
		l, err := Parse("m", []byte(text))
		if err == nil {
			_, _, err = l.Repos("t")
		}
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, not %s", text, err, want)
		}
	}
	if _, err := Parse("m", make([]byte, MaxFile+1)); err == nil {
		t.Error("a list that is too large is read")
	}
	for _, format := range []string{"[%d:t]\n", "[a:%d]\n"} {
		var b strings.Builder
		b.WriteString("[DEFAULT]\nbaseurl=http://x/\n")
		for i := range 60000 {
			fmt.Fprintf(&b, format, i)
		}
		l, err := Parse("m", []byte(b.String()))
		if err != nil {
			t.Fatal(err)
		}
		l.Types()
		if _, _, err := l.Repos("t"); err == nil || len(err.Error()) > 200 {
			t.Errorf("%s: %v", format, err)
		}
	}
}

// pythonProgram reads lists as ConfigParser of Python 2 did, as far as Python 3 can be told to.
const pythonProgram = `
import configparser, json, re, sys
class Old(configparser.Interpolation):
    def before_get(self, parser, section, option, value, others):
        for _ in range(10):
            if "%(" in value:
                value = re.sub(r"%[(]([^)]+)[)]s", lambda m: m[0].lower(), value) % others
        return value
all = []
for text in json.load(sys.stdin):
    p = configparser.ConfigParser(interpolation=Old(), inline_comment_prefixes=(";",), strict=False)
    p.read_string(text)
    out = []
    for s in p.sections():
        if ":" in s and s.split(":")[1] == "t":
            for kind in ("baseurl", "mirrorlist"):
                if p.has_option(s, kind):
                    out.append([s.split(":")[0], kind, p.get(s, kind)])
                    break
    all.append(out)
print(json.dumps(all))
`

func TestAsConfigParser(t *testing.T) {
	python := needs.Program(t, "/usr/bin/python3")
	texts := []string{
		strings.ReplaceAll(example, "public]", "t]"),
		strings.ReplaceAll(strings.ReplaceAll(example, "internal]", "t]"), "%20", "+"), // Python gives an error there
		"[a:t]\nbaseurl=http://x\n  y\n\tz\n",
		"[a:t]\nbaseurl=http://x\n# c\n  y\n",
		"[a:t]\nbaseurl=http://x ; c\n  y\n",
		"[a:t]\nbaseurl = http://x:80/?a=1;b=2\n",
		"[a:t]\nbaseurl=a ;b ;c\n",
		"[a:t]\nBASEURL=x\nbaseurl=y\n",
		"[a:t]\nbaseurl=x\n[b:t]\nmirrorlist=y\n[a:t]\nbaseurl=z\n",
		"[a:t] ; comment\nbaseurl : x\n",
		"[a:t]\nbaseurl=\"q\" # q\n[a.b:t]\nbaseurl=x\\\nmirrorlist=y\n",
		"[a:t]\nbaseurl=x%20y%%z\n",
		"[a:t]\nhost=h\nbaseurl=%(host)s/%(Host)s\n",
		"[DEFAULT]\nbaseurl=http://d/%(name)s\n[a:t]\nname=1\n[b:t]\nname=2\n",
		"[a:t]\nx=%(y)s\ny=%(z)s\nz=1\nbaseurl=%(x)s\n",
		"[a:t]\r\nbaseurl=x\r\n",
		"[a:t:q]\nbaseurl=x\n[t]\nbaseurl=n\n[a:b]\nbaseurl=n\n",
		"[a:t]\nhost=h\nbaseurl=%%(host)s\n",
		"[a:t]\nhost=h\nbaseurl=%(host)s/%%20\n",
	}
	in, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-W", "ignore", "-c", pythonProgram)
	cmd.Stdin = strings.NewReader(string(in))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("python: %v", err)
	}
	var all [][][3]string
	if err := json.Unmarshal(out, &all); err != nil || len(all) != len(texts) {
		t.Fatal(err, len(all))
	}
	for i, text := range texts {
		want := all[i]
		l, err := Parse("m", []byte(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		repos, _, err := l.Repos("t")
		var got [][3]string
		for _, r := range repos {
			got = append(got, [3]string{r.Name, r.Kind, r.URL})
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q, %v; Python has %q", text, got, err, want)
		}
	}
}

// Where Python 2 differs from Python 3, the list is read as Python 2 does.
func TestAsPython2(t *testing.T) {
	for text, want := range map[string]string{
		"[a:t]\nbaseurl=http://x\n\n  y\n":          "http://x\ny",
		"[a:t]\nbaseurl=http://x ; c\n  y ; d\n":    "http://x\ny ; d",
		"[a:t]\nrem a comment\nbaseurl=x\nREM\n":    "x",
		"[a:t]\nhost=h\nbaseurl=%(host)s/%20%%\n":   "h/%20%",
		"[a:t]\nbaseurl=x%20%%\n":                   "x%20%%",
		"[a:t]\nbaseurl=%(__name__)s\n":             "a:t",
		"\ufeff[a:t]\nbaseurl=x\n  # not a value\n": "x",
	} {
		l, err := Parse("m", []byte(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if repos, _, err := l.Repos("t"); err != nil || len(repos) != 1 || repos[0].URL != want {
			t.Errorf("%q: %q, %v, not %q", text, repos, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(example)
	f.Add("[a:t]\nb=%(a)s\na=%(b)s\nbaseurl=%(a)s%%(q)s\n x")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := Parse("m", []byte(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "m:") {
				t.Errorf("%v", err)
			}
			return
		}
		for _, mirrorType := range l.Types() {
			repos, notes, err := l.Repos(mirrorType)
			if err == nil && len(repos) == 0 {
				t.Errorf("%q: neither repositories nor an error; notes %q", mirrorType, notes)
			}
		}
	})
}
