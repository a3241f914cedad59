package script

import (
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// branch is a way that a script may go.
type branch struct {
	cond string
	do   func() flow
}

// either follows several ways, of which one is taken, and keeps what is the same behind all of them.
func (r *run) either(list []branch) flow {
	before, conds := r.env, r.conds
	var open []env // of the ways that go on
	var ends []flow
	var last []status
	var closed []int
	for i, b := range list {
		r.env = before.clone()
		r.work += 64 * (len(before.vars) + len(before.funcs))
		if r.conds = append(conds[:len(conds):len(conds)], b.cond); b.cond == "" {
			r.conds = conds
		}
		f := b.do()
		if f.kind == goesOn {
			open, last = append(open, r.env), append(last, r.status)
			continue
		}
		ends, closed = append(ends, f), append(closed, i)
	}
	r.conds = conds
	if len(open) == 0 {
		r.env = before
		end := ends[0]
		for _, f := range ends[1:] {
			if f.kind > end.kind { // what goes on soonest
				end = f
			}
			end.fails = end.fails && f.fails
		}
		if len(ends) > 1 && ends[0] != end {
			r.onlyIf("a branch before does not leave")
		}
		return end
	}
	r.env = open[0]
	for _, e := range open[1:] {
		r.env.merge(e)
	}
	r.status = last[0]
	for _, s := range last[1:] {
		if s != r.status {
			r.status = unsure
		}
	}
	for i, f := range ends {
		if f.kind == exits && f.fails && r.mustSucceed && r.shells == 0 {
			continue // then there would be no image
		}
		if cond := list[closed[i]].cond; cond != "" {
			r.onlyIf(negate(cond))
		}
	}
	return flow{}
}

func negate(cond string) string {
	if command, ok := strings.CutSuffix(cond, succeeds); ok {
		return command + " fails"
	}
	return "not: " + cond
}

// succeeds ends a condition that is a command.
const succeeds = " succeeds"

// merge keeps what both have alike.
func (e *env) merge(o env) {
	why := "it depends on a condition before"
	for name, v := range e.vars {
		if w, ok := o.vars[name]; !ok || w != v {
			e.vars[name] = value{why: "$" + name + " depends on a condition before"}
		}
	}
	for name := range o.vars {
		if _, ok := e.vars[name]; !ok {
			e.vars[name] = value{why: "$" + name + " depends on a condition before"}
		}
	}
	if e.distrust == "" {
		e.distrust = o.distrust
	}
	if e.umask != o.umask {
		e.umask = UnknownMask
	}
	for name, f := range o.funcs {
		if e.funcs[name] != f {
			e.funcs[name] = nil // one that cannot be told
		}
	}
	for name, f := range e.funcs {
		if o.funcs[name] != f {
			e.funcs[name] = nil
		}
	}
	if e.cwd != o.cwd || o.lost != "" {
		e.lost = why
	}
	if len(e.dirs) != len(o.dirs) {
		e.dirs, e.lost = nil, why
	}
	e.errexit = e.errexit || o.errexit
	e.ifs, e.strange = e.ifs || o.ifs, e.strange || o.strange
}

// ask runs what is a condition and gives its answer.
func (r *run) ask(list []*syntax.Stmt) (status, flow) {
	r.asked++
	f := r.stmts(list)
	r.asked--
	return r.status, f
}

// asText is a condition as written.
func (r *run) asText(list []*syntax.Stmt) string {
	if len(list) == 0 {
		return ""
	}
	return r.text(list[len(list)-1])
}

func (r *run) ifClause(c *syntax.IfClause) flow {
	if r.depth++; r.depth > maxNested {
		r.depth--
		r.unread(c, "it is nested too deep", nil)
		return flow{}
	}
	defer func() { r.depth-- }()
	if len(c.Cond) == 0 { // else
		return r.stmts(c.Then)
	}
	answer, f := r.ask(c.Cond)
	if f.kind != goesOn {
		return f
	}
	rest := func() flow {
		if c.Else == nil {
			r.status = good
			return flow{}
		}
		return r.ifClause(c.Else)
	}
	switch answer {
	case good:
		return r.stmts(c.Then)
	case bad:
		return rest()
	}
	cond := r.asText(c.Cond)
	return r.either([]branch{{cond, func() flow { return r.stmts(c.Then) }}, {negate(cond), rest}})
}

func (r *run) binary(s *syntax.Stmt, c *syntax.BinaryCmd) flow {
	if c.Op == syntax.Pipe || c.Op == syntax.PipeAll {
		return r.pipeline(s, c)
	}
	if r.depth++; r.depth > maxNested { // a long chain leans to the left
		r.depth--
		r.unread(s, "it is nested too deep", nil)
		return flow{}
	}
	defer func() { r.depth-- }()
	r.asked++
	f := r.stmt(c.X)
	r.asked--
	if f.kind != goesOn {
		return f
	}
	and := c.Op == syntax.AndStmt
	switch r.status {
	case good, bad:
		if and == (r.status == good) {
			return r.stmt(c.Y)
		}
		return f
	}
	cond := r.text(c.X) + succeeds
	if and {
		return r.either([]branch{{cond, func() flow { return r.stmt(c.Y) }}, {negate(cond), func() flow { r.status = bad; return flow{} }}})
	}
	return r.either([]branch{{negate(cond), func() flow { return r.stmt(c.Y) }}, {cond, func() flow { r.status = good; return flow{} }}})
}

func (r *run) caseClause(c *syntax.CaseClause) flow {
	word := r.joined(c.Word)
	if word.why != "" {
		return r.anyItem(c, word.why)
	}
	for _, item := range c.Items {
		for _, p := range item.Patterns {
			ok, why := r.matches(word.text, p)
			if why != "" {
				return r.anyItem(c, why)
			}
			if !ok {
				continue
			}
			if item.Op != syntax.Break {
				return r.anyItem(c, item.Op.String()+" is not read, only ;;")
			}
			r.status = good
			return r.stmts(item.Stmts)
		}
	}
	r.status = good
	return flow{}
}

// anyItem follows all of a case of which it cannot be told which is taken.
func (r *run) anyItem(c *syntax.CaseClause, why string) flow {
	word := r.text(c.Word)
	var list []branch
	all := false
	for _, item := range c.Items {
		cond := ""
		for i, p := range item.Patterns {
			if i > 0 {
				cond += "|"
			}
			cond += r.text(p)
			all = all || p.Lit() == "*"
		}
		do := func() flow { r.status = good; return r.stmts(item.Stmts) }
		if item.Op != syntax.Break {
			do = func() flow {
				r.vague(c, why, func() flow { return r.stmts(item.Stmts) })
				return flow{}
			}
		}
		list = append(list, branch{oneLine(fmt.Sprintf("%s is %s", word, cond)), do})
	}
	if !all {
		list = append(list, branch{"none of the cases of " + word, func() flow { r.status = good; return flow{} }})
	}
	return r.either(list)
}
