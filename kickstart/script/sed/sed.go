// Package sed reads programs for the stream editor sed and applies them to texts: the commands that change lines, as
// scripts use them with sed -i. What it does not know it refuses by name.
//
// It follows GNU sed: s with g, p, I and a number, d, p, a, i, c, q, y, =, blocks, all addresses but addr,~N, and -n as a first line
// "#n". Commands that move between lines (n, N, D, G, H, labels), that read or write other files and that run programs are
// refused, and so are regular expressions whose meaning RE2 cannot keep: back-references, and groups that a replacement
// takes up where it is not certain what each of them matches.
//
// A line that is not ASCII is matched both as UTF-8 and byte by byte; where the two differ, the locale of the script
// would decide, and Apply gives an error.
package sed

import "errors"

// Limits of programs and texts.
const (
	MaxProgram  = 64 << 10 // bytes
	MaxText     = 4 << 20  // bytes of a text and of what is made of it
	maxCommands = 1000
	maxNested   = 50
	maxMatches  = 100_000  // in one line
	maxWork     = 32 << 20 // bytes of lines that are matched, times the size of what they are matched with
)

// Program is a program that was read.
type Program struct {
	list  []*command
	quiet bool // -n
	slots int  // ranges
}

// command is one command with its addresses.
type command struct {
	from, to *address
	slot     int // of a range: where its state is kept
	not      bool
	name     byte
	block    []*command

	re     *regex // s
	pieces []piece
	global bool
	nth    int
	print  bool

	text  string          // a, i, c: with its end of line
	runes map[rune]string // y
}

// piece is a part of a replacement: a text, or what a group matched.
type piece struct {
	text  string
	group int // -1: text
}

// addressKind is what an address says.
type addressKind int

const (
	number   addressKind = iota // a line; 0 in 0,/re/
	last                        // $
	match                       // /re/
	step                        // first~step
	more                        // addr,+N
	multiple                    // addr,~N
)

type address struct {
	kind addressKind
	n, m int
	re   *regex
}

// Refusal is a program that was not read.
type Refusal struct {
	What string
	// Confined: it is known all the same that nothing but the edited files is changed.
	Confined bool
}

func (r *Refusal) Error() string { return "sed: " + r.What }

// Confined says whether a program, read or not, is known to change nothing but the files that it edits.
func Confined(program string) bool {
	_, err := Parse(program, false)
	var r *Refusal
	return err == nil || errors.As(err, &r) && r.Confined
}
