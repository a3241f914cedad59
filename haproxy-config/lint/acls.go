package lint

import (
	"slices"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/internal/nearest"
	"lbimage/haproxy-config/keywords"
)

// acl looks at 'acl NAME EXPRESSION'.
func (c *checker) acl(d directive, n int) {
	if len(d.words) <= n || d.expands(n) {
		return
	}
	name := d.words[n]
	if i := haproxyconfig.BadNameByte(name); i >= 0 || name == "" {
		c.say(Error, d, n, "bad-name", "write letters, digits, and _ : . - alone", "%q cannot be the name of an ACL", name)
		return
	}
	if strings.EqualFold(name, "or") {
		c.say(Warning, d, n, "bad-name", "give it another name", "an ACL called %s can never be asked for: or joins conditions", name)
	}
	c.expression(d, n+1, len(d.words))
}

// matchingFlags are what may stand between an ACL's fetch and its patterns, with how many
// words each takes.
var matchingFlags = map[string]int{"-i": 0, "-n": 0, "-f": 1, "-m": 1, "-M": 0, "-u": 1, "--": 0}

// methods are what -m takes.
var methods = strings.Fields("found bool int ip bin len str beg sub dir dom end reg")

// expression looks at a sample fetch with its flags and patterns, in the words from n to end.
func (c *checker) expression(d directive, n, end int) {
	if n >= end {
		c.say(Error, d, n, "missing-argument", "write what to look at, as in path_beg /static", "an ACL without an expression")
		return
	}
	if d.expands(n) || !c.fetch(d, n, d.words[n], true) {
		return
	}
	for n++; n < end && !d.expands(n); {
		flag := d.words[n]
		if len(flag) < 2 || flag[0] != '-' {
			return // patterns
		}
		takes, ok := matchingFlags[flag]
		switch {
		case !ok && (flag[1] >= '0' && flag[1] <= '9'):
			return // a number below zero
		case !ok:
			c.say(c.until(Version{Major: 1, Minor: 5}, Warning, Error, Error), d, n, "bad-value", "write -- before patterns that begin with a -", "%s is no flag of an ACL", flag)
			return
		case flag == "--":
			return
		case flag == "-m" && n+1 < end && !slices.Contains(methods, d.words[n+1]):
			c.say(Error, d, n+1, "bad-value", "there are "+strings.Join(methods, ", "), "-m does not know %q", d.words[n+1])
			return
		}
		n += 1 + takes
	}
}

// fetch looks at FETCH(ARGUMENTS),CONVERTER(ARGUMENTS)…, and reports whether it can be
// understood. An ACL has keywords beyond the fetches.
func (c *checker) fetch(d directive, n int, text string, inACL bool) bool {
	parts, ok := splitSample(text)
	if !ok {
		c.say(Error, d, n, "bad-expression", "close it with )", "%q opens a ( and does not close it", text)
		return false
	}
	for i, part := range parts {
		name, _, _ := strings.Cut(part, "(")
		if i == 0 {
			if !c.sample(d, n, name, "fetch", inACL) {
				return false
			}
		} else if name != "" && !c.sample(d, n, name, "conv", false) {
			return false
		}
	}
	return true
}

// sample looks at the name of a sample fetch (kind fetch) or a converter (kind conv).
func (c *checker) sample(d directive, n int, name, kind string, inACL bool) bool {
	table, what := keywords.Of("samples"), "the fetch"
	if kind == "conv" {
		what = "the converter"
	}
	if table == nil || strings.HasPrefix(name, "lua.") {
		return true
	}
	e := table.Get(kind + " " + name)
	if e == nil && inACL {
		e = table.Get("acl " + name)
	}
	if e != nil {
		switch e.At(c.o.HAProxy) {
		case keywords.Future, keywords.Removed:
		default:
			return true
		}
		if !c.o.HAProxy.Before(oldestSamples) {
			c.say(Error, d, n, "unknown-fetch", "write another", "%s %s is not known to HAProxy %s", what, name, c.o.HAProxy)
			return false
		}
		return true
	}
	severity, hint := Error, "correct it"
	if c.o.HAProxy.Before(oldestSamples) {
		severity = Warning // what those versions have was not looked at
	}
	if near := nearest.Word(name, sampleNames(table, kind, inACL)); near != "" {
		hint = "write " + near
	}
	c.say(severity, d, n, "unknown-fetch", hint, "%s %s is unknown to this tool", what, name)
	return severity != Error
}

// oldestSamples is the first version whose fetches and converters are in the table.
var oldestSamples = Version{Major: 2, Minor: 6}

func sampleNames(table *keywords.Table, kind string, inACL bool) []string {
	var names []string
	for _, k := range []string{kind, "acl"} {
		if k == "acl" && !inACL {
			continue
		}
		for _, e := range table.Under(k) {
			names = append(names, strings.TrimPrefix(e.Name, k+" "))
		}
	}
	return names
}

// splitSample parts a sample expression at the commas outside of parentheses.
func splitSample(s string) (parts []string, ok bool) {
	depth, start := 0, 0
	var quote byte
	for i := 0; i < len(s); i++ {
		switch ch := s[i]; {
		case quote != 0:
			if ch == '\\' && quote == '"' {
				i++
			} else if ch == quote {
				quote = 0
			}
		case depth > 0 && (ch == '"' || ch == '\''):
			quote = ch
		case ch == '\\' && depth > 0:
			i++
		case ch == '(':
			depth++
		case ch == ')':
			depth = max(0, depth-1)
		case ch == ',' && depth == 0:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:]), depth == 0
}
