package lint

import (
	"strings"
	"testing"

	"lbimage/haproxy-config/keywords"
)

// TestKindsAreKnown: each kind of word that a syntax names is one that is checked here, or any.
func TestKindsAreKnown(t *testing.T) {
	t.Parallel()
	check := func(name string, a keywords.Arg) {
		kind, arg, _ := strings.Cut(strings.TrimSuffix(a.Kind, ")"), "(")
		switch {
		case a.Words != nil || a.Value != nil || kind == "any":
		case checkOf(kind) == nil:
			t.Errorf("%s: no kind %q", name, a.Kind)
		case kind == "addr":
			if _, ok := uses[arg]; !ok {
				t.Errorf("%s: no use of addresses %q", name, arg)
			}
		case kind == "choice":
			if len(keywords.Of("choices").Under(strings.ReplaceAll(arg, "_", " "))) == 0 {
				t.Errorf("%s: no choices %q", name, arg)
			}
		}
	}
	seen := 0
	for _, table := range strings.Fields(`proxy option global action stats-http-request filter balance check http-check expect server bind
		mailers resolvers userlist peers program ring log-forward fcgi-app http-errors`) {
		for _, name := range keywords.SyntaxNames(table) {
			s := keywords.SyntaxOf(table, name, Version{})
			seen++
			for _, item := range s.Items {
				if item.Arg != nil {
					check(table+" "+name, *item.Arg)
				}
				for word, p := range item.Set {
					for _, a := range p.Args {
						check(table+" "+name+" "+word, a)
					}
				}
				if item.By != "" && len(keywords.SyntaxNames(item.By)) == 0 {
					t.Errorf("%s %s: no table %q", table, name, item.By)
				}
			}
		}
	}
	if seen < 150 {
		t.Errorf("only %d syntaxes", seen)
	}
}
