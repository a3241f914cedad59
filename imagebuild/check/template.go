package check

import (
	"context"
	"errors"
	"fmt"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/render"
	"lbimage/imagebuild/judge"
	"lbimage/overlay"
	"lbimage/servo"
)

// The servo makes HAProxy's configuration from the template. Without one it fails at the first listener,
// and the load balancer serves nothing.
var ruleTemplateMissing = Rule{
	Name:     "template-missing",
	Group:    GroupConfiguration,
	Severity: SeverityError,
	Why:      "the servo copies the template when the first listener comes, and serves nothing without it",
	Mend:     "put one there with --template FILE",
}

// A template that is no text file of a sensible size, or lies where the image cannot be read.
var ruleTemplateUnreadable = Rule{
	Name:     "template-unreadable",
	Group:    GroupConfiguration,
	Severity: SeverityError,
	Why:      "what cannot be read here cannot be read by the servo",
	Mend:     "replace it with --template FILE",
}

// maxTemplate bounds the size of a template in bytes; real ones have some hundred.
const maxTemplate = 1 << 20

// HAProxyOptions say how a configuration is judged. The zero value asks the image's own HAProxy, in a sandbox.
type HAProxyOptions struct {
	// LintOnly asks the linter alone: no HAProxy is run.
	LintOnly bool
	// Binary is the path of a HAProxy of this machine to ask in place of the image's; empty for none.
	Binary string
	// HAProxy and Servo are versions that count more than those which the image tells.
	HAProxy, Servo haproxyconfig.Version
	// LoadBalancer is what the template is rendered for; the default where it has no listeners.
	LoadBalancer render.LoadBalancer
	// Judge says how a HAProxy is run.
	Judge judge.Options
}

// Template checks the template in force: by the linter, for the HAProxy and the servo that the image has, and
// by that HAProxy itself. An image without a servo needs no template: its lack is then a warning.
func Template(ctx context.Context, t overlay.ReadTree, o HAProxyOptions) (Judgement, error) {
	const file = "/" + servo.TemplatePath
	unreadable := func(err error) (Judgement, error) {
		return Judgement{Findings: []Finding{ruleTemplateUnreadable.finding(file, strings.TrimPrefix(err.Error(), file+": "))}}, nil
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
		return Judgement{Findings: []Finding{f}}, nil
	case !r.Info.Mode().IsRegular():
		return unreadable(overlay.ErrNotFile)
	case r.Info.Size() > maxTemplate:
		return unreadable(fmt.Errorf("%d bytes, more than the %d that a template may have", r.Info.Size(), maxTemplate))
	}
	text, err := t.ReadFile(r.Name)
	if err != nil {
		return unreadable(err)
	}
	c := Configuration{Name: r.Path(), Text: text, Template: true, Tree: t}
	return c.inImage(ctx, in, o)
}

// CheckFor checks a configuration as one for an image. With a nil tree there is no image: the judge is then a
// HAProxy of this machine.
func (c Configuration) CheckFor(ctx context.Context, t overlay.ReadTree, o HAProxyOptions) (Judgement, error) {
	c.Tree = t
	if t == nil {
		return c.inImage(ctx, servo.Installed{}, o)
	}
	in, err := servo.Detect(t)
	if err != nil {
		return Judgement{}, err
	}
	return c.inImage(ctx, in, o)
}

// inImage finds out for which versions the configuration is, and who can judge it.
func (c Configuration) inImage(ctx context.Context, in servo.Installed, o HAProxyOptions) (Judgement, error) {
	c.HAProxy, c.Servo, c.LoadBalancer = o.HAProxy, o.Servo, o.LoadBalancer
	if !c.Servo.Known() {
		c.Servo = in.Known()
	}
	c.unfinished = c.Template && !in.Present
	path := ""
	if in.HAProxy != nil {
		path = in.HAProxy.Path
	}
	if !c.HAProxy.Known() && c.Tree != nil {
		c.HAProxy = HAProxyVersion(c.Tree)
	}
	program, notes, err := findJudge(c, path, o)
	if err != nil {
		return Judgement{}, err
	}
	if program != nil {
		defer program.Close()
		c.Judge = program
		if !c.HAProxy.Known() {
			c.HAProxy = program.Binary().Version
		}
	}
	j, err := c.Check(ctx)
	j.Notes = append(notes, j.Notes...)
	return j, err
}

// HAProxyVersion is that of the HAProxy that the servo starts, as its binary tells it; the zero value where there is none,
// or where it does not tell.
func HAProxyVersion(t overlay.ReadTree) haproxyconfig.Version {
	in, err := servo.Detect(t)
	if err != nil || in.HAProxy == nil {
		return haproxyconfig.Version{}
	}
	b, err := judge.InspectTree(t, in.HAProxy.Path)
	if err != nil {
		return haproxyconfig.Version{}
	}
	return b.Version
}

// findJudge gives the HAProxy to ask: the one that is named, the image's own, or one of this machine of the same
// branch. Where there is none, the notes say why.
func findJudge(c Configuration, path string, o HAProxyOptions) (p *judge.Program, notes []string, err error) {
	if o.LintOnly {
		return nil, []string{"no HAProxy was asked, the linter alone"}, nil
	}
	if o.Binary != "" {
		p, err = judge.Host(o.Binary, o.Judge)
		return p, nil, err
	}
	if c.Tree != nil && path == "" {
		notes = append(notes, "the image has no HAProxy to ask")
	}
	if c.Tree != nil && path != "" {
		p, err = judge.FromTree(c.Tree, path, o.Judge)
		if err == nil && c.branchOf(p) {
			return p, nil, nil
		}
		switch {
		case err == nil:
			notes = append(notes, fmt.Sprintf("the image's HAProxy %s was not asked: the check is for %s", p.Binary().Version, c.HAProxy))
			err = p.Close()
		case errors.Is(err, judge.ErrNoVerdict):
			notes = append(notes, fmt.Sprintf("the image's HAProxy was not asked: %v", err))
			err = nil
		}
		if err != nil {
			return nil, notes, err
		}
	}
	host := judge.FindHost()
	if host == "" {
		return nil, append(notes, "this machine has no HAProxy to ask: the linter alone has judged"), nil
	}
	p, err = judge.Host(host, o.Judge)
	switch {
	case errors.Is(err, judge.ErrNoVerdict):
		return nil, append(notes, fmt.Sprintf("this machine's HAProxy was not asked: %v", err)), nil
	case err != nil:
		return nil, notes, err
	case !c.branchOf(p) || c.Tree != nil && !c.HAProxy.Known():
		v := p.Binary().Version
		return nil, append(notes, fmt.Sprintf("this machine's HAProxy %s was not asked: the configuration is for %s, so the linter alone has judged", v, versionText("HAProxy", c.HAProxy))), p.Close()
	}
	return p, notes, nil
}

// branchOf reports whether a program is of the branch that the configuration is for.
func (c Configuration) branchOf(p *judge.Program) bool {
	c.Judge = p
	return c.authority()
}
