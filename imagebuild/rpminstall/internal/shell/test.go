package shell

import (
	"errors"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// test does test(1) and [.
func (r *run) test(n syntax.Node, args []string) error {
	t := tester{run: r, node: n, args: args}
	if len(args) == 0 {
		r.status = 1
		return nil
	}
	ok, err := t.or()
	if err == nil && len(t.args) > 0 {
		err = refuse(n, "[ "+strings.Join(args, " ")+" ]", "it is not understood")
	}
	if err != nil {
		return err
	}
	r.status = truth(ok)
	if t.bad { // a number that is none: neither true nor false
		r.status = 2
	}
	return nil
}

// tester reads an expression from left to right; -a binds closer than -o.
type tester struct {
	*run
	node  syntax.Node
	args  []string // what is left
	bad   bool
	depth int
}

func (t *tester) or() (bool, error) {
	ok, err := t.and()
	for err == nil && len(t.args) > 0 && t.args[0] == "-o" {
		t.args = t.args[1:]
		var more bool
		more, err = t.and()
		ok = ok || more
	}
	return ok, err
}

func (t *tester) and() (bool, error) {
	ok, err := t.not()
	for err == nil && len(t.args) > 0 && t.args[0] == "-a" {
		t.args = t.args[1:]
		var more bool
		more, err = t.not()
		ok = ok && more
	}
	return ok, err
}

func (t *tester) not() (bool, error) {
	if t.depth++; t.depth > maxNested {
		return false, refuse(t.node, "[", "it is nested too deep")
	}
	defer func() { t.depth-- }()
	if len(t.args) > 1 && t.args[0] == "!" && !(len(t.args) >= 3 && isBinary(t.args[1])) {
		t.args = t.args[1:]
		ok, err := t.not()
		return !ok, err
	}
	return t.primary()
}

func isBinary(op string) bool {
	switch op {
	case "=", "==", "!=", "-eq", "-ne", "-gt", "-ge", "-lt", "-le", "-nt", "-ot", "-ef":
		return true
	}
	return false
}

func (t *tester) primary() (bool, error) {
	a := t.args
	switch {
	case len(a) == 0:
		return false, refuse(t.node, "[", "something is missing behind an operator")
	case len(a) >= 3 && isBinary(a[1]):
		t.args = a[3:]
		return t.compare(a[0], a[1], a[2])
	case len(a) >= 3 && a[0] == "(":
		t.args = a[1:]
		ok, err := t.or()
		if err == nil && (len(t.args) == 0 || t.args[0] != ")") {
			err = refuse(t.node, "[ ( ]", "the ) is missing")
		}
		if err == nil {
			t.args = t.args[1:]
		}
		return ok, err
	case len(a) >= 2 && len(a[0]) == 2 && a[0][0] == '-' && a[0] != "-a" && a[0] != "-o":
		t.args = a[2:]
		return t.unary(a[0][1], a[1])
	}
	t.args = a[1:]
	return a[0] != "", nil
}

func (t *tester) compare(x, op, y string) (bool, error) {
	switch op {
	case "=", "==":
		return x == y, nil
	case "!=":
		return x != y, nil
	case "-nt", "-ot", "-ef":
		return false, refuse(t.node, op, "files are not compared")
	}
	a, err1 := strconv.ParseInt(strings.TrimSpace(x), 10, 64)
	b, err2 := strconv.ParseInt(strings.TrimSpace(y), 10, 64)
	if err1 != nil || err2 != nil {
		t.bad = true
		return false, nil
	}
	switch op {
	case "-eq":
		return a == b, nil
	case "-ne":
		return a != b, nil
	case "-gt":
		return a > b, nil
	case "-ge":
		return a >= b, nil
	case "-lt":
		return a < b, nil
	}
	return a <= b, nil
}

func (t *tester) unary(op byte, arg string) (bool, error) {
	switch op {
	case 'z':
		return arg == "", nil
	case 'n':
		return arg != "", nil
	case 't':
		return false, nil // no terminal
	}
	if strings.IndexByte("bcdefghkLprsSuwx", op) < 0 {
		return false, refuse(t.node, "-"+string(rune(op)), "this test is not known")
	}
	if arg == "" {
		return false, nil
	}
	ok, err := t.host.Test(op, arg)
	var no *Refusal
	if errors.As(err, &no) && no.Line == 0 {
		no.Line = int(t.node.Pos().Line())
	}
	return ok, err
}
