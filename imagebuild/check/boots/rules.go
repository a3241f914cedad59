package boots

import (
	"context"

	"lbimage/imagebuild/check"
)

// Rules lists the rules of this package.
func Rules() []check.Rule {
	return []check.Rule{
		with(loaderMissing, findLoader),
		with(kernelMissing, findKernel), with(initramfsMissing, findInitramfs), with(kernelModules, findModules),
		with(rootDevice, findRoot), with(fstabDevice, findFstab), with(fstabRoot, findFstabRoot),
		with(serialConsole, findConsole),
	}
}

// with is a rule with what finds it. A finding is made of its rule, so they cannot be one variable.
func with(r check.Rule, find func(context.Context, *check.Subject) ([]check.Finding, error)) check.Rule {
	r.Find = find
	return r
}

// at is a finding on a line of a file.
func at(r check.Rule, severity check.Severity, path string, line int, message string) check.Finding {
	f := r.At(path, message)
	f.Severity, f.Line = severity, line
	return f
}
