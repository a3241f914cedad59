package lint

import (
	"strconv"
	"strings"
	"time"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/keywords"
)

// tableWords are what a stick table takes beside its type, each with how many words stand
// behind it.
var tableWords = map[string]int{
	"size": 1, "expire": 1, "nopurge": 0, "peers": 1, "store": 1, "srvkey": 1, "write-to": 1, "recv-only": 0, "brates-factor": 1,
}

// tableWordsSince are those that not every version has.
var tableWordsSince = map[string]Version{
	"srvkey":        v23,
	"write-to":      {Major: 3},
	"recv-only":     {Major: 3},
	"brates-factor": {Major: 3},
}

// stickTable looks at 'stick-table type T size N …'.
func (c *checker) stickTable(d directive, n int) { c.table(d, n, "stick-table") }

// peerTable looks at 'table NAME type T size N …' in a peers section.
func (c *checker) peerTable(d directive, n int) {
	if !d.has(n) {
		c.say(Error, d, n-1, "missing-argument", "write its name, type and size behind it", "table without a name")
		return
	}
	c.table(d, n+1, "table")
}

func (c *checker) table(d directive, n int, what string) {
	typed, sized := false, false
	for d.has(n) {
		if d.expands(n) {
			return
		}
		w := d.words[n]
		if w == "type" {
			if typed = true; !d.has(n + 1) {
				c.say(Error, d, n, "missing-argument", "write ip, ipv6, integer, string or binary", "%s: nothing stands behind type", what)
				return
			}
			if !c.choice(d, n+1, "stick-table type", what+" type") {
				return
			}
			kind := d.words[n+1]
			n += 2
			if d.has(n+1) && d.words[n] == "len" && (kind == "string" || kind == "binary") {
				if leadingNumber(d.words[n+1]) < 1 && !d.expands(n+1) {
					c.say(Error, d, n+1, "out-of-range", "write a number of at least 1", "%s: keys cannot be %s long", what, d.words[n+1])
					return
				}
				n += 2
			}
			continue
		}
		more, ok := tableWords[w]
		switch {
		case !ok || c.o.HAProxy.Before(tableWordsSince[w]):
			c.say(c.until(v16, Warning, Error, Error), d, n, "unknown-parameter", "remove it", "%s does not know %q", what, w)
			return
		case more > 0 && !d.has(n+1):
			if w != "store" {
				c.say(Error, d, n, "missing-argument", "write its value behind it", "%s: nothing stands behind %s", what, w)
			}
			return
		case !c.tableWord(d, n, w, what):
			return
		}
		if w == "size" {
			size, err := haproxyconfig.ParseSize(d.words[n+1])
			sized = d.expands(n+1) || err == nil && size > 0
		}
		n += 1 + more
	}
	switch {
	case !sized:
		c.say(Error, d, 0, "missing-argument", "add size and a number of entries", "a %s without a size", what)
	case !typed:
		c.say(Error, d, 0, "missing-argument", "add type and what its keys are", "a %s without a type", what)
	}
}

// tableWord looks at the value of one of the words.
func (c *checker) tableWord(d directive, n int, w, what string) bool {
	if d.expands(n + 1) {
		return true
	}
	switch w {
	case "size":
		return c.value(d, n+1, keywords.Value{Kind: keywords.Size}, what+" size")
	case "expire":
		return c.value(d, n+1, keywords.Value{Kind: keywords.TimeMS}, what+" expire")
	case "store":
		return c.stored(d, n+1)
	case "srvkey":
		if d.words[n+1] != "name" && d.words[n+1] != "addr" {
			c.say(Error, d, n+1, "bad-value", "write name or addr", "%s: srvkey does not know %q", what, d.words[n+1])
			return false
		}
	}
	return true
}

// stored looks at the list behind store.
func (c *checker) stored(d directive, n int) bool {
	table := keywords.Of("choices")
	for _, part := range storeList(d.words[n]) {
		name, rest, called := strings.Cut(part, "(")
		e := table.Get("stick-table store " + name)
		if e == nil {
			c.say(Error, d, n, "bad-value", "remove it from the list", "stick-table store does not know %q", name)
			return false
		}
		if !c.known(d.line, e, d.at+n, "stick-table store "+name) {
			return false
		}
		if fault := storeFault(name, strings.TrimSuffix(rest, ")"), called, c.o.HAProxy); fault != "" {
			c.say(Error, d, n, "bad-value", "write it as in http_req_rate(10s)", "stick-table store %s %s", name, fault)
			return false
		}
	}
	return true
}

// storeList parts a list at the commas outside of parentheses.
func storeList(s string) []string {
	depth := 0
	return strings.FieldsFunc(s, func(r rune) bool {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		}
		return r == ',' && depth == 0
	})
}

// storeFault says what is wrong with the argument of what is stored, or "".
func storeFault(name, arg string, called bool, v Version) string {
	array := name == "gpc" || name == "gpt" || name == "gpc_rate"
	rate := strings.HasSuffix(name, "_rate")
	switch {
	case !array && !rate:
		if called {
			return "takes nothing in parentheses"
		}
		return ""
	case arg == "":
		return "needs a value in parentheses"
	}
	if array {
		size, period, two := strings.Cut(arg, ",")
		if n, err := strconv.Atoi(size); err != nil || n < 1 || n > 100 {
			return "has a number of counters that is not from 1 to 100"
		}
		if !rate {
			return ""
		}
		if arg = period; !two {
			return "needs a number and a time in parentheses"
		}
	}
	if r := haproxyconfig.ReadTime(arg, time.Millisecond, v); r.Refused {
		return "has a time that " + r.Reason
	}
	return ""
}
