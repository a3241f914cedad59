package main

import "github.com/spf13/cobra"

func newKickstart(s stdio) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "kickstart",
		Short: "Render, check and apply kickstart files, from which images are made",
		Long: `kickstart looks at the files from which Red Hat's installer makes images. FILE is
a kickstart file; - is standard input.

` + exitHelp,
		Args: oneOfItsCommands,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		newKickstartCheck(s),
		newKickstartFlatten(s),
		newKickstartPlan(s),
		newKickstartRender(s),
		newKickstartShow(s),
	)
	return cmd
}
