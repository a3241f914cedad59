package jinja

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// textMethods are those of text that templates may call. Each gets the text and its arguments.
var textMethods = map[string]struct {
	params []string
	call   func(r *run, s string, a []any) (any, error)
}{
	"upper":      {nil, func(_ *run, s string, _ []any) (any, error) { return upper(s), nil }},
	"lower":      {nil, func(_ *run, s string, _ []any) (any, error) { return lower(s), nil }},
	"capitalize": {nil, func(_ *run, s string, _ []any) (any, error) { return capitalize(s), nil }},
	"strip":      {[]string{"chars"}, stripper(true, true)},
	"lstrip":     {[]string{"chars"}, stripper(true, false)},
	"rstrip":     {[]string{"chars"}, stripper(false, true)},
	"startswith": {[]string{"prefix!"}, edge(strings.HasPrefix)},
	"endswith":   {[]string{"suffix!"}, edge(strings.HasSuffix)},
	"replace":    {[]string{"old!", "new!", "count"}, replaceMethod},
	"split":      {[]string{"sep", "maxsplit"}, splitMethod},
	"splitlines": {nil, func(r *run, s string, _ []any) (any, error) { return r.texts(splitLines(s)) }},
	"join":       {[]string{"items!"}, joinMethod},
	"find":       {[]string{"sub!"}, findMethod},
	"count":      {[]string{"sub!"}, countMethod},
	"isdigit": {nil, every(func(c rune) bool {
		return unicode.Is(unicode.Nd, c) || unicode.Is(unicode.No, c) && c < 0x100 && c != '¼' && c != '½' && c != '¾'
	})},
	"isalpha": {nil, every(unicode.IsLetter)},
	"isspace": {nil, every(isSpace)},
}

var listMethods = []string{"index", "count"}
var dictMethods = []string{"items", "keys", "values", "get"}

// refusedMethods are those of Python that are not supported: they change a value, or are in no use here.
var refusedMethods = map[string][]string{
	"str": {"casefold", "center", "encode", "expandtabs", "format", "format_map", "index", "isalnum", "isascii", "isdecimal", "isidentifier", "islower",
		"isnumeric", "isprintable", "istitle", "isupper", "ljust", "maketrans", "partition", "removeprefix", "removesuffix", "rfind", "rindex", "rjust",
		"rpartition", "rsplit", "swapcase", "title", "translate", "zfill"},
	"list":      {"append", "clear", "copy", "extend", "insert", "pop", "remove", "reverse", "sort"},
	"dict":      {"clear", "copy", "fromkeys", "pop", "popitem", "setdefault", "update"},
	"int":       {"as_integer_ratio", "bit_count", "bit_length", "conjugate", "denominator", "from_bytes", "imag", "numerator", "real", "to_bytes"},
	"float":     {"as_integer_ratio", "conjugate", "fromhex", "hex", "imag", "is_integer", "real"},
	"range":     {"count", "index", "start", "step", "stop"},
	"generator": {"close", "gi_code", "gi_frame", "gi_running", "gi_suspended", "gi_yieldfrom", "send", "throw"},
	"dict_keys": {"isdisjoint", "mapping"}, "dict_items": {"isdisjoint", "mapping"}, "dict_values": {"mapping"},
}

// method finds a method of a value; an error where Python has one that is not supported.
func method(of any, name string) (any, bool, error) {
	kind := typeName(of)
	switch kind {
	case "bool":
		kind = "int"
	case "Markup":
		if _, ok := textMethods[name]; ok || slices.Contains(refusedMethods["str"], name) {
			return nil, false, wrong("methods of escaped text are not supported")
		}
	}
	switch x := of.(type) {
	case string:
		if m, ok := textMethods[name]; ok {
			return &function{name, func(r *run, a *args) (any, error) {
				if len(a.names) > 0 && name != "split" {
					return nil, wrong("%s takes no arguments with names", name)
				}
				bound, err := a.bind(name, m.params...)
				if err == nil {
					err = r.spend(len(x))
				}
				if err != nil {
					return nil, err
				}
				return m.call(r, x, bound)
			}}, true, nil
		}
	case list:
		if slices.Contains(listMethods, name) {
			return listMethod(x, name), true, nil
		}
	case tuple:
		if slices.Contains(listMethods, name) {
			return listMethod(list(x), name), true, nil
		}
	case *dict:
		if slices.Contains(dictMethods, name) {
			return dictMethod(x, name), true, nil
		}
	}
	if slices.Contains(refusedMethods[kind], name) {
		return nil, false, wrong("'%s' of '%s' is not supported in templates of kickstart files", name, kind)
	}
	return nil, false, nil
}

func listMethod(x list, name string) *function {
	return &function{name, func(r *run, a *args) (any, error) {
		bound, err := a.bind(name, "value!")
		if err != nil {
			return nil, err
		}
		n := int64(0)
		for i, item := range x {
			same, err := r.equal(item, bound[0], 0)
			if err != nil {
				return nil, err
			}
			if same && name == "index" {
				return int64(i), nil
			}
			if same {
				n++
			}
		}
		if name == "index" {
			return nil, wrong("the value is not in the list")
		}
		return n, nil
	}}
}

func dictMethod(d *dict, name string) *function {
	return &function{name, func(r *run, a *args) (any, error) {
		if name == "get" {
			bound, err := a.bind(name, "key!", "default")
			if err != nil || len(a.names) > 0 {
				return nil, wrong("get needs a key, and may have a default")
			}
			v, ok, err := r.get(d, bound[0])
			if _, free := bound[1].(absent); !ok && !free {
				v = bound[1]
			}
			return v, err
		}
		if _, err := a.bind(name); err != nil {
			return nil, err
		}
		switch name {
		case "keys":
			return view{"dict_keys", d.keys}, nil
		case "values":
			return view{"dict_values", d.values}, nil
		}
		return view{"dict_items", d.pairs()}, r.spend(32 * len(d.keys))
	}}
}

func (d *dict) pairs() []any {
	out := make([]any, len(d.keys))
	for i, k := range d.keys {
		out[i] = tuple{k, d.values[i]}
	}
	return out
}

// texts makes a list of texts.
func (r *run) texts(all []string) (any, error) {
	out := make(list, len(all))
	for i, s := range all {
		out[i] = s
	}
	return out, r.spend(16 * len(all))
}

// strip takes blanks, or characters of a set, off the ends of a text.
func strip(s string, chars any, left, right bool) (string, error) {
	is := isSpace
	switch c := chars.(type) {
	case absent, nil:
	default:
		set, ok := text(c)
		if !ok {
			return "", wrong("characters are needed, not '%s'", typeName(c))
		}
		if len(set) > 1024 {
			return "", wrong("more than 1024 characters to strip are not supported")
		}
		is = func(c rune) bool { return strings.ContainsRune(set, c) }
	}
	if left {
		s = strings.TrimLeftFunc(s, is)
	}
	if right {
		s = strings.TrimRightFunc(s, is)
	}
	return s, nil
}

func stripper(left, right bool) func(*run, string, []any) (any, error) {
	return func(_ *run, s string, a []any) (any, error) { return strip(s, a[0], left, right) }
}

// edge asks for one of several beginnings or ends.
func edge(has func(s, part string) bool) func(*run, string, []any) (any, error) {
	return func(r *run, s string, a []any) (any, error) {
		all, ok := a[0].(tuple)
		if !ok {
			all = tuple{a[0]}
		}
		for _, v := range all {
			part, ok := text(v)
			if !ok {
				return nil, wrong("text is needed, not '%s'", typeName(v))
			}
			if has(s, part) {
				return true, nil
			}
		}
		return false, nil
	}
}

func every(is func(rune) bool) func(*run, string, []any) (any, error) {
	return func(_ *run, s string, _ []any) (any, error) {
		return s != "" && strings.IndexFunc(s, func(c rune) bool { return !is(c) }) < 0, nil
	}
}

func replaceMethod(r *run, s string, a []any) (any, error) {
	old, ok1 := text(a[0])
	with, ok2 := text(a[1])
	if !ok1 || !ok2 {
		return nil, wrong("replace needs two texts")
	}
	count, err := argInt(a[2], -1)
	if err != nil {
		return nil, err
	}
	return r.replace(s, old, with, count)
}

// replace replaces the first of a text; all with a count below 0.
func (r *run) replace(s, old, with string, count int64) (string, error) {
	n := int64(strings.Count(s, old))
	if count >= 0 {
		n = min(n, count)
	}
	if n > 0 && int64(len(with)) > maxWork/n {
		return "", r.spend(maxWork + 1)
	}
	if err := r.spend(len(s) + int(n)*len(with)); err != nil {
		return "", err
	}
	return strings.Replace(s, old, with, int(n)), nil
}

func splitMethod(r *run, s string, a []any) (any, error) {
	limit, err := argInt(a[1], -1)
	if err != nil {
		return nil, err
	}
	if _, free := a[0].(absent); free || a[0] == nil {
		return r.texts(fields(s, limit))
	}
	sep, ok := text(a[0])
	if !ok || sep == "" {
		return nil, wrong("split needs a text that is not empty")
	}
	if limit < 0 || limit > int64(len(s)) {
		return r.texts(strings.Split(s, sep))
	}
	return r.texts(strings.SplitN(s, sep, int(limit)+1))
}

// fields splits at blanks; behind the last of limit splits the rest stays as it is.
func fields(s string, limit int64) []string {
	out := []string{}
	for s = strings.TrimLeftFunc(s, isSpace); s != ""; s = strings.TrimLeftFunc(s, isSpace) {
		i := strings.IndexFunc(s, isSpace)
		if limit >= 0 && int64(len(out)) == limit {
			return append(out, strings.TrimRightFunc(s, isSpace))
		}
		if i < 0 {
			return append(out, s)
		}
		out, s = append(out, s[:i]), s[i:]
	}
	return out
}

// splitLines splits at all that Python takes for the end of a line.
func splitLines(s string) []string {
	out := []string{}
	for s != "" {
		i := strings.IndexAny(s, "\n\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029")
		if i < 0 {
			return append(out, s)
		}
		out = append(out, s[:i])
		if strings.HasPrefix(s[i:], "\r\n") {
			i++
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		s = s[i+n:]
	}
	return out
}

func joinMethod(r *run, s string, a []any) (any, error) {
	items, err := r.all(a[0])
	if err != nil {
		return nil, err
	}
	all := make([]string, len(items))
	for i, item := range items {
		var ok bool
		if all[i], ok = text(item); !ok {
			return nil, wrong("join needs texts, not '%s': the filter join takes all", typeName(item))
		}
		if err := r.spend(len(all[i]) + len(s)); err != nil {
			return nil, err
		}
	}
	return strings.Join(all, s), nil
}

func findMethod(r *run, s string, a []any) (any, error) {
	sub, ok := text(a[0])
	if !ok {
		return nil, wrong("find needs a text")
	}
	i := strings.Index(s, sub)
	if i < 0 {
		return int64(-1), nil
	}
	return int64(utf8.RuneCountInString(s[:i])), nil
}

func countMethod(r *run, s string, a []any) (any, error) {
	sub, ok := text(a[0])
	if !ok {
		return nil, wrong("count needs a text")
	}
	return int64(strings.Count(s, sub)), nil
}
