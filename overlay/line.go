package overlay

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// Which says what becomes of several lines that match.
type Which string

const (
	// All of them are meant. It is what "" stands for: whether a program heeds the first or the last of two settings, it
	// finds the one that was asked for.
	All   Which = "all"
	First Which = "first"
	Last  Which = "last"
)

// Missing says what to do where no line matches.
type Missing string

const (
	// Fail is an error that shows the lines that come nearest. It is what "" stands for.
	Fail Missing = "fail"
	// Append puts the line at the end, or where [Line.After] or [Line.Before] say.
	Append Missing = "append"
	// Skip leaves the file as it is, with a note.
	Skip Missing = "skip"
)

// Line sets or removes lines of a text file, and leaves every other byte of it as it is: the other lines, their line
// ends (LF or CRLF, line by line), whether the last line has one, and whatever encoding the text is in. Owner, mode and
// access control list stay.
//
// A line that is already as asked counts as found, even where Match does not match it, so that the edit finds nothing to
// do the second time.
type Line struct {
	Path string
	// Match is a regular expression in the syntax of package regexp (RE2). It is tried on each line without its line end and
	// matches anywhere in it, as for grep: use ^ and $ to bind it. It may be empty where the edit only has to see to it that
	// Set is there (Missing is [Append]), or where Remove takes away the lines that are Set.
	Match string
	// Set is the line to be, without a line end. It is taken as it is, unless Expand is set.
	Set string
	// Expand puts the groups of Match for $1 or ${name} in Set, and a dollar for $$, as regexp.Regexp.Expand does.
	Expand bool
	// Remove takes the lines away instead. That there is none is no error.
	Remove  bool
	Which   Which   // "": [All]
	Missing Missing // "": [Fail]
	// After and Before are regular expressions that say where [Append] puts the line: behind the last line that After
	// matches, or in front of the first that Before matches. At most one of them is set, and it has to match.
	After, Before string
	// Create makes a file that is not there, where Missing is [Append]. Nil: that is an error.
	Create *Create
}

// Bounds on what a line edit takes, in bytes.
const (
	maxPattern = 4096
	maxLine    = 64 << 10
)

// NewLine checks the request as far as that goes without the file.
func NewLine(l Line) (Line, error) {
	_, err := l.compile()
	return l, err
}

// lineEdit is a Line with its patterns compiled.
type lineEdit struct {
	Line
	match, after, before *regexp.Regexp // nil: empty
}

func (l Line) compile() (*lineEdit, error) {
	c := &lineEdit{Line: l}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", clean(l.Path), err)
	}
	return c, nil
}

func (c *lineEdit) check() error {
	if len(split(c.Path)) == 0 {
		return errors.New("a line edit needs the path of a file")
	}
	for _, p := range []struct {
		key, text string
		to        **regexp.Regexp
	}{{"match", c.Match, &c.match}, {"after", c.After, &c.after}, {"before", c.Before, &c.before}} {
		if p.text == "" {
			continue
		}
		if len(p.text) > maxPattern {
			return fmt.Errorf("%s: longer than %d bytes", p.key, maxPattern)
		}
		re, err := regexp.Compile(p.text)
		if se := (*syntax.Error)(nil); errors.As(err, &se) {
			err = &syntax.Error{Code: se.Code, Expr: shorten(se.Expr)}
		}
		if err != nil {
			return fmt.Errorf("%s %q: %w: the syntax is that of RE2", p.key, shorten(p.text), err)
		}
		*p.to = re
	}
	switch c.Which {
	case "", All, First, Last:
	default:
		return fmt.Errorf("which %q: write all, first or last", shorten(string(c.Which)))
	}
	switch c.Missing {
	case "", Fail, Append, Skip:
	default:
		return fmt.Errorf("missing %q: write fail, append or skip", shorten(string(c.Missing)))
	}
	if c.Remove {
		return c.checkRemove()
	}
	return c.checkSet()
}

func (c *lineEdit) checkRemove() error {
	switch {
	case c.match == nil && c.Set == "":
		return errors.New("say which lines shall go: give match, or the line itself as set")
	case c.match != nil && c.Set != "":
		return errors.New("set and remove exclude each other where match is given: leave one out")
	case c.Expand, c.After != "", c.Before != "", c.Missing == Append, c.Create != nil:
		return errors.New("expand, after, before, create and missing: append say nothing to remove: leave them out")
	}
	return nil
}

func (c *lineEdit) checkSet() error {
	placed := c.After != "" || c.Before != ""
	switch {
	case c.Set == "":
		return errors.New("set is empty: give the line, or remove: true to take it away")
	case len(c.Set) > maxLine:
		return fmt.Errorf("set: longer than %d bytes", maxLine)
	case strings.ContainsAny(c.Set, "\n\r\x00"):
		return errors.New("set holds a line end or NUL: it is one line, without its line end")
	case c.match == nil && c.Missing != Append:
		return errors.New("match is empty: give it, or missing: append where the line only has to be there")
	case c.match == nil && c.Expand:
		return errors.New("expand needs the groups of match")
	case c.After != "" && c.Before != "":
		return errors.New("after and before exclude each other: leave one out")
	case placed && c.Missing != Append:
		return errors.New("after and before say where missing: append puts the line: set that too")
	case c.Create != nil && c.Missing != Append:
		return errors.New("create goes with missing: append: a new file has no line to match")
	}
	if c.Expand && c.Missing == Append && strings.Contains(c.Set, "$") {
		return errors.New("a line made of groups cannot be appended, where there are none: leave expand or missing: append out")
	}
	return nil
}

func (l Line) Describe() string {
	switch {
	case l.Remove && l.Match == "":
		return fmt.Sprintf("remove the line %q of %s", shorten(l.Set), clean(l.Path))
	case l.Remove:
		return fmt.Sprintf("remove the lines of %s that match %q", clean(l.Path), shorten(l.Match))
	case l.Match == "":
		return fmt.Sprintf("have the line %q in %s", shorten(l.Set), clean(l.Path))
	}
	return fmt.Sprintf("set the line of %s that matches %q to %q", clean(l.Path), shorten(l.Match), shorten(l.Set))
}

func (l Line) Paths() []string { return []string{clean(l.Path)} }

func (l Line) Apply(t Tree) ([]Change, error) {
	c, err := l.compile()
	if err != nil {
		return nil, err
	}
	e := newEditor(t)
	r, err := Resolve(t, l.Path)
	if err != nil {
		return nil, err
	}
	if !r.Exists() && (l.Missing == Skip || l.Remove) {
		e.record(r.Name, nil, nil, append(linkNote(l.Path, r), "there is no such file")...)
		return e.changes, nil
	}
	w := Rewrite{Path: l.Path, Edit: c.edit, Create: l.Create, Mend: "give the path of a file that the image has"}
	if err := w.apply(e); err != nil {
		return nil, err
	}
	return e.changes, nil
}

// EditLine applies a line edit to a text and tells what is worth a note. An error does not hold the path.
func EditLine(text []byte, l Line) (out []byte, notes []string, err error) {
	if l.Path == "" {
		l.Path = "/text"
	}
	c := &lineEdit{Line: l}
	if err := c.check(); err != nil {
		return nil, nil, err
	}
	return c.edit(text)
}
