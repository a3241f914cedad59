package main

import (
	"fmt"
	"slices"
	"time"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/verify"
)

// printVerified writes the report for people: the verdict first, then where, then why.
func printVerified(s stdio, r *verify.Report) {
	one := check.OneLine
	if r.Same {
		fmt.Fprintf(s.out, "same     %s is what %s makes\n", one(r.Output.Name), one(r.Recipe))
	} else {
		fmt.Fprintf(s.out, "differs  %s is not what %s makes\n", one(r.Output.Name), one(r.Recipe))
	}
	fmt.Fprintf(s.out, "profile  %s, from %s\n", one(r.Profile), r.ProfileFrom)
	fmt.Fprintf(s.out, "time     %s, from %s\n", r.Time.UTC().Format(time.RFC3339), r.TimeFrom)
	fmt.Fprintf(s.out, "source   %s  %s\n", r.Source.SHA256, one(r.Source.Name))
	fmt.Fprintf(s.out, "output   %s  %d bytes\n", r.Output.SHA256, r.Output.Size)
	if !r.Same && r.Record != nil && r.Record.Beside > 0 {
		n := r.Record.Beside
		fmt.Fprintf(s.out, "beside   %d file%s made with it, not compared here: 'lbimage verify --record %s' holds them against their digests\n", n, plural(n), one(r.Record.Name))
	}
	if r.Same {
		if r.Record != nil && r.Record.Version != r.Tool {
			fmt.Fprintf(s.out, "version  made by lbimage %s, made once more by %s\n", one(r.Record.Version), one(r.Tool))
		}
		printKeys(s, r)
		printVerifiedBeside(s, r)
		return
	}
	fmt.Fprintf(s.out, "rebuild  %s  %d bytes\n", r.Rebuild.SHA256, r.Rebuild.Size)
	printDifferences(s, r)
	printKeys(s, r)
	for _, c := range r.Causes {
		how := "likely"
		if c.Certain {
			how = "certain"
		}
		fmt.Fprintf(s.out, "\ncause    %s (%s)\n         %s\n", one(c.What), how, one(c.Evidence))
	}
}

func printDifferences(s stdio, r *verify.Report) {
	for i, d := range r.Differences {
		head := "        "
		if i == 0 {
			head = "first   "
		}
		fmt.Fprintf(s.out, "\n%s %s\n", head, check.OneLine(d.Where))
		fmt.Fprintf(s.out, "         %s in the output\n         %s in the rebuild\n", check.OneLine(d.Output), check.OneLine(d.Rebuild))
		fmt.Fprintf(s.out, "         at byte %d of %s, %d byte%s\n", d.Offset, layerText(d.Layer), d.Bytes, plural(int(d.Bytes)))
	}
	if r.Unreadable != "" {
		fmt.Fprintf(s.out, "\nend      the output cannot be unpacked further: %s\n", check.OneLine(r.Unreadable))
	}
	c := r.Counts
	least := ""
	if c.AtLeast {
		least = "at least "
	}
	fmt.Fprintf(s.out, "\nin all   %s%d place%s, %d byte%s", least, c.Places, plural(c.Places), c.Bytes, plural(int(c.Bytes)))
	if c.Blocks > 0 {
		fmt.Fprintf(s.out, "; of the disk %d block%s and %s%d inode%s", c.Blocks, plural(int(c.Blocks)), least, c.Inodes, plural(c.Inodes))
	}
	if more := c.Places - len(r.Differences); more > 0 {
		fmt.Fprintf(s.out, "; %d are not listed", more)
	}
	fmt.Fprintln(s.out)
}

func layerText(layer string) string {
	switch layer {
	case verify.LayerGzip:
		return "the file"
	case verify.LayerTar:
		return "the unpacked tarball"
	case verify.LayerDisk:
		return "the disk"
	}
	return "the member"
}

func printKeys(s stdio, r *verify.Report) {
	keys := slices.DeleteFunc(slices.Clone(r.Keys), func(k verify.KeyDifference) bool {
		return r.Same && k.Key == "tool.version" // it has a line of its own
	})
	for i, k := range keys {
		head := "        "
		if i == 0 {
			head = "\nrecord  "
		}
		fmt.Fprintf(s.out, "%s %s: %s, now %s\n", head, check.OneLine(k.Key), check.OneLine(k.Record), check.OneLine(k.Rebuild))
	}
	if r.MoreKeys > 0 {
		fmt.Fprintf(s.out, "         and %d more\n", r.MoreKeys)
	}
}

// printVerifiedBeside prints what came of the files beside an output.
func printVerifiedBeside(s stdio, r *verify.Report) {
	for i, b := range r.Beside {
		if i == 0 {
			fmt.Fprintln(s.out)
		}
		fmt.Fprintf(s.out, "%-8s %-14s %s\n", b.Verdict, b.Role, check.OneLine(b.Path))
		if b.Note != "" {
			fmt.Fprintf(s.out, "         %s\n", check.OneLine(b.Note))
		}
	}
}
