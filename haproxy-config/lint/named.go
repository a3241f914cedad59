package lint

import (
	"slices"
	"strings"

	"lbimage/haproxy-config/nearest"
)

// naming tells of one directive where it names a section, and of which kind.
type naming struct {
	words []string // how the line begins
	after string   // the word behind which the name stands; "" for the first behind words
	kind  string
}

// namings are the directives that name a section. HAProxy looks for them when it has read
// everything, and mostly names no line.
var namings = []naming{
	{[]string{"default_backend"}, "", "backend"},
	{[]string{"use_backend"}, "", "backend"},
	{[]string{"errorfiles"}, "", "http-errors"},
	{[]string{"use-fcgi-app"}, "", "fcgi-app"},
	{[]string{"email-alert", "mailers"}, "", "mailers"},
	{[]string{"filter", "cache"}, "", "cache"},
	{[]string{"http-request", "cache-use"}, "", "cache"},
	{[]string{"http-response", "cache-store"}, "", "cache"},
	{[]string{"http-request"}, "errorfiles", "http-errors"},
	{[]string{"http-response"}, "errorfiles", "http-errors"},
	{[]string{"server"}, "resolvers", "resolvers"},
	{[]string{"stick-table"}, "peers", "peers"},
	{[]string{"stick"}, "table", "stick-table"},
}

// nameOn gives the nth word of a line that names a section by a naming.
func (n naming) nameOn(l *Line) (at int, ok bool) {
	if !l.Starts(n.words...) {
		return 0, false
	}
	words := l.Words()
	if n.after == "" {
		at = len(n.words)
		return at, at < len(words)
	}
	for i := len(n.words); i+1 < len(words); i++ {
		if words[i].Value == n.after {
			return i + 1, true
		}
	}
	return 0, false
}

// namedSections looks for the sections that directives name.
func (c *checker) namedSections(names map[string][]string) {
	for _, s := range c.all {
		if !s.IsProxy() || s.Kind == "defaults" && !c.takenOver(s, "frontend", "listen") {
			continue
		}
		for _, l := range s.Lines {
			for _, n := range namings {
				if at, ok := n.nameOn(l); ok {
					c.named(l, at, n.kind, names)
				}
			}
			c.ownTable(s, l, names)
			c.resolving(l, names)
		}
	}
}

// named looks for one section by the nth word of a line.
func (c *checker) named(l *Line, at int, kind string, names map[string][]string) {
	w := l.Words()[at]
	if w.Expands || w.Value == "" || kind == "backend" && strings.Contains(w.Value, "%[") || slices.Contains(names[kind], w.Value) {
		return
	}
	hint := "define " + kind + " " + w.Value + ", or correct the name"
	if near := nearest.Word(w.Value, names[kind]); near != "" {
		hint = "write " + near
	}
	c.word(Error, l, at, "unknown-section-name", hint, "%s: there is no %s called %s", l.Keyword(), kind, w.Value)
}

// ownTable looks for the stick table of the proxy itself, where a rule names no other.
func (c *checker) ownTable(s Section, l *Line, names map[string][]string) {
	words := l.Values(0)
	tracks := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "track-sc") })
	switch {
	case l.Starts("stick") && len(words) > 2 && s.Kind != "frontend":
	case tracks > 0 && tracks < 3 && (strings.HasSuffix(words[0], "-request") || strings.HasSuffix(words[0], "-response")):
		if i := slices.Index(words, "table"); i > 0 && i+1 < len(words) {
			c.named(l, i+1, "stick-table", names)
			return
		}
	default:
		return
	}
	if s.Kind == "defaults" || slices.Contains(words, "table") || slices.Contains(names["stick-table"], s.Name) {
		return
	}
	c.word(Error, l, 0, "missing-in-section", "add a stick-table, or write table and the name of a proxy that has one", "%s has no stick-table", s.Label())
}

// resolving looks for the resolvers of do-resolve(variable,resolvers,…).
func (c *checker) resolving(l *Line, names map[string][]string) {
	for i, w := range l.Words() {
		rest, ok := strings.CutPrefix(w.Value, "do-resolve(")
		if !ok || i == 0 || i > 2 || w.Expands {
			continue
		}
		if parts := strings.Split(strings.TrimSuffix(rest, ")"), ","); len(parts) > 1 && !slices.Contains(names["resolvers"], parts[1]) {
			c.word(Error, l, i, "unknown-section-name", "define resolvers "+parts[1]+", or correct the name", "do-resolve: there is no resolvers section called %s", parts[1])
		}
	}
}
