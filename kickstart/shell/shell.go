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
	maxDeep      = 4000    // nodes of what comes out, one inside the other: who walks it calls himself for each
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
	if err == nil && deeper(file, maxDeep) {
		err = errDeep
	}
	if err == nil {
		err = astray(file)
	}
	if err != nil {
		return nil, err
	}
	return file, nil
}

// Stmts parses a script statement by statement, as a shell does before it runs each: an error is where it would stop, and the
// last that is given. A text that is no UTF-8 has to be refused before.
func Stmts(text string, lang syntax.LangVariant) iter.Seq2[*syntax.Stmt, error] {
	return func(yield func(*syntax.Stmt, error) bool) {
		if err := bounded(text); err != nil {
			yield(nil, err)
			return
		}
		over := false
		// The parser may have more to give behind an error, and panics where it is left alone with that: the loop goes on.
		for s, err := range syntax.NewParser(syntax.Variant(lang)).StmtsSeq(&watched{strings.NewReader(text)}) {
			if over {
				continue
			}
			if err == nil && s != nil && deeper(s, maxDeep) {
				err = errDeep
			}
			over = !yield(s, err) || err != nil
		}
	}
}

var errDeep = fmt.Errorf("%w: its commands are nested too deeply", ErrTooLarge)

// deeper says whether nodes lie one inside the other more than so many times.
func deeper(n syntax.Node, most int) bool {
	depth, found := 0, false
	syntax.Walk(n, func(n syntax.Node) bool {
		if n == nil {
			depth--
			return false
		}
		if found = found || depth >= most; found {
			return false
		}
		depth++
		return true
	})
	return found
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
		return 0, errDeep
	}
	return w.r.Read(p[:min(len(p), piece)])
}
