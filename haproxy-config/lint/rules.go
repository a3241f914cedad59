package lint

import (
	"strings"

	"lbimage/haproxy-config/internal/nearest"
	"lbimage/haproxy-config/keywords"
)

// ruleSets are the directives whose next words name an action.
var ruleSets = []string{
	"http-request", "http-response", "http-after-response",
	"tcp-request connection", "tcp-request session", "tcp-request content", "tcp-response content",
	"quic-initial",
}

// rule looks at a line of one of the rule sets: its action, what the action takes, and
// the condition.
func (c *checker) rule(d directive, n int, set string) {
	if len(d.words) <= n || d.words[n] == "" && !d.expands(n) {
		c.say(Error, d, n-1, "missing-argument", "write an action behind it", "%s without an action", set)
		return
	}
	if d.expands(n) {
		return
	}
	action, _, _ := strings.Cut(d.words[n], "(")
	if strings.HasPrefix(action, "lua.") {
		return // what the scripts define is not known here
	}
	if strings.HasPrefix(action, "track-sc") {
		action = "track-sc" // and the number of a counter
	}
	e := keywords.Of("actions").Get(set + " " + action)
	if e == nil {
		c.unknownAction(d, n, set, action)
		return
	}
	if c.known(d.line, e, d.at+n, set+" "+action) {
		c.action(d, n, e)
	}
}

func (c *checker) unknownAction(d directive, n int, set, action string) {
	var names []string
	for _, e := range keywords.Of("actions").Under(set) {
		if s := e.At(c.o.HAProxy); s == keywords.Known || s == keywords.Deprecated {
			names = append(names, strings.TrimPrefix(e.Name, set+" "))
		}
	}
	if len(names) == 0 {
		return // nothing is known of the set in this version
	}
	hint := "there are " + strings.Join(names, ", ")
	if near := nearest.Word(action, names); near != "" {
		hint = "write " + near
	}
	c.say(Error, d, n, "unknown-action", hint, "%s does not know the action %s", set, action)
}

// action looks at what stands behind an action whose number of words is known.
func (c *checker) action(d directive, n int, e *keywords.Entry) {
	if e.Lax { // it has a language of its own
		if n+1 < len(d.words) && !isIf(d.words[n+1]) {
			c.choice(d, n+1, e.Name, e.Name)
		}
		c.looseCondition(d, n+1, e.Name)
		return
	}
	have := 0
	for n+1+have < len(d.words) && (have < e.Min || have < e.Max && !isIf(d.words[n+1+have])) {
		have++
	}
	if have < e.Min {
		c.say(Error, d, n, "missing-argument", "write "+count(e.Min, "word")+" behind it", "%s needs %s behind it", e.Name, count(e.Min, "word"))
		return
	}
	c.cond(d, n+1+have, e.Name)
}

func isIf(w string) bool { return w == "if" || w == "unless" }

// looseCondition finds the condition at the end of a line whose other words are not
// looked at.
func (c *checker) looseCondition(d directive, n int, name string) {
	for ; n < len(d.words); n++ {
		if isIf(d.words[n]) && !d.expands(n) {
			c.terms(d, n+1, name)
			return
		}
	}
}

// switching looks at 'use_backend NAME [if …]'.
func (c *checker) switching(d directive, n int) {
	if len(d.words) > n+1 {
		c.cond(d, n+1, "use_backend")
	} else if c.o.HAProxy.Before(Version{Major: 1, Minor: 5, Dev: 22}) {
		c.say(Error, d, n, "missing-argument", "write default_backend, or add if and a condition", "use_backend needs a condition before HAProxy 1.5")
	}
}

// conditioned looks at a directive that cannot do without the condition at word n.
func (c *checker) conditioned(d directive, n int, name string) {
	if n >= len(d.words) || !isIf(d.words[n]) && !d.expands(n) {
		c.say(Error, d, n-1, "missing-argument", "add if or unless and a condition", "%s needs if or unless and a condition", name)
		return
	}
	c.terms(d, n+1, name)
}

// redirect looks at the first word of 'redirect prefix|location|scheme … [code N] [if …]'.
func (c *checker) redirect(d directive, n int) {
	options := map[string]int{"location": 1, "prefix": 1, "scheme": 1, "code": 1, "set-cookie": 1, "clear-cookie": 1, "drop-query": 0, "append-slash": 0, "ignore-empty": 0, "keep-query": 0}
	target := false
	for n < len(d.words) && !d.expands(n) {
		w := d.words[n]
		if isIf(w) {
			c.terms(d, n+1, "redirect")
			break
		}
		takes, ok := options[w]
		switch {
		case !ok:
			c.say(Error, d, n, "bad-value", "there are location, prefix, scheme, code, set-cookie, clear-cookie, drop-query, append-slash", "redirect does not know %q", w)
			return
		case n+takes >= len(d.words):
			c.say(Error, d, n, "missing-argument", "write its value behind it", "redirect: nothing stands behind %s", w)
			return
		case w == "code" && !d.expands(n+1) && !strings.Contains(" 301 302 303 307 308 ", " "+d.words[n+1]+" "):
			c.say(Error, d, n+1, "bad-value", "write 301, 302, 303, 307 or 308", "redirect cannot answer with the code %s", d.words[n+1])
		}
		target = target || w == "location" || w == "prefix" || w == "scheme"
		n += 1 + takes
	}
	if !target && n >= len(d.words) {
		c.say(Error, d, 0, "missing-argument", "write location, prefix or scheme and where to", "redirect without a target")
	}
}

// oneWord refuses a format of several words: its blanks have to be escaped or quoted.
func (c *checker) oneWord(d directive, n int) {
	if len(d.words) > n+1 {
		c.say(Error, d, n+1, "unexpected-argument", "escape the blanks, or quote the whole", "%s takes one word", d.words[0])
	}
}

// hashType looks at 'hash-type METHOD [FUNCTION [MODIFIER]]'.
func (c *checker) hashType(d directive, n int) {
	for i, of := range []string{"hash-type", "hash-function", "hash-modifier"} {
		if n+i < len(d.words) && d.words[n+i] != "" {
			c.choice(d, n+i, of, "hash-type")
		}
	}
}

// stickTable looks at 'stick-table type T size N …'.
func (c *checker) stickTable(d directive, n int) {
	typed, sized := false, false
	takes := map[string]int{
		"size": 1, "expire": 1, "nopurge": 0, "peers": 1, "store": 1, "srvkey": 1, "write-to": 1, "recv-only": 0, "brates-factor": 1,
	}
	for n < len(d.words) && !d.expands(n) {
		w := d.words[n]
		if w == "type" {
			typed = true
			if n+1 >= len(d.words) {
				c.say(Error, d, n, "missing-argument", "write ip, ipv6, integer, string or binary", "stick-table: nothing stands behind type")
				return
			}
			c.choice(d, n+1, "stick-table type", "stick-table type")
			n += 2
			if n+1 < len(d.words) && d.words[n] == "len" {
				n += 2
			}
			continue
		}
		more, ok := takes[w]
		switch {
		case !ok:
			c.say(c.until(v16, Warning, Error, Error), d, n, "unknown-parameter", "remove it", "stick-table does not know %q", w)
			return
		case n+more >= len(d.words):
			c.say(Error, d, n, "missing-argument", "write its value behind it", "stick-table: nothing stands behind %s", w)
			return
		case w == "size" && !d.expands(n+1):
			sized = true
			c.value(d, n+1, keywords.Size, "stick-table size")
		case w == "expire" && !d.expands(n+1):
			c.value(d, n+1, keywords.TimeMS, "stick-table expire")
		case w == "store" && !d.expands(n+1):
			c.stored(d, n+1)
		}
		sized = sized || w == "size"
		n += 1 + more
	}
	if n >= len(d.words) && !sized {
		c.say(Error, d, 0, "missing-argument", "add size and a number of entries", "a stick-table without a size")
		return
	}
	if n >= len(d.words) && !typed {
		c.say(Error, d, 0, "missing-argument", "add type and what its keys are", "a stick-table without a type")
	}
}

// stored looks at the list behind store.
func (c *checker) stored(d directive, n int) {
	table := keywords.Of("choices")
	all := table.Under("stick-table store")
	if len(all) == 0 {
		return
	}
	parts, _ := splitSample(d.words[n])
	for _, part := range parts {
		name, _, _ := strings.Cut(part, "(")
		e := table.Get("stick-table store " + name)
		if e == nil {
			c.say(Error, d, n, "bad-value", "remove it from the list", "stick-table store does not know %q", name)
			return
		}
		if !c.known(d.line, e, d.at+n, "stick-table store "+name) {
			return
		}
	}
}

// cookie looks at 'cookie NAME WORDS…'.
func (c *checker) cookie(d directive, n int) {
	takes := map[string]int{"maxidle": 1, "maxlife": 1, "domain": 1, "attr": 1}
	modes := 0
	for n++; n < len(d.words) && !d.expands(n); {
		w := d.words[n]
		if keywords.Of("choices").Get("cookie "+w) == nil {
			c.choice(d, n, "cookie", "cookie")
			return
		}
		if w == "insert" || w == "rewrite" || w == "prefix" {
			modes++
		}
		if n+takes[w] >= len(d.words) {
			c.say(Error, d, n, "missing-argument", "write its value behind it", "cookie: nothing stands behind %s", w)
			return
		}
		if (w == "maxidle" || w == "maxlife") && !d.expands(n+1) {
			c.value(d, n+1, keywords.TimeS, "cookie "+w)
		}
		c.choice(d, n, "cookie", "cookie")
		n += 1 + takes[w]
	}
	if modes > 1 {
		c.say(Error, d, 0, "contradiction", "keep one of them", "a cookie is either insert, rewrite or prefix")
	}
}

// log looks at 'log ADDRESS [len N] [format F] [sample …] FACILITY [LEVEL [MINLEVEL]]' and 'log global'.
func (c *checker) log(d directive, n int) {
	if len(d.words) <= n || d.expands(n) {
		return // the table asks for an argument
	}
	if d.words[n] == "global" {
		if d.section.Kind == "global" {
			c.say(Error, d, n, "bad-value", "write an address and a facility", "log global stands in proxies only")
		}
		if len(d.words) == n+1 || d.section.Kind == "global" {
			return
		}
	}
	first := n
	takes := map[string]int{"len": 1, "format": 1, "sample": 1, "profile": 1}
	for n++; n < len(d.words) && !d.expands(n); {
		more, ok := takes[d.words[n]]
		if !ok {
			break
		}
		if d.words[n] == "format" {
			c.choice(d, n+1, "log format", "log format")
		}
		n += 1 + more
	}
	if n >= len(d.words) {
		c.say(Error, d, first, "missing-argument", "write a facility behind it, as local0", "log without a facility")
		return
	}
	for i, what := range []string{"log facility", "log level", "log level"} {
		if n+i < len(d.words) && !d.expands(n+i) && d.words[n+i] != "" {
			c.choice(d, n+i, what, what)
		}
	}
	if n+3 < len(d.words) {
		c.say(c.until(v16, Warning, Error, Error), d, n+3, "unexpected-argument", "remove it", "log takes a facility and two levels, and nothing behind them")
	}
}
