package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"lbimage/imagebuild/outfile"
	"lbimage/imagebuild/sample"
)

type sampleOptions struct {
	output  string
	force   bool
	tempDir string
}

func newSample(s stdio) *cobra.Command {
	var o sampleOptions
	cmd := &cobra.Command{
		Use:   "sample -o FILE.rpm",
		Short: "Make a small, genuine load balancer image RPM to try things on",
		Long: `sample writes an RPM built like the real one: it holds a .tgz that holds a disk
with an MBR and an ext3 root file system, in which the configuration of a load
balancer stands, with servo 1.0.4's HAProxy template. Kernel, initramfs and
programs are stand-ins and say so. Two runs give the same bytes.`,
		Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runSample(cmd.Context(), s, o)
		},
	}
	cmd.Flags().StringVarP(&o.output, "output", "o", "", "the RPM to write, `FILE`")
	cmd.Flags().BoolVar(&o.force, "force", false, "replace an output that exists")
	cmd.Flags().StringVar(&o.tempDir, "temp-dir", "", "the folder `DIR` for the disk (default $TMPDIR, else /var/tmp)")
	return cmd
}

func runSample(ctx context.Context, s stdio, o sampleOptions) error {
	if o.output == "" {
		return usagef("the output is missing: -o FILE.rpm")
	}
	out, err := outfile.Create(o.output, outfile.Options{Overwrite: o.force})
	if err != nil {
		return err
	}
	defer out.Close()
	if err := sample.Write(ctx, out, sample.Options{TempDir: tempDir(o.tempDir)}); err != nil {
		return fmt.Errorf("making %s: %w", o.output, err)
	}
	if err := out.Commit(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s: a load balancer image package with stand-ins for its programs; look at it with lbimage inspect\n", o.output)
	return err
}
