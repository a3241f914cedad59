package check

// Rule says what a check looks for and why.
type Rule struct {
	Name     string   // in kebab-case
	Severity Severity // at worst
	Why      string
	Mend     string
}

// Rules lists the rules of this package, by what they look at. Those for what stands in the template are
// package haproxyconfig's own.
func Rules() []Rule {
	return []Rule{
		ruleFileSystem,
		ruleReadBack,
		ruleTemplateMissing, ruleTemplateUnreadable,
		ruleTarballLayout, ruleImageName, ruleTarballName, ruleTarballEnding,
		rulePackageRequires, rulePackageConflicts, rulePackageUnknown,
	}
}

// finding gives a finding of a rule, with the rule's own mend.
func (r Rule) finding(path, message string) Finding {
	return Finding{Severity: r.Severity, Path: path, Rule: r.Name, Message: message, Hint: r.Mend}
}
