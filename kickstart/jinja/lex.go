package jinja

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is what a token is.
type kind string

const (
	dataToken   kind = "template data"
	beginPrint  kind = "{{"
	endPrint    kind = "end of print statement"
	beginBlock  kind = "{%"
	endBlock    kind = "end of statement block"
	nameToken   kind = "name"
	stringToken kind = "string"
	intToken    kind = "integer"
	floatToken  kind = "float"
	opToken     kind = "operator"
	endToken    kind = "end of template"
)

type token struct {
	kind kind
	text string // of an operator or a name as it stands; of data and a string what it stands for
	at   int
}

// is says whether a token is this operator or word.
func (t token) is(k kind, text string) bool { return t.kind == k && t.text == text }

// String is the token for people.
func (t token) String() string {
	switch t.kind {
	case nameToken, opToken, intToken, floatToken:
		return "'" + t.text + "'"
	}
	return "the " + string(t.kind)
}

// normalize makes all line ends "\n", and takes one away at the end.
func normalize(s string, keep bool) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	if !keep {
		s = strings.TrimSuffix(s, "\n")
	}
	return s
}

// isSpace is Python's idea of a blank.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

func isWord(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r)
}

// lexer cuts a source into tokens.
type lexer struct {
	s        string
	pos      int
	o        Options
	out      []token
	brackets []byte
	atLine   bool // what was taken last ended a line
}

func lex(source string, o Options) ([]token, error) {
	l := &lexer{s: source, o: o, atLine: true}
	for l.pos < len(l.s) {
		if err := l.data(); err != nil {
			return nil, err
		}
	}
	l.emit(endToken, "", len(l.s))
	return l.out, nil
}

func (l *lexer) emit(k kind, text string, at int) { l.out = append(l.out, token{k, text, at}) }

func (l *lexer) rest() string { return l.s[l.pos:] }

// blanks is how many bytes of blanks a text begins with.
func blanks(s string) int { return len(s) - len(strings.TrimLeftFunc(s, isSpace)) }

// opening finds the next {{, {% or {#.
func opening(s string) int {
	for from := 0; ; {
		i := strings.IndexByte(s[from:], '{')
		if i < 0 || from+i+1 >= len(s) {
			return -1
		}
		from += i
		switch s[from+1] {
		case '{', '%', '#':
			return from
		}
		from++
	}
}

// strip applies the sign of a tag, which is "-", "+" or none, to the text in front of it.
func (l *lexer) strip(text, sign string, block bool) string {
	switch {
	case sign == "-":
		return strings.TrimRightFunc(text, isSpace)
	case sign == "" && l.o.LstripBlocks && block:
		start := strings.LastIndexByte(text, '\n') + 1
		if (start > 0 || l.atLine) && start < len(text) && strings.TrimLeftFunc(text[start:], isSpace) == "" {
			return text[:start]
		}
	}
	return text
}

// signOf is the sign behind an opening.
func signOf(s string) string {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		return s[:1]
	}
	return ""
}

// data takes text up to the next tag, and the tag.
func (l *lexer) data() error {
	start := l.pos
	i := opening(l.rest())
	if i < 0 {
		l.emit(dataToken, l.rest(), start)
		l.pos = len(l.s)
		return nil
	}
	text, open := l.rest()[:i], l.s[start+i:start+i+2]
	sign := signOf(l.s[start+i+2:])
	text = l.strip(text, sign, open != "{{")
	if text != "" {
		l.emit(dataToken, text, start)
	}
	tag := start + i
	l.pos = tag + 2 + len(sign)
	switch open {
	case "{#":
		return l.comment(tag)
	case "{%":
		if n, ok := rawBegin(l.rest()); ok {
			l.pos += n
			l.atLine = l.s[l.pos-1] == '\n'
			return l.raw(tag)
		}
		l.emit(beginBlock, open, tag)
		return l.tag(endBlock, "%}")
	}
	l.emit(beginPrint, open, tag)
	return l.tag(endPrint, "}}")
}

// closing says how many bytes the end of a tag takes: with a sign, the blanks that it strips, or the line end that
// TrimBlocks does. 0: there is none here.
func (l *lexer) closing(s, end string) int {
	switch {
	case strings.HasPrefix(s, "-"+end):
		n := 1 + len(end)
		return n + blanks(s[n:])
	case end != "}}" && strings.HasPrefix(s, "+"+end):
		return 1 + len(end)
	case strings.HasPrefix(s, end):
		if end != "}}" && l.o.TrimBlocks && strings.HasPrefix(s[len(end):], "\n") {
			return len(end) + 1
		}
		return len(end)
	}
	return 0
}

// take goes forward over the end of a tag.
func (l *lexer) take(n int) {
	l.pos += n
	l.atLine = l.s[l.pos-1] == '\n'
}

func (l *lexer) comment(tag int) error {
	for i := l.pos; ; i++ {
		j := strings.Index(l.s[i:], "#}")
		if j < 0 {
			return failf(tag, "the comment has no end: #}")
		}
		i += j
		from := i
		if from > l.pos && (l.s[from-1] == '-' || l.s[from-1] == '+') {
			from--
		}
		if n := l.closing(l.s[from:], "#}"); n > 0 {
			l.pos = from
			l.take(n)
			return nil
		}
	}
}

// rawBegin measures " raw %}".
func rawBegin(s string) (int, bool) {
	n := blanks(s)
	if !strings.HasPrefix(s[n:], "raw") {
		return 0, false
	}
	n += 3
	n += blanks(s[n:])
	switch {
	case strings.HasPrefix(s[n:], "-%}"):
		n += 3
		return n + blanks(s[n:]), true
	case strings.HasPrefix(s[n:], "%}"):
		return n + 2, true
	}
	return 0, false
}

// raw takes text up to {% endraw %} as it stands.
func (l *lexer) raw(tag int) error {
	start := l.pos
	for i := start; ; i++ {
		j := strings.Index(l.s[i:], "{%")
		if j < 0 {
			return failf(tag, "raw has no end: {%% endraw %%}")
		}
		i += j
		sign := signOf(l.s[i+2:])
		n := i + 2 + len(sign)
		n += blanks(l.s[n:])
		if !strings.HasPrefix(l.s[n:], "endraw") {
			continue
		}
		n += len("endraw")
		n += blanks(l.s[n:])
		m := l.closing(l.s[n:], "%}")
		if m == 0 {
			continue
		}
		if text := l.strip(l.s[start:i], sign, true); text != "" {
			l.emit(dataToken, text, start)
		}
		l.pos = n
		l.take(m)
		return nil
	}
}

var operators = []string{"//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"}

// tag takes the tokens of a tag up to its end.
func (l *lexer) tag(endKind kind, end string) error {
	l.brackets = l.brackets[:0]
	begin := l.out[len(l.out)-1].at
	for {
		if n := l.closing(l.rest(), end); n > 0 && len(l.brackets) == 0 {
			l.emit(endKind, "", l.pos)
			l.take(n)
			return nil
		}
		if l.pos == len(l.s) {
			return failf(begin, "the tag has no end: %s", end)
		}
		if n := blanks(l.rest()); n > 0 {
			l.pos += n
			continue
		}
		if err := l.one(); err != nil {
			return err
		}
	}
}

// one takes a token of a tag.
func (l *lexer) one() error {
	s, start := l.rest(), l.pos
	if k, n := number(s, start > 0 && l.s[start-1] == '.'); n > 0 {
		l.emit(k, strings.ReplaceAll(s[:n], "_", ""), start)
		l.pos += n
		return nil
	}
	if r, _ := utf8.DecodeRuneInString(s); isWord(r) {
		n := len(s) - len(strings.TrimLeftFunc(s, isWord))
		if unicode.IsNumber(r) {
			return failf(start, "%q begins no name", r)
		}
		l.emit(nameToken, s[:n], start)
		l.pos += n
		return nil
	}
	if s[0] == '\'' || s[0] == '"' {
		n := quoted(s)
		if n == 0 {
			return failf(start, "the string has no end: %c", s[0])
		}
		text, err := unescape(s[1:n-1], start+1)
		if err != nil {
			return err
		}
		l.emit(stringToken, text, start)
		l.pos += n
		return nil
	}
	for _, op := range operators {
		if strings.HasPrefix(s, op) {
			l.pos += len(op)
			l.emit(opToken, op, start)
			return l.balance(op, start)
		}
	}
	r, _ := utf8.DecodeRuneInString(s)
	return failf(start, "%q has no meaning here", r)
}

func (l *lexer) balance(op string, at int) error {
	switch op {
	case "(":
		l.brackets = append(l.brackets, ')')
	case "[":
		l.brackets = append(l.brackets, ']')
	case "{":
		l.brackets = append(l.brackets, '}')
	case ")", "]", "}":
		n := len(l.brackets)
		if n == 0 {
			return failf(at, "'%s' closes nothing", op)
		}
		if l.brackets[n-1] != op[0] {
			return failf(at, "'%s' stands where '%c' is missing", op, l.brackets[n-1])
		}
		l.brackets = l.brackets[:n-1]
	}
	return nil
}

// quoted measures a string with its quotes; 0 where it has no end.
func quoted(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return i + 1
		}
	}
	return 0
}
