package lint

import (
	"slices"
	"strings"

	"lbimage/haproxy-config/internal/nearest"
	"lbimage/haproxy-config/keywords"
)

// directive is one line of a section, cut up as the rules need it.
type directive struct {
	section Section
	line    *Line
	prefix  string // no, default or ""
	words   []string
	at      int // which word of the line words begins with
}

// args are the words behind the first n.
func (d directive) args(n int) []string { return d.words[min(n, len(d.words)):] }

// expands tells whether a variable stands in the nth word, so that its value is not known.
func (d directive) expands(n int) bool {
	words := d.line.Words()
	return d.at+n < len(words) && words[d.at+n].Expands
}

// letter is the proxy section's letter in the tables, or "".
func (d directive) letter() string {
	switch d.section.Kind {
	case "defaults":
		return "D"
	case "frontend":
		return "F"
	case "listen":
		return "L"
	case "backend":
		return "B"
	}
	return ""
}

// say reports a finding at the nth word of the directive.
func (c *checker) say(s Severity, d directive, n int, rule, hint, format string, args ...any) {
	c.word(s, d.line, d.at+n, rule, hint, format, args...)
}

// directives looks at each line of each section.
func (c *checker) directives() {
	for _, s := range c.all {
		if s.Header == nil {
			continue
		}
		for _, l := range s.Lines {
			if l.IsDirective() && !strings.HasPrefix(l.Keyword(), ".") && whole(l) && meantSection(l) == "" {
				c.directive(s, l)
			}
		}
	}
}

func (c *checker) directive(s Section, l *Line) {
	d := directive{section: s, line: l, words: l.Values(0)}
	if word := d.words[0]; word == "no" || word == "default" && s.Kind != "log-profile" {
		d.prefix, d.words, d.at = word, d.words[1:], 1
		if len(d.words) == 0 {
			c.word(Error, l, 0, "bad-negation", "say what, or remove it", "%q stands alone", word)
			return
		}
	}
	if d.expands(0) {
		return
	}
	table := keywords.Section(s.Kind)
	if table == nil {
		return // what stands there is not known here
	}
	e, n := table.Find(d.words)
	if e == nil {
		c.prefixed(d, nil)
		c.unknown(d, table)
		return
	}
	if !c.prefixed(d, e) || !c.known(l, e, d.at, e.Name) || !c.placed(d, e) {
		return
	}
	if d.prefix != "" && s.IsProxy() && e.Name == "log" {
		return
	}
	c.arguments(d, e, n)
	c.language(d, e.Name, n)
}

// language looks further into directives that have a language of their own.
func (c *checker) language(d directive, name string, n int) {
	switch name {
	case "bind":
		c.bind(d, n)
		return
	case "server":
		c.server(d, n)
		return
	case "log":
		c.log(d, n)
		return
	}
	if !d.section.IsProxy() {
		return
	}
	switch name {
	case "option":
		c.option(d, n)
	case "timeout":
		c.timeout(d, n)
	case "acl":
		c.acl(d, n)
	case "server-template":
		c.serverTemplate(d, n)
	case "default-server":
		c.parameters(d, n, keywords.Of("server"), "default-server")
	case "use_backend":
		c.switching(d, n)
	case "use-server":
		c.conditioned(d, n+1, name)
	case "force-persist", "ignore-persist", "monitor fail":
		c.conditioned(d, n, name)
	case "redirect":
		c.redirect(d, n)
	case "log-format", "error-log-format", "log-format-sd", "unique-id-format":
		c.oneWord(d, n)
	case "stick-table":
		c.stickTable(d, n)
	case "cookie":
		c.cookie(d, n)
	case "hash-type":
		c.hashType(d, n)
	case "mode", "balance", "http-reuse", "load-server-state-from-file", "persist":
		c.choice(d, n, name, name)
	case "compression algo":
		c.choice(d, n, name, name)
	default:
		if slices.Contains(ruleSets, name) {
			c.rule(d, n, name)
		}
	}
}

// prefixed looks at 'no' and 'default'. It reports whether the line is worth a further look.
func (c *checker) prefixed(d directive, e *keywords.Entry) bool {
	switch d.prefix {
	case "":
		return true
	case "no":
		if e != nil && e.No {
			return true
		}
	default:
		if e != nil && e.Default {
			return true
		}
	}
	c.word(Error, d.line, 0, "bad-negation", "remove the line", "%q cannot stand before %s", d.prefix, d.words[0])
	return false
}

// known looks at whether the version has the keyword, and reports whether it does.
func (c *checker) known(l *Line, e *keywords.Entry, n int, name string) bool {
	v := c.o.HAProxy
	switch e.At(v) {
	case keywords.Future:
		c.word(Error, l, n, "unknown-keyword", "remove it, or use HAProxy "+short(e.Since), "%s is not known to HAProxy %s; it came with %s", name, v, short(e.Since))
		return false
	case keywords.Removed:
		c.word(Error, l, n, "removed-keyword", instead(name), "%s is not known to HAProxy %s any more; it went with %s", name, v, short(e.Removed))
		return false
	case keywords.Uncertain:
		c.word(Info, l, n, "unknown-to-this-tool", "let that HAProxy check it", "whether HAProxy %s has %s is unknown to this tool", v, name)
	case keywords.Deprecated:
		if e.Removed.Known() {
			c.word(Warning, l, n, "deprecated-keyword", instead(name), "%s is deprecated; HAProxy %s and later refuse it", name, short(e.Removed))
		} else {
			c.word(Warning, l, n, "deprecated-keyword", instead(name), "%s is deprecated since HAProxy %s", name, short(e.Warned))
		}
	}
	return true
}

// short is a version without a patch level of 0.
func short(v Version) string { return strings.TrimSuffix(v.String(), ".0") }

// placed looks at whether the keyword may stand in the section.
func (c *checker) placed(d directive, e *keywords.Entry) bool {
	letter := d.letter()
	switch {
	case letter == "" || e.Places == "" && e.Ignored == "" || strings.Contains(e.Places, letter):
		return true
	case strings.Contains(e.Ignored, letter):
		c.say(Warning, d, 0, "ignored-keyword", "move it to a section where it counts", "HAProxy passes over %s in a %s section", e.Name, d.section.Kind)
		return true
	}
	c.say(Error, d, 0, "misplaced-keyword", "move it to "+homes(e), "%s does not stand in %s", e.Name, d.section.Kind)
	return false
}

// homes are the proxy sections where a keyword works, in words.
func homes(e *keywords.Entry) string {
	var names []string
	for _, h := range []struct{ letter, name string }{{"D", "defaults"}, {"F", "a frontend"}, {"L", "a listen"}, {"B", "a backend"}} {
		if strings.Contains(e.Places, h.letter) {
			names = append(names, h.name)
		}
	}
	return strings.Join(names, " or ")
}

// unknown reports a word that no version has in this section.
func (c *checker) unknown(d directive, table *keywords.Table) {
	word := d.words[0]
	if where := elsewhere(d, c.o.HAProxy); where != "" {
		c.say(Error, d, 0, "misplaced-keyword", "move it to "+where+"; is there a header missing above?", "%s does not stand in %s", word, d.section.Kind)
		return
	}
	if newest := keywords.Newest(); c.o.HAProxy.Known() && c.o.HAProxy.Compare(newest) > 0 && (c.o.HAProxy.Major > newest.Major || c.o.HAProxy.Minor > newest.Minor) {
		c.say(Info, d, 0, "unknown-to-this-tool", "let that HAProxy check it", "%s is unknown to this tool, which knows HAProxy up to %s", word, short(newest))
		return
	}
	hint := "correct or remove it"
	if near := nearest.Word(word, firstWords(table.Names(c.o.HAProxy))); near != "" {
		hint = "write " + near
	}
	c.say(Error, d, 0, "unknown-keyword", hint, "%s is not known to %s in %s", word, c.who(), d.section.Kind)
}

func firstWords(names []string) []string {
	var out []string
	for _, name := range names {
		word, _, _ := strings.Cut(name, " ")
		if len(out) == 0 || out[len(out)-1] != word {
			out = append(out, word)
		}
	}
	return out
}

// elsewhere names the section in which a word that is not known here is at home.
func elsewhere(d directive, v Version) string {
	for _, home := range []struct{ table, name string }{{"global", "the global section"}, {"proxy", "a defaults section"}} {
		if table := keywords.Of(home.table); table != keywords.Section(d.section.Kind) {
			if e, _ := table.Find(d.words); e != nil && e.At(v) != keywords.Future && e.At(v) != keywords.Removed {
				if home.table == "proxy" && !strings.Contains(e.Places, "D") {
					return homes(e)
				}
				return home.name
			}
		}
	}
	return ""
}

// arguments looks at how many words stand behind the keyword, and at the first of them.
func (c *checker) arguments(d directive, e *keywords.Entry, n int) {
	have := len(d.words) - n
	if e.Min > 0 && have == 1 && d.words[n] == "" && !d.expands(n) {
		have = 0 // an empty word counts for nothing
	}
	switch {
	case have < e.Min:
		c.say(Error, d, n-1, "missing-argument", "write "+count(e.Min, "word")+" behind it", "%s needs %s behind it, here are %d", e.Name, count(e.Min, "word"), have)
		return
	case e.Max >= 0 && have > e.Max:
		c.excess(d, e, n)
	}
	if have > 0 && !d.expands(n) {
		c.value(d, n, e.Value, e.Name)
	}
}

// excess reports words that are too many.
func (c *checker) excess(d directive, e *keywords.Entry, n int) {
	strict := e.Strict
	if !strict.Known() {
		strict = v16
	}
	severity := c.until(strict, Warning, Error, Error)
	if e.Lax {
		severity = Warning
	}
	takes := "takes nothing behind it"
	if e.Max > 0 {
		takes = "takes " + count(e.Max, "word")
	}
	after := "HAProxy refuses it"
	if severity == Warning {
		after = "HAProxy passes over it"
	}
	c.say(severity, d, n+e.Max, "unexpected-argument", "remove it, or quote what belongs together", "%s %s; %s", e.Name, takes, after)
}
