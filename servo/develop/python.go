package develop

import (
	"fmt"
	"strings"
)

// This is the small part of Python's grammar that setup.py needs: the arguments of one call, as far as they
// are literals. Nothing is evaluated.

// value is an argument: a string, a list (or tuple), or neither.
type value struct {
	line int
	kind kind
	text string
	list []value
}

type kind int

const (
	computed kind = iota // anything that is no literal
	text
	list
)

// token is a word of Python.
type token struct {
	kind byte // 'n' name or number, 's' string, else the character itself
	text string
	line int
}

// Bounds on a setup.py.
const (
	maxSetup   = 1 << 20
	maxNesting = 16
)

// tokens cuts a text into words. White space, newlines and comments say nothing inside a call.
func tokens(src string) ([]token, error) {
	var out []token
	line := 1
	for i := 0; i < len(src); {
		c := src[i]
		switch {
		case c == '\n':
			line++
			i++
		case c == '#':
			for i < len(src) && src[i] != '\n' {
				i++
			}
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\\':
			i++
		case c == '"' || c == '\'':
			s, n, err := stringLiteral(src[i:], false)
			if err != nil {
				return nil, fmt.Errorf("%d: %w", line, err)
			}
			out = append(out, token{'s', s, line})
			line += strings.Count(src[i:i+n], "\n")
			i += n
		case letter(c):
			j := i
			for j < len(src) && letter(src[j]) {
				j++
			}
			word := src[i:j]
			if j < len(src) && (src[j] == '"' || src[j] == '\'') && len(word) <= 2 && strings.Trim(strings.ToLower(word), "rub") == "" {
				s, n, err := stringLiteral(src[j:], strings.ContainsAny(word, "rR"))
				if err != nil {
					return nil, fmt.Errorf("%d: %w", line, err)
				}
				out = append(out, token{'s', s, line})
				line += strings.Count(src[j:j+n], "\n")
				i = j + n
				continue
			}
			out = append(out, token{'n', word, line})
			i = j
		default:
			out = append(out, token{c, string(c), line})
			i++
		}
	}
	return out, nil
}

func letter(c byte) bool {
	return c == '_' || c >= 0x80 || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// stringLiteral reads a string that begins with a quote, and how many bytes it takes.
func stringLiteral(src string, raw bool) (string, int, error) {
	quote := src[:1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(src, triple) {
		quote = triple
	}
	var b strings.Builder
	for i := len(quote); i < len(src); {
		if strings.HasPrefix(src[i:], quote) {
			return b.String(), i + len(quote), nil
		}
		c := src[i]
		switch {
		case c == '\n' && len(quote) == 1:
			return "", 0, fmt.Errorf("a string does not end")
		case c == '\\' && i+1 < len(src):
			switch e := src[i+1]; {
			case raw:
				b.WriteString(src[i : i+2])
			case e == '\n':
			case e == '\\' || e == '\'' || e == '"':
				b.WriteByte(e)
			case e == 'n':
				b.WriteByte('\n')
			case e == 't':
				b.WriteByte('\t')
			default:
				b.WriteString(src[i : i+2])
			}
			i += 2
		default:
			b.WriteByte(c)
			i++
		}
	}
	return "", 0, fmt.Errorf("a string does not end")
}

// call finds the call of a function in a text, and gives its keyword arguments.
func call(src, function string) (map[string]value, error) {
	toks, err := tokens(src)
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(toks); i++ {
		if toks[i].kind != 'n' || toks[i].text != function || toks[i+1].kind != '(' {
			continue
		}
		if i > 0 && toks[i-1].kind == 'n' && toks[i-1].text == "def" {
			continue
		}
		p := parser{toks: toks, i: i + 2}
		return p.arguments()
	}
	return nil, fmt.Errorf("1: it does not call %s()", function)
}

type parser struct {
	toks []token
	i    int
}

func (p *parser) peek() token {
	if p.i < len(p.toks) {
		return p.toks[p.i]
	}
	return token{}
}

// arguments reads up to the closing bracket.
func (p *parser) arguments() (map[string]value, error) {
	out := map[string]value{}
	for {
		t := p.peek()
		switch {
		case p.i >= len(p.toks):
			return nil, fmt.Errorf("%d: a call does not end", p.lastLine())
		case t.kind == ')':
			return out, nil
		case t.kind == ',':
			p.i++
		case t.kind == 'n' && p.i+1 < len(p.toks) && p.toks[p.i+1].kind == '=':
			p.i += 2 // forward in any case: the loop ends
			if _, twice := out[t.text]; twice {
				return nil, fmt.Errorf("%d: %s is given twice", t.line, t.text)
			}
			v, err := p.value(0)
			if err != nil {
				return nil, err
			}
			out[t.text] = v
		default: // a positional argument, *args, **kwargs: what it holds is not known
			before := p.i
			v, err := p.value(0)
			if err != nil {
				return nil, err
			}
			if p.i == before {
				return nil, fmt.Errorf("%d: %q is not understood", t.line, t.text)
			}
			v.kind = computed
			out["*"] = v
		}
	}
}

func (p *parser) lastLine() int {
	if len(p.toks) == 0 {
		return 1
	}
	return p.toks[len(p.toks)-1].line
}

// value reads one value, up to the comma or bracket behind it.
func (p *parser) value(depth int) (value, error) {
	if depth > maxNesting {
		return value{}, fmt.Errorf("%d: lists nested more than %d deep", p.peek().line, maxNesting)
	}
	t := p.peek()
	v := value{line: t.line}
	switch t.kind {
	case 's':
		v.kind = text
		for p.i < len(p.toks) && p.peek().kind == 's' { // strings side by side are one
			v.text += p.peek().text
			p.i++
		}
	case '[', '(':
		closing := byte(']')
		if t.kind == '(' {
			closing = ')'
		}
		p.i++
		v.kind = list
		commas := 0
		for p.peek().kind != closing {
			if p.i >= len(p.toks) {
				return value{}, fmt.Errorf("%d: a list does not end", t.line)
			}
			if p.peek().kind == ',' {
				commas++
				p.i++
				continue
			}
			before := p.i
			e, err := p.value(depth + 1)
			if err != nil {
				return value{}, err
			}
			if p.i == before {
				return value{}, fmt.Errorf("%d: %q is not understood", p.peek().line, p.peek().text)
			}
			v.list = append(v.list, e)
		}
		p.i++
		if t.kind == '(' && commas == 0 && len(v.list) == 1 { // a value in brackets, no tuple
			v = v.list[0]
		}
	}
	// Whatever else stands before the next comma makes it an expression.
	open := 0
	for p.i < len(p.toks) {
		c := p.peek().kind
		if open == 0 && (c == ',' || c == ')' || c == ']' || c == '}') {
			break
		}
		switch c {
		case '(', '[', '{':
			open++
		case ')', ']', '}':
			open--
		}
		v.kind, v.list, v.text = computed, nil, ""
		p.i++
	}
	return v, nil
}
