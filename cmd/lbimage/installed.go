package main

import (
	"fmt"
	"strings"

	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/rpminstall"
	"lbimage/servo/develop"
)

// printInstalled prints which packages and which source were installed, and what rpm in the image would say of it.
func printInstalled(s stdio, r *imagebuild.Result) {
	for _, p := range r.Packages {
		printPackage(s, p)
	}
	if r.Servo != nil {
		printSource(s, r.Servo)
	}
	for _, said := range r.Database {
		if said.Verify != "" || said.Path == "" { // of files that rpm -V does not mention there are too many
			fmt.Fprintln(s.out, "rpm     ", check.OneLine(said.Text))
		}
	}
}

func printPackage(s stdio, p imagebuild.InstalledPackage) {
	fmt.Fprintf(s.out, "package  %s of %s: %s%s\n", p.Operation, check.OneLine(p.Name), outcomes(p.Files), prefixed("; replaces ", check.OneLine(strings.Join(p.Replaces, ", "))))
	for _, signed := range p.Signed {
		fmt.Fprintln(s.out, "         ", check.OneLine(signed))
	}
	for _, f := range p.Files {
		switch f.Outcome {
		case rpminstall.PutBeside, rpminstall.Saved, rpminstall.SavedOrig, rpminstall.Left:
			fmt.Fprintf(s.out, "         %s %s%s%s\n", f.Outcome, check.OneLine(f.Path), prefixed(", at ", check.OneLine(f.Landed)), prefixed(": ", check.OneLine(f.Note)))
		}
	}
	for _, script := range p.Scriptlets {
		if script.Skipped != "" {
			fmt.Fprintf(s.out, "         %s of %s was left out: %s\n", script.Name, check.OneLine(script.Package), check.OneLine(script.Skipped))
		}
		for _, step := range script.Steps {
			fmt.Fprintf(s.out, "         %s line %d: %s: %s\n", script.Name, step.Line, check.OneLine(step.Command), check.OneLine(step.Done))
		}
	}
	for _, note := range p.Notes {
		fmt.Fprintln(s.out, "         "+check.OneLine(note))
	}
}

// outcomes counts what became of files: "12 installed, 2 unchanged".
func outcomes(files []rpminstall.File) string {
	var order []rpminstall.Outcome
	count := map[rpminstall.Outcome]int{}
	for _, f := range files {
		if count[f.Outcome]++; count[f.Outcome] == 1 {
			order = append(order, f.Outcome)
		}
	}
	var parts []string
	for _, o := range order {
		parts = append(parts, fmt.Sprintf("%d %s", count[o], o))
	}
	if len(parts) == 0 {
		return "no files"
	}
	return strings.Join(parts, ", ")
}

func printSource(s stdio, source *develop.Source) {
	fmt.Fprintf(s.out, "servo    %s\n", check.OneLine(source.Describe()))
	fmt.Fprintf(s.out, "         tree sha256 %s\n", source.SHA256)
	for _, note := range source.Notes {
		fmt.Fprintln(s.out, "         "+check.OneLine(note))
	}
}
