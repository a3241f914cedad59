package jinja

import (
	"fmt"
	"math"
	"reflect"
	"sort"
	"unicode/utf8"
)

// A value is nil, a bool, an int64, a float64, a string, or one of these.
type (
	// list is a Python list. Templates cannot change one.
	list []any
	// tuple is a Python tuple.
	tuple []any
	// dict is a Python dict: pairs in the order in which the keys came.
	dict struct {
		keys, values []any
	}
	// view is what dict.items() and the like give.
	view struct {
		name  string
		items []any
	}
	// span is a Python range.
	span struct{ from, to, step int64 }
	// stream is a Python generator: it is read once.
	stream struct{ items []any }
	// markup is text that was escaped.
	markup string
	// undefined is what is not there; why says so.
	undefined struct {
		why   string
		quiet bool // Jinja2 prints it as nothing, however strict it is
		at    int  // 1 + the byte of its name in the source; 0: none
	}
	// namespace is an object whose members templates set.
	namespace struct{ vars map[string]any }
	// function can be called.
	function struct {
		name string
		call func(r *run, a *args) (any, error)
	}
)

// from makes a value of a variable.
func (r *run) from(v any, depth int) (any, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("lists stand in each other more than %d deep", maxNesting)
	}
	if v == nil {
		return nil, nil
	}
	if t, ok := v.(Tuple); ok {
		all, err := r.fromAll(reflect.ValueOf(t), depth)
		return tuple(all), err
	}
	x := reflect.ValueOf(v)
	switch x.Kind() {
	case reflect.Bool:
		return x.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return x.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if x.Uint() > math.MaxInt64 {
			return nil, fmt.Errorf("%d does not fit into 64 bits", x.Uint())
		}
		return int64(x.Uint()), nil
	case reflect.Float32, reflect.Float64:
		return x.Float(), nil
	case reflect.String:
		if !utf8.ValidString(x.String()) {
			return nil, fmt.Errorf("%q is not UTF-8", x.String())
		}
		return x.String(), nil
	case reflect.Slice:
		all, err := r.fromAll(x, depth)
		return list(all), err
	case reflect.Array:
		all, err := r.fromAll(x, depth)
		return tuple(all), err
	case reflect.Map:
		if x.Type().Key().Kind() == reflect.String {
			return r.fromMap(x, depth)
		}
	}
	return nil, fmt.Errorf("a %T cannot be used in a template", v)
}

func (r *run) fromAll(x reflect.Value, depth int) ([]any, error) {
	out := make([]any, x.Len())
	for i := range out {
		v, err := r.from(x.Index(i).Interface(), depth+1)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func (r *run) fromMap(x reflect.Value, depth int) (any, error) {
	keys := x.MapKeys()
	sort.Slice(keys, func(i, j int) bool { return keys[i].String() < keys[j].String() })
	d := &dict{}
	for _, k := range keys {
		v, err := r.from(x.MapIndex(k).Interface(), depth+1)
		if err != nil {
			return nil, err
		}
		d.keys, d.values = append(d.keys, k.String()), append(d.values, v)
	}
	return d, nil
}

// typeName is the name of a value's type in Python.
func typeName(v any) string {
	switch v := v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case int64:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case markup:
		return "Markup"
	case list:
		return "list"
	case tuple:
		return "tuple"
	case *dict:
		return "dict"
	case view:
		return v.name
	case span:
		return "range"
	case *stream:
		return "generator"
	case undefined:
		return "Undefined"
	case *loop:
		return "LoopContext"
	case *namespace:
		return "Namespace"
	case *function:
		return "function"
	}
	return fmt.Sprintf("%T", v)
}

func (u undefined) err() error { return failf(u.at-1, "%s", u.why) }

// refuses says whether the use of what is not there is an error.
func (r *run) refuses(u undefined) bool { return !r.lenient && !u.quiet }

// truth is what Python's bool gives.
func (r *run) truth(v any) (bool, error) {
	switch v := v.(type) {
	case nil:
		return false, nil
	case bool:
		return v, nil
	case int64:
		return v != 0, nil
	case float64:
		return v != 0, nil
	case string:
		return v != "", nil
	case markup:
		return v != "", nil
	case list:
		return len(v) > 0, nil
	case tuple:
		return len(v) > 0, nil
	case *dict:
		return len(v.keys) > 0, nil
	case view:
		return len(v.items) > 0, nil
	case span:
		return v.len() > 0, nil
	case *loop:
		return v.n > 0, nil
	case undefined:
		if r.refuses(v) {
			return false, v.err()
		}
		return false, nil
	}
	return true, nil
}

func (s span) len() int64 {
	switch {
	case s.step > 0 && s.from < s.to:
		return int64((uint64(s.to)-uint64(s.from)-1)/uint64(s.step)) + 1
	case s.step < 0 && s.from > s.to:
		return int64((uint64(s.from)-uint64(s.to)-1)/uint64(-s.step)) + 1
	}
	return 0
}

// all are the items over which a for loop goes. A stream is empty after it.
func (r *run) all(v any) ([]any, error) {
	items, err := r.items(v)
	if err == nil {
		err = r.spend(len(items) * 16)
	}
	return items, err
}

func (r *run) items(v any) ([]any, error) {
	switch v := v.(type) {
	case list:
		return v, nil
	case tuple:
		return v, nil
	case *dict:
		return v.keys, nil
	case view:
		return v.items, nil
	case string:
		return r.letters(v)
	case markup:
		return r.letters(string(v))
	case span:
		n := v.len()
		if n > maxWork/128 {
			return nil, wrong("a range of %d numbers is too long", n)
		}
		out := make([]any, n)
		for i := range out {
			out[i] = v.from + int64(i)*v.step
		}
		return out, nil
	case *stream:
		out := v.items
		v.items = nil
		return out, nil
	case undefined:
		if r.refuses(v) {
			return nil, v.err()
		}
		return nil, nil
	}
	return nil, wrong("'%s' is nothing to go through", typeName(v))
}

func (r *run) letters(s string) ([]any, error) {
	if err := r.spend(16 * len(s)); err != nil {
		return nil, err
	}
	out := make([]any, 0, len(s))
	for _, c := range s {
		out = append(out, string(c))
	}
	return out, nil
}

// length is what Python's len gives.
func (r *run) length(v any) (int64, error) {
	switch v := v.(type) {
	case string:
		return int64(utf8.RuneCountInString(v)), r.spend(len(v))
	case markup:
		return int64(utf8.RuneCountInString(string(v))), r.spend(len(v))
	case list:
		return int64(len(v)), nil
	case tuple:
		return int64(len(v)), nil
	case *dict:
		return int64(len(v.keys)), nil
	case view:
		return int64(len(v.items)), nil
	case span:
		return v.len(), nil
	case *loop:
		return int64(v.n), nil
	case undefined:
		if r.refuses(v) {
			return 0, v.err()
		}
		return 0, nil
	}
	return 0, wrong("'%s' has no length", typeName(v))
}

// numeric is a value as a number: integer, or else real.
func numeric(v any) (i int64, f float64, integer, ok bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return 1, 1, true, true
		}
		return 0, 0, true, true
	case int64:
		return v, float64(v), true, true
	case float64:
		return 0, v, false, true
	}
	return 0, 0, false, false
}

// text is a value that is text.
func text(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case markup:
		return string(v), true
	}
	return "", false
}

// get finds a key in a dict.
func (r *run) get(d *dict, key any) (any, bool, error) {
	if err := hashable(key, 0); err != nil {
		return nil, false, err
	}
	if err := r.spend(len(d.keys)); err != nil {
		return nil, false, err
	}
	for i, k := range d.keys {
		same, err := r.equal(k, key, 0)
		if err != nil {
			return nil, false, err
		}
		if same {
			return d.values[i], true, nil
		}
	}
	return nil, false, nil
}

// put sets a key of a dict that is being made.
func (r *run) put(d *dict, key, value any) error {
	if err := hashable(key, 0); err != nil {
		return err
	}
	if err := r.spend(len(d.keys) + 32); err != nil {
		return err
	}
	for i, k := range d.keys {
		same, err := r.equal(k, key, 0)
		if err != nil {
			return err
		}
		if same {
			d.values[i] = value
			return nil
		}
	}
	d.keys, d.values = append(d.keys, key), append(d.values, value)
	return nil
}

func hashable(v any, depth int) error {
	if depth > maxNesting {
		return wrong("tuples stand in each other more than %d deep", maxNesting)
	}
	switch v := v.(type) {
	case list, *dict, view:
		return wrong("a %s cannot be a key", typeName(v))
	case tuple:
		for _, item := range v {
			if err := hashable(item, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}
