package request

import (
	"errors"
	"fmt"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/rpm"
	"lbimage/overlay"
	"lbimage/servo/develop"
)

// Problem is something that is wrong with a request whatever the image.
type Problem struct {
	// Key is what it is about, as recipe.Resolved.Places has it: haproxy.timeouts.client, edits[2].
	Key  string
	Rule string // in kebab-case: wrong-setting
	Err  error
}

// Validate finds all that is wrong with a request without an image. It reads the small files that the request names; it
// opens no package and no servo's source, and needs no network.
func (r Request) Validate() []Problem {
	v := validation{Opened: &Opened{Request: r, fixed: map[int]overlay.Edit{}}}
	if _, err := overlay.ParseAttributes(r.Attributes); err != nil {
		v.wrong("attributes", "wrong-value", err)
	}
	v.template()
	v.sysctls()
	v.overlays()
	v.edits()
	if err := v.openAccess(); err != nil {
		v.wrong("access", "wrong-access", err)
	} else if _, err := v.accessSteps(Image{}); err != nil {
		v.wrong("access", "wrong-access", err)
	}
	if s := r.Servo; s != nil && s.Bootstrap == perBoot {
		if _, err := develop.NewBootstrap(develop.Bootstrap{URL: s.Source, Ref: s.Ref}); err != nil {
			v.wrong("servo", "wrong-servo", err)
		}
	}
	for i, file := range r.Keyring {
		if _, err := rpm.ReadKeyring(file); err != nil {
			v.wrong(fmt.Sprintf("keyring[%d]", i), "wrong-keyring", err)
		}
	}
	if len(v.problems) == 0 {
		v.conflicts()
	}
	return v.problems
}

type validation struct {
	*Opened
	problems []Problem
}

func (v *validation) wrong(key, rule string, err error) {
	v.problems = append(v.problems, Problem{key, rule, err})
}

// template tries the settings one by one, so that each is told where it stands, and then all of them together.
func (v *validation) template() {
	const rule = "wrong-setting"
	before := len(v.problems)
	if v.Template != "" {
		text, err := readSmall(v.Template, maxTemplate)
		if err == nil {
			one := Opened{Request: Request{Template: v.Template}, template: text}
			_, err = one.templateEdit(haproxyconfig.Version{})
			v.Opened.template = text
		}
		if err != nil {
			v.wrong("haproxy.template", rule, err)
			return
		}
	}
	try := func(key string, r Request) {
		one := Opened{Request: r}
		if _, err := one.templateEdit(haproxyconfig.Version{}); err != nil {
			v.wrong(key, rule, err)
		}
	}
	for _, s := range v.Timeouts {
		try("haproxy.timeouts."+s.Name, Request{Timeouts: []Setting{s}})
	}
	for _, s := range v.Settings {
		try("haproxy.set."+s.Name, Request{Settings: []Setting{s}})
	}
	for i, o := range v.Options {
		try(fmt.Sprintf("haproxy.options[%d]", i), Request{Options: []string{o}})
	}
	if len(v.problems) > before {
		return
	}
	if _, err := v.templateEdit(haproxyconfig.Version{}); err != nil {
		v.wrong("haproxy", rule, err)
	}
}

func (v *validation) sysctls() {
	for _, s := range v.Sysctls {
		if _, err := sysctlEdit([]Setting{s}); err != nil {
			v.wrong("sysctl."+s.Name, "wrong-setting", err)
		}
	}
}

func (v *validation) overlays() {
	for i, dir := range v.Overlays {
		edit, err := openOverlay(dir)
		if err != nil {
			v.wrong(fmt.Sprintf("overlay[%d]", i), "wrong-overlay", err)
			continue
		}
		v.Opened.overlays = append(v.Opened.overlays, edit)
	}
}

func (v *validation) edits() {
	for i, e := range v.Request.Edits {
		edit, err := fixedEdit(e)
		if err == nil && edit != nil {
			v.fixed[i] = edit
		} else if err == nil {
			_, err = v.edit(i, e, Image{})
		}
		if err != nil {
			v.wrong(fmt.Sprintf("edits[%d]", i), "wrong-edit", err)
		}
	}
}

// conflicts compares the edits by their paths as they are written. What the image's links make one path is found later.
func (v *validation) conflicts() {
	steps, err := v.Steps(Image{})
	if err != nil {
		v.wrong("", "wrong-edit", err)
		return
	}
	err = overlay.Conflicts(nil, edits(steps))
	if conflict, ok := errors.AsType[*overlay.ConflictError](err); ok {
		v.wrong(steps[conflict.Late].key, "conflicting-edits", err)
	} else if err != nil {
		v.wrong("", "wrong-edit", err)
	}
}

// Conflicts refuses steps that disagree on a path of an image. The error begins with the place of the later one.
func Conflicts(t overlay.ReadTree, steps []Step) error {
	err := overlay.Conflicts(t, edits(steps))
	if conflict, ok := errors.AsType[*overlay.ConflictError](err); ok {
		if place := steps[conflict.Late].Place; place != "" {
			err = fmt.Errorf("%s: %w", place, err)
		}
	}
	return err
}

func edits(steps []Step) []overlay.Edit {
	out := make([]overlay.Edit, len(steps))
	for i, s := range steps {
		out[i] = s.Edit
	}
	return out
}

// ValidateRecipe finds what is wrong with what a recipe asks for in some of its profiles, in all where none is named,
// whatever the image. The error is a [*recipe.Error], or a [*UsageError] for a profile that is not there.
func ValidateRecipe(r *recipe.Recipe, profiles ...string) error {
	if len(profiles) == 0 {
		profiles = r.ProfileNames()
	}
	var all []recipe.Problem
	for _, name := range profiles {
		resolved, err := r.Resolve(name)
		if err != nil {
			return usage(err)
		}
		for _, p := range FromRecipe(resolved).Validate() {
			place, ok := resolved.Places[p.Key]
			if !ok {
				place = recipe.Place{File: r.File}
			}
			message := p.Err.Error()
			if p.Key != "" {
				message = p.Key + ": " + message
			}
			all = append(all, recipe.Problem{Place: place, Rule: p.Rule, Message: message})
		}
	}
	return recipe.NewError(r.File, all)
}
