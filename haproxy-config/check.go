package haproxyconfig

import "fmt"

// CheckOptions say for whom a configuration is checked. The zero value checks a
// template for a servo and a HAProxy of unknown version.
type CheckOptions struct {
	// HAProxy is the version that will read it. Unknown, the severity of what
	// only some versions refuse follows the cautious reading of each rule.
	HAProxy Version
	// Servo is the version that will read the template.
	Servo Version
	// Standalone is true for a configuration that HAProxy reads as it is, and
	// not a template: the servo's rules are left out.
	Standalone bool
}

// Check is [CheckWith] for a template, versions unknown.
func Check(f *File) []Finding { return CheckWith(f, CheckOptions{}) }

// CheckWith gives what is wrong with a configuration, in the order of its lines.
// It says nothing of keywords that it does not know.
func CheckWith(f *File, o CheckOptions) []Finding {
	if d := DialectOf(o.HAProxy); o.HAProxy.Known() && d != f.dialect {
		f = ParseDialect(f.Bytes(), d)
	}
	c := &checker{file: f, o: o}
	c.index()
	for _, rule := range []func(){
		c.encoding, c.lines, c.conditionals,
		c.sections, c.placement, c.prefixes, c.deprecations,
		c.timeouts, c.missingTimeouts,
		c.servo,
	} {
		rule()
	}
	sortFindings(c.found)
	return c.found
}

// checker is one run over one file.
type checker struct {
	file    *File
	o       CheckOptions
	all     []Section // in order
	numbers map[*Line]int
	// conditional lines may never be read: what is wrong with them is no error.
	conditional map[*Line]bool
	found       []Finding
}

func (c *checker) index() {
	c.all = c.file.Sections()
	c.numbers = make(map[*Line]int, len(c.file.lines))
	c.conditional = map[*Line]bool{}
	depth := 0
	for i, l := range c.file.lines {
		c.numbers[l] = i + 1
		switch l.Keyword() {
		case ".if":
			depth++
		case ".endif":
			depth = max(0, depth-1)
		default:
			if depth > 0 {
				c.conditional[l] = true
			}
		}
	}
}

// at reports a finding at a column of a line; l is nil where no line is to
// blame. A severity of "" reports nothing.
func (c *checker) at(s Severity, l *Line, column int, rule, hint, format string, args ...any) {
	if s == "" {
		return
	}
	c.found = append(c.found, Finding{
		Severity: s, Line: c.numbers[l], Column: column, Rule: rule,
		Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// word reports a finding at the nth word of a line, from 0. On a line that may
// never be read, an error is a warning.
func (c *checker) word(s Severity, l *Line, n int, rule, hint, format string, args ...any) {
	if s == Error && c.conditional[l] {
		s = Warning
	}
	c.at(s, l, l.words[n].Column(), rule, hint, format, args...)
}

// until gives one severity before a version of HAProxy, another from it on, and
// a third when the version is not known.
func (c *checker) until(v Version, before, since, unknown Severity) Severity {
	switch {
	case c.o.HAProxy.Before(v):
		return before
	case c.o.HAProxy.Since(v):
		return since
	}
	return unknown
}
