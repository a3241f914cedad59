package check_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/render"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/judge"
	"lbimage/overlay/treetest"
	"lbimage/servo"
)

func TestMain(m *testing.M) {
	judge.Init()
	os.Exit(m.Run())
}

func version(t *testing.T, s string) haproxyconfig.Version {
	t.Helper()
	v, err := haproxyconfig.ParseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// oneListener is a load balancer with an http listener and one instance: HAProxy 2.0 and later refuse two of one name.
var oneListener = render.LoadBalancer{Listeners: []render.Listener{{Protocol: "http", Port: 65081, Instances: []string{"127.0.0.1"}}}}

// judged lets the host's HAProxy judge a configuration, which is skipped where there is none.
func judged(t *testing.T, text string, o check.HAProxyOptions, template bool) check.Judgement {
	t.Helper()
	if judge.FindHost() == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("haproxy is missing: CI has to have it")
		}
		t.Skip("haproxy is missing")
	}
	c := check.Configuration{Name: "t.cfg", Text: []byte(text), Template: template}
	j, err := c.CheckFor(t.Context(), nil, o)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func rulesOf(j check.Judgement, severity check.Severity) []string {
	var out []string
	for _, f := range j.Findings {
		if f.Severity == severity {
			out = append(out, f.Rule)
		}
	}
	return out
}

// HAProxy's own words go to what the linter has found, and what only HAProxy sees is a finding of its own.
func TestHAProxyJudges(t *testing.T) {
	j := judged(t, "defaults\n timeout clint 5s\n", check.HAProxyOptions{}, false)
	if got := rulesOf(j, check.SeverityError); !slices.Equal(got, []string{"unknown-timeout"}) || !strings.Contains(j.Findings[0].Message, "(HAProxy ") {
		t.Errorf("findings %v", j.Findings)
	}
	j = judged(t, "frontend f\n bind 127.0.0.1:65080\n mode http\n acl a path_reg (\n", check.HAProxyOptions{}, false)
	if got := rulesOf(j, check.SeverityError); !slices.Equal(got, []string{"haproxy"}) || j.Findings[len(j.Findings)-1].Line == 0 {
		t.Errorf("a regular expression: %v", j.Findings)
	}
	j = judged(t, "defaults\n timeout client 5s\n", check.HAProxyOptions{}, false)
	if check.HasErrors(j.Findings) || len(j.By) != 2 {
		t.Errorf("a good one: %v, %v", j.Findings, j.By)
	}
}

// A HAProxy of another branch is not asked, unless it is named; then its word is a warning.
func TestAnotherBranch(t *testing.T) {
	const text = "defaults\n contimeout 5s\n timeout client 5s\n timeout server 5s\n"
	o := check.HAProxyOptions{HAProxy: version(t, "1.5-dev21")}
	j := judged(t, text, o, false)
	if check.HasErrors(j.Findings) || len(j.By) != 1 || !strings.Contains(strings.Join(j.Notes, "\n"), "was not asked") {
		t.Errorf("%v, %v, %v", j.Findings, j.By, j.Notes)
	}
	o.Binary = judge.FindHost()
	j = judged(t, text, o, false)
	if check.HasErrors(j.Findings) || !slices.Contains(rulesOf(j, check.SeverityWarning), "haproxy") {
		t.Errorf("named: %v", j.Findings)
	}
	o = check.HAProxyOptions{LintOnly: true, HAProxy: version(t, "2.6")}
	j = judged(t, text, o, false)
	if !check.HasErrors(j.Findings) || len(j.By) != 1 || !strings.Contains(strings.Join(j.Notes, "\n"), "linter alone") {
		t.Errorf("linter alone: %v, %v", j.Findings, j.Notes)
	}
}

// What the servo makes of a template is judged as well, and blamed on the template's own lines.
func TestRenderedIsJudged(t *testing.T) {
	const good = "global\n maxconn 100\n\ndefaults\n timeout connect 5s\n"
	servo := version(t, "1.0.4")
	j := judged(t, good, check.HAProxyOptions{Servo: servo, LoadBalancer: oneListener}, true)
	if check.HasErrors(j.Findings) || !slices.ContainsFunc(j.By, func(s string) bool { return strings.Contains(s, "servo 1.0.4 makes of it for one listener") }) {
		t.Errorf("a good one: %v, %v", j.Findings, j.By)
	}
	if len(j.Settings) != 2 || j.Settings[1].Status != render.Effective {
		t.Errorf("settings %+v", j.Settings)
	}
	// From 1.1.0 on the servo writes reqadd, which 2.1 took out: no fault of the template.
	j = judged(t, good, check.HAProxyOptions{Servo: version(t, "1.1.0"), LoadBalancer: oneListener, HAProxy: version(t, "2.6")}, true)
	if got := rulesOf(j, check.SeverityWarning); check.HasErrors(j.Findings) || !slices.Equal(got, []string{"removed-keyword"}) || !strings.Contains(j.Findings[0].Message, "servo 1.1.0 writes 'reqadd") {
		t.Errorf("reqadd: %v", j.Findings)
	}
	// Two defaults are good for HAProxy, and the servo loses the first.
	j = judged(t, "global\n maxconn 5\ndefaults\n timeout connect 5s\ndefaults\n retries 3\n", check.HAProxyOptions{Servo: servo, LoadBalancer: oneListener}, true)
	if got := rulesOf(j, check.SeverityError); !slices.Contains(got, "duplicate-section") {
		t.Errorf("two defaults: %v", j.Findings)
	}
	if len(j.ByRules) == 0 || strings.Contains(j.ByRules[0].Message, "(HAProxy ") {
		t.Errorf("by rules: %v", j.ByRules)
	}
}

// The image's users and error files count.
func TestImageCounts(t *testing.T) {
	const text = "global\n user servo\n\ndefaults\n timeout connect 5s\n errorfile 503 /etc/load-balancer-servo/503.http\n"
	files := map[string]string{servo.TemplatePath: text, installed: ""}
	tree := treetest.Fill(files)
	got := templateFindings(t, tree)
	var rules []string
	for _, f := range got {
		if f.Severity == check.SeverityError {
			rules = append(rules, f.Rule)
		}
	}
	if !slices.Equal(rules, []string{"unknown-user", "missing-errorfile"}) {
		t.Errorf("without them: %v", got)
	}
	files["etc/passwd"] = "servo:x:498:498::/:/sbin/nologin\n"
	files["etc/group"] = "servo:x:498:\n"
	files["etc/load-balancer-servo/503.http"] = "HTTP/1.0 503 Service Unavailable\r\n\r\nno\n"
	if got := templateFindings(t, treetest.Fill(files)); check.HasErrors(got) {
		t.Errorf("with them: %v", got)
	}
}

// The image's own HAProxy is asked first, and what it accepts is no error.
func TestImagesOwnHAProxy(t *testing.T) {
	host := judge.FindHost()
	if host == "" || exec.Command(host, "-v").Run() != nil {
		t.Skip("haproxy is missing")
	}
	b, err := os.ReadFile(host)
	if err != nil {
		t.Fatal(err)
	}
	tree := treetest.Fill(map[string]string{
		servo.TemplatePath: "global\n maxconn 5\n\ndefaults\n timeout connect 5s\n", installed: "", "usr/sbin/haproxy": string(b),
	})
	j, err := check.Template(t.Context(), tree, check.HAProxyOptions{Servo: version(t, "1.0.4"), LoadBalancer: oneListener})
	if err != nil {
		t.Fatal(err)
	}
	// Its libraries are not in the tree: that is said, and its version is known all the same.
	notes := strings.Join(j.Notes, "\n")
	if !strings.Contains(notes, "the image's HAProxy was not asked") || !strings.Contains(j.By[0], "HAProxy 2.") {
		t.Errorf("by %q, notes %q", j.By, notes)
	}
}
