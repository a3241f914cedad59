package main

import (
	"github.com/spf13/cobra"

	"lbimage/imagebuild/recipe"
)

func newRecipeSchema(s stdio) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of recipes, for editors",
		Long: `schema prints the JSON Schema (draft 2020-12) that this version's recipes follow.
An editor that knows YAML's language server uses it by a first line in the recipe:

  # yaml-language-server: $schema=lbimage-v1.schema.json`,
		Example: "  lbimage recipe schema > lbimage-v1.schema.json",
		Args:    exactArgs(),
		RunE: func(_ *cobra.Command, _ []string) error {
			_, err := s.out.Write(recipe.Schema())
			return err
		},
	}
}
