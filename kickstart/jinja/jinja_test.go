package jinja

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
)

// upstream is how the kickstart templates of load balancer images name their repositories.
const upstream = "# Repositories\n{% for (name, urltype, url) in repos %}\nrepo --name={{ name }} --{{ urltype }}={{ url }}\n{% endfor %}\n\n%end\n\n"

var variables = map[string]any{
	"repos": []any{Tuple{"a", "baseurl", "http://x/$b"}, Tuple{"b", "mirrorlist", "http://y/?a=1&b=2"}},
	"n":     3, "f": 1.5, "s": "a b <c>", "l": []any{"x", 1, 2.5, true, nil}, "names": []any{"b", "A", "c", "a"},
	"d": map[string]any{"b": 1, "a": []any{1, 2}, "items": 5}, "nums": []any{3, 1, 2}, "e": []any{}, "u": "Straße é\n x",
}

func TestUpstream(t *testing.T) {
	got, err := Render("lb.ks.in", []byte(upstream), variables, Options{})
	want := "# Repositories\n\nrepo --name=a --baseurl=http://x/$b\n\nrepo --name=b --mirrorlist=http://y/?a=1&b=2\n\n\n%end\n"
	if err != nil || string(got) != want {
		t.Errorf("%q, %v", got, err)
	}
}

// Without a judge: what each part of the language gives.
func TestRender(t *testing.T) {
	for template, want := range map[string]string{
		"a\r\nb\r\n":                 "a\nb",
		"a\n\n":                      "a\n",
		"{{ n }}{{ f }}{{ l }}":      "31.5['x', 1, 2.5, True, None]",
		"{% if n > 2 %}y{% endif %}": "y",
		"{{ repos[1][2] }}":          "http://y/?a=1&b=2",
		"{{ repos }}":                "[('a', 'baseurl', 'http://x/$b'), ('b', 'mirrorlist', 'http://y/?a=1&b=2')]",
		"{%- for x in nums -%}\n {{ x }} {%- if not loop.last %},{% endif %} {%- endfor %}": "3,1,2",
		"{{ nowhere is defined }}": "False",
		"{{ nowhere|default(7) }}": "7",
	} {
		got, err := Render("t", []byte(template), variables, Options{})
		if err != nil || string(got) != want {
			t.Errorf("%q: %q, %v", template, got, err)
		}
	}
}

func TestVariables(t *testing.T) {
	got, err := Render("t", []byte("{{ a }} {{ b }} {{ c }} {{ d }} {{ e }}"), map[string]any{
		"a": [][3]string{{"x", "y", "z"}}, "b": map[string]int{"q": 1, "p": 2}, "c": []string{"i"}, "d": uint8(7), "e": float32(0.5)}, Options{})
	if want := "[('x', 'y', 'z')] {'p': 2, 'q': 1} ['i'] 7 0.5"; err != nil || string(got) != want {
		t.Errorf("%q, %v", got, err)
	}
	for name, bad := range map[string]any{"struct": struct{}{}, "large": uint64(1 << 63), "bytes": "\xff", "keys": map[int]int{1: 1}} {
		if _, err := Render("t", nil, map[string]any{"v": bad}, Options{}); err == nil || !strings.Contains(err.Error(), "variable v") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestErrors(t *testing.T) {
	for template, want := range map[string]string{
		"x\n  {{ reops }}":                    "t:2:6: 'reops' is not defined; did you mean repos?",
		"{% fro x in y %}":                    "t:1:1: 'fro' is no statement; did you mean for?",
		"a\n{% include '/etc/passwd' %}":      "t:2:1: 'include' is not supported in templates of kickstart files",
		"{% macro m() %}{% endmacro %}":       "t:1:1: 'macro' is not supported in templates of kickstart files",
		"{% for x in n recursive %}":          "t:1:15: recursive loops are not supported",
		"{{ s|uper }}":                        "t:1:6: 'uper' is no filter; did you mean upper?",
		"{{ nums|random }}":                   "t:1:9: the filter 'random' is not supported in templates of kickstart files",
		"{{ n is devined }}":                  "t:1:9: 'devined' is no test; did you mean defined?",
		"\n{% for x in nums %}":               "t:2:4: for has no end: {% endfor %}",
		"{{ s.__class__ }}":                   "t:1:6: '__class__' is not supported in templates of kickstart files",
		"{{ 'a\nb' }}{{ n.":                   "t:2:6: the tag has no end: }}",
		"{{ repos|map('randm')|list }}":       "t:1:10: 'randm' is no filter that is supported",
		"{% for a, b in repos %}{% endfor %}": "t:1:8: 2 names stand here for 3 values",
		"é{{ ! }}":                            "t:1:6: '!' has no meaning here",
		"\xff":                                "t:1:1: the template is not UTF-8",
	} {
		_, err := Render("t", []byte(template), variables, Options{})
		var e *Error
		if !errors.As(err, &e) || err.Error() != want {
			t.Errorf("%q: %v, not %s", template, err, want)
		}
	}
	if _, err := Render("t", make([]byte, MaxTemplate+1), nil, Options{}); err == nil {
		t.Error("a template that is too large is read")
	}
}

// What a template may cost is bounded.
func TestBounds(t *testing.T) {
	for name, template := range map[string]string{
		"output":    "{% for x in range(100000) %}{{ 'x' * 1000 }}{% endfor %}",
		"text":      "{{ 'x' * 99999999999 }}",
		"doubling":  "{% set ns = namespace(s='xx') %}{% for x in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
		"lists":     "{% set ns = namespace(s=[]) %}{% for x in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}",
		"deep":      "{% set ns = namespace(s=[]) %}{% for x in range(100000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s }}",
		"same":      "{% set ns = namespace(s=[], t=[]) %}{% for x in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% set ns.t = [ns.t, ns.t] %}{% endfor %}{{ ns.s == ns.t }}",
		"range":     "{% for x in range(9000000000000000000) %}{% endfor %}",
		"loops":     "{% for x in range(3000) %}{% for y in range(3000) %}{% endfor %}{% endfor %}",
		"brackets":  strings.Repeat("{{ "+strings.Repeat("(", 5000), 1),
		"nested":    strings.Repeat("{% if true %}", 5000),
		"nots":      "{{ " + strings.Repeat("not ", 5000) + "1 }}",
		"signs":     "{{ " + strings.Repeat("-", 5000) + "1 }}",
		"sums":      "{{ 1" + strings.Repeat("+1", 5000) + " }}",
		"filters":   "{{ 1" + strings.Repeat("|abs", 5000) + " }}",
		"members":   "{{ n" + strings.Repeat(".a", 5000) + " }}",
		"indent":    "{{ ('\n' * 10000)|indent(10000, blank=true) }}",
		"replace":   "{{ ('x' * 10000)|replace('x', 'y' * 10000) }}",
		"center":    "{{ 'x'|center(99999999999) }}",
		"width":     "{{ '%99999999999d' % 1 }}",
		"star":      "{{ '%*d' % (99999999999, 1) }}",
		"precision": "{{ '%.99999999d' % 1 }}",
		"batch":     "{{ [1]|batch(99999999999, 'x')|list }}",
		"slices":    "{{ [1]|slice(99999999999)|list }}",
		"power":     "{{ 10 ** 10 ** 10 }}",
		"join":      "{{ range(100000)|join('x' * 1000) }}",
		"json":      "{% set ns = namespace(s=[]) %}{% for x in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s|tojson }}",
	} {
		if out, err := Render("t", []byte(template), variables, Options{}); err == nil {
			t.Errorf("%s: %d bytes without an error", name, len(out))
		}
	}
}

// templates are those of a file, with what they show of our own: "⏎" is a line end.
func templates(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/templates.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(data)) {
		out = append(out, strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "⏎", "\n"))
	}
	return out
}

// refusals are the parts of messages of what Jinja2 does and this package does not.
var refusals = []string{"not supported", "has no text that is always the same", "does not fit into 64 bits", "raw has no end", "keeps for itself",
	"is no filter", // Jinja2 says so where it comes to it
}

func refusal(err error) bool {
	for _, part := range refusals {
		if err != nil && strings.Contains(err.Error(), part) {
			return true
		}
	}
	return false
}

// compare holds a rendering against the judge's: same bytes, or an error here and there.
func held(t *testing.T, j *judge, template string, o Options) {
	t.Helper()
	want := j.ask(t, template, variables, o)
	got, err := Render("t", []byte(template), variables, o)
	switch {
	case err != nil && !o.Lenient && strings.Contains(want.Text, "Undefined"): // within a list Jinja2's strictest prints it
	case err != nil && want.Error == "" && !refusal(err):
		t.Errorf("%q %+v: %v, but Jinja2 gives %q", template, o, err, want.Text)
	case err == nil && want.Error != "":
		t.Errorf("%q %+v: %q, but Jinja2 says %s", template, o, got, want.Error)
	case err == nil && string(got) != want.Text:
		t.Errorf("%q %+v:\n %q, but Jinja2 gives\n %q", template, o, got, want.Text)
	}
}

func TestAsJinja2(t *testing.T) {
	j := newJudge(t)
	for _, template := range templates(t) {
		for _, lenient := range []bool{true, false} {
			held(t, j, template, Options{Lenient: lenient})
		}
	}
	for _, template := range []string{upstream, "a\r\nb\rc\n\n", "\n", "", "\n\n", "{{ 'a\r\nb' }}\n"} {
		for _, keep := range []bool{true, false} {
			held(t, j, template, Options{KeepTrailingNewline: keep})
		}
	}
}

// The judge is judged: a wrong rendering is seen.
func TestJudgeSees(t *testing.T) {
	j := newJudge(t)
	if v := j.ask(t, "{{ n }}\n", variables, Options{}); v.Text != "3" || v.Error != "" {
		t.Errorf("%+v", v)
	}
	if v := j.ask(t, "{{ x }}", variables, Options{}); v.Error == "" {
		t.Errorf("%+v", v)
	}
}

func TestSameAgain(t *testing.T) {
	template := []byte("{{ d }}{{ d|tojson }}{{ names|sort }}{{ repos }}")
	first, err := Render("t", template, variables, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if again, _ := Render("t", template, variables, Options{}); !bytes.Equal(first, again) {
			t.Fatalf("%q and %q", first, again)
		}
	}
}

func FuzzRender(f *testing.F) {
	data, _ := os.ReadFile("testdata/templates.txt")
	for line := range strings.Lines(string(data)) {
		f.Add(strings.ReplaceAll(line, "⏎", "\n"), true)
	}
	f.Add(upstream, false)
	f.Fuzz(func(t *testing.T, template string, lenient bool) {
		out, err := Render("t", []byte(template), variables, Options{Lenient: lenient, TrimBlocks: lenient, LstripBlocks: !lenient})
		if len(out) > MaxOutput {
			t.Errorf("%d bytes", len(out))
		}
		var e *Error
		if err != nil && len(template) <= MaxTemplate && !errors.As(err, &e) {
			t.Errorf("no place: %v", err)
		}
	})
}
