// Package all gathers the rules of all packages of checks.
package all

import (
	"slices"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/access"
	"lbimage/imagebuild/check/boots"
	"lbimage/imagebuild/check/conformance"
	"lbimage/imagebuild/check/essentials"
	"lbimage/imagebuild/check/hygiene"
)

// Rules lists every rule, by group.
func Rules() []check.Rule {
	return slices.Concat(essentials.Rules(), boots.Rules(), check.Rules(), access.Rules(), hygiene.Rules(), conformance.Rules())
}

// Names are those of the rules, sorted.
func Names() []string {
	var out []string
	for _, r := range Rules() {
		out = append(out, r.Name)
	}
	slices.Sort(out)
	return out
}

// Rule finds a rule by name.
func Rule(name string) (check.Rule, bool) {
	for _, r := range Rules() {
		if r.Name == name {
			return r, true
		}
	}
	return check.Rule{}, false
}
