package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/render"
	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
)

func newHAProxy(s stdio) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "haproxy",
		Short: "Check, tidy, migrate and render HAProxy configurations and the servo's template",
		Long: `haproxy looks at a HAProxy configuration. FILE is a configuration or a template
for the servo; - is standard input. A SOURCE (an RPM, an image tarball or a raw
disk image) stands for the template in force in it.

` + exitHelp,
		Args: oneOfItsCommands,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newHAProxyCheck(s), newHAProxyFmt(s), newHAProxyMigrate(s), newHAProxyRender(s))
	return cmd
}

// versionFlag is a version of HAProxy or of the servo.
type versionFlag struct{ haproxyconfig.Version }

func (v *versionFlag) String() string {
	if !v.Known() {
		return ""
	}
	return v.Version.String()
}
func (v *versionFlag) Type() string { return "version" }
func (v *versionFlag) Set(s string) (err error) {
	v.Version, err = haproxyconfig.ParseVersion(s)
	return err
}

// textOptions are the flags of every command that reads a configuration.
type textOptions struct {
	source sourceOptions
	format format
	image  string
}

func (o *textOptions) addFlags(cmd *cobra.Command) {
	o.source.addFlags(cmd)
	o.format.addFlag(cmd)
}

// open opens FILE, SOURCE or standard input.
func (o *textOptions) open(ctx context.Context, s stdio, path string) (*imagebuild.HAProxyText, error) {
	bar := newProgress(s.err)
	defer bar.close()
	open, err := o.source.open(bar)
	if err != nil {
		return nil, err
	}
	if path == "-" {
		return imagebuild.HAProxyTextFrom(ctx, "standard input", s.in, o.image, open)
	}
	return imagebuild.OpenHAProxyText(ctx, path, o.image, open)
}

// openForEdit opens a text that --write may replace, and gives the HAProxy that reads it: the one
// that was named, else the image's.
func (o *textOptions) openForEdit(ctx context.Context, s stdio, path string, write bool, named haproxyconfig.Version) (*imagebuild.HAProxyText, haproxyconfig.Version, error) {
	text, err := o.open(ctx, s, path)
	if err != nil {
		return nil, named, err
	}
	if write && (path == "-" || text.Template) {
		text.Close()
		return nil, named, usagef("--write is for a file; use customize for an image")
	}
	if !named.Known() {
		named = text.HAProxy
	}
	return text, named, nil
}

// readLoadBalancer reads the file of --load-balancer; none gives none.
func readLoadBalancer(name string) (render.LoadBalancer, error) {
	if name == "" {
		return render.LoadBalancer{}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return render.LoadBalancer{}, err
	}
	defer f.Close()
	lb, err := render.ReadLoadBalancer(f)
	if err != nil {
		return lb, fmt.Errorf("%s: %w", name, err)
	}
	return lb, nil
}

// printFindings prints a line for each finding, the files of the image by their paths.
func printFindings(s stdio, findings []check.Finding) {
	for _, f := range findings {
		fmt.Fprintln(s.out, f)
	}
}

// verdictOf is the error of a command whose findings were shown.
func verdictOf(findings []check.Finding) error {
	if check.HasErrors(findings) {
		return errFindings
	}
	return nil
}
