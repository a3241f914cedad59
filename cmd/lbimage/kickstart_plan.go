package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/conformance"
	"lbimage/imagebuild/outfile"
	"lbimage/overlay"
)

type kickstartPlanOptions struct {
	source  sourceOptions
	format  planFormat
	output  string
	force   bool
	version releaseFlag
	all     bool
	own     bool
}

func newKickstartPlan(s stdio) *cobra.Command {
	var o kickstartPlanOptions
	cmd := &cobra.Command{
		Use:   "plan FILE SOURCE [-o lbimage.yaml] | plan --own-kickstart SOURCE [-o lbimage.yaml]",
		Short: "Plan the edits that bring an image to a kickstart file",
		Long: `plan holds an image against a kickstart file, and makes edits of a recipe of what
the image does not have: of what %post leaves, as far as it can be read off, and of
the commands with a plain edit, such as services, rootpw and selinux. So an image is
brought to a changed kickstart file without installing it anew. SOURCE is an RPM, an
image tarball or a raw disk image; nothing of it is changed. FILE is - for standard
input, and what it includes is read from its folder. With --own-kickstart it is the
file that an RPM brings beside its image.

What the edits do not bring is listed with the reason: packages, whose RPMs are
needed, the sizes of partitions, commands of %post that are not read. It does not
change the exit status; with --format json docs/schema/kickstart-plan-v1.schema.json
describes it.

With -o, or --format recipe, the recipe is written that 'lbimage build -f' takes. A
recipe that sets a password holds its hash: only its owner may read the file.

` + exitHelp,
		Example: `  lbimage kickstart plan lb.ks eucalyptus-load-balancer-image.tgz
  lbimage kickstart plan lb.ks eucalyptus-load-balancer-image.tgz -o lbimage.yaml
  lbimage build -f lbimage.yaml -o out`,
		Args: func(cmd *cobra.Command, args []string) error {
			if o.own {
				return exactArgs("SOURCE (an RPM that brings a kickstart file)")(cmd, args)
			}
			return exactArgs("FILE (a kickstart file)", "SOURCE (an RPM, a .tgz or a raw disk image)")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return runKickstartPlan(cmd.Context(), s, args, o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.output, "output", "o", "", "write the recipe to `FILE`")
	f.BoolVar(&o.force, "force", false, "replace a recipe that exists")
	f.BoolVar(&o.own, "own-kickstart", false, "bring the image of an RPM to the kickstart file that the RPM brings")
	f.BoolVar(&o.all, "all-statements", false, "show all that the file says, one by one, also what the image has")
	f.Var(&o.version, "version", "the release whose installer reads it: `RELEASE`, RHEL5 to RHEL9 (default: the image's own, else the file's #version line, else RHEL6)")
	o.format = planFormat(formatText)
	f.Var(&o.format, "format", "text for people, json for programs, recipe for a build")
	o.source.addFlags(cmd)
	return cmd
}

// planFormat is the value of --format.
type planFormat string

const formatRecipe planFormat = "recipe"

func (f *planFormat) String() string { return string(*f) }
func (f *planFormat) Type() string   { return "text|json|recipe" }
func (f *planFormat) Set(s string) error {
	switch planFormat(s) {
	case planFormat(formatText), planFormat(formatJSON), formatRecipe:
		*f = planFormat(s)
		return nil
	}
	return fmt.Errorf("text, json and recipe are the formats")
}

func runKickstartPlan(ctx context.Context, s stdio, args []string, o kickstartPlanOptions) error {
	src := args[len(args)-1]
	switch {
	case o.output == "-":
		return usagef("-o - : --format recipe writes the recipe to standard output")
	case o.output != "":
		if err := notAnInput(o.output, args...); err != nil {
			return err
		}
		if _, err := os.Lstat(o.output); err == nil && !o.force {
			return fmt.Errorf("%s: %w; --force replaces it", o.output, fs.ErrExist)
		}
	}
	stamp, err := imagebuild.ParseEpoch(os.Getenv("SOURCE_DATE_EPOCH"))
	if err != nil {
		return &usageError{err}
	}
	var k *imagebuild.Kickstart
	switch file := args[0]; {
	case o.own:
		k = imagebuild.OwnKickstart(o.version.Version)
	case file == "-":
		k, err = imagebuild.KickstartFrom(s.in, "standard input", o.version.Version)
	default:
		k, err = imagebuild.OpenKickstart(file, o.version.Version)
	}
	if err != nil {
		return err
	}
	bar := newProgress(s.err)
	open, err := o.source.open(bar)
	if err != nil {
		return err
	}
	plan, err := imagebuild.PlanKickstart(ctx, k, src, stamp, open)
	bar.close()
	if err != nil {
		return err
	}
	if o.output != "" {
		if err := writePlan(plan, src, o); err != nil {
			return err
		}
	}
	switch o.format {
	case formatRecipe:
		text, err := recipeOf(plan, src, ".")
		if err != nil {
			return err
		}
		_, err = s.out.Write(text)
		return err
	case planFormat(formatJSON):
		return writeJSON(s.out, plan.Report())
	}
	showKickstartPlan(s, plan, o.all)
	if o.output != "" {
		fmt.Fprintf(s.out, "%s: the recipe; 'lbimage build -f %s' makes the image%s\n", o.output, o.output, secretNote(plan))
	}
	return nil
}

// secretNote says that a recipe holds what others may not read.
func secretNote(p *imagebuild.KickstartPlan) string {
	if p.HoldsHash() {
		return ". It holds the hash of a password: only its owner may read it"
	}
	return ""
}

// recipeOf is the plan as a recipe in a folder. Edits that are right for this image alone pin it.
func recipeOf(p *imagebuild.KickstartPlan, src, dir string) ([]byte, error) {
	source, err := relativeTo(dir, src)
	if err != nil {
		return nil, err
	}
	digest := ""
	for _, e := range p.Edits {
		if e.Note != "" {
			digest = p.SHA256
		}
	}
	return p.Recipe(source, digest)
}

func writePlan(p *imagebuild.KickstartPlan, src string, o kickstartPlanOptions) error {
	text, err := recipeOf(p, src, filepath.Dir(o.output))
	if err != nil {
		return err
	}
	options := outfile.Options{Overwrite: o.force}
	if p.HoldsHash() {
		options.Perm = 0o600
	}
	out, err := outfile.Create(o.output, options)
	if err != nil {
		return err
	}
	defer out.Close()
	if _, err := out.Write(text); err != nil {
		return err
	}
	return out.Commit()
}

// showKickstartPlan prints what holds, each edit with what it is for and what it changes, and what is left. With all it lists
// every statement by itself.
func showKickstartPlan(s stdio, p *imagebuild.KickstartPlan, all bool) {
	printKickstartProblems(s, p.File.Problems)
	fmt.Fprintf(s.out, "holds    %d statement%s of the kickstart file already\n", len(p.Holds), plural(len(p.Holds)))
	for _, st := range p.Holds {
		if all {
			fmt.Fprintln(s.out, check.OneLine(fmt.Sprintf("         %s  %s: %s", st.Place, st.About, st.Has)))
		}
	}
	for _, e := range p.Edits {
		for _, from := range e.For {
			fmt.Fprintln(s.out, check.OneLine(fmt.Sprintf("edit     %s  %s", from.Place, from.Text)))
		}
		if e.Note != "" {
			fmt.Fprintf(s.out, "         %s\n", check.OneLine(e.Note))
		}
		printPlanned(s, overlay.Fold(e.Changes))
	}
	left := map[conformance.Verdict][]conformance.Statement{}
	for _, l := range p.Left {
		l.Why = l.Reason
		left[l.Verdict] = append(left[l.Verdict], l.Statement)
	}
	for _, verdict := range []conformance.Verdict{conformance.DoesNotHold, conformance.CannotBeTold} {
		for _, group := range folded(left[verdict], all) {
			place, about := conformance.Folded(group)
			fmt.Fprintln(s.out, check.OneLine(fmt.Sprintf("left     %s  %s: %s — %s", place, about, verdict, group[0].Why)))
			if verdict == conformance.DoesNotHold {
				printSides(s, "           ", group[0])
			}
		}
	}
	fmt.Fprintf(s.out, "plan: %d edit%s; %d statement%s left\n", len(p.Edits), plural(len(p.Edits)), len(p.Left), plural(len(p.Left)))
}
