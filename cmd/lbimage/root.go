package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"lbimage/haproxy-config/nearest"
	"lbimage/imagebuild/source"
)

// stdio are the streams of one run.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// run is one call of the program: arguments in, exit code out.
func run(ctx context.Context, args []string, s stdio) int {
	out := &remembering{w: s.out}
	s.out = out
	root := newRoot(s)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if out.err != nil && (err == nil || errors.Is(err, errFindings) || errors.Is(err, errDiffer) || errors.Is(err, errNotSame)) { // what was told has not arrived
		err = out.err
	}
	return report(ctx, s, cmd.CommandPath(), err)
}

// remembering is a writer that keeps its first error: not every line that is printed is looked after by itself.
type remembering struct {
	w   io.Writer
	err error
}

func (r *remembering) Write(p []byte) (int, error) {
	n, err := r.w.Write(p)
	if err != nil && r.err == nil {
		r.err = err
	}
	return n, err
}

func newRoot(s stdio) *cobra.Command {
	root := &cobra.Command{
		Use:   "lbimage",
		Short: "Customize Eucalyptus load balancer images, without root and without mounts",
		Long: `lbimage changes files inside a load balancer image and packs it again: from an
RPM, an image tarball (.tgz) or a raw disk image to a tarball that
euca-install-load-balancer installs. It needs no root, no loop device, no
mount and no helper program, and gives the same bytes each time.

` + exitHelp,
		Args:              oneOfItsCommands,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.AddCommand(
		newCustomize(s),
		newBuild(s),
		newRecipe(s),
		newInspect(s),
		newCheck(s),
		newDiff(s),
		newVerify(s),
		newSBOM(s),
		newLs(s),
		newCat(s),
		newGet(s),
		newFs(s),
		newHAProxy(s),
		newKickstart(s),
		newSample(s),
		newVersion(s),
	)
	wrapArgs(root)
	return root
}

// wrapArgs makes wrong arguments wrong usage, for every command.
func wrapArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return &usageError{err}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		wrapArgs(sub)
	}
}

// sourceOptions are the flags of every command that opens a source.
type sourceOptions struct {
	partition int
	tempDir   string
}

func (o *sourceOptions) addFlags(cmd *cobra.Command) {
	cmd.Flags().IntVar(&o.partition, "partition", 0, "the number `N` of the partition with the root file system, where two could be meant")
	cmd.Flags().StringVar(&o.tempDir, "temp-dir", "", "the folder `DIR` for the unpacked disk (default $TMPDIR, else /var/tmp)")
}

// open is the way from flags to the options of the pipeline.
func (o *sourceOptions) open(p *progress) (source.Options, error) {
	if o.partition < 0 {
		return source.Options{}, usagef("--partition %d: partitions are numbered from 1", o.partition)
	}
	return source.Options{TempDir: tempDir(o.tempDir), Partition: o.partition, Progress: p.update}, nil
}

// tempDir prefers a folder that lies on a disk: the unpacked image has
// gigabytes, and /tmp is often memory.
func tempDir(flag string) string {
	if flag != "" {
		return flag
	}
	if dir := os.Getenv("TMPDIR"); dir != "" {
		return dir
	}
	const onDisk = "/var/tmp"
	if st, err := os.Stat(onDisk); err == nil && st.IsDir() && st.Mode().Perm()&0o222 != 0 {
		return onDisk
	}
	return os.TempDir()
}

// exactArgs is cobra.ExactArgs with the names of what is missing.
func exactArgs(names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < len(names) {
			return fmt.Errorf("%s is missing", names[len(args)])
		}
		if len(args) > len(names) {
			return fmt.Errorf("%q is one argument too many", args[len(names)])
		}
		return nil
	}
}

// atMostOne is for commands of which the one argument may be missing.
func atMostOne(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("%q is one argument too many", args[1])
	}
	return nil
}

// oneOf refuses flags that exclude each other.
func oneOf(cmd *cobra.Command, names ...string) error {
	given := ""
	for _, name := range names {
		switch {
		case !cmd.Flags().Changed(name):
		case given != "":
			return usagef("--%s and --%s exclude each other: give one of them", given, name)
		default:
			given = name
		}
	}
	return nil
}

// oneOfItsCommands is for commands that do nothing themselves.
func oneOfItsCommands(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range cmd.Commands() {
		names = append(names, sub.Name())
	}
	return fmt.Errorf("unknown command %q for %q%s", args[0], cmd.CommandPath(), nearest.Suggestion(args[0], names))
}
