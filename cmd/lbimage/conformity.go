package main

import (
	"fmt"
	"slices"
	"strings"

	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/conformance"
	"lbimage/kickstart"
)

// printConformity tells what of a kickstart file an image has: what does not hold with both sides, what cannot be told with the
// reason, and how much holds. With all it lists every statement by itself, and the lines that say nothing. findings are those
// of the image: by them it is known what overrides make of a rule.
func printConformity(s stdio, c *imagebuild.Conformity, findings []check.Finding, all bool) {
	if c == nil {
		return
	}
	printKickstartProblems(s, c.Problems)
	var untold, held []conformance.Statement
	told := map[string]bool{} // mends, each once
	fails := map[check.Severity][]conformance.Statement{}
	for _, st := range c.Statements {
		switch st.Verdict {
		case conformance.DoesNotHold:
			severity := severityOf(st, findings)
			fails[severity] = append(fails[severity], st)
		case conformance.CannotBeTold:
			untold = append(untold, st)
		default:
			held = append(held, st)
		}
	}
	for _, severity := range []check.Severity{check.SeverityError, check.SeverityWarning, check.SeverityInfo, check.SeverityOff} {
		for _, group := range folded(fails[severity], all) {
			printFailing(s, group, severity, told)
		}
	}
	for _, group := range folded(untold, all) {
		printUntold(s, group)
	}
	if all {
		for _, st := range held {
			printHeld(s, st)
		}
		for _, i := range c.Ignored {
			fmt.Fprintln(s.out, check.OneLine(fmt.Sprintf("says nothing    %s  %s: %s", i.Place, i.Text, i.Why)))
		}
	}
	printConformityCount(s, c)
}

// kickstartRule tells whether findings of a rule are statements that do not hold.
func kickstartRule(name string) bool {
	return slices.ContainsFunc(conformance.Rules(), func(r check.Rule) bool { return r.Name == name })
}

// withoutKickstart are findings that are no statements of a kickstart file: these are told by themselves.
func withoutKickstart(all []check.Finding) []check.Finding {
	return slices.DeleteFunc(slices.Clone(all), func(f check.Finding) bool { return kickstartRule(f.Rule) })
}

// severityOf is the severity of a statement that does not hold: off where its finding is not told.
func severityOf(st conformance.Statement, findings []check.Finding) check.Severity {
	rule := conformance.FindingOf(st).Rule
	if i := slices.IndexFunc(findings, func(f check.Finding) bool { return f.Rule == rule }); i >= 0 {
		return findings[i].Severity
	}
	return check.SeverityOff
}

// printKickstartProblems tells what the installer would refuse of the file, or read otherwise than it looks.
func printKickstartProblems(s stdio, problems []kickstart.Problem) {
	for _, p := range problems {
		word := "refused"
		if p.Warning {
			word = "warning"
		}
		text := p.Message
		if p.Hint != "" {
			text += " — " + p.Hint
		}
		fmt.Fprintln(s.out, check.OneLine(fmt.Sprintf("%s  %s  %s", word, p.Place, text)))
	}
}

// printConformityCount is the last line.
func printConformityCount(s stdio, c *imagebuild.Conformity) {
	n := c.Count
	hold, not := "hold", "do"
	if n.Holds == 1 {
		hold = "holds"
	}
	if n.DoesNotHold == 1 {
		not = "does"
	}
	line := fmt.Sprintf("kickstart %s, as %s reads it: %d %s, %d %s not hold, %d cannot be told", c.File, c.Version, n.Holds, hold, n.DoesNotHold, not, n.CannotBeTold)
	switch len(c.Ignored) {
	case 0:
	case 1:
		line += "; 1 line says nothing of an image"
	default:
		line += fmt.Sprintf("; %d lines say nothing of an image", len(c.Ignored))
	}
	fmt.Fprintln(s.out, check.OneLine(line))
}

// folded puts statements together that are told in one, or each by itself where all are asked for.
func folded(all []conformance.Statement, single bool) [][]conformance.Statement {
	if !single {
		return conformance.Fold(all)
	}
	var out [][]conformance.Statement
	for _, st := range all {
		out = append(out, []conformance.Statement{st})
	}
	return out
}

// printFailing tells of statements that do not hold, with both sides and how to mend it, where that is not told already.
func printFailing(s stdio, group []conformance.Statement, severity check.Severity, told map[string]bool) {
	st := group[0]
	f := conformance.FindingOf(st)
	place, about := conformance.Folded(group)
	fmt.Fprintln(s.out, check.OneLine(fmt.Sprintf("%s  %s  %s  does not hold: %s", severity, place, f.Rule, about)))
	printSides(s, "  ", st)
	if st.Why != "" {
		fmt.Fprintln(s.out, "  note    "+check.OneLine(st.Why))
	}
	if severity != check.SeverityOff && !told[f.Hint] {
		told[f.Hint] = true
		fmt.Fprintln(s.out, "  mend    "+check.OneLine(f.Hint))
	}
}

// printSides tells what the file asks for and what the image has.
func printSides(s stdio, indent string, st conformance.Statement) {
	has := st.Has
	if place := conformance.FindingOf(st).Place(); place != "" && (st.Line > 0 || !strings.Contains(has, place)) {
		has += " (" + place + ")"
	}
	fmt.Fprintln(s.out, indent+"wanted  "+check.OneLine(st.Want))
	fmt.Fprintln(s.out, indent+"has     "+check.OneLine(has))
}

func printUntold(s stdio, group []conformance.Statement) {
	place, about := conformance.Folded(group)
	if len(group) == 1 {
		about += ": " + group[0].Want
	}
	fmt.Fprintln(s.out, check.OneLine(fmt.Sprintf("cannot be told  %s  %s — %s", place, about, group[0].Why)))
}

func printHeld(s stdio, st conformance.Statement) {
	line := fmt.Sprintf("holds           %s  %s: %s", st.Place, st.About, st.Has)
	if st.Why != "" {
		line += " — " + st.Why
	}
	fmt.Fprintln(s.out, check.OneLine(line))
}
