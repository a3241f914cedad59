package essentials

import (
	"context"

	"lbimage/imagebuild/check"
)

// Rules lists the rules of this package.
func Rules() []check.Rule {
	return []check.Rule{
		with(haproxyMissing, findHAProxy), with(haproxyVersion, findVersion), with(haproxyUnknown, findUnknown),
		with(libraryMissing, findLibraries), with(libraryVersion, findVersions), with(libraryCache, findCache),
		with(servoMissing, findServo), with(servoNotStarted, findNotStarted), with(pythonMissing, findPython), with(botoMissing, findBoto), with(botoVersion, findBotoVersion),
		with(sudoMissing, findSudo), with(interpreterMissing, findInterpreters),
	}
}

// with is a rule with what finds it. A finding is made of its rule, so they cannot be one variable.
func with(r check.Rule, find func(context.Context, *check.Subject) ([]check.Finding, error)) check.Rule {
	r.Find = find
	return r
}

// one is a list with one finding.
func one(r check.Rule, path, message string) []check.Finding {
	return []check.Finding{r.At(path, message)}
}
