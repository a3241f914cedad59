package jinja

import (
	"math"
	"strings"
)

// equal is Python's ==.
func (r *run) equal(a, b any, depth int) (bool, error) {
	if depth > maxNesting {
		return false, wrong("lists stand in each other more than %d deep", maxNesting)
	}
	if err := r.spend(16); err != nil {
		return false, err
	}
	if err := r.present(a, b); err != nil {
		return false, err
	}
	if order, ok := numbers(a, b); ok {
		return order == 0, nil
	}
	if s, ok := text(a); ok {
		t, ok := text(b)
		return ok && s == t, r.spend(min(len(s), len(t)))
	}
	switch a := a.(type) {
	case nil:
		return b == nil, nil
	case list:
		if b, ok := b.(list); ok {
			return r.equalAll(a, b, depth)
		}
	case tuple:
		if b, ok := b.(tuple); ok {
			return r.equalAll(a, b, depth)
		}
	case *dict:
		if b, ok := b.(*dict); ok {
			return r.equalDicts(a, b, depth)
		}
	case span:
		if b, ok := b.(span); ok {
			return a.len() == b.len() && (a.len() == 0 || a.from == b.from && (a.len() == 1 || a.step == b.step)), nil
		}
	case undefined:
		_, ok := b.(undefined)
		return ok, nil
	case *stream, *loop, *namespace, *function:
		return a == b, nil
	case view:
		return false, wrong("comparing %s is not supported: make a list of it", a.name)
	}
	return false, nil
}

// present refuses what is not defined, unless Lenient.
func (r *run) present(all ...any) error {
	for _, v := range all {
		if u, ok := v.(undefined); ok && r.refuses(u) {
			return u.err()
		}
	}
	return nil
}

func (r *run) equalAll(a, b []any, depth int) (bool, error) {
	if len(a) != len(b) {
		return false, nil
	}
	for i := range a {
		if same, err := r.equal(a[i], b[i], depth+1); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

func (r *run) equalDicts(a, b *dict, depth int) (bool, error) {
	if len(a.keys) != len(b.keys) {
		return false, nil
	}
	for i, k := range a.keys {
		v, ok, err := r.get(b, k)
		if err != nil || !ok {
			return false, err
		}
		if same, err := r.equal(a.values[i], v, depth+1); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

// unordered is the order of a number and one that is none (NaN).
const unordered = 2

// numbers compares two numbers: -1, 0, 1 or unordered.
func numbers(a, b any) (int, bool) {
	ai, af, aInt, ok := numeric(a)
	if !ok {
		return 0, false
	}
	bi, bf, bInt, ok := numeric(b)
	switch {
	case !ok:
		return 0, false
	case aInt && bInt:
		return order(ai, bi), true
	case math.IsNaN(af) || math.IsNaN(bf):
		return unordered, true
	case aInt:
		return -realInt(bf, ai), true
	case bInt:
		return realInt(af, bi), true
	}
	return order(af, bf), true
}

func order[T int64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// realInt compares a real number with an integer, without rounding.
func realInt(f float64, i int64) int {
	switch {
	case f >= 1<<63:
		return 1
	case f < -1<<63:
		return -1
	}
	whole := math.Floor(f)
	if o := order(int64(whole), i); o != 0 {
		return o
	}
	return order(f, whole)
}

// compare is the order of two values: -1, 0, 1 or unordered. Python's error is given for those that have none.
func (r *run) compare(a, b any, depth int) (int, error) {
	if depth > maxNesting {
		return 0, wrong("lists stand in each other more than %d deep", maxNesting)
	}
	if err := r.spend(16); err != nil {
		return 0, err
	}
	if o, ok := numbers(a, b); ok {
		return o, nil
	}
	if s, ok := text(a); ok {
		if t, ok := text(b); ok {
			return strings.Compare(s, t), r.spend(min(len(s), len(t)))
		}
	}
	if a, ok := a.(list); ok {
		if b, ok := b.(list); ok {
			return r.compareAll(a, b, depth)
		}
	}
	if a, ok := a.(tuple); ok {
		if b, ok := b.(tuple); ok {
			return r.compareAll(a, b, depth)
		}
	}
	for _, v := range []any{a, b} {
		if u, ok := v.(undefined); ok {
			return 0, u.err()
		}
	}
	return 0, wrong("'%s' and '%s' have no order", typeName(a), typeName(b))
}

func (r *run) compareAll(a, b []any, depth int) (int, error) {
	for i := range min(len(a), len(b)) {
		same, err := r.equal(a[i], b[i], depth+1)
		if err != nil {
			return 0, err
		}
		if !same {
			return r.compare(a[i], b[i], depth+1)
		}
	}
	return order(int64(len(a)), int64(len(b))), nil
}

// holds is one link of a comparison.
func (r *run) holds(op string, a, b any) (bool, error) {
	switch op {
	case "==", "!=":
		same, err := r.equal(a, b, 0)
		return same == (op == "=="), err
	case "in", "not in":
		in, err := r.contains(b, a)
		return in == (op == "in"), err
	}
	o, err := r.compare(a, b, 0)
	if err != nil || o == unordered {
		return false, err
	}
	switch op {
	case "<":
		return o < 0, nil
	case "<=":
		return o <= 0, nil
	case ">":
		return o > 0, nil
	}
	return o >= 0, nil
}

// contains is Python's in.
func (r *run) contains(where, what any) (bool, error) {
	if err := r.present(where, what); err != nil {
		return false, err
	}
	if s, ok := text(where); ok {
		t, ok := text(what)
		if !ok {
			return false, wrong("text can be looked for in text, but '%s' cannot", typeName(what))
		}
		return strings.Contains(s, t), r.spend(len(s))
	}
	if d, ok := where.(*dict); ok {
		_, ok, err := r.get(d, what)
		return ok, err
	}
	if s, ok := where.(*stream); ok { // what was passed is gone
		for len(s.items) > 0 {
			item := s.items[0]
			s.items = s.items[1:]
			if same, err := r.equal(item, what, 0); err != nil || same {
				return same, err
			}
		}
		return false, nil
	}
	items, err := r.all(where)
	if err != nil {
		return false, err
	}
	for _, item := range items {
		if same, err := r.equal(item, what, 0); err != nil || same {
			return same, err
		}
	}
	return false, nil
}
