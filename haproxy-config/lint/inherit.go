package lint

import "slices"

// inheritedRules looks at proxies that take over defaults with rules in them: a listen
// cannot, and frontends and backends cannot share them.
func (c *checker) inheritedRules() {
	first := map[*Line]Section{}
	for _, s := range c.all {
		if s.From == "" || s.Kind == "defaults" {
			continue
		}
		i := slices.IndexFunc(c.all, func(d Section) bool { return d.Kind == "defaults" && d.Name == s.From })
		if i < 0 || !slices.ContainsFunc(c.all[i].Lines, isRule) {
			continue
		}
		defaults := c.all[i]
		if s.Kind == "listen" {
			c.word(Error, s.Header, 0, "inherited-rules", "move the rules to the listen section", "a listen cannot take over defaults with rules in them")
			continue
		}
		earlier, ok := first[defaults.Header]
		switch {
		case !ok:
			first[defaults.Header] = s
		case earlier.Kind != s.Kind:
			c.word(Error, s.Header, 0, "inherited-rules", "write one defaults section for frontends and one for backends",
				"%s takes over the rules of defaults %s, as %s does; frontends and backends cannot share them", s.Label(), defaults.Name, earlier.Label())
		}
	}
}

func isRule(l *Line) bool {
	for _, set := range []string{"http-request", "http-response", "http-after-response", "tcp-request", "tcp-response"} {
		if l.Starts(set) {
			return true
		}
	}
	return false
}
