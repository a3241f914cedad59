package conformance

import (
	"fmt"
	"slices"
	"strings"
)

// Fold puts statements together that are to be told in one: those that cannot be told for the same reason, and packages and
// services with the same two sides, each group where its first one stands. It is for people, who do not want to read the same
// fifty times.
func Fold(all []Statement) [][]Statement {
	var out [][]Statement
	at := map[Statement]int{}
	for _, s := range all {
		key := Statement{Verdict: s.Verdict, Why: s.Why}
		if s.Verdict != CannotBeTold {
			key = Statement{Verdict: s.Verdict, Why: s.Why, Rule: s.Rule, Want: s.Want, Has: s.Has, Path: s.Path, Line: s.Line}
		}
		one := s.Verdict != CannotBeTold && s.Rule != rulePackage.Name && s.Rule != ruleService.Name
		if i, ok := at[key]; ok && !one {
			out[i] = append(out[i], s)
			continue
		}
		at[key] = len(out)
		out = append(out, []Statement{s})
	}
	return out
}

// maxNamed is how many statements of a group are named where they cannot be told.
const maxNamed = 4

// Folded tells of a group of [Fold] where it stands in the file, "lb.ks:33–88", and what it is about: "packages ntp, sudo", or of
// many that cannot be told how many they are.
func Folded(group []Statement) (place, about string) {
	first, last := group[0].Place, group[len(group)-1].Place
	place = first.String()
	line, names := first.Line, []string{}
	sorted, rule := true, group[0].Rule
	for _, s := range group {
		sorted = sorted && s.Place.File == first.File && s.Place.Line >= line
		line = s.Place.Line
		if s.Rule != rule {
			rule = ""
		}
		names = append(names, s.About)
	}
	switch {
	case sorted && last.Line > first.Line:
		place = fmt.Sprintf("%s:%d–%d", first.File, first.Line, last.Line)
	case !sorted:
		place += " and elsewhere"
	}
	if len(group) <= maxNamed || group[0].Verdict != CannotBeTold {
		return place, together(names)
	}
	if about := ruleAbout[rule]; about != "" {
		return place, fmt.Sprintf("%d statements about %s", len(group), about)
	}
	return place, fmt.Sprintf("%d statements, from %s to %s", len(group), names[0], names[len(names)-1])
}

// together are names in one text; where all are of one kind, it stands there once.
func together(names []string) string {
	for _, kind := range []string{"package", "group", "service", "user", "file"} {
		if len(names) > 1 && !slices.ContainsFunc(names, func(n string) bool { return !strings.HasPrefix(n, kind+" ") }) {
			var bare []string
			for _, n := range names {
				bare = append(bare, strings.TrimPrefix(n, kind+" "))
			}
			return kind + "s " + strings.Join(bare, ", ")
		}
	}
	return strings.Join(names, ", ")
}

// ruleAbout says what the statements of a rule are about.
var ruleAbout = map[string]string{
	rulePackage.Name: "packages", ruleService.Name: "services", rulePartition.Name: "the disk", ruleAccount.Name: "accounts",
	ruleNetwork.Name: "the network",
}
