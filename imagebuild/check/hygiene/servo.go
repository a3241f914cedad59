package hygiene

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/survey"
	"lbimage/overlay"
	"lbimage/servo"
)

// perBoot are the folders of scripts that cloud-init runs.
var perBoot = []string{"var/lib/cloud/scripts/per-boot", "var/lib/cloud/scripts/per-instance", "var/lib/cloud/scripts/per-once"}

const (
	maxScripts = 200
	maxScript  = 1 << 20
)

func ruleDevelopmentServo() check.Rule {
	r := check.Rule{
		Name: "development-servo", Group: check.GroupHygiene, Severity: check.SeverityError,
		Why:  "a servo that is fetched at boot, or that was installed from a work tree, is another on each machine or nobody's release; one that logs everything fills the disk",
		Mend: "install the servo from its package: `servo: {rpm: load-balancer-servo-1.1.0-0.el6.noarch.rpm}` with the package's name, in the production profile",
	}
	r.Find = func(_ context.Context, s *check.Subject) ([]check.Finding, error) {
		var out []check.Finding
		for _, dir := range perBoot {
			out = append(out, bootScripts(r, s.Tree, dir)...)
		}
		for _, f := range s.Survey.Files.Of(survey.FilesCheckout).Files {
			if tree := path.Dir(f.Path); strings.Contains(path.Base(tree), "servo") {
				x := r.At(f.Path, "a work tree of the servo's source")
				x.Hint = edits([]string{fmt.Sprintf("{remove: {path: %s, recursive: true}}", check.YAMLText(tree))})
				out = append(out, x)
			}
		}
		found, err := servo.Detect(s.Tree)
		if err != nil || !found.Present {
			return out, err
		}
		if name, line, ok := debugLevel(s.Tree); ok {
			x := r.At(name, "the servo logs everything, as after an installation from source")
			x.Line, x.Severity = line, check.SeverityWarning
			x.Hint = edits([]string{fmt.Sprintf("{line: {path: %s, match: '^LOGLEVEL=', set: LOGLEVEL=info}}", check.YAMLText(name))})
			out = append(out, x)
		}
		if p := &s.Survey.Packages; p.Manager == "rpm" && len(p.List) > 0 && len(p.Named(servo.PackageName)) == 0 {
			out = append(out, unpackaged(r, p, found)...)
		}
		return out, nil
	}
	return r
}

// bootScripts finds scripts of cloud-init that fetch or install the servo.
func bootScripts(r check.Rule, t overlay.ReadTree, dir string) []check.Finding {
	at, err := overlay.Resolve(t, dir)
	if err != nil || !at.Exists() || !at.Info.IsDir() {
		return nil
	}
	entries, err := t.ReadDir(at.Name)
	if err != nil {
		return nil
	}
	var out []check.Finding
	for _, e := range entries[:min(len(entries), maxScripts)] {
		if strings.ContainsAny(e.Name(), "/\x00") {
			continue
		}
		text, script, err := overlay.ReadFile(t, path.Join(at.Name, e.Name()), maxScript)
		if err != nil || !bytes.Contains(text, []byte("servo")) || !bytes.Contains(text, []byte("git ")) && !bytes.Contains(text, []byte("install-servo")) {
			continue
		}
		x := r.At(script.Path(), "at boot it fetches the servo's source and installs it")
		x.Hint = edits([]string{fmt.Sprintf("{remove: %s}", check.YAMLText(script.Path()))}) + ", and " + r.Mend
		out = append(out, x)
	}
	return out
}

// debugLevel finds the level of the log in the servo's init script, which an installation from source sets to debug.
func debugLevel(t overlay.ReadTree) (name string, line int, found bool) {
	text, at, err := overlay.ReadFile(t, "etc/init.d/load-balancer-servo", maxScript)
	if err != nil {
		return "", 0, false
	}
	number := 0
	for l := range strings.Lines(string(text)) {
		number++
		if value, ok := strings.CutPrefix(strings.TrimSpace(l), "LOGLEVEL="); ok {
			name, line, found = at.Path(), number, strings.Trim(strings.TrimSpace(value), `"'`) == "debug"
		}
	}
	return name, line, found
}

// unpackaged tells of a servo that no package brought, in an image whose packages are known.
func unpackaged(r check.Rule, p *survey.Packages, found servo.Installed) []check.Finding {
	for _, f := range found.Files {
		if f.Path != "/usr/bin/load-balancer-servo" {
			continue
		}
		if len(p.Owners(f.Path)) > 0 {
			return nil
		}
		x := r.At(f.Path, "no package brought the servo: it was installed from source")
		x.Severity = check.SeverityWarning
		return []check.Finding{x}
	}
	return nil
}
