package tests

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/servo/servotest"
)

// theRecipe makes a production and a development image, with an edit of every kind.
const theRecipe = `apiVersion: lbimage/v1
source: {path: SOURCE}
output: {name: "eucalyptus-load-balancer-image-{version}-{profile}"}
haproxy:
  timeouts: {connect: 5s, client: 2m, server: 2m, http-keep-alive: 10s, queue: 1m, check: 5s}
  set: {retries: 3}
  options: [dontlognull, redispatch]
sysctl: {net.ipv4.tcp_keepalive_time: 600}
overlay: [files/]
edits:
  - {line: {path: /etc/ssh/sshd_config, match: '^#?\s*UseDNS', set: 'UseDNS no'}}
  - {file: {path: /etc/motd, content: "a load balancer\n", mode: 0644, owner: "root:root"}}
  - {remove: /root/.bash_history}
  - {user: {name: deploy, system: true, home: /var/lib/deploy, shell: /sbin/nologin}}
  - {service: {name: ntpd, enabled: true}}
profiles:
  production:
    servo: {rpm: servo.rpm}
  development:
    servo: {source: servo, ref: master}
    edits:
      - {file: {path: /etc/motd.development, content: "not for customers\n"}}
`

// buildFolder is a folder with a recipe and all that it names.
func buildFolder(t *testing.T, source string) string {
	t.Helper()
	need(t, "git", "rpmbuild")
	dir := t.TempDir()
	for from, to := range map[string]string{source: filepath.Base(source), servotest.RPM(t, "1.1.0"): "servo.rpm"} {
		if err := os.Symlink(from, filepath.Join(dir, to)); err != nil {
			t.Fatal(err)
		}
	}
	repository := filepath.Join(dir, "servo")
	servotest.Write(t, repository, servotest.Source("1.1.0"))
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", repository, "-c", "user.name=T", "-c", "user.email=t@example.com"}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_DATE=2014-04-01T12:00:00Z", "GIT_COMMITTER_DATE=2014-04-01T12:00:00Z")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", args, err, out)
		}
	}
	git("init", "-q", "-b", "master")
	git("add", "-A")
	git("commit", "-q", "-m", "first")
	for name, text := range map[string]string{
		"files/etc/deploy/settings.conf": "a = 1\n",
		"files/.owners":                  "etc/deploy deploy:deploy\netc/deploy/settings.conf deploy:deploy\n",
		"lbimage.yaml":                   strings.ReplaceAll(theRecipe, "SOURCE", filepath.Base(source)),
	} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func sampleRPM(t *testing.T) string {
	t.Helper()
	base := filepath.Join(t.TempDir(), "eucalyptus-load-balancer-image.rpm")
	must(t, "", lbimage, "sample", "-o", base)
	return base
}

var profiles = []string{"production", "development"}

func outputOf(dir, profile string) string {
	return filepath.Join(dir, "eucalyptus-load-balancer-image-1.1.0-"+profile+".tgz")
}

// One build makes both images, the same bytes each time; both pass all checks, and they differ in what the recipe says.
func TestBuild(t *testing.T) {
	dir := buildFolder(t, sampleRPM(t))
	out := must(t, dir, lbimage, "build")
	t.Log(out)
	for _, p := range profiles {
		tarball := outputOf(dir, p)
		disk := filepath.Join(t.TempDir(), "disk.img")
		shell(t, "tar -xzOf '"+tarball+"' > '"+disk+"'", "")
		judgeFS(t, disk, 1<<20)
		if got := catFile(t, disk, 1<<20, "/etc/deploy/settings.conf"); got != "a = 1\n" {
			t.Errorf("%s: the overlay's file holds %q", p, got)
		}
		if got := catFile(t, disk, 1<<20, "/etc/load-balancer-servo/haproxy_template.conf"); !strings.Contains(got, "timeout client 2m") && !strings.Contains(got, "timeout client      2m") {
			t.Errorf("%s: the template is\n%s", p, got)
		}
		must(t, dir, lbimage, "check", tarball)
		var record struct {
			Profile  string
			Packages []struct{ Name, SHA256, Operation string }
			Servo    *struct{ Commit, Version string }
			Changes  []struct{ Path string }
		}
		readJSON(t, tarball+".json", &record)
		if record.Profile != p || (p == "production") != (len(record.Packages) == 1) || (p == "development") != (record.Servo != nil) {
			t.Errorf("%s: the record tells %+v", p, record)
		}
	}
	first := map[string]string{}
	for _, p := range profiles {
		first[p] = sum(t, outputOf(dir, p)) + sum(t, outputOf(dir, p)+".json")
	}
	must(t, dir, lbimage, "build", "--force", "-f", filepath.Join(dir, "lbimage.yaml"), "-o", ".")
	for _, p := range profiles {
		if got := sum(t, outputOf(dir, p)) + sum(t, outputOf(dir, p)+".json"); got != first[p] {
			t.Errorf("%s: the second build gave other bytes", p)
		}
	}
	diff := must(t, dir, lbimage, "diff", outputOf(dir, "production"), outputOf(dir, "development"), "--brief")
	t.Log(diff)
	if !strings.Contains(diff, "/etc/motd.development") || strings.Contains(diff, "/etc/motd\n") || strings.Contains(diff, "settings.conf") {
		t.Errorf("the images differ in\n%s", diff)
	}
}

func readJSON(t *testing.T, path string, to any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}
