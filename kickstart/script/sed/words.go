package sed

import (
	"regexp/syntax"
	"strings"
)

const maxSamples = 48

// words are texts that an expression matches. all: there are no others, if it looks at nothing around them.
func words(t *syntax.Regexp) (list []string, all bool) {
	switch t.Op {
	case syntax.OpLiteral:
		s := string(t.Rune)
		if t.Flags&syntax.FoldCase != 0 {
			return []string{s, strings.ToLower(s), strings.ToUpper(s)}, false
		}
		return []string{s}, true
	case syntax.OpCharClass:
		return classWords(t)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return []string{" ", "x", "#", "0", "="}, false
	case syntax.OpCapture:
		return words(t.Sub[0])
	case syntax.OpStar:
		return repeated(t.Sub[0], 0, 2, false)
	case syntax.OpPlus:
		return repeated(t.Sub[0], 1, 2, false)
	case syntax.OpQuest:
		return repeated(t.Sub[0], 0, 1, true)
	case syntax.OpRepeat:
		if t.Max < 0 {
			return repeated(t.Sub[0], t.Min, t.Min+1, false)
		}
		return repeated(t.Sub[0], t.Min, t.Max, true)
	case syntax.OpConcat:
		list, all = []string{""}, true
		for _, s := range t.Sub {
			more, whole := words(s)
			list, all = product(list, more, all && whole)
		}
		return list, all
	case syntax.OpAlternate:
		all = true
		for _, s := range t.Sub {
			more, whole := words(s)
			list, all = append(list, more...), all && whole
		}
		if len(list) > maxSamples {
			return list[:maxSamples], false
		}
		return list, all
	case syntax.OpNoMatch:
		return nil, true
	}
	return []string{""}, true // what looks around
}

func product(a, b []string, all bool) ([]string, bool) {
	var out []string
	for _, x := range a {
		for _, y := range b {
			if len(out) == maxSamples {
				return out, false
			}
			out = append(out, x+y)
		}
	}
	return out, all
}

func repeated(t *syntax.Regexp, low, high int, all bool) ([]string, bool) {
	one, whole := words(t)
	all = all && whole
	list := []string{""}
	var out []string
	if low == 0 {
		out = list
	}
	for n := 1; n <= high; n++ {
		if list, all = product(list, one, all); n >= low {
			out = append(out, list...)
		}
		if len(out) > maxSamples || n > maxSamples {
			return out[:min(len(out), maxSamples)], false
		}
	}
	return out, all
}

func classWords(t *syntax.Regexp) (list []string, all bool) {
	size := 0
	for i := 0; i < len(t.Rune); i += 2 {
		size += int(t.Rune[i+1]-t.Rune[i]) + 1
	}
	if size <= 16 {
		for i := 0; i < len(t.Rune); i += 2 {
			for r := t.Rune[i]; r <= t.Rune[i+1]; r++ {
				list = append(list, string(r))
			}
		}
		return list, true
	}
	for _, r := range " x#0=a1\tA_" {
		for i := 0; i < len(t.Rune); i += 2 {
			if r >= t.Rune[i] && r <= t.Rune[i+1] {
				list = append(list, string(r))
			}
		}
	}
	return append(list, string(t.Rune[0])), false
}

// starts says whether every match begins where the line does.
func starts(t *syntax.Regexp) bool {
	switch t.Op {
	case syntax.OpBeginText:
		return true
	case syntax.OpCapture:
		return starts(t.Sub[0])
	case syntax.OpConcat:
		return len(t.Sub) > 0 && starts(t.Sub[0])
	case syntax.OpAlternate:
		for _, s := range t.Sub {
			if !starts(s) {
				return false
			}
		}
		return true
	}
	return false
}

// ends says whether every match ends where the line does: at $, or because .* takes all that is there.
func ends(t *syntax.Regexp) bool {
	switch t.Op {
	case syntax.OpEndText:
		return true
	case syntax.OpStar:
		return t.Sub[0].Op == syntax.OpAnyChar
	case syntax.OpPlus:
		return t.Sub[0].Op == syntax.OpAnyChar
	case syntax.OpCapture:
		return ends(t.Sub[0])
	case syntax.OpConcat:
		return len(t.Sub) > 0 && ends(t.Sub[len(t.Sub)-1])
	}
	return false
}
