package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/request"
)

type recipeCheckOptions struct {
	recipe recipeFlag
	format format
}

func newRecipeCheck(s stdio) *cobra.Command {
	var o recipeCheckOptions
	cmd := &cobra.Command{
		Use:   "check [-f FILE]",
		Short: "Find what is wrong with a recipe",
		Long: `check reads a recipe and tells all that is wrong with it, each with line and
column: keys that are not known, values of the wrong type, profiles that extend
each other, files that are not there, settings that HAProxy does not know, edits
that cannot be made or disagree. It opens no image, no package and no repository.

` + recipeExitHelp,
		Args: exactArgs(),
		RunE: func(_ *cobra.Command, _ []string) error { return runRecipeCheck(s, o) },
	}
	o.recipe.addFlag(cmd)
	o.format.addFlag(cmd)
	return cmd
}

// recipeCheckJSON is the result for programs.
type recipeCheckJSON struct {
	Findings []check.Finding `json:"findings"`
	More     int             `json:"more,omitempty"` // findings that are not listed
	Profiles []string        `json:"profiles,omitempty"`
}

func runRecipeCheck(s stdio, o recipeCheckOptions) error {
	r, err := o.recipe.load(s)
	if err == nil {
		err = r.Missing()
	}
	if err == nil {
		err = request.ValidateRecipe(r)
	}
	if err == nil {
		err = imagebuild.ValidateChecks(r)
	}
	out := recipeCheckJSON{Findings: []check.Finding{}}
	var wrong *recipe.Error
	switch {
	case errors.As(err, &wrong):
		out.Findings, out.More = recipeFindings(wrong), wrong.More
		err = errFindings
	case err != nil:
		return err
	}
	if r != nil {
		out.Profiles = r.ProfileNames()
	}
	if o.format == formatJSON {
		if jerr := writeJSON(s.out, out); jerr != nil {
			return jerr
		}
		return err
	}
	printFindings(s, out.Findings)
	name := o.recipe.file
	if name == "-" {
		name = "standard input"
	}
	if wrong != nil {
		n := len(out.Findings) + out.More
		fmt.Fprintf(s.out, "%s: %d error%s\n", name, n, plural(n))
		return err
	}
	n := len(out.Profiles)
	fmt.Fprintf(s.out, "%s: nothing to complain of; %d profile%s: %s\n", name, n, plural(n), strings.Join(out.Profiles, ", "))
	return nil
}

// recipeFindings are the problems of a recipe as findings.
func recipeFindings(e *recipe.Error) []check.Finding {
	var out []check.Finding
	for _, p := range e.Problems {
		out = append(out, check.Finding{Severity: check.SeverityError, Path: p.File, Line: p.Line, Column: p.Column, Rule: p.Rule, Message: p.Message, Hint: p.Hint})
	}
	return out
}
