package script

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"lbimage/kickstart/script/sed"
)

// call is a simple command with words that are known.
type call struct {
	*run
	node syntax.Node // the statement
	name string
	args []string
}

// effect lists what the command leaves.
func (c *call) effect(e Effect) { c.addEffect(c.node, e) }

// fail says that the command was not read.
func (c *call) fail(why string, paths []string) { c.unread(c.node, why, paths) }

// standard are the folders of the programs that are known by their names.
var standard = []string{"/bin", "/sbin", "/usr/bin", "/usr/sbin"}

// plainEnv are the variables that do not change what the commands do that are read.
func plainEnv(name string) bool {
	switch name {
	case "LANG", "LANGUAGE", "TERM", "HOME", "DEBIAN_FRONTEND", "PAGER", "EDITOR":
		return true
	}
	return strings.HasPrefix(name, "LC_")
}

// call does assignments, then a function, a builtin or a command.
func (r *run) call(s *syntax.Stmt, c *syntax.CallExpr) flow {
	if len(c.Args) == 0 {
		r.status = good
		for _, a := range c.Assigns {
			r.assign(a)
		}
		if slices.ContainsFunc(c.Assigns, substitutes) && r.status == good {
			r.status = unsure
		}
		return flow{}
	}
	args := r.fields(c.Args)
	if len(args) == 0 {
		r.status = good
		return flow{}
	}
	return r.do(s, args, c.Assigns)
}

// substitutes says whether the status of an assignment is that of a command in it.
func substitutes(a *syntax.Assign) bool {
	found := false
	if a.Value != nil {
		syntax.Walk(a.Value, func(n syntax.Node) bool {
			_, is := n.(*syntax.CmdSubst)
			found = found || is
			return !found
		})
	}
	return found
}

func (r *run) do(s *syntax.Stmt, args []field, env []*syntax.Assign) flow {
	if args[0].why != "" {
		r.unread(s, "which command this is cannot be told: "+args[0].why, nil)
		return flow{}
	}
	name := args[0].text
	if f, ok := r.funcs[name]; ok {
		if f == nil || len(env) > 0 {
			r.unread(s, "what the function does is not known here", nil)
			r.setsAny("the function " + name + " may set any variable")
			return flow{}
		}
		return r.function(s, f, args[1:])
	}
	for _, a := range env {
		if a.Name == nil || !plainEnv(a.Name.Value) {
			if _, ok := harmless[name]; !ok && name != "echo" {
				r.unread(s, "it has an environment of its own", nil)
				return flow{}
			}
		}
	}
	if dir := path.Dir(name); strings.Contains(name, "/") {
		if !slices.Contains(standard, path.Clean(dir)) {
			r.unread(s, "what this program does is not known", nil)
			return flow{}
		}
		name = path.Base(name)
	}
	for _, dir := range standard {
		if k := r.world.look(path.Join(dir, name), true).kind; k == file || k == link || k == there {
			r.unread(s, "the scripts have put a program of their own in its place", nil)
			return flow{}
		}
	}
	if f, ok := r.builtin(s, name, args[1:]); ok {
		return f
	}
	read := command(name)
	if read == nil {
		if h, ok := harmless[name]; ok {
			r.passing(s, name, h, args[1:])
			return flow{}
		}
		r.unread(s, "what "+name+" does is not known", nil)
		return flow{}
	}
	if name == "rm" && slices.ContainsFunc(args, func(f field) bool { return f.glob }) && r.sweep(s, args[1:]) {
		return flow{}
	}
	c := &call{run: r, node: s, name: name}
	for i, f := range args[1:] {
		if f.why != "" {
			r.unread(s, f.why, r.bounded(name, args[1:], i))
			return flow{}
		}
		c.args = append(c.args, f.text)
	}
	if len(c.args) > maxWords {
		r.unread(s, "it has too many words", nil)
		return flow{}
	}
	unread := len(r.out.Unread)
	r.status = presumed
	read(c)
	if len(r.out.Unread) == unread {
		r.errs.unknown("what " + name + " complains goes there too")
	}
	return flow{}
}

// bounded are the paths that a command can touch of which some words are patterns of file names: those of its words.
func (r *run) bounded(name string, args []field, first int) []string {
	switch name {
	case "rm", "rmdir", "chmod", "chown", "chgrp", "touch", "mkdir":
	case "sed":
		// sed -i PROGRAM FILES, where the program is known and stays with its files.
		if len(args) < 3 || args[0].text != "-i" || args[1].why != "" || strings.HasPrefix(args[1].text, "-") || !sed.Confined(args[1].text) {
			return nil
		}
		args, first = args[2:], first-2
	default:
		return nil
	}
	var out []string
	for i, f := range args {
		text := f.text
		switch {
		case f.why == "":
			if strings.HasPrefix(text, "-") && i < first {
				continue
			}
		case !f.glob:
			return nil
		}
		if at := strings.IndexAny(text, `*?[`); at >= 0 {
			text = text[:at]
			text = text[:strings.LastIndexByte(text, '/')+1]
			if text == "" {
				text = "."
			}
		}
		p, why := r.abs(text)
		if why != "" {
			return nil
		}
		out = append(out, p)
	}
	return out
}

func (r *run) function(s *syntax.Stmt, fn *function, args []field) flow {
	if r.depth++; r.depth > maxNested {
		r.depth--
		r.unread(s, "it is nested too deep", nil)
		return flow{}
	}
	outer, body, saved := r.args, r.body, len(r.saved)
	r.args = nil
	for _, f := range args {
		r.args = append(r.args, value{f.text, f.why})
	}
	r.body = fn.body
	r.calls++
	f := r.stmt(fn.stmt)
	r.calls--
	r.restore(saved)
	r.args, r.body = outer, body
	r.depth--
	if f.kind == returns {
		r.status = truth(!f.fails)
		f = flow{}
	}
	return f
}
