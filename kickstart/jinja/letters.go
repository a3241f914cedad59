package jinja

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// upper and lower follow Unicode's special cases, as Python does: ß becomes SS.
func upper(s string) string {
	if ascii(s) {
		return strings.ToUpper(s)
	}
	return cases.Upper(language.Und).String(s)
}

func lower(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	return cases.Lower(language.Und).String(s)
}

// capitalize makes the first letter a capital and the others small.
func capitalize(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	if ascii(s) {
		return upper(s[:n]) + lower(s[n:])
	}
	return cases.Title(language.Und, cases.NoLower).String(s[:n]) + lower(s[n:])
}

// title makes the first letter of each word a capital. Words end at blanks, hyphens and opening brackets.
func title(s string) string {
	var b strings.Builder
	for s != "" {
		i := strings.IndexFunc(s, func(c rune) bool { return !between(c) })
		if i < 0 {
			i = len(s)
		}
		b.WriteString(s[:i])
		if s = s[i:]; s == "" {
			break
		}
		j := strings.IndexFunc(s, between)
		if j < 0 {
			j = len(s)
		}
		_, n := utf8.DecodeRuneInString(s)
		b.WriteString(upper(s[:n]) + lower(s[n:j]))
		s = s[j:]
	}
	return b.String()
}

func between(c rune) bool { return isSpace(c) || strings.ContainsRune("-({[<", c) }
