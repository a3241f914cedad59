package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/migrate"
	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
)

type haproxyMigrateOptions struct {
	text     textOptions
	from, to versionFlag
	write    bool
}

func newHAProxyMigrate(s stdio) *cobra.Command {
	var o haproxyMigrateOptions
	cmd := &cobra.Command{
		Use:   "migrate FILE|SOURCE --to VERSION",
		Short: "Bring a configuration to a later HAProxy",
		Long: `migrate writes what the later HAProxy has taken back as it is written today, with
the same values; comments and all other lines stay. The result goes to standard
output; what was changed and why, and what could not be carried over, goes to
standard error. Nothing is guessed: what has no equal stays, and is a finding.

` + exitHelp,
		Example: `  lbimage haproxy migrate haproxy_template.conf --from 1.5 --to 2.6 > new.conf`,
		Args:    exactArgs("FILE (a configuration) or SOURCE (an image)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runHAProxyMigrate(cmd.Context(), s, args[0], o)
		},
	}
	f := cmd.Flags()
	f.Var(&o.to, "to", "the HAProxy that is to read it: `VERSION` (default: the newest that is known here)")
	f.Var(&o.to, "haproxy-version", "the same as --to")
	f.Var(&o.from, "from", "the HAProxy that reads it today: `VERSION`; up to 1.5 quotes are no quotes (default: the image's)")
	f.BoolVarP(&o.write, "write", "w", false, "write the result into FILE")
	o.text.addFlags(cmd)
	return cmd
}

// haproxyMigrateJSON is the result for programs.
type haproxyMigrateJSON struct {
	Text     string                 `json:"text"`
	Changes  []haproxyconfig.Change `json:"changes"`
	Findings []check.Finding        `json:"findings"`
}

func runHAProxyMigrate(ctx context.Context, s stdio, path string, o haproxyMigrateOptions) error {
	text, from, err := o.text.openForEdit(ctx, s, path, o.write, o.from.Version)
	if err != nil {
		return err
	}
	defer text.Close()
	r, err := migrate.Run(text.Text, migrate.Options{From: from, To: o.to.Version})
	if err != nil {
		return &usageError{err}
	}
	findings := check.Of(text.Name, r.Findings)
	findings = append(findings, check.Unmigrated(text.Name, r, o.to.Version, text.Template)...)
	check.Sort(findings)
	if o.write {
		if err := imagebuild.ReplaceText(path, r.Text); err != nil {
			return err
		}
	}
	if o.text.format == formatJSON {
		out := haproxyMigrateJSON{string(r.Text), append([]haproxyconfig.Change{}, r.Changes...), append([]check.Finding{}, findings...)}
		if err := writeJSON(s.out, out); err != nil {
			return err
		}
		return verdictOf(findings)
	}
	for _, c := range r.Changes {
		fmt.Fprintf(s.err, "changed  %s:%d  %s\n", text.Name, c.LineNumber, check.OneLine(c.Note))
	}
	for _, f := range findings {
		fmt.Fprintln(s.err, f)
	}
	if !o.write {
		if _, err := s.out.Write(r.Text); err != nil {
			return err
		}
	}
	return verdictOf(findings)
}
