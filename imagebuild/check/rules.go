package check

import (
	"context"
	"slices"
)

// Group is what a rule looks at.
type Group string

const (
	GroupEssentials    Group = "essentials"    // what a load balancer consists of
	GroupBoots         Group = "boots"         // whether the image comes up
	GroupFileSystem    Group = "file-system"   // the root file system as a structure
	GroupConfiguration Group = "configuration" // HAProxy's and the system's
	GroupHygiene       Group = "hygiene"       // what does not belong into a production image
	GroupRegistration  Group = "registration"  // what the installers make of the tarball
	GroupPackages      Group = "packages"      // what an installed package needs
	GroupEdits         Group = "edits"         // whether the edits arrived
	GroupKickstart     Group = "kickstart"     // kickstart files, and images that claim to come from one
)

// Rule says what a check looks for and why.
type Rule struct {
	Name     string // in kebab-case
	Group    Group
	Severity Severity // at worst
	Why      string
	Mend     string
	// Find looks at an image. It is nil where the findings come of a step of the build: the template, the edits, packages.
	Find func(ctx context.Context, s *Subject) ([]Finding, error)
}

// Rules lists the rules of this package, by what they look at.
func Rules() []Rule {
	return append([]Rule{
		found(ruleFileSystem, findProblems(ruleFileSystem.Name)), found(ruleJournalDirty, findProblems(ruleJournalDirty.Name)),
		found(ruleOrphans, findProblems(ruleOrphans.Name)), found(ruleSpaceLow, findSpace), found(ruleInodesLow, findInodes),
		ruleReadBack,
		ruleTemplateMissing, ruleTemplateUnreadable,
		found(ruleTarballLayout, findLayout), found(ruleImageName, findImageName), found(ruleTarballName, findTarballName),
		found(ruleTarballEnding, findEnding), found(ruleImageSize, findSizes), found(ruleMemberMode, findModes),
		found(ruleVirtualization, findVirtualization),
		rulePackageRequires, rulePackageConflicts, rulePackageUnknown,
	}, slices.Concat(haproxyRules(), kickstartRules())...)
}

// found is a rule with what finds it. A finding is made of its rule, so they cannot be one variable.
func found(r Rule, find func(context.Context, *Subject) ([]Finding, error)) Rule {
	r.Find = find
	return r
}

// At gives a finding of a rule, with the rule's own mend. path is a file of the image from its root, or empty.
func (r Rule) At(path, message string) Finding {
	return Finding{Severity: r.Severity, Path: path, Rule: r.Name, Message: message, Hint: r.Mend}
}

func (r Rule) finding(path, message string) Finding { return r.At(path, message) }
