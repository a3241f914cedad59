package haproxyconfig

import "fmt"

// section finds the section to edit; global and defaults are made when missing.
func (e *Editor) section(r SectionRef) (Section, error) {
	if s, ok := e.file.Find(r.Kind, r.Name); ok {
		return s, nil
	}
	if r.Name != "" || r.Kind != "global" && r.Kind != "defaults" {
		return Section{}, fmt.Errorf("%s: %w", r, ErrNoSection)
	}
	e.create(r.Kind)
	s, _ := e.file.Find(r.Kind, "")
	return s, nil
}

// create makes a section: global before all others, defaults before the first
// section that would take its values, or at the end.
func (e *Editor) create(kind string) {
	f := e.file
	index := len(f.lines)
	for i, l := range f.lines {
		k, ok := sectionKindOf(l.Keyword())
		if ok && (kind == "global" || k.proxy) {
			index = i
			break
		}
	}
	for index < len(f.lines) && index > 0 && len(f.lines[index-1].words) == 0 && f.lines[index-1].comment >= 0 {
		index-- // the comment above a section belongs to it
	}
	s := Section{Kind: kind}
	above := func() *Line {
		if index == 0 {
			return nil
		}
		return f.lines[index-1]
	}
	put := func(text string) {
		l := f.insert(spot{index: index, before: above()}, text)
		e.journal.add(l, Change{Section: kind, Keyword: text, After: text, Note: "section made"})
		index++
	}
	if a := above(); a != nil && (len(a.words) > 0 || a.comment >= 0) {
		put("")
	}
	put(s.Kind)
	if index < len(f.lines) {
		put("")
	}
}
