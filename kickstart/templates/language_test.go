package templates

import (
	"strings"
	"testing"

	"lbimage/kickstart/jinja"
	"lbimage/kickstart/mirrors"
)

func TestLanguageOf(t *testing.T) {
	for path, want := range map[string]Language{
		"lb.ks.tmpl": GoTemplate, "a/b.ks.in": Jinja, "x.j2": Jinja,
	} {
		if got, err := LanguageOf(path); got != want || err != nil {
			t.Errorf("%s: %s, %v", path, got, err)
		}
	}
	if _, err := LanguageOf("producton"); err == nil || !strings.HasSuffix(err.Error(), "; did you mean production?") {
		t.Errorf("%v", err)
	}
	if _, err := LanguageOf("lb.ks"); err == nil {
		t.Error("a kickstart file is a template")
	}
}

func TestSetAll(t *testing.T) {
	p := Defaults()
	if err := p.SetAll("", []Value{{"extra.owner", "ops"}, {"packages", "a"}, {"packages", "b,c"}, {"servo-ref", "v1"}}); err != nil || p.Extra["owner"] != "ops" || len(p.Packages) != 3 {
		t.Errorf("%+v, %v", p, err)
	}
	for want, values := range map[string][]Value{
		"root-size is set twice":                                    {{"root-size", "100"}, {"root-size", "200"}},
		"servo-ref is for development: production does not heed it": {{"servo-ref", "v1"}},
		`there is no parameter "extra.owner"`:                       {{"extra.owner", "x"}},
	} {
		p := Defaults()
		if err := p.SetAll("production", values); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, not %s", err, want)
		}
	}
}

func TestRenderJinja(t *testing.T) {
	repos := []mirrors.Repo{{Name: "a", Kind: "baseurl", URL: "http://x/"}}
	got, err := RenderJinja("t", []byte("{% for (n, k, u) in repos %}{{ n }}{{ k }}{{ u }}{% endfor %}{{ size|int + 1 }}"), repos, []Value{{"size", "5"}}, jinja.Options{})
	if err != nil || string(got) != "abaseurlhttp://x/6" {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range [][]Value{{{"repos", "x"}}, {{"a-b", "x"}}, {{"a", "x"}, {"a", "y"}}, {{"not", "x"}}} {
		if _, err := RenderJinja("t", nil, repos, bad, jinja.Options{}); err == nil {
			t.Errorf("%v is set", bad)
		}
	}
}
