package haproxyconfig

import "strings"

// Dialect says by which rules a line is cut into words.
type Dialect uint8

const (
	// Modern is HAProxy 1.6 and later: quotes group, and in double quotes
	// environment variables are expanded.
	Modern Dialect = iota
	// Legacy is HAProxy up to 1.5: quotes are ordinary characters, so a blank
	// or a # between them ends the word. The backslash works as ever.
	Legacy
)

// DialectOf gives the dialect of a version of HAProxy; Modern if it is unknown.
func DialectOf(haproxy Version) Dialect {
	if haproxy.Before(Version{Major: 1, Minor: 6}) {
		return Legacy
	}
	return Modern
}

// Word is one word of a line.
type Word struct {
	// Value is the word without its quotes and escapes, as HAProxy reads it.
	// Environment variables stand in it as they are written.
	Value string
	// Raw is the word as it is written.
	Raw string
	// Start is the word's place in its line, in bytes from 0.
	Start int
	// Expands is true when the word holds an environment variable, so that
	// its value is not known here.
	Expands bool
}

// Column is the place of the word's first byte, counted from 1.
func (w Word) Column() int { return w.Start + 1 }

// End is the offset behind the word's last byte.
func (w Word) End() int { return w.Start + len(w.Raw) }

// Fault is why HAProxy would refuse to cut a line into words.
type Fault uint8

const (
	NoFault     Fault = iota
	OpenQuote         // a quote that is not closed
	BadHex            // \x without two hexadecimal digits
	BadVariable       // $ in double quotes without a name behind it
	OpenBrace         // ${ that is not closed
)

// String is the fault as a clause; "" for none.
func (f Fault) String() string {
	switch f {
	case OpenQuote:
		return "a quote is opened and not closed"
	case BadHex:
		return "\\x is not followed by two hexadecimal digits"
	case BadVariable:
		return "a $ in double quotes is not followed by the name of a variable"
	case OpenBrace:
		return "a ${ is not closed"
	}
	return ""
}

// tokens is what a line is made of. Offsets are -1 where there is no such thing.
type tokens struct {
	words   []Word
	comment int // where the comment begins
	stop    int // where a NUL or a stray carriage return makes HAProxy stop reading
	fault   Fault
	faultAt int
}

// isBlank is C's isspace in the C locale, which is what HAProxy goes by.
func isBlank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func skipBlanks(s string, i int) int {
	for i < len(s) && isBlank(s[i]) {
		i++
	}
	return i
}

// cut splits one line, without its line ending, into words. It follows HAProxy
// to the letter where that shows: a carriage return behind a blank is a blank,
// behind anything else it ends the line, even in quotes.
func cut(line string, d Dialect) tokens {
	c := cutter{line: line, modern: d == Modern, t: tokens{comment: -1, stop: -1, faultAt: -1}}
	for c.pos = skipBlanks(line, 0); c.pos < len(line); c.pos = skipBlanks(line, c.pos) {
		if c.word() {
			break
		}
	}
	return c.t
}

type cutter struct {
	line   string
	modern bool
	pos    int
	t      tokens
}

// word reads the word at pos and reports whether the line ends with it.
func (c *cutter) word() (ended bool) {
	start := c.pos
	v := value{line: c.line, start: start}
	var quote byte
	quoteAt := 0
loop:
	for c.pos < len(c.line) {
		ch := c.line[c.pos]
		switch {
		case ch == 0 || ch == '\r' || ch == '\n':
			c.t.stop, ended = c.pos, true
			break loop
		case ch == '#' && quote == 0:
			c.t.comment, ended = c.pos, true
			break loop
		case isBlank(ch) && quote == 0:
			break loop
		case c.modern && (ch == '"' || ch == '\'') && (quote == 0 || quote == ch):
			if quote == 0 {
				quote, quoteAt = ch, c.pos
			} else {
				quote = 0
			}
			v.skip(c.pos, 1)
			c.pos++
		case ch == '\\' && quote != '\'':
			c.escape(&v, quote)
		case ch == '$' && quote == '"':
			v.expands = true
			c.variable()
		default:
			c.pos++
		}
	}
	if quote != 0 {
		c.fail(OpenQuote, quoteAt)
	}
	if c.pos > start {
		c.t.words = append(c.t.words, Word{
			Value: v.text(c.pos), Raw: c.line[start:c.pos], Start: start, Expands: v.expands,
		})
	}
	return ended
}

// escape reads a backslash and what it protects. A backslash before any other
// character stands for itself.
func (c *cutter) escape(v *value, quote byte) {
	at := c.pos
	next := byte(0)
	if at+1 < len(c.line) {
		next = c.line[at+1]
	}
	c.pos += 2
	switch next {
	case ' ', '\\', '#':
		v.put(at, 2, next)
		return
	case 't':
		v.put(at, 2, '\t')
		return
	case 'n':
		v.put(at, 2, '\n')
		return
	case 'r':
		v.put(at, 2, '\r')
		return
	case '\'', '"':
		if c.modern {
			v.put(at, 2, next)
			return
		}
	case '$':
		if quote == '"' {
			v.put(at, 2, next)
			return
		}
	case 'x':
		if at+3 < len(c.line) {
			high, ok1 := hexDigit(c.line[at+2])
			low, ok2 := hexDigit(c.line[at+3])
			if ok1 && ok2 {
				v.put(at, 4, high<<4|low)
				c.pos += 2
				return
			}
		}
		c.fail(BadHex, at)
	}
	c.pos = at + 1
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case isDigit(c):
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

// variable passes over $NAME, ${NAME}, ${NAME[*]} or ${NAME-default}. The
// default reaches to the next brace, over quotes and blanks.
func (c *cutter) variable() {
	at := c.pos
	c.pos++
	brace := c.pos < len(c.line) && c.line[c.pos] == '{'
	if brace {
		c.pos++
	}
	if c.pos >= len(c.line) || !isLetter(c.line[c.pos]) && c.line[c.pos] != '_' && c.line[c.pos] != '.' {
		c.fail(BadVariable, c.pos)
		return
	}
	for c.pos++; c.pos < len(c.line) && (isLetter(c.line[c.pos]) || isDigit(c.line[c.pos]) || c.line[c.pos] == '_'); {
		c.pos++
	}
	if !brace {
		return
	}
	if strings.HasPrefix(c.line[c.pos:], "[*]") {
		c.pos += len("[*]")
	}
	rest := c.line[c.pos:]
	if strings.HasPrefix(rest, "-") {
		end := strings.IndexAny(rest, "}\x00")
		if end >= 0 && rest[end] == '}' {
			c.pos += end + 1
			return
		}
	} else if strings.HasPrefix(rest, "}") {
		c.pos++
		return
	}
	c.fail(OpenBrace, at+1)
}

// fail notes the first fault of the line; HAProxy stops there.
func (c *cutter) fail(f Fault, at int) {
	if c.t.fault == NoFault {
		c.t.fault, c.t.faultAt = f, at
	}
}

// value gathers a word's value. As long as nothing is unquoted it is a piece of
// the line and costs no memory.
type value struct {
	line    string
	start   int // of what has not been copied yet
	copied  []byte
	changed bool
	expands bool
}

// skip leaves out n bytes at offset at.
func (v *value) skip(at, n int) {
	v.copied = append(v.copied, v.line[v.start:at]...)
	v.start, v.changed = at+n, true
}

// put writes b in place of n bytes at offset at.
func (v *value) put(at, n int, b byte) {
	v.skip(at, n)
	v.copied = append(v.copied, b)
}

func (v *value) text(end int) string {
	if !v.changed {
		return v.line[v.start:end]
	}
	return string(append(v.copied, v.line[v.start:end]...))
}
