package check

import "strings"

// Override turns a rule off or gives its findings another severity, for a reason that the record keeps.
type Override struct {
	Rule string `json:"rule"`
	// Severity is off, info, warning or error.
	Severity Severity `json:"severity"`
	Reason   string   `json:"reason"`
}

// SeverityOff is for overrides alone: what the rule finds is not told.
const SeverityOff Severity = "off"

// ApplyOverrides gives findings as overrides have them: without those of rules that are off, the others with the severity that
// is asked for. What is graver than a finding is stays as it is: an override of 'warning' does not make one of a remark.
func ApplyOverrides(all []Finding, overrides []Override) []Finding {
	by := map[string]Severity{}
	for _, o := range overrides {
		by[o.Rule] = o.Severity
	}
	out := []Finding{}
	for _, f := range all {
		switch s, ok := by[f.Rule]; {
		case ok && s == SeverityOff:
			continue
		case ok && (s == SeverityError || s.rank() > f.Severity.rank()):
			f.Severity = s
		}
		out = append(out, f)
	}
	return out
}

// Fixed tells whether a rule cannot be overridden: without it nobody knows whether the image is what was asked for, or no
// build asks it.
func (r Rule) Fixed() bool {
	return r.Group == GroupEdits || r.Name == ruleFileSystem.Name || r.OfKickstarts()
}

// OfKickstarts tells whether a rule is about kickstart files by themselves, which no build and no check of an image looks at.
func (r Rule) OfKickstarts() bool {
	return r.Group == GroupKickstart && strings.HasPrefix(r.Name, "ks-")
}
