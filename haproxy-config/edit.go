package haproxyconfig

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrNoSection is returned when the section that is to be edited is not there.
var ErrNoSection = errors.New("no such section")

// SectionRef names a section by kind and name; a Name of "" stands for any.
// The last section that fits is meant, see [File.Find].
type SectionRef struct{ Kind, Name string }

func (r SectionRef) String() string { return label(r.Kind, r.Name) }

// Editor edits a [File] in place and keeps account of it. When a method returns
// an error, that edit has changed nothing.
type Editor struct {
	file    *File
	journal journal
}

// File is what is edited.
func (e *Editor) File() *File { return e.file }

// Edit begins to edit f.
func (f *File) Edit() *Editor { return &Editor{file: f} }

// Changes tells what is different so far, in the order of the edits. Several
// edits of one line make one change; edits that cancel out make none.
func (e *Editor) Changes() []Change { return e.journal.changes(e.file) }

// Set gives the directive with this keyword the value, which is written as it
// would be in the file: quotes and escapes are the caller's. The keyword may
// have several words, as in "timeout client".
//
// Where the directive stands already, the line that HAProxy heeds is changed,
// and with it any line in a conditional block that could win over that one.
// Else a line is added at the end of the section; a missing global or defaults
// section is made.
//
// Of global there may be several sections. HAProxy joins them, the servo keeps
// only the last; so the directive is set in the last, and wherever else it
// stands.
func (e *Editor) Set(in SectionRef, keyword, value string) error {
	words := strings.Fields(keyword)
	value = TrimBlanks(value)
	if err := CheckDirective(words, value, e.file.dialect); err != nil {
		return err
	}
	s, err := e.section(in)
	if err != nil {
		return err
	}
	if in.Kind == "global" {
		for _, other := range e.file.Sections() {
			if other.Kind == "global" && other.Header != s.Header && slices.ContainsFunc(other.Lines, func(l *Line) bool { return l.Starts(words...) }) {
				e.setIn(other, words, value)
			}
		}
	}
	e.setIn(s, words, value)
	return nil
}

func (e *Editor) setIn(s Section, words []string, value string) {
	first := FirstHeeded(s.Kind, words)
	is := func(l *Line) bool { return l.Starts(words...) }
	found := findIn(s, first, is)
	if found.heeded == nil {
		found = findIn(e.add(s, words, value), first, is)
	}
	want := Values(value, e.file.dialect)
	for _, l := range found.all() {
		if !slices.Equal(l.Values(len(words)), want) {
			e.rewrite(s, l, revalue(l, len(words), value), words, "value set")
		}
	}
}

// Get gives the value of the directive that HAProxy heeds, as it is written.
func (f *File) Get(in SectionRef, keyword string) (value string, ok bool) {
	s, ok := f.Find(in.Kind, in.Name)
	if !ok {
		return "", false
	}
	words := strings.Fields(keyword)
	found := findIn(s, FirstHeeded(s.Kind, words), func(l *Line) bool { return l.Starts(words...) })
	if found.heeded == nil {
		return "", false
	}
	return found.heeded.Rest(len(words)), true
}

// Add adds a directive at the end of the section, beside others of its kind. It
// does nothing when the same words stand there already.
func (e *Editor) Add(in SectionRef, keyword, value string) error {
	words := strings.Fields(keyword)
	value = TrimBlanks(value)
	if err := CheckDirective(words, value, e.file.dialect); err != nil {
		return err
	}
	s, err := e.section(in)
	if err != nil {
		return err
	}
	want := append(slices.Clone(words), Values(value, e.file.dialect)...)
	same := findIn(s, false, func(l *Line) bool { return slices.Equal(l.Values(0), want) })
	if same.heeded != nil {
		return nil
	}
	e.add(s, words, value)
	return nil
}

// Remove takes out every line of the section that begins with the keyword, with
// the comment behind it, and gives their number.
func (e *Editor) Remove(in SectionRef, keyword string) (int, error) {
	words := strings.Fields(keyword)
	if len(words) == 0 {
		return 0, errors.New("no keyword given")
	}
	s, ok := e.file.Find(in.Kind, in.Name)
	if !ok {
		return 0, fmt.Errorf("%s: %w", in, ErrNoSection)
	}
	lines := slices.DeleteFunc(s.Lines, func(l *Line) bool { return !l.Starts(words...) })
	e.delete(s, lines, words, "removed")
	return len(lines), nil
}

// Rename spells the keyword anew on every line of the section that begins with
// it, and gives their number. Values and comments stay.
func (e *Editor) Rename(in SectionRef, keyword, to string) (int, error) {
	words, toWords := strings.Fields(keyword), strings.Fields(to)
	if len(words) == 0 {
		return 0, errors.New("no keyword given")
	}
	if err := CheckDirective(toWords, "", e.file.dialect); err != nil {
		return 0, err
	}
	s, ok := e.file.Find(in.Kind, in.Name)
	if !ok {
		return 0, fmt.Errorf("%s: %w", in, ErrNoSection)
	}
	n := 0
	for _, l := range s.Lines {
		if l.Starts(words...) {
			e.rewrite(s, l, respell(l, len(words), strings.Join(toWords, " ")), toWords, "keyword "+keyword+" renamed")
			n++
		}
	}
	return n, nil
}

// CheckDirective makes sure that keyword and value make one line of a directive which
// reads back as it is given. The error says what stands in the way.
func CheckDirective(keyword []string, value string, d Dialect) error {
	if len(keyword) == 0 {
		return errors.New("no keyword given")
	}
	text := strings.Join(keyword, " ")
	l := &Line{tokens: cut(text+" "+value+" ", d)} // the blank shows what an escape at the end would do
	switch {
	case IsSectionWord(keyword[0]):
		return fmt.Errorf("%q begins a section, it is no directive", keyword[0])
	case strings.ContainsAny(text, "#'\"\\\x00") || keyword[0][0] == '.' || keyword[0][0] == '[':
		return fmt.Errorf("%q is no keyword", text)
	case strings.ContainsAny(value, "\n\r\x00"):
		return fmt.Errorf("%s %q: a value must not hold a line end or a NUL byte", text, value)
	case l.fault != NoFault:
		return fmt.Errorf("%s %q: %s", text, value, l.fault)
	case l.comment >= 0:
		return fmt.Errorf("%s %q: the # begins a comment; write \\# for the character", text, value)
	case !l.Starts(keyword...):
		return fmt.Errorf("%q is no keyword", text)
	case l.words[len(l.words)-1].End() > len(text)+1+len(value):
		return fmt.Errorf("%s %q: the backslash at the end would escape what follows; write \\\\ for the character", text, value)
	case len(l.words) > MaxWords:
		return fmt.Errorf("%s: more than %d words, which is HAProxy's limit for a line", text, MaxWords)
	}
	return nil
}

// Values gives the words of a text as HAProxy would read them.
func Values(text string, d Dialect) []string {
	return (&Line{tokens: cut(text, d)}).Values(0)
}

// TrimBlanks takes spaces and tabs off both ends.
func TrimBlanks(s string) string { return strings.Trim(s, " \t") }

// found is what there is of one directive in a section.
type found struct {
	heeded *Line   // the line that HAProxy goes by, outside of conditional blocks
	beyond []*Line // lines in conditional blocks that win over it if their condition holds
}

func (f found) all() []*Line {
	if f.heeded == nil {
		return f.beyond
	}
	return append([]*Line{f.heeded}, f.beyond...)
}

// findIn looks for the lines of one directive. Where first is true, HAProxy
// goes by the first of several, else by the last.
func findIn(s Section, first bool, match func(*Line) bool) found {
	var r found
	depths := s.Depths()
	order := slices.Collect(func(yield func(int) bool) {
		for i := range s.Lines {
			if !first {
				i = len(s.Lines) - 1 - i
			}
			if !yield(i) {
				return
			}
		}
	})
	for _, i := range order { // from the line that wins to the one that loses
		l := s.Lines[i]
		if !match(l) {
			continue
		}
		if depths[i] == 0 {
			r.heeded = l
			break
		}
		r.beyond = append(r.beyond, l)
	}
	return r
}

// rewrite changes the text of a line.
func (e *Editor) rewrite(s Section, l *Line, text string, keyword []string, note string) {
	if text == l.text {
		return
	}
	e.journal.add(l, Change{Section: s.Label(), Keyword: strings.Join(keyword, " "), Before: l.text, After: text, Note: note})
	l.text, l.tokens = text, cut(text, e.file.dialect)
}

// add puts a directive at the end of the section, and gives the section anew.
func (e *Editor) add(s Section, keyword []string, value string) Section {
	at := e.file.spotIn(s)
	text := at.indent + strings.Join(keyword, " ")
	if value != "" {
		text += gapFor(s, keyword, at.before) + value
	}
	l := e.file.insert(at, text)
	e.journal.add(l, Change{Section: s.Label(), Keyword: strings.Join(keyword, " "), After: text, Note: "added"})
	s.Lines = slices.Insert(slices.Clone(s.Lines), slices.Index(s.Lines, at.before)+1, l)
	return s
}

// delete takes lines out of the file.
func (e *Editor) delete(s Section, lines []*Line, keyword []string, note string) {
	gone := make(map[*Line]bool, len(lines))
	for _, l := range lines {
		e.journal.remove(l, Change{Section: s.Label(), Keyword: strings.Join(keyword, " "), Before: l.text, Note: note})
		gone[l] = true
	}
	if len(gone) > 0 {
		e.file.lines = slices.DeleteFunc(e.file.lines, func(l *Line) bool { return gone[l] })
	}
}

// drop takes directives out and leaves the comments that stood behind them.
func (e *Editor) drop(s Section, lines []*Line, keyword []string, note string) {
	var bare []*Line
	for _, l := range lines {
		if l.comment < 0 {
			bare = append(bare, l)
		} else {
			e.rewrite(s, l, l.Indent()+l.Comment(), keyword, note)
		}
	}
	e.delete(s, bare, keyword, note)
}
