package survey

import "strings"

// Bounds on scripts of GRUB.
const (
	maxGrubWord  = 16 << 10 // bytes of a word once its variables are replaced
	maxGrubSteps = 200000   // commands, and what they cost
	maxGrubVars  = 4096
	maxGrubDepth = 24 // of nested blocks, functions and files
)

// grubPiece is a part of a word: text, or a variable.
type grubPiece struct {
	text     string
	variable bool
	quoted   bool
}

// grubToken is a word, or one of the signs "\n", ";", "{" and "}".
type grubToken struct {
	sign   string
	pieces []grubPiece
	line   int
}

// plain gives a word without quotation marks and variables; empty for any other.
func (k grubToken) plain() string {
	if len(k.pieces) == 1 && !k.pieces[0].variable && !k.pieces[0].quoted {
		return k.pieces[0].text
	}
	return ""
}

// lexGrub cuts a script into words, as GRUB does (its manual, "Shell-like scripting").
func lexGrub(text string) []grubToken {
	var out []grubToken
	line := 1
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '\n':
			out = append(out, grubToken{sign: "\n", line: line})
			line++
			i++
		case c == ' ' || c == '\t' || c == '\r':
			i++
		case c == '\\' && strings.HasPrefix(text[i+1:], "\n"):
			line++
			i += 2
		case c == '#':
			for i < len(text) && text[i] != '\n' {
				i++
			}
		case c == ';' || c == '&' || c == '|' || c == '<' || c == '>':
			out = append(out, grubToken{sign: ";", line: line})
			i++
		case c == '{' || c == '}':
			out = append(out, grubToken{sign: string(c), line: line})
			i++
		default:
			at := line
			pieces, n := lexGrubWord(text[i:])
			line += strings.Count(text[i:i+n], "\n")
			out = append(out, grubToken{pieces: pieces, line: at})
			i += n
		}
	}
	return out
}

// lexGrubWord reads a word at the head of a text, and gives how long it is.
func lexGrubWord(s string) (pieces []grubPiece, n int) {
	var b strings.Builder
	flush := func(quoted bool) {
		if b.Len() > 0 || quoted {
			pieces = append(pieces, grubPiece{text: b.String(), quoted: quoted})
			b.Reset()
		}
	}
	variable := func(at int, quoted bool) int {
		name, length := varName(s[at:])
		if length == 0 {
			if length = numberName(s[at:]); length > 0 {
				name = s[at+1 : at+length]
			}
		}
		if length == 0 {
			b.WriteByte('$')
			return 1
		}
		flush(quoted)
		pieces = append(pieces, grubPiece{text: name, variable: true, quoted: quoted})
		return length
	}
	for n < len(s) {
		switch c := s[n]; {
		case strings.IndexByte(" \t\r\n;&|<>{}", c) >= 0:
			flush(false)
			return pieces, n
		case c == '\'':
			flush(false)
			end := strings.IndexByte(s[n+1:], '\'')
			if end < 0 {
				end = len(s) - n - 1
			}
			b.WriteString(s[n+1 : n+1+end])
			flush(true)
			n = min(len(s), n+end+2)
		case c == '"':
			flush(false)
			for n++; n < len(s) && s[n] != '"'; {
				switch {
				case s[n] == '\\' && n+1 < len(s) && strings.IndexByte("$\"\\\n", s[n+1]) >= 0:
					if s[n+1] != '\n' {
						b.WriteByte(s[n+1])
					}
					n += 2
				case s[n] == '$':
					n += variable(n, true)
				default:
					b.WriteByte(s[n])
					n++
				}
			}
			flush(true)
			n = min(len(s), n+1)
		case c == '\\' && n+1 < len(s):
			if s[n+1] != '\n' {
				flush(false)
				b.WriteByte(s[n+1])
				flush(true)
			}
			n += 2
		case c == '$':
			n += variable(n, false)
		default:
			b.WriteByte(c)
			n++
		}
	}
	flush(false)
	return pieces, n
}

// numberName is how long $1, $# and the like are; 0 for none.
func numberName(s string) int {
	if len(s) > 1 && strings.IndexByte("0123456789?#@*", s[1]) >= 0 {
		return 2
	}
	return 0
}
