package kickstart

import (
	"fmt"
	"strings"

	"lbimage/kickstart/grammar"
)

// groupOptions are what may stand behind a group.
var groupOptions = []grammar.Option{
	{Name: "--nodefaults", Kind: grammar.Flag},
	{Name: "--optional", Kind: grammar.Flag},
}

// entry understands a line of %packages: quotes are letters there, and a name is all of the line.
func (p *parser) entry(s *Section, l line) {
	if l.blank() {
		return
	}
	text, at := l.content()
	comment := ""
	if i := strings.IndexByte(text, '#'); i >= 0 {
		text, comment = text[:i], text[i:]
		if p.v < grammar.RHEL6 {
			p.warn(Place{at.File, at.Line, at.Column + i}, "trailing-comment", p.v.String()+" takes the comment for a part of the name", "give the comment a line of its own")
		}
	}
	if p.v < grammar.RHEL7 {
		// What these releases make of the words is thrown away, but a lone quote stops them.
		if _, _, bad := p.split(l, commentsOf(p.v)); bad != nil && !bad.soft {
			p.problem(bad.place, bad.rule, bad.message, bad.hint)
		}
	}
	trimmed := strings.TrimLeft(text, blanks)
	at.Column += len(text) - len(trimmed)
	e := Entry{Place: at, Kind: Package, Comment: comment}
	name := strings.TrimRight(trimmed, blanks)
	if strings.HasPrefix(name, "%") {
		p.inPackages(name, at)
	}
	if rest, ok := strings.CutPrefix(name, "-"); ok {
		e.Excluded, name = true, p.tight(rest, "-", at)
	}
	switch {
	case strings.HasPrefix(name, "@^"):
		e.Kind, e.Name = Environment, p.tight(name[2:], "@^", at)
		if p.v < grammar.RHEL7 {
			p.warn(at, "unknown-environment", fmt.Sprintf("%s knows no environments: it looks for a group of this name", p.v), "name the groups, as @core")
		}
	case strings.HasPrefix(name, "@"):
		p.group(&e, name[1:], at)
	default:
		p.oneName(&e, name, at)
	}
	if e.Name == "" {
		p.problem(at, "missing-argument", "nothing is named here", "write the name of a package or a group")
		return
	}
	s.Entries = append(s.Entries, e)
}

// inPackages tells of a line in %packages that begins with %.
func (p *parser) inPackages(name string, at Place) {
	first, _, _ := strings.Cut(name, " ")
	if p.v < grammar.RHEL7 {
		p.problem(at, "unknown-section", fmt.Sprintf("%s has no %s in %%packages", p.v, short(first)), "")
		return
	}
	p.warn(at, "unknown-section", short(first)+" is taken for the name of a package", "")
}

// tight takes the blanks behind a mark away, which no installer from RHEL 6 on does.
func (p *parser) tight(rest, mark string, at Place) string {
	name := strings.TrimLeft(rest, blanks)
	if name != rest && name != "" && p.v >= grammar.RHEL6 {
		p.warn(at, "blank-in-package", "the blank behind "+mark+" is taken for a part of the name", "write "+mark+short(name))
	}
	return name
}

// group understands what stands behind @.
func (p *parser) group(e *Entry, text string, at Place) {
	e.Kind = Group
	var names []string
	for _, field := range strings.Fields(text) {
		switch {
		case field == groupOptions[0].Name, field == groupOptions[1].Name:
			spec := groupOptions[0]
			if field == groupOptions[1].Name {
				spec = groupOptions[1]
			}
			e.Options = append(e.Options, Option{Place: at, At: at, Name: field, Spec: spec})
		case strings.HasPrefix(field, "-"):
			p.problem(at, "unknown-option", fmt.Sprintf("a group has no option %s", short(field)), p.suggest(field, optionNames(groupOptions)))
		default:
			names = append(names, field)
		}
	}
	e.Name = strings.Join(names, " ")
	switch {
	case len(e.Options) == 0:
	case p.v < grammar.RHEL6 || e.Excluded:
		p.warn(at, "blank-in-package", e.Options[0].Name+" is taken for a part of the group's name here", "remove it")
	case has(e.Options, "--nodefaults") && has(e.Options, "--optional"):
		p.problem(at, "conflicting-options", "a group cannot have both --nodefaults and --optional", "keep one of them")
	}
	if strings.Contains(e.Name, ":") && p.v >= grammar.RHEL8 {
		e.Kind = Stream
	}
}

// oneName understands the name of a package.
func (p *parser) oneName(e *Entry, name string, at Place) {
	e.Name = name
	if i := strings.IndexAny(name, blanks); i > 0 {
		hint := "give each package a line of its own"
		if _, ok := grammar.Lookup(p.v, name[:i]); ok && strings.Contains(name, " --") {
			hint = "%packages goes on to its %end: put the command " + name[:i] + " in front of it"
		}
		p.warn(at, "blank-in-package", "all of this line is the name of one package", hint)
	}
	if i := strings.LastIndexByte(name, '.'); i > 0 && grammar.IsArchitecture(name[i+1:]) {
		e.Name, e.Arch = name[:i], name[i+1:]
	}
}
