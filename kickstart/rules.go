package kickstart

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"lbimage/kickstart/grammar"
)

// rules holds a command's options and words against what they ask of each other.
func (p *parser) rules(c *Command, at Place) {
	for _, r := range c.Spec.Rules {
		if !c.all(r.When) || c.any(r.Unless) {
			continue
		}
		var holding []Place
		var names []string
		for _, t := range r.Of {
			names = append(names, t.String())
			if place, ok := c.find(t); ok {
				holding = append(holding, place)
			}
		}
		of, at := c.Name, at
		if len(r.When) > 0 {
			of += " with " + joined(r.When, " and ")
			at, _ = c.find(r.When[0])
		}
		rule, hint := "missing-option", "write it in the same line"
		if len(names) > 1 {
			hint = "write one of them in the same line"
		}
		if !slices.ContainsFunc(r.Of, func(t grammar.Term) bool { return t.Option != "" }) {
			rule = "missing-argument"
		}
		slices.SortFunc(holding, func(a, b Place) int { return cmp.Compare(a.Column, b.Column) })
		switch n := len(holding); {
		case n < r.Min:
			p.problem(at, rule, fmt.Sprintf("%s needs %s", of, either(names)), hint)
		case r.Max == 0 && n > 0:
			p.problem(holding[0], "bad-value", fmt.Sprintf("%s of %s does not take %s", of, p.v, either(names)), "")
		case r.Max > 0 && n > r.Max:
			p.problem(holding[r.Max], "conflicting-options", fmt.Sprintf("%s cannot have %s in one line", of, joined(c.holding(r.Of), " and ")), "keep one of them")
		}
	}
}

// find says whether a term holds of a command, and where what it tells of stands.
func (c *Command) find(t grammar.Term) (Place, bool) {
	if t.Option == "" {
		if t.Word > len(c.Args) {
			return Place{}, false
		}
		w := c.Args[t.Word-1]
		return w.Place, t.Value == "" || w.Value == t.Value
	}
	for i := len(c.Options) - 1; i >= 0; i-- {
		o := c.Options[i]
		if o.Name != t.Option || o.Spec.Name == "" {
			continue
		}
		if !o.counts(c.version) || t.Value != "" && o.Value != t.Value && !(o.Spec.AnyCase && strings.EqualFold(o.Value, t.Value)) {
			return Place{}, false
		}
		return o.Place, true
	}
	return Place{}, false
}

// counts says whether the installer takes an option for one that is there: not with an empty value, nor with the number 0.
func (o Option) counts(v grammar.Version) bool {
	if o.Spec.Kind == grammar.Flag || !o.Given {
		return true
	}
	if o.Spec.Kind == grammar.Int {
		n, ok := parseInt(v, o.Value)
		return !ok || n != 0
	}
	return o.Value != ""
}

func (c *Command) all(terms []grammar.Term) bool { return len(c.holding(terms)) == len(terms) }
func (c *Command) any(terms []grammar.Term) bool { return len(c.holding(terms)) > 0 }

// holding are the terms that hold.
func (c *Command) holding(terms []grammar.Term) []grammar.Term {
	var out []grammar.Term
	for _, t := range terms {
		if _, ok := c.find(t); ok {
			out = append(out, t)
		}
	}
	return out
}

// joined are terms as a person would list them.
func joined(terms []grammar.Term, between string) string {
	var names []string
	for _, t := range terms {
		names = append(names, t.String())
	}
	return strings.Join(names, between)
}

// between tells of an option that stands outside its command's words, where those have to enclose it.
func (p *parser) between(c *Command) {
	if !c.Spec.Between || len(c.Args) < 2 {
		return
	}
	first, last := c.Args[0].Place, c.Args[len(c.Args)-1].Place
	for _, o := range c.Options {
		if o.Place.Column < first.Column || o.Place.Column > last.Column {
			p.problem(o.Place, "too-many-arguments", fmt.Sprintf("%s takes its options between %s and its last word", c.Name, short(c.Args[0].Value)), "write "+o.Name+" behind the first")
		}
	}
}

// unique tells where a command has what one in front of it has too, and only one may have.
func (p *parser) unique(c *Command, at Place) {
	for i, u := range c.Spec.Unique {
		key, shown := fmt.Sprintf("%s\x00%d", c.Spec.Name, i), []string{}
		for _, t := range u.Key {
			value, place := c.said(t)
			if value == "" {
				key = ""
				break
			}
			at = place
			key += "\x00" + value
			shown = append(shown, short(value))
		}
		if key == "" {
			continue
		}
		first, ok := p.keys[key]
		if !ok {
			p.keys[key] = at
			continue
		}
		message := fmt.Sprintf("%s %s stands already in %s", c.Name, strings.Join(shown, " "), where(first, at))
		if u.Refused {
			p.problem(at, "conflicting-commands", message, "remove or rename one of them")
		} else {
			p.warn(at, "duplicate-name", message, "remove or rename one of them")
		}
	}
}

// said is what the option or the word of a term says, and where.
func (c *Command) said(t grammar.Term) (string, Place) {
	switch {
	case t.Option == "" && t.Word <= len(c.Args):
		w := c.Args[t.Word-1]
		return w.Value, w.Place
	case t.Option == "":
		return "", Place{}
	}
	for i := len(c.Options) - 1; i >= 0; i-- {
		if o := c.Options[i]; o.Name == t.Option {
			return o.Value, o.At
		}
	}
	return "", Place{}
}

// after tells where a command stands behind one that does not go with it.
func (p *parser) after(c *Command, at Place) {
	for _, name := range c.Spec.After {
		if first, ok := p.seen[name]; ok {
			p.problem(at, "conflicting-commands", fmt.Sprintf("%s and %s, in %s, cannot stand in one file", c.Name, name, where(first, at)), "keep one of them")
			break
		}
	}
	if _, ok := p.seen[c.Spec.Name]; !ok {
		p.seen[c.Spec.Name] = at
	}
}

// form tells where a value is not written as it has to be. A secret one is not shown.
func (p *parser) form(of string, f *grammar.Form, value string, at Place, secret bool) bool {
	if f == nil || f.Pattern.MatchString(value) {
		return true
	}
	shown := ", not " + short(value)
	if secret {
		shown = ""
	}
	p.problem(at, "bad-value", fmt.Sprintf("%s takes %s%s", of, f.Name, shown), "")
	return false
}
