package shell

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// set knows -e, and takes note of -x and -u: nothing is traced, and what is not set is refused in any case.
func (r *run) set(n syntax.Node, args []string) error {
	r.status = 0
	for _, a := range args {
		if len(a) < 2 || a[0] != '-' && a[0] != '+' || strings.Trim(a[1:], "exu") != "" {
			return refuse(n, "set "+a, "only set with -e, -u and -x is followed")
		}
		if strings.Contains(a, "e") {
			r.errexit = a[0] == '-'
		}
	}
	return nil
}

// jump leaves a loop, or what is left of one round of it.
type jump struct {
	next  bool // continue
	loops int  // how many of the loops around it are left
}

func (j *jump) Error() string { return fmt.Sprintf("leave %d loops", j.loops) }

func (r *run) jump(n syntax.Node, args []string) error {
	loops := 1
	if len(args) > 1 {
		var err error
		if loops, err = strconv.Atoi(args[1]); err != nil || loops < 1 {
			return refuse(n, strings.Join(args, " "), "it takes a number of loops")
		}
	}
	if loops > r.loops {
		return refuse(n, strings.Join(args, " "), "there are not so many loops around it")
	}
	r.status = 0
	return &jump{args[0] == "continue", loops}
}

// echo is for whoever takes what is printed.
func (r *run) echo(n syntax.Node, args []string) error {
	end := "\n"
	if len(args) > 0 && args[0] == "-n" {
		args, end = args[1:], ""
	}
	text := strings.Join(args, " ") + end
	if r.out != nil && (strings.HasPrefix(text, "-") || strings.Contains(text, `\`)) {
		return refuse(n, "echo "+text, "shells differ in what it prints: use printf's plain words")
	}
	return r.print(n, text)
}

// setUmask is umask with an octal mask.
func (r *run) setUmask(n syntax.Node, args []string) error {
	if len(args) != 1 {
		return refuse(n, "umask", "only umask with an octal mask is followed")
	}
	m, err := strconv.ParseUint(args[0], 8, 32)
	if err != nil || m > 0o777 {
		return refuse(n, "umask "+args[0], "only an octal mask is followed")
	}
	r.umask, r.status = fs.FileMode(m), 0
	return nil
}
