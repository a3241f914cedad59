package check

import (
	"fmt"
	"strings"

	"lbimage/haproxy-config"
	"lbimage/haproxy-config/lint"
	"lbimage/overlay"
	"lbimage/servo"
)

// The servo makes HAProxy's configuration from the template. Without one it fails at the first listener,
// and the load balancer serves nothing.
var ruleTemplateMissing = Rule{
	Name:     "template-missing",
	Severity: SeverityError,
	Why:      "the servo copies the template when the first listener comes, and serves nothing without it",
	Mend:     "put one there with --template FILE",
}

// A template that is no text file of a sensible size, or lies where the image cannot be read.
var ruleTemplateUnreadable = Rule{
	Name:     "template-unreadable",
	Severity: SeverityError,
	Why:      "what cannot be read here cannot be read by the servo",
	Mend:     "replace it with --template FILE",
}

// maxTemplate bounds the size of a template in bytes; real ones have some hundred.
const maxTemplate = 1 << 20

// Template checks the template in force by the rules of package haproxyconfig, for the servo's version
// where the image tells it. An image without a servo needs no template: its lack is then a warning.
func Template(t overlay.ReadTree) []Finding {
	const file = "/" + servo.TemplatePath
	unreadable := func(err error) []Finding {
		return []Finding{ruleTemplateUnreadable.finding(file, strings.TrimPrefix(err.Error(), file+": "))}
	}
	in, err := servo.Detect(t)
	if err != nil {
		return unreadable(err)
	}
	r, err := overlay.Resolve(t, servo.TemplatePath)
	switch {
	case err != nil:
		return unreadable(err)
	case !r.Exists():
		f := ruleTemplateMissing.finding(file, "the image has "+in.Summary()+" and no template for it")
		if !in.Present {
			f.Severity = SeverityWarning
			f.Message = "the image has no template, and no servo either"
		}
		return []Finding{f}
	case !r.Info.Mode().IsRegular():
		return unreadable(overlay.ErrNotFile)
	case r.Info.Size() > maxTemplate:
		return unreadable(fmt.Errorf("%d bytes, more than the %d that a template may have", r.Info.Size(), maxTemplate))
	}
	text, err := t.ReadFile(r.Name)
	if err != nil {
		return unreadable(err)
	}
	var out []Finding
	for _, f := range lint.Check(haproxyconfig.Parse(text), lint.Options{Template: true}) {
		out = append(out, Finding{
			Severity: Severity(f.Severity), Path: r.Path(), Line: f.Line, Column: f.Column,
			Rule: f.Rule, Message: f.Message, Hint: f.Hint,
		})
	}
	return out
}
