package script

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// not turns an answer.
func not(s status) status {
	switch s {
	case good:
		return bad
	case bad:
		return good
	}
	return unsure
}

// test does test(1) and [, by the number of their words, as POSIX has it.
func (r *run) test(name string, args []field) status {
	if name == "[" {
		if len(args) == 0 || args[len(args)-1].text != "]" {
			return bad
		}
		args = args[:len(args)-1]
	}
	return r.expression(args, 0)
}

func (r *run) expression(args []field, depth int) status {
	if depth > maxNested {
		return unsure
	}
	switch len(args) {
	case 0:
		return bad
	case 1:
		if args[0].why != "" {
			return unsure
		}
		return truth(args[0].text != "")
	case 2:
		if args[0].text == "!" && args[0].why == "" {
			return not(r.expression(args[1:], depth+1))
		}
		return r.unary(args[0], args[1])
	case 3:
		if s, ok := r.compare(args[0], args[1], args[2]); ok {
			return s
		}
	}
	if args[0].text == "!" && args[0].why == "" {
		return not(r.expression(args[1:], depth+1))
	}
	for _, op := range []string{"-o", "-a"} {
		for i, a := range args {
			if a.text == op && a.why == "" && i > 0 && i < len(args)-1 {
				x, y := r.expression(args[:i], depth+1), r.expression(args[i+1:], depth+1)
				return combine(op == "-o", x, y)
			}
		}
	}
	return unsure
}

// combine is or, else and, of two answers.
func combine(or bool, x, y status) status {
	switch stops := truth(or); {
	case x == stops || y == stops:
		return stops
	case x == not(stops) && y == not(stops):
		return not(stops)
	}
	return unsure
}

func (r *run) unary(op, arg field) status {
	if op.why != "" || arg.why != "" {
		return unsure
	}
	switch op.text {
	case "-n":
		return truth(arg.text != "")
	case "-z":
		return truth(arg.text == "")
	case "-e", "-f", "-d", "-L", "-h", "-s":
		return r.fileTest(op.text[1], arg.text)
	}
	return unsure
}

// fileTest answers what the scripts themselves have made certain.
func (r *run) fileTest(op byte, name string) status {
	p, why := r.abs(name)
	if name == "" {
		return bad
	}
	if why != "" {
		return unsure
	}
	in, ok := r.inImage(p)
	if !ok {
		return unsure
	}
	links := op == 'L' || op == 'h'
	n := r.world.look(in, !links)
	if plainFolder(in) && n.kind == unknown {
		n.kind = folder
	}
	switch n.kind {
	case absent:
		return bad
	case unknown, link:
		if n.kind == link && links {
			return good
		}
		return unsure
	case there:
		if op == 'e' {
			return good
		}
		return unsure
	}
	switch op {
	case 'e':
		return good
	case 'f':
		return truth(n.kind == file)
	case 'd':
		return truth(n.kind == folder)
	case 's':
		if n.kind == file && n.known {
			return truth(n.content != "")
		}
		return unsure
	}
	if n.kind == folder { // a link to one is taken for one elsewhere
		return unsure
	}
	return bad
}

// compare does a binary test; ok is false where the word in the middle is no operator.
func (r *run) compare(x, op, y field) (s status, ok bool) {
	if op.why != "" {
		return unsure, true
	}
	known := x.why == "" && y.why == ""
	switch op.text {
	case "=", "==", "!=":
		if !known {
			return unsure, true
		}
		return truth((x.text == y.text) == (op.text != "!=")), true
	case "-eq", "-ne", "-gt", "-ge", "-lt", "-le":
		a, err1 := strconv.ParseInt(strings.TrimSpace(x.text), 10, 64)
		b, err2 := strconv.ParseInt(strings.TrimSpace(y.text), 10, 64)
		if !known || err1 != nil || err2 != nil {
			return unsure, true
		}
		return truth(map[string]bool{"-eq": a == b, "-ne": a != b, "-gt": a > b, "-ge": a >= b, "-lt": a < b, "-le": a <= b}[op.text]), true
	case "-nt", "-ot", "-ef", "<", ">", "=~":
		return unsure, true
	}
	return unsure, false
}

// double does [[ … ]], bash's own test: words are not split, and = compares with a pattern.
func (r *run) double(x syntax.TestExpr) status {
	if r.depth++; r.depth > maxNested {
		r.depth--
		return unsure
	}
	defer func() { r.depth-- }()
	switch x := x.(type) {
	case *syntax.Word:
		f := r.joined(x)
		if f.why != "" {
			return unsure
		}
		return truth(f.text != "")
	case *syntax.ParenTest:
		return r.double(x.X)
	case *syntax.UnaryTest:
		if x.Op == syntax.TsNot {
			return not(r.double(x.X))
		}
		if w, ok := x.X.(*syntax.Word); ok {
			f := r.joined(w)
			return r.unary(field{text: x.Op.String()}, field{text: f.text, why: f.why})
		}
	case *syntax.BinaryTest:
		if x.Op == syntax.AndTest || x.Op == syntax.OrTest {
			return combine(x.Op == syntax.OrTest, r.double(x.X), r.double(x.Y))
		}
		left, ok1 := x.X.(*syntax.Word)
		right, ok2 := x.Y.(*syntax.Word)
		if !ok1 || !ok2 {
			return unsure
		}
		a := r.joined(left)
		if a.why != "" {
			return unsure
		}
		switch x.Op {
		case syntax.TsMatch, syntax.TsMatchShort, syntax.TsNoMatch:
			ok, why := r.matches(a.text, right)
			if why != "" {
				return unsure
			}
			return truth(ok == (x.Op != syntax.TsNoMatch))
		}
		b := r.joined(right)
		s, _ := r.compare(a, field{text: x.Op.String()}, field{text: b.text, why: b.why})
		return s
	}
	return unsure
}
