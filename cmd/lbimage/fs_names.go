package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"lbimage/imagebuild/fsedit"
)

func fsMkdir() fsOp {
	return fsOp{
		name: "mkdir", args: []string{"PATH..."}, edits: always,
		short: "Make folders",
		long:  "mkdir makes folders, which belong to root. There is no umask.",
		flags: func(cmd *cobra.Command) func(*fsCall, []string) error {
			var parents bool
			mode := "0755"
			cmd.Flags().BoolVarP(&parents, "parents", "p", false, "those that they lie in, too; no error if they exist")
			cmd.Flags().StringVarP(&mode, "mode", "m", mode, "their `MODE`")
			return func(x *fsCall, args []string) error {
				bits, err := fsedit.FileMode(mode, 0o755)
				if err != nil {
					return err
				}
				for _, p := range args {
					if err := x.tree.Mkdir(p, fsedit.Perm(bits), parents); err != nil {
						return err
					}
				}
				return nil
			}
		},
	}
}

func fsRm() fsOp {
	return fsOp{
		name: "rm", args: []string{"PATH..."}, edits: always,
		short: "Remove files, or with -r folders with all that is in them",
		flags: func(cmd *cobra.Command) func(*fsCall, []string) error {
			var recursive, force bool
			cmd.Flags().BoolVarP(&recursive, "recursive", "r", false, "folders with all that is in them")
			cmd.Flags().BoolVarP(&force, "force", "f", false, "no error if they are not there")
			return func(x *fsCall, args []string) error {
				for _, p := range args {
					if err := x.tree.Remove(p, recursive, force); err != nil {
						return err
					}
				}
				return nil
			}
		},
	}
}

func fsRmdir() fsOp {
	return fsOp{
		name: "rmdir", args: []string{"PATH..."}, edits: always,
		short: "Remove empty folders",
		flags: func(*cobra.Command) func(*fsCall, []string) error {
			return func(x *fsCall, args []string) error {
				for _, p := range args {
					if err := x.tree.Rmdir(p); err != nil {
						return err
					}
				}
				return nil
			}
		},
	}
}

func fsLn() fsOp {
	return fsOp{
		name: "ln", args: []string{"TARGET", "PATH"}, edits: always,
		short: "Make a hard link, or with -s a symbolic one",
		long: `ln gives the file TARGET one more name, PATH. With -s PATH becomes a symbolic link
that says TARGET, as it is written. Where PATH is a folder, the link is made in it.`,
		flags: func(cmd *cobra.Command) func(*fsCall, []string) error {
			var symbolic, force bool
			cmd.Flags().BoolVarP(&symbolic, "symbolic", "s", false, "a symbolic link")
			cmd.Flags().BoolVarP(&force, "force", "f", false, "replace what has the name, unless it is a folder")
			return func(x *fsCall, args []string) error { return x.tree.Link(args[0], args[1], symbolic, force) }
		},
	}
}

func fsMv() fsOp {
	return fsOp{
		name: "mv", args: []string{"OLD", "NEW"}, edits: always,
		short: "Rename or move a file or folder",
		long: `mv gives the file or folder OLD the path NEW. A file at NEW is replaced; a folder
there is replaced by a folder if it is empty, and takes a file into it. A NEW that
ends in a slash is the folder to move OLD into.`,
		flags: func(*cobra.Command) func(*fsCall, []string) error {
			return func(x *fsCall, args []string) error { return x.tree.Move(args[0], args[1]) }
		},
	}
}

func fsMknod() fsOp {
	return fsOp{
		name: "mknod", args: []string{"PATH", "TYPE", "[MAJOR]", "[MINOR]"}, edits: always,
		short: "Make a device, a pipe or a socket",
		long:  "mknod makes a block device (TYPE b) or a character device (c) with its numbers, a\npipe (p) or a socket (s).",
		flags: func(cmd *cobra.Command) func(*fsCall, []string) error {
			mode := "0644"
			cmd.Flags().StringVarP(&mode, "mode", "m", mode, "its `MODE`")
			return func(x *fsCall, args []string) error {
				bits, err := fsedit.FileMode(mode, 0o644)
				if err != nil {
					return err
				}
				device := args[1] == "b" || args[1] == "c" || args[1] == "u"
				var numbers [2]uint32
				if want := 2; device && len(args) != 2+want || !device && len(args) != 2 {
					return usagef("type %s: a device has MAJOR and MINOR, others have no numbers", args[1])
				}
				for i, s := range args[2:] {
					n, err := strconv.ParseUint(s, 0, 32)
					if err != nil {
						return &usageError{fmt.Errorf("device number %q: it has to be a whole number", s)}
					}
					numbers[i] = uint32(n)
				}
				return x.tree.Mknod(args[0], args[1], fsedit.Perm(bits), numbers[0], numbers[1])
			}
		},
	}
}
