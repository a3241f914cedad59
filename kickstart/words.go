package kickstart

import (
	"strings"

	"lbimage/kickstart/grammar"
)

// comments is how a release finds the comment behind the words of a line.
type comments int

const (
	noComments  comments = iota // RHEL 5: # is a letter like others
	cutComments                 // RHEL 6: the first # cuts the line, in quotes too
	wordless                    // from RHEL 7 on: # outside quotes, also in the middle of a word
)

// commentsOf tells how a release's installer reads #.
func commentsOf(v grammar.Version) comments {
	switch {
	case v >= grammar.RHEL7:
		return wordless
	case v == grammar.RHEL6:
		return cutComments
	}
	return noComments
}

// fault is why a line cannot be split into words.
type fault struct {
	place         Place
	rule          string
	message, hint string
	// soft says that the line has words all the same, though not those it looks like.
	soft bool
}

// splitWords splits a line as Python's shlex does in its POSIX mode, which is what the installer asks: blanks between words,
// single quotes that keep all, double quotes in which a backslash stands before " and \ alone, and a backslash that
// takes the next character as it is. The comment is what stands behind #, with it. A line has at most so many words.
func splitWords(text string, at Place, how comments, most int) (words []Word, comment string, bad *fault) {
	if how == cutComments {
		if i := strings.IndexByte(text, '#'); i >= 0 {
			text, comment = text[:i], text[i:]
		}
		text = strings.TrimRight(text, blanks)
	}
	place := func(i int) Place { return Place{at.File, at.Line, at.Column + i} }
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			i++
			continue
		case c == '#' && how == wordless:
			return words, text[i:], nil
		}
		if len(words) == most {
			return words, comment, &fault{place(i), "too-many-words", "the file has more words than are read", "split the file", false}
		}
		value, end, wrong := oneWord(text, i, how)
		if wrong != nil {
			wrong.place = place(wrong.place.Column)
			if bad = wrong; !bad.soft {
				return words, comment, bad
			}
		}
		words = append(words, Word{place(i), text[i:end], value})
		i = end
	}
	return words, comment, bad
}

// oneWord reads the word that begins at i, up to the blank or the comment behind it. A fault's column is an index.
func oneWord(text string, i int, how comments) (value string, end int, bad *fault) {
	var b strings.Builder
	for ; i < len(text); i++ {
		switch c := text[i]; c {
		case ' ', '\t', '\r', '\n':
			return b.String(), i, nil
		case '#':
			if how == wordless {
				return b.String(), i, nil
			}
			b.WriteByte(c)
		case '\\':
			i++
			if i == len(text) {
				// RHEL 6 has cut off the end of the line, which the others' shlex takes for an ordinary character here.
				b.WriteByte('\n')
				return b.String(), i, &fault{Place{Column: i - 1}, "line-continuation", "a backslash at the end joins no lines in a kickstart file", "write the command in one line", how != cutComments}
			}
			b.WriteByte(text[i])
		case '\'', '"':
			n := quoted(text[i:], &b)
			if n < 0 {
				return "", len(text), &fault{Place{Column: i}, "unbalanced-quote", "the quote that begins here has no end", "close it in the same line, or write \\" + string(c), false}
			}
			i += n - 1
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), i, nil
}

// quoted reads a quoted part, and gives its length with both quotes; -1 where it has no end.
func quoted(text string, b *strings.Builder) int {
	quote := text[0]
	for i := 1; i < len(text); i++ {
		c := text[i]
		switch {
		case c == quote:
			return i + 1
		case c == '\\' && quote == '"' && i+1 < len(text):
			i++
			if text[i] != '"' && text[i] != '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	return -1
}
