package render

import (
	"fmt"
	"slices"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
)

// template is a template as its two readers see it: HAProxy in sections, the servo in
// parts.
type template struct {
	text     []line
	lines    []*haproxyconfig.Line
	sections []haproxyconfig.Section
	dropped  []*haproxyconfig.Line // above the first header that the servo sees
	parts    []part
	found    []haproxyconfig.Finding
	told     bool // that nothing is left of the template
}

// part is a header that the servo sees, with the lines that it takes to belong to it.
type part struct {
	header *haproxyconfig.Line
	key    string
	lines  []*haproxyconfig.Line
}

func (p part) kind() string { return headerKind(p.key) }

func inspect(text []byte) (*template, error) {
	if len(text) > MaxTemplate {
		return nil, fmt.Errorf("the template has %d bytes; make it smaller than %d", len(text), MaxTemplate)
	}
	file := haproxyconfig.Parse(text)
	t := &template{text: templateLines(text), lines: file.Lines(), sections: file.Sections()}
	for i, l := range t.lines {
		key := strip(t.text[i].text)
		switch {
		case headerKind(key) != "":
			t.parts = append(t.parts, part{header: l, key: key})
		case len(t.parts) == 0:
			t.dropped = append(t.dropped, l)
		default:
			p := &t.parts[len(t.parts)-1]
			p.lines = append(p.lines, l)
		}
	}
	if n := max(len(t.sections), len(t.parts)); n > maxSections {
		return nil, fmt.Errorf("the template has %d sections; leave %d", n, maxSections)
	}
	return t, nil
}

// add reports a finding at a column of a line, or of none if l is nil.
func (t *template) add(s haproxyconfig.Severity, l *haproxyconfig.Line, column int, rule, hint, format string, args ...any) {
	number := 0
	if l != nil {
		number = l.Number()
	}
	t.found = append(t.found, haproxyconfig.Finding{
		Severity: s, Line: number, Column: column, Rule: rule, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// column is where a line's first word stands, or its comment, or 1.
func column(l *haproxyconfig.Line) int {
	switch {
	case len(l.Words()) > 0:
		return l.Words()[0].Column()
	case l.CommentStart() >= 0:
		return l.CommentStart() + 1
	}
	return 1
}

// span names lines that are lost: "lines 3 to 9".
func span(lines []*haproxyconfig.Line) string {
	first, last := 0, 0
	for _, l := range lines {
		if len(l.Words()) == 0 {
			continue // comments and blanks are no loss
		}
		if first == 0 {
			first = l.Number()
		}
		last = l.Number()
	}
	switch {
	case first == 0:
		return ""
	case first == last:
		return fmt.Sprintf("line %d", first)
	}
	return fmt.Sprintf("lines %d to %d", first, last)
}

func hasWords(lines []*haproxyconfig.Line) bool { return span(lines) != "" }

// printable makes a piece of the template fit for a message.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	return shorten(s)
}

// directive is a line's directive for a message, its words one blank apart.
func directive(l *haproxyconfig.Line) string {
	var words []string
	for _, w := range l.Words()[:min(12, len(l.Words()))] {
		words = append(words, w.Raw)
	}
	return printable(strings.Join(words, " "))
}

// seenByBoth reports whether both HAProxy and the servo take the line for a header.
func (t *template) seen(l *haproxyconfig.Line) bool {
	return headerKind(strip(t.text[l.Number()-1].text)) != ""
}

const byteOrderMark = "\xef\xbb\xbf"

// markedHeader finds a header on the first line that a byte order mark hides, from HAProxy too.
func (t *template) markedHeader() *haproxyconfig.Line {
	if len(t.lines) == 0 {
		return nil
	}
	rest, ok := strings.CutPrefix(t.lines[0].Text(), byteOrderMark)
	if words := strings.Fields(rest); ok && len(words) > 0 && slices.Contains(servoWords, words[0]) {
		return t.lines[0]
	}
	return nil
}
