package script

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

// builtin does what the shell does itself; ok is false where it is no builtin.
func (r *run) builtin(s *syntax.Stmt, name string, args []field) (f flow, ok bool) {
	known := ""
	for _, a := range args {
		if a.why != "" && known == "" {
			known = a.why
		}
	}
	switch name {
	case ":", "true":
		r.status = good
	case "false":
		r.status = bad
	case "echo":
		r.echo(args)
	case "printf":
		r.printf(args)
	case "[", "test":
		r.status = r.test(name, args)
	case "cd", "pushd", "popd":
		r.chdir(s, name, args)
	case "pwd":
		if r.status = good; r.lost != "" {
			r.open.unknown(r.lost)
		}
		r.print(r.cwd + "\n")
	case "exit", "return":
		return r.leave(name, args), true
	case "break", "continue":
		f := flow{kind: breaks, loops: 1}
		if name == "continue" {
			f.kind = continues
		}
		if len(args) > 0 {
			if n, err := strconv.Atoi(args[0].text); err == nil && n > 0 {
				f.loops = n
			}
		}
		return f, true
	case "set":
		r.setOptions(args)
	case "shift":
		n := 1
		if len(args) > 0 {
			n, _ = strconv.Atoi(args[0].text)
		}
		if known != "" || n < 0 || n > len(r.args) {
			r.setsArgs("shift")
		} else {
			r.args = r.args[n:]
		}
		r.status = good
	case "unset":
		for _, a := range args {
			switch {
			case a.why != "":
				r.setsAny("unset of a name that is not known")
			case a.text == "-f":
				clear(r.funcs)
			case !strings.HasPrefix(a.text, "-"):
				r.vars[a.text] = value{why: gone}
				delete(r.funcs, a.text)
			}
		}
		r.status = good
	case "umask":
		r.setUmask(args)
	case "ulimit", "hash", "wait", "times", "type", "jobs", "history":
		r.status = good
		r.open.unknown("what " + name + " prints is not known")
	case "shopt", "enable", "alias", "unalias":
		for _, a := range args {
			if alias, _, ok := strings.Cut(a.text, "="); ok && name == "alias" {
				r.funcs[alias] = nil
			}
			r.strange = r.strange || name == "enable" || a.text == "xpg_echo" || a.why != ""
			r.ifs = r.ifs || a.text == "nullglob" || a.text == "expand_aliases"
		}
		r.status = good
		r.open.unknown("what " + name + " prints is not known")
	case "read", "mapfile", "readarray", "getopts", "let":
		r.status = unsure
		r.reading(name, args)
	case "eval":
		return r.nested(s, args, known, false), true
	case "source", ".":
		r.setsAny(name + " may set any variable")
		r.lost = name + " may change it"
		r.unread(s, "what it holds is not known", nil)
	case "trap":
		r.unread(s, "when it is done is not known", nil)
	case "exec":
		if len(args) == 0 {
			r.status = good
			return f, true
		}
		f := r.do(s, args, nil)
		if f.kind == goesOn {
			return flow{kind: exits, fails: r.status == bad}, true
		}
		return f, true
	case "command", "builtin", "sudo", "nohup", "nice", "ionice", "env":
		return r.wrapped(s, name, args)
	case "sh", "bash":
		if len(args) == 2 && args[0].text == "-c" {
			return r.subshell(func() flow { return r.nested(s, args[1:], known, true) }), true
		}
		r.unread(s, "the script is not read", nil)
	default:
		return f, false
	}
	return f, true
}

// wrapped is a command that is given to another one.
func (r *run) wrapped(s *syntax.Stmt, name string, args []field) (flow, bool) {
	rest := args
	for len(rest) > 0 && name == "env" && rest[0].why == "" && strings.Contains(rest[0].text, "=") && !strings.HasPrefix(rest[0].text, "=") {
		key, _, _ := strings.Cut(rest[0].text, "=")
		if !plainEnv(key) {
			r.unread(s, "it has an environment of its own", nil)
			return flow{}, true
		}
		rest = rest[1:]
	}
	if len(rest) == 0 || rest[0].why != "" || strings.HasPrefix(rest[0].text, "-") {
		if name == "command" && len(rest) == 2 && rest[0].text == "-v" {
			r.status = unsure
			r.open.unknown("whether a program is there is not known")
			return flow{}, true
		}
		r.unread(s, "this form of "+name+" is not read", nil)
		return flow{}, true
	}
	switch rest[0].text {
	case "eval", "source", ".", "cd", "exit", "return", "set", "exec", "break", "continue", "unset", "shift", "read", "export", "declare", "local":
		if name != "command" && name != "builtin" {
			r.unread(s, "this form of "+name+" is not read", nil)
			return flow{}, true
		}
	}
	if _, ok := r.funcs[rest[0].text]; ok {
		r.unread(s, "it passes by a function of the script", nil)
		return flow{}, true
	}
	return r.do(s, rest, nil), true
}

// nested reads a text that the script makes as a script.
func (r *run) nested(s *syntax.Stmt, args []field, unknown string, own bool) flow {
	if unknown != "" {
		r.setsAny("eval may set any variable")
		r.lost = "eval may change it"
		r.unread(s, unknown, nil)
		return flow{}
	}
	var words []string
	for _, a := range args {
		words = append(words, a.text)
	}
	text := strings.Join(words, " ")
	if !utf8.ValidString(text) {
		r.unread(s, "the text has bytes that are no UTF-8", nil)
		return flow{}
	}
	if r.depth++; r.depth > maxNested || len(text) > MaxScript || strings.IndexByte(text, 0) >= 0 {
		r.depth--
		r.unread(s, "it is nested too deep", nil)
		return flow{}
	}
	r.work += 16 * len(text)
	place, fixed, body, whole, base := r.place, r.fixed, r.body, r.whole, r.base
	if whole == "" {
		whole = r.text(s)
	}
	r.place, r.fixed, r.body = r.at(s.Pos()), true, text
	outer := r.whole
	r.whole = whole
	if own {
		clear(r.vars) // what is not exported is not there: nothing is told of it
		clear(r.funcs)
		r.distrust, r.errexit, r.args = "it is set around", false, nil
	}
	f := r.script(text)
	r.place, r.fixed, r.body, r.whole, r.base = place, fixed, body, outer, base
	r.depth--
	return f
}

func (r *run) chdir(s *syntax.Stmt, name string, args []field) {
	r.status = presumed
	if name == "popd" {
		if len(args) > 0 || len(r.dirs) == 0 {
			r.lost = "popd is not followed here"
			return
		}
		r.cwd, r.dirs, r.lost = r.dirs[len(r.dirs)-1], r.dirs[:len(r.dirs)-1], ""
		if r.cwd == "" {
			r.lost = "popd is not followed here"
		}
		r.open.unknown("what popd prints is not known")
		return
	}
	if name == "pushd" {
		if here := r.cwd; r.lost == "" {
			r.dirs = append(r.dirs, here)
		} else {
			r.dirs = append(r.dirs, "")
		}
		r.open.unknown("what pushd prints is not known")
	}
	if len(args) > 0 && args[0].text == "--" {
		args = args[1:]
	}
	switch {
	case len(args) != 1:
		r.lost = name + " without a folder"
	case args[0].why != "":
		r.lost = args[0].why
	case strings.HasPrefix(args[0].text, "-"):
		r.lost = name + " with an option"
	case args[0].text == "":
	default:
		p, why := r.abs(args[0].text)
		if why != "" {
			r.lost = why
			return
		}
		r.cwd, r.lost = p, ""
		if in, ok := r.inImage(p); ok && r.world.look(in, true).kind == folder || plainFolder(p) {
			r.status = good
		}
	}
}

// leave is exit and return.
func (r *run) leave(name string, args []field) flow {
	f := flow{kind: exits, fails: r.status == bad}
	if name == "return" {
		f.kind = returns
		if r.calls == 0 {
			f.kind = goesOn // an error outside of a function
			return f
		}
	}
	if len(args) > 0 {
		f.fails = args[0].why == "" && args[0].text != "0"
	}
	return f
}

// setOptions is set: -e, +e, -o errexit; and the arguments.
func (r *run) setOptions(args []field) {
	r.status = good
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a.why != "":
			r.setsArgs(a.why)
			return
		case a.text == "-o" || a.text == "+o":
			if i++; i < len(args) && args[i].text == "errexit" {
				r.errexit = a.text == "-o"
			}
		case len(a.text) > 1 && (a.text[0] == '-' || a.text[0] == '+') && a.text != "--":
			if strings.Contains(a.text, "e") {
				r.errexit = a.text[0] == '-'
			}
			if strings.HasSuffix(a.text, "o") && i+1 < len(args) {
				if i++; args[i].text == "errexit" {
					r.errexit = a.text[0] == '-'
				}
			}
		default:
			if a.text == "--" {
				i++
			}
			r.args = nil
			for ; i < len(args); i++ {
				r.args = append(r.args, value{args[i].text, args[i].why})
			}
		}
	}
}

// reading is what sets variables from what is read.
func (r *run) reading(name string, args []field) {
	if name != "read" {
		r.setsAny(name + " may set any variable")
		return
	}
	for _, a := range args {
		if a.why != "" || strings.HasPrefix(a.text, "-") && strings.ContainsAny(a.text, "a") {
			r.setsAny("read may set any variable")
			return
		}
		if !strings.HasPrefix(a.text, "-") {
			r.set(a.text, value{why: "$" + a.text + " is read from what is not known"})
		}
	}
	r.set("REPLY", value{why: "$REPLY is read from what is not known"})
}
