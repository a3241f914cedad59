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
		for _, st := range fails[severity] {
			printFailing(s, st, severity, told)
		}
	}
	if all {
		for _, st := range untold {
			printUntold(s, st)
		}
		for _, st := range held {
			printHeld(s, st)
		}
		for _, i := range c.Ignored {
			fmt.Fprintln(s.out, check.OneLine(fmt.Sprintf("says nothing    %s  %s: %s", i.Place, i.Text, i.Why)))
		}
	} else {
		for _, group := range foldStatements(untold) {
			if len(group) == 1 {
				printUntold(s, group[0])
			} else {
				fmt.Fprintln(s.out, check.OneLine(fmt.Sprintf("cannot be told  %s: %s", foldedText(group), group[0].Why)))
			}
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
	line := fmt.Sprintf("kickstart %s, as %s reads it: %d hold, %d do not hold, %d cannot be told", c.File, c.Version, n.Holds, n.DoesNotHold, n.CannotBeTold)
	switch len(c.Ignored) {
	case 0:
	case 1:
		line += "; 1 line says nothing of an image"
	default:
		line += fmt.Sprintf("; %d lines say nothing of an image", len(c.Ignored))
	}
	fmt.Fprintln(s.out, check.OneLine(line))
}

// printFailing is a statement that does not hold, with both sides and how to mend it, where that is not told already.
func printFailing(s stdio, st conformance.Statement, severity check.Severity, told map[string]bool) {
	f := conformance.FindingOf(st)
	fmt.Fprintln(s.out, check.OneLine(fmt.Sprintf("%s  %s  %s  does not hold: %s", severity, st.Place, f.Rule, st.About)))
	fmt.Fprintln(s.out, "  wanted  "+check.OneLine(st.Want))
	has := "  has     " + st.Has
	if place := f.Place(); place != "" && (f.Line > 0 || !strings.Contains(st.Has, place)) {
		has += " (" + place + ")"
	}
	fmt.Fprintln(s.out, check.OneLine(has))
	if st.Why != "" {
		fmt.Fprintln(s.out, "  note    "+check.OneLine(st.Why))
	}
	if severity != check.SeverityOff && !told[f.Hint] {
		told[f.Hint] = true
		fmt.Fprintln(s.out, "  mend    "+check.OneLine(f.Hint))
	}
}

func printUntold(s stdio, st conformance.Statement) {
	fmt.Fprintln(s.out, check.OneLine(fmt.Sprintf("cannot be told  %s  %s: %s — %s", st.Place, st.About, st.Want, st.Why)))
}

func printHeld(s stdio, st conformance.Statement) {
	line := fmt.Sprintf("holds           %s  %s: %s", st.Place, st.About, st.Has)
	if st.Why != "" {
		line += " — " + st.Why
	}
	fmt.Fprintln(s.out, check.OneLine(line))
}

// foldStatements puts statements together that cannot be told for the same reason, each group where its first one stands.
func foldStatements(all []conformance.Statement) [][]conformance.Statement {
	var out [][]conformance.Statement
	at := map[string]int{}
	for _, st := range all {
		key := string(st.Verdict) + "\n" + st.Why
		if i, ok := at[key]; ok {
			out[i] = append(out[i], st)
			continue
		}
		at[key] = len(out)
		out = append(out, []conformance.Statement{st})
	}
	return out
}

// maxNamed is how many statements of a group are named.
const maxNamed = 4

// foldedText tells of a group where it stands and what it is about: "lb.ks:33–88  48 statements about packages".
func foldedText(group []conformance.Statement) string {
	first, last := group[0].Place, group[len(group)-1].Place
	place, line := first.String(), first.Line
	sorted := true
	names := make([]string, 0, len(group))
	for _, st := range group {
		sorted = sorted && st.Place.File == first.File && st.Place.Line >= line
		line = st.Place.Line
		names = append(names, st.About)
	}
	switch {
	case sorted && last.Line > first.Line:
		place = fmt.Sprintf("%s:%d–%d", first.File, first.Line, last.Line)
	case !sorted:
		place += " and elsewhere"
	}
	about, same := groupAbout[group[0].Rule]
	for _, st := range group {
		same = same && st.Rule == group[0].Rule
	}
	switch {
	case len(group) <= maxNamed:
		return place + "  " + strings.Join(names, ", ")
	case same:
		return fmt.Sprintf("%s  %d statements about %s", place, len(group), about)
	}
	return fmt.Sprintf("%s  %d statements, from %s to %s", place, len(group), names[0], names[len(names)-1])
}

// groupAbout says what the statements of a rule are about.
var groupAbout = map[string]string{
	"kickstart-package": "packages", "kickstart-service": "services", "kickstart-partition": "the disk",
	"kickstart-account": "accounts", "kickstart-network": "the network",
}
