package main

import (
	"github.com/spf13/cobra"

	"lbimage/imagebuild/fsedit"
)

func fsPut() fsOp {
	return fsOp{
		name: "put", args: []string{"LOCAL", "PATH"}, edits: always,
		short: "Bring a local file or folder into IMAGE",
		long: `put copies the local file LOCAL, or standard input for '-', to PATH in IMAGE. A file
that exists gets the new contents and keeps its inode, mode and owner. A new one
belongs to root and has LOCAL's permission bits. Into a folder a file comes under
its own name.

With -r, LOCAL may be a folder: it comes to PATH with all that is in it, with modes,
times, symbolic and hard links, devices, holes and extended attributes. Where PATH is
a folder, it is filled; what is there and not in LOCAL stays. A PATH that ends in a
slash is the folder to put LOCAL into.`,
		example: `  lbimage fs put disk.img motd /etc/motd
  lbimage fs put disk.img tool /usr/local/bin/ --mode 0755
  lbimage fs put -r disk.img site /srv/www --owner 48:48
  date | lbimage fs put disk.img - /etc/built`,
		flags: func(cmd *cobra.Command) func(*fsCall, []string) error {
			var o fsedit.PutOptions
			var owner, mode string
			f := cmd.Flags()
			f.BoolVarP(&o.Recursive, "recursive", "r", false, "a folder with all that is in it")
			f.BoolVarP(&o.Archive, "archive", "a", false, "as -r --owner keep, and what exists takes owner, mode and times of LOCAL too")
			f.StringVar(&owner, "owner", "", "keep, for LOCAL's own, or `USER:GROUP` by the image's names or by number (default root for what is new)")
			f.StringVar(&mode, "mode", "", "`MODE` of the file: 0755, u+x")
			f.BoolVarP(&o.KeepTimes, "preserve-time", "p", false, "keep the time of a single file; -r keeps times anyway")
			f.BoolVar(&o.Parents, "parents", false, "make the folders that PATH lies in")
			f.BoolVar(&o.NoAttrs, "no-xattrs", false, "leave extended attributes behind")
			return func(x *fsCall, args []string) error {
				o := o
				o.Owner = fsedit.Owner{UID: -1, GID: -1}
				o.Recursive = o.Recursive || o.Archive
				o.KeepOwner = owner == "keep" || owner == "" && o.Archive
				o.Stdin = x.s.in
				var err error
				if owner != "" && owner != "keep" {
					if owner == "root" {
						owner = "0:0"
					}
					if o.Owner, err = x.tree.ParseOwner(owner); err != nil {
						return err
					}
				}
				if mode != "" {
					bits, err := fsedit.FileMode(mode, 0o644)
					if err != nil {
						return err
					}
					o.Mode = &bits
				}
				return x.tree.Put(x.ctx, args[0], args[1], o)
			}
		},
	}
}
