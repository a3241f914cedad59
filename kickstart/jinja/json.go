package jinja

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"
)

// filterJSON is JSON with sorted keys that can stand in HTML.
func filterJSON(r *run, v any, a []any) (any, error) {
	indent := -1
	if _, free := a[0].(absent); !free && a[0] != nil {
		n, err := argInt(a[0], 0)
		if err != nil {
			return nil, err
		}
		if n < 0 || n > 64 {
			return nil, wrong("tojson indents by 0 to 64 blanks")
		}
		indent = int(n)
	}
	var b strings.Builder
	if err := r.json(&b, v, indent, 0); err != nil {
		return nil, err
	}
	return markup(strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`, "'", `\u0027`).Replace(b.String())), nil
}

func (r *run) json(b *strings.Builder, v any, indent, depth int) error {
	if depth > maxNesting {
		return wrong("lists stand in each other more than %d deep", maxNesting)
	}
	before := b.Len()
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case float64:
		b.WriteString(jsonFloat(v))
	case string:
		b.WriteString(jsonString(v))
	case markup:
		b.WriteString(jsonString(string(v)))
	case list:
		return r.jsonAll(b, '[', ']', len(v), indent, depth, func(i int) error { return r.json(b, v[i], indent, depth+1) })
	case tuple:
		return r.jsonAll(b, '[', ']', len(v), indent, depth, func(i int) error { return r.json(b, v[i], indent, depth+1) })
	case *dict:
		return r.jsonDict(b, v, indent, depth)
	default:
		return wrong("a '%s' cannot be written as JSON", typeName(v))
	}
	return r.spend(b.Len() - before)
}

func (r *run) jsonAll(b *strings.Builder, open, end byte, n, indent, depth int, item func(int) error) error {
	line := func(depth int) error {
		if indent >= 0 {
			b.WriteString("\n" + strings.Repeat(" ", indent*depth))
			return r.spend(1 + indent*depth)
		}
		return nil
	}
	b.WriteByte(open)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
			if indent < 0 {
				b.WriteByte(' ')
			}
		}
		if err := line(depth + 1); err != nil {
			return err
		}
		if err := item(i); err != nil {
			return err
		}
	}
	if n > 0 {
		if err := line(depth); err != nil {
			return err
		}
	}
	b.WriteByte(end)
	return r.spend(2 + 2*n)
}

func (r *run) jsonDict(b *strings.Builder, d *dict, indent, depth int) error {
	keys := make([]string, len(d.keys))
	order := make([]int, len(d.keys))
	for i, k := range d.keys {
		s, ok := text(k)
		if !ok {
			return wrong("keys of JSON are texts, not '%s'", typeName(k))
		}
		keys[i], order[i] = s, i
	}
	if err := r.spend(32 * len(keys)); err != nil {
		return err
	}
	sort.Slice(order, func(i, j int) bool { return keys[order[i]] < keys[order[j]] })
	return r.jsonAll(b, '{', '}', len(keys), indent, depth, func(i int) error {
		b.WriteString(jsonString(keys[order[i]]) + ": ")
		return r.json(b, d.values[order[i]], indent, depth+1)
	})
}

func jsonFloat(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case math.IsNaN(f):
		return "NaN"
	}
	return reprFloat(f)
}

func jsonString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c >= ' ' && c < 0x7f:
			b.WriteRune(c)
		case strings.ContainsRune("\b\f\n\r\t", c):
			b.WriteByte('\\')
			b.WriteByte("bfnrt"[strings.IndexRune("\b\f\n\r\t", c)])
		case c < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			high, low := utf16.EncodeRune(c)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		}
	}
	b.WriteByte('"')
	return b.String()
}
