package hygiene

import (
	"lbimage/imagebuild/check"
)

// Rules lists the rules of this package, the gravest first.
func Rules() []check.Rule {
	rules := []check.Rule{
		ruleRootPassword(), ruleAccountPassword(), ruleWeakHash(), ruleSuperuser(), rulePasswordLogin(), ruleAuthorizedKeys(),
	}
	for _, t := range traces {
		rules = append(rules, t.rule())
	}
	return append(rules, ruleDevelopmentServo(), ruleWorldWritable(), ruleSetIDUnowned())
}
