package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lbimage/imagebuild/fsedit"
)

func fsXattr() fsOp {
	return fsOp{
		name: "xattr", args: []string{"list|get|set|remove", "[PATH]", "[NAME]", "[VALUE]"},
		edits: func(args []string) bool {
			verb, _ := fsXattrVerb(args)
			return verb == "set" || verb == "remove"
		},
		short: "List, read, set or remove extended attributes",
		long: `xattr works on the extended attributes of a file, of a symbolic link those of the link:

  xattr IMAGE list|get|set|remove PATH [NAME [VALUE]]

A path from the root in the place of the verb lists, gets or sets, by the number of
arguments. NAME is whole, as in user.comment, security.selinux. VALUE is a text, 0x and hexadecimal
digits, or @ and the name of a local file that holds it. get prints a value that is
no text as 0x and digits; with --raw it prints the bytes as they are.`,
		example: `  lbimage fs xattr disk.img set /usr/bin/ping security.capability 0x0100000200200000000000000000000000000000
  lbimage fs xattr disk.img list /usr/bin/ping`,
		flags: func(cmd *cobra.Command) func(*fsCall, []string) error {
			var raw bool
			var f format
			cmd.Flags().BoolVar(&raw, "raw", false, "print the bytes of a value as they are")
			f.addFlag(cmd)
			return func(x *fsCall, args []string) error { return runFsXattr(x, args, raw, f) }
		},
	}
}

// fsXattrJSON is an attribute; its value is given as text where it is one.
type fsXattrJSON struct {
	Name  string `json:"name"`
	Size  int    `json:"size"`
	Value string `json:"value"` // text, or 0x and hexadecimal digits
}

// fsXattrVerb takes the verb off the arguments, or tells it by their number.
func fsXattrVerb(args []string) (string, []string) {
	if strings.HasPrefix(args[0], "/") && len(args) <= 3 {
		return []string{"list", "get", "set"}[len(args)-1], args
	}
	return args[0], args[1:]
}

func runFsXattr(x *fsCall, args []string, raw bool, o format) error {
	verb, args := fsXattrVerb(args)
	want, ok := map[string]int{"list": 1, "get": 2, "set": 3, "remove": 2}[verb]
	if !ok {
		return usagef("%q: choose list, get, set or remove", verb)
	}
	if len(args) < want {
		return usagef("%s is missing", []string{"PATH", "NAME", "VALUE"}[len(args)])
	}
	if len(args) > want {
		return usagef("%q is one argument too many", args[want])
	}
	p := args[0]
	switch verb {
	case "set":
		value, err := fsedit.ParseValue(args[2])
		if err != nil {
			return err
		}
		return x.tree.SetXattr(p, args[1], value)
	case "remove":
		return x.tree.RemoveXattr(p, args[1])
	case "get":
		value, err := x.tree.Xattr(p, args[1])
		switch {
		case err != nil:
		case o == formatJSON:
			err = writeJSON(x.s.out, fsXattrJSON{args[1], len(value), fsedit.ValueText(value)})
		case raw:
			_, err = x.s.out.Write(value)
		default:
			_, err = fmt.Fprintln(x.s.out, fsedit.ValueText(value))
		}
		return err
	}
	names, err := x.tree.Xattrs(p)
	if err != nil {
		return err
	}
	list := []fsXattrJSON{}
	for _, name := range names {
		value, err := x.tree.Xattr(p, name)
		if err != nil {
			return err
		}
		list = append(list, fsXattrJSON{name, len(value), fsedit.ValueText(value)})
	}
	if o == formatJSON {
		return writeJSON(x.s.out, struct {
			Xattrs []fsXattrJSON `json:"xattrs"`
		}{list})
	}
	for _, a := range list {
		if _, err := fmt.Fprintf(x.s.out, "%s=%s\n", fsedit.Printable(a.Name), a.Value); err != nil {
			return err
		}
	}
	return nil
}
