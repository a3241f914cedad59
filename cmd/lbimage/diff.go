package main

import (
	"bufio"
	"context"

	"github.com/spf13/cobra"

	"lbimage/imagebuild/compare"
	"lbimage/imagebuild/treediff"
)

type diffOptions struct {
	source   sourceOptions
	format   format
	ignore   []string
	brief    bool
	stat     bool
	nameOnly bool
	times    string
	newFile  bool
	files    bool
	exitCode bool
	html     string
	force    bool
}

func newDiff(s stdio) *cobra.Command {
	var o diffOptions
	cmd := &cobra.Command{
		Use:   "diff A B [PATH]",
		Short: "Show what differs between two images",
		Long: `diff compares two images, each an RPM, an image tarball or a raw disk: what lies
around the file system (tarball, partition table, boot code, other partitions,
label and features); the packages; every path of the root file system, or of
PATH in it: type, content, mode, owner, link target, hard links, device numbers,
extended attributes (SELinux labels, capabilities, ACLs) and chattr flags; then
the bytes of the disks, by the structures they lie in. Content is compared byte
by byte. Times are counted, and shown with --times.

Each path that differs has a line that begins with
  -  it is in A only            +  it is in B only
  M  it differs                 T  its type differs
Below it stand the respects in which it differs, and the lines of a text as a
unified diff. What is compressed (gzip, bzip2, xz, lzma, zstd) is compared
unpacked, archives (tar, cpio as in an initramfs, zip, deb, RPM) member by
member: /boot/initrd.img!/etc/fstab. Programs are compared by build id, sections
and libraries, Python's byte code by its header and code. Packages that differ
have U for upgraded, D for downgraded and R for rebuilt.

A pattern of --ignore leaves out paths and all below them: * ? and [a-z] match in
a name, ** any number of folders; a pattern without a slash is held against the
name alone.

Exit status: 0 done; 1 failed; 2 wrong usage; with --exit-code also 3, the
images differ: not in times alone, nor only in where files lie on the disk.`,
		Example: `  lbimage diff base.rpm production.tgz
  lbimage diff production.tgz development.tgz --stat --ignore '/var/log/**'
  lbimage diff base.rpm production.tgz /etc --format json
  lbimage diff base.rpm production.tgz --html changes.html`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 3 {
				args = args[:2]
			}
			return exactArgs("A (an RPM, a .tgz or a raw disk image)", "B (an RPM, a .tgz or a raw disk image)")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, names := range [][]string{{"brief", "stat", "name-only"}, {"brief", "html"}, {"name-only", "html"}} {
				if err := oneOf(cmd, names...); err != nil {
					return err
				}
			}
			path := ""
			if len(args) > 2 {
				if path = args[2]; path == "" {
					return usagef("PATH is empty: give one in the image")
				}
			}
			return runDiff(cmd.Context(), s, args[0], args[1], path, o)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.ignore, "ignore", nil, "leave out paths that match `PATTERN`; may be repeated")
	f.BoolVarP(&o.brief, "brief", "q", false, "only which paths differ")
	f.BoolVar(&o.stat, "stat", false, "only how much of each path differs, in one line")
	f.BoolVar(&o.nameOnly, "name-only", false, "only the paths that differ")
	f.StringVar(&o.times, "times", "", "times of modification, too; all: those of access, change and creation as well")
	f.Lookup("times").NoOptDefVal = "mtime"
	f.BoolVarP(&o.newFile, "new-file", "N", false, "the lines of text files that are in one image only, too")
	f.BoolVar(&o.files, "files-only", false, "nothing of what lies around the files")
	f.BoolVar(&o.exitCode, "exit-code", false, "exit with 3 if the images differ")
	f.StringVar(&o.html, "html", "", "write a page to look at, `FILE`; - is standard output")
	f.BoolVar(&o.force, "force", false, "replace a page that exists")
	o.source.addFlags(cmd)
	o.format.addFlag(cmd)
	return cmd
}

func runDiff(ctx context.Context, s stdio, a, b, path string, o diffOptions) error {
	bar := newProgress(s.err)
	open, err := o.source.open(bar)
	if err != nil {
		return err
	}
	if err := treediff.CheckIgnore(o.ignore); err != nil {
		return usagef("--ignore: %w", err)
	}
	if o.times != "" && o.times != "mtime" && o.times != "all" {
		return usagef("--times=%s: write --times, or --times=all", o.times)
	}
	if o.html == "-" && o.format == formatJSON {
		return usagef("--html - and --format json would both go to standard output: give the page a file")
	}
	out := bufio.NewWriter(s.out)
	var report diffReport
	if o.format == formatJSON {
		report = &diffJSON{w: out}
	} else if o.html == "" {
		report = &diffText{w: out, o: o, opened: bar.close}
	}
	if o.html != "" {
		page, err := newDiffHTML(out, o.html, o.force, open.TempDir, report)
		if err != nil {
			return err
		}
		defer page.close()
		o.newFile = o.newFile || report == nil
		report, open.Digest = page, true
	}
	options := compare.Options{
		Files: treediff.Options{Path: path, Ignore: o.ignore, Times: o.times != "", AllTimes: o.times == "all", Brief: o.brief || o.nameOnly && o.format != formatJSON, NoDiff: o.stat, Whole: o.newFile || o.stat},
		Open:  open, FilesOnly: o.files, NoDisk: o.brief || o.stat || o.nameOnly,
	}
	sum, err := compare.Images(ctx, a, b, options, report)
	bar.close()
	if err == nil {
		err = report.end(sum)
	}
	if flushErr := out.Flush(); err == nil {
		err = flushErr
	}
	if err == nil && o.exitCode && sum.Differ() {
		err = errDiffer
	}
	return err
}
