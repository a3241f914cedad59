package haproxyconfig

import (
	"slices"
	"strings"
)

// defaultIndent stands before a directive in a file that has none yet.
const defaultIndent = "    "

// spot is where a new line goes, and how it is to look.
type spot struct {
	index  int // in File.lines
	indent string
	before *Line // the line above it
}

// spotIn finds the place for a new directive at the end of s: behind the last
// line that does something and is not in a conditional block.
func (f *File) spotIn(s Section) spot {
	last, indent := s.Header, ""
	found := false
	depths := s.Depths()
	for i, l := range s.Lines {
		if depths[i] < 0 {
			break
		}
		endsBlock := depths[i] == 1 && l.Keyword() == ".endif"
		if depths[i] > 0 && !endsBlock || !l.IsDirective() {
			continue
		}
		last = l
		if !endsBlock {
			indent, found = l.Indent(), true
		}
	}
	if !found {
		indent = f.usualIndent()
	}
	return spot{index: slices.Index(f.lines, last) + 1, indent: indent, before: last}
}

// usualIndent is how the file indents its directives.
func (f *File) usualIndent() string {
	inSection := false
	for _, l := range f.lines {
		if l.IsHeader() {
			inSection = true
		} else if inSection && l.IsDirective() {
			return l.Indent()
		}
	}
	return defaultIndent
}

// usualEnding is the ending of the first line that has one.
func (f *File) usualEnding() string {
	for _, l := range f.lines {
		if l.ending != "" {
			return l.ending
		}
	}
	return "\n"
}

// insert puts a line in. It ends like the line above it; a line that ended the
// file without a newline gets one.
func (f *File) insert(at spot, text string) *Line {
	ending := ""
	if at.before != nil {
		ending = at.before.ending
	}
	if ending == "" {
		ending = f.usualEnding()
		if at.before != nil {
			at.before.ending = ending
		}
	}
	l := &Line{text: text, ending: ending, tokens: cut(text, f.dialect)}
	f.lines = slices.Insert(f.lines, at.index, l)
	return l
}

// gapFor gives the blanks between a new line's keyword and its value. The
// neighbours are the section's lines above that begin with the same word and
// have a keyword of as many words.
func gapFor(s Section, keyword []string, upTo *Line) string {
	gap := " "
	if len(keyword) < 2 {
		return gap // lines of other kinds are no table to fit in
	}
	own := len(strings.Join(keyword, " "))
	for _, l := range s.Lines {
		if l.Starts(keyword[0]) && len(l.words) > len(keyword) {
			if theirs := gapAfter(l, len(keyword)); strings.Contains(theirs, "\t") {
				gap = theirs
			} else if len(theirs) > 1 {
				column := l.words[len(keyword)].Start - l.words[0].Start
				gap = strings.Repeat(" ", max(1, column-own))
			}
		}
		if l == upTo {
			break
		}
	}
	return gap
}

// gapAfter is what stands between the nth word, counted from 1, and the next.
func gapAfter(l *Line, n int) string {
	return l.text[l.words[n-1].End():l.words[n].Start]
}

// respell writes the line with another keyword in place of its first n words.
func respell(l *Line, n int, keyword string) string {
	start, end := l.words[0].Start, l.words[n-1].End()
	if len(l.words) == n {
		return l.text[:start] + keyword + l.text[end:]
	}
	value, gap := l.words[n].Start, gapAfter(l, n)
	if len(gap) > 1 && strings.Trim(gap, " ") == "" {
		gap = strings.Repeat(" ", max(1, value-start-len(keyword)))
	}
	return l.text[:start] + keyword + gap + l.text[value:]
}

// revalue writes the line with another value behind its first n words.
func revalue(l *Line, n int, value string) string {
	end := l.words[n-1].End()
	if len(l.words) == n {
		if value != "" {
			value = " " + value
		}
		return l.text[:end] + value + l.text[end:]
	}
	behind := l.text[l.words[len(l.words)-1].End():]
	if value == "" {
		return l.text[:end] + behind
	}
	return l.text[:l.words[n].Start] + value + behind
}
