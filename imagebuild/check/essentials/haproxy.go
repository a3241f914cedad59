package essentials

import (
	"context"
	"fmt"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/imagebuild/check"
	"lbimage/overlay"
)

// haproxyPath is the program that every release of the servo starts.
const haproxyPath = "/usr/sbin/haproxy"

// oldest is the HAProxy that the servo was written for.
const oldest = "1.5-dev18"

var haproxyMissing = check.Rule{
	Name:     "haproxy-missing",
	Group:    check.GroupEssentials,
	Severity: check.SeverityError,
	Why:      "the servo starts " + haproxyPath + " for every load balancer; without it no connection is served",
	Mend:     "install the package: `edits: [{rpm: haproxy-VERSION.rpm}]` in the recipe",
}

var haproxyVersion = check.Rule{
	Name:     "haproxy-version",
	Group:    check.GroupEssentials,
	Severity: check.SeverityError,
	Why:      "the servo's template has directives that older releases of HAProxy refuse; they end at once",
	Mend:     "install a later package: `edits: [{rpm: haproxy-VERSION.rpm}]` in the recipe, or ask for less with `checks: {haproxy: VERSION}`",
}

var haproxyUnknown = check.Rule{
	Name:     "haproxy-version-unknown",
	Group:    check.GroupEssentials,
	Severity: check.SeverityWarning,
	Why:      "whether the HAProxy is late enough for the template cannot be told",
	Mend:     "say for which HAProxy the template is to be judged with `haproxy: {version: VERSION}` in the recipe, and turn this rule off with the reason",
}

func findHAProxy(_ context.Context, s *check.Subject) ([]check.Finding, error) {
	h := s.Survey.Essentials.HAProxy
	r, err := overlay.Resolve(s.Tree, haproxyPath)
	there := err == nil && r.Exists()
	switch {
	case err != nil && !overlay.LeadsNowhere(err):
		return nil, err
	case h.Path == "" && there:
		return one(haproxyMissing, haproxyPath, "it is no regular file, and the servo starts it"), nil
	case h.Path == "":
		return one(haproxyMissing, haproxyPath, "there is no HAProxy"), nil
	case !there:
		return one(haproxyMissing, haproxyPath, "it is not there; the HAProxy at "+h.Path+" is none that the servo starts"), nil
	case h.Damaged != "":
		return one(haproxyMissing, h.Path, "it is no program: "+h.Damaged), nil
	case r.Info.Mode()&0o111 == 0:
		f := haproxyMissing.At(h.Path, fmt.Sprintf("it cannot be started: its mode is %s", h.Mode))
		f.Hint = "lay it over the image with its mode: 'overlay' in the recipe, with 'usr/sbin/haproxy root:root 0755' in .owners"
		return []check.Finding{f}, nil
	}
	return nil, nil
}

func findVersion(_ context.Context, s *check.Subject) ([]check.Finding, error) {
	h := s.Survey.Essentials.HAProxy
	if !h.Known.Known() {
		return nil, nil
	}
	asked := oldest
	if s.Asked.HAProxy != "" {
		asked = s.Asked.HAProxy
	}
	want, err := haproxyconfig.ParseVersion(asked)
	if err != nil {
		return nil, fmt.Errorf("the HAProxy that is asked for: %w", err)
	}
	if !h.Known.Before(want) {
		return nil, nil
	}
	who := "the servo needs"
	if s.Asked.HAProxy != "" {
		who = "the recipe asks for"
	}
	return one(haproxyVersion, h.Path, fmt.Sprintf("it is HAProxy %s, and %s %s or later", h.Version, who, asked)), nil
}

func findUnknown(_ context.Context, s *check.Subject) ([]check.Finding, error) {
	h := s.Survey.Essentials.HAProxy
	if h.Path == "" || h.Damaged != "" || h.Known.Known() {
		return nil, nil
	}
	message := "it does not tell its version"
	if h.Version != "" {
		message = fmt.Sprintf("its version %q cannot be understood", h.Version)
	}
	if h.Package != "" {
		message += "; its package is " + h.Package
	}
	return one(haproxyUnknown, h.Path, message), nil
}
