package essentials

import (
	"context"
	"fmt"
	"slices"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/survey"
)

var sudoMissing = check.Rule{
	Name:     "sudo-missing",
	Group:    check.GroupEssentials,
	Severity: check.SeverityError,
	Why:      "the servo is no root: it starts HAProxy with sudo",
	Mend:     "install the package: `edits: [{rpm: sudo-VERSION.rpm}]` in the recipe",
}

var interpreterMissing = check.Rule{
	Name:     "interpreter-missing",
	Group:    check.GroupEssentials,
	Severity: check.SeverityError,
	Why:      "a script whose first line names a program that is not there cannot be started",
	Mend:     "install the interpreter with `edits: [{rpm: FILE}]` in the recipe, or take the scripts out with `edits: [{remove: PATH}]`",
}

func findSudo(_ context.Context, s *check.Subject) ([]check.Finding, error) {
	p := s.Survey.Essentials.Sudo
	switch {
	case p.Path == "":
		return one(sudoMissing, "", "there is no sudo in any folder of PATH"), nil
	case !p.Setuid || p.UID != 0:
		f := sudoMissing.At(p.Path, fmt.Sprintf("it is of no use: its mode is %s and it belongs to user %d; sudo has to be root's and set-user-id", p.Mode, p.UID))
		f.Hint = "install the package anew, or lay the file over the image with 'usr/bin/sudo root:root 4111' in .owners"
		return []check.Finding{f}, nil
	}
	return nil, nil
}

// findInterpreters tells of each interpreter that is missing once. A script of the servo makes it an error, any other
// that someone starts a warning, documentation and modules a remark.
func findInterpreters(_ context.Context, s *check.Subject) ([]check.Finding, error) {
	servo := []string{}
	for _, f := range s.Survey.Essentials.Servo.Files {
		servo = append(servo, f.Path)
	}
	var out []check.Finding
	for _, i := range s.Survey.Essentials.Scripts {
		if i.Resolved != "" {
			continue
		}
		f := interpreterMissing.At(i.Name, told(i))
		if i.Env {
			f.Path = ""
		}
		f.Severity = check.SeverityWarning
		switch {
		case slices.ContainsFunc(i.ProgramPaths, func(p string) bool { return slices.Contains(servo, p) || p == servoScript }):
			f.Severity = check.SeverityError
		case i.Programs == 0:
			f.Severity = check.SeverityInfo
		}
		out = append(out, f)
	}
	return out, nil
}

// told says of an interpreter which scripts need it.
func told(i survey.Interpreter) string {
	paths, n, what := i.ProgramPaths, i.Programs, "scripts need it"
	if n == 0 {
		paths, n, what = i.OtherPaths, i.Others, "files of documentation and modules name it"
	}
	if n == 1 {
		what = "a script needs it"
		if i.Programs == 0 {
			what = "a file of documentation or modules names it"
		}
	} else {
		what = fmt.Sprintf("%d %s", n, what)
	}
	list := paths[0]
	for _, p := range paths[1:min(len(paths), 3)] {
		list += ", " + p
	}
	if n > 3 {
		list += ", …"
	}
	head := "it is not there"
	if i.Env {
		head = i.Name + " is in no folder of PATH"
	}
	return fmt.Sprintf("%s; %s: %s", head, what, list)
}
