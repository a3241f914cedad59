package jinja

import (
	"sort"
	"strings"

	"lbimage/haproxy-config/nearest"
)

// eval is the value of an expression.
func (r *run) eval(n node) (any, error) {
	err := r.step()
	var v any
	if err == nil {
		v, err = r.value(n)
	}
	return v, at(n.pos(), err)
}

func (r *run) value(n node) (any, error) {
	switch n := n.(type) {
	case *constNode:
		return n.value, nil
	case *nameNode:
		if v, ok := r.lookup(n.name); ok {
			return v, nil
		}
		return r.missing(n)
	case *tupleNode:
		all, err := r.evalAll(n.items)
		return tuple(all), err
	case *listNode:
		all, err := r.evalAll(n.items)
		return list(all), err
	case *dictNode:
		d := &dict{}
		for i, k := range n.keys {
			key, err := r.eval(k)
			if err != nil {
				return nil, err
			}
			value, err := r.eval(n.values[i])
			if err != nil {
				return nil, err
			}
			if err := r.put(d, key, value); err != nil {
				return nil, err
			}
		}
		return d, nil
	case *unaryNode:
		if n.op == "not" {
			yes, err := r.holdsTrue(n.value)
			return !yes, err
		}
		v, err := r.eval(n.value)
		if err != nil {
			return nil, err
		}
		return r.sign(n.op, v)
	case *binaryNode:
		return r.binary(n)
	case *concatNode:
		return r.concat(n)
	case *compareNode:
		return r.comparison(n)
	case *chooseNode:
		yes, err := r.holdsTrue(n.test)
		switch {
		case err != nil:
			return nil, err
		case yes:
			return r.eval(n.yes)
		case n.no == nil: // nothing, and no misspelt name
			return undefined{why: "the condition does not hold, and there is no else", quiet: true}, nil
		}
		return r.eval(n.no)
	case *memberNode:
		of, err := r.eval(n.of)
		if err != nil {
			return nil, err
		}
		return r.member(of, n.name)
	case *itemNode:
		return r.itemOf(n)
	case *callNode:
		return r.call(n)
	case *filterCall:
		if n.of == nil {
			return nil, wrong("the filter '%s' has nothing in front of it", n.name)
		}
		var v any
		var err error
		if v, err = r.eval(n.of); err != nil {
			return nil, err
		}
		return r.applyFilter(n, v)
	case *testCall:
		v, err := r.eval(n.of)
		if err != nil {
			return nil, err
		}
		a, err := r.evalArgs(n.args)
		if err != nil {
			return nil, err
		}
		return r.test(n.name, v, a)
	}
	return nil, wrong("a %T is no expression", n)
}

func (r *run) evalAll(nodes []node) ([]any, error) {
	if err := r.spend(16 * len(nodes)); err != nil {
		return nil, err
	}
	out := make([]any, len(nodes))
	for i, n := range nodes {
		var err error
		if out[i], err = r.eval(n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// missing is a variable that there is not.
func (r *run) missing(n *nameNode) (any, error) {
	u := undefined{why: "'" + n.name + "' is not defined", at: n.pos() + 1}
	if !r.lenient {
		var names []string
		for s := r.scope; s != nil; s = s.parent {
			for name := range s.vars {
				names = append(names, name)
			}
		}
		sort.Strings(names)
		u.why += nearest.Suggestion(n.name, names)
	}
	return u, nil
}

// binary is and, or, and arithmetic.
func (r *run) binary(n *binaryNode) (any, error) {
	left, err := r.eval(n.left)
	if err != nil {
		return nil, err
	}
	if n.op == "and" || n.op == "or" {
		yes, err := r.truth(left)
		if err != nil {
			return nil, at(n.left.pos(), err)
		}
		if yes == (n.op == "or") {
			return left, nil
		}
		return r.eval(n.right)
	}
	right, err := r.eval(n.right)
	if err != nil {
		return nil, err
	}
	return r.operate(n.op, left, right)
}

func (r *run) concat(n *concatNode) (any, error) {
	var b strings.Builder
	for _, item := range n.items {
		v, err := r.eval(item)
		if err != nil {
			return nil, err
		}
		s, err := r.str(v)
		if err != nil {
			return nil, at(item.pos(), err)
		}
		b.WriteString(s)
		if err := r.spend(len(s)); err != nil {
			return nil, err
		}
	}
	return b.String(), nil
}

// comparison is a chain: a < b < c asks both, and b is evaluated once.
func (r *run) comparison(n *compareNode) (any, error) {
	left, err := r.eval(n.first)
	if err != nil {
		return nil, err
	}
	for i, op := range n.ops {
		right, err := r.eval(n.rest[i])
		if err != nil {
			return nil, err
		}
		yes, err := r.holds(op, left, right)
		if err != nil || !yes {
			return false, err
		}
		left = right
	}
	return true, nil
}

func (r *run) itemOf(n *itemNode) (any, error) {
	of, err := r.eval(n.of)
	if err != nil {
		return nil, err
	}
	if s, ok := n.key.(*sliceNode); ok {
		return r.slice(of, s)
	}
	key, err := r.eval(n.key)
	if err != nil {
		return nil, err
	}
	return r.item(of, key)
}

// args are the arguments of a call.
type args struct {
	plain []any
	names []string
	named []any
}

func (r *run) evalArgs(n arguments) (*args, error) {
	a := &args{names: n.names}
	var err error
	if a.plain, err = r.evalAll(n.plain); err != nil {
		return nil, err
	}
	a.named, err = r.evalAll(n.named)
	return a, err
}

func (r *run) call(n *callNode) (any, error) {
	of, err := r.eval(n.of)
	if err != nil {
		return nil, err
	}
	a, err := r.evalArgs(n.args)
	if err != nil {
		return nil, err
	}
	switch f := of.(type) {
	case *function:
		return f.call(r, a)
	case undefined:
		return nil, f.err()
	case *loop:
		return nil, wrong("recursive loops are not supported")
	}
	return nil, wrong("'%s' cannot be called", typeName(of))
}

// absent stands for an argument that was not given.
type absent struct{}

// bind puts the arguments of a call in the order of the parameters. Those that end in "!" have to be given.
func (a *args) bind(of string, params ...string) ([]any, error) {
	out := make([]any, len(params))
	for i := range out {
		out[i] = absent{}
	}
	if len(a.plain) > len(params) {
		return nil, wrong("%s takes %s at most, not %d", of, counted(len(params), "argument"), len(a.plain))
	}
	copy(out, a.plain)
	for i, name := range a.names {
		found := false
		for j, p := range params {
			if strings.TrimSuffix(p, "!") == name {
				if _, free := out[j].(absent); !free {
					return nil, wrong("%s is given '%s' twice", of, name)
				}
				out[j], found = a.named[i], true
			}
		}
		if !found {
			return nil, wrong("%s has no argument '%s'", of, name)
		}
	}
	for i, p := range params {
		if _, free := out[i].(absent); free && strings.HasSuffix(p, "!") {
			return nil, wrong("%s needs the argument '%s'", of, strings.TrimSuffix(p, "!"))
		}
	}
	return out, nil
}

// Values of arguments. Where one was not given, they are the default.

func argString(r *run, v any, otherwise string) (string, error) {
	if _, ok := v.(absent); ok {
		return otherwise, nil
	}
	return r.str(v)
}

func argInt(v any, otherwise int64) (int64, error) {
	if _, ok := v.(absent); ok {
		return otherwise, nil
	}
	i, _, integer, ok := numeric(v)
	if !ok || !integer {
		return 0, wrong("a whole number is needed, not '%s'", typeName(v))
	}
	return i, nil
}

func argBool(r *run, v any, otherwise bool) (bool, error) {
	if _, ok := v.(absent); ok {
		return otherwise, nil
	}
	return r.truth(v)
}
