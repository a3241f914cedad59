package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"lbimage/imagebuild/fsedit"
)

func newFsScript(s stdio) *cobra.Command {
	var o fsImage
	cmd := &cobra.Command{
		Use:   "script IMAGE FILE",
		Short: "Run many operations as one: all of them or none",
		Long: `script runs the operations in FILE, or in standard input for '-', on IMAGE. A line
is a command of 'lbimage fs' with its flags, without 'lbimage fs' and without
IMAGE. Words are split as a shell does, with quotes and backslashes; # begins a
comment; there are no variables and no patterns. Local files are found from
the folder where lbimage runs.

All lines work on the same layer. IMAGE is checked and written once, at the end;
where one line fails, nothing is written, and the error names FILE and the line.`,
		Example: `  lbimage fs script disk.img - <<'EOF'
  # a new banner, and what goes with it
  put banner.txt /etc/issue
  chmod 0644 /etc/issue
  ln -sf issue /etc/issue.net
  rm -rf /var/cache/yum
  EOF`,
		Args: exactArgs("IMAGE", "FILE (or - for standard input)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runFsScript(cmd.Context(), s, args[0], args[1], o)
		},
	}
	o.addFlags(cmd, true)
	return cmd
}

func runFsScript(ctx context.Context, s stdio, image, file string, o fsImage) error {
	var in io.Reader = s.in
	name := "standard input"
	if file != "-" {
		name = file
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	lines, err := fsedit.ParseScript(name, in)
	if err != nil {
		return err
	}
	if file == "-" {
		s.in = nil // it is read to its end
	}
	steps, edits, err := fsSteps(name, lines)
	if err != nil {
		return err
	}
	return o.run(ctx, s, image, edits, func(t *fsedit.Tree) error {
		for _, step := range steps {
			if err := step(&fsCall{ctx, t, s}); err != nil {
				return err
			}
		}
		return nil
	})
}

// fsSteps makes the lines of a script calls. What is wrong with any of them is
// found before the first is run.
func fsSteps(file string, lines []fsedit.Line) (steps []func(*fsCall) error, edits bool, err error) {
	ops := map[string]fsOp{}
	for _, op := range fsOps() {
		ops[op.name] = op
	}
	for _, line := range lines {
		at := func(err error) error {
			if err == nil {
				return nil
			}
			return &fsedit.ScriptError{File: file, Line: line.Number, Err: fmt.Errorf("%s: %w", fsedit.Printable(line.Words[0]), err)}
		}
		op, ok := ops[line.Words[0]]
		if !ok {
			return nil, false, &usageError{at(errors.New("there is no such operation; 'lbimage fs --help' lists them"))}
		}
		cmd := &cobra.Command{Use: op.name, SilenceErrors: true, SilenceUsage: true}
		run := op.flags(cmd)
		if err := cmd.ParseFlags(line.Words[1:]); err != nil {
			return nil, false, &usageError{at(err)}
		}
		args := cmd.Flags().Args()
		if err := op.checkArgs(args); err != nil {
			return nil, false, &usageError{at(err)}
		}
		edits = edits || op.edits != nil && op.edits(args)
		steps = append(steps, func(x *fsCall) error { return at(run(x, args)) })
	}
	return steps, edits, nil
}
