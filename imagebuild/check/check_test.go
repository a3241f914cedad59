package check_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/imagebuild/check"
	"lbimage/overlay"
	"lbimage/overlay/treetest"
	"lbimage/servo"
)

// lines are findings as text, with the severity and the rule first.
func lines(all []check.Finding) []string {
	var out []string
	for _, f := range all {
		out = append(out, string(f.Severity)+" "+f.Rule+" "+f.Place())
	}
	return out
}

func TestFinding(t *testing.T) {
	f := check.Finding{Severity: check.SeverityError, Path: "/etc/x", Line: 7, Column: 2, Rule: "some-rule", Message: "no", Hint: "do"}
	if got, want := f.String(), "error  /etc/x:7:2  some-rule  no — do"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	got, err := json.Marshal(f)
	want := `{"severity":"error","file":"/etc/x","line":7,"column":2,"rule":"some-rule","message":"no","hint":"do"}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
	whole := check.Finding{Severity: check.SeverityWarning, Rule: "r", Message: "a\x1b[2J\nb"}
	if got, want := whole.String(), `warning  r  a\x1b[2J\x0ab`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestSort(t *testing.T) {
	want := []check.Finding{
		{Rule: "whole"},
		{Path: "/a", Line: 1, Severity: check.SeverityError, Rule: "z"},
		{Path: "/a", Line: 1, Severity: check.SeverityWarning, Rule: "a"},
		{Path: "/a", Line: 1, Severity: check.SeverityInfo, Rule: "a"},
		{Path: "/a", Line: 2, Column: 1, Rule: "a"},
		{Path: "/a", Line: 2, Column: 3, Rule: "a"},
		{Path: "/b", Rule: "a"},
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	check.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if check.HasErrors(want[2:]) || !check.HasErrors(want) || check.HasErrors(nil) {
		t.Error("HasErrors is wrong")
	}
}

func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range check.Rules() {
		if seen[r.Name] || r.Name == "" || r.Why == "" || r.Mend == "" || r.Severity == "" || strings.ContainsAny(r.Name, " _") {
			t.Errorf("%+v", r)
		}
		seen[r.Name] = true
	}
}

var plain = map[string]string{"etc/passwd": "root:x:0:0::/:\n", "etc/sysctl.conf": "a.b = 1\n", "etc/old": "x", "etc/link": "-> old"}

func TestReadBack(t *testing.T) {
	edits := []overlay.Edit{
		overlay.Sysctl{Settings: []overlay.Setting{{Key: "a.b", Value: "2"}}},
		overlay.Sysctl{Settings: []overlay.Setting{{Key: "a.b", Value: "3"}}}, // the last one counts
		overlay.Remove{Path: "/etc/old"},
		overlay.Symlink{Path: "/etc/link", Target: "new"},
		overlay.Dir{Path: "/var/x"},
		overlay.File{Path: "/etc/passwd", Content: []byte(plain["etc/passwd"])},
	}
	for name, c := range map[string]struct {
		spoil func(m *treetest.Memory)
		want  string // part of the message; "" for none
	}{
		"sound":     {func(*treetest.Memory) {}, ""},
		"content":   {func(m *treetest.Memory) { m.WriteFile("etc/sysctl.conf", []byte("a.b = 4\n"), 0) }, "its digest reads back as"},
		"size":      {func(m *treetest.Memory) { m.WriteFile("etc/sysctl.conf", nil, 0) }, "its size reads back as 0, and was to be 8"},
		"mode":      {func(m *treetest.Memory) { m.Chmod("etc/sysctl.conf", 0o600) }, "its mode reads back as 0600, and was to be 0644"},
		"owner":     {func(m *treetest.Memory) { m.Lchown("var/x", 5, 6) }, "its owner reads back as 5:6, and was to be 0:0"},
		"gone":      {func(m *treetest.Memory) { m.Remove("var/x") }, "cannot be read back: file does not exist"},
		"there":     {func(m *treetest.Memory) { m.WriteFile("etc/old", nil, 0o644) }, "is still there"},
		"target":    {func(m *treetest.Memory) { m.Remove("etc/link"); m.Symlink("other", "etc/link") }, `its target reads back as "other"`},
		"type":      {func(m *treetest.Memory) { m.Remove("var/x"); m.Symlink("other", "var/x") }, "its type reads back as symlink, and was to be dir"},
		"unchanged": {func(m *treetest.Memory) { m.Remove("etc/passwd") }, ""}, // not ours to tell
	} {
		m := treetest.Fill(plain)
		changes, err := overlay.Apply(m, edits)
		if err != nil {
			t.Fatal(err)
		}
		c.spoil(m)
		got := check.ReadBack(m, changes)
		if c.want == "" {
			if len(got) != 0 {
				t.Errorf("%s: %v", name, got)
			}
			continue
		}
		if len(got) != 1 || got[0].Rule != "read-back" || !strings.Contains(got[0].Message, c.want) || !check.HasErrors(got) {
			t.Errorf("%s: %v, want one with %q", name, got, c.want)
		}
	}
}

const installed = "usr/bin/load-balancer-servo"

// templateFindings is what rules alone say of the template in a tree.
func templateFindings(t *testing.T, tree overlay.ReadTree) []check.Finding {
	t.Helper()
	j, err := check.Template(t.Context(), tree, check.HAProxyOptions{LintOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	return j.Findings
}

func TestTemplate(t *testing.T) {
	stock := func(s string) string {
		v, err := haproxyconfig.ParseVersion(s)
		if err != nil {
			t.Fatal(err)
		}
		text, err := servo.StockTemplate(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for _, c := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"missing", nil, []string{"warning template-missing /" + servo.TemplatePath}},
		{"missing under a servo", map[string]string{installed: ""}, []string{"error template-missing /" + servo.TemplatePath}},
		{"a folder", map[string]string{servo.TemplatePath + "/": ""}, []string{"error template-unreadable /" + servo.TemplatePath}},
		{"below a file", map[string]string{"etc/load-balancer-servo": ""}, []string{"error template-unreadable /" + servo.TemplatePath}},
		{"a loop", map[string]string{servo.TemplatePath: "-> haproxy_template.conf"}, []string{"error template-unreadable /" + servo.TemplatePath}},
		{"huge", map[string]string{servo.TemplatePath: strings.Repeat("#\n", 1<<19+1)}, []string{"error template-unreadable /" + servo.TemplatePath}},
		{"broken", map[string]string{servo.TemplatePath: "global\n maxconn 1\n\ndefaults\n timeout client 10x\n"}, []string{"error bad-time /" + servo.TemplatePath + ":5:17"}},
		{"broken behind a link", map[string]string{servo.TemplatePath: "-> /opt/t", "opt/t": "global\n maxconn 1\n\ndefaults\n timeout client 10x\n"}, []string{"error bad-time /opt/t:5:17"}},
	} {
		m := treetest.Fill(c.files)
		got := slices.DeleteFunc(templateFindings(t, m), func(f check.Finding) bool { // what else the rules say is not the matter here
			return f.Severity != check.SeverityError && f.Rule != "template-missing"
		})
		if !slices.Equal(lines(got), c.want) {
			t.Errorf("%s: %q, want %q", c.name, lines(got), c.want)
		}
		for _, f := range got {
			if f.Message == "" || f.Hint == "" || strings.Count(f.String(), servo.TemplatePath) > 1 {
				t.Errorf("%s: %v", c.name, f)
			}
		}
	}
	for _, release := range servo.Releases() {
		m := treetest.Fill(map[string]string{
			servo.TemplatePath: stock(release), installed: "", "etc/passwd": "servo:x:498:498::/:/sbin/nologin\n", "etc/group": "servo:x:498:\n",
			"etc/load-balancer-servo/503.http": "HTTP/1.0 503 Service Unavailable\r\n\r\nno\n",
		})
		if got := templateFindings(t, m); check.HasErrors(got) {
			t.Errorf("the template of servo %s: %v", release, got)
		}
	}
}

type broken struct{ *treetest.Memory }

var errBlock = errors.New("inode 4711: block 99 lies outside the file system")

func (b broken) ReadFile(string) ([]byte, error) { return nil, errBlock }
func (b broken) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: errBlock}
}

func TestDamageIsAFinding(t *testing.T) {
	m := treetest.Fill(map[string]string{servo.TemplatePath: "global\n"})
	changes, err := overlay.File{Path: "/etc/x", Content: []byte("x")}.Apply(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range [][]check.Finding{templateFindings(t, broken{m}), check.ReadBack(broken{m}, changes)} {
		if len(got) != 1 || !check.HasErrors(got) || !strings.Contains(got[0].Message, "inode 4711") {
			t.Errorf("%v", got)
		}
	}
}
