package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"lbimage/imagebuild/outfile"
	"lbimage/imagebuild/recipe"
)

type recipeInitOptions struct {
	source string
	force  bool
}

func newRecipeInit(s stdio) *cobra.Command {
	var o recipeInitOptions
	cmd := &cobra.Command{
		Use:   "init [FILE|-]",
		Short: "Write a recipe to begin with",
		Long: `init writes FILE (lbimage.yaml unless named), a recipe that works as it stands and
shows in comments what else there is. - is standard output.`,
		Example: `  lbimage recipe init --source eucalyptus-load-balancer-image-1.1.0-0.212.el6.x86_64.rpm`,
		Args:    atMostOne,
		RunE: func(_ *cobra.Command, args []string) error {
			return runRecipeInit(s, append(args, recipe.DefaultName)[0], o)
		},
	}
	cmd.Flags().StringVar(&o.source, "source", "eucalyptus-load-balancer-image-1.1.0-0.212.el6.x86_64.rpm", "the image that it starts from: `FILE`, an RPM, a .tgz or a raw disk image")
	cmd.Flags().BoolVar(&o.force, "force", false, "replace a recipe that exists")
	return cmd
}

func runRecipeInit(s stdio, path string, o recipeInitOptions) error {
	if path == "-" {
		text, err := recipe.Starter(o.source)
		if err != nil {
			return &usageError{err}
		}
		_, err = fmt.Fprint(s.out, text)
		return err
	}
	source, err := relativeTo(filepath.Dir(path), o.source)
	if err != nil {
		return err
	}
	text, err := recipe.Starter(source)
	if err != nil {
		return &usageError{err}
	}
	if _, err := os.Lstat(path); err == nil && !o.force {
		return fmt.Errorf("%s: %w; --force replaces it", path, fs.ErrExist)
	}
	out, err := outfile.Create(path, outfile.Options{Overwrite: o.force})
	if err != nil {
		return err
	}
	defer out.Close()
	if _, err := out.Write([]byte(text)); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s: a recipe to begin with; look at it with lbimage recipe show\n", path)
	if _, err := os.Stat(o.source); errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(s.out, "%s is not there yet: name the source in the recipe\n", o.source)
	}
	return nil
}

// relativeTo is a path as it is seen from a folder.
func relativeTo(dir, path string) (string, error) {
	if filepath.IsAbs(path) || dir == "." {
		return path, nil
	}
	from, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	to, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.Rel(from, to)
}
