package check

import (
	"slices"
	"strings"
)

// stays tells whether a finding of a rule counts in an edited image although its source has it already: what keeps the
// output from being read or installed does.
func (r Rule) stays() bool {
	if r.Name == ruleVirtualization.Name { // no edit makes another disk
		return false
	}
	switch r.Group {
	case GroupEssentials, GroupBoots, GroupConfiguration, GroupHygiene, GroupKickstart:
		return false
	}
	return true
}

// Inheritable are the rules whose findings are no fault of an edit where the source has them already.
func Inheritable(rules []Rule) []Rule {
	return slices.DeleteFunc(slices.Clone(rules), Rule.stays)
}

// Inherit marks the findings of an edited image that its source has already, by rule, place and message. A finding about
// several paths is known by these: whoever takes some of them away makes nothing worse. Whoever edits an image is told
// what the edits do; an error that was there before is then no more than a warning, unless strict: then the image has to
// be fit as a whole.
func Inherit(after, before []Finding, rules []Rule, strict bool) []Finding {
	stay := map[string]bool{}
	for _, r := range rules {
		stay[r.Name] = r.stays()
	}
	type key struct{ rule, path, message string }
	had := map[key]int{}
	covered := map[key]bool{} // without a message
	for _, f := range before {
		had[key{f.Rule, f.Path, f.Message}]++
		for path := range strings.SplitSeq(f.Covers, "\n") {
			covered[key{f.Rule, path, ""}] = path != ""
		}
	}
	// fewer tells whether a finding tells of nothing that was not told of before.
	fewer := func(f Finding) bool {
		for path := range strings.SplitSeq(f.Covers, "\n") {
			if !covered[key{f.Rule, path, ""}] {
				return false
			}
		}
		return true
	}
	out := []Finding{}
	for _, f := range after {
		k := key{f.Rule, f.Path, f.Message}
		known := had[k] > 0
		if f.Covers != "" {
			known = fewer(f)
		}
		if !stay[f.Rule] && known {
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
