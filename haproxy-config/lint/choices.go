package lint

import (
	"slices"
	"strings"

	"lbimage/haproxy-config/internal/nearest"
	"lbimage/haproxy-config/keywords"
)

// choice looks at a word that has to be one of a few, which the table of choices lists by
// the name of the directive. A word with a parenthesis counts up to it.
func (c *checker) choice(d directive, n int, of, name string) {
	if n >= len(d.words) || d.expands(n) {
		return
	}
	table := keywords.Of("choices")
	all := table.Under(of)
	if len(all) == 0 {
		return
	}
	word, _, parenthesis := strings.Cut(d.words[n], "(")
	if parenthesis {
		word += "("
	}
	var names []string
	for _, e := range all {
		if s := e.At(c.o.HAProxy); s != keywords.Future && s != keywords.Removed {
			names = append(names, strings.TrimPrefix(e.Name, of+" "))
		}
	}
	if e := table.Get(of + " " + word); e != nil {
		c.known(d.line, e, d.at+n, name+" "+word)
		return
	}
	if slices.Contains(names, word) {
		return
	}
	hint := "write " + strings.Join(names, " or ")
	if len(names) > 6 {
		hint = "there are " + strings.Join(names, ", ")
	}
	if near := nearest.Word(word, names); near != "" {
		hint = "write " + near
	}
	c.say(Error, d, n, "bad-value", hint, "%s does not know %q", name, d.words[n])
}
