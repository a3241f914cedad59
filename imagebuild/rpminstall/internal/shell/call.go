package shell

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// call does a simple command: assignments, then a function, a builtin or a command of the host.
func (r *run) call(c *syntax.CallExpr) error {
	if len(c.Args) == 0 {
		before := r.substs
		for _, a := range c.Assigns {
			if err := r.assignment(a); err != nil {
				return err
			}
		}
		if r.substs == before {
			r.status = 0
		}
		return nil
	}
	for _, a := range c.Assigns {
		if n := a.Name.Value; n != "LANG" && n != "PATH" && !strings.HasPrefix(n, "LC_") {
			return refuse(a, n+"=…", "a command with an environment of its own is not followed")
		}
	}
	args, err := r.fields(c.Args)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		r.status = 0
		return nil
	}
	return r.run(c, Call{Line: int(c.Pos().Line()), Args: args, Umask: r.umask})
}

func (r *run) run(n syntax.Node, c Call) error {
	if body, ok := r.funcs[c.Args[0]]; ok {
		return r.function(body, c.Args[1:])
	}
	switch c.Args[0] {
	case ":", "true":
		r.status = 0
	case "false":
		r.status = 1
	case "exit", "return":
		status := r.status
		if len(c.Args) > 1 {
			v, err := strconv.ParseUint(c.Args[1], 10, 8)
			if err != nil {
				return refuse(n, c.String(), "a status is a number from 0 to 255")
			}
			status = int(v)
		}
		return &exit{status, c.Args[0] == "return"}
	case "echo":
		return r.echo(n, c.Args[1:])
	case "set":
		return r.set(n, c.Args[1:])
	case "break", "continue":
		return r.jump(n, c.Args)
	case "umask":
		return r.setUmask(n, c.Args[1:])
	case "test":
		return r.test(n, c.Args[1:])
	case "[":
		if c.Args[len(c.Args)-1] != "]" {
			return refuse(n, c.String(), "the ] is missing")
		}
		return r.test(n, c.Args[1:len(c.Args)-1])
	case "unset":
		for _, v := range c.Args[1:] {
			delete(r.vars, v)
		}
		r.status = 0
	default:
		res, err := r.host.Command(c)
		if err != nil {
			return err
		}
		if err := r.print(n, res.Out); err != nil {
			return err
		}
		r.status = res.Status
	}
	return nil
}

func (r *run) function(body *syntax.Stmt, args []string) error {
	if r.depth++; r.depth > maxNested {
		return refuse(body, "the script", fmt.Sprintf("it is nested more than %d deep", maxNested))
	}
	defer func() { r.depth-- }()
	outer, loops := r.args, r.loops
	r.args, r.loops = args, 0
	err := r.stmt(body)
	r.args, r.loops = outer, loops
	var end *exit
	if errors.As(err, &end) && end.function {
		r.status, err = end.status, nil
	}
	return err
}

// print is for standard output: only a command substitution listens.
func (r *run) print(n syntax.Node, s string) error {
	r.status = 0
	if r.out == nil {
		return nil
	}
	if r.out.Len()+len(s) > maxString {
		return tooLong(n)
	}
	r.out.WriteString(s)
	return nil
}

func tooLong(n syntax.Node) error {
	return refuse(n, "the script", fmt.Sprintf("a value has more than %d bytes", maxString))
}

func (r *run) assignment(a *syntax.Assign) error {
	if a.Name == nil || a.Append || a.Naked || a.Index != nil || a.Array != nil {
		return refuse(a, "assignment", "only NAME=VALUE is followed")
	}
	v := ""
	if a.Value != nil {
		var err error
		if v, err = r.text(a.Value); err != nil {
			return err
		}
	}
	return r.assign(a, a.Name.Value, v)
}

func (r *run) assign(n syntax.Node, name, value string) error {
	switch {
	case name == "IFS":
		return refuse(n, "IFS=", "words are split at blanks alone")
	case len(value) > maxString:
		return tooLong(n)
	case len(r.vars) >= maxWords:
		return refuse(n, "the script", fmt.Sprintf("it has more than %d variables", maxWords))
	}
	r.vars[name] = value
	return nil
}

// declare knows export, local and readonly with NAME=VALUE or NAME.
func (r *run) declare(c *syntax.DeclClause) error {
	switch c.Variant.Value {
	case "export", "local", "readonly":
	default:
		return refuse(c, c.Variant.Value, "this declaration is not followed")
	}
	for _, a := range c.Args {
		if a.Naked && a.Name != nil {
			continue
		}
		if err := r.assignment(a); err != nil {
			return err
		}
	}
	r.status = 0
	return nil
}
