package jinja

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// str is what Python's str gives.
func (r *run) str(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case markup:
		return string(v), nil
	case undefined:
		if r.refuses(v) {
			return "", v.err()
		}
		return "", nil
	}
	return r.repr(v)
}

// repr is what Python's repr gives.
func (r *run) repr(v any) (string, error) {
	var b strings.Builder
	err := r.reprTo(&b, v, 0)
	return b.String(), err
}

func (r *run) reprTo(b *strings.Builder, v any, depth int) error {
	if depth > maxNesting {
		return wrong("lists stand in each other more than %d deep", maxNesting)
	}
	before := b.Len()
	switch v := v.(type) {
	case nil:
		b.WriteString("None")
	case bool:
		b.WriteString(map[bool]string{true: "True", false: "False"}[v])
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case float64:
		b.WriteString(reprFloat(v))
	case string:
		b.WriteString(reprString(v))
	case markup:
		b.WriteString("Markup(" + reprString(string(v)) + ")")
	case list:
		return r.reprAll(b, "[", v, "]", depth)
	case tuple:
		if len(v) == 1 {
			return r.reprAll(b, "(", v, ",)", depth)
		}
		return r.reprAll(b, "(", v, ")", depth)
	case *dict:
		return r.reprDict(b, v, depth)
	case view:
		return r.reprAll(b, v.name+"([", v.items, "])", depth)
	case span:
		if v.step == 1 {
			fmt.Fprintf(b, "range(%d, %d)", v.from, v.to)
		} else {
			fmt.Fprintf(b, "range(%d, %d, %d)", v.from, v.to, v.step)
		}
	case undefined:
		if r.refuses(v) {
			return v.err()
		}
		b.WriteString("Undefined")
	case *loop:
		fmt.Fprintf(b, "<LoopContext %d/%d>", v.i+1, v.n)
	default:
		return wrong("a %s has no text that is always the same: make a list of it, or call it", typeName(v))
	}
	return r.spend(b.Len() - before)
}

func (r *run) reprAll(b *strings.Builder, open string, items []any, end string, depth int) error {
	b.WriteString(open)
	for i, item := range items {
		if i > 0 {
			b.WriteString(", ")
		}
		if err := r.reprTo(b, item, depth+1); err != nil {
			return err
		}
	}
	b.WriteString(end)
	return r.spend(len(open) + len(end) + 2*len(items))
}

func (r *run) reprDict(b *strings.Builder, d *dict, depth int) error {
	b.WriteString("{")
	for i, k := range d.keys {
		if i > 0 {
			b.WriteString(", ")
		}
		if err := r.reprTo(b, k, depth+1); err != nil {
			return err
		}
		b.WriteString(": ")
		if err := r.reprTo(b, d.values[i], depth+1); err != nil {
			return err
		}
	}
	b.WriteString("}")
	return r.spend(2 + 4*len(d.keys))
}

// reprFloat is the shortest text that gives the number again, with an exponent from 1e16 on and below 1e-4.
func reprFloat(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case math.IsNaN(f):
		return "nan"
	}
	s := strconv.FormatFloat(f, 'e', -1, 64)
	exponent, _ := strconv.Atoi(s[strings.IndexByte(s, 'e')+1:])
	if f != 0 && (exponent < -4 || exponent >= 16) {
		return s
	}
	s = strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// reprString is a string literal.
func reprString(s string) string {
	quote := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = '"'
	}
	var b strings.Builder
	b.WriteByte(quote)
	for _, c := range s {
		switch {
		case c == '\\' || c == rune(quote):
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(c):
			b.WriteRune(c)
		case c < 0x100:
			fmt.Fprintf(&b, `\x%02x`, c)
		case c < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			fmt.Fprintf(&b, `\U%08x`, c)
		}
	}
	b.WriteByte(quote)
	return b.String()
}
