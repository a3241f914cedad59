package haproxyconfig

import (
	"slices"
	"strings"
)

// Change tells of one line that an edit changed.
type Change struct {
	// Section is kind and name of the section, as in "frontend www".
	Section string `json:"section"`
	// Keyword is the directive without its value, as in "timeout client".
	Keyword string `json:"keyword"`
	// Before is the line as it was, without its ending; "" for a new line.
	Before string `json:"before"`
	// After is the line as it is now; "" for a line that was taken out.
	After string `json:"after"`
	// LineNumber is the line's number in the text as it is now, or, for a line
	// that was taken out, its number in the text that was parsed.
	LineNumber int `json:"line"`
	// Note says why, in a few words.
	Note string `json:"note"`
}

// journal keeps one entry a line, however often the line is changed.
type journal struct {
	entries []*entry
	byLine  map[*Line]*entry
}

type entry struct {
	Change
	line *Line
	gone bool
}

func (j *journal) add(l *Line, c Change) {
	if e := j.byLine[l]; e != nil {
		e.Keyword, e.After = c.Keyword, c.After
		if !slices.Contains(strings.Split(e.Note, "; "), c.Note) {
			e.Note += "; " + c.Note
		}
		return
	}
	if j.byLine == nil {
		j.byLine = map[*Line]*entry{}
	}
	e := &entry{Change: c, line: l}
	j.byLine[l] = e
	j.entries = append(j.entries, e)
}

// remove notes that the line is no longer in the file.
func (j *journal) remove(l *Line, c Change) {
	j.add(l, c)
	j.byLine[l].gone = true
}

// changes gives what is different in the end, in the order of the edits.
func (j *journal) changes(f *File) []Change {
	numbers := make(map[*Line]int, len(f.lines))
	for i, l := range f.lines {
		numbers[l] = i + 1
	}
	var all []Change
	for _, e := range j.entries {
		c := e.Change
		if e.gone && e.line.number == 0 || !e.gone && c.Before == c.After {
			continue
		}
		c.LineNumber = e.line.number
		if !e.gone {
			c.LineNumber = numbers[e.line]
		}
		all = append(all, c)
	}
	return all
}
