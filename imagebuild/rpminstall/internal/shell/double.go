package shell

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// double does [[ … ]], bash's own test: words are not split, and = compares with a pattern.
func (r *run) double(x syntax.TestExpr) (bool, error) {
	if r.depth++; r.depth > maxNested {
		return false, refuse(x, "[[", "it is nested too deep")
	}
	defer func() { r.depth-- }()
	switch x := x.(type) {
	case *syntax.Word:
		s, err := r.text(x)
		return s != "", err
	case *syntax.ParenTest:
		return r.double(x.X)
	case *syntax.UnaryTest:
		if x.Op == syntax.TsNot {
			ok, err := r.double(x.X)
			return !ok, err
		}
		w, ok := x.X.(*syntax.Word)
		op := x.Op.String()
		if !ok || len(op) != 2 {
			return false, refuse(x, "[[ "+op, "this test is not known")
		}
		s, err := r.text(w)
		if err != nil {
			return false, err
		}
		t := tester{run: r, node: x}
		return t.unary(op[1], s)
	case *syntax.BinaryTest:
		return r.doubleBinary(x)
	}
	return false, refuse(x, "[[", "this test is not known")
}

func (r *run) doubleBinary(x *syntax.BinaryTest) (bool, error) {
	if x.Op == syntax.AndTest || x.Op == syntax.OrTest {
		ok, err := r.double(x.X)
		if err != nil || ok == (x.Op == syntax.OrTest) {
			return ok, err
		}
		return r.double(x.Y)
	}
	left, ok1 := x.X.(*syntax.Word)
	right, ok2 := x.Y.(*syntax.Word)
	if !ok1 || !ok2 {
		return false, refuse(x, "[[ "+x.Op.String(), "it is not understood")
	}
	a, err := r.text(left)
	if err != nil {
		return false, err
	}
	switch x.Op {
	case syntax.TsMatch, syntax.TsMatchShort, syntax.TsNoMatch:
		ok, err := r.matches(a, right)
		return ok == (x.Op != syntax.TsNoMatch), err
	case syntax.TsEql, syntax.TsNeq, syntax.TsLeq, syntax.TsGeq, syntax.TsLss, syntax.TsGtr:
		b, err := r.text(right)
		if err != nil {
			return false, err
		}
		for _, s := range []*string{&a, &b} {
			if *s = strings.TrimSpace(*s); *s == "" {
				*s = "0" // it stands for a sum of nothing
			}
			if _, err := strconv.ParseInt(*s, 10, 64); err != nil || len(*s) > 1 && (*s)[0] == '0' {
				return false, refuse(x, "[[ "+*s, "arithmetic is not followed")
			}
		}
		t := tester{run: r, node: x}
		return t.compare(a, x.Op.String(), b)
	}
	return false, refuse(x, "[[ "+x.Op.String(), "this test is not known")
}
