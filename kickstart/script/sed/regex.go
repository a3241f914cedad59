package sed

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode/utf8"
)

// regex is a regular expression of sed as RE2 reads it.
type regex struct {
	re    *regexp.Regexp // of UTF-8
	plain *regexp.Regexp // of single bytes, each as the character of its number
	tree  *syntax.Regexp
	size  int  // of the machine that matches it
	vague bool // what the groups match is not certain
	// cased: which characters are letters matters, and that is the locale's for those that are not ASCII.
	cased bool
}

// compile reads a regular expression as POSIX and GNU have it.
func compile(s string, extended, fold bool) (*regex, error) {
	t := &translator{s: s, extended: extended}
	out, err := t.alternatives(0)
	if err != nil {
		return nil, err
	}
	prefix := "(?s)"
	if fold {
		prefix, t.cased = "(?si)", true
	}
	r := &regex{cased: t.cased}
	if r.re, err = regexp.Compile(prefix + out); err != nil {
		return nil, errors.New("a regular expression is too large, or is not read")
	}
	if r.tree, err = syntax.Parse(prefix+out, syntax.Perl); err != nil {
		return nil, errors.New("a regular expression is not read")
	}
	machine, err := syntax.Compile(r.tree.Simplify())
	if err != nil {
		return nil, errors.New("a regular expression is not read")
	}
	r.size = len(machine.Inst)
	r.re.Longest()
	r.vague = !certain(r.tree)
	if bytes := latin(out); bytes != out {
		if r.plain, err = regexp.Compile(prefix + bytes); err != nil {
			return nil, errors.New("a regular expression is not read")
		}
		r.plain.Longest()
	} else {
		r.plain = r.re
	}
	return r, nil
}

// latin gives each byte of a text that is not ASCII as the character of its number.
func latin(s string) string {
	var out strings.Builder
	for _, c := range []byte(s) {
		out.WriteRune(rune(c))
	}
	return out.String()
}

// translator writes a regular expression of POSIX as RE2's.
type translator struct {
	s        string
	i        int
	extended bool
	cased    bool
	anchors  int // ^ and $ so far
}

// special says whether an operator stands at i, and how long it is: escaped in basic expressions, plain in extended ones.
func (t *translator) op(c byte) int {
	switch {
	case t.extended && t.i < len(t.s) && t.s[t.i] == c:
		return 1
	case !t.extended && t.i+1 < len(t.s) && t.s[t.i] == '\\' && t.s[t.i+1] == c:
		return 2
	}
	return 0
}

func (t *translator) alternatives(depth int) (string, error) {
	if depth > maxNested {
		return "", fmt.Errorf("groups are nested more than %d deep", maxNested)
	}
	var list []string
	for {
		s, err := t.sequence(depth)
		if err != nil {
			return "", err
		}
		list = append(list, s)
		if n := t.op('|'); n > 0 {
			t.i += n
			continue
		}
		if len(list) > 1 {
			for _, s := range list {
				if s == "" {
					return "", errors.New("an empty alternative is not read")
				}
			}
		}
		return strings.Join(list, "|"), nil
	}
}

// sequence reads up to | or ) or the end.
func (t *translator) sequence(depth int) (string, error) {
	var out strings.Builder
	begin := true     // an operator of repetition has nothing before it
	wordEnds := false // the atom before ends with a character of a word
	for t.i < len(t.s) && t.op('|') == 0 {
		if n := t.op(')'); n > 0 {
			if depth > 0 {
				return out.String(), nil
			}
			return "", errors.New("a group is closed that was not opened")
		}
		if t.extended && t.s[t.i] == '^' || !t.extended && begin && out.Len() == 0 && t.s[t.i] == '^' {
			t.i++
			t.anchors++
			out.WriteString(`\A`)
			if t.extended && t.i < len(t.s) && strings.IndexByte("*+?{", t.s[t.i]) >= 0 {
				return "", errors.New("a repeated ^ is not read")
			}
			begin, wordEnds = true, false
			continue
		}
		if t.s[t.i] == '$' && (t.extended || t.atEnd()) {
			t.i++
			t.anchors++
			out.WriteString(`\z`)
			if t.extended && t.i < len(t.s) && strings.IndexByte("*+?{", t.s[t.i]) >= 0 {
				return "", errors.New("a repeated $ is not read")
			}
			begin, wordEnds = false, false
			continue
		}
		anchors := t.anchors
		atom, word, err := t.atom(depth, begin, wordEnds)
		if err != nil {
			return "", err
		}
		assertion := atom == `\b` || atom == `\B` || atom == `\A` || atom == `\z`
		repeated, err := t.repeats(&atom)
		if err != nil {
			return "", err
		}
		if repeated && (assertion || t.anchors > anchors) {
			return "", errors.New("a repeated ^ or $, or the like, is not read")
		}
		out.WriteString(atom)
		begin = false
		if !assertion {
			wordEnds = word && !repeated
		}
	}
	return out.String(), nil
}

// atEnd says whether the $ at i is an anchor of a basic expression.
func (t *translator) atEnd() bool {
	rest := t.s[t.i+1:]
	return rest == "" || strings.HasPrefix(rest, `\)`) || strings.HasPrefix(rest, `\|`)
}

// repeats reads the operators of repetition behind an atom.
func (t *translator) repeats(atom *string) (bool, error) {
	done := false
	for {
		var suffix string
		switch {
		case t.i < len(t.s) && t.s[t.i] == '*':
			suffix = "*"
			t.i++
		case t.op('+') > 0:
			suffix = "+"
			t.i += t.op('+')
		case t.op('?') > 0:
			suffix = "?"
			t.i += t.op('?')
		case t.op('{') > 0:
			var err error
			if suffix, err = t.interval(); err != nil {
				return false, err
			}
		default:
			return done, nil
		}
		if done {
			return false, errors.New("an expression that is repeated twice is not read")
		}
		*atom += suffix
		done = true
	}
}

func (t *translator) interval() (string, error) {
	t.i += t.op('{')
	closing := `\}`
	if t.extended {
		closing = "}"
	}
	text, rest, ok := strings.Cut(t.s[t.i:], closing)
	if !ok {
		return "", errors.New("an interval has no end")
	}
	t.i = len(t.s) - len(rest)
	low, high, two := strings.Cut(text, ",")
	if low == "" && two {
		low = "0"
	}
	n, err := strconv.ParseUint(low, 10, 16)
	if err != nil || n > 255 {
		return "", errors.New("an interval is not read")
	}
	if !two {
		return fmt.Sprintf("{%d}", n), nil
	}
	if high == "" {
		return fmt.Sprintf("{%d,}", n), nil
	}
	m, err := strconv.ParseUint(high, 10, 16)
	if err != nil || m > 255 || m < n {
		return "", errors.New("an interval is not read")
	}
	return fmt.Sprintf("{%d,%d}", n, m), nil
}

// wordStarts says whether what comes next begins with a character of a word.
func (t *translator) wordStarts() bool {
	rest := t.s[t.i:]
	if rest == "" {
		return false
	}
	n := 1
	if strings.HasPrefix(rest, `\w`) {
		n = 2
	} else if !isWord(rest[0]) {
		return false
	}
	next := &translator{s: rest[n:], extended: t.extended}
	return !(strings.HasPrefix(next.s, "*") || next.op('?') > 0 || next.op('{') > 0)
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// atom reads one thing that can be repeated. word: it is one character of a word.
func (t *translator) atom(depth int, begin, wordEnds bool) (out string, word bool, err error) {
	if n := t.op('('); n > 0 {
		t.i += n
		inner, err := t.alternatives(depth + 1)
		if err != nil {
			return "", false, err
		}
		if n = t.op(')'); n == 0 {
			return "", false, errors.New("a group has no end")
		}
		t.i += n
		return "(" + inner + ")", false, nil
	}
	for _, c := range []byte("*+?{") {
		if c == '*' && t.s[t.i] == '*' || c != '*' && t.op(c) > 0 {
			if c == '*' && !t.extended && begin {
				t.i++
				return `\*`, false, nil
			}
			return "", false, errors.New("an operator of repetition has nothing before it")
		}
	}
	c := t.s[t.i]
	switch {
	case c == '.':
		t.i++
		return ".", false, nil
	case c == '[':
		return t.bracket()
	case c == '\\' && t.i+1 < len(t.s):
		t.i += 2
		return t.escape(t.s[t.i-1], wordEnds)
	case c == '\\':
		return "", false, errors.New("a regular expression ends with a backslash")
	case c == 0:
		return "", false, errors.New("a zero byte is not read")
	}
	r, n := utf8.DecodeRuneInString(t.s[t.i:])
	if r == utf8.RuneError && n == 1 {
		return "", false, errors.New("a regular expression is no UTF-8")
	}
	t.i += n
	if n > 1 {
		return "(?:" + string(r) + ")", false, nil
	}
	return regexp.QuoteMeta(string(r)), isWord(c), nil
}

func (t *translator) escape(c byte, wordEnds bool) (string, bool, error) {
	switch c {
	case 'w':
		t.cased = true
		return "[0-9A-Za-z_]", true, nil
	case 'W':
		t.cased = true
		return "[^0-9A-Za-z_]", false, nil
	case 's':
		return `[\t-\r ]`, false, nil
	case 'S':
		return `[^\t-\r ]`, false, nil
	case 'b', 'B':
		t.cased = true
		return `\` + string(c), false, nil
	case '<':
		if t.cased = true; !t.wordStarts() {
			return "", false, errors.New(`\< before something else than a letter is not read`)
		}
		return `\b`, false, nil
	case '>':
		if t.cased = true; !wordEnds {
			return "", false, errors.New(`\> behind something else than a letter is not read`)
		}
		return `\b`, false, nil
	case '`':
		return `\A`, false, nil
	case '\'':
		return `\z`, false, nil
	case 't', 'f', 'v':
		return `\` + string(c), false, nil
	case 'n':
		return `\n`, false, nil
	}
	switch {
	case c >= '1' && c <= '9':
		return "", false, errors.New("a back-reference in a regular expression is not read")
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '0' || c >= 0x80:
		return "", false, fmt.Errorf(`\%c in a regular expression is not read`, c)
	case c == '\n':
		return `\n`, false, nil
	case strings.IndexByte(`(){}|+?`, c) >= 0 && !t.extended:
		return "", false, fmt.Errorf(`\%c is out of place`, c)
	}
	return regexp.QuoteMeta(string(rune(c))), false, nil
}
