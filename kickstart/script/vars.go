package script

import (
	"strconv"

	"mvdan.cc/sh/v3/syntax"
)

// set gives a variable a value.
func (r *run) set(name string, v value) {
	if name == "IFS" {
		r.ifs = true
	}
	if r.work += len(name) + 16; r.work > maxWork {
		v = value{why: "the values of the script are too long"}
	}
	r.vars[name] = v
}

// lookup is the value of a variable. set is false for one that is known to be none.
func (r *run) lookup(name string) (v value, set bool) {
	switch name {
	case "#":
		for _, a := range r.args {
			if a.why != "" {
				return value{why: "the arguments are not known"}, true
			}
		}
		return value{text: strconv.Itoa(len(r.args))}, true
	case "?":
		if r.status == good {
			return value{text: "0"}, true
		}
		return value{why: "how the command before ends is not known"}, true
	case "0", "$", "!", "-", "_":
		return value{why: "$" + name + " is not known"}, true
	}
	if n, err := strconv.ParseUint(name, 10, 16); err == nil {
		if n == 0 { // ${00}
			return r.lookup("0")
		}
		for _, a := range r.args {
			if a.why != "" {
				return a, true
			}
		}
		if int(n) <= len(r.args) {
			return r.args[n-1], true
		}
		return value{}, false
	}
	if v, ok := r.vars[name]; ok {
		return v, v.why != gone
	}
	if r.distrust != "" {
		return value{why: "$" + name + " is not known: " + r.distrust}, true
	}
	switch name {
	case "UID", "EUID":
		return value{text: "0"}, true
	case "PWD":
		if r.lost == "" {
			return value{text: r.cwd}, true
		}
	}
	return value{why: "$" + name + " is not set by the script, and what is around it is not known"}, true
}

// gone marks a variable that was unset.
const gone = "\x00unset"

// param expands $1, $NAME, ${NAME}, ${NAME:-word}, "$@", $# and $?.
func (r *run) param(b *builder, p *syntax.ParamExp, quoted bool) {
	refuse := func(why string) { b.value(value{why: why}, quoted) }
	if p.Param == nil || p.Flags != nil || p.Excl || p.Length || p.Width || p.IsSet || p.NestedParam != nil ||
		p.Index != nil || p.Slice != nil || p.Repl != nil || p.Names != 0 || len(p.Modifiers) > 0 {
		refuse(r.text(p) + " is not followed")
		return
	}
	name := p.Param.Value
	if name == "@" || name == "*" {
		r.arguments(b, p, name, quoted)
		return
	}
	v, set := r.lookup(name)
	if !set {
		v = value{}
	}
	if p.Exp == nil {
		b.value(v, quoted)
		return
	}
	if v.why != "" {
		refuse(v.why)
		return
	}
	null := !set || v.text == ""
	word := func() value { f := r.joined(p.Exp.Word); return value{f.text, f.why} }
	switch p.Exp.Op {
	case syntax.DefaultUnset, syntax.DefaultUnsetOrNull, syntax.AssignUnset, syntax.AssignUnsetOrNull:
		colon := p.Exp.Op == syntax.DefaultUnsetOrNull || p.Exp.Op == syntax.AssignUnsetOrNull
		if !set || colon && null {
			v = word()
			if p.Exp.Op == syntax.AssignUnset || p.Exp.Op == syntax.AssignUnsetOrNull {
				r.set(name, v)
			}
		}
	case syntax.AlternateUnset, syntax.AlternateUnsetOrNull:
		if v = (value{}); set && !(p.Exp.Op == syntax.AlternateUnsetOrNull && null) {
			v = word()
		}
	default:
		refuse(r.text(p) + " is not followed")
		return
	}
	b.value(v, quoted)
}

// arguments expands $@ and $*.
func (r *run) arguments(b *builder, p *syntax.ParamExp, name string, quoted bool) {
	if p.Exp != nil || name == "*" && quoted {
		b.value(value{why: r.text(p) + " is not followed"}, quoted)
		return
	}
	for i, a := range r.args {
		if i > 0 {
			if !b.split {
				b.add(" ", true)
			} else {
				b.end()
			}
		}
		if b.value(a, quoted); quoted {
			b.has = true
		}
	}
}

// assign does NAME=VALUE.
func (r *run) assign(a *syntax.Assign) {
	if a.Name == nil {
		return
	}
	name := a.Name.Value
	switch {
	case a.Index != nil || a.Array != nil:
		r.set(name, value{why: "$" + name + " is an array"})
		return
	case a.Naked:
		return
	}
	f := r.joined(a.Value)
	v := value{f.text, f.why}
	if a.Append && v.why == "" {
		switch old, set := r.lookup(name); {
		case !set:
		case old.why != "":
			v = old
		default:
			v.text = old.text + v.text
			r.work += len(v.text)
		}
	}
	if v.why != "" {
		v.why = "$" + name + ": " + v.why
		if len(v.why) > maxCommand {
			v.why = v.why[:maxCommand]
		}
	}
	r.set(name, v)
}

// declare knows export, local, readonly and declare with NAME=VALUE or NAME.
func (r *run) declare(s *syntax.Stmt, c *syntax.DeclClause) {
	r.status = good
	for _, a := range c.Args {
		switch {
		case a.Name != nil:
			if r.calls > 0 && c.Variant.Value != "export" && c.Variant.Value != "readonly" {
				old, had := r.vars[a.Name.Value]
				r.saved = append(r.saved, saving{a.Name.Value, old, had})
				if a.Naked {
					r.set(a.Name.Value, value{why: gone})
				}
			}
			r.assign(a)
			if c.Variant.Value != "export" && c.Variant.Value != "readonly" && c.Variant.Value != "local" || r.flagged(c) {
				r.set(a.Name.Value, value{why: "$" + a.Name.Value + " is declared with options"})
			}
		case a.Value != nil && a.Value.Lit() != "" && a.Value.Lit()[0] == '-':
		default:
			r.setsAny("a declaration may set any variable")
		}
	}
}

func (r *run) flagged(c *syntax.DeclClause) bool {
	for _, a := range c.Args {
		if a.Name == nil {
			return true
		}
	}
	return false
}

// saving is what a variable was before a function took its name for itself.
type saving struct {
	name string
	old  value
	had  bool
}

// restore gives variables back that were saved since there were n.
func (r *run) restore(n int) {
	for i := len(r.saved) - 1; i >= n; i-- {
		if s := r.saved[i]; s.had {
			r.vars[s.name] = s.old
		} else {
			delete(r.vars, s.name)
		}
	}
	r.saved = r.saved[:n]
}
