// Package rulebook says of every rule of this project about HAProxy's configuration why there is one, and how to mend what
// it finds. The rules themselves are in the packages lint, render and migrate, where each finding has a message and a hint
// of its own; a test holds the book against them.
package rulebook

import (
	"slices"

	"lbimage/haproxy-config"
)

// Rule is a rule by name.
type Rule struct {
	Name     string
	Severity haproxyconfig.Severity // at worst
	Why      string
	Mend     string
}

// Rules are all there are, sorted by name.
func Rules() []Rule {
	out := slices.Concat(text, words, names, values, sections, files, wisdom, servo, migration)
	slices.SortFunc(out, func(a, b Rule) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return out
}

const (
	grave = haproxyconfig.Error
	warn  = haproxyconfig.Warning
	info  = haproxyconfig.Info
)
