package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lbimage/haproxy-config/render"
	"lbimage/imagebuild/check"
)

type haproxyCheckOptions struct {
	text         textOptions
	haproxy      versionFlag
	servo        versionFlag
	binary       string
	lintOnly     bool
	unsandboxed  bool
	loadBalancer string
}

func newHAProxyCheck(s stdio) *cobra.Command {
	var o haproxyCheckOptions
	cmd := &cobra.Command{
		Use:   "check FILE|SOURCE",
		Short: "Find what keeps HAProxy from starting, and what the servo loses",
		Long: `check judges a configuration by rules that know HAProxy's versions, and lets a
real HAProxy judge it: the image's own one, with its own libraries, users and
error files, in a sandbox without rights; else one of this machine, if it is of
the same branch. Without either the linter alone has judged, and says so.

The template of a SOURCE, a FILE with --servo-version, and a FILE with --image
unless a servo wrote it, are a servo's template: what the servo would drop, move
or override is told, and what it would make of the template is judged as well,
for one listener of each protocol or for those of --load-balancer.

` + exitHelp,
		Example: `  lbimage haproxy check haproxy_template.conf --haproxy-version 1.5-dev21 --servo-version 1.1.0
  lbimage haproxy check eucalyptus-load-balancer-image-1.1.0-0.212.el6.x86_64.rpm`,
		Args: exactArgs("FILE (a configuration) or SOURCE (an image)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runHAProxyCheck(cmd.Context(), s, args[0], o)
		},
	}
	f := cmd.Flags()
	f.Var(&o.haproxy, "haproxy-version", "the HAProxy that will read it: `VERSION`, as 1.5-dev21 (default: the image's)")
	f.Var(&o.servo, "servo-version", "the servo that will read it as its template: `VERSION`, as 1.1.0 (default: the image's)")
	f.StringVar(&o.binary, "binary", "", "a HAProxy of this machine to ask: `FILE`")
	f.StringVar(&o.text.image, "image", "", "the image that FILE is for: `SOURCE`, an RPM, a .tgz or a raw disk image")
	f.BoolVar(&o.lintOnly, "lint-only", false, "run no HAProxy")
	f.BoolVar(&o.unsandboxed, "unsandboxed", false, "run the image's HAProxy with your own rights where this machine allows no sandbox; for images that you trust")
	f.StringVar(&o.loadBalancer, "load-balancer", "", "what the servo makes listeners for: `FILE.yaml`")
	o.text.addFlags(cmd)
	return cmd
}

// haproxyCheckJSON is a judgement for programs.
type haproxyCheckJSON struct {
	Findings []check.Finding  `json:"findings"`
	JudgedBy []string         `json:"judgedBy"`
	Notes    []string         `json:"notes,omitempty"`
	Settings []render.Setting `json:"settings,omitempty"`
}

func runHAProxyCheck(ctx context.Context, s stdio, path string, o haproxyCheckOptions) error {
	if o.lintOnly && (o.binary != "" || o.unsandboxed) {
		return usagef("--lint-only runs no HAProxy: leave --binary and --unsandboxed out")
	}
	lb, err := readLoadBalancer(o.loadBalancer)
	if err != nil {
		return err
	}
	text, err := o.text.open(ctx, s, path)
	if err != nil {
		return err
	}
	defer text.Close()
	opts := check.HAProxyOptions{LintOnly: o.lintOnly, Binary: o.binary, HAProxy: o.haproxy.Version, Servo: o.servo.Version, LoadBalancer: lb}
	opts.Judge.TempDir = tempDir(o.text.source.tempDir)
	opts.Judge.AllowUnsandboxed = o.unsandboxed
	j, err := text.Check(ctx, opts)
	if err != nil {
		return err
	}
	if o.text.format == formatJSON {
		out := haproxyCheckJSON{append([]check.Finding{}, j.Findings...), j.By, j.Notes, j.Settings}
		if err := writeJSON(s.out, out); err != nil {
			return err
		}
		return verdictOf(j.Findings)
	}
	for _, w := range text.Warnings {
		fmt.Fprintln(s.out, "warning ", check.OneLine(w))
	}
	printFindings(s, j.Findings)
	printSettings(s, text.Name, j.Settings)
	printJudges(s, j)
	fmt.Fprintln(s.out, summary(text.Name, j.Findings))
	return verdictOf(j.Findings)
}

// printSettings prints what becomes of each setting of a template.
func printSettings(s stdio, name string, settings []render.Setting) {
	for _, set := range settings {
		fmt.Fprintf(s.out, "setting  %s:%d  %s\n", name, set.Line, check.OneLine(set.String()))
	}
}

// printJudges prints who has judged, and what was not judged.
func printJudges(s stdio, j check.Judgement) {
	for _, by := range j.By {
		fmt.Fprintln(s.out, "judge   ", check.OneLine(by))
	}
	for _, n := range j.Notes {
		fmt.Fprintln(s.out, "note    ", check.OneLine(n))
	}
}

// summary counts findings: "x.cfg: 2 errors, 1 warning".
func summary(name string, findings []check.Finding) string {
	if len(findings) == 0 {
		return name + ": nothing to complain of"
	}
	return name + ": " + counts(findings)
}

// counts tells how many findings there are of each severity.
func counts(findings []check.Finding) string {
	var parts []string
	for _, severity := range []check.Severity{check.SeverityError, check.SeverityWarning, check.SeverityInfo} {
		n := 0
		for _, f := range findings {
			if f.Severity == severity {
				n++
			}
		}
		word := map[check.Severity]string{check.SeverityError: "error", check.SeverityWarning: "warning", check.SeverityInfo: "remark"}[severity]
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s%s", n, word, plural(n)))
		}
	}
	return strings.Join(parts, ", ")
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}
