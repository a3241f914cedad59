package sbom

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxText bounds a text of the image in a bill.
const maxText = 1 << 10

// line is a text of the image in one line: what is not printable, or would turn the direction of writing, is escaped.
func line(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
		for i := 0; i < utf8.UTFMax && !utf8.ValidString(s[len(s)-min(len(s), utf8.UTFMax):]); i++ {
			s = s[:len(s)-1]
		}
		s += "…"
	}
	odd := func(c rune) bool { return c == utf8.RuneError || !unicode.IsPrint(c) }
	if !strings.ContainsFunc(s, odd) {
		return s
	}
	q := strconv.QuoteToGraphic(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

// stamp writes a time as both formats have it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// majorMinor is the first two numbers of a version, as SPDX has that of its list of licences.
func majorMinor(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(len(parts), 2)], ".")
}
