package check

import (
	"context"
	"errors"
	"fmt"
	"slices"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/lint"
	"lbimage/haproxy-config/render"
	"lbimage/imagebuild/judge"
	"lbimage/overlay"
)

// Configuration is a HAProxy configuration, and for whom it is checked.
type Configuration struct {
	Name string // as findings show it
	Text []byte
	// HAProxy is the version that will read it; unknown, what only some versions refuse is a warning.
	HAProxy haproxyconfig.Version
	// Template is set for a servo's template: the servo reads it, and HAProxy what the servo makes of it.
	Template bool
	// Servo is the version that reads the template, where it is known.
	Servo haproxyconfig.Version
	// LoadBalancer is what the servo makes listeners for; without listeners, [render.Default].
	LoadBalancer render.LoadBalancer
	// Tree is the image that the configuration is for, with its users and error files; nil for none.
	Tree overlay.ReadTree
	// Judge is a real HAProxy to ask; nil for none.
	Judge *judge.Program

	// unfinished is set for an image without a servo: whoever installs it brings account and files.
	unfinished bool
}

// Judgement is what is known of a configuration after all have been asked.
type Judgement struct {
	Findings []Finding
	// ByRules are what the linter and the servo's rules find, whatever a real HAProxy says: the same on every
	// machine.
	ByRules []Finding
	// By says who judged, the linter first.
	By []string
	// Notes say what was not judged, or not as it would be in the image.
	Notes []string
	// Settings tell what becomes of each setting of a template; nil where it is none.
	Settings []render.Setting
}

// Check asks the linter, for a template the servo's rules, and the real HAProxy if there is one: of the
// text as it is, and of what the servo would make of a template.
func (c Configuration) Check(ctx context.Context) (Judgement, error) {
	if len(c.LoadBalancer.Listeners) == 0 {
		c.LoadBalancer = render.Default()
	}
	var j Judgement
	linted := lint.Check(haproxyconfig.Parse(c.Text), c.lintOptions())
	j.By = append(j.By, "the linter, for "+versionText("HAProxy", c.HAProxy))
	var effects []haproxyconfig.Finding
	if c.Template {
		effects = render.Effects(c.Text, c.Servo, c.LoadBalancer)
		j.By = append(j.By, "the rules of "+versionText("servo", c.Servo))
		settings, err := render.Report(c.Text, c.Servo, c.LoadBalancer)
		if err == nil { // else a finding says why
			j.Settings = settings
		}
	}
	made, err := c.made(&j)
	if err != nil {
		return j, err
	}
	j.ByRules = c.findings(merge(merge(slices.Clone(linted), effects), c.lintMade(made)))
	verdict, err := c.ask(ctx, &j, c.Name, c.Text)
	if err != nil {
		return j, err
	}
	if verdict != nil {
		linted = c.settle(linted, *verdict)
	}
	linted = merge(linted, effects)
	if verdict != nil {
		linted = merge(linted, c.ownMessages(*verdict))
	}
	more, err := c.judgeMade(ctx, &j, made)
	if err != nil {
		return j, err
	}
	j.Findings = c.findings(merge(linted, more))
	return j, nil
}

// findings are those of the configuration, in the order of its lines.
func (c Configuration) findings(all []haproxyconfig.Finding) []Finding {
	haproxyconfig.SortFindings(all)
	return Of(c.Name, all)
}

func versionText(what string, v haproxyconfig.Version) string {
	if !v.Known() {
		return what + " of unknown version"
	}
	return what + " " + v.String()
}

func (c Configuration) lintOptions() lint.Options {
	o := lint.Options{HAProxy: c.HAProxy, Template: c.Template}
	if c.Tree != nil && !c.unfinished {
		o.User = func(name string) bool { return hasAccount(c.Tree, overlay.Owner{User: name}) }
		o.Group = func(name string) bool { return hasAccount(c.Tree, overlay.Owner{Group: name}) }
		o.ReadFile = func(name string) ([]byte, error) { return readIn(c.Tree, name) }
	}
	if c.Tree == nil && !c.Template {
		forThisMachine(&o)
	}
	return o
}

// ask lets the real HAProxy judge a text. The verdict is nil where there is none.
func (c Configuration) ask(ctx context.Context, j *Judgement, name string, text []byte) (*judge.Verdict, error) {
	if c.Judge == nil {
		return nil, nil
	}
	v, err := c.Judge.Check(ctx, judge.Config{Files: []judge.File{{Name: name, Data: text}}, Extra: c.extra()})
	if errors.Is(err, judge.ErrNoVerdict) {
		j.note(fmt.Sprintf("HAProxy did not judge %s: %v", name, err))
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	j.by(v.By())
	for _, n := range v.Notes {
		j.note(n)
	}
	return &v, nil
}

func (j *Judgement) by(who string) {
	if !slices.Contains(j.By, who) {
		j.By = append(j.By, who)
	}
}

func (j *Judgement) note(text string) {
	if !slices.Contains(j.Notes, text) {
		j.Notes = append(j.Notes, text)
	}
}
