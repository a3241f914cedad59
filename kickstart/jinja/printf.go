package jinja

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// formatFilter is the filter format: the text is a pattern for Python's %.
func (r *run) formatFilter(v any, a *args) (any, error) {
	s, err := r.str(v)
	if err != nil {
		return nil, err
	}
	if len(a.names) == 0 {
		return r.percent(s, tuple(a.plain))
	}
	if len(a.plain) > 0 {
		return nil, wrong("format takes arguments with names, or without, not both")
	}
	d := &dict{}
	for i, name := range a.names {
		d.keys, d.values = append(d.keys, name), append(d.values, a.named[i])
	}
	return r.percent(s, d)
}

// verb is one conversion of a pattern, as %-5.2f.
type verb struct {
	key                   string
	keyed                 bool
	alternate, zero, left bool
	blank, plus           bool
	width, precision      int64
	letter                byte
}

// values hands out what stands on the right of Python's %.
type values struct {
	all  []any
	next int
	dict *dict
}

func (v *values) take() (any, error) {
	if v.next >= len(v.all) {
		return nil, wrong("there are too few values for the pattern")
	}
	v.next++
	return v.all[v.next-1], nil
}

// percent is Python's % for text.
func (r *run) percent(pattern, right any) (any, error) {
	s, ok := pattern.(string)
	if !ok {
		return nil, wrong("%% on escaped text is not supported")
	}
	vals := &values{all: []any{right}}
	switch x := right.(type) {
	case tuple:
		vals.all = x
	case *dict:
		vals.dict = x
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:i])
		v, n, err := parseVerb(s[i+1:], vals)
		if err != nil {
			return nil, err
		}
		s = s[i+1+n:]
		out, err := r.verb(v, vals)
		if err == nil {
			err = r.spend(len(out) + i)
		}
		if err != nil {
			return nil, err
		}
		b.WriteString(out)
	}
	if vals.dict == nil && vals.next < len(vals.all) {
		switch right.(type) {
		case list: // Python takes it for a mapping
		default:
			return nil, wrong("there are too many values for the pattern")
		}
	}
	return b.String(), nil
}

// parseVerb reads what stands behind a %, and says how many bytes it takes.
func parseVerb(s string, vals *values) (verb, int, error) {
	v := verb{width: -1, precision: -1}
	i := 0
	incomplete := func() (verb, int, error) { return v, 0, wrong("the pattern ends within a conversion") }
	if strings.HasPrefix(s, "(") {
		end, open := -1, 0
		for j := range len(s) {
			if s[j] == '(' {
				open++
			} else if s[j] == ')' {
				if open--; open == 0 {
					end = j
					break
				}
			}
		}
		if end < 0 {
			return incomplete()
		}
		v.key, v.keyed, i = s[1:end], true, end+1
	}
	for ; i < len(s) && strings.IndexByte("#0- +", s[i]) >= 0; i++ {
		switch s[i] {
		case '#':
			v.alternate = true
		case '0':
			v.zero = true
		case '-':
			v.left = true
		case ' ':
			v.blank = true
		case '+':
			v.plus = true
		}
	}
	size := func() (int64, error) {
		if i < len(s) && s[i] == '*' {
			i++
			x, err := vals.take()
			if err != nil {
				return 0, err
			}
			return argInt(x, 0)
		}
		n := int64(0)
		for ; i < len(s) && digit(s[i]); i++ {
			if n = n*10 + int64(s[i]-'0'); n > maxWork {
				return 0, wrong("the width is too large")
			}
		}
		return n, nil
	}
	var err error
	if v.width, err = size(); err != nil {
		return v, 0, err
	}
	if v.width < 0 {
		v.left, v.width = true, -v.width
	}
	if i < len(s) && s[i] == '.' {
		i++
		if v.precision, err = size(); err != nil {
			return v, 0, err
		}
		v.precision = max(v.precision, 0)
	}
	for i < len(s) && strings.IndexByte("hlL", s[i]) >= 0 {
		i++
	}
	if i >= len(s) {
		return incomplete()
	}
	if v.width > maxWork || v.precision > 1000 {
		return v, 0, wrong("the width is too large")
	}
	v.letter = s[i]
	return v, i + 1, nil
}

func (r *run) verb(v verb, vals *values) (string, error) {
	if v.letter == '%' {
		return "%", nil
	}
	var x any
	var err error
	if v.keyed {
		if vals.dict == nil {
			return "", wrong("%%(%s) needs a dict on the right", v.key)
		}
		var ok bool
		if x, ok, err = r.get(vals.dict, v.key); err == nil && !ok {
			err = wrong("the dict has no '%s'", v.key)
		}
	} else {
		x, err = vals.take()
	}
	if err != nil {
		return "", err
	}
	var sign, body string
	switch v.letter {
	case 's', 'r':
		if v.letter == 's' {
			body, err = r.str(x)
		} else {
			body, err = r.repr(x)
		}
		if v.precision >= 0 && err == nil {
			body = firstLetters(body, v.precision)
		}
		v.zero = false
	case 'c':
		body, err = oneLetter(x)
		v.zero = false
	case 'd', 'i', 'u', 'x', 'X', 'o':
		sign, body, err = v.integer(x)
	case 'e', 'E', 'f', 'F', 'g', 'G':
		sign, body, err = v.real(x)
	default:
		c, _ := utf8.DecodeRuneInString(string(v.letter))
		return "", wrong("%%%c is no conversion that is supported", c)
	}
	if err != nil {
		return "", err
	}
	return v.pad(sign, body), nil
}

func firstLetters(s string, n int64) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

func oneLetter(x any) (string, error) {
	if s, ok := text(x); ok && utf8.RuneCountInString(s) == 1 {
		return s, nil
	}
	if i, _, integer, ok := numeric(x); ok && integer && i >= 0 && i <= utf8.MaxRune && utf8.ValidRune(rune(i)) {
		return string(rune(i)), nil
	}
	return "", wrong("%%c needs one letter")
}

func (v verb) sign(negative bool) string {
	switch {
	case negative:
		return "-"
	case v.plus:
		return "+"
	case v.blank:
		return " "
	}
	return ""
}

func (v verb) integer(x any) (sign, body string, err error) {
	i, f, integer, ok := numeric(x)
	if !ok || !integer && strings.IndexByte("diu", v.letter) < 0 {
		return "", "", wrong("%%%c needs a number, not '%s'", v.letter, typeName(x))
	}
	if !integer {
		whole, err := truncated(f)
		if math.IsNaN(f) || err != nil {
			return "", "", wrong("%%%c needs a whole number", v.letter)
		}
		i = whole.(int64)
	}
	base, prefix := 10, ""
	switch v.letter {
	case 'x', 'X':
		base, prefix = 16, "0"+string(v.letter)
	case 'o':
		base, prefix = 8, "0o"
	}
	body = strconv.FormatUint(magnitude(i), base)
	if n := int(v.precision) - len(body); n > 0 {
		body = strings.Repeat("0", n) + body
	}
	if v.letter == 'X' {
		body = strings.ToUpper(body)
	}
	sign = v.sign(i < 0)
	if v.alternate && base != 10 {
		sign += prefix
	}
	return sign, body, nil
}

func (v verb) real(x any) (sign, body string, err error) {
	_, f, _, ok := numeric(x)
	if !ok {
		return "", "", wrong("%%%c needs a number, not '%s'", v.letter, typeName(x))
	}
	if v.alternate {
		return "", "", wrong("%%#%c is not supported", v.letter)
	}
	precision := int(v.precision)
	if precision < 0 {
		precision = 6
	}
	sign = v.sign(math.Signbit(f) && !math.IsNaN(f))
	switch f = math.Abs(f); {
	case math.IsInf(f, 0):
		body = "inf"
	case math.IsNaN(f):
		body = "nan"
	case v.letter|0x20 == 'g':
		body = strconv.FormatFloat(f, 'g', max(precision, 1), 64)
	default:
		body = strconv.FormatFloat(f, v.letter|0x20, precision, 64)
	}
	if v.letter < 'a' {
		body = strings.ToUpper(body)
	}
	return sign, body, nil
}

// pad brings a conversion to its width.
func (v verb) pad(sign, body string) string {
	n := int(v.width) - utf8.RuneCountInString(sign+body)
	switch {
	case n <= 0:
		return sign + body
	case v.left:
		return sign + body + strings.Repeat(" ", n)
	case v.zero:
		return sign + strings.Repeat("0", n) + body
	}
	return strings.Repeat(" ", n) + sign + body
}
