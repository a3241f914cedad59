package main

import (
	"context"
	"fmt"
	"lbimage/imagebuild/source"
	"path"

	"github.com/spf13/cobra"
)

type getOptions struct {
	source sourceOptions
	format format
	output string
}

func newGet(s stdio) *cobra.Command {
	var o getOptions
	cmd := &cobra.Command{
		Use:   "get SOURCE PATH [-o LOCAL]",
		Short: "Take a file or a folder out of the image",
		Long: `get writes a file, or a folder with all that is in it, to LOCAL, which must not
exist; by default to the last part of PATH in the present folder. Permissions,
times of files and symbolic links are kept. Owners, set-user-id bits and
extended attributes are not, and devices, pipes and sockets are passed over.`,
		Args: exactArgs("SOURCE", "PATH (in the image)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runGet(cmd.Context(), s, args[0], args[1], o)
		},
	}
	cmd.Flags().StringVarP(&o.output, "output", "o", "", "where to write it, `LOCAL`; - is standard output, for one file")
	o.source.addFlags(cmd)
	o.format.addFlag(cmd)
	return cmd
}

func runGet(ctx context.Context, s stdio, src, name string, o getOptions) error {
	if o.output == "-" {
		return runCat(ctx, s, src, name, o.source, formatText)
	}
	local := o.output
	if local == "" {
		if local = path.Base(path.Clean("/" + name)); local == "/" {
			return usagef("name a place for the whole tree: -o LOCAL")
		}
	}
	return browse(ctx, s, src, o.source, func(b *source.Browser) error {
		return extract(s, b, name, local, o.format)
	})
}

// extract writes what name is to local, and reports.
func extract(s stdio, b *source.Browser, name, local string, f format) error {
	list, err := b.Extract(name, local)
	if err != nil {
		return err
	}
	if f == formatJSON {
		return writeJSON(s.out, struct {
			Files []source.Extracted `json:"files"`
		}{list})
	}
	written := 0
	for _, e := range list {
		if e.Skipped != "" {
			fmt.Fprintf(s.err, "passed over %s: %s\n", e.Path, e.Skipped)
			continue
		}
		written++
	}
	_, err = fmt.Fprintf(s.out, "%s: %d written\n", local, written)
	return err
}
