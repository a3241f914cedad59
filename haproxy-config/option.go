package haproxyconfig

import (
	"fmt"
	"slices"
	"strings"
)

// Option is an option of a section: 'option NAME ARGS…' or 'no option NAME'.
type Option struct {
	Name string
	Off  bool     // no option
	Args []string // words as they are written
}

// ParseOption reads NAME, 'no NAME' or 'NAME ARGS…', with or without the word option.
func ParseOption(s string) (Option, error) {
	words := strings.Fields(s)
	var o Option
	if len(words) > 0 && words[0] == "no" {
		o.Off, words = true, words[1:]
	}
	if len(words) > 0 && words[0] == "option" {
		words = words[1:]
	}
	if len(words) == 0 {
		return Option{}, fmt.Errorf("option %q has no name", s)
	}
	o.Name, o.Args = words[0], words[1:]
	if o.Off && len(o.Args) > 0 {
		return Option{}, fmt.Errorf("option %q: an option that is switched off has no arguments", s)
	}
	return o, nil
}

// String gives the option as a line of a configuration.
func (o Option) String() string {
	text := "option " + o.Name
	if o.Off {
		text = "no " + text
	}
	if len(o.Args) > 0 {
		text += " " + strings.Join(o.Args, " ")
	}
	return text
}

// optionLine is what a line says of an option.
type optionLine struct {
	prefix string // "", "no" or "default"
	words  int    // words up to the option's name
	old    bool   // the bare redispatch of HAProxy up to 2.0
}

// optionOn tells what l says of the option with this name.
func optionOn(l *Line, name string) (o optionLine, ok bool) {
	if name == "redispatch" && (l.Keyword() == "redispatch" || l.Keyword() == "redisp") {
		return optionLine{words: 1, old: true}, true
	}
	if l.Starts("option", name) {
		return optionLine{words: 2}, true
	}
	for _, prefix := range []string{"no", "default"} {
		if l.Starts(prefix, "option", name) {
			return optionLine{prefix: prefix, words: 3}, true
		}
	}
	return optionLine{}, false
}

// Option switches an option on or off. The last line that speaks of it is
// turned into what is asked for, be it 'option', 'no option' or the bare
// 'redispatch' that HAProxy 2.1 took out; else a line is added. An option that
// is on stays as it is, with its arguments, unless others are asked for.
//
// Where a bare redispatch and a line in today's spelling say the same, the bare
// one goes.
func (e *Editor) Option(in SectionRef, o Option) error {
	keyword := []string{"option", o.Name}
	if o.Name == "" || len(strings.Fields(o.Name)) != 1 {
		return fmt.Errorf("option %q has no name", o.Name)
	}
	if err := CheckDirective(keyword, strings.Join(o.Args, " "), e.file.dialect); err != nil {
		return err
	}
	s, err := e.section(in)
	if err != nil {
		return err
	}
	e.dropOldOption(s, o)
	if s, err = e.section(in); err != nil {
		return err
	}
	is := func(l *Line) bool { _, ok := optionOn(l, o.Name); return ok }
	found := findIn(s, false, is)
	if found.heeded == nil {
		words := strings.Fields(o.String())
		n := len(words) - len(o.Args)
		found = findIn(e.add(s, words[:n], strings.Join(o.Args, " ")), false, is)
	}
	for _, l := range found.all() {
		e.rewrite(s, l, e.optionText(l, o), keyword, optionNote(o))
	}
	return nil
}

func optionNote(o Option) string {
	if o.Off {
		return "option switched off"
	}
	return "option switched on"
}

// optionText writes the line so that it says o. Nothing changes if it does.
func (e *Editor) optionText(l *Line, o Option) string {
	is, _ := optionOn(l, o.Name)
	args := strings.Join(o.Args, " ")
	sameArgs := len(o.Args) == 0 || slices.Equal(l.Values(is.words), Values(args, e.file.dialect))
	switch {
	case o.Off && is.prefix == "no":
		return l.text
	case !o.Off && is.prefix == "" && !is.old && sameArgs:
		return l.text
	}
	plain := o
	plain.Args = nil
	text := respell(l, is.words, plain.String())
	if !o.Off && is.prefix == "" && sameArgs {
		return text // the bare spelling, which has no arguments
	}
	turned := &Line{text: text, tokens: cut(text, e.file.dialect)}
	return revalue(turned, len(strings.Fields(plain.String())), args)
}

// dropOldOption takes out the bare redispatch where a line in today's spelling
// follows or stands above and will say what is asked for. In conditional blocks
// each line stays, and is turned in its place.
func (e *Editor) dropOldOption(s Section, o Option) {
	var lines []*Line
	modern := false
	depths := s.Depths()
	for i, l := range s.Lines {
		is, ok := optionOn(l, o.Name)
		switch {
		case !ok:
		case depths[i] != 0:
			return
		case is.old:
			lines = append(lines, l)
		default:
			modern = true
		}
	}
	if !modern && len(lines) > 0 {
		lines = lines[:len(lines)-1] // the last one is turned
	}
	e.drop(s, lines, []string{"option", o.Name}, "deprecated spelling taken out, as another line speaks of the option")
}

// OptionState tells whether the section says that the option is on or off; ok
// is false where it says nothing of it.
func (f *File) OptionState(in SectionRef, name string) (on, ok bool) {
	s, ok := f.Find(in.Kind, in.Name)
	if !ok {
		return false, false
	}
	found := findIn(s, false, func(l *Line) bool { _, ok := optionOn(l, name); return ok })
	if found.heeded == nil {
		return false, false
	}
	is, _ := optionOn(found.heeded, name)
	return is.prefix == "", is.prefix != "default"
}
