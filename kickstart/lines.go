package kickstart

import (
	"strings"
	"unicode/utf8"

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
	if rest, ok := strings.CutPrefix(text, byteOrderMark); ok && place.Line == 1 && place.Column == 1 {
		place.Column += len(byteOrderMark)
		text = rest
	}
	return text, place
}

// blank says that a line has nothing, or only a comment.
func (l line) blank() bool {
	text, _ := l.content()
	text = strings.TrimLeft(text, " \t\r\n"+newEnds)
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

// newEnds are the ends of lines that Python 3 knows besides.
const newEnds = "\v\f\x1c\x1d\x1e\u0085\u2028\u2029"

// blanks are the characters that Python calls white space.
const blanks = " \t\r\n\v\f"

// splitLines cuts a text into its lines. Those that people count end with a newline; where the installer ends one
// elsewhere, the next begins in the same line, further right. Where there are more than MaxLines, it stops behind the first
// too much.
func splitLines(name, text string, v grammar.Version) []line {
	out := make([]line, 0, strings.Count(text, "\n")+1)
	for at := (Place{name, 1, 1}); text != "" && len(out) <= MaxLines; {
		end := lineEnd(text, v)
		l := line{place: at, text: text[:end]}
		out = append(out, l)
		text, at = text[end:], behind(l)
	}
	return out
}

// behind is the place where the next line of the same file begins.
func behind(l line) Place {
	at := l.place
	if strings.HasSuffix(l.text, "\n") {
		at.Line, at.Column = at.Line+1, 1
	} else {
		at.Column += len(l.text)
	}
	return at
}

// lineEnd is the length of the first line of a text, with its end. RHEL 5 and 6 read line by line; the parser of RHEL 7
// reads the text whole, and takes a lone carriage return for an end as well; those after it are of Python 3, which knows
// more ends.
func lineEnd(text string, v grammar.Version) int {
	ends := "\n"
	switch {
	case v >= grammar.RHEL8:
		ends = "\n\r" + newEnds
	case v == grammar.RHEL7:
		ends = "\n\r"
	}
	i := strings.IndexAny(text, ends)
	switch {
	case i < 0:
		return len(text)
	case strings.HasPrefix(text[i:], "\r\n"):
		return i + 2
	}
	_, size := utf8.DecodeRuneInString(text[i:])
	return i + size
}
