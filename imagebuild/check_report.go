package imagebuild

import "lbimage/imagebuild/check"

// CheckSchema names the form of a [CheckReport].
const CheckSchema = "lbimage/check/v1"

// CheckReport is what the checks say of a source, for programs.
type CheckReport struct {
	Schema string `json:"schema"`
	// Findings in the order of their places. One of severity error makes an image unfit.
	Findings []check.Finding `json:"findings"`
	// JudgedBy names who judged the template: the linter, the servo's rules, a HAProxy.
	JudgedBy []string `json:"judgedBy"`
	// Overrides are those of the recipe's that made a difference to the findings.
	Overrides []check.Override `json:"overrides,omitempty"`
	// Kickstart says whether the image has what the kickstart file says; absent where none was named.
	Kickstart *Conformity `json:"kickstart,omitempty"`
	// Notes say who did not judge the template, and why.
	Notes []string `json:"notes,omitempty"`
	// Warnings are of the source itself, as it was opened.
	Warnings []string `json:"warnings,omitempty"`
}

// Report is what was found, for programs.
func (e *Examined) Report() *CheckReport {
	return &CheckReport{
		Schema: CheckSchema, Findings: append([]check.Finding{}, e.Findings...), JudgedBy: append([]string{}, e.Template.By...),
		Overrides: e.Overrides, Kickstart: e.Kickstart, Notes: e.Template.Notes, Warnings: e.Warnings,
	}
}
