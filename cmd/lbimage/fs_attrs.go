package main

import (
	"time"

	"github.com/spf13/cobra"

	"lbimage/imagebuild/fsedit"
)

func fsChmod() fsOp {
	return fsOp{
		name: "chmod", args: []string{"MODE", "PATH..."}, edits: always,
		short: "Change modes",
		long: `chmod sets the mode of files: octal, or steps as in u+rwX,go-w. There is no umask.
With -R symbolic links below are left alone. A MODE that begins with a minus comes
behind --.`,
		flags: func(cmd *cobra.Command) func(*fsCall, []string) error {
			var recursive bool
			cmd.Flags().BoolVarP(&recursive, "recursive", "R", false, "folders with all that is in them")
			return func(x *fsCall, args []string) error {
				m, err := fsedit.ParseMode(args[0])
				if err != nil {
					return err
				}
				for _, p := range args[1:] {
					if err := x.tree.Chmod(p, m, recursive); err != nil {
						return err
					}
				}
				return nil
			}
		},
	}
}

func fsChown() fsOp {
	return fsOp{
		name: "chown", args: []string{"OWNER", "PATH..."}, edits: always,
		short: "Change owners",
		long: `chown sets user and group of files: USER, USER:GROUP, :GROUP, or USER: for the user's
own group. They are numbers, or names that the image's own /etc/passwd and /etc/group
know. As when a kernel does it, files lose setuid, setgid and capabilities. With -R
symbolic links are changed themselves.`,
		flags: func(cmd *cobra.Command) func(*fsCall, []string) error {
			var recursive, link bool
			cmd.Flags().Bool("help", false, "help for chown") // -h has another meaning here
			cmd.Flags().BoolVarP(&recursive, "recursive", "R", false, "folders with all that is in them")
			cmd.Flags().BoolVarP(&link, "no-dereference", "h", false, "a symbolic link itself, not where it leads")
			return func(x *fsCall, args []string) error {
				o, err := x.tree.ParseOwner(args[0])
				if err != nil {
					return err
				}
				for _, p := range args[1:] {
					if err := x.tree.Chown(p, o, recursive, link); err != nil {
						return err
					}
				}
				return nil
			}
		},
	}
}

func fsTouch() fsOp {
	return fsOp{
		name: "touch", args: []string{"PATH..."}, edits: always,
		short: "Set the times of files, or make empty ones",
		flags: func(cmd *cobra.Command) func(*fsCall, []string) error {
			var existing, link bool
			var text string
			cmd.Flags().Bool("help", false, "help for touch") // -h has another meaning here
			cmd.Flags().StringVar(&text, "time", "", "the `TIME` to set: 2026-01-31T12:00:00Z or @SECONDS (default that of the edit)")
			cmd.Flags().BoolVarP(&existing, "no-create", "c", false, "make no files")
			cmd.Flags().BoolVarP(&link, "no-dereference", "h", false, "a symbolic link itself, not where it leads")
			return func(x *fsCall, args []string) error {
				var at time.Time
				if text != "" {
					var err error
					if at, err = fsedit.ParseTime(text); err != nil {
						return err
					}
				}
				for _, p := range args {
					if err := x.tree.Touch(p, at, existing, link); err != nil {
						return err
					}
				}
				return nil
			}
		},
	}
}
