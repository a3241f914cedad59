package lint

import (
	"slices"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/keywords"
	"lbimage/haproxy-config/nearest"
)

// sections looks at headers, and at lines without one.
func (c *checker) sections() {
	for _, s := range c.all {
		if s.Header == nil {
			c.outside(s)
		} else {
			c.header(s)
		}
		for _, l := range s.Lines {
			c.almostHeader(s, l)
		}
	}
	if c.o.Template {
		c.templateSections()
	}
	c.duplicateSections()
	c.inheritance()
}

func (c *checker) outside(s Section) {
	for _, l := range s.Lines {
		if e := keywords.Of("sections").Get(l.Keyword()); e != nil {
			c.known(l, e, 0, "section "+l.Keyword())
			continue
		}
		if l.IsDirective() && !strings.HasPrefix(l.Keyword(), ".") {
			c.word(Error, l, 0, "directive-outside-section", "move it into a section", "%q stands before the first section; HAProxy refuses it there", l.Keyword())
		}
	}
}

// header looks at the words of a section's first line.
func (c *checker) header(s Section) {
	words := s.Header.Values(1)
	if e := keywords.Of("sections").Get(s.Kind); e != nil {
		c.known(s.Header, e, 0, "section "+s.Kind)
		if e.At(c.o.HAProxy) == keywords.Future || e.At(c.o.HAProxy) == keywords.Removed {
			return
		}
	}
	name := ""
	if len(words) > 0 {
		name = words[0]
	}
	switch {
	case s.TakesName() && name == "":
		c.word(Error, s.Header, 0, "missing-section-name", "give it one", "%s needs a name", s.Kind)
		return
	case s.Kind == "defaults" && (name == "from" || name == ""), s.Kind == "global":
	default:
		c.sectionName(s, name)
	}
	c.headerRest(s, words)
}

// strictNames are the kinds of sections in whose names HAProxy looks at each byte.
var strictNames = []string{"frontend", "backend", "listen", "userlist", "resolvers", "mailers", "peers", "ring", "log-forward", "fcgi-app", "http-errors"}

func (c *checker) sectionName(s Section, name string) {
	if len(s.Header.Words()) < 2 || s.Header.Words()[1].Expands || !slices.Contains(strictNames, s.Kind) {
		return
	}
	if i := haproxyconfig.BadNameByte(name); i >= 0 {
		c.word(Error, s.Header, 1, "bad-name", "write letters, digits, and _ : . - alone", "%q may not stand in the name of a %s", name[i:i+1], s.Kind)
	}
}

// headerRest looks at what stands behind the name.
func (c *checker) headerRest(s Section, words []string) {
	switch s.Kind {
	case "global":
		if len(words) > 0 {
			c.word(c.until(v16, Warning, Error, Error), s.Header, 1, "unexpected-argument", "remove it",
				"global takes no name; HAProxy 1.6 and later refuse it")
		}
	case "frontend", "backend", "listen", "defaults":
		if brokenHeader(s) {
			c.word(c.until(v20, Warning, Error, Warning), s.Header, 2, "address-in-header", "write a line 'bind "+words[1]+"', or from and a name",
				"%q behind the name of a %s; HAProxy 2.0 and later ask for bind, and 2.4 and later refuse each line of the section, too", words[1], s.Kind)
		} else if s.Kind == "backend" && len(words) > 1 && words[1] != "from" {
			severity := c.until(v20, Warning, Error, Warning)
			if c.o.HAProxy.Since(v24) && c.o.HAProxy.Before(v32) {
				severity = Warning
			}
			c.word(severity, s.Header, 2, "unexpected-argument", "remove it", "backend takes one name, or from and another")
		} else if s.Kind == "defaults" && len(words) == 2 && words[1] == "from" {
			c.word(Error, s.Header, 2, "unknown-defaults", "write the name of a defaults section behind it", "from without a name")
		}
	case "userlist", "cache", "fcgi-app", "program", "peers", "log-forward", "log-profile", "traces", "crt-store":
		if s.Kind == "traces" && len(words) > 0 {
			c.word(Error, s.Header, 1, "unexpected-argument", "remove it", "traces takes no name")
		}
		if len(words) > 1 {
			c.word(c.until(v16, Warning, Error, Error), s.Header, 2, "unexpected-argument", "remove it", "%s takes one name and nothing behind it", s.Kind)
		}
	}
}

// brokenHeader: behind the name of a proxy stands something that HAProxy takes for an address.
func brokenHeader(s Section) bool {
	words := s.Header.Values(1)
	switch s.Kind {
	case "frontend", "listen":
		return len(words) > 1 && words[1] != "" && (words[1] != "from" || len(words) == 2 || words[2] == "")
	}
	return false
}

// almostHeader finds section words that are misspelt. HAProxy takes them for
// directives of the section above.
func (c *checker) almostHeader(s Section, l *Line) {
	if meant := meantSection(s, l); meant != "" {
		c.word(Error, l, 0, "unknown-section", "write "+meant, "%q begins no section; HAProxy takes it for an unknown directive", l.Keyword())
	}
}

// meantSection is the section word that a line was probably to begin with, or "".
func meantSection(s Section, l *Line) string {
	word := l.Keyword()
	if !l.IsDirective() || haproxyconfig.IsSectionWord(word) {
		return ""
	}
	if table := keywords.Section(s.Kind); table != nil {
		if e, _ := table.Find(l.Values(0)); e != nil {
			return "" // it is a directive
		}
	}
	words := haproxyconfig.SectionWords()
	plain := strings.ToLower(strings.TrimSuffix(word, ":"))
	switch {
	case slices.Contains(words, plain):
		return plain
	case l.Words()[0].Start > 0 || slices.Contains([]string{"default", "peer", "mailer", "trace"}, word):
		return "" // most likely a directive, and these are words of their own
	}
	if near := nearest.Word(word, words); near != "" && nearest.Distance(word, near) == 1 {
		return near
	}
	return ""
}

// templateSections asks for the sections that a template should have.
func (c *checker) templateSections() {
	has := func(kind string) bool {
		return slices.ContainsFunc(c.all, func(s Section) bool { return s.Kind == kind })
	}
	if !has("defaults") {
		c.at(Warning, nil, 0, "no-defaults", "add one with timeout connect",
			"there is no defaults section; the listeners that are added have no connect timeout")
	}
	if !has("global") {
		c.at(Warning, nil, 0, "no-global", "add one with user, group and maxconn",
			"there is no global section; HAProxy keeps the rights it is started with and its built-in limits")
	}
}

// clashes tells which kinds of section share their names, and what HAProxy says to
// two of one name. Kinds that are not here were not measured, or may repeat.
var clashes = map[string]struct {
	with     []string
	severity Severity
}{
	"frontend":    {[]string{"frontend", "listen"}, Error},
	"backend":     {[]string{"backend", "listen"}, Error},
	"listen":      {[]string{"frontend", "backend", "listen"}, Error},
	"peers":       {[]string{"peers"}, Error},
	"cache":       {[]string{"cache"}, Error},
	"resolvers":   {[]string{"resolvers"}, Error},
	"mailers":     {[]string{"mailers"}, Error},
	"ring":        {[]string{"ring"}, Error},
	"http-errors": {[]string{"http-errors"}, Error},
	"fcgi-app":    {[]string{"fcgi-app"}, Error},
	"log-forward": {[]string{"log-forward"}, Error},
	"program":     {[]string{"program"}, Error},
	"userlist":    {[]string{"userlist"}, Warning},
}

func (c *checker) duplicateSections() {
	type key struct{ kind, name string }
	seen := map[key]Section{}
	for _, s := range c.all {
		if other := map[string]string{"frontend": "backend", "backend": "frontend"}[s.Kind]; other != "" && s.Name != "" && !c.o.HAProxy.Before(v32) {
			if earlier, ok := seen[key{other, s.Name}]; ok {
				c.word(c.until(v33, Warning, Error, Warning), s.Header, 0, "duplicate-section", "rename one of the two",
					"%s has the name of %s on line %d; HAProxy 3.3 and later refuse that", s.Label(), earlier.Label(), c.numbers[earlier.Header])
			}
		}
		clash, ok := clashes[s.Kind]
		if !ok || s.Name == "" {
			continue
		}
		for _, kind := range clash.with {
			earlier, ok := seen[key{kind, s.Name}]
			if !ok {
				continue
			}
			severity := clash.severity
			if severity == Error {
				severity = c.until(v16, Warning, Error, Error)
			}
			c.word(severity, s.Header, 0, "duplicate-section", "rename one of the two",
				"%s has the name of %s on line %d", s.Label(), earlier.Label(), c.numbers[earlier.Header])
			break
		}
		if k := (key{s.Kind, s.Name}); seen[k].Header == nil {
			seen[k] = s
		}
	}
}

// inheritance looks for the defaults that a section takes over by name, which
// HAProxy knows from 2.4 on.
func (c *checker) inheritance() {
	known := map[string][]*Line{}
	for _, s := range c.all {
		if s.From != "" {
			at := len(s.Header.Words()) - 1
			switch earlier := known[s.From]; {
			case c.o.HAProxy.Before(v24):
				c.word(c.until(v20, Warning, Error, Error), s.Header, at, "defaults-by-name", "write one defaults section above it", "HAProxy takes over defaults by name from 2.4 on")
			case len(earlier) == 0:
				c.word(Error, s.Header, at, "unknown-defaults", "define it above, or remove 'from'",
					"there is no defaults section named %q above", s.From)
			case len(earlier) > 1:
				c.word(c.until(v34, Error, Warning, Error), s.Header, at, "ambiguous-defaults", "rename one of them",
					"there are two defaults sections named %q, on lines %d and %d", s.From, c.numbers[earlier[0]], c.numbers[earlier[1]])
			}
		}
		if s.Kind == "defaults" && s.Name != "" {
			known[s.Name] = append(known[s.Name], s.Header)
		}
	}
}
