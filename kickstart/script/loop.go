package script

import (
	"mvdan.cc/sh/v3/syntax"
)

func (r *run) forClause(s *syntax.Stmt, c *syntax.ForClause) flow {
	it, ok := c.Loop.(*syntax.WordIter)
	if !ok || c.Select {
		return r.vagueBody(s, c, "how often it is done is not known", func() flow { return r.stmts(c.Do) })
	}
	var items []field
	if it.InPos.IsValid() {
		items = r.fields(it.Items)
	} else {
		for _, a := range r.args {
			items = append(items, field{text: a.text, why: a.why})
		}
	}
	for _, f := range items {
		if f.why != "" {
			why := f.why
			return r.vagueBody(s, c, why, func() flow { return r.stmts(c.Do) })
		}
	}
	r.status = good
	for _, item := range items {
		r.set(it.Name.Value, value{text: item.text})
		f := r.stmts(c.Do)
		switch {
		case f.kind != goesOn && f.kind != breaks && f.kind != continues:
			return f
		case f.loops > 1:
			f.loops--
			return f
		case f.kind == breaks:
			return flow{}
		}
	}
	return flow{}
}

func (r *run) whileClause(s *syntax.Stmt, c *syntax.WhileClause) flow {
	if lit := constant(c.Cond); lit == "false" && !c.Until || lit == "true" && c.Until {
		r.status = good
		return flow{}
	}
	return r.vagueBody(s, c, "how often it is done is not known", func() flow {
		r.asked++
		f := r.stmts(c.Cond)
		r.asked--
		if f.kind != goesOn {
			return f
		}
		return r.stmts(c.Do)
	})
}

// constant is the name of a condition of one word.
func constant(list []*syntax.Stmt) string {
	if len(list) == 1 && len(list[0].Redirs) == 0 {
		if c, ok := list[0].Cmd.(*syntax.CallExpr); ok && len(c.Args) == 1 && len(c.Assigns) == 0 {
			return c.Args[0].Lit()
		}
	}
	return ""
}

// vagueBody is vague for what may be done more than once, or in part: what it sets is not known in it, and not behind it.
func (r *run) vagueBody(s *syntax.Stmt, body syntax.Node, why string, do func() flow) flow {
	r.forget(body, why)
	f := r.vague(s, why, do)
	r.forget(body, why)
	r.status = unsure
	switch f.kind {
	case exits, returns:
		if !(f.kind == exits && f.fails && r.mustSucceed && r.shells == 0) {
			r.onlyIf(oneLine(r.text(s)) + " goes to its end")
		}
	}
	return flow{}
}

// vague follows what may be done or not, or in another order, and lists it as one command that was not read, with the
// paths that it can touch.
func (r *run) vague(n syntax.Node, why string, do func() flow) flow {
	effects, unread, steps := len(r.out.Effects), len(r.out.Unread), len(r.out.Steps)
	quiet, conds := r.open, r.conds
	r.conds = append(conds[:len(conds):len(conds)], why) // what is done here is not certain
	if r.open != nil {
		r.open = &capture{}
	}
	f := do()
	r.conds = conds
	if r.open = quiet; r.open != nil {
		r.open.unknown(why)
	}
	var paths []string
	unbounded, harmless := false, true
	add := func(list []string) {
		unbounded = unbounded || list == nil
		paths = append(paths, list...)
	}
	for _, e := range r.out.Effects[effects:] {
		harmless = false
		add(e.touches())
	}
	for _, u := range r.out.Unread[unread:] {
		if !u.Harmless {
			harmless = false
			add(u.Paths)
		}
	}
	over := r.over && len(r.out.Unread) > unread
	r.out.Effects, r.out.Unread, r.out.Steps = r.out.Effects[:effects], r.out.Unread[:unread], r.out.Steps[:steps]
	switch {
	case over:
		r.addUnread(r.at(n.Pos()), r.text(n), tooMuch, nil, false)
	case harmless:
		r.addUnread(r.at(n.Pos()), r.text(n), why, nil, true)
	case unbounded:
		r.addUnread(r.at(n.Pos()), r.text(n), why, nil, false)
	default:
		r.addUnread(r.at(n.Pos()), r.text(n), why, paths, false)
	}
	return f
}

// forget takes the values of all that a node can set.
func (r *run) forget(n syntax.Node, why string) {
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Assign:
			if n.Name != nil {
				r.set(n.Name.Value, value{why: "$" + n.Name.Value + " is set where " + why})
			}
		case *syntax.WordIter:
			r.set(n.Name.Value, value{why: "$" + n.Name.Value + " is set where " + why})
		case *syntax.ParamExp:
			if n.Param != nil && n.Exp != nil && (n.Exp.Op == syntax.AssignUnset || n.Exp.Op == syntax.AssignUnsetOrNull) {
				r.set(n.Param.Value, value{why: "$" + n.Param.Value + " is set where " + why})
			}
		case *syntax.ArithmExp, *syntax.ArithmCmd, *syntax.LetClause, *syntax.CStyleLoop:
			r.setsAny("arithmetic may set any variable")
		case *syntax.FuncDecl:
			if n.Name != nil {
				r.funcs[n.Name.Value] = nil
			}
		case *syntax.CallExpr:
			if len(n.Args) == 0 {
				break
			}
			switch name := n.Args[0].Lit(); name {
			case "cd", "pushd", "popd":
				r.lost = "it depends on " + name + " where " + why
			case "set", "shift":
				r.setsArgs(why)
			case "read", "eval", "source", ".", "unset", "mapfile", "readarray", "getopts", "printf", "local", "export", "declare", "typeset", "":
				if name != "printf" || len(n.Args) > 1 && n.Args[1].Lit() == "-v" {
					r.setsAny("$NAME may be set where " + why)
				}
			default:
				if _, ok := r.funcs[name]; ok {
					r.setsAny("the function " + name + " may set any variable")
					r.lost = "the function " + name + " may change it"
				}
			}
		}
		return true
	})
}

// setsAny is for what may set any variable.
func (r *run) setsAny(why string) {
	clear(r.vars)
	r.distrust = why
}

func (r *run) setsArgs(why string) {
	r.args = []value{{why: "the arguments are not known: " + why}}
}
