package fsedit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Line is one command of a script.
type Line struct {
	Number int      // of the line it begins on, from 1
	Words  []string // at least one
}

// ScriptError is about a line of a script.
type ScriptError struct {
	File string
	Line int
	Err  error
}

func (e *ScriptError) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }
func (e *ScriptError) Unwrap() error { return e.Err }

// maxScript bounds a script, which is held in memory.
const maxScript = 64 << 20

// ParseScript reads a script: a command a line, split into words as a shell does.
// Single quotes keep all as it is; in double quotes a backslash keeps ", \ and $ from
// their meaning, outside of quotes any character; at the end of a line it joins
// the next one. A word that begins with # begins a comment. There are no variables.
// Errors are about the whole script, so that nothing of a wrong one is run.
func ParseScript(file string, r io.Reader) ([]Line, error) {
	br := bufio.NewReader(io.LimitReader(r, maxScript+1))
	p := scriptParser{line: 1}
	for n := 0; ; n++ {
		c, err := br.ReadByte()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, outside("reading", file, err)
		}
		if n == maxScript {
			return nil, &outsideError{fmt.Errorf("%s: a script has %d bytes at most: cut it into several", file, maxScript)}
		}
		p.next(c)
		if p.err != nil {
			return nil, &outsideError{&ScriptError{file, p.line, p.err}}
		}
	}
	p.end()
	if p.err != nil {
		return nil, &outsideError{&ScriptError{file, p.start, p.err}}
	}
	return p.lines, nil
}

// scriptParser takes a script byte by byte.
type scriptParser struct {
	lines   []Line
	words   []string
	word    strings.Builder
	inWord  bool
	quote   byte // the quote that is open
	escape  bool // a backslash came before
	comment bool
	line    int // where it is
	start   int // where the command, or the open quote, began
	err     error
}

func (p *scriptParser) next(c byte) {
	if c == 0 {
		p.err = errors.New("a zero byte: this is no script")
		return
	}
	switch {
	case p.comment:
		if c == '\n' {
			p.comment = false
			p.endLine()
		}
	case p.escape:
		p.escape = false
		if c == '\n' {
			p.line++
			return
		}
		if p.quote == '"' && strings.IndexByte("\"\\$`", c) < 0 {
			p.word.WriteByte('\\')
		}
		p.take(c)
	case p.quote == '\'' && c == '\'', p.quote == '"' && c == '"':
		p.quote = 0
	case p.quote == '\'':
		p.take(c)
		if c == '\n' {
			p.line++
		}
	case c == '\\':
		p.escape = true
		p.begin()
	case p.quote == '"':
		p.take(c)
		if c == '\n' {
			p.line++
		}
	case c == '\'' || c == '"':
		p.quote = c
		p.begin()
		p.inWord = true
	case c == '\n':
		p.endLine()
	case c == ' ' || c == '\t' || c == '\r':
		p.endWord()
	case c == '#' && !p.inWord:
		p.comment = true
	case c == ';' || c == '&' || c == '|' || c == '<' || c == '>':
		p.err = fmt.Errorf("%q means nothing here: put it into quotes, or begin a new line", c)
	default:
		p.take(c)
	}
}

func (p *scriptParser) begin() {
	if len(p.words) == 0 && !p.inWord {
		p.start = p.line
	}
}

func (p *scriptParser) take(c byte) {
	p.begin()
	p.inWord = true
	p.word.WriteByte(c)
}

func (p *scriptParser) endWord() {
	if p.inWord {
		p.words = append(p.words, p.word.String())
	}
	p.word.Reset()
	p.inWord = false
}

func (p *scriptParser) endLine() {
	p.endWord()
	if len(p.words) > 0 {
		p.lines = append(p.lines, Line{p.start, p.words})
		p.words = nil
	}
	p.line++
}

func (p *scriptParser) end() {
	switch {
	case p.quote != 0:
		p.err = fmt.Errorf("the quote %c is not closed", p.quote)
		return
	case p.escape:
		p.err = errors.New("a backslash at the end of the script")
		return
	}
	p.endLine()
}
