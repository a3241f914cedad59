package main

import (
	"io"
	"os"

	"github.com/spf13/cobra"

	"lbimage/imagebuild/recipe"
)

const recipeExitHelp = `Exit status: 0 done; 1 failed; 2 wrong usage; 3 the recipe is wrong.`

func newRecipe(s stdio) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "recipe",
		Short: "Write, check and show recipes: what to change in an image, and which images to make",
		Long: `recipe works on recipes. A recipe (lbimage.yaml) says what to change in a load
balancer image and which profiles to make of it; 'lbimage build' makes them. It is
read strictly: a key that is not known is refused, with its place and the nearest
known one.

` + recipeExitHelp,
		Args: oneOfItsCommands,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newRecipeInit(s), newRecipeCheck(s), newRecipeShow(s), newRecipeSchema(s))
	return cmd
}

// recipeFlag is the file of every command that reads a recipe.
type recipeFlag struct{ file string }

func (o *recipeFlag) addFlag(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&o.file, "file", "f", recipe.DefaultName, "the recipe, `FILE`; - is standard input, with paths relative to this folder")
}

// load reads the recipe.
func (o *recipeFlag) load(s stdio) (*recipe.Recipe, error) {
	if o.file != "-" {
		return recipe.Load(o.file)
	}
	text, err := io.ReadAll(io.LimitReader(s.in, recipe.MaxText+1))
	if err != nil {
		return nil, err
	}
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	return recipe.Parse("standard input", dir, text)
}
