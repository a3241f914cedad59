package main

import (
	"context"
	"fmt"
	"io"
	"lbimage/imagebuild/source"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

type lsOptions struct {
	source    sourceOptions
	format    format
	recursive bool
}

func newLs(s stdio) *cobra.Command {
	var o lsOptions
	cmd := &cobra.Command{
		Use:   "ls SOURCE [PATH]",
		Short: "List a folder of the image's root file system",
		Long:  "ls lists the files in a folder of the image, by default its root, with mode, owner,\nsize and time.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 {
				args = args[:1]
			}
			return exactArgs("SOURCE (an RPM, a .tgz or a raw disk image)")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "/"
			if len(args) > 1 {
				path = args[1]
			}
			return runLs(cmd.Context(), s, args[0], path, o)
		},
	}
	cmd.Flags().BoolVarP(&o.recursive, "recursive", "R", false, "the folders below too")
	o.source.addFlags(cmd)
	o.format.addFlag(cmd)
	return cmd
}

// browse opens a source for the time of one call.
func browse(ctx context.Context, s stdio, name string, o sourceOptions, do func(*source.Browser) error) error {
	bar := newProgress(s.err)
	open, err := o.open(bar)
	if err != nil {
		return err
	}
	src, err := source.Open(ctx, name, open)
	bar.close()
	if err != nil {
		return err
	}
	defer src.Close()
	b, err := src.Browse()
	if err == nil {
		err = do(b)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func runLs(ctx context.Context, s stdio, src, path string, o lsOptions) error {
	return browse(ctx, s, src, o.source, func(b *source.Browser) error {
		list, err := b.List(path, o.recursive)
		if err != nil {
			return err
		}
		if o.format == formatJSON {
			return writeJSON(s.out, struct {
				Files []source.FileInfo `json:"files"`
			}{list})
		}
		return writeListing(s.out, list)
	})
}

// writeListing prints a line a file, as ls -l does.
func writeListing(w io.Writer, list []source.FileInfo) error {
	t := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	for _, f := range list {
		size := fmt.Sprint(f.Size)
		if f.Device != "" {
			size = f.Device
		}
		name := f.Path
		if f.Target != "" {
			name += " -> " + f.Target
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%12s\t%s\t%s\n", f.ModeString(), orNumber(f.User, f.UID), orNumber(f.Group, f.GID), size, f.ModTime.Format("2006-01-02 15:04:05"), name)
	}
	return t.Flush()
}

func orNumber(name string, id uint32) string {
	if name == "" {
		return fmt.Sprint(id)
	}
	return name
}
