package jinja

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// filter is a filter: its parameters behind the value, those that end in "!" have to be given.
type filter struct {
	params []string
	call   func(r *run, v any, a []any) (any, error)
}

var filters, filterNames = filterTable()

func filterTable() (map[string]filter, []string) {
	all := map[string]filter{}
	for _, table := range []map[string]filter{textFilters, listFilters, numberFilters} {
		maps.Copy(all, table)
	}
	for _, name := range looseFilters {
		all[name] = filter{}
	}
	return all, slices.Sorted(maps.Keys(all))
}

// looseFilters bind their arguments themselves.
var looseFilters = []string{"map", "select", "reject", "selectattr", "rejectattr", "format"}

// refusedFilters are those of Jinja2 that are not supported.
var refusedFilters = []string{"attr", "filesizeformat", "groupby", "pprint", "random", "striptags", "urlize", "wordwrap", "xmlattr"}

// plainMarkup are the filters that take escaped text.
var plainMarkup = []string{"e", "escape", "forceescape", "safe", "string", "default", "d", "length", "count", "replace", "upper", "lower", "trim"}

func (r *run) applyFilter(n *filterCall, v any) (any, error) {
	a, err := r.evalArgs(n.args)
	if err != nil {
		return nil, err
	}
	out, err := r.filter(n.name, v, a)
	return out, at(n.pos(), err)
}

// filter applies a filter by its name.
func (r *run) filter(name string, v any, a *args) (any, error) {
	f, ok := filters[name]
	if !ok {
		return nil, wrong("'%s' is no filter that is supported", name)
	}
	if _, ok := v.(markup); ok && !slices.Contains(plainMarkup, name) {
		return nil, wrong("the filter '%s' on escaped text is not supported", name)
	}
	switch name {
	case "map":
		return r.mapped(v, a)
	case "select", "reject":
		return r.chosen(v, a, false, name == "select")
	case "selectattr", "rejectattr":
		return r.chosen(v, a, true, name == "selectattr")
	case "format":
		return r.formatFilter(v, a)
	}
	bound, err := a.bind("the filter '"+name+"'", f.params...)
	if err != nil {
		return nil, err
	}
	return f.call(r, v, bound)
}

// onText is a filter that makes text of text.
func onText(f func(string) string) filter {
	return filter{nil, func(r *run, v any, _ []any) (any, error) {
		s, err := r.str(v)
		if err == nil {
			err = r.spend(len(s))
		}
		return like(v, f(s)), err
	}}
}

// like is a text, escaped where the value it was made of is.
func like(v any, s string) any {
	if _, ok := v.(markup); ok {
		return markup(s)
	}
	return s
}

var textFilters = map[string]filter{
	"upper":      onText(upper),
	"lower":      onText(lower),
	"capitalize": onText(capitalize),
	"title":      onText(title),
	"string": {nil, func(r *run, v any, _ []any) (any, error) {
		s, err := r.str(v)
		return like(v, s), err
	}},
	"trim": {[]string{"chars"}, func(r *run, v any, a []any) (any, error) {
		s, err := r.str(v)
		if err == nil {
			s, err = strip(s, a[0], true, true)
		}
		return like(v, s), err
	}},
	"replace":     {[]string{"old!", "new!", "count"}, filterReplace},
	"default":     {[]string{"default_value", "boolean"}, filterDefault},
	"d":           {[]string{"default_value", "boolean"}, filterDefault},
	"e":           {nil, filterEscape},
	"escape":      {nil, filterEscape},
	"forceescape": {nil, filterForce},
	"safe": {nil, func(r *run, v any, _ []any) (any, error) {
		s, err := r.str(v)
		return markup(s), err
	}},
	"indent":    {[]string{"width", "first", "blank"}, filterIndent},
	"truncate":  {[]string{"length", "killwords", "end", "leeway"}, filterTruncate},
	"center":    {[]string{"width"}, filterCenter},
	"wordcount": {nil, filterWordcount},
	"urlencode": {nil, filterURL},
	"tojson":    {[]string{"indent"}, filterJSON},
}

func filterReplace(r *run, v any, a []any) (any, error) {
	var s [3]string
	for i, part := range []any{v, a[0], a[1]} {
		var err error
		if s[i], err = r.str(part); err != nil {
			return nil, err
		}
	}
	count := int64(-1)
	if a[2] != nil {
		var err error
		if count, err = argInt(a[2], -1); err != nil {
			return nil, err
		}
	}
	return r.replace(s[0], s[1], s[2], count)
}

func filterDefault(r *run, v any, a []any) (any, error) {
	otherwise := a[0]
	if _, ok := otherwise.(absent); ok {
		otherwise = ""
	}
	if _, ok := v.(undefined); ok {
		return otherwise, nil
	}
	empty, err := argBool(r, a[1], false)
	if err != nil || !empty {
		return v, err
	}
	if yes, err := r.truth(v); err != nil || yes {
		return v, err
	}
	return otherwise, nil
}

func filterEscape(r *run, v any, a []any) (any, error) {
	if m, ok := v.(markup); ok {
		return m, nil
	}
	return filterForce(r, v, a)
}

func filterForce(r *run, v any, _ []any) (any, error) {
	s, err := r.str(v)
	if err == nil {
		err = r.spend(6 * len(s))
	}
	return markup(escapeHTML(s)), err
}

func filterIndent(r *run, v any, a []any) (any, error) {
	s, ok := v.(string)
	if !ok {
		return nil, wrong("indent needs text, not '%s'", typeName(v))
	}
	indent, ok := text(a[0])
	if !ok {
		n, err := argInt(a[0], 4)
		if err != nil {
			return nil, err
		}
		if n > maxWork {
			return nil, r.spend(maxWork + 1)
		}
		indent = strings.Repeat(" ", int(max(n, 0)))
	}
	first, err := argBool(r, a[1], false)
	if err != nil {
		return nil, err
	}
	blank, err := argBool(r, a[2], false)
	if err != nil {
		return nil, err
	}
	lines := splitLines(s + "\n")
	if len(indent) > maxWork/len(lines) {
		return nil, r.spend(maxWork + 1)
	}
	if err := r.spend(len(s) + len(lines)*(len(indent)+1)); err != nil {
		return nil, err
	}
	for i, line := range lines {
		if i == 0 && first || i > 0 && (line != "" || blank) {
			lines[i] = indent + line
		}
	}
	return strings.Join(lines, "\n"), nil
}

func filterTruncate(r *run, v any, a []any) (any, error) {
	s, ok := v.(string)
	if !ok {
		return nil, wrong("truncate needs text, not '%s'", typeName(v))
	}
	length, err := argInt(a[0], 255)
	if err != nil {
		return nil, err
	}
	kill, err := argBool(r, a[1], false)
	if err != nil {
		return nil, err
	}
	end, err := argString(r, a[2], "...")
	if err != nil {
		return nil, err
	}
	leeway := int64(5)
	if a[3] != nil {
		if leeway, err = argInt(a[3], 5); err != nil {
			return nil, err
		}
	}
	if err := r.spend(4 * len(s)); err != nil {
		return nil, err
	}
	n := int64(utf8.RuneCountInString(end))
	letters := []rune(s)
	switch {
	case length < n:
		return nil, wrong("truncate needs a length of %d at least", n)
	case leeway < 0:
		return nil, wrong("truncate needs a leeway of 0 at least")
	case length > 1<<40 || leeway > 1<<40 || int64(len(letters)) <= length+leeway:
		return s, nil
	}
	cut := string(letters[:length-n])
	if i := strings.LastIndexByte(cut, ' '); i >= 0 && !kill {
		cut = cut[:i]
	}
	return cut + end, nil
}

func filterCenter(r *run, v any, a []any) (any, error) {
	s, err := r.str(v)
	if err != nil {
		return nil, err
	}
	width, err := argInt(a[0], 80)
	if err != nil {
		return nil, err
	}
	pad := width - int64(utf8.RuneCountInString(s))
	if pad <= 0 {
		return s, nil
	}
	if err := r.spend(int(min(pad, maxWork+1))); err != nil {
		return nil, err
	}
	left := pad/2 + pad&width&1
	return strings.Repeat(" ", int(left)) + s + strings.Repeat(" ", int(pad-left)), nil
}

func filterWordcount(r *run, v any, _ []any) (any, error) {
	s, err := r.str(v)
	return int64(len(strings.FieldsFunc(s, func(c rune) bool { return !isWord(c) }))), err
}

// quoteURL is Python's quote: letters, digits and a few signs stay.
func quoteURL(s string, query bool) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case digit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte("_.-~", c) >= 0 || c == '/' && !query:
			b.WriteByte(c)
		case c == ' ' && query:
			b.WriteByte('+')
		default:
			b.WriteByte('%')
			b.WriteByte("0123456789ABCDEF"[c>>4])
			b.WriteByte("0123456789ABCDEF"[c&15])
		}
	}
	return b.String()
}

func filterURL(r *run, v any, _ []any) (any, error) {
	var pairs []any
	switch v := v.(type) {
	case *dict:
		pairs = v.pairs()
	case list, tuple, view, *stream, span:
		var err error
		if pairs, err = r.all(v); err != nil {
			return nil, err
		}
	default:
		s, err := r.str(v)
		if err == nil {
			err = r.spend(3 * len(s))
		}
		return quoteURL(s, false), err
	}
	parts := make([]string, len(pairs))
	for i, p := range pairs {
		pair, err := r.all(p)
		if err == nil && len(pair) != 2 {
			err = wrong("urlencode needs pairs, not %s", counted(len(pair), "value"))
		}
		if err != nil {
			return nil, err
		}
		key, err := r.str(pair[0])
		if err != nil {
			return nil, err
		}
		value, err := r.str(pair[1])
		if err != nil {
			return nil, err
		}
		if err := r.spend(3 * (len(key) + len(value))); err != nil {
			return nil, err
		}
		parts[i] = quoteURL(key, true) + "=" + quoteURL(value, true)
	}
	return strings.Join(parts, "&"), nil
}
