package all

import (
	"fmt"
	"strings"

	"lbimage/imagebuild/check"
)

// Group is rules that look at the same.
type Group struct {
	Name  check.Group
	About string
	Rules []check.Rule
}

// about says what the groups are for, in the order in which they are told.
var about = []Group{
	{Name: check.GroupEssentials, About: "what a load balancer consists of, and whether it can work together"},
	{Name: check.GroupBoots, About: "whether the image comes up"},
	{Name: check.GroupFileSystem, About: "the root file system as a structure, and its room"},
	{Name: check.GroupConfiguration, About: "HAProxy's template and the system around HAProxy"},
	{Name: check.GroupHygiene, About: "what does not belong into an image that ships; remarks unless it is for production"},
	{Name: check.GroupRegistration, About: "what the installers make of the tarball"},
	{Name: check.GroupPackages, About: "what a package that is installed needs; asked when one is"},
	{Name: check.GroupEdits, About: "whether the edits arrived; asked after every edit"},
	{Name: check.GroupKickstart, About: "kickstart files, at which `lbimage kickstart check` looks (ks-…), and whether an image has what the file says that it claims to come from (kickstart-…), which is asked where one is named"},
}

// Groups are all rules by group.
func Groups() []Group {
	out := []Group{}
	for _, g := range about {
		for _, r := range Rules() {
			if r.Group == g.Name {
				g.Rules = append(g.Rules, r)
			}
		}
		out = append(out, g)
	}
	return out
}

// Page is what is to be said of a rule, as Markdown.
func Page(r check.Rule) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", r.Name)
	fmt.Fprintf(&b, "%s, group *%s*.\n\n", r.Severity, r.Group)
	fmt.Fprintf(&b, "**Why.** %s\n\n", sentence(r.Why))
	fmt.Fprintf(&b, "**Mend.** %s\n\n", sentence(r.Mend))
	switch {
	case r.OfKickstarts():
		b.WriteString("**In a recipe** it has no place: it looks at kickstart files by themselves, when `lbimage kickstart check` is asked to.\n")
	case r.Fixed():
		b.WriteString("**In a recipe** it cannot be turned off or lowered: without it nobody knows whether the image is what was asked for.\n")
	default:
		fmt.Fprintf(&b, "**In a recipe** it is turned off, or lowered, with a reason that the record keeps:\n\n```yaml\nchecks:\n  rules:\n    %s: {severity: %s, reason: \"…\"}\n```\n", r.Name, lower(r.Severity))
	}
	return []byte(b.String())
}

// lower is what an override would make of a severity.
func lower(s check.Severity) check.Severity {
	if s == check.SeverityError {
		return check.SeverityWarning
	}
	return check.SeverityOff
}

// sentence begins with a capital and ends with a full stop. What begins with a name, as 'euca-install' does, stays.
func sentence(s string) string {
	first, _, _ := strings.Cut(s, " ")
	if !strings.ContainsAny(first, "-_/.:") {
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	return strings.TrimSuffix(s, ".") + "."
}

// Pages are the pages of all rules and of their list, by file name: what docs/checks holds.
func Pages() map[string][]byte {
	out := map[string][]byte{}
	var b strings.Builder
	b.WriteString("# Checks\n\n`lbimage check` asks these rules, and `customize` and `build` ask them before they write an image. Each page says why there is a rule, and how\nto mend what it finds. A recipe turns rules off or lowers them under `checks`, with a reason (see [recipes](../recipe.md)).\n")
	for _, g := range Groups() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| rule | severity | why |\n| --- | --- | --- |\n", g.Name, sentence(g.About))
		for _, r := range g.Rules {
			fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s |\n", r.Name, r.Name, r.Severity, strings.ReplaceAll(r.Why, "|", `\|`))
			out[r.Name+".md"] = Page(r)
		}
	}
	out["README.md"] = []byte(b.String())
	return out
}
