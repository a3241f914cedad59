package lint

import (
	"errors"
	"fmt"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/keywords"
)

// What the rules are about, by shorter names.
type (
	Version  = haproxyconfig.Version
	Finding  = haproxyconfig.Finding
	Severity = haproxyconfig.Severity
	File     = haproxyconfig.File
	Line     = haproxyconfig.Line
	Section  = haproxyconfig.Section
)

// The severities of findings.
const (
	Error   = haproxyconfig.Error
	Warning = haproxyconfig.Warning
	Info    = haproxyconfig.Info
)

// Options say for whom a configuration is checked. The zero value checks a whole
// configuration for a HAProxy of unknown version.
type Options struct {
	// HAProxy is the version that will read it. Where it is not known, what only some
	// versions refuse is a warning, unless a rule says otherwise.
	HAProxy Version
	// Template is set for a text that becomes part of a configuration later: the
	// listeners and backends are still to come, and the final newline, too.
	Template bool
	// User and Group tell whether an account exists where the configuration will be
	// used; nil where that is not known.
	User, Group func(name string) bool
	// ReadFile gives a file that errorfile names; nil where files cannot be looked at. An
	// error that is fs.ErrNotExist says that it is missing, [ErrUnseen] that nothing is
	// known of this one.
	ReadFile func(name string) ([]byte, error)
	// ReadOther does the same for certificates, lists, maps and scripts. It is apart, as those
	// are often made only when the host starts, by what starts HAProxy.
	ReadOther func(name string) ([]byte, error)
}

// ErrUnseen is for Options.ReadFile and Options.ReadOther: nothing is known of the file.
var ErrUnseen = errors.New("the file was not looked at")

// Check gives what is wrong with a configuration, in the order of its lines.
func Check(f *File, o Options) []Finding {
	if d := haproxyconfig.DialectOf(o.HAProxy); o.HAProxy.Known() && d != f.Dialect() {
		f = haproxyconfig.ParseDialect(f.Bytes(), d)
	}
	c := &checker{file: f, o: o}
	c.index()
	for _, rule := range []func(){
		c.encoding, c.lines, c.conditionals,
		c.sections, c.directives, c.duplicates,
		c.references, c.inheritedRules, c.modes, c.complete, c.unique, c.accounts, c.errorFiles,
		c.missingTimeouts, c.unwise,
	} {
		rule()
	}
	haproxyconfig.SortFindings(c.found)
	return c.found
}

// checker is one run over one file.
type checker struct {
	file    *File
	o       Options
	all     []Section // in order
	numbers map[*Line]int
	reach   map[*Line]reach
	around  map[*Line]reach // of .if and its like: that of the block around it
	found   []Finding

	aclLines map[*Line]map[string][]*Line // by the header of their section: where each ACL is defined
	badACLs  map[*Line]bool               // that define nothing, as HAProxy cannot read them
	refs     []reference

	overSSL        map[*Line]bool     // whether the checks of a section are made with ssl
	defaultServers map[*Line][]string // the words of default-server lines, by the header of their section
}

// reach tells whether HAProxy reads a line at all.
type reach uint8

const (
	always   reach = iota
	maybe          // in a conditional block whose condition is not known here
	never          // in one whose condition does not hold
	boundary       // the .if, .else, .endif themselves
)

func (c *checker) index() {
	c.numbers = make(map[*Line]int, len(c.file.Lines()))
	for i, l := range c.file.Lines() {
		c.numbers[l] = i + 1
	}
	c.reach, c.around = reaches(c.file, c.o.HAProxy)
	c.all = c.readSections()
}

// readSections gives the sections without the lines that HAProxy does not read.
func (c *checker) readSections() []Section {
	var all []Section
	for _, s := range c.file.Sections() {
		if s.Header != nil && c.o.HAProxy.Known() {
			if e := keywords.Of("sections").Get(s.Kind); e != nil && (e.At(c.o.HAProxy) == keywords.Future || e.At(c.o.HAProxy) == keywords.Removed) {
				// A word like any other for this version.
				s.Lines = append([]*Line{s.Header}, s.Lines...)
				s.Header, s.Kind = nil, ""
				if len(all) > 0 {
					last := &all[len(all)-1]
					last.Lines = append(last.Lines, c.read(s.Lines)...)
					continue
				}
			}
		}
		if s.Header != nil && c.reach[s.Header] == never {
			if len(all) == 0 {
				continue
			}
			last := &all[len(all)-1] // what follows it belongs to the section above
			last.Lines = append(last.Lines, c.read(s.Lines)...)
			continue
		}
		s.Lines = c.read(s.Lines)
		all = append(all, s)
	}
	return all
}

func (c *checker) read(lines []*Line) []*Line {
	var out []*Line
	for _, l := range lines {
		if r := c.reach[l]; r == always || r == maybe {
			out = append(out, l)
		}
	}
	return out
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

// word reports a finding at the nth word of a line, from 0, or at the last if it has
// fewer. On a line that may never be read, an error is a warning.
func (c *checker) word(s Severity, l *Line, n int, rule, hint, format string, args ...any) {
	if s == Error && c.reach[l] == maybe {
		s = Warning
	}
	words := l.Words()
	c.at(s, l, words[min(n, len(words)-1)].Column(), rule, hint, format, args...)
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

// since is whether the version is v or later; one that is not known counts as late.
func (c *checker) since(v Version) bool { return !c.o.HAProxy.Before(v) }

// who is HAProxy with its version where that is known.
func (c *checker) who() string {
	if !c.o.HAProxy.Known() {
		return "HAProxy"
	}
	return "HAProxy " + c.o.HAProxy.String()
}

// Versions at which HAProxy grew stricter.
var (
	v16 = Version{Major: 1, Minor: 6}
	v20 = Version{Major: 2}
	v21 = Version{Major: 2, Minor: 1}
	v22 = Version{Major: 2, Minor: 2}
	v23 = Version{Major: 2, Minor: 3}
	v24 = Version{Major: 2, Minor: 4}
	v26 = Version{Major: 2, Minor: 6}
	v30 = Version{Major: 3}
	v31 = Version{Major: 3, Minor: 1}
	v32 = Version{Major: 3, Minor: 2}
	v33 = Version{Major: 3, Minor: 3}
	v34 = Version{Major: 3, Minor: 4}
)
