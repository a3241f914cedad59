package access

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/overlay"
)

// Bounds of what is read.
const (
	maxSysctlText  = 1 << 20
	maxSysctlFiles = 500
	maxFindings    = 100 // of one rule
)

// assignment is a line that sets a parameter.
type assignment struct {
	overlay.Assignment
	path    string
	lenient bool // with a - before it: that it cannot be set is no error
}

// sysctlFiles are those that set parameters at boot, as the image reads them.
func sysctlFiles(t overlay.ReadTree) []string {
	var out []string
	boot, err := overlay.SysctlAtBoot(t)
	if err != nil {
		return []string{"etc/sysctl.conf"}
	}
	for _, f := range boot.Files {
		if len(out) < maxSysctlFiles {
			out = append(out, f.Name)
		}
	}
	return out
}

// assignments reads a file.
func assignments(t overlay.ReadTree, name string) []assignment {
	text, at, err := overlay.ReadFile(t, name, maxSysctlText)
	if err != nil {
		return nil
	}
	var out []assignment
	lines := bytes.Split(text, []byte("\n"))
	for _, a := range overlay.SysctlAssignments(text) {
		lenient := a.Line <= len(lines) && bytes.HasPrefix(bytes.TrimSpace(lines[a.Line-1]), []byte("-"))
		out = append(out, assignment{a, at.Path(), lenient})
	}
	return out
}

// kernelsOf are the versions of the image's kernels, by their modules and by the files of /boot.
func kernelsOf(t overlay.ReadTree) []kernel {
	var out []kernel
	for _, place := range []struct{ dir, prefix string }{{"lib/modules", ""}, {"usr/lib/modules", ""}, {"boot", "vmlinuz-"}} {
		r, err := overlay.Resolve(t, place.dir)
		if err != nil || !r.Exists() || !r.Info.IsDir() {
			continue
		}
		entries, err := t.ReadDir(r.Name)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if name, ok := strings.CutPrefix(e.Name(), place.prefix); ok {
				if k := parseKernel(name); k.known() && !slices.Contains(out, k) {
					out = append(out, k)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b kernel) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
	return out
}

// eachAssignment gives findings of what is wrong with assignments.
func eachAssignment(s *check.Subject, wrong func(assignment) (check.Finding, bool)) []check.Finding {
	var out []check.Finding
	for _, name := range sysctlFiles(s.Tree) {
		for _, a := range assignments(s.Tree, name) {
			if len(out) == maxFindings {
				return out
			}
			if f, ok := wrong(a); ok {
				out = append(out, f)
			}
		}
	}
	return out
}

func ruleSysctlUnknown() check.Rule {
	r := check.Rule{
		Name: "sysctl-unknown", Group: check.GroupConfiguration, Severity: check.SeverityWarning,
		Why:  "a parameter that the image's kernel does not know is not set: what it was to do does not happen, and sysctl says so where nobody looks",
		Mend: "mend the key, or remove its line: `edits: [{line: {path: /etc/sysctl.conf, match: '^KEY', remove: true}}]`",
	}
	r.Find = func(_ context.Context, s *check.Subject) ([]check.Finding, error) {
		kernels := kernelsOf(s.Tree)
		return eachAssignment(s, func(a assignment) (check.Finding, bool) {
			text := unknownKey(a.Name, kernels)
			if text == "" {
				return check.Finding{}, false
			}
			f := at(r, a.path, a.Line, a.Key+": "+text)
			f.Hint = fmt.Sprintf("mend the key, or remove its line: `edits: [{line: {path: %s, match: %s, remove: true}}]`", check.YAMLText(a.path), check.YAMLText(`^\s*-?\s*`+regexp.QuoteMeta(a.Key)+`\s*=`))
			if a.lenient {
				f.Severity = check.SeverityInfo
			}
			return f, true
		}), nil
	}
	return r
}

func ruleSysctlValue() check.Rule {
	r := check.Rule{
		Name: "sysctl-value", Group: check.GroupConfiguration, Severity: check.SeverityWarning,
		Why:  "the kernel refuses a value that it does not take, and the parameter stays as it was",
		Mend: "give it a value that the kernel takes: `sysctl: {KEY: VALUE}`",
	}
	r.Find = func(_ context.Context, s *check.Subject) ([]check.Finding, error) {
		return eachAssignment(s, func(a assignment) (check.Finding, bool) {
			text := wrongValue(normal(a.Name), a.Value)
			if text == "" { // most are right: for them no file is read again
				return check.Finding{}, false
			}
			f := at(r, a.path, a.Line, a.Key+" = "+a.Value+": "+text)
			f.Hint = "give it a value that the kernel takes, by the key " + check.YAMLText(a.Name) + " below sysctl, or leave it to the kernel: " + without(s.Tree, a.path, a.Line)
			return f, true
		}), nil
	}
	return r
}

func ruleSysctlDuplicate() check.Rule {
	r := check.Rule{
		Name: "sysctl-duplicate", Group: check.GroupConfiguration, Severity: check.SeverityWarning,
		Why:  "of several lines for one parameter in a file the last counts; whoever reads or edits the first is wrong",
		Mend: "leave one line for each parameter",
	}
	r.Find = func(_ context.Context, s *check.Subject) ([]check.Finding, error) {
		var out []check.Finding
		for _, name := range sysctlFiles(s.Tree) {
			last := map[string]assignment{}
			for _, a := range assignments(s.Tree, name) {
				key := a.Name
				if b, twice := last[key]; twice && strings.Join(strings.Fields(b.Value), " ") != strings.Join(strings.Fields(a.Value), " ") && len(out) < maxFindings {
					out = append(out, orWithout(s, at(r, b.path, b.Line, fmt.Sprintf("%s = %s has no effect: line %d sets it to %s", b.Key, b.Value, a.Line, a.Value))))
				}
				last[key] = a
			}
		}
		return out, nil
	}
	return r
}
