// Package all gathers the rules of all packages of checks.
package all

import (
	"slices"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/access"
	"lbimage/imagebuild/check/boots"
	"lbimage/imagebuild/check/essentials"
	"lbimage/imagebuild/check/hygiene"
)

// Rules lists every rule, by group.
func Rules() []check.Rule {
	return slices.Concat(essentials.Rules(), boots.Rules(), check.Rules(), access.Rules(), hygiene.Rules())
}
