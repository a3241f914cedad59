package rpmdb

import (
	"errors"
	"strings"

	"lbimage/imagebuild/rpm"
)

// Conditions, as rpm 4.13 and later know them: (a and b), (a or b or c), (a if b else c), (a unless b else c),
// (a with b), (a without b). They nest.

const maxRichDepth = 16

func isRich(name string) bool { return strings.HasPrefix(name, "(") }

var errRich = errors.New("no condition")

func (db *DB) satisfiesRich(text string) (by string, ok bool) {
	r := richReader{db: db, rest: text}
	ok, err := r.group(0)
	if err != nil || strings.TrimSpace(r.rest) != "" {
		return "", false
	}
	if ok {
		return "what is installed", true
	}
	return "", false
}

// richReader evaluates a condition while it reads it.
type richReader struct {
	db   *DB
	rest string
}

// word takes the next word; parentheses are words of their own unless they belong to a name: libc.so.6(GLIBC_2.4).
func (r *richReader) word() string {
	r.rest = strings.TrimLeft(r.rest, " \t")
	if r.rest == "" {
		return ""
	}
	if r.rest[0] == '(' || r.rest[0] == ')' {
		w := r.rest[:1]
		r.rest = r.rest[1:]
		return w
	}
	depth := 0
	for i, c := range r.rest {
		switch {
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case c == ')' || c == ' ' || c == '\t':
			w := r.rest[:i]
			r.rest = r.rest[i:]
			return w
		}
	}
	w := r.rest
	r.rest = ""
	return w
}

func (r *richReader) peek() string {
	rest := r.rest
	w := r.word()
	r.rest = rest
	return w
}

// group reads a condition in parentheses.
func (r *richReader) group(depth int) (bool, error) {
	if r.word() != "(" || depth > maxRichDepth {
		return false, errRich
	}
	first, one, err := r.operand(depth)
	if err != nil {
		return false, err
	}
	result, op := first, r.word()
	for op != ")" {
		second, other, err := r.operand(depth)
		if err != nil {
			return false, err
		}
		next := r.word()
		switch op {
		case "and":
			result = result && second
		case "or":
			result = result || second
		case "with", "without":
			result = r.onePackage(one, other, op == "with")
		case "if", "unless":
			otherwise := op == "if" // what holds when the condition does not choose the first
			if next == "else" {
				if otherwise, _, err = r.operand(depth); err != nil {
					return false, err
				}
				next = r.word()
			}
			if second != (op == "if") {
				result = otherwise
			}
			if next != ")" {
				return false, errRich
			}
		default:
			return false, errRich
		}
		if next != ")" && next != op {
			return false, errRich // as in rpm, one operator a group
		}
		op = next
	}
	return result, nil
}

// operand reads a dependency or a group.
func (r *richReader) operand(depth int) (bool, *rpm.Dependency, error) {
	if r.peek() == "(" {
		ok, err := r.group(depth + 1)
		return ok, nil, err
	}
	d := rpm.Dependency{Name: r.word()}
	if d.Name == "" || d.Name == ")" {
		return false, nil, errRich
	}
	if flags, ok := map[string]uint32{"<": 2, ">": 4, "=": 8, "<=": 10, ">=": 12}[r.peek()]; ok {
		d.Op, d.Flags, d.Version = r.word(), flags, r.word()
	}
	_, ok := r.db.Satisfies(d)
	return ok, &d, nil
}

// onePackage reports whether a package provides a, and b too (or not).
func (r *richReader) onePackage(a, b *rpm.Dependency, with bool) bool {
	if a == nil || b == nil {
		return false
	}
	for _, p := range r.db.provides[a.Name] {
		if !p.dep.Overlaps(*a) {
			continue
		}
		both := false
		for _, q := range r.db.provides[b.Name] {
			both = both || q.by == p.by && q.dep.Overlaps(*b)
		}
		if both == with {
			return true
		}
	}
	return false
}
