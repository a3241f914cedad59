package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/fsedit"
)

func fsLsattr() fsOp {
	return fsOp{
		name: "lsattr", args: []string{"[PATH]"},
		short: "List flags as lsattr does",
		long:  "lsattr shows the flags of a file, or of the files and folders in a folder, with the\nletters of chattr.",
		flags: func(cmd *cobra.Command) func(*fsCall, []string) error {
			var self, recursive bool
			cmd.Flags().BoolVarP(&self, "directory", "d", false, "a folder itself, not what is in it")
			cmd.Flags().BoolVarP(&recursive, "recursive", "R", false, "the folders below too")
			return func(x *fsCall, args []string) error {
				p := "/"
				if len(args) > 0 {
					p = args[0]
				}
				show := func(f fsedit.File) error {
					if f.Type != "file" && f.Type != "dir" {
						return nil
					}
					_, err := fmt.Fprintf(x.s.out, "%s %s\n", ext.FlagString(f.Flags), fsedit.Printable(f.Path))
					return err
				}
				if self {
					f, err := x.tree.Stat(p, true)
					if err != nil {
						return err
					}
					return show(f)
				}
				return x.tree.List(p, recursive, show)
			}
		},
	}
}

func fsChattr() fsOp {
	return fsOp{
		name: "chattr", args: []string{"FLAGS", "PATH..."}, edits: always,
		short: "Change flags as chattr does",
		long: `chattr sets flags (+i), takes them away (-i) or sets just these (=iA), with the letters
of chattr. Flags bind whoever mounts the file system, not this program. FLAGS that
begin with a minus come behind --.`,
		flags: func(cmd *cobra.Command) func(*fsCall, []string) error {
			var recursive bool
			cmd.Flags().BoolVarP(&recursive, "recursive", "R", false, "folders with all that is in them")
			return func(x *fsCall, args []string) error {
				change, err := fsedit.ParseFlagChange(args[0])
				if err != nil {
					return err
				}
				for _, p := range args[1:] {
					if err := x.tree.Chattr(p, []fsedit.FlagChange{change}, recursive); err != nil {
						return err
					}
				}
				return nil
			}
		},
	}
}

func fsProject() fsOp {
	return fsOp{
		name: "project", args: []string{"ID", "PATH..."}, edits: always,
		short: "Set the quota project of files",
		flags: func(*cobra.Command) func(*fsCall, []string) error {
			return func(x *fsCall, args []string) error {
				id, err := strconv.ParseUint(args[0], 10, 32)
				if err != nil {
					return usagef("project %q: give a whole number", args[0])
				}
				for _, p := range args[1:] {
					if err := x.tree.SetProject(p, uint32(id)); err != nil {
						return err
					}
				}
				return nil
			}
		},
	}
}

func fsRecover() fsOp {
	return fsOp{
		name: "recover", edits: always,
		short: "Bring in the journal, and nothing else",
		long: `recover makes up for what was left undone when the file system was last in use, as
e2fsck does: the journal is brought in and emptied, removed files that were still open
are freed. Every edit begins with it, and says so on standard error. Where nothing
was left undone, nothing is written.`,
		flags: func(*cobra.Command) func(*fsCall, []string) error {
			return func(*fsCall, []string) error { return nil }
		},
	}
}

func fsLabel() fsOp {
	return fsOp{
		name: "label", args: []string{"[LABEL]"}, edits: func(args []string) bool { return len(args) > 0 },
		short: "Show or set the file system's label",
		flags: func(*cobra.Command) func(*fsCall, []string) error {
			return func(x *fsCall, args []string) error {
				if len(args) > 0 {
					return x.tree.FS().SetLabel(args[0])
				}
				_, err := fmt.Fprintln(x.s.out, fsedit.Printable(x.tree.FS().Info().Label))
				return err
			}
		},
	}
}

func fsUUID() fsOp {
	return fsOp{
		name: "uuid", args: []string{"[UUID]"}, edits: func(args []string) bool { return len(args) > 0 },
		short: "Show or set the file system's UUID",
		flags: func(*cobra.Command) func(*fsCall, []string) error {
			return func(x *fsCall, args []string) error {
				if len(args) == 0 {
					_, err := fmt.Fprintln(x.s.out, x.tree.FS().Info().UUID)
					return err
				}
				uuid, err := parseUUID("uuid", args[0])
				if err != nil {
					return err
				}
				return x.tree.FS().SetUUID(uuid)
			}
		},
	}
}
