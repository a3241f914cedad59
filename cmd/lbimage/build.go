package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/request"
)

type buildOptions struct {
	recipe   string
	profiles []string
	folder   string
	force    bool
	plan     bool
	rpm      bool
	format   format
	source   sourceOptions
	judging  judgingOptions
	beside   besideOptions
	report   reportOption
}

func newBuild(s stdio) *cobra.Command {
	var o buildOptions
	cmd := &cobra.Command{
		Use:   "build [-f lbimage.yaml] [-o DIR] [PROFILE]...",
		Short: "Make the images of a recipe's profiles from one base",
		Long: `build reads a recipe and makes an image of each of its profiles, or of those that
are named. The base is read once; each profile is a layer over it, checked as
customize checks its result. The outputs appear together: when a profile cannot
be made, or a check of it has errors, no output is written at all.

Beside each OUT.tgz stands OUT.tgz.json, the record: what went in, packages with
their digests, the commit of the servo's source, what was changed, what came out.

With --plan it shows what would change in each profile and writes nothing.
With --report it writes one page of all profiles that stands alone: what went in,
the disk as a map, changes with their diffs, findings, digests. A plan, and a build
that the checks refuse, have a page, too.

'lbimage recipe init' writes a recipe to begin with.

` + exitHelp,
		Example: `  lbimage build
  lbimage build -f lbimage.yaml -o out production`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.profiles = append(o.profiles, args...)
			return runBuild(cmd.Context(), s, o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.recipe, "file", "f", recipe.DefaultName, "the recipe, `FILE`")
	f.StringArrayVar(&o.profiles, "profile", nil, "make the profile `NAME` only, as when it is an argument; may be repeated")
	f.StringVarP(&o.folder, "output-dir", "o", "", "the folder for the outputs, `DIR`, made if it is missing (default: that of the recipe)")
	f.BoolVar(&o.force, "force", false, "replace outputs that exist")
	f.BoolVar(&o.rpm, "rpm", false, "write an RPM of each image too, as output.rpm: true does")
	f.BoolVar(&o.plan, "plan", false, "show what would change and write nothing")
	o.beside.addFlags(cmd)
	o.judging.addFlags(cmd, "the recipe's, else the image's")
	o.source.addFlags(cmd)
	o.format.addFlag(cmd)
	o.report.addFlag(cmd)
	return cmd
}

func runBuild(ctx context.Context, s stdio, o buildOptions) error {
	if o.plan && o.force && o.report.path == "" {
		return usagef("--plan writes nothing: leave --force out")
	}
	if o.plan && o.beside.given() {
		return usagef("--plan writes nothing: leave --sbom, --provenance and --sums out")
	}
	if err := o.report.validate(); err != nil {
		return err
	}
	stamp, err := imagebuild.ParseEpoch(os.Getenv("SOURCE_DATE_EPOCH"))
	if err != nil {
		return &usageError{err}
	}
	r, err := recipe.Load(o.recipe)
	if err != nil {
		return err
	}
	if len(o.profiles) == 0 { // all that is missing, in one go; for some profiles, what these lack
		if err := r.Missing(); err != nil {
			return err
		}
	}
	if err := request.ValidateRecipe(r, o.profiles...); err != nil {
		return err
	}
	if err := imagebuild.ValidateChecks(r, o.profiles...); err != nil {
		return err
	}
	bar := newProgress(s.err)
	open, err := o.source.open(bar)
	if err != nil {
		return err
	}
	b := imagebuild.Builder{Recipe: r, Profiles: o.profiles, Folder: o.folder}
	b.Job = imagebuild.Job{Replace: o.force, Time: stamp, Version: version, Open: open}
	b.Job.HAProxy = o.judging.options()
	if err := o.beside.apply(&b.Job); err != nil {
		return err
	}
	if o.rpm {
		b.Job.RPM = &imagebuild.RPMOutput{}
	}
	o.report.add(&b.Job, o.plan)
	if o.plan {
		built, err := b.Plan(ctx)
		bar.close()
		if err != nil {
			return err
		}
		o.report.show(s, o.format)
		return showBuildPlan(s, o.format, built)
	}
	built, err := b.Build(ctx)
	bar.close()
	o.report.show(s, o.format)
	return showBuilt(s, o.format, built, err)
}

// builtJSON is what became of a profile, for programs.
type builtJSON struct {
	Profile string             `json:"profile"`
	Output  string             `json:"output"`
	Plan    *planJSON          `json:"plan,omitempty"`
	Record  *imagebuild.Record `json:"record,omitempty"`
}

func showBuildPlan(s stdio, f format, built []imagebuild.Built) error {
	var err error
	var out []builtJSON
	for _, b := range built {
		if check.HasErrors(b.Findings) {
			err = errFindings
		}
		if f == formatJSON {
			plan := planOf(b.Result)
			out = append(out, builtJSON{Profile: b.Profile, Output: b.Output, Plan: &plan})
			continue
		}
		fmt.Fprintf(s.out, "profile  %s, to %s\n", b.Profile, b.Output)
		printPlan(s, b.Result)
	}
	if f == formatJSON {
		if jerr := writeJSON(s.out, out); jerr != nil {
			return jerr
		}
		return err
	}
	if err == nil {
		fmt.Fprintln(s.out, "plan: nothing is written")
	} else {
		fmt.Fprintln(s.out, "plan: with these errors nothing would be written")
	}
	return err
}

// showBuilt prints what became of each profile: also where errors of a check kept all of them from being written.
func showBuilt(s stdio, f format, built []imagebuild.Built, err error) error {
	var refused *imagebuild.BuildError
	switch {
	case errors.As(err, &refused):
		for _, b := range built {
			if f == formatJSON {
				continue
			}
			fmt.Fprintf(s.out, "profile  %s\n", b.Profile)
			printInstalled(s, b.Result)
			showFindings(s, b.Result)
		}
		if f == formatJSON {
			if err := showBuildPlan(s, f, built); err != nil && !errors.Is(err, errFindings) {
				return err
			}
		}
		fmt.Fprintln(s.err, "lbimage:", oneLine(err))
		return errFindings
	case err != nil:
		return err
	case f == formatJSON:
		var out []builtJSON
		for _, b := range built {
			out = append(out, builtJSON{Profile: b.Profile, Output: b.Output, Record: b.Record})
		}
		return writeJSON(s.out, out)
	}
	for _, b := range built {
		fmt.Fprintf(s.out, "profile  %s\n", b.Profile)
		printResult(s, b.Output, b.Result)
	}
	return nil
}
