package main

import "github.com/spf13/cobra"

func newKickstart(s stdio) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "kickstart",
		Short: "Render, check and apply kickstart files, from which images are made",
		Long: `kickstart is about the files from which Red Hat's installer makes images: render makes
one of a template, check finds what is wrong with it, show and flatten tell what it
says, plan brings an image to it. 'lbimage check --kickstart FILE SOURCE' tells whether
an image is what its file says. Nothing is installed, nothing of a file is run.

FILE is a kickstart file; - is standard input. --version says whose installer reads it,
RHEL5 to RHEL9: they differ in what they take, and in how.

` + exitHelp,
		Example: `  lbimage kickstart render --source mirrors.cfg -o mirrors.cfg
  lbimage kickstart render production --mirrors mirrors.cfg -o lb.ks
  lbimage kickstart check lb.ks
  lbimage check --kickstart lb.ks eucalyptus-load-balancer-image.tgz`,
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
