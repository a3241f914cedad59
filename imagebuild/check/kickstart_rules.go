package check

import (
	"lbimage/kickstart"
	"lbimage/kickstart/lint"
)

// kickstartRules are those for kickstart files by themselves. Whether an image has what one says is asked elsewhere.
func kickstartRules() []Rule {
	var out []Rule
	for _, r := range lint.Rules() {
		out = append(out, Rule{Name: r.Name, Group: GroupKickstart, Severity: Severity(r.Severity), Why: r.Why, Mend: r.Mend})
	}
	return out
}

// KickstartFindings are those of a kickstart file, as all others are shown; the path is the file's own.
func KickstartFindings(all []lint.Finding) []Finding {
	out := []Finding{}
	for _, f := range all {
		out = append(out, Finding{
			Severity: Severity(f.Severity), Path: f.Place.File, Line: f.Place.Line, Column: f.Place.Column,
			Rule: f.Rule, Message: f.Message, Hint: f.Hint,
		})
	}
	return out
}

// KickstartProblems are what the reader of a kickstart file tells, as findings of the rules that [Rules] knows.
func KickstartProblems(all []kickstart.Problem) []Finding {
	var out []lint.Finding
	for _, p := range all {
		out = append(out, lint.OfProblem(p))
	}
	return KickstartFindings(out)
}
