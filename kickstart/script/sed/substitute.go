package sed

import "strings"

func (p *parser) substitute(c *command) error {
	delim := p.peek()
	p.i++
	text, err := p.delimited(delim, true)
	if err != nil {
		return err
	}
	with, err := p.delimited(delim, false)
	if err != nil {
		return err
	}
	fold := false
	for ; p.i < len(p.s); p.i++ {
		switch f := p.s[p.i]; {
		case f == 'g':
			c.global = true
		case f == 'p':
			if c.print {
				return bad("s has the flag p twice")
			}
			c.print = true
		case f == 'i' || f == 'I':
			fold = true
		case f >= '1' && f <= '9':
			if c.nth > 0 {
				return bad("s has two numbers")
			}
			c.nth = p.number()
			p.i--
		case f == 'm' || f == 'M':
			p.refuse("the flag %c of s is not followed", f)
		case f == 'w' || f == 'e':
			return bad("the flag %c of s writes elsewhere", f)
		default:
			goto done
		}
	}
done:
	if c.re = p.regex(text, fold); c.re == nil {
		// The one used last: it is plain which where the command has one address alone.
		if c.from == nil || c.to != nil || c.from.kind != match || c.from.re == nil || fold {
			p.refuse("which regular expression the empty one stands for is not followed")
			c.re = &regex{}
		} else {
			c.re = c.from.re
		}
	}
	if err := p.replacement(c, with); err != nil {
		return err
	}
	return p.end("s")
}

// replacement reads what s puts in the place of a match.
func (p *parser) replacement(c *command, s string) error {
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			c.pieces = append(c.pieces, piece{text.String(), -1})
			text.Reset()
		}
	}
	groups := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '&':
			flush()
			c.pieces = append(c.pieces, piece{"", 0})
		case s[i] != '\\' || i+1 == len(s):
			text.WriteByte(s[i])
		default:
			i++
			switch e := s[i]; {
			case e >= '1' && e <= '9':
				flush()
				n := int(e - '0')
				if c.re.re != nil && n > c.re.re.NumSubexp() {
					return bad(`\%d has no group`, n)
				}
				groups = true
				c.pieces = append(c.pieces, piece{"", n})
			case e == '0':
				flush()
				c.pieces = append(c.pieces, piece{"", 0})
			case e == 'n':
				text.WriteByte('\n')
			case e == 't':
				text.WriteByte('\t')
			case strings.IndexByte("LUEluacdfovx", e) >= 0:
				p.refuse(`\%c in a replacement is not followed`, e)
			default:
				text.WriteByte(e)
			}
		}
	}
	flush()
	if groups && c.re.vague {
		p.refuse("what its groups match is not certain")
	}
	return nil
}

func (p *parser) transliterate(c *command) error {
	delim := p.peek()
	p.i++
	var sets [2][]rune
	for k := range sets {
		text, err := p.delimited(delim, false)
		if err != nil {
			return err
		}
		for i := 0; i < len(text); i++ {
			e := text[i]
			if e == '\\' && i+1 < len(text) {
				i++
				switch e = text[i]; e {
				case 'n':
					e = '\n'
				case '\\':
				case delim:
				default:
					p.refuse(`\%c in y is not read`, e)
				}
			}
			if e >= 0x80 {
				p.refuse("y with characters that are not ASCII depends on the locale")
			}
			sets[k] = append(sets[k], rune(e))
		}
	}
	if len(sets[0]) != len(sets[1]) {
		return bad("the two texts of y are not of one length")
	}
	c.runes = map[rune]string{}
	for i, r := range sets[0] {
		if _, ok := c.runes[r]; !ok {
			c.runes[r] = string(sets[1][i])
		}
	}
	return p.end("y")
}

// textOf reads the text of a, i and c: on the same line, or behind a backslash on those that follow.
func (p *parser) textOf(c *command) error {
	p.skip(blanks)
	if p.peek() == '\\' {
		p.i++
		p.skip(blanks)
		if p.peek() == '\n' {
			p.i++
			if strings.IndexByte(blanks, p.peek()) >= 0 && p.i < len(p.s) {
				p.refuse("blanks at the beginning of a text are kept by some releases of sed and dropped by others")
			}
		} else if c := p.peek(); c == '\\' || c >= 'a' && c <= 'z' {
			p.refuse("a text that begins with an escape is not read")
		}
	}
	if p.i >= len(p.s) {
		return bad("the text of %c is missing", c.name)
	}
	var out strings.Builder
	for p.i < len(p.s) && p.s[p.i] != '\n' {
		e := p.s[p.i]
		if p.i++; e != '\\' {
			out.WriteByte(e)
			continue
		}
		if p.i >= len(p.s) {
			p.refuse("a text ends with a backslash")
			break
		}
		e = p.s[p.i]
		p.i++
		switch {
		case e == 't':
			out.WriteByte('\t')
		case e == 'n':
			p.refuse(`\n in a text is not read`)
		case e >= 'a' && e <= 'z' || e >= 'A' && e <= 'Z' || e >= '0' && e <= '9':
			p.refuse(`\%c in a text is not read`, e)
		default:
			out.WriteByte(e)
		}
		if e == '\n' && strings.IndexByte(blanks, p.peek()) >= 0 && p.i < len(p.s) {
			p.refuse("blanks at the beginning of a line of a text are kept by some releases of sed and dropped by others")
		}
	}
	c.text = out.String() + "\n"
	return nil
}
