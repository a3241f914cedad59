package script

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// dialect is whose escapes are read.
type dialect int

const (
	echoE  dialect = iota // echo -e, and %b of printf: \0NNN
	format                // the format of printf: \NNN
	ansiC                 // $'…'
)

// stop is the reason that escapes give for \c, which ends all output.
const stop = "\x00stop"

// escapes reads the escapes of a text as bash does.
func escapes(s string, d dialect) (text, why string) {
	if !strings.Contains(s, `\`) {
		return s, ""
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out.WriteByte(s[i])
			continue
		}
		i++
		if at := strings.IndexByte("abefnrtvE\\", s[i]); at >= 0 {
			out.WriteByte("\a\b\x1b\f\n\r\t\v\x1b\\"[at])
			continue
		}
		switch c := s[i]; {
		case c == 'c' && d == echoE:
			return out.String(), stop
		case c == 'c' && d == format:
			return out.String(), stop
		case c == 'c':
			return "", `\c in $'…' is not read`
		case d != echoE && (c == '\'' || c == '"' || c == '?'):
			out.WriteByte(c)
		case c >= '0' && c <= '7' && (d != echoE || c == '0'):
			if d == echoE {
				i++
			}
			n := digits(s[i:], "01234567", 3)
			v, _ := strconv.ParseUint("0"+s[i:i+n], 8, 16)
			if out.WriteByte(byte(v)); byte(v) == 0 {
				return "", "a zero byte is not read"
			}
			i += n - 1
		case c == 'x':
			n := digits(s[i+1:], "0123456789abcdefABCDEF", 2)
			if n == 0 {
				return "", `\x without digits is not read`
			}
			v, _ := strconv.ParseUint(s[i+1:i+1+n], 16, 8)
			if out.WriteByte(byte(v)); v == 0 {
				return "", "a zero byte is not read"
			}
			i += n
		case c == 'u' || c == 'U':
			most := 4
			if c == 'U' {
				most = 8
			}
			n := digits(s[i+1:], "0123456789abcdefABCDEF", most)
			v, _ := strconv.ParseUint("0"+s[i+1:i+1+n], 16, 64)
			if n == 0 || v >= 0x80 || v == 0 || !utf8.ValidRune(rune(v)) {
				return "", "a character by its number depends on the locale"
			}
			out.WriteByte(byte(v))
			i += n
		default:
			out.WriteByte('\\')
			out.WriteByte(c)
		}
	}
	return out.String(), ""
}

// digits is how many of a text's first bytes are of a set.
func digits(s, set string, most int) int {
	n := 0
	for n < len(s) && n < most && strings.IndexByte(set, s[n]) >= 0 {
		n++
	}
	return n
}

// echo prints its words as bash's does.
func (r *run) echo(args []field) {
	r.status = good
	if r.strange {
		r.open.unknown("the script changes how echo works")
		return
	}
	end, interpret := "\n", false
	for len(args) > 0 && args[0].why == "" {
		a := args[0].text
		if len(a) < 2 || a[0] != '-' || strings.Trim(a[1:], "neE") != "" {
			break
		}
		for _, c := range a[1:] {
			switch c {
			case 'n':
				end = ""
			case 'e':
				interpret = true
			case 'E':
				interpret = false
			}
		}
		args = args[1:]
	}
	for i, f := range args {
		if f.why != "" {
			r.open.unknown(f.why)
			return
		}
		text, why := f.text, ""
		if interpret {
			text, why = escapes(text, echoE)
		}
		if i > 0 {
			r.print(" ")
		}
		r.print(text)
		switch why {
		case "":
		case stop:
			return
		default:
			r.open.unknown(why)
			return
		}
	}
	r.print(end)
}

// printf knows %s, %b, %d, %c and %%.
func (r *run) printf(args []field) {
	r.status = good
	if len(args) > 0 && args[0].text == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		r.status = bad
		return
	}
	for _, f := range args {
		if f.why != "" {
			r.open.unknown(f.why)
			return
		}
	}
	if strings.HasPrefix(args[0].text, "-v") {
		r.setsAny("printf -v may set it")
		return
	}
	pattern, rest := args[0].text, args[1:]
	for {
		before := len(rest)
		text, left, why := r.formatted(pattern, rest)
		if r.print(text); why == stop {
			return
		} else if why != "" {
			r.open.unknown("printf: " + why)
			return
		}
		if rest = left; len(rest) == 0 || len(rest) == before || r.work > maxWork {
			return
		}
	}
}

// formatted does a format once.
func (r *run) formatted(pattern string, args []field) (text string, rest []field, why string) {
	var out strings.Builder
	next := func() string {
		if len(args) == 0 {
			return ""
		}
		a := args[0].text
		args = args[1:]
		return a
	}
	for pattern != "" {
		plain, after, found := strings.Cut(pattern, "%")
		s, why := escapes(plain, format)
		if out.WriteString(s); why != "" {
			return out.String(), args, why
		}
		if !found {
			break
		}
		if after == "" {
			return out.String(), args, "the format ends with %"
		}
		switch pattern = after[1:]; after[0] {
		case '%':
			out.WriteByte('%')
		case 's':
			out.WriteString(next())
		case 'c':
			if a := next(); a != "" && a[0] < utf8.RuneSelf {
				out.WriteByte(a[0])
			} else if a != "" {
				return out.String(), args, "%c of a character that is not ASCII"
			}
		case 'b':
			s, why := escapes(next(), echoE)
			if out.WriteString(s); why != "" {
				return out.String(), args, why
			}
		case 'd', 'i':
			a := next()
			n, err := strconv.ParseInt(a, 10, 64)
			if a != "" && (err != nil || a != strconv.FormatInt(n, 10)) {
				return out.String(), args, "%d of " + a
			}
			out.WriteString(strconv.FormatInt(n, 10))
		default:
			return out.String(), args, "%" + after[:1] + " is not read"
		}
		if r.work += 1; out.Len() > maxWork {
			return "", nil, "the values of the script are too long"
		}
	}
	return out.String(), args, ""
}
