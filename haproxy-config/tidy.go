package haproxyconfig

import (
	"bytes"
	"strings"
)

// Format gives the text of a file: Format(Parse(b)) equals b, whatever the bytes.
func Format(f *File) []byte { return f.Bytes() }

// byteOrderMark is what some editors put before UTF-8; HAProxy takes it for a part of the first word.
const byteOrderMark = "\xef\xbb\xbf"

// Tidy gives the text in its usual form: sections at the margin and parted by one blank
// line, directives indented by four blanks, four more in each .if block, lines ended by a
// newline without blanks before it, one blank behind a section word, no byte order mark.
// Words, comments and their order stay, and so does how the values of a section are
// aligned. A line that HAProxy cannot cut into words stays as it is. Tidied again the text
// stays the same.
func Tidy(f *File) []byte {
	var out bytes.Buffer
	t := tidier{out: &out}
	text, cutOff := bytes.CutPrefix(f.Bytes(), []byte(byteOrderMark))
	if cutOff {
		f = ParseDialect(text, f.dialect)
	}
	for i, l := range f.lines {
		t.line(l, f.lines[i:])
	}
	if bytes.HasPrefix(out.Bytes(), []byte(byteOrderMark)) { // a word that looks like the mark, and was none
		return append([]byte(" "), out.Bytes()...)
	}
	return out.Bytes()
}

type tidier struct {
	out       *bytes.Buffer
	inSection bool
	depth     int
	blank     bool // a blank line is due
	begun     bool // something has been written
}

// line writes a line; rest begins with it.
func (t *tidier) line(l *Line, rest []*Line) {
	odd := l.fault != NoFault || l.stop >= 0 && strings.Trim(l.text[l.stop:], " \t\v\f\r") != ""
	if len(l.words) == 0 && l.comment < 0 && !odd {
		t.blank = true
		return
	}
	header := leads(rest)
	if (header && t.inSection || t.blank) && t.begun {
		t.out.WriteByte('\n')
	}
	if header {
		t.inSection, t.depth = false, 0 // a comment above a section belongs to it
	}
	t.blank, t.begun = false, true
	if odd {
		t.out.WriteString(strings.TrimRight(l.text, "\r") + "\n")
		t.inSection = t.inSection || l.IsHeader()
		return
	}
	switch l.Keyword() {
	case ".endif":
		t.depth = max(0, t.depth-1)
	case ".else", ".elif":
		t.depth = max(0, t.depth-1)
		defer func() { t.depth++ }()
	case ".if":
		defer func() { t.depth++ }()
	}
	if l.IsHeader() {
		t.inSection = true
		t.out.WriteString(headerText(l) + "\n")
		return
	}
	indent := ""
	if t.inSection {
		indent = defaultIndent
	}
	t.out.WriteString(indent + strings.Repeat(defaultIndent, t.depth) + l.body() + "\n")
}

// leads reports whether the lines begin with a section's header, or with the comments
// directly above one.
func leads(lines []*Line) bool {
	for _, l := range lines {
		if l.IsHeader() {
			return true
		}
		if len(l.words) > 0 || l.comment < 0 {
			return false
		}
	}
	return false
}

// headerText is a header with one blank between its words and before its comment.
func headerText(l *Line) string {
	var parts []string
	for _, w := range l.words {
		parts = append(parts, w.Raw)
	}
	if c := strings.TrimRight(l.Comment(), " \t\v\f\r"); c != "" {
		parts = append(parts, c)
	}
	return strings.Join(parts, " ")
}

// body is a line without the blanks at both ends.
func (l *Line) body() string {
	start, end := skipBlanks(l.text, 0), len(l.text)
	if l.comment < 0 {
		end = l.words[len(l.words)-1].End()
	}
	text := l.text[start:end]
	if l.comment >= 0 {
		text = strings.TrimRight(text, " \t\v\f\r")
	}
	return text
}
