package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"lbimage/imagebuild"
	"lbimage/imagebuild/outfile"
	"lbimage/imagebuild/sbom"
)

type sbomOptions struct {
	source sourceOptions
	format string
	output string
	force  bool
}

func newSBOM(s stdio) *cobra.Command {
	var o sbomOptions
	cmd := &cobra.Command{
		Use:   "sbom SOURCE --format spdx|cyclonedx [-o FILE]",
		Short: "Write the bill of materials of an image",
		Long: `sbom lists what an image consists of: the operating system, the packages of its own
database with their licences and what each depends on, servo, HAProxy, Python and boto
where no package brought them, and the files that no package owns, with digests. It
writes SPDX 2.3 or CycloneDX 1.6, as JSON.

The same image gives the same bytes. The bill's time is SOURCE_DATE_EPOCH, else the
source's own. 'lbimage customize --sbom' and 'lbimage build --sbom' write it beside
the image that they make, and know more: what the build changed, and packages that
it installed.

` + exitHelp,
		Example: `  lbimage sbom updated.tgz --format spdx -o updated.spdx.json`,
		Args:    exactArgs("SOURCE (an RPM, a .tgz or a raw disk image)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runSBOM(cmd.Context(), s, args[0], o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.format, "format", "", "the form of the bill: `spdx|cyclonedx`")
	f.StringVarP(&o.output, "output", "o", "-", "the `FILE` to write; - is standard output")
	f.BoolVar(&o.force, "force", false, "replace a file that exists")
	o.source.addFlags(cmd)
	return cmd
}

func runSBOM(ctx context.Context, s stdio, source string, o sbomOptions) error {
	if o.format == "" {
		return usagef("the format is missing: --format spdx or --format cyclonedx")
	}
	format, err := sbom.ParseFormat(o.format)
	if err != nil {
		return usagef("--format: %w", err)
	}
	stamp, err := imagebuild.ParseEpoch(os.Getenv("SOURCE_DATE_EPOCH"))
	if err != nil {
		return &usageError{err}
	}
	var out *outfile.File
	if o.output != "-" {
		if sameFiles(source, o.output) {
			return usagef("the output %s is the source itself; choose another name", o.output)
		}
		if out, err = outfile.Create(o.output, outfile.Options{Overwrite: o.force}); err != nil {
			return err
		}
		defer out.Close()
	}
	bar := newProgress(s.err)
	open, err := o.source.open(bar)
	if err != nil {
		return err
	}
	bill, err := imagebuild.Bill(ctx, source, version, stamp, open)
	bar.close()
	if err != nil {
		return err
	}
	if out == nil {
		return bill.Write(s.out, format)
	}
	if err := bill.Write(out, format); err != nil {
		return err
	}
	return out.Commit()
}

// sameFiles tells whether two paths are of one file; one that is not there is another.
func sameFiles(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}
