package main

import (
	"io"
	"os"

	"github.com/spf13/cobra"

	"lbimage/imagebuild/fsedit"
)

func fsTruncate() fsOp {
	return fsOp{
		name: "truncate", args: []string{"PATH..."}, edits: always,
		short: "Set the size of files",
		long:  "truncate cuts files off, or lets them grow by a hole that reads as zeros.",
		flags: func(cmd *cobra.Command) func(*fsCall, []string) error {
			var text string
			cmd.Flags().StringVarP(&text, "size", "s", "", "the new `SIZE` in bytes, or with K, M, G, T")
			return func(x *fsCall, args []string) error {
				size, err := fsNumber("size", text)
				if err != nil {
					return err
				}
				for _, p := range args {
					if err := x.tree.Truncate(p, size); err != nil {
						return err
					}
				}
				return nil
			}
		},
	}
}

// fsNumber reads the value of a flag that has to be given.
func fsNumber(flag, text string) (int64, error) {
	if text == "" {
		return 0, usagef("--%s is missing", flag)
	}
	return fsedit.ParseSize(text)
}

func fsPunch() fsOp {
	return fsOp{
		name: "punch", args: []string{"PATH"}, edits: always,
		short: "Make a hole in a file",
		long:  "punch gives the blocks of a part of a file back to the file system. The part reads\nas zeros; the size stays.",
		flags: func(cmd *cobra.Command) func(*fsCall, []string) error {
			var off, length string
			cmd.Flags().StringVar(&off, "offset", "", "where the hole begins, `BYTES`")
			cmd.Flags().StringVar(&length, "length", "", "how long it is, `BYTES`")
			return func(x *fsCall, args []string) error {
				from, err := fsNumber("offset", off)
				if err != nil {
					return err
				}
				n, err := fsNumber("length", length)
				if err != nil {
					return err
				}
				return x.tree.Punch(args[0], from, n)
			}
		},
	}
}

func fsWrite() fsOp {
	return fsOp{
		name: "write", args: []string{"LOCAL", "PATH"}, edits: always,
		short: "Write into a file at an offset",
		long: `write copies the local file LOCAL, or standard input for '-', into the existing file
PATH, from byte --offset on. What stands before and behind it stays; the file
grows as needed.`,
		example: `  printf '\125\252' | lbimage fs write disk.img - /boot/sector --offset 510`,
		flags: func(cmd *cobra.Command) func(*fsCall, []string) error {
			var text string
			cmd.Flags().StringVar(&text, "offset", "", "where it begins, `BYTES`")
			return func(x *fsCall, args []string) error {
				off, err := fsNumber("offset", text)
				if err != nil {
					return err
				}
				var in io.Reader = x.s.in
				if args[0] == "-" {
					if in == nil {
						return usagef("standard input holds the script: name a file")
					}
				} else {
					f, err := os.Open(args[0])
					if err != nil {
						return err
					}
					defer f.Close()
					in = f
				}
				return x.tree.Write(args[1], off, in, args[0])
			}
		},
	}
}
