package main

import (
	"strings"

	"github.com/spf13/cobra"

	"lbimage/imagebuild/recipe"
)

type recipeShowOptions struct {
	recipe  recipeFlag
	profile string
	places  bool
	format  format
}

func newRecipeShow(s stdio) *cobra.Command {
	var o recipeShowOptions
	cmd := &cobra.Command{
		Use:   "show [-f FILE] [--profile NAME]",
		Short: "Print what a recipe says for a profile",
		Long: `show prints a recipe as it is resolved for a profile: the top level, what the
profile extends, and the profile itself in one. The result is a recipe, too: beside
the first it makes the same image.

` + recipeExitHelp,
		Args: exactArgs(),
		RunE: func(_ *cobra.Command, _ []string) error { return runRecipeShow(s, o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.profile, "profile", "", "the profile, `NAME` (default: the only one)")
	f.BoolVar(&o.places, "places", false, "tell behind each value where it stands")
	o.recipe.addFlag(cmd)
	cmd.Flags().Var(&o.format, "format", "text (a recipe in YAML) for people, json for programs")
	o.format = formatText
	return cmd
}

func runRecipeShow(s stdio, o recipeShowOptions) error {
	r, err := o.recipe.load(s)
	if err != nil {
		return err
	}
	names := r.ProfileNames()
	if o.profile == "" {
		if len(names) > 1 {
			return usagef("%s has the profiles %s: choose one with --profile NAME", r.File, strings.Join(names, ", "))
		}
		o.profile = names[0]
	}
	resolved, err := r.Resolve(o.profile)
	if err != nil {
		return &usageError{err}
	}
	if o.format == formatJSON {
		return writeJSON(s.out, resolved)
	}
	text, err := resolved.YAML(recipe.ShowOptions{Places: o.places})
	if err != nil {
		return err
	}
	_, err = s.out.Write(text)
	return err
}
