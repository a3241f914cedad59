package jinja

import (
	"maps"
	"slices"
	"unicode"
)

// condition is a test, as in "x is defined".
type condition struct {
	params []string
	holds  func(r *run, v any, a []any) (bool, error)
}

var conditions, testNames = conditionTable()

func conditionTable() (map[string]condition, []string) {
	all := map[string]condition{
		"defined":   kindTest(func(v any) bool { _, none := v.(undefined); return !none }),
		"undefined": kindTest(func(v any) bool { _, none := v.(undefined); return none }),
		"none":      kindTest(func(v any) bool { return v == nil }),
		"boolean":   kindTest(func(v any) bool { _, ok := v.(bool); return ok }),
		"true":      kindTest(func(v any) bool { return v == true }),
		"false":     kindTest(func(v any) bool { return v == false }),
		"integer":   kindTest(func(v any) bool { _, ok := v.(int64); return ok }),
		"float":     kindTest(func(v any) bool { _, ok := v.(float64); return ok }),
		"number":    kindTest(func(v any) bool { _, _, _, ok := numeric(v); return ok }),
		"string":    kindTest(func(v any) bool { _, ok := text(v); return ok }),
		"escaped":   kindTest(func(v any) bool { _, ok := v.(markup); return ok }),
		"mapping":   kindTest(func(v any) bool { _, ok := v.(*dict); return ok }),
		"sequence": {nil, func(r *run, v any, _ []any) (bool, error) {
			if u, ok := v.(undefined); ok && r.refuses(u) {
				return false, nil
			}
			return isSequence(v), nil
		}},
		"iterable": {nil, func(r *run, v any, _ []any) (bool, error) {
			if u, ok := v.(undefined); ok && r.refuses(u) {
				return false, u.err()
			}
			return isIterable(v), nil
		}},
		"callable":    kindTest(isCallable),
		"odd":         {nil, func(r *run, v any, _ []any) (bool, error) { return r.remainder(v, 2, 1) }},
		"even":        {nil, func(r *run, v any, _ []any) (bool, error) { return r.remainder(v, 2, 0) }},
		"divisibleby": {[]string{"num!"}, func(r *run, v any, a []any) (bool, error) { return r.remainder(v, a[0], 0) }},
		"in":          {[]string{"seq!"}, func(r *run, v any, a []any) (bool, error) { return r.contains(a[0], v) }},
		"lower":       {nil, casing(unicode.IsLower, unicode.IsUpper)},
		"upper":       {nil, casing(unicode.IsUpper, unicode.IsLower)},
		"sameas":      {[]string{"other!"}, sameAs},
		"filter":      {}, // see test
		"test":        {},
	}
	for name, op := range map[string]string{
		"eq": "==", "equalto": "==", "ne": "!=", "gt": ">", "greaterthan": ">", "ge": ">=", "lt": "<", "lessthan": "<", "le": "<=",
		"==": "==", "!=": "!=", ">": ">", ">=": ">=", "<": "<", "<=": "<=",
	} {
		all[name] = condition{[]string{"other!"}, func(r *run, v any, a []any) (bool, error) { return r.holds(op, v, a[0]) }}
	}
	return all, slices.Sorted(maps.Keys(all))
}

func kindTest(is func(any) bool) condition {
	return condition{nil, func(_ *run, v any, _ []any) (bool, error) { return is(v), nil }}
}

func (r *run) test(name string, v any, a *args) (bool, error) {
	c, ok := conditions[name]
	if !ok {
		return false, wrong("'%s' is no test", name)
	}
	bound, err := a.bind("the test '"+name+"'", c.params...)
	if err != nil {
		return false, err
	}
	s, isText := v.(string)
	switch name {
	case "filter":
		return isText && (slices.Contains(filterNames, s) || slices.Contains(refusedFilters, s)), nil
	case "test":
		return isText && slices.Contains(testNames, s), nil
	}
	return c.holds(r, v, bound)
}

func isSequence(v any) bool {
	switch v.(type) {
	case string, markup, list, tuple, *dict, span, undefined:
		return true
	}
	return false
}

func isIterable(v any) bool {
	switch v.(type) {
	case view, *stream, *loop:
		return true
	}
	return isSequence(v)
}

func isCallable(v any) bool {
	switch v.(type) {
	case *function, *loop, undefined:
		return true
	}
	return false
}

func (r *run) remainder(v, by any, want int64) (bool, error) {
	if n, ok := by.(int); ok {
		by = int64(n)
	}
	if _, ok := text(v); ok {
		return false, wrong("a number is needed, not '%s'", typeName(v))
	}
	rest, err := r.operate("%", v, by)
	if err != nil {
		return false, err
	}
	return r.equal(rest, want, 0)
}

// casing asks for letters of one kind and none of the other.
func casing(is, not func(rune) bool) func(*run, any, []any) (bool, error) {
	return func(r *run, v any, _ []any) (bool, error) {
		s, err := r.str(v)
		found := false
		for _, c := range s {
			if not(c) || unicode.IsTitle(c) {
				return false, err
			}
			found = found || is(c)
		}
		return found, err
	}
}

// sameAs is Python's is, where it says something: of true, false and none.
func sameAs(_ *run, v any, a []any) (bool, error) {
	for _, x := range []any{v, a[0]} {
		switch x.(type) {
		case nil, bool:
			return v == a[0], nil
		}
	}
	return false, wrong("sameas is supported for true, false and none: use ==")
}
