package check

import "lbimage/haproxy-config/rulebook"

// ruleHAProxy is what the real HAProxy says, where no rule has said it already.
var ruleHAProxy = Rule{
	Name:     ruleVerdict,
	Group:    GroupConfiguration,
	Severity: SeverityError,
	Why:      "the HAProxy that is in the image refuses the configuration, so the load balancer does not start",
	Mend:     "mend the line that it names; the finding has its words",
}

// haproxyRules are those for what stands in the template, and for what the servo makes of it.
func haproxyRules() []Rule {
	out := []Rule{ruleHAProxy}
	for _, r := range rulebook.Rules() {
		out = append(out, Rule{Name: r.Name, Group: GroupConfiguration, Severity: Severity(r.Severity), Why: r.Why, Mend: r.Mend})
	}
	return out
}
