package essentials

import (
	"context"
	"fmt"
	"slices"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/survey"
)

var servoMissing = check.Rule{
	Name:     "servo-missing",
	Group:    check.GroupEssentials,
	Severity: check.SeverityError,
	Why:      "the servo asks the cloud which load balancers there are and writes HAProxy's configuration",
	Mend:     "`servo: {rpm: load-balancer-servo-VERSION.rpm}` in the recipe",
}

var pythonMissing = check.Rule{
	Name:     "python-missing",
	Group:    check.GroupEssentials,
	Severity: check.SeverityError,
	Why:      "the servo is a Python program",
	Mend:     "install the Python that the servo's first line names with `edits: [{rpm: FILE}]` in the recipe",
}

var botoMissing = check.Rule{
	Name:     "boto-missing",
	Group:    check.GroupEssentials,
	Severity: check.SeverityError,
	Why:      "the servo talks to the cloud with boto, and does not start without it",
	Mend:     "install python-boto 2.8.0 or later for the Python that the servo runs with: `edits: [{rpm: python-boto-VERSION.rpm}]` in the recipe",
}

var botoVersion = check.Rule{
	Name:     "boto-version",
	Group:    check.GroupEssentials,
	Severity: check.SeverityError,
	Why:      "boto learnt in 2.8.0 what the servo asks of it",
	Mend:     "install a later one: `edits: [{rpm: python-boto-VERSION.rpm}]` in the recipe",
}

func findServo(_ context.Context, s *check.Subject) ([]check.Finding, error) {
	e := s.Survey.Essentials.Servo
	switch {
	case !e.Present && e.Bootstrap != "":
		f := servoMissing.At(e.Bootstrap, "the image has no servo of its own: this script fetches it at each boot, so that what runs is not what was checked")
		f.Severity, f.Hint = check.SeverityInfo, "for production put it into the image: `servo: {rpm: load-balancer-servo-VERSION.rpm}` in the recipe"
		if s.Profile == check.Production {
			f.Severity = check.SeverityWarning
		}
		return []check.Finding{f}, nil
	case !e.Present && e.Template != nil:
		return one(servoMissing, "", "there is no load-balancer-servo, only its template "+e.Template.Path), nil
	case !e.Present:
		return one(servoMissing, "", "there is no load-balancer-servo"), nil
	case e.SitePackages == "":
		return one(servoMissing, servoScript, "the servo's program is there, and its Python package 'servo' is in no folder of Python's"), nil
	case e.Script == "" && !hasFile(e, servoScript):
		return one(servoMissing, servoScript, "the servo's package is in "+e.SitePackages+", and the program that starts it is not there"), nil
	}
	return nil, nil
}

// servoScript is what the servo's service starts.
const servoScript = "/usr/bin/load-balancer-servo"

func hasFile(s survey.Servo, name string) bool {
	for _, f := range s.Files {
		if f.Path == name {
			return true
		}
	}
	return false
}

// servoPython is the Python that the servo is started with.
func servoPython(s *check.Subject) (survey.Python, bool) {
	for _, p := range s.Survey.Essentials.Pythons {
		if p.Servo {
			return p, true
		}
	}
	return survey.Python{}, false
}

func findPython(_ context.Context, s *check.Subject) ([]check.Finding, error) {
	e := s.Survey.Essentials
	p, ok := servoPython(s)
	switch {
	case e.Servo.Script != "" && e.Servo.Interpreter == "":
		return one(pythonMissing, e.Servo.Script, fmt.Sprintf("its first line names %q, which is not there%s", e.Servo.ShebangLine, others(e.Pythons))), nil
	case e.Servo.Script == "" && len(e.Pythons) == 0:
		return one(pythonMissing, "", "there is no Python"), nil
	case !ok || p.Branch == "" || e.Servo.SitePackages == "":
		return nil, nil
	case !slices.Contains(p.Folders, e.Servo.SitePackages):
		f := pythonMissing.At(e.Servo.Script, fmt.Sprintf("it is started with %s (Python %s), which does not look into %s, where the servo is", p.Path, p.Version, e.Servo.SitePackages))
		f.Hint = "install the servo for that Python: `servo: {source: FOLDER}` in the recipe does so"
		return []check.Finding{f}, nil
	}
	return nil, nil
}

// others tells which Pythons there are instead.
func others(all []survey.Python) string {
	if len(all) == 0 {
		return ", nor is any other Python"
	}
	var names []string
	for _, p := range all {
		names = append(names, p.Path)
	}
	return "; there is " + listed(names, 3)
}

func findBoto(_ context.Context, s *check.Subject) ([]check.Finding, error) {
	p, ok := servoPython(s)
	switch {
	case ok && p.Boto == nil && p.Branch != "":
		message := fmt.Sprintf("Python %s, which the servo is started with, finds no boto in %s", p.Version, folders(p))
		for _, q := range s.Survey.Essentials.Pythons {
			if q.Boto != nil {
				message += "; the boto in " + q.Boto.Path + " is for Python " + q.Version
				break
			}
		}
		return one(botoMissing, p.Path, message), nil
	case ok || len(s.Survey.Essentials.Pythons) == 0: // another rule's
		return nil, nil
	}
	for _, q := range s.Survey.Essentials.Pythons {
		if q.Boto != nil || q.Branch == "" {
			return nil, nil // nothing tells which counts
		}
	}
	return one(botoMissing, "", "no Python here finds boto"), nil
}

func folders(p survey.Python) string {
	if len(p.Folders) == 0 {
		return "its folders, of which there are none"
	}
	return listed(p.Folders, 3)
}

// oldestBoto is the boto that the servo was written for; oldestBoto3 the first that Python 3 can import.
const (
	oldestBoto  = "2.8.0"
	oldestBoto3 = "2.32.0"
)

func findBotoVersion(_ context.Context, s *check.Subject) ([]check.Finding, error) {
	p, ok := servoPython(s)
	if !ok { // any that there is
		for _, q := range s.Survey.Essentials.Pythons {
			if q.Boto != nil {
				p, ok = q, true
				break
			}
		}
	}
	if !ok || p.Boto == nil {
		return nil, nil
	}
	if p.Boto.Version == "" {
		f := botoVersion.At(p.Boto.Path, "its version cannot be told, and the servo needs "+oldestBoto+" or later")
		f.Severity = check.SeverityWarning
		return []check.Finding{f}, nil
	}
	have := version(p.Boto.Version)
	switch {
	case have.Before(version(oldestBoto)):
		return one(botoVersion, p.Boto.How, fmt.Sprintf("it is boto %s, and the servo needs %s or later", p.Boto.Version, oldestBoto)), nil
	case strings.HasPrefix(p.Branch, "3") && have.Before(version(oldestBoto3)):
		return one(botoVersion, p.Boto.How, fmt.Sprintf("it is boto %s for Python %s: before %s boto is for Python 2 alone", p.Boto.Version, p.Version, oldestBoto3)), nil
	}
	return nil, nil
}

// version reads a version of boto: 2.8.0, 2.0b3, 2.30.0.dev1.
func version(s string) haproxyconfig.Version {
	var v haproxyconfig.Version
	for i, part := range strings.SplitN(s, ".", 4) {
		n := 0
		for _, c := range part {
			if c < '0' || c > '9' || n > 1<<20 {
				break
			}
			n = n*10 + int(c-'0')
		}
		switch i {
		case 0:
			v.Major = n
		case 1:
			v.Minor = n
		case 2:
			v.Patch = n
		}
	}
	return v
}
