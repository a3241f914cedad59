package check

import "slices"

// stays tells whether a finding of a rule counts in an edited image although its source has it already: what keeps the
// output from being read or installed does.
func (r Rule) stays() bool {
	if r.Name == ruleVirtualization.Name { // no edit makes another disk
		return false
	}
	switch r.Group {
	case GroupEssentials, GroupBoots, GroupConfiguration, GroupHygiene:
		return false
	}
	return true
}

// Inheritable are the rules whose findings are no fault of an edit where the source has them already.
func Inheritable(rules []Rule) []Rule {
	return slices.DeleteFunc(slices.Clone(rules), Rule.stays)
}

// Inherit marks the findings of an edited image that its source has already, by rule, place and message. Whoever edits an
// image is told what the edits do; an error that was there before is then no more than a warning, unless strict: then the
// image has to be fit as a whole.
func Inherit(after, before []Finding, rules []Rule, strict bool) []Finding {
	stay := map[string]bool{}
	for _, r := range rules {
		stay[r.Name] = r.stays()
	}
	type key struct{ rule, path, message string }
	had := map[key]int{}
	for _, f := range before {
		had[key{f.Rule, f.Path, f.Message}]++
	}
	out := []Finding{}
	for _, f := range after {
		k := key{f.Rule, f.Path, f.Message}
		if !stay[f.Rule] && had[k] > 0 {
			had[k]--
			f.Inherited = true
			if f.Severity == SeverityError && !strict {
				f.Severity = SeverityWarning
			}
		}
		out = append(out, f)
	}
	return out
}
