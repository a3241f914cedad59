package jinja

import (
	"slices"
	"sort"
	"strings"
)

var listFilters = map[string]filter{
	"join":     {[]string{"d", "attribute"}, filterJoin},
	"length":   {nil, filterLength},
	"count":    {nil, filterLength},
	"list":     {nil, filterList},
	"first":    {nil, filterFirst},
	"last":     {nil, filterLast},
	"reverse":  {nil, filterReverse},
	"sort":     {[]string{"reverse", "case_sensitive", "attribute"}, filterSort},
	"unique":   {[]string{"case_sensitive", "attribute"}, filterUnique},
	"min":      {[]string{"case_sensitive", "attribute"}, extreme(-1)},
	"max":      {[]string{"case_sensitive", "attribute"}, extreme(1)},
	"dictsort": {[]string{"case_sensitive", "by", "reverse"}, filterDictsort},
	"items":    {nil, filterItems},
	"batch":    {[]string{"linecount!", "fill_with"}, filterBatch},
	"slice":    {[]string{"slices!", "fill_with"}, filterSlice},
}

// attribute makes a function that follows a path of keys, as "a.0.b".
func (r *run) attribute(v any) (func(any) (any, error), error) {
	var parts []any
	switch v := v.(type) {
	case absent, nil:
	case int64:
		parts = []any{v}
	case string:
		for _, p := range strings.Split(v, ".") {
			if i, ok := wholeNumber(p); ok {
				parts = append(parts, i)
			} else {
				parts = append(parts, p)
			}
		}
	default:
		return nil, wrong("an attribute is a text or a number, not '%s'", typeName(v))
	}
	if len(parts) > maxDepth {
		return nil, wrong("the attribute has more than %d parts", maxDepth)
	}
	return func(item any) (any, error) {
		for _, p := range parts {
			if err := r.spend(1); err != nil {
				return nil, err
			}
			var err error
			if item, err = r.item(item, p); err != nil {
				return nil, err
			}
		}
		return item, nil
	}, nil
}

// wholeNumber reads digits alone.
func wholeNumber(s string) (int64, bool) {
	if s == "" || len(s) > 18 {
		return 0, false
	}
	n := int64(0)
	for i := range len(s) {
		if !digit(s[i]) {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, true
}

// folded is a text in small letters, unless case matters; anything else as it is.
func folded(v any, sensitive bool) any {
	if s, ok := text(v); ok && !sensitive {
		return lower(s)
	}
	return v
}

func filterJoin(r *run, v any, a []any) (any, error) {
	between, err := argString(r, a[0], "")
	if err != nil {
		return nil, err
	}
	get, err := r.attribute(a[1])
	if err != nil {
		return nil, err
	}
	items, err := r.all(v)
	if err != nil {
		return nil, err
	}
	all := make([]string, len(items))
	for i, item := range items {
		if item, err = get(item); err != nil {
			return nil, err
		}
		if all[i], err = r.str(item); err != nil {
			return nil, err
		}
		if err := r.spend(len(all[i]) + len(between)); err != nil {
			return nil, err
		}
	}
	return strings.Join(all, between), nil
}

func filterLength(r *run, v any, _ []any) (any, error) {
	n, err := r.length(v)
	return n, err
}

func filterList(r *run, v any, _ []any) (any, error) {
	items, err := r.all(v)
	return list(slices.Clone(items)), err
}

func filterFirst(r *run, v any, _ []any) (any, error) {
	if s, ok := v.(*stream); ok {
		if len(s.items) == 0 {
			return undefined{why: "there is no first item"}, nil
		}
		first := s.items[0]
		s.items = s.items[1:]
		return first, nil
	}
	items, err := r.all(v)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return undefined{why: "there is no first item"}, nil
	}
	return items[0], nil
}

func filterLast(r *run, v any, _ []any) (any, error) {
	if _, ok := v.(*stream); ok {
		return nil, wrong("what map, select and the like give has no last item: make a list of it")
	}
	items, err := r.all(v)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return undefined{why: "there is no last item"}, nil
	}
	return items[len(items)-1], nil
}

func filterReverse(r *run, v any, _ []any) (any, error) {
	items, err := r.all(v)
	if err != nil {
		return nil, err
	}
	items = slices.Clone(items)
	slices.Reverse(items)
	switch v.(type) {
	case string:
		var b strings.Builder
		for _, c := range items {
			b.WriteString(c.(string))
		}
		return b.String(), nil
	case *stream, undefined:
		return list(items), nil
	}
	return &stream{items}, nil
}

// sorted sorts items by their keys; those with equal keys keep their order.
func (r *run) sorted(items, keys []any, reverse bool) ([]any, error) {
	places := make([]int, len(items))
	for i := range places {
		places[i] = i
	}
	var bad error
	sort.SliceStable(places, func(i, j int) bool {
		if bad != nil {
			return false
		}
		o, err := r.compare(keys[places[i]], keys[places[j]], 0)
		if err != nil {
			bad = err
		}
		if reverse {
			return o == 1
		}
		return o == -1
	})
	out := make([]any, len(items))
	for i, p := range places {
		out[i] = items[p]
	}
	return out, bad
}

func filterSort(r *run, v any, a []any) (any, error) {
	reverse, err := argBool(r, a[0], false)
	if err != nil {
		return nil, err
	}
	sensitive, err := argBool(r, a[1], false)
	if err != nil {
		return nil, err
	}
	var getters []func(any) (any, error)
	attributes := []any{a[2]}
	if s, ok := text(a[2]); ok {
		attributes = nil
		for _, part := range strings.Split(s, ",") {
			attributes = append(attributes, part)
		}
	}
	for _, part := range attributes {
		get, err := r.attribute(part)
		if err != nil {
			return nil, err
		}
		getters = append(getters, get)
	}
	items, err := r.all(v)
	if err != nil {
		return nil, err
	}
	keys := make([]any, len(items))
	for i, item := range items {
		key := make(list, len(getters))
		for j, get := range getters {
			part, err := get(item)
			if err != nil {
				return nil, err
			}
			key[j] = folded(part, sensitive)
		}
		keys[i] = key
	}
	out, err := r.sorted(items, keys, reverse)
	return list(out), err
}

// keyed is each item with the key by which it is compared.
func (r *run) keyed(v any, a []any) (items, keys []any, err error) {
	sensitive, err := argBool(r, a[0], false)
	if err != nil {
		return nil, nil, err
	}
	get, err := r.attribute(a[1])
	if err != nil {
		return nil, nil, err
	}
	if items, err = r.all(v); err != nil {
		return nil, nil, err
	}
	keys = make([]any, len(items))
	for i, item := range items {
		if keys[i], err = get(item); err != nil {
			return nil, nil, err
		}
		keys[i] = folded(keys[i], sensitive)
	}
	return items, keys, nil
}

func filterUnique(r *run, v any, a []any) (any, error) {
	items, keys, err := r.keyed(v, a)
	if err != nil {
		return nil, err
	}
	seen, out := &dict{}, []any{}
	for i, item := range items {
		before := len(seen.keys)
		if err := r.put(seen, keys[i], nil); err != nil {
			return nil, err
		}
		if len(seen.keys) > before {
			out = append(out, item)
		}
	}
	return &stream{out}, nil
}

// extreme finds the least or the greatest item, the first of several.
func extreme(sign int) func(*run, any, []any) (any, error) {
	return func(r *run, v any, a []any) (any, error) {
		items, keys, err := r.keyed(v, a)
		if err != nil {
			return nil, err
		}
		if len(items) == 0 {
			return undefined{why: "there is no item of which one is the least or greatest"}, nil
		}
		best := 0
		for i := range items {
			if i == 0 {
				continue
			}
			o, err := r.compare(keys[i], keys[best], 0)
			if err != nil {
				return nil, err
			}
			if o == sign {
				best = i
			}
		}
		return items[best], nil
	}
}

func filterDictsort(r *run, v any, a []any) (any, error) {
	d, ok := v.(*dict)
	if !ok {
		return nil, wrong("dictsort needs a dict, not '%s'", typeName(v))
	}
	sensitive, err := argBool(r, a[0], false)
	if err != nil {
		return nil, err
	}
	by, err := argString(r, a[1], "key")
	if err != nil {
		return nil, err
	}
	if by != "key" && by != "value" {
		return nil, wrong("dictsort sorts by 'key' or by 'value'")
	}
	reverse, err := argBool(r, a[2], false)
	if err != nil {
		return nil, err
	}
	of := d.keys
	if by == "value" {
		of = d.values
	}
	keys := make([]any, len(of))
	for i, k := range of {
		keys[i] = folded(k, sensitive)
	}
	out, err := r.sorted(d.pairs(), keys, reverse)
	return list(out), err
}

func filterItems(r *run, v any, _ []any) (any, error) {
	switch v := v.(type) {
	case *dict:
		return &stream{v.pairs()}, r.spend(32 * len(v.keys))
	case undefined:
		return &stream{}, nil
	}
	return nil, wrong("items needs a dict, not '%s'", typeName(v))
}

func filterBatch(r *run, v any, a []any) (any, error) {
	size, err := argInt(a[0], 0)
	if err != nil {
		return nil, err
	}
	if size < 1 {
		return nil, wrong("batch needs a size of 1 at least")
	}
	items, err := r.all(v)
	if err != nil {
		return nil, err
	}
	out := []any{}
	for len(items) > 0 {
		n := int(min(size, int64(len(items))))
		row := slices.Clone(items[:n])
		items = items[n:]
		if err := r.fill(&row, size-int64(n), a[1]); err != nil {
			return nil, err
		}
		out = append(out, list(row))
	}
	return &stream{out}, nil
}

// fill appends a value, if there is one, n times.
func (r *run) fill(row *[]any, n int64, with any) error {
	if _, free := with.(absent); free || with == nil || n <= 0 {
		return nil
	}
	if err := r.spend(16 * int(min(n, maxWork))); err != nil {
		return err
	}
	for range n {
		*row = append(*row, with)
	}
	return nil
}

func filterSlice(r *run, v any, a []any) (any, error) {
	n, err := argInt(a[0], 0)
	if err != nil {
		return nil, err
	}
	items, err := r.all(v)
	if err != nil {
		return nil, err
	}
	if n < 1 {
		return nil, wrong("slice needs 1 part at least")
	}
	if err := r.spend(32 * int(min(n, maxWork))); err != nil {
		return nil, err
	}
	out := []any{}
	each, longer := int64(len(items))/n, int64(len(items))%n
	for i := range n {
		size := each
		if i < longer {
			size++
		}
		row := slices.Clone(items[:size])
		items = items[size:]
		if i >= longer {
			if err := r.fill(&row, 1, a[1]); err != nil {
				return nil, err
			}
		}
		out = append(out, list(row))
	}
	return &stream{out}, nil
}
