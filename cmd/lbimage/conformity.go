package main

import (
	"fmt"

	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/conformance"
)

// printConformity tells what of a kickstart file an image has: what does not hold with both sides, what cannot be told with the
// reason, and how much holds; all of it where all is asked for.
func printConformity(s stdio, c *imagebuild.Conformity, all bool) {
	if c == nil {
		return
	}
	for _, p := range c.Problems {
		word := "refused"
		if p.Warning {
			word = "warning"
		}
		fmt.Fprintf(s.out, "%s  %s\n", word, check.OneLine(p.Error()))
	}
	for _, v := range []conformance.Verdict{conformance.DoesNotHold, conformance.CannotBeTold, conformance.Holds} {
		if v == conformance.Holds && !all {
			continue
		}
		for _, st := range c.Statements {
			if st.Verdict == v {
				printStatement(s, st)
			}
		}
	}
	if all {
		for _, i := range c.Ignored {
			fmt.Fprintln(s.out, check.OneLine(fmt.Sprintf("says nothing   %s  %s — %s", i.Place, i.Text, i.Why)))
		}
	}
	printConformityCount(s, c)
}

// printConformityCount is the last line.
func printConformityCount(s stdio, c *imagebuild.Conformity) {
	n, says := c.Count, "lines say"
	if len(c.Ignored) == 1 {
		says = "line says"
	}
	fmt.Fprintln(s.out, check.OneLine(fmt.Sprintf("kickstart %s, as %s reads it: %d hold, %d do not hold, %d cannot be told; %d %s nothing of an image",
		c.File, c.Version, n.Holds, n.DoesNotHold, n.CannotBeTold, len(c.Ignored), says)))
}

func printStatement(s stdio, st conformance.Statement) {
	line := fmt.Sprintf("%-14s  %s  %s", st.Verdict, st.Place, st.About)
	switch st.Verdict {
	case conformance.DoesNotHold:
		fmt.Fprintln(s.out, check.OneLine(line))
		fmt.Fprintln(s.out, "  wanted  "+check.OneLine(st.Want))
		has := "  has     " + st.Has
		if st.Path != "" {
			has += " (" + st.Path
			if st.Line > 0 {
				has += fmt.Sprintf(":%d", st.Line)
			}
			has += ")"
		}
		fmt.Fprintln(s.out, check.OneLine(has))
		if st.Why != "" {
			fmt.Fprintln(s.out, "  "+check.OneLine(st.Why))
		}
	case conformance.CannotBeTold:
		fmt.Fprintln(s.out, check.OneLine(line+": "+st.Want+" — "+st.Why))
	default:
		fmt.Fprintln(s.out, check.OneLine(line+": "+st.Has))
	}
}
