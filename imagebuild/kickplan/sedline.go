package kickplan

import (
	"regexp"
	"strings"

	"lbimage/imagebuild/recipe"
)

// sedLine is a sed program of one command, s or d, as an edit of lines. Only expressions are taken that mean the same to sed and
// to RE2; what comes of it is tried before it counts.
func sedLine(program string, extended bool) (recipe.Line, bool) {
	program = strings.TrimSpace(program)
	if inner, ok := strings.CutPrefix(program, "/"); ok {
		expr, rest, ok := cutAt(inner, '/')
		if !ok || strings.TrimSpace(rest) != "d" {
			return recipe.Line{}, false
		}
		re, ok := translate(expr, extended)
		return recipe.Line{Match: re, Remove: true}, ok && re != ""
	}
	if len(program) < 4 || program[0] != 's' || strings.ContainsRune("\\\n ", rune(program[1])) {
		return recipe.Line{}, false
	}
	delimiter := program[1]
	expr, rest, ok := cutAt(program[2:], delimiter)
	if !ok {
		return recipe.Line{}, false
	}
	with, flags, ok := cutAt(rest, delimiter)
	if !ok || strings.Trim(flags, "g") != "" && flags != "" {
		return recipe.Line{}, false
	}
	re, ok := translate(expr, extended)
	if !ok || re == "" {
		return recipe.Line{}, false
	}
	groups := strings.Count(strings.ReplaceAll(re, `\(`, ""), "(")
	return substitution(re, with, groups)
}

// substitution is an edit that puts a text for what an expression matches first in a line.
func substitution(re, with string, groups int) (recipe.Line, bool) {
	whole := strings.HasPrefix(re, "^") && (strings.HasSuffix(re, "$") && !strings.HasSuffix(re, `\$`) || strings.HasSuffix(re, ".*") && !strings.HasSuffix(re, `\.*`))
	l := recipe.Line{Match: re, Missing: "skip"}
	if whole {
		set, plain, ok := replacement(with, 0)
		if !ok {
			return recipe.Line{}, false
		}
		if l.Set = set; plain {
			l.Set, _, _ = literal(with)
			return l, true
		}
		l.Expand = true
		return l, true
	}
	// What stands before and behind stays: groups around it.
	before, body, behind := `^(.*?)`, re, `(.*)$`
	shift := 1
	if rest, ok := strings.CutPrefix(re, "^"); ok {
		before, body, shift = "^", rest, 0
	}
	head := "${1}"
	if shift == 0 {
		head = ""
	}
	if rest, ok := strings.CutSuffix(body, "$"); ok && !strings.HasSuffix(body, `\$`) {
		body, behind = rest, "$"
	}
	set, _, ok := replacement(with, shift+1)
	if !ok {
		return recipe.Line{}, false
	}
	l.Match = before + "(" + body + ")" + behind
	l.Set, l.Expand = head+set, true
	if behind != "$" {
		l.Set += "${" + digits(shift+1+groups+1) + "}"
	}
	return l, true
}

func digits(n int) string {
	if n >= 10 {
		return string(rune('0'+n/10)) + string(rune('0'+n%10))
	}
	return string(rune('0' + n))
}

// literal is a replacement without references as a text.
func literal(with string) (string, bool, bool) {
	var out strings.Builder
	for i := 0; i < len(with); i++ {
		switch c := with[i]; c {
		case '&':
			return "", false, true
		case '\\':
			i++
			if i == len(with) || with[i] == '\n' {
				return "", false, false
			}
			if with[i] >= '0' && with[i] <= '9' {
				return "", false, true
			}
			if with[i] >= 'a' && with[i] <= 'z' || with[i] >= 'A' && with[i] <= 'Z' {
				return "", false, false // \n, \t, \U
			}
			out.WriteByte(with[i])
		case '\n':
			return "", false, false
		default:
			out.WriteByte(c)
		}
	}
	return out.String(), true, true
}

// replacement is one as overlay.Line's Expand reads it: & is group whole, and \1 the one behind it.
func replacement(with string, whole int) (set string, plain, ok bool) {
	if text, plain, ok := literal(with); !ok || plain {
		return strings.ReplaceAll(text, "$", "$$"), plain, ok
	}
	var out strings.Builder
	for i := 0; i < len(with); i++ {
		switch c := with[i]; {
		case c == '&':
			out.WriteString("${" + digits(whole) + "}")
		case c == '$':
			out.WriteString("$$")
		case c == '\\':
			i++
			if with[i] >= '0' && with[i] <= '9' {
				n := int(with[i]-'0') + whole
				out.WriteString("${" + digits(n) + "}")
				continue
			}
			if with[i] == '$' {
				out.WriteByte('$')
			}
			out.WriteByte(with[i])
		default:
			out.WriteByte(c)
		}
	}
	return out.String(), false, true
}

// cutAt cuts at the first delimiter that is not escaped and not in brackets; an escaped one stands for itself.
func cutAt(s string, delimiter byte) (before, after string, ok bool) {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			if i++; s[i] != delimiter {
				out.WriteByte('\\')
			}
			out.WriteByte(s[i])
		case s[i] == delimiter:
			return out.String(), s[i+1:], true
		default:
			out.WriteByte(s[i])
		}
	}
	return "", "", false
}

// translate is a basic or extended expression as RE2 has it; ok is false where the two may differ.
func translate(expr string, extended bool) (string, bool) {
	var out strings.Builder
	for i := 0; i < len(expr); i++ {
		c := expr[i]
		switch {
		case c == '\\':
			i++
			if i == len(expr) {
				return "", false
			}
			switch n := expr[i]; {
			case !extended && strings.IndexByte("()", n) >= 0:
				out.WriteByte(n)
			case !extended && (n == '+' || n == '?') && single(out.String()):
				out.WriteByte(n)
			case !extended && strings.IndexByte("{}+?|", n) >= 0:
				return "", false
			case n == '\n' || n >= 'a' && n <= 'z' || n >= 'A' && n <= 'Z' || n >= '0' && n <= '9' || n == '<' || n == '>' || n == '`' || n == '\'':
				return "", false
			default:
				out.WriteString(regexp.QuoteMeta(string(n)))
			}
		case c == '[':
			end := bracketEnd(expr[i:])
			if end < 0 {
				return "", false
			}
			set := expr[i : i+end]
			if strings.ContainsAny(set, `\&~`) || strings.Contains(set, "[.") || strings.Contains(set, "[=") {
				return "", false
			}
			if body := strings.TrimPrefix(set[1:], "^"); strings.HasPrefix(body, "]") || strings.Contains(strings.ReplaceAll(body, "[:", ""), "[") {
				return "", false
			}
			out.WriteString(set)
			i += end - 1
		case c == '*':
			if !single(out.String()) {
				return "", false // a star of its own, or of a group, where longest and greedy differ
			}
			out.WriteByte(c)
		case c == '^':
			if out.Len() > 0 {
				return "", false
			}
			out.WriteByte(c)
		case c == '$':
			if i != len(expr)-1 {
				return "", false
			}
			out.WriteByte(c)
		case extended && (c == '+' || c == '?') && single(out.String()):
			out.WriteByte(c)
		case extended && strings.IndexByte("|{}+?", c) >= 0:
			return "", false
		case extended && strings.IndexByte("()", c) >= 0, c == '.':
			out.WriteByte(c)
		case c >= 0x80:
			return "", false // what a character is depends on the locale
		default:
			out.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	return out.String(), true
}

// single says whether an expression ends with one that matches one character, which may be repeated.
func single(expr string) bool {
	if expr == "" {
		return false
	}
	if last := expr[len(expr)-1]; strings.IndexByte("(^)*+?", last) >= 0 {
		return strings.HasSuffix(expr, `\`+string(last)) && !strings.HasSuffix(expr, `\\`+string(last))
	}
	return true
}

// bracketEnd is the length of the set that a text begins with.
func bracketEnd(s string) int {
	i := 1
	if i < len(s) && s[i] == '^' {
		i++
	}
	if i < len(s) && s[i] == ']' {
		i++
	}
	for ; i < len(s); i++ {
		if s[i] == '[' && i+1 < len(s) && s[i+1] == ':' {
			end := strings.Index(s[i:], ":]")
			if end < 0 {
				return -1
			}
			i += end + 1
			continue
		}
		if s[i] == ']' {
			return i + 1
		}
	}
	return -1
}
