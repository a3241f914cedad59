package check

import (
	"fmt"
	"strings"
)

// rpm itself refuses to install a package into a system that lacks what the package requires.
var rulePackageRequires = Rule{
	Name:     "package-requires",
	Group:    GroupPackages,
	Severity: SeverityError,
	Why:      "a program that needs what is not there does not start, or fails later",
	Mend:     "install what is missing as well, with an edit 'rpm', or say nodeps: true where it is there by other means",
}

// Two packages that say of each other that they cannot be together.
var rulePackageConflicts = Rule{
	Name:     "package-conflicts",
	Group:    GroupPackages,
	Severity: SeverityError,
	Why:      "the packages do not work beside each other, or have the same file",
	Mend:     "leave one of them out, or say nodeps: true",
}

// Without a package database only files can be looked for.
var rulePackageUnknown = Rule{
	Name:     "package-requires-unknown",
	Group:    GroupPackages,
	Severity: SeverityWarning,
	Why:      "the image has no package database of rpm, so nobody can tell what is installed",
	Mend:     "see that the image has these by other means",
}

// PackageMiss is something that an image should have for a package and has not, or has and should not.
type PackageMiss struct {
	Kind string // requires, conflicts, file-conflict, unknown
	What string // the dependency, or the path
	Why  string
}

// PackageTerms are the terms on which a package was installed.
type PackageTerms struct {
	NoDatabase bool // the image has no package database: what is missed may be there by other means
	NoDeps     bool // the request says that misses do not matter
}

// Package gives findings for what an image lacks for a package. What nobody can answer is told in one finding.
func Package(name string, misses []PackageMiss, terms PackageTerms) []Finding {
	var out []Finding
	var unknown []string
	for _, m := range misses {
		rule := rulePackageRequires
		message := fmt.Sprintf("%s requires %s: %s", name, m.What, m.Why)
		switch m.Kind {
		case "unknown":
			unknown = append(unknown, m.What)
			continue
		case "conflicts", "file-conflict":
			rule = rulePackageConflicts
			message = fmt.Sprintf("%s conflicts over %s: %s", name, m.What, m.Why)
		}
		f := rule.finding("", message)
		if terms.NoDatabase || terms.NoDeps {
			f.Severity = SeverityWarning
		}
		out = append(out, f)
	}
	if len(unknown) > 0 {
		out = append(out, rulePackageUnknown.finding("", name+" requires what cannot be looked for here: "+strings.Join(unknown, ", ")))
	}
	return out
}
