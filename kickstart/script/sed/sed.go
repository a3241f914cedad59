// Package sed reads programs for the stream editor sed and applies them to texts: the commands that change lines, as
// scripts use them with sed -i. What it does not know it refuses by name.
package sed

// Program is a program that was read.
type Program struct{}

// Parse reads a program. extended is for -E and -r: regular expressions as egrep reads them.
func Parse(program string, extended bool) (*Program, error) { panic("not yet") }

// Apply gives what sed -i makes of a text, within bounds.
func (p *Program) Apply(text []byte) ([]byte, error) { panic("not yet") }

// Answer says whether a text can be what the program has made.
type Answer string

const (
	Yes     Answer = "yes" // there is a text of which it makes this one
	No      Answer = "no"  // there is none
	Unknown Answer = "unknown"
)

// Verdict is an Answer with the line that it is about.
type Verdict struct {
	Answer Answer
	Line   int    // from 1, of the line that the program would not have left so; 0: none
	Want   string // what it would have made of the line
	Why    string // short
	Idle   bool   // no line is one that the program would have touched or made
}

// Made says whether a text can have come out of the program: for each line whether some line could have become it.
func (p *Program) Made(text []byte) Verdict { panic("not yet") }
