package main

import (
	"context"
	"fmt"

	"github.com/aymanbagabas/go-udiff"
	"github.com/spf13/cobra"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
)

type haproxyFmtOptions struct {
	text    textOptions
	haproxy versionFlag
	write   bool
	diff    bool
	check   bool
}

func newHAProxyFmt(s stdio) *cobra.Command {
	var o haproxyFmtOptions
	cmd := &cobra.Command{
		Use:   "fmt FILE|SOURCE",
		Short: "Print a configuration in its usual form",
		Long: `fmt prints a configuration with its sections at the margin, its directives
indented, one blank line between sections, and lines ended by a newline. Words,
comments and their order stay, and so does how values are aligned: HAProxy reads
the same. What the servo would stumble over goes: tabs in headers, carriage
returns, a byte order mark.

With --check nothing is printed but a diff, and the exit status is 3 where there
is one.`,
		Args: exactArgs("FILE (a configuration) or SOURCE (an image)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runHAProxyFmt(cmd.Context(), s, args[0], o)
		},
	}
	f := cmd.Flags()
	f.Var(&o.haproxy, "haproxy-version", "the HAProxy that reads it: `VERSION`; up to 1.5 quotes are no quotes")
	f.BoolVarP(&o.write, "write", "w", false, "write the result into FILE")
	f.BoolVar(&o.diff, "diff", false, "print a diff in place of the result")
	f.BoolVar(&o.check, "check", false, "print a diff, and exit with 3 if there is one")
	o.text.addFlags(cmd)
	return cmd
}

// haproxyFmtJSON is the result for programs.
type haproxyFmtJSON struct {
	Changed bool   `json:"changed"`
	Text    string `json:"text"`
}

func runHAProxyFmt(ctx context.Context, s stdio, path string, o haproxyFmtOptions) error {
	if o.write && (o.check || o.diff) {
		return usagef("--write and --check or --diff ask for different things: choose one")
	}
	text, v, err := o.text.openForEdit(ctx, s, path, o.write, o.haproxy.Version)
	if err != nil {
		return err
	}
	defer text.Close()
	tidy := haproxyconfig.Tidy(haproxyconfig.ParseDialect(text.Text, haproxyconfig.DialectOf(v)))
	changed := string(tidy) != string(text.Text)
	if o.write && changed {
		if err := imagebuild.ReplaceText(path, tidy); err != nil {
			return err
		}
	}
	switch {
	case o.text.format == formatJSON:
		err = writeJSON(s.out, haproxyFmtJSON{changed, string(tidy)})
	case o.check || o.diff:
		_, err = fmt.Fprint(s.out, check.Lines(udiff.Unified("a/"+text.Name, "b/"+text.Name, string(text.Text), string(tidy))))
	case !o.write:
		_, err = s.out.Write(tidy)
	}
	if err == nil && o.check && changed {
		err = errFindings
	}
	return err
}
