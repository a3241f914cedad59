package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"lbimage/haproxy-config/render"
	"lbimage/imagebuild/check"
)

type haproxyRenderOptions struct {
	text         textOptions
	servo        versionFlag
	loadBalancer string
}

func newHAProxyRender(s stdio) *cobra.Command {
	var o haproxyRenderOptions
	cmd := &cobra.Command{
		Use:   "render FILE|SOURCE --servo-version VERSION",
		Short: "Print the configuration that the servo would write from a template",
		Long: `render prints the euca_haproxy.conf that this servo would write from the template
for a load balancer, with all that its reader loses. Without --load-balancer it
is one with a listener of each protocol and two instances each. What is left to
chance, or is not made, goes to standard error.

The load balancer is YAML:

  name: lb1
  idleTimeout: 60            # seconds
  listeners:
    - protocol: http         # http, https, tcp or ssl
      port: 80
      instanceProtocol: http
      instancePort: 8080
      instances: [10.0.0.1, 10.0.0.2]
      certificate: /var/lib/load-balancer-servo/cert.pem
      sslPolicy: {protocols: [TLSv1.2], ciphers: [AES128-SHA]}
      stickiness: {type: lb, expiration: 600}      # or {type: app, cookie: NAME}

` + exitHelp,
		Args: exactArgs("FILE (a template) or SOURCE (an image)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runHAProxyRender(cmd.Context(), s, args[0], o)
		},
	}
	f := cmd.Flags()
	f.Var(&o.servo, "servo-version", "the servo: `VERSION`, from 1.0.0 to 1.4.1 (default: the image's)")
	f.StringVar(&o.loadBalancer, "load-balancer", "", "the load balancer: `FILE.yaml`")
	o.text.addFlags(cmd)
	return cmd
}

// haproxyRenderJSON is the result for programs.
type haproxyRenderJSON struct {
	Text     string           `json:"text"`
	Lines    []render.Origin  `json:"lines"`
	Skipped  []render.Skipped `json:"skipped,omitempty"`
	Findings []check.Finding  `json:"findings"`
}

func runHAProxyRender(ctx context.Context, s stdio, path string, o haproxyRenderOptions) error {
	lb, err := readLoadBalancer(o.loadBalancer)
	if err != nil {
		return err
	}
	if o.loadBalancer == "" {
		lb = render.Default()
	}
	text, err := o.text.open(ctx, s, path)
	if err != nil {
		return err
	}
	defer text.Close()
	servo := o.servo.Version
	if !servo.Known() {
		servo = text.Servo
	}
	if !servo.Known() {
		return usagef("which servo is to read the template? Say --servo-version 1.1.0 or another from 1.0.0 to 1.4.1")
	}
	r, err := render.Render(text.Text, servo, lb)
	if err != nil {
		return fmt.Errorf("%s: %w", text.Name, err)
	}
	findings := check.Of(text.Name, r.Findings)
	if o.text.format == formatJSON {
		out := haproxyRenderJSON{string(r.Bytes), append([]render.Origin{}, r.Lines...), r.Skipped, append([]check.Finding{}, findings...)}
		if err := writeJSON(s.out, out); err != nil {
			return err
		}
		return verdictOf(findings)
	}
	for _, f := range findings {
		fmt.Fprintln(s.err, f)
	}
	if len(r.Bytes) == 0 {
		fmt.Fprintln(s.err, "note     without a listener the servo writes nothing and does not start HAProxy")
	}
	if _, err := s.out.Write(r.Bytes); err != nil {
		return err
	}
	return verdictOf(findings)
}
