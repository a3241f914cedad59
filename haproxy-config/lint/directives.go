package lint

import (
	"strings"

	"lbimage/haproxy-config/keywords"
	"lbimage/haproxy-config/nearest"
)

// directive is one line of a section, cut up as the rules need it.
type directive struct {
	section Section
	line    *Line
	prefix  string // no, default or ""
	words   []string
	at      int    // which word of the line words begins with
	stage   string // when its sample expressions are read: a letter of [keywords.SamplePlaces], or ""
	careful bool   // what is known of its words is known of later versions: errors are warnings
}

// has tells whether there is an nth word. HAProxy takes an empty one for the end.
func (d directive) has(n int) bool {
	return n < len(d.words) && (d.words[n] != "" || d.expands(n))
}

// args are the words behind the first n.
func (d directive) args(n int) []string { return d.words[min(n, len(d.words)):] }

// expands tells whether a variable stands in the nth word, so that its value is not known.
func (d directive) expands(n int) bool {
	words := d.line.Words()
	return d.at+n < len(words) && words[d.at+n].Expands
}

// part is a directive of one word, which is a part of the nth.
func (d directive) part(n int, word string) directive {
	d.words, d.at = []string{word}, d.at+n
	return d
}

// upTo is the directive without the words behind the nth.
func (d directive) upTo(n int) directive {
	d.words = d.words[:n+1]
	return d
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
	if d.careful && s == Error {
		s = Warning
	}
	c.word(s, d.line, d.at+n, rule, hint, format, args...)
}

// directives looks at each line of each section.
func (c *checker) directives() {
	for _, s := range c.all {
		if s.Header == nil {
			continue
		}
		if brokenHeader(s) && c.o.HAProxy.Since(v24) {
			c.behindBrokenHeader(s)
			continue
		}
		for _, l := range s.Lines {
			if l.IsDirective() && !strings.HasPrefix(l.Keyword(), ".") && whole(l) && meantSection(s, l) == "" {
				c.directive(s, l)
			}
		}
	}
}

// behindBrokenHeader: HAProxy takes the lines for ones without a section.
func (c *checker) behindBrokenHeader(s Section) {
	for _, l := range s.Lines {
		if l.IsDirective() && !strings.HasPrefix(l.Keyword(), ".") {
			c.word(Error, l, 0, "directive-outside-section", "mend the header first", "the header on line %d is wrong, and HAProxy refuses the lines behind it", c.numbers[s.Header])
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
	if !c.prefixed(d, e) || !c.known(l, e, d.at, e.Name) || !c.placed(d, e) || !c.allowed(d, e) || !c.early(d) {
		return
	}
	if d.prefix == "no" && e.Name == "log" {
		if d.has(n) {
			c.say(Error, d, n, "unexpected-argument", "remove it", "'no log' takes nothing behind it")
		}
		return
	}
	d.stage = stageOf(e.Name)
	c.language(d, e, n)
}

// stageOf tells when the sample expressions of a directive are read.
func stageOf(name string) string {
	switch name {
	case "http-request", "redirect", "unique-id-format":
		return "Q"
	case "http-response", "http-after-response":
		return "P"
	case "log-format", "log-format-sd", "error-log-format":
		return "L"
	}
	return ""
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
		if e != nil && (e.Default || e.No && c.o.HAProxy.Since(v32)) {
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

// unknown reports a word that no version has in this section.
func (c *checker) unknown(d directive, table *keywords.Table) {
	word := d.words[0]
	if e := keywords.Of("sections").Get(word); e != nil {
		c.known(d.line, e, d.at, "section "+word)
		return
	}
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

// enough looks at whether there are as many words as a keyword needs.
func (c *checker) enough(d directive, e *keywords.Entry, n int) bool {
	have := 0
	for d.has(n + have) {
		have++
	}
	if have >= e.Min {
		return true
	}
	c.say(Error, d, n-1, "missing-argument", "write "+count(e.Min, "word")+" behind it", "%s needs %s behind it, here are %d", e.Name, count(e.Min, "word"), have)
	return false
}

// arguments looks at how many words stand behind the keyword, and at the first of them.
func (c *checker) arguments(d directive, e *keywords.Entry, n int) {
	if !c.enough(d, e, n) {
		return
	}
	if len(e.Values) > 1 && !c.o.HAProxy.Known() {
		d.careful = true // versions differ
	}
	if d.has(n) && !d.expands(n) && !c.value(d, n, e.ValueAt(c.o.HAProxy), e.Name) {
		return
	}
	if e.Max >= 0 && d.has(n+e.Max) {
		c.excess(d, e, n)
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
