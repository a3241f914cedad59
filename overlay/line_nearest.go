package overlay

import (
	"cmp"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
)

// Bounds on the search for lines that come near a pattern.
const (
	nearLines  = 20000
	nearLength = 200
	nearWords  = 16
	nearShown  = 3
)

// notFound says that no line matches, and shows those that come nearest.
func (c *lineEdit) notFound(lines []textLine) error {
	return fmt.Errorf("no line matches %q%s", shorten(c.Match), nearest(lines, c.Match, c.Set))
}

// nearest is the end of an error for a pattern that nothing matched: what the file has instead.
func nearest(lines []textLine, pattern, set string) string {
	const mend = "; mend the pattern, or say what shall be done with missing: append or missing: skip"
	if len(lines) == 0 {
		return ": the file is empty" + mend
	}
	words := literals(pattern)
	if first, _, _ := strings.Cut(strings.TrimSpace(set), " "); first != "" {
		words = append(words, strings.ToLower(first))
	}
	type near struct{ line, score int }
	var best []near
	for i, l := range lines[:min(len(lines), nearLines)] {
		if s := likeness(l.text, words); s > 0 {
			best = append(best, near{i, s})
		}
	}
	if len(best) == 0 {
		return fmt.Sprintf(" in its %d lines, and none comes near%s", len(lines), mend)
	}
	slices.SortStableFunc(best, func(a, b near) int { return cmp.Compare(b.score, a.score) })
	var shown []string
	for _, n := range best[:min(len(best), nearShown)] {
		shown = append(shown, fmt.Sprintf("line %d: %q", n.line+1, shorten(lines[n.line].text)))
	}
	return " in its " + fmt.Sprint(len(lines)) + " lines; the nearest are " + strings.Join(shown, ", ") + mend
}

// literals are the texts of at least three letters that a pattern asks for, in lower case.
func literals(pattern string) []string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	var out []string
	var walk func(*syntax.Regexp)
	walk = func(re *syntax.Regexp) {
		if re.Op == syntax.OpLiteral && len(re.Rune) >= 3 && len(out) < nearWords {
			word := re.Rune[:min(len(re.Rune), 64)]
			out = append(out, strings.ToLower(string(word)))
		}
		for _, sub := range re.Sub {
			walk(sub)
		}
	}
	walk(re)
	return out
}

// likeness is the length of the longest beginning or end of one of the words, of three letters at least, that a line has
// somewhere.
func likeness(line string, words []string) int {
	line = strings.ToLower(line[:min(len(line), nearLength)])
	best := 0
	for _, w := range words {
		for n := len(w); n >= 3 && n > best; n-- {
			if strings.Contains(line, w[:n]) || strings.Contains(line, w[len(w)-n:]) {
				best = n
			}
		}
	}
	return best
}
