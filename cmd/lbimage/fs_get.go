package main

import (
	"lbimage/imagebuild/source"
	"path"

	"github.com/spf13/cobra"
)

func fsGet() fsOp {
	return fsOp{
		name: "get", args: []string{"PATH"},
		short: "Take a file or a folder out of IMAGE",
		long: `get writes a file, or a folder with all that is in it, to LOCAL, which must not
exist; by default to the last part of PATH in the present folder. See 'lbimage get'.`,
		flags: func(cmd *cobra.Command) func(*fsCall, []string) error {
			var local string
			var f format
			cmd.Flags().StringVarP(&local, "output", "o", "", "where to write it, `LOCAL`; - is standard output, for one file")
			f.addFlag(cmd)
			return func(x *fsCall, args []string) error {
				if local == "-" {
					return x.tree.Cat(args[0], x.s.out)
				}
				to := local
				if to == "" {
					if to = path.Base(path.Clean("/" + args[0])); to == "/" {
						return usagef("name a place for the whole tree: -o LOCAL")
					}
				}
				b, err := source.BrowseFS(x.tree.FS())
				if err != nil {
					return err
				}
				return extract(x.s, b, args[0], to, f)
			}
		},
	}
}
