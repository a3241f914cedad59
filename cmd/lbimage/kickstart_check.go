package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
	"lbimage/kickstart/lint"
)

type kickstartCheckOptions struct {
	version releaseFlag
	sizes   string
	source  sourceOptions
	format  format
}

func newKickstartCheck(s stdio) *cobra.Command {
	var o kickstartCheckOptions
	cmd := &cobra.Command{
		Use:   "check FILE…",
		Short: "Find what is wrong with kickstart files",
		Long: `check reads kickstart files as the installer of a release would, and finds what it
would refuse or pass over, and what it would take and nobody wants: passwords that
everybody can read, a root partition that is too small for the packages, services
that no package brings, scripts that do not parse, texts into which the shell puts
variables by mistake. Files that a kickstart file includes are read below its own
folder, and judged with it.

Every finding names its rule; lbimage check --explain tells why there is one. How
much room packages take is known of many of CentOS 5 to 8, as measured; with
--sizes an image tells it. What is not known is not counted, so that a root
partition is called too small only where it is.

With --format json docs/schema/kickstart-check-v1.schema.json describes what is
printed.

` + exitHelp,
		Example: `  lbimage kickstart check lb.ks
  lbimage kickstart check lb.ks --version RHEL7`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("FILE (a kickstart file) is missing")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runKickstartCheck(cmd.Context(), s, args, o) },
	}
	o.version.addFlag(cmd)
	cmd.Flags().StringVar(&o.sizes, "sizes", "", "an image whose packages tell how large they are: `SOURCE`, an RPM, a .tgz or a raw disk image")
	o.source.addFlags(cmd)
	o.format.addFlag(cmd)
	return cmd
}

func runKickstartCheck(ctx context.Context, s stdio, paths []string, o kickstartCheckOptions) error {
	var opts lint.Options
	if o.sizes != "" {
		bar := newProgress(s.err)
		open, err := o.source.open(bar)
		if err != nil {
			return err
		}
		opts.Sizes, err = imagebuild.PackageSizes(ctx, o.sizes, open)
		bar.close()
		if err != nil {
			return err
		}
	}
	report := imagebuild.KickstartCheck{Schema: imagebuild.KickstartCheckSchema}
	var all []check.Finding
	for _, path := range paths {
		f, err := openKickstart(s, path, o.version.Version)
		if err != nil {
			return err
		}
		checked := imagebuild.CheckKickstart(f, opts)
		report.Files = append(report.Files, checked)
		all = append(all, checked.Findings...)
	}
	if o.format == formatJSON {
		if err := writeJSON(s.out, report); err != nil {
			return err
		}
		return verdictOf(all)
	}
	for _, f := range report.Files {
		printFindings(s, f.Findings)
		fmt.Fprintf(s.out, "%s, read as %s would\n", check.OneLine(summary(f.File, f.Findings)), f.Version)
	}
	return verdictOf(all)
}
