package haproxyconfig

import (
	"slices"
	"strings"
)

// Rewrite gives a line of a section another text, which is to be one line. The note says why.
func (e *Editor) Rewrite(s Section, l *Line, text, note string) {
	e.rewrite(s, l, text, l.Values(0)[:min(2, len(l.words))], note)
}

// RewriteWords spells the first n words of a line anew; indentation, the rest of the line and
// the column of what follows stay as far as they can.
func (e *Editor) RewriteWords(s Section, l *Line, n int, words, note string) {
	e.Rewrite(s, l, respell(l, n, words), note)
}

// Cut takes the words from the nth to before the endth out of a line, with the blanks
// before them. The comment stays.
func (e *Editor) Cut(s Section, l *Line, n, end int, note string) {
	if n < 1 || end > len(l.words) || n >= end {
		return
	}
	e.Rewrite(s, l, l.text[:l.words[n-1].End()]+l.text[l.words[end-1].End():], note)
}

// Drop takes a line out; a comment behind its words stays.
func (e *Editor) Drop(s Section, l *Line, note string) {
	e.drop(s, []*Line{l}, l.Values(0)[:min(2, len(l.words))], note)
}

// InsertBehind puts a line behind another, indented like it, or as the section's lines are
// where that is the header, and gives it.
func (e *Editor) InsertBehind(s Section, l *Line, text, note string) *Line {
	indent := l.Indent()
	if l.IsHeader() {
		indent = e.file.usualIndent()
		for _, m := range s.Lines {
			if m.IsDirective() {
				indent = m.Indent()
				break
			}
		}
	}
	at := spot{index: slices.Index(e.file.lines, l) + 1, indent: indent, before: l}
	added := e.file.insert(at, indent+text)
	e.journal.add(added, Change{Section: s.Label(), Keyword: strings.Join(added.Values(0)[:min(2, len(added.words))], " "), After: added.text, Note: note})
	return added
}

// EndLastLine gives the last line a newline, if it has none, and reports whether it did.
func (e *Editor) EndLastLine() bool {
	if n := len(e.file.lines); n > 0 && e.file.lines[n-1].ending == "" {
		e.file.lines[n-1].ending = e.file.usualEnding()
		return true
	}
	return false
}

// Modernize turns a file that is read by the rules of HAProxy 1.5 into one that 1.6 and
// later read alike: quotes, which meant themselves, are escaped.
func (e *Editor) Modernize() {
	if e.file.dialect == Modern {
		return
	}
	e.file.dialect = Modern
	sections := e.file.Sections()
	for _, s := range sections {
		if s.Header != nil {
			e.escapeQuotes(s, s.Header)
		}
		for _, l := range s.Lines {
			e.escapeQuotes(s, l)
		}
	}
	for _, l := range e.file.lines {
		l.tokens = cut(l.text, Modern)
	}
}

// escapeQuotes puts a backslash before each quote in the words of a line; its comment
// stays as it is.
func (e *Editor) escapeQuotes(s Section, l *Line) {
	end := len(l.text)
	if l.comment >= 0 {
		end = l.comment
	}
	if !strings.ContainsAny(l.text[:end], `"'`) {
		return
	}
	var b strings.Builder
	for i := 0; i < end; i++ {
		switch c := l.text[i]; {
		case c == '\\' && i+1 < end && l.text[i+1] != '"' && l.text[i+1] != '\'':
			b.WriteString(l.text[i : i+2]) // an escape, or a backslash that stands for itself
			i++
		case c == '\\':
			b.WriteString(`\\`)
		case c == '"' || c == '\'':
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	e.rewrite(s, l, b.String()+l.text[end:], l.Values(0)[:min(1, len(l.words))], "quotes escaped, which HAProxy 1.6 and later would take for their own")
}
