package lint

import (
	"strings"

	"lbimage/haproxy-config/keywords"
)

// cookie looks at 'cookie NAME WORDS…'.
func (c *checker) cookie(d directive, n int) {
	if !d.has(n) {
		return // the table asks for a name
	}
	takes := map[string]int{"maxidle": 1, "maxlife": 1, "domain": 1, "attr": 1}
	has := map[string]bool{}
	for n++; d.has(n); {
		if d.expands(n) {
			return
		}
		w := d.words[n]
		if !c.choice(d, n, "cookie", "cookie") {
			return
		}
		has[w] = true
		if takes[w] > 0 && !d.has(n+1) {
			c.say(Error, d, n, "missing-argument", "write its value behind it", "cookie: nothing stands behind %s", w)
			return
		}
		switch w {
		case "maxidle", "maxlife":
			if !c.value(d, n+1, keywords.Value{Kind: keywords.TimeS}, "cookie "+w) {
				return
			}
		case "attr":
			if i := strings.IndexFunc(d.words[n+1], func(r rune) bool { return r == ';' || r < 32 || r == 127 }); i >= 0 && !d.expands(n+1) {
				c.say(Error, d, n+1, "bad-value", "write one attribute without it", "cookie: %q may not stand in an attribute", d.words[n+1][i:i+1])
				return
			}
		}
		n += 1 + takes[w]
	}
	modes := 0
	for _, w := range []string{"insert", "rewrite", "prefix"} {
		if has[w] {
			modes++
		}
	}
	switch {
	case modes > 1:
		c.say(Error, d, 0, "contradiction", "keep one of them", "a cookie is either insert, rewrite or prefix")
	case has["rewrite"] && has["indirect"]:
		c.say(Error, d, 0, "contradiction", "write insert indirect", "a cookie cannot be both rewrite and indirect")
	case has["preserve"] && !has["insert"] && !has["indirect"]:
		c.say(Error, d, 0, "contradiction", "add insert", "preserve needs insert or indirect")
	}
}
