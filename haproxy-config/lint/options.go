package lint

import (
	"slices"
	"strings"

	"lbimage/haproxy-config/internal/nearest"
	"lbimage/haproxy-config/keywords"
)

// option looks at 'option NAME …' in a proxy.
func (c *checker) option(d directive, n int) {
	if len(d.words) <= n || d.words[n] == "" && !d.expands(n) {
		c.say(Error, d, n-1, "unknown-option", "write the name of an option behind it", "option without a name")
		return
	}
	if d.expands(n) {
		return
	}
	table, name := keywords.Of("options"), d.words[n]
	e := table.Get(name)
	if e == nil {
		hint := "remove it"
		if near := nearest.Word(name, table.Names(c.o.HAProxy)); near != "" {
			hint = "write option " + near
		}
		c.say(Error, d, n, "unknown-option", hint, "option %s is not known to %s", name, c.who())
		return
	}
	if d.prefix == "no" && !e.No || d.prefix == "default" && !e.Default {
		c.word(Error, d.line, 0, "bad-negation", "remove the line", "%q cannot stand before option %s", d.prefix, name)
		return
	}
	if !c.known(d.line, e, d.at+n, "option "+name) || !c.placed(d, e) {
		return
	}
	named := *e
	named.Name = "option " + name
	c.arguments(d, &named, n+1)
	if check := optionWords[name]; check != nil {
		check(c, d, n+1)
	}
}

// optionWords are the options whose arguments are words of their own.
var optionWords = map[string]func(*checker, directive, int){
	"httplog":    oneOf("option httplog", "clf"),
	"forwardfor": pairs("option forwardfor", map[string]int{"except": 1, "header": 1, "if-none": 0}),
	"originalto": pairs("option originalto", map[string]int{"except": 1, "header": 1}),
}

// oneOf asks for one of some words as the argument, if there is one.
func oneOf(name string, words ...string) func(*checker, directive, int) {
	return func(c *checker, d directive, n int) {
		if len(d.words) > n && d.words[n] != "" && !d.expands(n) && !slices.Contains(words, d.words[n]) {
			c.say(Error, d, n, "bad-value", "write "+strings.Join(words, " or ")+", or nothing", "%s takes %s, and not %q", name, strings.Join(words, " or "), d.words[n])
		}
	}
}

// pairs asks for words that each take some words behind them.
func pairs(name string, takes map[string]int) func(*checker, directive, int) {
	return func(c *checker, d directive, n int) {
		for n < len(d.words) && !d.expands(n) && d.words[n] != "" {
			more, ok := takes[d.words[n]]
			switch {
			case !ok:
				c.say(Error, d, n, "bad-value", "remove it", "%s does not know %q", name, d.words[n])
				return
			case n+more >= len(d.words):
				c.say(Error, d, n, "missing-argument", "write what it is for", "%s: nothing stands behind %s", name, d.words[n])
				return
			}
			n += 1 + more
		}
	}
}
