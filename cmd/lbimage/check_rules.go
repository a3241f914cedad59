package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"lbimage/haproxy-config/nearest"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/all"
)

// ruleJSON is a rule for programs.
type ruleJSON struct {
	Name     string         `json:"name"`
	Group    check.Group    `json:"group"`
	Severity check.Severity `json:"severity"` // at worst
	Why      string         `json:"why"`
	Mend     string         `json:"mend"`
	Fixed    bool           `json:"fixed,omitempty"` // cannot be overridden
}

func ruleForPrograms(r check.Rule) ruleJSON {
	return ruleJSON{r.Name, r.Group, r.Severity, r.Why, r.Mend, r.Fixed()}
}

// listRules tells of every rule, group by group.
func listRules(s stdio, f format) error {
	rules := all.Rules()
	if f == formatJSON {
		out := []ruleJSON{}
		for _, r := range rules {
			out = append(out, ruleForPrograms(r))
		}
		return writeJSON(s.out, out)
	}
	t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for i, g := range all.Groups() {
		if i > 0 {
			fmt.Fprintln(t)
		}
		fmt.Fprintf(t, "%s: %s\n", g.Name, g.About)
		for _, r := range g.Rules {
			fmt.Fprintf(t, "  %s\t%s\t%s\n", r.Name, r.Severity, inShort(r.Why))
		}
	}
	return t.Flush()
}

// inShort is the first part of a reason, for a list: --explain tells the rest.
func inShort(why string) string {
	for _, end := range []string{". ", "; ", ": "} {
		if len(why) > maxWhy {
			why, _, _ = strings.Cut(why, end)
		}
	}
	return why
}

// maxWhy is the length from which on a reason is cut in a list.
const maxWhy = 100

// explainRule tells all of one rule.
func explainRule(s stdio, f format, name string) error {
	r, ok := all.Rule(name)
	if !ok {
		return usagef("there is no rule %s%s: --list tells what there is", name, nearest.Suggestion(name, all.Names()))
	}
	if f == formatJSON {
		return writeJSON(s.out, ruleForPrograms(r))
	}
	_, err := s.out.Write(all.Page(r))
	return err
}

// quotedList is a list of names in a sentence.
func quotedList(names []string) string { return strings.Join(names, ", ") }
