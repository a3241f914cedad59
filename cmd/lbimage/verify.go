package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/request"
	"lbimage/imagebuild/verify"
)

type verifyOptions struct {
	output  string
	recipe  string
	profile string
	record  string
	digests bool
	format  format
	source  sourceOptions
}

func newVerify(s stdio) *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:   "verify OUTPUT [-f RECIPE] [--profile NAME] | verify --record RECORD [OUTPUT]",
		Short: "Prove that an output is what its recipe makes",
		Long: `verify makes the image of OUTPUT once more, by the recipe that made it, and
compares: byte for byte, with nothing written. The record beside the output,
OUTPUT.json, tells the profile and the time stamp; without one the profile comes
from the output's name, the stamp from SOURCE_DATE_EPOCH or the output's header.

When they are the same, what stands beside the output is made once more, too: the
RPM, bills of materials, the provenance, the record. OUTPUT can be one of these.

When they differ it names the first differing byte by its meaning, such as the
inode of a path and the field in it, with what the output has there and what the
recipe makes, then other places, how much differs in all, and what could be the
cause, each with its evidence.

With --record and without -f it makes nothing: it holds the output, the files made
with it and the source, where it is at hand, against the digests of RECORD, and
against SHA256SUMS where it stands beside it, and says what that does not prove.

Exit status: 0 the same; 1 failed; 2 wrong usage; 3 they differ.`,
		Example: `  lbimage verify out/lb-production.tgz -f lbimage.yaml
  lbimage verify --record out/lb-production.tgz.json`,
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.output = args[0]
			}
			o.digests = o.record != "" && !cmd.Flags().Changed("file")
			return runVerify(cmd.Context(), s, o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.recipe, "file", "f", recipe.DefaultName, "the recipe, `FILE`")
	f.StringVar(&o.profile, "profile", "", "the profile that the output is of, `NAME` (default: as the record or the output's name says)")
	f.StringVar(&o.record, "record", "", "the record of the output, `FILE` (default: OUTPUT.json, if it is there)")
	o.source.addFlags(cmd)
	o.format.addFlag(cmd)
	return cmd
}

func runVerify(ctx context.Context, s stdio, o verifyOptions) error {
	if o.digests {
		if o.profile != "" {
			return usagef("--profile is for making the output once more: give the recipe with -f")
		}
		r, err := verify.Digests(ctx, verify.DigestOptions{Record: o.record, Output: o.output})
		if err != nil {
			return err
		}
		return showDigests(s, o.format, r)
	}
	if o.output == "" {
		return usagef("OUTPUT is missing")
	}
	stamp, err := imagebuild.ParseEpoch(os.Getenv("SOURCE_DATE_EPOCH"))
	if err != nil {
		return &usageError{err}
	}
	r, err := recipe.Load(o.recipe)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("recipe %s: %w: name the recipe that made the output with -f, or compare digests alone with --record %s", o.recipe, fs.ErrNotExist, imagebuild.RecordName(o.output))
	}
	if err != nil {
		return err
	}
	if err := request.ValidateRecipe(r); err != nil {
		return err
	}
	bar := newProgress(s.err)
	open, err := o.source.open(bar)
	if err != nil {
		return err
	}
	report, err := verify.Rebuild(ctx, verify.Options{
		Output: o.output, Record: o.record, Recipe: r, Profile: o.profile, Time: stamp, Version: version, Open: open,
		HAProxy: check.HAProxyOptions{LintOnly: true},
	})
	bar.close()
	if err != nil {
		return err
	}
	return showVerified(s, o.format, report)
}

// errNotSame is for a report that has shown that an output, or a file beside it, is another one.
var errNotSame = errors.New("the output is not what it is held against")

func showVerified(s stdio, f format, r *verify.Report) error {
	var err error
	if !r.OK() {
		err = errNotSame
	}
	if f == formatJSON {
		if jerr := writeJSON(s.out, r); jerr != nil {
			return jerr
		}
		return err
	}
	printVerified(s, r)
	return err
}

func showDigests(s stdio, f format, r *verify.DigestReport) error {
	var err error
	if !r.Same {
		err = errNotSame
	}
	if f == formatJSON {
		if jerr := writeJSON(s.out, r); jerr != nil {
			return jerr
		}
		return err
	}
	printDigests(s, r)
	return err
}
