package kickstart

import (
	"fmt"
	"strings"

	"lbimage/kickstart/grammar"
)

// section reads a section from its first line to its %end. Where that is missing, it ends before the next section, at the
// end of its own file where that was included, else at the end of all.
func (p *parser) section(l line, words []Word) {
	p.next++
	s := &Section{Place: l.place, Head: l.text, Name: words[0].Value, Words: words}
	spec, known := grammar.LookupSection(p.v, s.Name)
	if !known {
		p.unknownSection(s.Name, words[0].Place)
		if !p.endsBehind(p.next) {
			p.add(&Plain{l.place, l.text})
			return
		}
	}
	s.Spec = spec
	p.head(s, known)
	p.body(s, l)
	p.add(s)
}

// head understands a section's first line.
func (p *parser) head(s *Section, known bool) {
	rest, at := s.Words[1:], s.Words[0].Place
	if !known {
		s.Args = rest
		return
	}
	if s.Spec.Deprecated {
		p.warn(at, "deprecated-section", fmt.Sprintf("%s is deprecated in %s", s.Name, p.v), "")
	}
	r := reader{p: p, of: s.Name, spec: s.Spec.Options, free: s.Spec.Free}
	s.Options, s.Args = r.read(rest)
	r.required(s.Options, at)
	if p.v >= grammar.RHEL7 && s.Has("--default") {
		for _, o := range s.Options {
			if o.Name == "--nobase" || o.Name == "--nocore" {
				p.problem(o.Place, "conflicting-options", fmt.Sprintf("%s cannot have both --default and %s", s.Name, o.Name), "keep one of them")
			}
		}
	}
	if most := s.Spec.Args.Max; most >= 0 && len(s.Args) > most && p.v < grammar.RHEL8 {
		p.warn(s.Args[most].Place, "too-many-arguments", fmt.Sprintf("%s takes no notice of %s", s.Name, short(s.Args[most].Value)), "remove it")
		return
	}
	p.checkArgs(s.Name, s.Spec.Args, s.Args, at)
}

// unknownSection tells that a release has no such section.
func (p *parser) unknownSection(name string, at Place) {
	var names []string
	for _, s := range grammar.Sections(p.v) {
		names = append(names, s.Name)
	}
	message, hint := fmt.Sprintf("%s has no section %s", p.v, short(name)), p.suggest(name, names)
	for _, v := range grammar.Versions() {
		if _, ok := grammar.LookupSection(v, name); ok {
			message += "; " + v.String() + " has it"
			break
		}
	}
	p.problem(at, "unknown-section", message, hint)
}

// endsBehind says whether %end comes from line i on before another section begins.
func (p *parser) endsBehind(i int) bool {
	if p.ended == nil {
		p.ended = make([]bool, len(p.lines)+1)
		for i := len(p.lines) - 1; i >= 0; i-- {
			switch first := p.lines[i].first(); {
			case first == "%end":
				p.ended[i] = true
			case !p.isSection(first):
				p.ended[i] = p.ended[i+1]
			}
		}
	}
	return p.ended[i]
}

// body reads what stands in a section, and its end.
func (p *parser) body(s *Section, head line) {
	from := p.next
	defer func() { s.keep(p.lines[from:p.next]) }()
	// Lines that begin with % are split with what stands behind #, but RHEL 6 cuts it off among packages.
	how := noComments
	if p.v == grammar.RHEL6 && s.Name == "%packages" {
		how = cutComments
	}
	for ; p.next < len(p.lines); p.next++ {
		l := p.lines[p.next]
		if l.depth < head.depth {
			p.missingEnd(s, "the end of "+head.place.File, false)
			return
		}
		first := l.first()
		if how == cutComments {
			first, _, _ = strings.Cut(first, "#")
		}
		switch {
		case !strings.HasPrefix(first, "%"):
		case first == "%end":
			p.end(s, l, how)
			p.next++
			return
		case first == "%include":
			words, _, bad := p.split(l, how)
			if bad != nil && !bad.soft {
				p.problem(bad.place, bad.rule, bad.message, bad.hint)
				continue
			}
			s.Includes = append(s.Includes, &Include{l.place, l.text, p.target(words)})
			continue
		case first == "%ksappend":
			continue
		case p.isSection(first):
			p.missingEnd(s, first+" in "+where(l.place, s.Place), true)
			return
		}
		if s.Name == "%packages" {
			p.entry(s, l)
		}
	}
	p.missingEnd(s, "the end of the file", true)
}

// end understands the line of %end.
func (p *parser) end(s *Section, l line, how comments) {
	s.End = l.text
	text, at := l.content()
	at.Column += len(text) - len(strings.TrimLeft(text, blanks))
	switch {
	case p.v >= grammar.RHEL6:
	case s.Spec.Raw:
		p.warn(at, "unknown-end", fmt.Sprintf("%s has no %%end: the script would run it as a command", p.v), "remove it; the next section ends this one")
	default:
		p.problem(at, "unknown-end", fmt.Sprintf("%s has no %%end", p.v), "remove it; the next section ends this one")
	}
	words, _, bad := p.split(l, how)
	switch {
	case bad != nil && !bad.soft:
		p.problem(bad.place, bad.rule, bad.message, "remove what stands behind %end")
	case len(words) > 1 && !strings.HasPrefix(words[1].Raw, "#"):
		p.warn(words[1].Place, "text-behind-end", "the installer takes no notice of what stands behind %end", "remove it")
	}
}

// missingEnd tells that a section has no %end, where the release wants one. same: what follows is of the same file, or nothing.
func (p *parser) missingEnd(s *Section, before string, same bool) {
	at := s.Words[0].Place
	message := fmt.Sprintf("%s has no %%end before %s", s.Name, before)
	hint := "write %end where it ends"
	switch {
	case !s.Spec.NeedsEnd && p.v < grammar.RHEL6:
	case same && p.v < grammar.RHEL7:
		p.warn(at, "missing-end", message, hint) // its installer logs a warning and goes on, as its guide says
	default:
		p.problem(at, "missing-end", message, hint)
	}
}

// keep holds the lines of a body, with the places of those that do not follow the head.
func (s *Section) keep(lines []line) {
	if s.End != "" {
		lines = lines[:len(lines)-1]
	}
	var b strings.Builder
	var places []Place
	moved := false
	for _, l := range lines {
		if text := b.String(); text == "" || strings.HasSuffix(text, "\n") {
			moved = moved || l.place != (Place{s.Place.File, s.Place.Line + 1 + len(places), 1})
			places = append(places, l.place)
		}
		b.WriteString(l.text)
	}
	if moved {
		s.places = places
	}
	s.Body = b.String()
}
