package page

import (
	"fmt"
	"html/template"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is how many bytes of one text of an image are shown.
const maxText = 4096

// maxMarks is how many marks may stand on one letter: without a bound they grow over the lines above.
const maxMarks = 4

// blanks are characters that unicode counts as letters or symbols and that nobody sees.
const blanks = "\u115f\u1160\u2800\u3164\uffa0"

// Text shows a text of one line. What could not be seen, or would change how its neighbours are read, is written as an
// escape in a frame of its own: control characters, bytes that are no UTF-8, marks of direction, blanks without width.
func Text(s string) template.HTML { return shown(s, maxText) }

func shown(s string, most int) template.HTML {
	var b strings.Builder
	cut := 0
	if len(s) > most {
		end := most
		for end > most-utf8.UTFMax && !utf8.RuneStart(s[end]) {
			end--
		}
		cut, s = len(s)-end, s[:end]
	}
	marks := 0
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if marks++; !unicode.Is(unicode.M, r) {
			marks = 0
		}
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `<b class="u">\x%02x</b>`, s[0])
		case r == '\t':
			b.WriteByte('\t')
		case r < 0x80 && !unicode.IsPrint(r):
			fmt.Fprintf(&b, `<b class="u">\x%02x</b>`, r)
		case !visible(r) || marks > maxMarks:
			if r > 0xffff {
				fmt.Fprintf(&b, `<b class="u">\U%08x</b>`, r)
			} else {
				fmt.Fprintf(&b, `<b class="u">\u%04x</b>`, r)
			}
		default:
			template.HTMLEscape(&b, []byte(s[:n]))
		}
		s = s[n:]
	}
	if cut > 0 {
		fmt.Fprintf(&b, `<b class="u">… %s more bytes</b>`, Count(cut))
	}
	return template.HTML(b.String())
}

// visible says whether a character shows, takes room, and leaves its neighbours alone.
func visible(r rune) bool {
	return unicode.IsPrint(r) && !strings.ContainsRune(blanks, r) &&
		!unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// Count is a number with its thousands apart: 12,345.
func Count[N int | int64 | uint64 | uint32](n N) string {
	s := fmt.Sprint(n)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Counted is a number with its noun: "1 path", "12 paths".
func Counted[N int | int64 | uint64 | uint32](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + many
}

// Size is a number of bytes for people: three digits and a binary unit.
func Size(n int64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return Counted(n, "byte", "bytes")
	}
	f := float64(n) / 1024
	unit := 0
	for f >= 1023.5 && unit < len(units)-1 {
		f /= 1024
		unit++
	}
	digits := 0
	if f < 99.95 {
		digits = 1
	}
	return strings.TrimSuffix(fmt.Sprintf("%.*f", digits, f), ".0") + " " + units[unit:unit+1] + "iB"
}

// Bytes is a Size, with the number itself where that says more.
func Bytes(n int64) string {
	if n < 1024 {
		return Size(n)
	}
	return Size(n) + ", " + Counted(n, "byte", "bytes")
}

// Quoted is a word as a shell reads it, or false where it could not be shown as it is.
func Quoted(s string) (string, bool) {
	plain := true
	for _, r := range s {
		if r == utf8.RuneError || !visible(r) {
			return "", false
		}
		plain = plain && (r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) || strings.ContainsRune("/._-+:@%,=", r))
	}
	if plain && s != "" && s[0] != '-' {
		return s, true
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'", true
}
