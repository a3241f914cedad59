package kickstart

import "fmt"

// Place is where something stands. Line and Column count from 1, the column in bytes; 0 where there is no such place.
type Place struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// String is the place as compilers write it: "lb.ks:7:2".
func (p Place) String() string {
	out := p.File
	if p.Line > 0 {
		out += fmt.Sprintf(":%d", p.Line)
		if p.Column > 0 {
			out += fmt.Sprintf(":%d", p.Column)
		}
	}
	return out
}

// Problem is something that the installer would refuse, or read otherwise than it looks.
type Problem struct {
	Place
	Rule    string `json:"rule"` // in kebab-case: unknown-command
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`    // how to mend it; may be empty
	Warning bool   `json:"warning,omitempty"` // the installer goes on
}

func (p Problem) Error() string {
	out := p.Place.String() + ": " + p.Message
	if p.Hint != "" {
		out += " — " + p.Hint
	}
	return out
}
