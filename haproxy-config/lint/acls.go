package lint

import (
	"slices"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
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
		c.say(c.until(v22, Warning, Error, Error), d, n, "bad-name", "give it another name", "an ACL called %s can never be asked for: or joins conditions", name)
		return
	}
	if !c.expression(d, n+1, len(d.words)) {
		if c.badACLs == nil {
			c.badACLs = map[*Line]bool{}
		}
		c.badACLs[d.line] = true
	}
}

// matchingFlags are what may stand between an ACL's fetch and its patterns, with how many
// words each takes.
var matchingFlags = map[string]int{"-i": 0, "-n": 0, "-f": 1, "-m": 1, "-M": 0, "-u": 1, "--": 0}

// methods are what -m takes.
var methods = strings.Fields("found bool int ip bin len str beg sub dir dom end reg")

// expression looks at a sample fetch with its flags and patterns, in the words from n to end.
// It reports whether HAProxy can read it.
func (c *checker) expression(d directive, n, end int) bool {
	if n >= end || d.words[n] == "" && !d.expands(n) {
		c.say(Error, d, n-1, "missing-argument", "write what to look at, as in path_beg /static", "an ACL without an expression")
		return false
	}
	if d.expands(n) {
		return true
	}
	kind, ok := c.sample(d, n, d.words[n], asACL)
	if !ok {
		return false
	}
	d.careful = d.careful || c.o.HAProxy.Before(oldestSamples)
	method := ""
	for n++; n < end && !d.expands(n) && d.words[n] != ""; {
		flag := d.words[n]
		if len(flag) < 2 || flag[0] != '-' {
			break // patterns
		}
		takes, ok := matchingFlags[flag]
		switch {
		case !ok:
			c.say(c.until(Version{Major: 1, Minor: 5}, Warning, Error, Error), d, n, "bad-value", "write -- before patterns that begin with a -", "%s is no flag of an ACL", flag)
			return !c.since(Version{Major: 1, Minor: 5})
		case flag == "--":
			return c.patterns(d, n+1, end, kind, method)
		case flag == "-m" && n+1 < end:
			if method = d.words[n+1]; !slices.Contains(methods, method) && !d.expands(n+1) {
				c.say(Error, d, n+1, "bad-value", "there are "+strings.Join(methods, ", "), "-m does not know %q", method)
				return false
			}
		case flag == "-f":
			if n+1 >= end {
				c.say(Error, d, n, "missing-argument", "write the name of a file behind it", "-f without a file")
				return false
			}
			if !c.readable(d, n+1, "-f") {
				return false
			}
		}
		n += 1 + takes
	}
	return c.patterns(d, n, end, kind, method)
}

// patterns looks at what an ACL compares with, where that has to be numbers or addresses.
func (c *checker) patterns(d directive, n, end int, kind, method string) bool {
	switch method {
	case "":
	case "int", "len":
		kind = "int"
	case "ip":
		kind = "ip"
	default:
		return true
	}
	if (kind == "any" || kind == "bin") && method == "" && n < end && (c.since(v26) || kind == "bin" && c.since(oldestSamples)) {
		c.say(Error, d, n, "missing-argument", "add -m str, -m int or the like before it", "what stands before %q can be of any kind; HAProxy asks for -m and how to compare", d.words[n])
		return false
	}
	compared := false
	for ; n < end && d.words[n] != ""; n++ {
		word := d.words[n]
		if d.expands(n) {
			continue
		}
		switch kind {
		case "int":
			if slices.Contains([]string{"eq", "ge", "gt", "le", "lt"}, word) {
				compared = true
				continue
			}
			if !numberPattern(word, compared) {
				c.say(Error, d, n, "bad-number", "write a number, a range as 1:5, or eq, ge, gt, le, lt before a number", "%q is no number to compare with", word)
				return false
			}
		case "ip":
			if fault := networkFault(word); fault != "" {
				s, rule := severityOf(word), "bad-address"
				if s != Error {
					rule = "unresolved-name"
				}
				c.say(s, d, n, rule, "write an address or a network, as in 192.0.2.0/24", "the address %q %s", word, fault)
				if s == Error {
					return false
				}
			}
		}
	}
	return true
}

// numberPattern tells whether a word is a number or a range of numbers. Behind an operator
// HAProxy takes a fraction, too.
func numberPattern(s string, compared bool) bool {
	if compared {
		return strings.Trim(s, "0123456789:-.") == ""
	}
	return strings.Trim(s, "0123456789:-") == ""
}
