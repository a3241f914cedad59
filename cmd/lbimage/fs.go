package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lbimage/imagebuild"
	"lbimage/imagebuild/fsedit"
)

// fsOp is one operation on the file system of an image: a command of
// 'lbimage fs', where IMAGE comes first, and a line of a script, without it.
type fsOp struct {
	name string
	args []string // names of the arguments behind IMAGE, "[NAME]" for what may lack, "NAME..." for several

	short, long, example string

	// edits tells whether the call with these arguments changes anything.
	edits func(args []string) bool
	// flags defines the operation's flags and gives what runs it.
	flags func(cmd *cobra.Command) func(x *fsCall, args []string) error
}

// fsCall is what an operation works on.
type fsCall struct {
	ctx  context.Context
	tree *fsedit.Tree
	s    stdio
}

func always([]string) bool { return true }

// fsOps are all operations, in the order of the help text.
func fsOps() []fsOp {
	return []fsOp{
		fsPut(), fsGet(), fsCat(), fsLs(), fsStat(),
		fsMkdir(), fsRm(), fsRmdir(), fsLn(), fsMv(), fsMknod(),
		fsChmod(), fsChown(), fsTouch(), fsXattr(),
		fsTruncate(), fsWrite(), fsPunch(),
		fsLsattr(), fsChattr(), fsProject(), fsLabel(), fsUUID(), fsRecover(),
	}
}

func newFs(s stdio) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fs",
		Short: "Edit, check or make the file system of a disk image",
		Long: `fs reads and edits an ext2, ext3 or ext4 file system inside IMAGE, without root,
without a mount. IMAGE is a raw disk image with a partition table, or a bare file
system; of a disk, the only partition with such a file system is taken, else the
one with a root's folders, or the one of --partition.

An edit is all or nothing. It is made on a copy-on-write layer and the whole file
system is checked; then a new file takes IMAGE's name in one step. With --in-place
only the changed blocks are written, into the file that is there. Where an edit is
refused, IMAGE stays byte for byte as it was. Several edits at once: see 'fs script'.

Paths in IMAGE begin at its root. Symbolic links are followed inside it alone.

` + exitHelp,
		Example: `  lbimage fs put disk.img sysctl.conf /etc/sysctl.conf
  lbimage fs ls -l disk.img /etc
  lbimage fs check disk.img
  lbimage fs format root.img --type ext4 --size 1536M --from rootfs.tar.gz`,
		Args: oneOfItsCommands,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, op := range fsOps() {
		cmd.AddCommand(newFsOp(s, op))
	}
	cmd.AddCommand(newFsScript(s), newFsCheck(s), newFsInfo(s), newFsFormat(s))
	for _, sub := range cmd.Commands() {
		named(sub)
	}
	return cmd
}

// named puts the command before the errors of its run: 'fs put: disk.img: …'.
func named(cmd *cobra.Command) {
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		err := run(cmd, args)
		if err == nil || errors.Is(err, errFindings) {
			return err
		}
		return fmt.Errorf("fs %s: %w", cmd.Name(), err)
	}
}

// newFsOp makes a command of one operation.
func newFsOp(s stdio, op fsOp) *cobra.Command {
	var o fsImage
	cmd := &cobra.Command{
		Use:     strings.Join(append([]string{op.name, "IMAGE"}, op.args...), " "),
		Short:   op.short,
		Long:    op.long,
		Example: op.example,
	}
	run := op.flags(cmd)
	o.addFlags(cmd, op.edits != nil)
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return errors.New("IMAGE is missing")
		}
		return op.checkArgs(args[1:])
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		edits := op.edits != nil && op.edits(args[1:])
		return o.run(cmd.Context(), s, args[0], edits, func(t *fsedit.Tree) error {
			return run(&fsCall{cmd.Context(), t, s}, args[1:])
		})
	}
	return cmd
}

// checkArgs counts the arguments behind IMAGE.
func (op *fsOp) checkArgs(args []string) error {
	for i, name := range op.args {
		if i >= len(args) && !strings.HasPrefix(name, "[") {
			return fmt.Errorf("%s is missing", strings.TrimSuffix(name, "..."))
		}
		if strings.HasSuffix(strings.TrimSuffix(name, "]"), "...") {
			return nil
		}
	}
	if len(args) > len(op.args) {
		return fmt.Errorf("%q is one argument too many", args[len(op.args)])
	}
	return nil
}

// fsImage are the flags of how IMAGE is opened.
type fsImage struct {
	partition int
	inPlace   bool
	time      string
	tempDir   string
}

func (o *fsImage) addFlags(cmd *cobra.Command, edits bool) {
	f := cmd.Flags()
	f.IntVar(&o.partition, "partition", 0, "the number `N` of the partition to take, where several could be meant")
	f.StringVar(&o.tempDir, "temp-dir", "", "the folder `DIR` for changes too large for memory (default $TMPDIR, else /var/tmp)")
	if !edits {
		return
	}
	f.BoolVar(&o.inPlace, "in-place", false, "write the changed blocks into IMAGE; else a new file takes its name")
	if f.Lookup("time") == nil {
		f.StringVar(&o.time, "time", "", "the `TIME` of all changes (default SOURCE_DATE_EPOCH, else that of the file system's last change)")
	}
}

func (o *fsImage) options() (fsedit.Options, error) {
	out := fsedit.Options{Partition: o.partition, InPlace: o.inPlace, TempDir: tempDir(o.tempDir)}
	if o.partition < 0 {
		return out, usagef("--partition %d: partitions are numbered from 1", o.partition)
	}
	var err error
	out.Time, err = fsTime(o.time)
	return out, err
}

// fsTime is the time of a flag, else that of the environment.
func fsTime(flag string) (time.Time, error) {
	if flag != "" {
		return fsedit.ParseTime(flag)
	}
	t, err := imagebuild.ParseEpoch(os.Getenv("SOURCE_DATE_EPOCH"))
	if err != nil {
		return t, &usageError{err}
	}
	return t, nil
}

// run opens IMAGE for do. That a journal was brought in is told.
func (o *fsImage) run(ctx context.Context, s stdio, image string, edits bool, do func(*fsedit.Tree) error) error {
	opts, err := o.options()
	if err != nil {
		return err
	}
	if !edits {
		return fsedit.View(image, opts, do)
	}
	res, err := fsedit.Edit(ctx, image, opts, do)
	if err == nil && res.Recovered != nil {
		fmt.Fprintf(s.err, "lbimage: %s: %s\n", image, res.Recovered)
	}
	return err
}
