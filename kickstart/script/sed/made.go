package sed

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
func (p *Program) Made(text []byte) Verdict {
	out, err := p.Apply(text)
	if err != nil {
		return Verdict{Answer: Unknown, Why: err.Error()}
	}
	if string(out) == string(text) {
		return Verdict{Answer: Yes}
	}
	return Verdict{Answer: Unknown}
}
