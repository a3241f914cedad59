package check_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"lbimage/imagebuild/check"
)

// finds is a rule that finds what it is told to.
func finds(name string, g check.Group, s check.Severity, paths ...string) check.Rule {
	r := check.Rule{Name: name, Group: g, Severity: s, Why: "w", Mend: "m"}
	r.Find = func(context.Context, *check.Subject) ([]check.Finding, error) {
		var out []check.Finding
		for _, p := range paths {
			out = append(out, r.At(p, "is wrong"))
		}
		return out, nil
	}
	return r
}

func TestRun(t *testing.T) {
	rules := []check.Rule{
		finds("b", check.GroupHygiene, check.SeverityError, "/b"), {Name: "never", Group: check.GroupEdits},
		finds("a", check.GroupBoots, check.SeverityError, "/a"),
	}
	for profile, want := range map[check.Profile]string{check.Production: "error", check.Development: "info", "": "info"} {
		got, err := check.Run(t.Context(), &check.Subject{Profile: profile}, rules)
		if err != nil || strings.Join(lines(got), "; ") != "error a /a; "+want+" b /b" {
			t.Errorf("%s: %v, %v", profile, lines(got), err)
		}
	}
	broken := check.Rule{Name: "broken", Find: func(context.Context, *check.Subject) ([]check.Finding, error) { return nil, errors.New("unreadable") }}
	if _, err := check.Run(t.Context(), &check.Subject{}, append(rules, broken)); err == nil || err.Error() != "rule broken: unreadable" {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := check.Run(ctx, &check.Subject{}, rules); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestOverrides(t *testing.T) {
	all := []check.Finding{
		{Severity: check.SeverityError, Rule: "grave"}, {Severity: check.SeverityInfo, Rule: "light"}, {Severity: check.SeverityError, Rule: "other"},
	}
	for _, c := range []struct {
		severity check.Severity
		want     string
	}{
		{check.SeverityOff, "error other "},
		{check.SeverityInfo, "info grave ; info light ; error other "},
		{check.SeverityWarning, "warning grave ; info light ; error other "},
		{check.SeverityError, "error grave ; error light ; error other "},
	} {
		got := check.ApplyOverrides(all, []check.Override{{"grave", c.severity, "r"}, {"light", c.severity, "r"}})
		if strings.Join(lines(got), "; ") != c.want {
			t.Errorf("%s: %q", c.severity, lines(got))
		}
	}
	if all[0].Severity != check.SeverityError {
		t.Error("the findings that were given are changed")
	}
}

// An edit is blamed for what it does, and the source for what it has.
func TestInherit(t *testing.T) {
	rules := []check.Rule{
		finds("keys", check.GroupHygiene, check.SeverityError), finds("fs", check.GroupFileSystem, check.SeverityError),
	}
	before := []check.Finding{rules[0].At("/a", "is there"), rules[0].At("/b", "is there"), rules[1].At("", "is broken")}
	after := []check.Finding{
		rules[0].At("/a", "is there"), rules[0].At("/b", "is there, and worse"), rules[0].At("/c", "is there"), rules[1].At("", "is broken"),
	}
	told := func(all []check.Finding) string {
		var out []string
		for _, f := range all {
			mark := ""
			if f.Inherited {
				mark = " of the source"
			}
			out = append(out, string(f.Severity)+" "+f.Path+mark)
		}
		return strings.Join(out, "; ")
	}
	if got, want := told(check.Inherit(after, before, rules, false)), "warning /a of the source; error /b; error /c; error "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := told(check.Inherit(after, before, rules, true)), "error /a of the source; error /b; error /c; error "; got != want {
		t.Errorf("strict: %q, want %q", got, want)
	}
	twice := []check.Finding{after[0], after[0]}
	if got, want := told(check.Inherit(twice, before, rules, false)), "warning /a of the source; error /a"; got != want {
		t.Errorf("one more of the same: %q, want %q", got, want)
	}
	covers := func(paths ...string) []check.Finding {
		f := rules[0].At(paths[0], fmt.Sprint(len(paths)))
		f.Covers = strings.Join(paths, "\n")
		return []check.Finding{f}
	}
	for _, c := range []struct {
		after []check.Finding
		want  string
	}{
		{covers("/a", "/b", "/c"), "warning /a of the source"},
		{covers("/b", "/c"), "warning /b of the source"},
		{covers("/b"), "warning /b of the source"},
		{covers("/a", "/b", "/d"), "error /a"},
		{covers("/d"), "error /d"},
	} {
		if got := told(check.Inherit(c.after, covers("/a", "/b", "/c"), rules, false)); got != c.want {
			t.Errorf("of several: %q, want %q", got, c.want)
		}
	}
	if got := check.Inheritable(rules); len(got) != 1 || got[0].Name != "keys" {
		t.Errorf("%v", got)
	}
}
