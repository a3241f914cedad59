package main

import (
	"fmt"
	"slices"
	"strings"

	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
	"lbimage/overlay"
)

// maxWhole is how many lines of a text that is new, or goes, a plan shows. What a package brings is no news line by line.
const maxWhole = 24

// printPlanned prints for each path a line, its notes and its diff.
func printPlanned(s stdio, changes []overlay.Change) {
	idle := 0
	for _, c := range changes {
		if c.Idle() {
			idle++
			continue
		}
		fmt.Fprintln(s.out, check.OneLine(c.String()))
		for _, note := range c.Notes {
			fmt.Fprintln(s.out, "  "+check.OneLine(note))
		}
		fmt.Fprint(s.out, check.Lines(shownDiff(c)))
	}
	if idle > 0 {
		fmt.Fprintf(s.out, "unchanged: %s\n", idleText(idle))
	}
}

// shownDiff is a change's diff, or where it would be a long text as a whole, how long that is.
func shownDiff(c overlay.Change) string {
	diff := imagebuild.ChangeDiff(c)
	if lines := strings.Count(diff, "\n") - 3; lines > maxWhole && (c.Op == overlay.OpCreate || c.Op == overlay.OpRemove) {
		return fmt.Sprintf("  %d lines; --format json shows them\n", lines)
	}
	return diff
}

// printChanged prints what became of each path, with the notes that say more than that: a single one behind it, several
// below.
func printChanged(s stdio, changes []overlay.Change) {
	idle := 0
	for _, c := range changes {
		if c.Idle() {
			idle++
			continue
		}
		line := "changed  " + c.String() + diffStat(c)
		if !c.Changed() {
			line = "         " + c.Path + " is so already"
		}
		notes := slices.DeleteFunc(slices.Clone(c.Notes), func(n string) bool { return n == overlay.AlreadySo || n == overlay.AlreadyGone })
		if len(notes) == 1 {
			line, notes = line+" — "+notes[0], nil
		}
		fmt.Fprintln(s.out, check.OneLine(line))
		for _, note := range notes {
			fmt.Fprintln(s.out, "           "+check.OneLine(note))
		}
	}
	if idle > 0 {
		fmt.Fprintln(s.out, "         "+idleText(idle))
	}
}

// idleText counts the paths of which there is nothing to tell.
func idleText(n int) string {
	if n == 1 {
		return "1 more path was found as it should be"
	}
	return fmt.Sprintf("%d more paths were found as they should be", n)
}

// diffStat counts the lines that a change adds and takes away: " (+8 -3)".
func diffStat(c overlay.Change) string {
	added, removed := 0, 0
	for i, line := range strings.Split(imagebuild.ChangeDiff(c), "\n") {
		switch {
		case i < 2: // the labels
		case strings.HasPrefix(line, "+"):
			added++
		case strings.HasPrefix(line, "-"):
			removed++
		}
	}
	if added+removed == 0 {
		return ""
	}
	return fmt.Sprintf(" (+%d -%d)", added, removed)
}
