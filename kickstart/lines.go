package kickstart

import (
	"strings"

	"lbimage/kickstart/grammar"
)

// byteOrderMark is what some editors put in front of a text. Python's reader of UTF-8 keeps it, so that the first word has it.
const byteOrderMark = "\ufeff"

// line is one line of a file, with its end.
type line struct {
	place Place // of its first byte
	text  string
	depth int // how many lines of %include lead there
}

// content is the line without its end, and where that begins: behind a byte order mark.
func (l line) content() (string, Place) {
	place, text := l.place, strings.TrimRight(l.text, "\r\n")
	if rest, ok := strings.CutPrefix(text, byteOrderMark); ok && place.Line == 1 {
		place.Column += len(byteOrderMark)
		text = rest
	}
	return text, place
}

// blank says that a line has nothing, or only a comment.
func (l line) blank() bool {
	text, _ := l.content()
	text = strings.TrimLeft(text, blanks)
	return text == "" || text[0] == '#'
}

// first is the line's first word, as it stands there.
func (l line) first() string {
	text, _ := l.content()
	text = strings.TrimLeft(text, blanks)
	if i := strings.IndexAny(text, blanks); i >= 0 {
		text = text[:i]
	}
	return text
}

// blanks are the characters that Python calls white space.
const blanks = " \t\r\n\v\f"

// splitLines cuts a text into its lines. A lone carriage return ends a line from RHEL 7 on, whose parser reads the text
// whole; those before it read line by line.
func splitLines(name, text string, v grammar.Version) []line {
	out := make([]line, 0, strings.Count(text, "\n")+1)
	for n := 1; text != ""; n++ {
		end := lineEnd(text, v >= grammar.RHEL7)
		out = append(out, line{place: Place{File: name, Line: n, Column: 1}, text: text[:end]})
		text = text[end:]
	}
	return out
}

// lineEnd is the length of the first line of a text, with its end.
func lineEnd(text string, loneReturns bool) int {
	ends := "\n"
	if loneReturns {
		ends = "\r\n"
	}
	i := strings.IndexAny(text, ends)
	switch {
	case i < 0:
		return len(text)
	case text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n':
		return i + 2
	}
	return i + 1
}
