package sed

import (
	"regexp/syntax"
	"strings"
)

// certain says whether it is plain what each group matches: POSIX takes the longest for each part from left to right, RE2
// what a search from the left would find first. They agree where repetitions are of single characters, and where no two
// alternatives can match at one place.
func certain(t *syntax.Regexp) bool {
	switch t.Op {
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		return single(t.Sub[0])
	case syntax.OpAlternate:
		var words []string
		for _, s := range t.Sub {
			w, ok := literal(s)
			if !ok {
				return false
			}
			for _, o := range words {
				if strings.HasPrefix(w, o) || strings.HasPrefix(o, w) {
					return false
				}
			}
			words = append(words, w)
		}
		return true
	}
	for _, s := range t.Sub {
		if !certain(s) {
			return false
		}
	}
	return true
}

// single says whether an expression matches exactly one character.
func single(t *syntax.Regexp) bool {
	switch t.Op {
	case syntax.OpLiteral:
		return len(t.Rune) == 1
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return true
	}
	return false
}

// literal is the one text that an expression matches.
func literal(t *syntax.Regexp) (string, bool) {
	switch t.Op {
	case syntax.OpLiteral:
		return string(t.Rune), t.Flags&syntax.FoldCase == 0
	case syntax.OpConcat:
		out := ""
		for _, s := range t.Sub {
			w, ok := literal(s)
			if !ok {
				return "", false
			}
			out += w
		}
		return out, true
	}
	return "", false
}
