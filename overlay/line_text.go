package overlay

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// textLine is a line of a text and its end: "\n", "\r\n"; for a last line, also nothing, or a lone "\r".
type textLine struct{ text, end string }

func splitLines(text []byte) []textLine {
	var out []textLine
	for line := range strings.Lines(string(text)) {
		l := textLine{text: line}
		for _, end := range []string{"\r\n", "\n", "\r"} {
			if strings.HasSuffix(line, end) {
				l = textLine{strings.TrimSuffix(line, end), end}
				break
			}
		}
		out = append(out, l)
	}
	return out
}

func joinLines(lines []textLine) []byte {
	var b bytes.Buffer
	for _, l := range lines {
		b.WriteString(l.text)
		b.WriteString(l.end)
	}
	return b.Bytes()
}

// errBinary is for a file whose lines mean nothing.
var errBinary = errors.New("it holds NUL bytes and is no text in lines: replace the file as a whole")

// edit is the edit of a text.
func (c *lineEdit) edit(old []byte) ([]byte, []string, error) {
	if bytes.IndexByte(old, 0) >= 0 {
		return nil, nil, errBinary
	}
	lines := splitLines(old)
	found := c.find(lines)
	switch {
	case c.Remove:
		return c.remove(old, lines, found)
	case len(found) > 0:
		return c.set(old, lines, found)
	case c.Missing == Append:
		return c.insert(lines)
	case c.Missing == Skip:
		return old, []string{fmt.Sprintf("no line matches %q", shorten(c.Match))}, nil
	}
	return nil, nil, c.notFound(lines)
}

// find gives the lines that the edit is about: of those that match, and those that are as asked already, all or the first
// or last. Lines that match come before lines that are merely there: where one matches, with [All] the others need no
// attention.
func (c *lineEdit) find(lines []textLine) []int {
	var found, there []int
	for i, l := range lines {
		same := !c.Expand && c.Set != "" && l.text == c.Set
		switch {
		case c.match != nil && c.match.MatchString(l.text), same && (c.Which == First || c.Which == Last):
			found = append(found, i)
		case same:
			there = append(there, i)
		}
	}
	if len(found) == 0 {
		found = there
	}
	return c.which(found)
}

func (c *lineEdit) which(found []int) []int {
	if n := len(found); n > 1 {
		switch c.Which {
		case First:
			return found[:1]
		case Last:
			return found[n-1:]
		}
	}
	return found
}

func (c *lineEdit) matches(lines []textLine) (out []int) {
	if c.match == nil {
		return nil
	}
	for i, l := range lines {
		if c.match.MatchString(l.text) {
			out = append(out, i)
		}
	}
	return out
}

// set puts the line at the places found.
func (c *lineEdit) set(old []byte, lines []textLine, found []int) ([]byte, []string, error) {
	notes := c.several(lines, "set")
	changed := false
	for _, i := range found {
		want, err := c.line(lines[i].text)
		if err != nil {
			return nil, nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		if want == lines[i].text {
			continue
		}
		changed = true
		if again, err := c.line(want); c.Expand && (err != nil || again != want) && c.match.MatchString(want) {
			notes = append(notes, fmt.Sprintf("line %d: the pattern matches what was made of it: a second run would change it again", i+1))
		}
		lines[i].text = want
	}
	if !changed {
		return old, notes, nil
	}
	return joinLines(lines), notes, nil
}

// several is the note for more than one line that matches.
func (c *lineEdit) several(lines []textLine, done string) []string {
	all := c.matches(lines)
	if len(all) < 2 {
		return nil
	}
	what := "all of them are " + done
	switch c.Which {
	case First:
		what = "the first is " + done
	case Last:
		what = "the last is " + done
	}
	return []string{fmt.Sprintf("%d lines match %q (%s): %s", len(all), shorten(c.Match), numbers(all), what)}
}

// numbers lists lines as people count them: "3, 17, 20 and 5 more".
func numbers(index []int) string {
	const shown = 8
	var parts []string
	for _, i := range index[:min(len(index), shown)] {
		parts = append(parts, fmt.Sprint(i+1))
	}
	s := strings.Join(parts, ", ")
	if n := len(index) - shown; n > 0 {
		s += fmt.Sprintf(" and %d more", n)
	}
	return s
}

// line is what a line that matches becomes.
func (c *lineEdit) line(old string) (string, error) {
	if !c.Expand {
		return c.Set, nil
	}
	at := c.match.FindStringSubmatchIndex(old)
	if at == nil {
		return old, nil
	}
	new := string(c.match.ExpandString(nil, c.Set, old, at))
	switch {
	case len(new) > maxLine:
		return "", fmt.Errorf("would become longer than %d bytes", maxLine)
	case new == "":
		return "", errors.New("would become empty: a group that matched nothing, or one that match does not have")
	}
	return new, nil
}

func (c *lineEdit) remove(old []byte, lines []textLine, found []int) ([]byte, []string, error) {
	if len(found) == 0 {
		return old, []string{"no line to remove"}, nil
	}
	notes := c.several(lines, "removed")
	gone := make(map[int]bool, len(found))
	for _, i := range found {
		gone[i] = true
	}
	var kept []textLine
	for i, l := range lines {
		if !gone[i] {
			kept = append(kept, l)
		}
	}
	return joinLines(kept), notes, nil
}

// insert puts the line where there was none.
func (c *lineEdit) insert(lines []textLine) ([]byte, []string, error) {
	place := len(lines)
	switch {
	case c.after != nil:
		place = -1
		for i, l := range lines {
			if c.after.MatchString(l.text) {
				place = i + 1
			}
		}
	case c.before != nil:
		place = -1
		for i, l := range lines {
			if c.before.MatchString(l.text) {
				place = i
				break
			}
		}
	}
	if place < 0 {
		key, text := "after", c.After
		if c.before != nil {
			key, text = "before", c.Before
		}
		return nil, nil, fmt.Errorf("no line matches %s %q%s", key, shorten(text), nearest(lines, text, ""))
	}
	new := textLine{c.Set, lineEnd(lines, place)}
	if n := len(lines); place == n && n > 0 && !ended(lines[n-1]) {
		if lines[n-1].end == "\r" {
			new.end = "\r\n"
		}
		lines[n-1].end = new.end // it was the last, without an end; what follows makes it one
	}
	out := make([]textLine, 0, len(lines)+1)
	out = append(append(append(out, lines[:place]...), new), lines[place:]...)
	return joinLines(out), nil, nil
}

func ended(l textLine) bool { return strings.HasSuffix(l.end, "\n") }

// lineEnd is the line end that the lines before a place have, or else those after it.
func lineEnd(lines []textLine, place int) string {
	for i := place - 1; i >= 0; i-- {
		if ended(lines[i]) {
			return lines[i].end
		}
	}
	for _, l := range lines[place:] {
		if ended(l) {
			return l.end
		}
	}
	return "\n"
}
