package lint

import (
	"strings"

	"lbimage/haproxy-config/keywords"
	"lbimage/haproxy-config/nearest"
)

// choice looks at a word that has to be one of a few, which the table of choices lists by
// the name of the directive, and reports whether it is. A word with a parenthesis counts up to it.
func (c *checker) choice(d directive, n int, of, name string) bool {
	if !d.has(n) || d.expands(n) {
		return true
	}
	table := keywords.Of("choices")
	all := table.Under(of)
	if len(all) == 0 {
		return true
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
		return c.known(d.line, e, d.at+n, name+" "+word)
	}
	hint := "write " + strings.Join(names, " or ")
	if len(names) > 6 {
		hint = "there are " + strings.Join(names, ", ")
	}
	if near := nearest.Word(word, names); near != "" {
		hint = "write " + near
	}
	c.say(Error, d, n, "bad-value", hint, "%s does not know %q", name, d.words[n])
	return false
}
