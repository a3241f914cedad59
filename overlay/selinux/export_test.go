package selinux

import (
	"io/fs"
	"regexp"
)

// LookupAll is Lookup by the rule as it is written: every pattern is compiled and tried, the last one that matches counts.
func LookupAll(c *Contexts, name string, mode fs.FileMode) (string, bool) {
	name = c.canonical(name)
	for i := len(c.specs) - 1; i >= 0; i-- {
		s := &c.specs[i]
		if s.kind != anyKind && s.kind != mode.Type() {
			continue
		}
		re, err := regexp.Compile(`(?s)^(?:` + latin1(s.pattern) + `)\z`)
		if err == nil && re.MatchString(name) {
			if s.context == none {
				return "", false
			}
			return s.context, true
		}
	}
	return "", false
}
