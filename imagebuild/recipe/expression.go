package recipe

import (
	"regexp"
	"sync"
)

// expression is a regular expression of the table, compiled when a value is first held against it: most commands need none
// of them, and all together they would be a good part of what it takes to start the program.
type expression struct {
	text    string
	compile func() *regexp.Regexp
}

func expr(text string) *expression {
	return &expression{text, sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })}
}

func (e *expression) MatchString(s string) bool { return e.compile().MatchString(s) }

func (e *expression) String() string { return e.text }
