package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
)

type checkOptions struct {
	source  sourceOptions
	format  format
	judging judgingOptions
}

func newCheck(s stdio) *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check SOURCE",
		Short: "Find what is wrong with an image",
		Long: `check runs every check that customize and build run before they write an image:
the consistency of the root file system, the HAProxy template as it is and as
the servo would write it, judged by rules and by the image's own HAProxy, and
what the installers will make of the tarball. It changes nothing.

` + exitHelp,
		Args: exactArgs("SOURCE (an RPM, a .tgz or a raw disk image)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runCheck(cmd.Context(), s, args[0], o)
		},
	}
	o.judging.addFlags(cmd, "the image's")
	o.source.addFlags(cmd)
	o.format.addFlag(cmd)
	return cmd
}

// checkJSON is what the checks say, for programs.
type checkJSON struct {
	Findings []check.Finding `json:"findings"`
	JudgedBy []string        `json:"judgedBy"`
	Notes    []string        `json:"notes,omitempty"`
	Warnings []string        `json:"warnings,omitempty"`
}

func runCheck(ctx context.Context, s stdio, src string, o checkOptions) error {
	bar := newProgress(s.err)
	open, err := o.source.open(bar)
	if err != nil {
		return err
	}
	haproxy := o.judging.options()
	haproxy.Judge.TempDir = open.TempDir
	found, err := imagebuild.Check(ctx, src, haproxy, open)
	bar.close()
	if err != nil {
		return err
	}
	if o.format == formatJSON {
		out := checkJSON{append([]check.Finding{}, found.Findings...), append([]string{}, found.Template.By...), found.Template.Notes, found.Warnings}
		if err := writeJSON(s.out, out); err != nil {
			return err
		}
		return verdictOf(found.Findings)
	}
	for _, w := range found.Warnings {
		fmt.Fprintln(s.out, "warning ", w)
	}
	printFindings(s, found.Findings)
	printJudges(s, found.Template)
	fmt.Fprintln(s.out, summary(src, found.Findings))
	return verdictOf(found.Findings)
}
