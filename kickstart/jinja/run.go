package jinja

import "fmt"

// statements runs a body.
func (r *run) statements(body []node) error {
	for _, n := range body {
		if err := r.step(); err != nil {
			return at(n.pos(), err)
		}
		if err := r.statement(n); err != nil {
			return at(n.pos(), err)
		}
	}
	return nil
}

func (r *run) statement(n node) error {
	switch n := n.(type) {
	case *textNode:
		return r.write(n.text)
	case *printNode:
		v, err := r.eval(n.value)
		if err != nil {
			return err
		}
		s, err := r.str(v)
		if err != nil {
			return at(n.value.pos(), err)
		}
		return r.write(s)
	case *ifNode:
		for i, test := range n.tests {
			yes, err := r.holdsTrue(test)
			if err != nil {
				return err
			}
			if yes {
				return r.statements(n.bodies[i])
			}
		}
		if len(n.bodies) > len(n.tests) {
			return r.statements(n.bodies[len(n.tests)])
		}
		return nil
	case *forNode:
		return r.forLoop(n)
	case *setNode:
		return r.set(n)
	case *withNode:
		return r.with(n)
	case *filterNode:
		s, err := r.captured(n.body)
		if err != nil {
			return err
		}
		v, err := r.filtered(n.filters, s)
		if err == nil {
			if s, err = r.str(v); err == nil {
				err = r.write(s)
			}
		}
		return at(n.filters.pos(), err)
	}
	return wrong("a %T is no statement", n)
}

func (r *run) holdsTrue(n node) (bool, error) {
	v, err := r.eval(n)
	if err != nil {
		return false, err
	}
	yes, err := r.truth(v)
	return yes, at(n.pos(), err)
}

// captured is what a body writes, in a scope of its own.
func (r *run) captured(body []node) (string, error) {
	start := r.out.Len()
	err := r.inner(func() error { return r.statements(body) })
	s := string(r.out.Bytes()[start:])
	r.out.Truncate(start)
	if err == nil {
		err = r.spend(len(s))
	}
	return s, err
}

// filtered applies a chain of filters to a text.
func (r *run) filtered(filters node, s string) (any, error) {
	f, ok := filters.(*filterCall)
	if !ok {
		return s, nil
	}
	v, err := r.filtered(f.of, s)
	if err != nil {
		return nil, err
	}
	return r.applyFilter(f, v)
}

func (r *run) set(n *setNode) error {
	if n.value != nil {
		v, err := r.eval(n.value)
		if err != nil {
			return err
		}
		return r.assign(n.target, v)
	}
	s, err := r.captured(n.body)
	if err != nil {
		return err
	}
	var v any = s
	if n.filters != nil {
		if v, err = r.filtered(n.filters, s); err != nil {
			return err
		}
	}
	return r.assign(n.target, v)
}

func (r *run) with(n *withNode) error {
	values := make([]any, len(n.values))
	for i, v := range n.values {
		var err error
		if values[i], err = r.eval(v); err != nil {
			return err
		}
	}
	return r.inner(func() error {
		for i, t := range n.targets {
			if err := r.assign(t, values[i]); err != nil {
				return err
			}
		}
		return r.statements(n.body)
	})
}

// assign gives a value to a name, a member of a namespace, or several names.
func (r *run) assign(target node, v any) error {
	switch t := target.(type) {
	case *nameNode:
		r.scope.vars[t.name] = v
		return nil
	case *memberNode:
		of, err := r.eval(t.of)
		if err != nil {
			return err
		}
		ns, ok := of.(*namespace)
		if !ok {
			return failf(t.pos(), "members can be set of a namespace() alone, not of '%s'", typeName(of))
		}
		ns.vars[t.name] = v
		return nil
	case *tupleNode:
		items, err := r.all(v)
		if err != nil {
			return at(t.pos(), err)
		}
		if len(items) != len(t.items) {
			return failf(t.pos(), "%d names stand here for %s", len(t.items), counted(len(items), "value"))
		}
		for i, item := range t.items {
			if err := r.assign(item, items[i]); err != nil {
				return err
			}
		}
		return nil
	}
	return failf(target.pos(), "no value can be given to this")
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// loop is the variable of that name in a for loop.
type loop struct {
	items    []any
	i, n     int
	seen     bool // changed was asked
	lastSeen tuple
}

func (r *run) forLoop(n *forNode) error {
	over, err := r.eval(n.over)
	if err != nil {
		return err
	}
	items, err := r.all(over)
	if err != nil {
		return at(n.over.pos(), err)
	}
	if n.test != nil {
		if items, err = r.selected(n, items); err != nil {
			return err
		}
	}
	if len(items) == 0 {
		return r.inner(func() error { return r.statements(n.none) })
	}
	l := &loop{items: items, n: len(items)}
	for i, item := range items {
		if err := r.step(); err != nil {
			return err
		}
		l.i = i
		err := r.inner(func() error {
			r.scope.vars["loop"] = l
			if err := r.assign(n.target, item); err != nil {
				return err
			}
			return r.statements(n.body)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// selected are the items that a loop's condition lets pass.
func (r *run) selected(n *forNode, items []any) ([]any, error) {
	var out []any
	for _, item := range items {
		err := r.inner(func() error {
			if err := r.assign(n.target, item); err != nil {
				return err
			}
			yes, err := r.holdsTrue(n.test)
			if yes {
				out = append(out, item)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// member is what loop.index and the like are.
func (l *loop) member(name string) (any, bool) {
	switch name {
	case "index":
		return int64(l.i + 1), true
	case "index0":
		return int64(l.i), true
	case "revindex":
		return int64(l.n - l.i), true
	case "revindex0":
		return int64(l.n - l.i - 1), true
	case "first":
		return l.i == 0, true
	case "last":
		return l.i == l.n-1, true
	case "length":
		return int64(l.n), true
	case "depth":
		return int64(1), true
	case "depth0":
		return int64(0), true
	case "previtem":
		if l.i == 0 {
			return undefined{why: "there is no previous item"}, true
		}
		return l.items[l.i-1], true
	case "nextitem":
		if l.i == l.n-1 {
			return undefined{why: "there is no next item"}, true
		}
		return l.items[l.i+1], true
	case "cycle":
		return &function{"cycle", func(r *run, a *args) (any, error) {
			if len(a.plain) == 0 || len(a.names) > 0 {
				return nil, wrong("loop.cycle() needs values to choose from")
			}
			return a.plain[l.i%len(a.plain)], nil
		}}, true
	case "changed":
		return &function{"changed", func(r *run, a *args) (any, error) {
			if l.seen {
				same, err := r.equal(l.lastSeen, tuple(a.plain), 0)
				if err != nil || same {
					return false, err
				}
			}
			l.seen, l.lastSeen = true, tuple(a.plain)
			return true, nil
		}}, true
	}
	return nil, false
}
