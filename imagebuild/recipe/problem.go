package recipe

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Place is where something stands in a recipe. Line and column count from 1, the column in
// characters; 0 where there is none.
type Place struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// String writes a place as compilers do: lbimage.yaml:7:3.
func (p Place) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Problem is one thing that is wrong with a recipe.
type Problem struct {
	Place
	Rule    string `json:"rule"` // in kebab-case: unknown-key
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"` // how to mend it
}

// String is the problem in one line: "lbimage.yaml:7:3: message — hint".
func (p Problem) String() string {
	s := p.Place.String() + ": " + p.Message
	if p.Hint != "" {
		s += " — " + p.Hint
	}
	return s
}

// Error is all that is wrong with a recipe, in the order of the file.
type Error struct {
	File     string
	Problems []Problem // one at least
	More     int       // how many there are besides
}

// maxProblems bounds what is told of one recipe.
const maxProblems = 100

// Error gives a line for each problem.
func (e *Error) Error() string {
	var lines []string
	for _, p := range e.Problems {
		lines = append(lines, p.String())
	}
	if e.More > 0 {
		lines = append(lines, fmt.Sprintf("%s: %d more problems", e.File, e.More))
	}
	return strings.Join(lines, "\n")
}

// NewError is the error that tells of problems, in the order of the file; nil where there is none.
func NewError(file string, problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	problems = slices.Compact(problems)
	e := &Error{File: file, Problems: problems}
	if len(problems) > maxProblems {
		e.Problems, e.More = problems[:maxProblems], len(problems)-maxProblems
	}
	return e
}

// shorten keeps a stranger's text from filling a message or steering a terminal.
func shorten(s string) string {
	const most = 60
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, s)
}
