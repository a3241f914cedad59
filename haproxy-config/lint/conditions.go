package lint

import (
	"slices"
	"strings"
)

// builtinACLs are those that HAProxy defines itself.
var builtinACLs = strings.Fields(`
	TRUE FALSE LOCALHOST HTTP HTTP_1.0 HTTP_1.1 HTTP_2.0 HTTP_3.0 HTTP_CONTENT HTTP_URL_ABS HTTP_URL_SLASH HTTP_URL_STAR
	METH_CONNECT METH_DELETE METH_GET METH_HEAD METH_OPTIONS METH_POST METH_PUT METH_TRACE
	RDP_COOKIE REQ_CONTENT WAIT_END`)

// cond looks at 'if …' or 'unless …' from the nth word on, for the rule called name, and
// reports whether HAProxy can read it.
func (c *checker) cond(d directive, n int, name string) bool {
	if !d.has(n) || d.expands(n) {
		return true
	}
	if w := d.words[n]; !isIf(w) {
		c.say(Error, d, n, "bad-condition", "write if or unless before a condition, or remove it", "%s: %q stands where if or unless may", name, w)
		return false
	}
	return c.terms(d, n+1, name)
}

// terms looks at ACLs, joined by nothing, or, ||.
func (c *checker) terms(d directive, n int, name string) bool {
	for d.has(n) {
		w := d.words[n]
		switch {
		case d.expands(n):
			n++
			continue
		case strings.EqualFold(w, "or") || w == "||":
			n++
			continue
		}
		for strings.HasPrefix(w, "!") {
			if w = w[1:]; w == "" {
				if n++; !d.has(n) {
					return true
				}
				w = d.words[n]
			}
		}
		if w == "{" {
			end := slices.Index(d.words[n:], "}")
			if end < 0 {
				c.say(Error, d, n, "bad-condition", "close it with a } that stands alone", "%s: a { that is not closed", name)
				return false
			}
			if !c.expression(d, n+1, n+end) {
				return false
			}
			n += end + 1
			continue
		}
		if !c.hasACL(d, w) {
			c.say(Error, d, n, "unknown-acl", "define it with acl "+w+" … above, or correct the name", "%s: there is no ACL %s above in this section", name, w)
			return false
		}
		n++
	}
	return true
}

// hasACL reports whether an ACL is defined above a line, in its section or in the defaults
// that it takes over.
func (c *checker) hasACL(d directive, name string) bool {
	if slices.Contains(builtinACLs, name) {
		return true
	}
	if c.aclLines == nil {
		c.aclLines = map[*Line]map[string][]*Line{}
		for _, s := range c.all {
			names := map[string][]*Line{}
			for _, l := range s.Lines {
				if l.Starts("acl") && len(l.Words()) > 1 {
					name := l.Words()[1].Value
					names[name] = append(names[name], l)
				}
			}
			c.aclLines[s.Header] = names
		}
	}
	above := func(l *Line) bool { return c.numbers[l] < c.numbers[d.line] && !c.badACLs[l] }
	if slices.ContainsFunc(c.aclLines[d.section.Header][name], above) {
		return true
	}
	for _, other := range c.all {
		if other.Kind != "defaults" || other.Name == "" || d.section.Kind == "defaults" && other.Name != d.section.From {
			continue
		}
		if slices.ContainsFunc(c.aclLines[other.Header][name], above) {
			return true
		}
	}
	return false
}
