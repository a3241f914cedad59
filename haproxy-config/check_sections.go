package haproxyconfig

import (
	"slices"
	"strings"
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
			c.almostHeader(l)
		}
	}
	if c.o.Standalone {
		c.duplicateSections()
	} else {
		c.templateSections()
	}
	c.inheritance()
}

func (c *checker) outside(s Section) {
	for _, l := range s.Lines {
		if !l.directive() || strings.HasPrefix(l.Keyword(), ".") {
			continue
		}
		message := "%q stands before the first section; HAProxy refuses it there"
		if !c.o.Standalone {
			message = "%q stands before the first section; the servo drops it"
		}
		c.word(Error, l, 0, "directive-outside-section", "move it into a section", message, l.Keyword())
	}
}

func (c *checker) header(s Section) {
	kind, _ := sectionKindOf(s.Kind)
	if kind.named && s.Name == "" {
		c.word(Error, s.Header, 0, "missing-section-name", "give it one", "%s needs a name", s.Kind)
	}
	if s.Kind == "global" && len(s.Header.words) > 1 {
		c.word(c.until(Version{Major: 1, Minor: 6}, Warning, Error, Error), s.Header, 1, "unexpected-argument", "remove it",
			"global takes no name; HAProxy 1.6 and later refuse it")
	}
}

// almostHeader finds section words that are misspelt. HAProxy takes them for
// directives of the section above.
func (c *checker) almostHeader(l *Line) {
	word := l.Keyword()
	if !l.directive() || IsSectionWord(word) {
		return
	}
	var words []string
	for _, k := range sectionKinds {
		words = append(words, k.word)
	}
	plain := strings.ToLower(strings.TrimSuffix(word, ":"))
	meant := ""
	switch {
	case slices.Contains(words, plain):
		meant = plain
	case l.words[0].Start > 0 || slices.Contains([]string{"default", "peer", "mailer", "trace"}, word):
		return // most likely a directive, and these are words of their own
	default:
		if near := nearest(word, words); near != "" && distance(word, near) == 1 {
			meant = near
		}
	}
	if meant != "" {
		c.word(Error, l, 0, "unknown-section", "write "+meant, "%q begins no section; HAProxy takes it for an unknown directive", word)
	}
}

// templateSections asks for the sections that a template should have.
func (c *checker) templateSections() {
	has := func(kind string) bool {
		return slices.ContainsFunc(c.all, func(s Section) bool { return s.Kind == kind })
	}
	if !has("defaults") {
		c.at(Warning, nil, 0, "no-defaults", "add one with timeout connect",
			"there is no defaults section; the listeners that the servo adds have no connect timeout")
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
	"frontend":  {[]string{"frontend", "listen"}, Error},
	"backend":   {[]string{"backend", "listen"}, Error},
	"listen":    {[]string{"frontend", "backend", "listen"}, Error},
	"peers":     {[]string{"peers"}, Error},
	"cache":     {[]string{"cache"}, Error},
	"resolvers": {[]string{"resolvers"}, Error},
	"program":   {[]string{"program"}, Error},
	"userlist":  {[]string{"userlist"}, Warning},
}

func (c *checker) duplicateSections() {
	type key struct{ kind, name string }
	seen := map[key]Section{}
	for _, s := range c.all {
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
				severity = c.until(Version{Major: 1, Minor: 6}, Warning, Error, Error)
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
	if c.o.HAProxy.Before(Version{Major: 2, Minor: 4}) {
		return
	}
	known := map[string]bool{}
	for _, s := range c.all {
		if s.From != "" && !known[s.From] {
			c.word(Error, s.Header, len(s.Header.words)-1, "unknown-defaults", "define it above, or remove 'from'",
				"there is no defaults section named %q above", s.From)
		}
		if s.Kind == "defaults" && s.Name != "" {
			known[s.Name] = true
		}
	}
}
