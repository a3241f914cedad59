package migrate

import (
	"fmt"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/keywords"
)

// What the steps are about, by shorter names.
type (
	Version = haproxyconfig.Version
	Finding = haproxyconfig.Finding
	Change  = haproxyconfig.Change
	Line    = haproxyconfig.Line
	Section = haproxyconfig.Section
)

// Options say from where to where.
type Options struct {
	// From is the version that reads the configuration today. It decides how lines are
	// cut into words; not known, they are cut as 1.6 and later do.
	From Version
	// To is the version that is to read it; not known, the newest that this package knows.
	To Version
}

// Result is a configuration for the later version.
type Result struct {
	Text    []byte
	Changes []Change
	// Findings tell what could not be carried over, by the lines of Text.
	Findings []Finding
}

// Run migrates a configuration. It is an error where To lies before From.
func Run(text []byte, o Options) (Result, error) {
	if !o.To.Known() {
		o.To = keywords.Newest()
	}
	if o.From.Known() && o.To.Before(o.From) {
		return Result{}, fmt.Errorf("HAProxy %s is older than %s: a configuration is brought to a later version only", o.To, o.From)
	}
	f := haproxyconfig.ParseDialect(text, haproxyconfig.DialectOf(o.From))
	m := &migration{o: o, e: f.Edit(), open: map[*Line][]Finding{}}
	m.run()
	return Result{Text: f.Bytes(), Changes: m.e.Changes(), Findings: m.findings()}, nil
}

// migration is one run over one file.
type migration struct {
	o    Options
	e    *haproxyconfig.Editor
	open map[*Line][]Finding // what could not be carried over
	file []Finding           // the same, of no line
}

// reached tells whether a change of version v lies on the way or behind: the later
// version has it.
func (m *migration) reached(v Version) bool { return !m.o.To.Before(v) }

// gone tells whether the later version refuses or deprecates a keyword of a table.
func (m *migration) gone(table, name string) bool {
	e := keywords.Of(table).Get(name)
	if e == nil {
		return true
	}
	s := e.At(m.o.To)
	return s == keywords.Removed || s == keywords.Deprecated
}

func (m *migration) run() {
	if m.reached(Version{Major: 1, Minor: 6}) {
		m.e.Modernize()
	}
	if m.reached(Version{Major: 2, Minor: 3}) && m.e.EndLastLine() {
		m.file = append(m.file, Finding{Severity: haproxyconfig.Info, Rule: "missing-final-newline", Message: "the last line did not end, which HAProxy 2.3 and later refuse; it has a newline now"})
	}
	if m.gone("proxy", "contimeout") {
		m.e.ModernizeTimeouts()
	}
	m.each(m.options)
	m.each(m.headers)
	m.each(m.rules)
	m.each(m.processes)
	m.each(m.monitoring)
	m.each(m.numbers)
	m.each(m.excess)
	m.each(m.checks)
	m.each(m.sections)
	m.each(m.leftOver)
}

// each calls a step for each line that HAProxy makes something of.
func (m *migration) each(step func(s Section, l *Line)) {
	for _, s := range m.e.File().Sections() {
		if s.Header != nil {
			step(s, s.Header)
		}
		for _, l := range s.Lines {
			if l.IsDirective() {
				step(s, l)
			}
		}
	}
}

// cannot notes what has no equal in the later version.
func (m *migration) cannot(l *Line, rule, hint, format string, args ...any) {
	m.open[l] = append(m.open[l], Finding{
		Severity: haproxyconfig.Error, Column: l.Words()[0].Column(), Rule: rule,
		Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// look notes what was carried over as far as can be told, and is worth a look.
func (m *migration) look(l *Line, rule, hint, format string, args ...any) {
	m.cannot(l, rule, hint, format, args...)
	last := &m.open[l][len(m.open[l])-1]
	last.Severity = haproxyconfig.Warning
}

// findings gives what is left open, by the lines as they are now.
func (m *migration) findings() []Finding {
	all := m.file
	for i, l := range m.e.File().Lines() {
		for _, f := range m.open[l] {
			f.Line = i + 1
			all = append(all, f)
		}
	}
	haproxyconfig.SortFindings(all)
	return all
}
