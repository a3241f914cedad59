package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"lbimage/haproxy-config/render"
	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/request"
	"lbimage/imagebuild/rpmdb"
	"lbimage/servo/develop"
)

type customizeOptions struct {
	source   sourceOptions
	output   string
	force    bool
	plan     bool
	format   format
	timeouts []string
	options  []string
	settings []string
	sysctls  []string
	template string
	overlays []string
	install  installOptions
	beside   besideOptions
	rpm      rpmOptions
	judging  judgingOptions
	report   reportOption
}

func newCustomize(s stdio) *cobra.Command {
	var o customizeOptions
	cmd := &cobra.Command{
		Use:   "customize SOURCE -o OUT.tgz [--timeout NAME=TIME]... [--option NAME]... [--set NAME=VALUE]...",
		Short: "Change settings and files in an image and pack it again",
		Long: `customize takes an image RPM, an image tarball or a raw disk image, changes the
HAProxy template, sysctls and files in its root file system in place, checks the
result, and writes a tarball with the source's layout. The template is judged by
the image's own HAProxy in a sandbox, alone and as the servo would write it; an
image whose load balancer would not start is not written. A servo can be put in
from its package or from source; its scripts are followed, not run. The source is
never changed. Beside OUT.tgz it writes OUT.tgz.json, the record: what went in, what
was changed, what came out, with digests.

With --rpm it writes the image as a package too, as the load balancer image's own
spec makes it: what OUT.tgz holds, with the installer, the licence and the kickstart
of the source's package or of the files that are named.

With --plan it shows what would change, as unified diffs, and writes nothing.
With --report it writes a page that stands alone: what went in, the disk as a map,
changes with their diffs, findings, digests. A plan, and a build that the checks
refuse, have a page, too.

The output depends on the source and the flags alone: the same bytes each time.
New files and changed times take SOURCE_DATE_EPOCH, else the source's own time.

` + exitHelp,
		Example: `  lbimage customize eucalyptus-load-balancer-image-1.1.0-0.212.el6.x86_64.rpm \
    -o updated.tgz --timeout connect=5s --timeout client=2m --timeout server=2m \
    --set retries=3 --option redispatch --sysctl net.ipv4.tcp_keepalive_time=600`,
		Args: func(cmd *cobra.Command, args []string) error {
			err := exactArgs("SOURCE (an RPM, a .tgz or a raw disk image)")(cmd, args)
			if len(args) > 1 && o.rpm.path == besideImage {
				err = fmt.Errorf("%w: write --rpm=PATH in one word", err)
			}
			return err
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return runCustomize(cmd.Context(), s, args[0], o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.output, "output", "o", "", "the tarball to write, `OUT.tgz`")
	f.BoolVar(&o.force, "force", false, "replace an output that exists")
	f.BoolVar(&o.plan, "plan", false, "show what would change and write nothing")
	f.StringArrayVar(&o.timeouts, "timeout", nil, "set a time-out of the template: `NAME=TIME`, as connect, client, server, queue, check, http-keep-alive")
	f.StringArrayVar(&o.options, "option", nil, "switch on the option `NAME` of the template, as dontlognull, redispatch; 'no NAME' switches it off")
	f.StringArrayVar(&o.settings, "set", nil, "set another directive of the template: `[SECTION.]NAME=VALUE`, as retries=3, global.maxconn=50000")
	f.StringVar(&o.template, "template", "", "replace the template whole by `FILE`; the flags above then edit that")
	f.StringArrayVar(&o.sysctls, "sysctl", nil, "set a kernel parameter in /etc/sysctl.conf: `KEY=VALUE`")
	f.StringArrayVar(&o.overlays, "overlay", nil, "lay the files and folders in `DIR` over the image's root")
	o.install.addFlags(cmd)
	o.beside.addFlags(cmd)
	o.rpm.addFlags(cmd)
	o.judging.addFlags(cmd, "the image's")
	o.source.addFlags(cmd)
	o.format.addFlag(cmd)
	o.report.addFlag(cmd)
	return cmd
}

// edits gathers the flags that say what to change.
func (o *customizeOptions) edits() (request.Request, error) {
	e := request.Request{Template: o.template, Options: o.options, Overlays: o.overlays}
	for _, list := range []struct {
		flag string
		in   []string
		out  *[]request.Setting
	}{{"timeout", o.timeouts, &e.Timeouts}, {"set", o.settings, &e.Settings}, {"sysctl", o.sysctls, &e.Sysctls}} {
		for _, text := range list.in {
			setting, err := request.ParseSetting(text)
			if err != nil {
				return e, usagef("--%s %w", list.flag, err)
			}
			*list.out = append(*list.out, setting)
		}
	}
	var err error
	e.Servo, err = o.install.servo()
	e.Keyring, e.Attributes = o.install.keyring, o.install.attributes
	return e, err
}

func runCustomize(ctx context.Context, s stdio, src string, o customizeOptions) error {
	edits, err := o.edits()
	if err != nil {
		return err
	}
	packed, err := o.rpm.output()
	if err != nil {
		return err
	}
	switch {
	case o.plan && o.force && o.report.path == "":
		return usagef("--plan writes nothing: leave --force out")
	case o.plan && o.beside.given():
		return usagef("--plan writes nothing: leave --sbom, --provenance and --sums out")
	case !o.plan && o.output == "":
		return usagef("the output is missing: -o OUT.tgz, or --plan to see what would change")
	case o.output == "-":
		return usagef("the output has to be a file: a record is written beside it")
	}
	if err := o.report.validate(); err != nil {
		return err
	}
	stamp, err := imagebuild.ParseEpoch(os.Getenv("SOURCE_DATE_EPOCH"))
	if err != nil {
		return &usageError{err}
	}
	bar := newProgress(s.err)
	open, err := o.source.open(bar)
	if err != nil {
		return err
	}
	job := imagebuild.Job{Source: src, Output: o.output, Request: edits, Replace: o.force, Time: stamp, Version: version, Open: open}
	job.RPM = packed
	job.HAProxy = o.judging.options()
	if err := o.beside.apply(&job); err != nil {
		return err
	}
	o.report.add(&job, o.plan)
	if o.plan {
		result, err := imagebuild.Plan(ctx, job)
		bar.close()
		if err != nil {
			return err
		}
		o.report.show(s, o.format)
		return showPlan(s, o.format, result)
	}
	result, err := imagebuild.Customize(ctx, job)
	bar.close()
	o.report.show(s, o.format)
	if err != nil {
		return err
	}
	return showResult(s, o.format, o.output, result)
}

// planJSON is a plan for programs.
type planJSON struct {
	Source   string                        `json:"source"`
	Time     time.Time                     `json:"time"`
	Packages []imagebuild.InstalledPackage `json:"packages,omitempty"`
	Servo    *develop.Source               `json:"servo,omitempty"`
	Changes  []imagebuild.RecordChange     `json:"changes"`
	Database []rpmdb.Statement             `json:"database,omitempty"`
	RPM      *imagebuild.RPMResult         `json:"rpm,omitempty"`
	Findings []check.Finding               `json:"findings"`
	// Kickstart says whether the image would have what the kickstart file says that the recipe names.
	Kickstart *imagebuild.Conformity `json:"kickstart,omitempty"`
	Warnings  []string               `json:"warnings,omitempty"`
}

// showPlan prints what would change: for each path a line, its notes, its diff.
func showPlan(s stdio, f format, r *imagebuild.Result) error {
	var err error
	if check.HasErrors(r.Findings) {
		err = errFindings
	}
	if f == formatJSON {
		if jerr := writeJSON(s.out, planOf(r)); jerr != nil {
			return jerr
		}
		return err
	}
	printPlan(s, r)
	if err == nil {
		fmt.Fprintln(s.out, "plan: nothing is written")
	} else {
		fmt.Fprintln(s.out, "plan: with these errors nothing would be written")
	}
	return err
}

func planOf(r *imagebuild.Result) planJSON {
	return planJSON{
		r.Source.Path, r.Time, r.Packages, r.Servo, imagebuild.RecordChanges(r.Changes), r.Database,
		r.RPM, append([]check.Finding{}, r.Findings...), r.Kickstart, r.Source.Warnings,
	}
}

// printPlan prints what is installed, what would change, and what the checks say.
func printPlan(s stdio, r *imagebuild.Result) {
	printInstalled(s, r)
	printPlanned(s, r.Changes)
	printRPM(s, r)
	showFindings(s, r)
}

func showFindings(s stdio, r *imagebuild.Result) {
	for _, w := range r.Source.Warnings {
		fmt.Fprintln(s.out, "warning ", check.OneLine(w))
	}
	if r.Recovery != nil {
		fmt.Fprintln(s.out, "warning ", r.Source.Root.Name()+" was not unmounted:", *r.Recovery)
	}
	var own, inherited []check.Finding
	for _, f := range r.Findings {
		if f.Inherited && f.Severity != check.SeverityError {
			inherited = append(inherited, f)
		} else {
			own = append(own, f)
		}
	}
	printFindings(s, bySeverity(own))
	if n := len(inherited); n > 0 { // errors among them have become warnings
		fmt.Fprintf(s.out, "already  %d finding%s of the source's own, which these edits leave; 'lbimage check' tells of each, and how grave it is\n", n, plural(n))
	}
	printOverrides(s, r.Overrides)
	printJudges(s, r.Template)
	if r.Kickstart != nil {
		printConformityCount(s, r.Kickstart)
	}
	printEffects(s, r)
}

// printEffects tells which of the template's new lines take effect; of the others there are findings.
func printEffects(s stdio, r *imagebuild.Result) {
	for _, set := range r.NewSettings() {
		if set.Status == render.Effective {
			fmt.Fprintf(s.out, "effect   %s\n", check.OneLine(set.String()))
		}
	}
}

// showResult prints what was done, a line a fact.
func showResult(s stdio, f format, output string, r *imagebuild.Result) error {
	if f == formatJSON {
		return writeJSON(s.out, r.Record)
	}
	printResult(s, output, r)
	return nil
}

// printResult prints what was done, a line a fact.
func printResult(s stdio, output string, r *imagebuild.Result) {
	printInstalled(s, r)
	showFindings(s, r)
	rec := r.Record
	fmt.Fprintf(s.out, "source   %s (%s)\n", check.OneLine(rec.Source.Name), check.OneLine(sourceText(rec.Source)))
	place := "no partition table"
	if rec.Image.Partition > 0 {
		place = fmt.Sprintf("partition %d", rec.Image.Partition)
	}
	fmt.Fprintf(s.out, "image    %s: %s on %s, %s\n", check.OneLine(rec.Image.Name), rec.Image.FSType, place, bytesText(rec.Image.Size))
	printChanged(s, r.Changes)
	fmt.Fprintf(s.out, "disk     %d blocks of 4 KiB differ\n", rec.Changed.Blocks)
	fmt.Fprintf(s.out, "output   %s, %s, sha256 %s\n", output, bytesText(rec.Output.Size), rec.Output.SHA256)
	printBeside(s, r)
	printRPM(s, r)
	fmt.Fprintf(s.out, "record   %s\n", imagebuild.RecordName(output))
	printSums(s, r)
}

func sourceText(src imagebuild.RecordSource) string {
	if src.Package == nil {
		return string(src.Kind) + ", " + bytesText(src.Size)
	}
	verified := "no digests in it"
	if len(src.Package.Verified) > 0 {
		verified = "digests verified"
	}
	return fmt.Sprintf("package %s, %s, %s", src.Package.Name, bytesText(src.Size), verified)
}
