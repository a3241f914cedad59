package sed

import (
	"fmt"
	"strconv"
	"strings"
)

// Parse reads a program. extended is for -E and -r: regular expressions as egrep reads them.
func Parse(program string, extended bool) (*Program, error) {
	if len(program) > MaxProgram {
		return nil, &Refusal{What: fmt.Sprintf("the program has more than %d bytes", MaxProgram)}
	}
	p := &parser{s: program, extended: extended, prog: &Program{}}
	if strings.HasPrefix(program, "#n\n") || program == "#n" {
		p.prog.quiet = true
	}
	list, err := p.commands(0)
	if err != nil {
		return nil, err
	}
	if p.refused != "" {
		return nil, &Refusal{What: p.refused, Confined: !p.loose}
	}
	p.prog.list = list
	return p.prog, nil
}

// parser goes on behind what is refused, to see whether the program stays with the files that it edits.
type parser struct {
	s        string
	i        int
	extended bool
	prog     *Program
	count    int
	refused  string // the first thing that was not read
	loose    bool   // w, e and the like
}

func bad(format string, args ...any) error { return &Refusal{What: fmt.Sprintf(format, args...)} }

func (p *parser) refuse(format string, args ...any) {
	if p.refused == "" {
		p.refused = fmt.Sprintf(format, args...)
	}
}

func (p *parser) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

func (p *parser) skip(set string) {
	for p.i < len(p.s) && strings.IndexByte(set, p.s[p.i]) >= 0 {
		p.i++
	}
}

const blanks = " \t"

// commands reads up to the end, or up to the } of a block.
func (p *parser) commands(depth int) ([]*command, error) {
	if depth > maxNested {
		return nil, bad("blocks are nested more than %d deep", maxNested)
	}
	var list []*command
	for {
		p.skip(" \t\n;")
		switch {
		case p.i >= len(p.s):
			if depth > 0 {
				return nil, bad("a } is missing")
			}
			return list, nil
		case p.peek() == '#':
			p.comment()
			continue
		case p.peek() == '}':
			if depth == 0 {
				return nil, bad("a } has no {")
			}
			p.i++
			return list, p.end("}")
		}
		if p.count++; p.count > maxCommands {
			return nil, bad("it has more than %d commands", maxCommands)
		}
		c, err := p.command(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
}

func (p *parser) comment() {
	if i := strings.IndexByte(p.s[p.i:], '\n'); i >= 0 {
		p.i += i
		return
	}
	p.i = len(p.s)
}

// end is behind a command: nothing, ;, a new line, } or a comment.
func (p *parser) end(name string) error {
	p.skip(blanks)
	switch p.peek() {
	case ';', '\n':
		p.i++
	case 0:
		if p.i < len(p.s) {
			return bad("there is a zero byte behind %s", name)
		}
	case '}', '#':
	default:
		return bad("there is something behind the command %s", name)
	}
	return nil
}

func (p *parser) command(depth int) (*command, error) {
	c := &command{slot: -1}
	var err error
	if c.from, err = p.address(false); err != nil {
		return nil, err
	}
	if p.skip(blanks); c.from != nil && p.peek() == ',' {
		p.i++
		p.skip(blanks)
		if c.to, err = p.address(true); err != nil {
			return nil, err
		}
		if c.to == nil {
			return nil, bad("the second address is missing")
		}
		c.slot = p.prog.slots
		p.prog.slots++
	}
	if c.from != nil && (c.from.kind == number || c.from.kind == step && c.from.m == 0) && c.from.n == 0 && (c.from.kind == step || c.to == nil || c.to.kind != match) {
		return nil, bad("line 0 is only in 0,/re/")
	}
	for p.skip(blanks); p.peek() == '!'; p.skip(blanks) {
		if p.i++; c.not {
			return nil, bad("there is more than one !")
		}
		c.not = true
	}
	if p.i >= len(p.s) {
		return nil, bad("a command is missing")
	}
	c.name = p.s[p.i]
	p.i++
	return c, p.body(c, depth)
}

func (p *parser) body(c *command, depth int) (err error) {
	switch c.name {
	case '{':
		c.block, err = p.commands(depth + 1)
		return err
	case 's':
		return p.substitute(c)
	case 'y':
		return p.transliterate(c)
	case 'd', 'p', '=':
		return p.end(string(c.name))
	case 'q':
		if p.skip(blanks); strings.IndexByte("0123456789", p.peek()) >= 0 && p.i < len(p.s) {
			p.number()
		}
		if c.to != nil {
			return bad("q takes one address")
		}
		return p.end("q")
	case 'a', 'i', 'c':
		return p.textOf(c)
	case 'n', 'N', 'D', 'g', 'G', 'h', 'H', 'x', 'P', 'l', 'z', 'F':
		p.refuse("the command %c is not followed", c.name)
		return p.end(string(c.name))
	case 'b', 't', 'T', ':', 'r', 'R', 'Q', 'L', 'v':
		p.refuse("the command %c is not followed", c.name)
		for p.i < len(p.s) && p.s[p.i] != '\n' { // a label or a name up to the end of the line: ; may be part of it
			if p.s[p.i] == ';' || p.s[p.i] == '}' {
				p.loose = true
			}
			p.i++
		}
		return nil
	case 'w', 'W', 'e':
		return bad("the command %c writes elsewhere", c.name)
	case ',':
		return bad("an address is missing before the comma")
	}
	return bad("the command %s is not known", strconv.QuoteToASCII(string(rune(c.name))))
}

func (p *parser) number() int {
	from := p.i
	p.skip("0123456789")
	n, err := strconv.Atoi(p.s[from:p.i])
	if err != nil || n > 1<<30 {
		return 1 << 30
	}
	return n
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func (p *parser) address(second bool) (*address, error) {
	switch c := p.peek(); {
	case digit(c):
		n := p.number()
		if p.skip(blanks); p.peek() == '~' && !second {
			p.i++
			p.skip(blanks)
			if !digit(p.peek()) {
				return nil, bad("the step behind ~ is missing")
			}
			return &address{kind: step, n: n, m: p.number()}, nil
		}
		return &address{kind: number, n: n}, nil
	case c == '$':
		p.i++
		return &address{kind: last}, nil
	case (c == '+' || c == '~') && second:
		p.i++
		if !digit(p.peek()) {
			return nil, bad("the number behind %c is missing", c)
		}
		if c == '~' {
			p.refuse("addr,~N is not followed: releases of sed differ in it")
		}
		return &address{kind: more, n: p.number()}, nil
	case c == '/' || c == '\\':
		if p.i++; c == '\\' {
			if p.i >= len(p.s) {
				return nil, bad("an address ends too soon")
			}
			c = p.s[p.i]
			p.i++
		}
		text, err := p.delimited(c, true)
		if err != nil {
			return nil, err
		}
		fold := false
		for {
			switch p.peek() {
			case 'I':
				fold = true
				p.i++
				continue
			case 'M':
				p.refuse("the flag M is not followed")
				p.i++
				continue
			}
			break
		}
		if text == "" {
			p.refuse("which regular expression the empty one stands for is not followed")
			return &address{kind: match, re: &regex{}}, nil
		}
		return &address{kind: match, re: p.regex(text, fold)}, nil
	}
	return nil, nil
}

// regex reads a regular expression. What RE2 cannot say is noted.
func (p *parser) regex(text string, fold bool) *regex {
	if text == "" {
		return nil // the one used last
	}
	re, err := compile(text, p.extended, fold)
	if err != nil {
		p.refuse("%s", err)
		return &regex{}
	}
	return re
}

// delimited reads up to a delimiter that is not escaped. A new line may stand there only in a replacement.
func (p *parser) delimited(delim byte, isRegex bool) (string, error) {
	if delim == '\n' || delim == '\\' || delim >= 0x80 || delim == 0 {
		return "", bad("this delimiter is not read")
	}
	if delim >= '0' && delim <= '9' || delim >= 'a' && delim <= 'z' || delim >= 'A' && delim <= 'Z' {
		p.refuse("a letter or digit as delimiter is not read")
	}
	var out strings.Builder
	for ; p.i < len(p.s); p.i++ {
		c := p.s[p.i]
		switch {
		case c == delim:
			p.i++
			return out.String(), nil
		case c == '\n' && isRegex:
			return "", bad("a regular expression ends with the line")
		case c == '\\':
			if p.i++; p.i >= len(p.s) {
				return "", bad("an expression ends too soon")
			}
			switch c = p.s[p.i]; {
			case c == delim:
				if strings.IndexByte(`.*[]^$+?(){}|&`, c) >= 0 {
					p.refuse("what %s means where %c is the delimiter depends on the release of sed", `\`+string(c), c)
				}
				out.WriteByte(c)
			case c == 'n' && isRegex:
				out.WriteByte('\n')
			case c == '\n' && isRegex:
				p.refuse("a new line in a regular expression is not read")
			default:
				out.WriteByte('\\')
				out.WriteByte(c)
			}
		default:
			out.WriteByte(c)
		}
	}
	return "", bad("an expression has no end")
}
