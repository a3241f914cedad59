package haproxyconfig

import (
	"slices"
	"strings"
)

// File is a configuration, line by line. It is not safe for concurrent use
// while an [Editor] is at work on it.
type File struct {
	lines   []*Line
	dialect Dialect
}

// Line is one line of a configuration. Lines are changed through an [Editor] only.
type Line struct {
	text   string
	ending string // "\n", "\r\n", or "" at the end of the file
	number int    // in the text that was parsed; 0 for a line added since
	tokens
}

// Parse reads a configuration in the [Modern] dialect. Any bytes will do: Parse
// never fails, and Parse(b).Bytes() equals b. Memory grows with the number of
// lines and words, so bound what comes from strangers before it comes here.
func Parse(b []byte) *File { return ParseDialect(b, Modern) }

// ParseDialect is [Parse] for a HAProxy that cuts lines by the rules of d.
func ParseDialect(b []byte, d Dialect) *File {
	f := &File{dialect: d}
	for rest, number := string(b), 1; rest != ""; number++ {
		text, after, found := strings.Cut(rest, "\n")
		ending := ""
		if found {
			ending = "\n"
			if t, ok := strings.CutSuffix(text, "\r"); ok {
				text, ending = t, "\r\n"
			}
		}
		f.lines = append(f.lines, &Line{text: text, ending: ending, number: number, tokens: cut(text, d)})
		rest = after
	}
	return f
}

// Bytes gives the whole configuration as it is to be written.
func (f *File) Bytes() []byte {
	n := 0
	for _, l := range f.lines {
		n += len(l.text) + len(l.ending)
	}
	b := make([]byte, 0, n)
	for _, l := range f.lines {
		b = append(append(b, l.text...), l.ending...)
	}
	return b
}

// Lines gives all lines in order.
func (f *File) Lines() []*Line { return slices.Clone(f.lines) }

// Dialect is the dialect in which the file was parsed.
func (f *File) Dialect() Dialect { return f.dialect }

// Text is the line without its ending.
func (l *Line) Text() string { return l.text }

// Ending is the line's ending: "\n", "\r\n", or "" where the file ends without one.
func (l *Line) Ending() string { return l.ending }

// Number is the line's number in the text that was parsed, counted from 1, and
// 0 for a line that an edit added.
func (l *Line) Number() int { return l.number }

// Words gives the words of the line, without its comment. They are not to be changed.
func (l *Line) Words() []Word { return slices.Clip(l.words) }

// CommentStart is the offset of the comment's #, or -1.
func (l *Line) CommentStart() int { return l.comment }

// Stop is the offset of a NUL or a stray carriage return behind which HAProxy does not
// read on, or -1.
func (l *Line) Stop() int { return l.stop }

// Fault is why HAProxy would refuse to cut the line into words, and at which offset.
func (l *Line) Fault() (f Fault, at int) { return l.fault, l.faultAt }

// Comment is the comment at the end of the line, from its # on, or "".
func (l *Line) Comment() string {
	if l.comment < 0 {
		return ""
	}
	return l.text[l.comment:]
}

// Indent is the white space before the first word or the comment.
func (l *Line) Indent() string { return l.text[:skipBlanks(l.text, 0)] }

// Keyword is the value of the first word: "" on a blank line, on a comment, and
// where the first word is a pair of quotes, which makes HAProxy skip the line.
func (l *Line) Keyword() string {
	if len(l.words) == 0 {
		return ""
	}
	return l.words[0].Value
}

// IsDirective reports whether HAProxy makes something of the line: neither blank
// nor comment nor scope ([…], which HAProxy from 1.6 on reads and passes over).
func (l *Line) IsDirective() bool {
	return l.Keyword() != "" && l.text[l.words[0].Start] != '['
}

// Starts reports whether the line's first words have these values.
func (l *Line) Starts(words ...string) bool {
	if len(l.words) < len(words) {
		return false
	}
	for i, w := range words {
		if l.words[i].Value != w {
			return false
		}
	}
	return true
}

// Values gives the values of the words from the nth on.
func (l *Line) Values(n int) []string {
	var v []string
	for _, w := range l.words[min(n, len(l.words)):] {
		v = append(v, w.Value)
	}
	return v
}

// Rest gives the text of the words from the nth on as it is written.
func (l *Line) Rest(n int) string {
	if len(l.words) <= n {
		return ""
	}
	return l.text[l.words[n].Start:l.words[len(l.words)-1].End()]
}
