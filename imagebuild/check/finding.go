package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Severity says what a finding means for an image.
type Severity string

const (
	// SeverityError: the image would not do its work. It is not written.
	SeverityError Severity = "error"
	// SeverityWarning: it would work, and probably not as it is meant.
	SeverityWarning Severity = "warning"
	// SeverityInfo: worth knowing.
	SeverityInfo Severity = "info"
)

// rank orders severities, the gravest first.
func (s Severity) rank() int {
	return slices.Index([]Severity{SeverityError, SeverityWarning, SeverityInfo}, s)
}

// Finding is what a check has to say about one place.
type Finding struct {
	Severity Severity `json:"severity"`
	// Path is a file in the image, from its root, or a name that the rule tells of; empty for the whole.
	Path string `json:"file,omitempty"`
	// Line and Column count from 1, the column in bytes; 0 where there is no such place.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Rule is the name of the rule, in kebab-case.
	Rule    string `json:"rule"`
	Message string `json:"message"`
	// Hint says how to mend it.
	Hint string `json:"hint,omitempty"`
	// Inherited is set for what an edited image has from its source, where the edits leave it as it was.
	Inherited bool `json:"inherited,omitempty"`
	// Covers are all paths that a finding about several tells of, one a line, by which it is known when some of them
	// are gone; empty for a finding about one, or where they are too many.
	Covers string `json:"-"`
}

// Place is path, line and column as compilers write them: "/etc/x:7:2".
func (f Finding) Place() string {
	out := f.Path
	if f.Line > 0 {
		out += fmt.Sprintf(":%d", f.Line)
		if f.Column > 0 {
			out += fmt.Sprintf(":%d", f.Column)
		}
	}
	return out
}

// String is the finding in one line: "error  /etc/x:7:2  rule-name  message — hint".
func (f Finding) String() string {
	parts := []string{string(f.Severity)}
	if place := f.Place(); place != "" {
		parts = append(parts, place)
	}
	message := f.Message
	if f.Hint != "" {
		message += " — " + f.Hint
	}
	return OneLine(strings.Join(append(parts, f.Rule, message), "  "))
}

// OneLine keeps what an image holds from steering a terminal: control characters are written as escapes, and so are marks that
// change the direction of what stands around them, and separators of lines.
func OneLine(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, "\\x%02x", r)
		case steers(r):
			fmt.Fprintf(&b, "\\u%04x", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Lines is the like for lines of a text, such as a diff: ends of lines and tabs stay, and bytes that are no UTF-8, unless a
// terminal could take them for control characters.
func Lines(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1 && s[0] >= 0xa0, r == '\n', r == '\t', strings.HasPrefix(s, "\r\n"):
			b.WriteString(s[:n])
		case r == utf8.RuneError && n == 1, r < ' ', r == 0x7f:
			fmt.Fprintf(&b, "\\x%02x", s[0])
		case steers(r):
			fmt.Fprintf(&b, "\\u%04x", r)
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// steers tells characters beyond ASCII that a terminal obeys.
func steers(r rune) bool {
	return r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r)
}

// HasErrors reports whether one of the findings is an error.
func HasErrors(all []Finding) bool {
	return slices.ContainsFunc(all, func(f Finding) bool { return f.Severity == SeverityError })
}

// Sort orders findings by place, then by severity, the gravest first.
func Sort(all []Finding) {
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Severity.rank(), b.Severity.rank()),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
}
