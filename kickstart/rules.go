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
		of := c.Name
		if len(r.When) > 0 {
			of += " with " + joined(r.When, " and ")
		}
		hint := "write it behind " + c.Name
		if len(names) > 1 {
			hint = "write one of them behind " + c.Name
		}
		slices.SortFunc(holding, func(a, b Place) int { return cmp.Compare(a.Column, b.Column) })
		switch n := len(holding); {
		case n < r.Min && r.Of[0].Option == "":
			p.problem(at, "missing-argument", fmt.Sprintf("%s needs %s", of, either(names)), hint)
		case n < r.Min:
			p.problem(at, "missing-option", fmt.Sprintf("%s needs %s", of, either(names)), hint)
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

// unique tells where a command has what one in front of it has too, and only one may have.
func (p *parser) unique(c *Command, at Place) {
	for i, u := range c.Spec.Unique {
		key, shown := fmt.Sprintf("%s\x00%d", c.Spec.Name, i), []string{}
		for _, t := range u.Key {
			value, place := c.said(t)
			if value == "" || value == u.Except {
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
			p.problem(at, "duplicate-name", message, "write another one, or remove the line")
		} else {
			p.warn(at, "duplicate-name", message, "write another one, or remove the line")
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
