package jinja

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

func digit(c byte) bool { return c >= '0' && c <= '9' }

// digits measures digits with single underscores between.
func digits(s string, ok func(byte) bool) int {
	n := 0
	for n < len(s) {
		switch {
		case ok(s[n]):
			n++
		case s[n] == '_' && n > 0 && n+1 < len(s) && ok(s[n+1]):
			n += 2
		default:
			return n
		}
	}
	return n
}

// number measures a number as Jinja2's lexer does; behindDot: a dot stands in front, so that it cannot be a float.
func number(s string, behindDot bool) (kind, int) {
	if s == "" || !digit(s[0]) {
		return "", 0
	}
	if n := float(s); n > 0 && !behindDot {
		return floatToken, n
	}
	if s[0] != '0' {
		return intToken, digits(s, digit)
	}
	if len(s) > 1 {
		var ok func(byte) bool
		switch s[1] | 0x20 {
		case 'x':
			ok = func(c byte) bool { return digit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
		case 'o':
			ok = func(c byte) bool { return c >= '0' && c <= '7' }
		case 'b':
			ok = func(c byte) bool { return c == '0' || c == '1' }
		}
		if ok != nil {
			body := strings.TrimPrefix(s[2:], "_")
			if n := digits(body, ok); n > 0 {
				return intToken, len(s) - len(body) + n
			}
		}
	}
	return intToken, digits(s, func(c byte) bool { return c == '0' })
}

// float measures digits, a fraction and an exponent, of which one at least has to be there.
func float(s string) int {
	n := digits(s, digit)
	whole := n
	if n < len(s) && s[n] == '.' {
		if m := digits(s[n+1:], digit); m > 0 {
			n += 1 + m
		}
	}
	if n < len(s) && s[n]|0x20 == 'e' {
		m := n + 1
		if m < len(s) && (s[m] == '+' || s[m] == '-') {
			m++
		}
		if d := digits(s[m:], digit); d > 0 {
			return m + d
		}
	}
	if n == whole {
		return 0
	}
	return n
}

// unescape is what the text of a string literal stands for. An escape that Python does not know stays.
func unescape(s string, at int) (string, error) {
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		i++ // a backslash is never last: it would have escaped the quote
		if e := strings.IndexByte(`\'"abfnrtv`, s[i]); e >= 0 {
			b.WriteByte("\\'\"\a\b\f\n\r\t\v"[e])
			continue
		}
		switch c := s[i]; {
		case c == '\n':
		case c >= '0' && c <= '7':
			n := 1
			for n < 3 && i+n < len(s) && s[i+n] >= '0' && s[i+n] <= '7' {
				n++
			}
			v, _ := strconv.ParseUint(s[i:i+n], 8, 16)
			b.WriteRune(rune(v))
			i += n - 1
		case c == 'x' || c == 'u' || c == 'U':
			n := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
			var v uint64
			err := strconv.ErrSyntax
			if i+n < len(s) {
				v, err = strconv.ParseUint(s[i+1:i+1+n], 16, 32)
			}
			if err != nil || v > utf8.MaxRune || v >= 0xd800 && v < 0xe000 {
				return "", failf(at+i-1, `\%c stands for no character here`, c)
			}
			b.WriteRune(rune(v))
			i += n
		case c == 'N':
			return "", failf(at+i-1, `\N is not supported: write the character itself`)
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}
