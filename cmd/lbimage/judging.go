package main

import (
	"github.com/spf13/cobra"

	"lbimage/imagebuild/check"
)

// judgingOptions are the flags of every command that judges the template of an image.
type judgingOptions struct {
	haproxy  versionFlag
	servo    versionFlag
	lintOnly bool
}

// addFlags adds them; whose versions count without the flags is said in words.
func (o *judgingOptions) addFlags(cmd *cobra.Command, whose string) {
	f := cmd.Flags()
	f.Var(&o.haproxy, "haproxy-version", "the HAProxy that the template is judged for: `VERSION` (default: "+whose+")")
	f.Var(&o.servo, "servo-version", "the servo that the template is judged for: `VERSION` (default: "+whose+")")
	f.BoolVar(&o.lintOnly, "lint-only", false, "judge the template by rules alone: do not run the image's HAProxy")
}

// options is the way from flags to the checks.
func (o *judgingOptions) options() check.HAProxyOptions {
	return check.HAProxyOptions{LintOnly: o.lintOnly, HAProxy: o.haproxy.Version, Servo: o.servo.Version}
}
