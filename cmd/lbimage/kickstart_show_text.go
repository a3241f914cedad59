package main

import (
	"fmt"
	"strings"

	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
)

// shownText is a kickstart file for people.
type shownText struct{ imagebuild.KickstartShown }

func (k shownText) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, as the installer of %s reads it\n", check.OneLine(k.File), k.Version)
	width := 0
	for _, c := range k.Commands {
		width = max(width, min(len(c.Name), 14))
	}
	if len(k.Commands) > 0 {
		fmt.Fprintln(&b, "\ncommands")
	}
	for _, c := range k.Commands {
		words := make([]string, 0, len(c.Args)+len(c.Options))
		for _, a := range c.Args {
			words = append(words, imagebuild.KickstartWord(a))
		}
		for _, o := range c.Options {
			words = append(words, o.Text)
		}
		note := ""
		if !c.Known {
			note = "  (not known)"
		}
		row := fmt.Sprintf("%s  %-*s  %s", k.place(c.File, c.Line), width, check.OneLine(c.Name), check.OneLine(strings.Join(words, " ")))
		fmt.Fprintln(&b, strings.TrimRight(row, " ")+note)
	}
	k.includes(&b, k.Includes)
	for _, s := range k.Sections {
		k.section(&b, s)
	}
	if len(k.Problems) > 0 {
		fmt.Fprintln(&b)
	}
	for _, p := range k.Problems {
		fmt.Fprintln(&b, p)
	}
	if len(k.Problems) == 0 {
		fmt.Fprintf(&b, "\n%s: nothing that the installer of %s refuses\n", check.OneLine(k.File), k.Version)
	} else {
		fmt.Fprintf(&b, "%s: %s\n", check.OneLine(k.File), counts(k.Problems))
	}
	return b.String()
}

// place is a line's number, with its file where that is another one.
func (k shownText) place(file string, line int) string {
	if file == k.File {
		return fmt.Sprintf("%6d", line)
	}
	return fmt.Sprintf("%s:%d", check.OneLine(file), line)
}

func (k shownText) includes(b *strings.Builder, all []imagebuild.ShownInclude) {
	for _, i := range all {
		fmt.Fprintf(b, "%s  %s %s, which is not followed\n", k.place(i.File, i.Line), i.How, check.OneLine(imagebuild.KickstartWord(i.Target)))
	}
}

func (k shownText) section(b *strings.Builder, s imagebuild.ShownSection) {
	words := []string{s.Name}
	for _, o := range s.Options {
		words = append(words, o.Text)
	}
	for _, a := range s.Args {
		words = append(words, imagebuild.KickstartWord(a))
	}
	note := ""
	if !s.Known {
		note += ", not known"
	}
	if !s.Ended {
		note += ", without %end"
	}
	in := ""
	if s.File != k.File {
		in = " of " + check.OneLine(s.File)
	}
	fmt.Fprintf(b, "\n%s\n        lines %d to %d%s%s\n", check.OneLine(strings.Join(words, " ")), s.Line, s.EndLine, in, note)
	var wanted, excluded []string
	for _, e := range s.Entries {
		name := map[string]string{"group": "@", "environment": "@^", "module": "@"}[e.Kind] + e.Name
		if e.Arch != "" {
			name += "." + e.Arch
		}
		name = strings.Join(append([]string{name}, e.Options...), " ")
		if e.Excluded {
			excluded = append(excluded, name)
		} else {
			wanted = append(wanted, name)
		}
	}
	list(b, "wanted", wanted)
	list(b, "excluded", excluded)
	k.includes(b, s.Includes)
}

// list prints names with commas between, in lines that fit a terminal.
func list(b *strings.Builder, what string, names []string) {
	const most = 78
	line := fmt.Sprintf("        %-9s", what)
	for i, n := range names {
		if i < len(names)-1 {
			n += ","
		}
		n = check.OneLine(n)
		if len(line)+1+len(n) > most && strings.TrimSpace(line) != "" && i > 0 {
			fmt.Fprintln(b, line)
			line = fmt.Sprintf("        %-9s", "")
		}
		line += " " + n
	}
	if len(names) > 0 {
		fmt.Fprintln(b, line)
	}
}
