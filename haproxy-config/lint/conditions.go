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

// cond looks at 'if …' or 'unless …' from the nth word on, for the rule called name.
func (c *checker) cond(d directive, n int, name string) {
	if n >= len(d.words) || d.expands(n) {
		return
	}
	if w := d.words[n]; w != "if" && w != "unless" {
		c.say(Error, d, n, "bad-condition", "write if or unless before a condition, or remove it", "%s: %q stands where if or unless may", name, w)
		return
	}
	c.terms(d, n+1, name)
}

// terms looks at ACLs, joined by nothing, or, ||.
func (c *checker) terms(d directive, n int, name string) {
	for n < len(d.words) {
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
				if n++; n >= len(d.words) {
					return
				}
				w = d.words[n]
			}
		}
		if w == "{" {
			end := slices.Index(d.words[n:], "}")
			if end < 0 {
				c.say(Error, d, n, "bad-condition", "close it with a } that stands alone", "%s: a { that is not closed", name)
				return
			}
			c.expression(d, n+1, n+end)
			n += end + 1
			continue
		}
		if !c.hasACL(d.section, w) {
			c.say(Error, d, n, "unknown-acl", "define it with acl "+w+" … above, or correct the name", "%s: there is no ACL %s above in this section", name, w)
			return
		}
		n++
	}
}

// hasACL reports whether a section, or the defaults that it may take over, defines an ACL.
func (c *checker) hasACL(s Section, name string) bool {
	if slices.Contains(builtinACLs, name) {
		return true
	}
	defines := func(l *Line) bool { return l.Starts("acl", name) }
	if slices.ContainsFunc(s.Lines, defines) {
		return true
	}
	return slices.ContainsFunc(c.all, func(other Section) bool {
		return other.Kind == "defaults" && other.Name != "" && slices.ContainsFunc(other.Lines, defines)
	})
}
