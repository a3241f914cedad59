package sed

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// classes are those of [[:name:]] for ASCII.
var classes = map[string]string{
	"alpha": "A-Za-z", "digit": "0-9", "alnum": "0-9A-Za-z", "upper": "A-Z", "lower": "a-z", "space": `\t-\r `, "blank": ` \t`,
	"punct": `!-/:-@\[-` + "`" + `{-~`, "print": ` -~`, "graph": `!-~`, "cntrl": `\x00-\x1f\x7f`, "xdigit": "0-9A-Fa-f",
}

// bracket reads [ … ].
func (t *translator) bracket() (string, bool, error) {
	t.i++
	var out strings.Builder
	out.WriteByte('[')
	if t.i < len(t.s) && t.s[t.i] == '^' {
		out.WriteByte('^')
		t.i++
	}
	for first := true; ; first = false {
		switch {
		case t.i >= len(t.s):
			return "", false, errors.New("a [ has no ]")
		case t.s[t.i] == ']' && !first:
			t.i++
			out.WriteByte(']')
			return out.String(), false, nil
		case strings.HasPrefix(t.s[t.i:], "[:"):
			name, rest, ok := strings.Cut(t.s[t.i+2:], ":]")
			class, known := classes[name]
			if !ok || !known {
				return "", false, errors.New("a class of characters is not known")
			}
			switch name {
			case "digit", "xdigit", "space", "blank":
			default:
				t.cased = true
			}
			out.WriteString(class)
			t.i = len(t.s) - len(rest)
			continue
		case strings.HasPrefix(t.s[t.i:], "[.") || strings.HasPrefix(t.s[t.i:], "[="):
			return "", false, errors.New("[. and [= are not read")
		}
		low, err := t.member()
		if err != nil {
			return "", false, err
		}
		if t.i+1 >= len(t.s) || t.s[t.i] != '-' || t.s[t.i+1] == ']' {
			out.WriteString(quoteMember(low))
			continue
		}
		t.i++
		if strings.HasPrefix(t.s[t.i:], "[:") || strings.HasPrefix(t.s[t.i:], "[.") || strings.HasPrefix(t.s[t.i:], "[=") {
			return "", false, errors.New("a range to a class is not read")
		}
		high, err := t.member()
		if err != nil {
			return "", false, err
		}
		if high < low {
			return "", false, errors.New("a range runs backwards")
		}
		if low >= utf8.RuneSelf || high >= utf8.RuneSelf {
			return "", false, errors.New("a range of characters that are not ASCII depends on the locale")
		}
		out.WriteString(quoteMember(low) + "-" + quoteMember(high))
	}
}

// member is one character of a bracket.
func (t *translator) member() (rune, error) {
	if t.s[t.i] == '\\' && t.i+1 < len(t.s) {
		switch c := t.s[t.i+1]; {
		case c == 't' || c == 'f' || c == 'v' || c == 'n':
			t.i += 2
			return rune("\t\f\v\n"[strings.IndexByte("tfvn", c)]), nil
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9':
			if strings.IndexByte("acdox", c) >= 0 {
				return 0, fmt.Errorf(`\%c in a bracket is not read`, c)
			}
		}
	}
	r, n := utf8.DecodeRuneInString(t.s[t.i:])
	if r == utf8.RuneError && n == 1 {
		return 0, errors.New("a regular expression is no UTF-8")
	}
	if r == 0 {
		return 0, errors.New("a zero byte is not read")
	}
	t.i += n
	return r, nil
}

func quoteMember(r rune) string {
	if r < utf8.RuneSelf {
		return fmt.Sprintf(`\x%02x`, r)
	}
	return string(r)
}
