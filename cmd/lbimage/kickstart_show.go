package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"lbimage/imagebuild"
)

type kickstartShowOptions struct {
	version releaseFlag
	flat    bool
	format  format
}

func newKickstartShow(s stdio) *cobra.Command {
	var o kickstartShowOptions
	cmd := &cobra.Command{
		Use:   "show FILE",
		Short: "Print what a kickstart file says, as its installer understands it",
		Long: `show prints a kickstart file as the installer of a release reads it: commands with
their options by their whole names, packages and groups, sections with their lines,
and what the installer would refuse. Passwords, hashes and keys are not shown.

With --format json docs/schema/kickstart-show-v1.schema.json describes what is
printed.

` + exitHelp,
		Example: `  lbimage kickstart show lb.ks
  lbimage kickstart show lb.ks --version RHEL7 --flatten`,
		Args: exactArgs("FILE (a kickstart file)"),
		RunE: func(_ *cobra.Command, args []string) error { return runKickstartShow(s, args[0], o) },
	}
	o.version.addFlag(cmd)
	cmd.Flags().BoolVar(&o.flat, "flatten", false, "show what it includes in the places of the lines that include it")
	o.format.addFlag(cmd)
	return cmd
}

func runKickstartShow(s stdio, path string, o kickstartShowOptions) error {
	read := parseKickstart
	if o.flat {
		read = openKickstart
	}
	file, err := read(s, path, o.version.Version)
	if err != nil {
		return err
	}
	if err := imagebuild.NoTemplate(file); err != nil {
		return fmt.Errorf("kickstart %s: %w", file.Name, err)
	}
	shown := imagebuild.ShowKickstart(file)
	if o.format == formatJSON {
		err = writeJSON(s.out, shown)
	} else {
		_, err = fmt.Fprint(s.out, shownText{shown}.text())
	}
	if err != nil {
		return err
	}
	return verdictOf(shown.Problems)
}
