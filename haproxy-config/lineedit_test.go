package haproxyconfig

import (
	"slices"
	"testing"
)

// Modernize keeps what every line means.
func TestModernizeQuotes(t *testing.T) {
	for text, want := range map[string]string{
		"defaults\n a \"b c\" # \"d\"\n":    "defaults\n a \\\"b c\\\" # \"d\"\n",
		"defaults\n a it's\n":               "defaults\n a it\\'s\n",
		"defaults\n a b\\ c \\# \\\\\n":     "defaults\n a b\\ c \\# \\\\\n",
		"defaults\n a \\\"x\n":              "defaults\n a \\\\\\\"x\n",
		"defaults\n # it's a comment\n x\n": "defaults\n # it's a comment\n x\n",
	} {
		old := ParseDialect([]byte(text), Legacy)
		var before [][]string
		for _, l := range old.Lines() {
			before = append(before, l.Values(0))
		}
		e := old.Edit()
		e.Modernize()
		got := string(e.File().Bytes())
		if got != want {
			t.Errorf("%q gives\n%q, not\n%q", text, got, want)
		}
		for i, l := range Parse([]byte(got)).Lines() {
			if !slices.Equal(l.Values(0), before[i]) {
				t.Errorf("%q: line %d reads %q, not %q", text, i+1, l.Values(0), before[i])
			}
		}
	}
}

func FuzzModernize(f *testing.F) {
	f.Add("defaults\n a \"b\\\"' # \"\n")
	f.Fuzz(func(t *testing.T, text string) {
		old := ParseDialect([]byte(text), Legacy)
		var before [][]string
		for _, l := range old.Lines() {
			if l.fault != NoFault {
				return
			}
			before = append(before, l.Values(0))
		}
		e := old.Edit()
		e.Modernize()
		for i, l := range Parse(e.File().Bytes()).Lines() {
			if !slices.Equal(l.Values(0), before[i]) {
				t.Fatalf("%q: line %d reads %q, not %q", text, i+1, l.Values(0), before[i])
			}
		}
	})
}
