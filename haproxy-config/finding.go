package haproxyconfig

import (
	"cmp"
	"slices"
)

// Severity says what a finding means.
type Severity string

const (
	// Error: HAProxy would not start, or the servo would lose lines.
	Error Severity = "error"
	// Warning: it works, and probably not as it is meant.
	Warning Severity = "warning"
	// Info: worth knowing.
	Info Severity = "info"
)

// Finding is what a check has to say about one place.
type Finding struct {
	Severity Severity `json:"severity"`
	// File is left to the caller, who knows the name.
	File string `json:"file,omitempty"`
	// Line and Column count from 1, the column in bytes; 0 where there is no such place.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Rule is the name of the rule, in kebab-case.
	Rule    string `json:"rule"`
	Message string `json:"message"`
	// Hint says how to mend it.
	Hint string `json:"hint,omitempty"`
}

// HasErrors reports whether one of the findings is an error.
func HasErrors(all []Finding) bool {
	return slices.ContainsFunc(all, func(f Finding) bool { return f.Severity == Error })
}

// SortFindings orders findings by place, then by rule.
func SortFindings(all []Finding) {
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Rule, b.Rule))
	})
}
