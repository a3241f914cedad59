// Package shell parses scripts that anybody may have written, within bounds: mvdan.cc/sh reads nested commands by calling
// itself, and a text of a million opening brackets would end the program, not the parsing.
//
//	file, err := shell.Parse(text, syntax.LangBash)
package shell

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"strings"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

// The bounds of a script.
const (
	MaxScript    = 1 << 20 // bytes
	MaxJoints    = 20000   // & and |: a chain of commands is a tree as deep as it is long
	MaxOperators = 50000   // of arithmetic, likewise
	maxFrames    = 4000    // of the parser's stack: some 300 commands one inside the other
)

// ErrTooLarge is of a script that is longer, or more deeply nested, than anybody writes one.
var ErrTooLarge = errors.New("the script is too large to be read")

// Parse parses a script. A byte that is no UTF-8 stands as DEL in what comes out. Its error is one of the parser's, a syntax.ParseError or syntax.LangError with a place, or
// ErrTooLarge.
func Parse(text string, lang syntax.LangVariant) (*syntax.File, error) {
	if err := bounded(text); err != nil {
		return nil, err
	}
	text = utf8Text(text)
	file, err := syntax.NewParser(syntax.Variant(lang)).Parse(&watched{strings.NewReader(text)}, "")
	if err == nil {
		err = astray(file)
	}
	if err != nil {
		return nil, err
	}
	return file, nil
}

// Stmts parses a script statement by statement, as a shell does before it runs each: an error is where it would stop. A text
// that is no UTF-8 has to be refused before. The parser may have more to give behind an error, and panics where it is left
// alone with that: a loop has to go on to the end.
func Stmts(text string, lang syntax.LangVariant) iter.Seq2[*syntax.Stmt, error] {
	if err := bounded(text); err != nil {
		return func(yield func(*syntax.Stmt, error) bool) { yield(nil, err) }
	}
	return syntax.NewParser(syntax.Variant(lang)).StmtsSeq(&watched{strings.NewReader(text)})
}

// bounded refuses a text by its size, and by what the parser makes long chains of.
func bounded(text string) error {
	if len(text) > MaxScript {
		return fmt.Errorf("%w: it has more than %d KiB", ErrTooLarge, MaxScript>>10)
	}
	if n := count(text, "&|"); n > MaxJoints {
		return fmt.Errorf("%w: it has %d times & or |, more than %d", ErrTooLarge, n, MaxJoints)
	}
	if n := count(text, "+-*/%<>=^,?!"); n > MaxOperators {
		return fmt.Errorf("%w: it has %d operators, more than %d", ErrTooLarge, n, MaxOperators)
	}
	return nil
}

// astray finds a word of the grammar where a command should begin, which the parser takes for the name of a program there.
func astray(file *syntax.File) (err error) {
	syntax.Walk(file, func(n syntax.Node) bool {
		call, ok := n.(*syntax.CallExpr)
		if !ok || err != nil || len(call.Args) == 0 || len(call.Assigns) > 0 {
			return err == nil
		}
		switch word := call.Args[0].Lit(); word {
		case "then", "else", "elif", "fi", "do", "done", "esac":
			err = syntax.ParseError{Pos: call.Pos(), Text: fmt.Sprintf("`%s` stands where a command should begin", word)}
		}
		return err == nil
	})
	return err
}

// utf8Text puts another byte in the place of each that is no UTF-8: shells take them all, and the parser none.
func utf8Text(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		if _, n := utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && n == 1 {
			b.WriteByte(0x7f)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// count counts the bytes that are one of some.
func count(text, some string) int {
	n := 0
	for i := range len(some) {
		n += strings.Count(text, some[i:i+1])
	}
	return n
}

// watched is a text that is given to the parser piece by piece, as long as that has not gone too deep.
type watched struct{ r io.Reader }

// piece is how much the parser gets at a time: that many levels at most it goes deeper in between.
const piece = 256

func (w *watched) Read(p []byte) (int, error) {
	var deepest [1]uintptr
	if runtime.Callers(maxFrames, deepest[:]) > 0 {
		return 0, fmt.Errorf("%w: its commands are nested too deeply", ErrTooLarge)
	}
	return w.r.Read(p[:min(len(p), piece)])
}
