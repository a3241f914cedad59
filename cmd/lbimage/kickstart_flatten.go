package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/outfile"
	"lbimage/kickstart"
)

type kickstartFlattenOptions struct {
	version releaseFlag
	output  string
	force   bool
}

func newKickstartFlatten(s stdio) *cobra.Command {
	var o kickstartFlattenOptions
	cmd := &cobra.Command{
		Use:   "flatten FILE [-o OUT]",
		Short: "Put the files that a kickstart file includes in their places",
		Long: `flatten prints a kickstart file with the files that its %include and %ksappend
lines name in the places of the lines. They are read from FILE's folder and the
folders below it alone. Lines that name a URL or an absolute path stay as they are,
and are told: nothing is fetched, and such a path is one of the machine that is
installed, where %pre may write the file. All other bytes stay.

Where a file is missing, or files include each other without an end, nothing is
written.

` + exitHelp,
		Example: `  lbimage kickstart flatten lb.ks -o lb-flat.ks
  lbimage kickstart flatten lb.ks | ksvalidator -v RHEL6 /dev/stdin`,
		Args: exactArgs("FILE (a kickstart file)"),
		RunE: func(_ *cobra.Command, args []string) error { return runKickstartFlatten(s, args[0], o) },
	}
	o.version.addFlag(cmd)
	f := cmd.Flags()
	f.StringVarP(&o.output, "output", "o", "-", "where to write the result: `FILE`, - is standard output")
	f.BoolVar(&o.force, "force", false, "replace the output if it exists")
	return cmd
}

// flattening are the rules of what flattening tells.
var flattening = map[string]bool{"ks-include-not-read": true, "ks-include-cycle": true, "ks-append-in-append": true, "ks-joined-line": true}

func runKickstartFlatten(s stdio, path string, o kickstartFlattenOptions) error {
	file, err := openKickstart(s, path, o.version.Version)
	if err != nil {
		return err
	}
	if path == "-" {
		file = kickstart.Flatten(file, func(string) ([]byte, error) { return nil, errors.New("standard input has no folder") })
	}
	var told []check.Finding
	for _, f := range problemFindings(file.Problems) {
		if flattening[f.Rule] {
			told = append(told, f)
			fmt.Fprintln(s.err, f)
		}
	}
	if err := verdictOf(told); err != nil {
		return err
	}
	if o.output == "-" {
		_, err := s.out.Write(file.Format())
		return err
	}
	if err := notAnInput(o.output, path); err != nil {
		return err
	}
	out, err := outfile.Create(o.output, outfile.Options{Overwrite: o.force})
	if err != nil {
		return err
	}
	defer out.Close()
	if _, err := io.Copy(out, bytes.NewReader(file.Format())); err != nil {
		return err
	}
	return out.Commit()
}
