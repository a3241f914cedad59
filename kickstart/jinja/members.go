package jinja

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// globals are the functions that every template has.
var globals = map[string]any{
	"range":     &function{"range", callRange},
	"dict":      &function{"dict", callDict},
	"namespace": &function{"namespace", callNamespace},
	"lipsum":    refusedGlobal("lipsum"),
	"cycler":    refusedGlobal("cycler"),
	"joiner":    refusedGlobal("joiner"),
}

func refusedGlobal(name string) *function {
	return &function{name, func(*run, *args) (any, error) {
		return nil, wrong("%s() is not supported in templates of kickstart files", name)
	}}
}

func callRange(r *run, a *args) (any, error) {
	if len(a.names) > 0 || len(a.plain) < 1 || len(a.plain) > 3 {
		return nil, wrong("range takes 1 to 3 numbers")
	}
	var n [3]int64
	for i, v := range a.plain {
		var err error
		if n[i], err = argInt(v, 0); err != nil {
			return nil, err
		}
	}
	switch len(a.plain) {
	case 1:
		return span{0, n[0], 1}, nil
	case 2:
		return span{n[0], n[1], 1}, nil
	}
	if n[2] == 0 || n[2] == math.MinInt64 {
		return nil, wrong("range cannot go by steps of %d", n[2])
	}
	return span{n[0], n[1], n[2]}, nil
}

// callDict makes a dict of a dict, or of pairs, and of named arguments.
func callDict(r *run, a *args) (any, error) {
	d := &dict{}
	if len(a.plain) > 1 {
		return nil, wrong("dict takes one argument without a name at most")
	}
	for _, v := range a.plain {
		if of, ok := v.(*dict); ok {
			d.keys, d.values = slices.Clone(of.keys), slices.Clone(of.values)
			continue
		}
		pairs, err := r.all(v)
		if err != nil {
			return nil, err
		}
		for _, p := range pairs {
			pair, err := r.all(p)
			if err == nil && len(pair) != 2 {
				err = wrong("dict needs pairs, not %s", counted(len(pair), "value"))
			}
			if err == nil {
				err = r.put(d, pair[0], pair[1])
			}
			if err != nil {
				return nil, err
			}
		}
	}
	for i, name := range a.names {
		if err := r.put(d, name, a.named[i]); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func callNamespace(r *run, a *args) (any, error) {
	v, err := callDict(r, a)
	if err != nil {
		return nil, err
	}
	d, ns := v.(*dict), &namespace{map[string]any{}}
	for i, k := range d.keys {
		if s, ok := k.(string); ok {
			ns.vars[s] = d.values[i]
		}
	}
	return ns, nil
}

// member is a.name: a method of the value, else the item of that name.
func (r *run) member(of any, name string) (any, error) {
	if strings.HasPrefix(name, "__") {
		return nil, wrong("'%s' is not supported in templates of kickstart files", name)
	}
	if f, ok, err := method(of, name); ok || err != nil {
		return f, err
	}
	switch of := of.(type) {
	case *loop:
		if v, ok := of.member(name); ok {
			return v, nil
		}
	case *namespace:
		if v, ok := of.vars[name]; ok {
			return v, nil
		}
	case *dict:
		if v, ok, err := r.get(of, name); ok || err != nil {
			return v, err
		}
	case undefined:
		return nil, of.err()
	}
	return undefined{why: "'" + typeName(of) + "' has no '" + name + "'"}, nil
}

// item is a[key]: the item, else the method of that name.
func (r *run) item(of, key any) (any, error) {
	switch x := of.(type) {
	case undefined:
		return nil, x.err()
	case *dict:
		if hashable(key, 0) == nil {
			if v, ok, err := r.get(x, key); ok || err != nil {
				return v, err
			}
		}
	case list:
		if v, ok := indexed(x, key); ok {
			return v, nil
		}
	case tuple:
		if v, ok := indexed(x, key); ok {
			return v, nil
		}
	case span:
		if i, ok := index(key, x.len()); ok {
			return x.from + i*x.step, nil
		}
	case string:
		return r.letter(x, key)
	}
	if _, ok := of.(markup); ok {
		return nil, wrong("letters of escaped text are not supported")
	}
	if name, ok := text(key); ok {
		return r.member(of, name)
	}
	return undefined{why: "'" + typeName(of) + "' has no item " + describe(key)}, nil
}

func (r *run) letter(s string, key any) (any, error) {
	if err := r.spend(len(s)); err != nil {
		return nil, err
	}
	if i, ok := index(key, int64(utf8.RuneCountInString(s))); ok {
		for _, c := range s {
			if i == 0 {
				return string(c), nil
			}
			i--
		}
	}
	if name, ok := text(key); ok {
		return r.member(s, name)
	}
	return undefined{why: "'str' has no item " + describe(key)}, nil
}

func describe(key any) string {
	switch key := key.(type) {
	case int64, float64, bool, nil:
		s, _ := new(run).repr(key)
		return s
	}
	return "of that kind"
}

// index is a place in n items; a negative key counts from the end.
func index(key any, n int64) (int64, bool) {
	i, _, integer, ok := numeric(key)
	if !ok || !integer {
		return 0, false
	}
	if i < 0 {
		i += n
	}
	return i, i >= 0 && i < n
}

func indexed(items []any, key any) (any, bool) {
	i, ok := index(key, int64(len(items)))
	if !ok {
		return nil, false
	}
	return items[i], true
}

// slice is a[from:to:step].
func (r *run) slice(of any, s *sliceNode) (any, error) {
	var items []any
	var err error
	switch x := of.(type) {
	case string:
		items, err = r.letters(x)
	case list:
		items = x
	case tuple:
		items = x
	case undefined:
		return nil, x.err()
	case span, markup:
		return nil, wrong("parts of '%s' are not supported", typeName(of))
	default:
		return nil, wrong("'%s' has no parts", typeName(of))
	}
	if err != nil {
		return nil, err
	}
	picked, err := r.pick(items, s)
	if err != nil {
		return nil, err
	}
	switch of.(type) {
	case tuple:
		return tuple(picked), nil
	case string:
		var b strings.Builder
		for _, c := range picked {
			b.WriteString(c.(string))
		}
		return b.String(), nil
	}
	return list(picked), nil
}

func (r *run) pick(items []any, s *sliceNode) ([]any, error) {
	bound := func(n node, otherwise int64) (int64, bool, error) {
		if n == nil {
			return otherwise, false, nil
		}
		v, err := r.eval(n)
		if err != nil || v == nil {
			return otherwise, false, err
		}
		i, err := argInt(v, otherwise)
		return i, true, err
	}
	n := int64(len(items))
	step, _, err := bound(s.step, 1)
	if err != nil {
		return nil, err
	}
	if step == 0 {
		return nil, wrong("parts cannot go by steps of 0")
	}
	low, high := int64(0), n // where from and to may lie
	if step < 0 {
		low, high = -1, n-1
	}
	from, to := low, high
	if step < 0 {
		from, to = high, low
	}
	clamp := func(i int64) int64 {
		if i < 0 {
			i += n
		}
		return min(max(i, low), high)
	}
	if i, given, err := bound(s.from, 0); err != nil {
		return nil, err
	} else if given {
		from = clamp(i)
	}
	if i, given, err := bound(s.to, 0); err != nil {
		return nil, err
	} else if given {
		to = clamp(i)
	}
	if err := r.spend(16 * len(items)); err != nil {
		return nil, err
	}
	out := []any{}
	step = min(max(step, -n-1), n+1)
	for i := from; step > 0 && i < to || step < 0 && i > to; i += step {
		out = append(out, items[i])
	}
	return out, nil
}
