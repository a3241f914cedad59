package kickstart

import (
	"fmt"
	"slices"

	"lbimage/kickstart/grammar"
)

// command understands a command's words.
func (p *parser) command(c *Command) {
	p.add(c)
	at := c.Words[0].Place
	spec, ok := grammar.Lookup(p.v, c.Name)
	if !ok {
		c.Args = c.Words[1:]
		p.unknownCommand(c.Name, at)
		return
	}
	c.Spec = spec
	if spec.Deprecated {
		p.warn(at, "deprecated-command", fmt.Sprintf("%s is deprecated in %s", c.Name, p.v), instead(spec.Instead))
	}
	if spec.Ignored {
		c.Args = c.Words[1:]
		return
	}
	p.duplicate(c, at)
	r := reader{p: p, of: c.Name, spec: spec.Options, free: spec.Free, hidden: secretArgs[spec.Name]}
	c.Options, c.Args = r.read(c.Words[1:])
	r.required(c.Options, at)
	p.checkArgs(c.Name, spec.Args, c.Args, at)
	p.between(c)
	p.rules(c, at)
	p.unique(c, at)
	p.after(c, at)
}

// unknownCommand tells that a release has no such command, and whether another one has it.
func (p *parser) unknownCommand(name string, at Place) {
	if p.full() {
		p.problem(at, "unknown-command", "", "")
		return
	}
	message := fmt.Sprintf("%s has no command %s", p.v, short(name))
	hint := ""
	switch h, ok := grammar.CommandHistory(name); {
	case !ok:
		hint = p.suggest(name, grammar.Names(p.v))
	case h.Releases[0] > p.v:
		message += "; it comes with " + h.Releases[0].String()
	case h.Removed != 0:
		message += "; it was removed in " + h.Removed.String()
		if hint = instead(h.Instead); hint == "" {
			hint = "remove the line"
		}
	}
	p.problem(at, "unknown-command", message, hint)
}

// duplicate tells where a command stands again that counts once.
func (p *parser) duplicate(c *Command, at Place) {
	if !c.Spec.Once {
		return
	}
	if first, ok := p.once[c.Spec.Name]; ok {
		p.warn(at, "duplicate-command", fmt.Sprintf("%s stands already in %s; the later one counts", c.Name, where(first, at)), "keep one of them")
		return
	}
	p.once[c.Spec.Name] = at
}

// where is a place as seen from another: "line 7", or with its file where that is another one.
func where(p, from Place) string {
	if p.File == from.File {
		return fmt.Sprintf("line %d", p.Line)
	}
	return fmt.Sprintf("%s, line %d", p.File, p.Line)
}

func instead(s string) string {
	if s == "" {
		return ""
	}
	return "write " + s + " instead"
}

// checkArgs holds the words that are no options against the grammar.
func (p *parser) checkArgs(of string, spec grammar.Args, args []Word, at Place) {
	what := spec.Name
	if what == "" {
		what = "word"
	}
	if len(args) < spec.Min {
		p.problem(at, "missing-argument", fmt.Sprintf("%s needs %s", of, counted(spec.Min, what)), "write it behind "+of)
	}
	if spec.Max >= 0 && len(args) > spec.Max {
		message := fmt.Sprintf("%s takes %s, not %d", of, counted(spec.Max, what), len(args))
		tell := p.problem
		if of == "zerombr" && p.v == grammar.RHEL6 { // the installer's own class is older than pykickstart's, and passes words over
			tell = p.warn
		}
		tell(args[spec.Max].Place, "too-many-arguments", message, "remove it, or put quotes around words that belong together")
	}
	for _, a := range args {
		p.form(of, spec.Form, a.Value, a.Place, secretArgs[of])
	}
	if len(spec.Choices) == 0 {
		return
	}
	for _, a := range args {
		if !slices.Contains(spec.Choices, a.Value) {
			p.problem(a.Place, "bad-value", fmt.Sprintf("%s takes %s, not %s", of, either(spec.Choices), short(a.Value)), p.suggest(a.Value, spec.Choices))
		}
	}
}

// counted is "no word", "1 word", "2 words".
func counted(n int, what string) string {
	switch n {
	case 0:
		return "no " + what
	case 1:
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// either is "a, b or c".
func either(words []string) string {
	out := ""
	for i, w := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			out += " or "
		default:
			out += ", "
		}
		out += w
	}
	return out
}
