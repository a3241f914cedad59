package shell

import (
	"testing"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

// FuzzParse: the parser comes back, as a whole and statement by statement, and nothing that it gives is deeper than the bound.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"a && b | c <<E\n$x\nE\n", "case $a in b|c) d;; esac", "f() { ((1+$a[2])); }\n", "[[ ! a =~ (b|c) ]] || echo \"${x:-`y`}\"", "a=(1 2) b+=c coproc d\n", "\xff & fi"} {
		f.Add(text, uint8(1))
	}
	f.Fuzz(func(t *testing.T, text string, times uint8) {
		if len(text) > 200 {
			t.Skip()
		}
		for range times % 8 {
			text += text
		}
		file, err := Parse(text, syntax.LangBash)
		if err == nil && deeper(file, maxDeep) {
			t.Error("it is deeper than the bound")
		}
		if !utf8.ValidString(text) {
			return
		}
		after := 0
		for s, err := range Stmts(text, syntax.LangBash) {
			if after > 0 {
				t.Error("something is given behind an error")
			}
			if err != nil {
				after++
			} else if s != nil && deeper(s, maxDeep) {
				t.Error("it is deeper than the bound")
			}
		}
		for range Stmts(text, syntax.LangBash) { // who has seen enough may go
			break
		}
	})
}
