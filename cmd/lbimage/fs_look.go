package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/fsedit"
)

func fsCat() fsOp {
	return fsOp{
		name: "cat", args: []string{"PATH..."},
		short: "Print files of IMAGE",
		long:  "cat writes the contents of files to standard output. Symbolic links are followed.",
		flags: func(*cobra.Command) func(*fsCall, []string) error {
			return func(x *fsCall, args []string) error {
				for _, p := range args {
					if err := x.tree.Cat(p, x.s.out); err != nil {
						return err
					}
				}
				return nil
			}
		},
	}
}

func fsLs() fsOp {
	return fsOp{
		name: "ls", args: []string{"[PATH]"},
		short: "List a folder of IMAGE",
		long: `ls lists the names in a folder, by default the root. With -l it shows inode, mode,
links, owner, size, time and name, with -R the paths in the folders below too. Names
with characters that a terminal does not show are quoted; json has them as they are.`,
		flags: func(cmd *cobra.Command) func(*fsCall, []string) error {
			var o fsLsOptions
			cmd.Flags().BoolVarP(&o.long, "long", "l", false, "a line of details for each")
			cmd.Flags().BoolVarP(&o.recursive, "recursive", "R", false, "the folders below too")
			cmd.Flags().BoolVarP(&o.all, "all", "a", false, "the folder itself and its parent too")
			o.format.addFlag(cmd)
			return func(x *fsCall, args []string) error {
				p := "/"
				if len(args) > 0 {
					p = args[0]
				}
				return runFsLs(x, p, o)
			}
		},
	}
}

type fsLsOptions struct {
	long, recursive, all bool
	format               format
}

func runFsLs(x *fsCall, p string, o fsLsOptions) error {
	out := bufio.NewWriter(x.s.out)
	var show func(f fsedit.File, name string) error
	finish := out.Flush
	switch {
	case o.format == formatJSON:
		n := 0
		fmt.Fprint(out, "{\n  \"files\": [")
		show = func(f fsedit.File, _ string) error {
			b, err := json.MarshalIndent(f, "    ", "  ")
			if n > 0 {
				fmt.Fprint(out, ",")
			}
			n++
			fmt.Fprintf(out, "\n    %s", b)
			return err
		}
		finish = func() error {
			if n > 0 {
				fmt.Fprint(out, "\n  ")
			}
			fmt.Fprintln(out, "]\n}")
			return out.Flush()
		}
	case o.long:
		t := tabwriter.NewWriter(out, 0, 0, 1, ' ', tabwriter.AlignRight)
		show = func(f fsedit.File, name string) error {
			_, err := fmt.Fprintf(t, "%d\t %s\t%d\t%d\t%d\t%s\t %s\t %s\n", f.Inode, f.ModeString(), f.Links, f.UID, f.GID, fsSize(f),
				f.Mtime.Format("2006-01-02 15:04:05"), fsName(f, name))
			return err
		}
		finish = func() error {
			if err := t.Flush(); err != nil {
				return err
			}
			return out.Flush()
		}
	default:
		show = func(_ fsedit.File, name string) error {
			_, err := fmt.Fprintln(out, fsedit.Printable(name))
			return err
		}
	}
	if err := listFs(x, p, o, show); err != nil {
		_ = out.Flush() // what was listed up to there is true
		return err
	}
	return finish()
}

// listFs calls show for every file with the name that ls gives it.
func listFs(x *fsCall, p string, o fsLsOptions, show func(fsedit.File, string) error) error {
	top, err := x.tree.Stat(p, false)
	isDir := err == nil && top.Type == "dir"
	if o.all && isDir {
		parent, err := x.tree.Stat(p+"/..", false)
		if err != nil {
			return err
		}
		if err := show(top, "."); err != nil {
			return err
		}
		if err := show(parent, ".."); err != nil {
			return err
		}
	}
	return x.tree.List(p, o.recursive, func(f fsedit.File) error {
		name := f.Path
		if isDir && !o.recursive {
			name = f.Base()
		}
		return show(f, name)
	})
}

func fsSize(f fsedit.File) string {
	if f.Device != "" {
		return f.Device
	}
	return fmt.Sprint(f.Size)
}

func fsName(f fsedit.File, name string) string {
	if f.Type == "symlink" {
		return fsedit.Printable(name) + " -> " + fsedit.Printable(f.Target)
	}
	return fsedit.Printable(name)
}

func fsStat() fsOp {
	return fsOp{
		name: "stat", args: []string{"PATH..."},
		short: "Show all that an inode says",
		long: `stat shows the fields of a file's inode, the names of its extended attributes and,
with --map, where its blocks lie. A symbolic link shows itself, unless -L follows it.`,
		flags: func(cmd *cobra.Command) func(*fsCall, []string) error {
			var follow, blocks bool
			var f format
			cmd.Flags().BoolVarP(&follow, "dereference", "L", false, "follow a symbolic link")
			cmd.Flags().BoolVar(&blocks, "map", false, "where the blocks lie: extents, or runs of a block map")
			f.addFlag(cmd)
			return func(x *fsCall, args []string) error {
				for _, p := range args {
					if err := runFsStat(x, p, follow, blocks, f); err != nil {
						return err
					}
				}
				return nil
			}
		},
	}
}

// fsStatJSON is a file with the map of its blocks.
type fsStatJSON struct {
	fsedit.File
	Map []fsRun `json:"map,omitempty"`
}

// MarshalJSON puts the map beside the fields of the file, whose method it hides.
func (f fsStatJSON) MarshalJSON() ([]byte, error) {
	b, err := json.Marshal(f.File)
	if err != nil || f.Map == nil {
		return b, err
	}
	m, err := json.Marshal(f.Map)
	return append(append(append(b[:len(b)-1], `,"map":`...), m...), '}'), err
}

type fsRun struct {
	Logical   uint64 `json:"logical"`
	Physical  uint64 `json:"physical"`
	Blocks    uint64 `json:"blocks"`
	Unwritten bool   `json:"unwritten,omitempty"`
}

func runFsStat(x *fsCall, p string, follow, blocks bool, o format) error {
	f, err := x.tree.Stat(p, !follow)
	if err != nil {
		return err
	}
	out := fsStatJSON{File: f}
	if blocks {
		out.Map = []fsRun{}
		err = x.tree.Extents(f, func(e ext.Extent) error {
			out.Map = append(out.Map, fsRun(e))
			return nil
		})
		if err != nil {
			return err
		}
	}
	if o == formatJSON {
		return writeJSON(x.s.out, out)
	}
	w := bufio.NewWriter(x.s.out)
	writeFsStat(w, f)
	for _, r := range out.Map {
		note := ""
		if r.Unwritten {
			note = " unwritten"
		}
		fmt.Fprintf(w, "map         %d-%d at %d-%d%s\n", r.Logical, r.Logical+r.Blocks-1, r.Physical, r.Physical+r.Blocks-1, note)
	}
	return w.Flush()
}

func writeFsStat(w io.Writer, f fsedit.File) {
	line := func(name string, format string, a ...any) {
		fmt.Fprintf(w, "%-11s %s\n", name, fmt.Sprintf(format, a...))
	}
	line("path", "%s", fsedit.Printable(f.Path))
	line("inode", "%d", f.Inode)
	line("type", "%s", f.Type)
	line("mode", "%s (%s)", f.Mode, f.ModeString())
	line("owner", "%d:%d", f.UID, f.GID)
	line("links", "%d", f.Links)
	line("size", "%d", f.Size)
	line("sectors", "%d", f.Sectors)
	if f.Device != "" {
		line("device", "%s", f.Device)
	}
	if f.Type == "symlink" {
		line("target", "%s", fsedit.Printable(f.Target))
	}
	for _, t := range []struct {
		name string
		at   time.Time
	}{{"atime", f.Atime}, {"mtime", f.Mtime}, {"ctime", f.Ctime}, {"crtime", f.Crtime}} {
		if !t.at.IsZero() {
			line(t.name, "%s", t.at.Format("2006-01-02 15:04:05.000000000 -0700"))
		}
	}
	line("flags", "%s (0x%08x)", ext.FlagString(f.Flags), f.Flags)
	line("generation", "%d", f.Generation)
	if f.Project != 0 {
		line("project", "%d", f.Project)
	}
	for _, name := range f.Xattrs {
		line("xattr", "%s", fsedit.Printable(name))
	}
}
