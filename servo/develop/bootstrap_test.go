package develop

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

func cloudImage(more map[string]string) *treetest.Memory {
	files := map[string]string{"usr/bin/cloud-init": "", "usr/bin/git": "", "etc/cloud/cloud.cfg": "cloud_final_modules:\n - scripts-per-boot\n"}
	for n, c := range more {
		files[n] = c
	}
	return image(files)
}

func TestBootstrap(t *testing.T) {
	e, err := NewBootstrap(Bootstrap{URL: "https://example.com/servo.git", Ref: "maint-4.0", Time: time.Unix(9, 0)})
	if err != nil {
		t.Fatal(err)
	}
	tree := cloudImage(nil)
	for again := range 2 {
		changes, err := overlay.Apply(tree, []overlay.Edit{e})
		if err != nil {
			t.Fatal(err)
		}
		if c := changes[len(changes)-1]; c.Path != BootstrapPath || len(c.Notes) > again || c.Changed() != (again == 0) {
			t.Errorf("%s %q", c, c.Notes)
		}
	}
	info, err := tree.Lstat(BootstrapPath[1:])
	if err != nil || info.Mode() != 0o755 || info.ModTime().Unix() != 9 {
		t.Errorf("%v %v", info, err)
	}
	text, _ := tree.ReadFile(BootstrapPath[1:])
	for _, want := range []string{"url='https://example.com/servo.git'\n", "ref='maint-4.0'\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the script lacks %q", want)
		}
	}
	for name, c := range map[string]struct {
		tree  *treetest.Memory
		words []string
	}{
		"no cloud-init": {image(map[string]string{"usr/bin/git": ""}), []string{"/usr/bin/cloud-init", "needs cloud-init"}},
		"no git":        {image(map[string]string{"usr/bin/cloud-init": ""}), []string{"/usr/bin/git", "needs git"}},
	} {
		_, err := overlay.Apply(c.tree, []overlay.Edit{e})
		t.Run(name, func(t *testing.T) { refuses(t, err, c.words...) })
	}
	for name, c := range map[string]struct {
		more map[string]string
		note string
	}{
		"not asked": {map[string]string{"etc/cloud/cloud.cfg": "x\n"}, "scripts-per-boot"},
		"old boto":  {map[string]string{"usr/lib/python2.6/site-packages/boto/__init__.py": "__version__ = '2.6.1'\n"}, "boto 2.6.1"},
		"dumb boto": {map[string]string{"usr/lib/python2.6/site-packages/boto/__init__.py": "\n"}, "boto 0"},
	} {
		changes, err := overlay.Apply(cloudImage(c.more), []overlay.Edit{e})
		if err != nil || !strings.Contains(strings.Join(changes[len(changes)-1].Notes, "\n"), c.note) {
			t.Errorf("%s: %v %v", name, changes, err)
		}
	}
}

func TestBootstrapRefuses(t *testing.T) {
	good := "https://example.com/servo.git"
	for _, url := range []string{good, "git://example.com/x", "ssh://git@example.com:22/x", "git@example.com:eucalyptus/servo.git", "file:///srv/servo", "http://[::1]:8080/x?a=b'c"} {
		if _, err := NewBootstrap(Bootstrap{URL: url}); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{
		"", "/srv/servo", "-x", "ext::sh -c id", "https://me:word@example.com/x", "https://token@example.com/x", "https://e.com/x\nid", "ftp://e.com/x",
		"ssh://-oProxyCommand=id/x", "-u@host:x", "u@-host:x", "git@host:-x", "https:///x", "https://e.com/ü",
	} {
		if _, err := NewBootstrap(Bootstrap{URL: url}); err == nil {
			t.Errorf("%q: no error", url)
		} else if strings.Contains(err.Error(), ":word") {
			t.Errorf("the password is told: %v", err)
		}
	}
	for _, ref := range []string{"-x", "a b", "a;b", "$(id)", "`id`", "a'b", "a..b", "a@{1}", "a\nb", strings.Repeat("a", 300)} {
		if _, err := NewBootstrap(Bootstrap{URL: good, Ref: ref}); err == nil {
			t.Errorf("ref %q: no error", ref)
		}
	}
}

func TestBootstrapDescribe(t *testing.T) {
	for _, c := range []struct{ ref, want string }{{"", "fetch the servo at each boot from git://h/x"}, {"v1", "fetch the servo at each boot from git://h/x (v1)"}} {
		e, err := NewBootstrap(Bootstrap{URL: "git://h/x", Ref: c.ref})
		if err != nil || e.Describe() != c.want || len(e.Paths()) != 1 {
			t.Errorf("%v %v", e, err)
		}
	}
}

// Every shell that an image may have as /bin/sh reads the script, and a quote in a value cannot end it.
func TestBootstrapShells(t *testing.T) {
	for _, shell := range []string{"bash", "dash"} {
		if _, err := exec.LookPath(shell); err != nil {
			continue
		}
		cmd := exec.Command(shell, "-n")
		cmd.Stdin = strings.NewReader(bootstrap{Bootstrap{URL: "https://e.com/it's", Ref: "x"}}.script())
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v %s", shell, err, out)
		}
	}
	sh := judge(t, "sh")
	for _, s := range []string{"it's", "$(id)", "a b", "\\", "'", "''"} {
		out, err := exec.Command(sh, "-c", "printf %s "+quote(s)).Output()
		if err != nil || string(out) != s {
			t.Errorf("%q: %q %v", s, out, err)
		}
	}
}

// The script asks Python itself for boto's version.
func TestBootstrapBoto(t *testing.T) {
	python := judge(t, "python3")
	_, rest, _ := strings.Cut(bootstrapText, "python -c '")
	program, _, ok := strings.Cut(rest, "' ||")
	if !ok {
		t.Fatal("the script does not ask")
	}
	for version, good := range map[string]bool{"2.8.0": true, "2.8": true, "2.34.0": true, "3.0.0": true, "2.8.0rc1": true, "2.7.9": false, "1.9b": false, "": false} {
		dir := t.TempDir()
		if version != "" {
			write(t, dir, map[string]string{"boto.py": "__version__ = '" + version + "'\n"})
		}
		cmd := exec.Command(python, "-B", "-c", program)
		cmd.Env = append(os.Environ(), "PYTHONPATH="+dir)
		if err := cmd.Run(); (err == nil) != good {
			t.Errorf("boto %q: %v", version, err)
		}
	}
}

// machine is a folder in which the script runs: its paths lie below it, and what it calls are stand-ins that
// write down how.
type machine struct {
	t         *testing.T
	root, url string
}

func (m machine) boot(ref string) (log string, ok bool) {
	m.t.Helper()
	e := bootstrap{Bootstrap{URL: m.url, Ref: ref}}
	text := e.script()
	for _, dir := range []string{"/opt/", "/etc/", "/usr/libexec/", "/usr/bin/load-balancer-servo", "/var/lib/", "/var/log/"} {
		text = strings.ReplaceAll(text, "="+dir, "="+m.root+dir)
	}
	text = strings.Replace(text, "PATH=/usr/local/sbin", "PATH="+m.root+"/bin:/usr/local/sbin", 1)
	text = strings.Replace(text, "pause=10", "pause=0", 1)
	cmd := exec.Command("sh")
	cmd.Stdin = strings.NewReader(text)
	script := filepath.Join(m.root, "script")
	os.WriteFile(script, []byte(text), 0o755)
	cmd = exec.Command("sh", script)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "ROOT=" + m.root, "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"}
	err := cmd.Run()
	out, _ := os.ReadFile(filepath.Join(m.root, "var/log/load-balancer-servo-bootstrap.log"))
	os.Remove(filepath.Join(m.root, "var/log/load-balancer-servo-bootstrap.log"))
	return string(out), err == nil
}

func (m machine) read(name string) string {
	data, err := os.ReadFile(filepath.Join(m.root, name))
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// The script runs, boot after boot: the source is fetched, installed, mended and started; what the image's
// administrator set stays; without a network the last source serves.
func TestBootstrapRuns(t *testing.T) {
	judge(t, "sh")
	judge(t, "bash")
	files := source("1.1.0")
	files["install-servo.sh"] = `#!/bin/bash
install -m 755 -D load-balancer-servo $ROOT/usr/bin/load-balancer-servo
install -m 755 -D scripts/load-balancer-servo-init $ROOT/etc/init.d/load-balancer-servo
mkdir -p $ROOT/etc/load-balancer-servo
cp scripts/haproxy_template.conf scripts/boto.cfg $ROOT/etc/load-balancer-servo
install -m 755 -D scripts/servo-ntp-update $ROOT/usr/libexec/load-balancer-servo/servo-ntp-update
install scripts/load-balancer-servo.cron $ROOT/etc/cron.d/load-balancer-servo
`
	repo := repository(t, files)
	gitIn(t, repo, "branch", "other")
	m := machine{t, t.TempDir(), "file://" + repo}
	write(t, m.root, map[string]string{
		"bin/python.sh":  "#!/bin/sh\nexit ${BOTO:-0}\n",
		"bin/service.sh": "#!/bin/sh\necho \"$@\" >>$ROOT/services\n",
		"etc/load-balancer-servo/haproxy_template.conf": "mine\n",
		"etc/cron.d/x": "", "var/log/x": "", "var/lib/x": "", "opt/x": "",
	})
	for _, p := range []string{"python", "service"} {
		os.Rename(filepath.Join(m.root, "bin", p+".sh"), filepath.Join(m.root, "bin", p))
	}
	if log, ok := m.boot(""); !ok || !strings.Contains(log, "started") {
		t.Fatalf("%v: %s", ok, log)
	}
	expect := func(name, want string) {
		t.Helper()
		if got := m.read(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	expect("services", "load-balancer-servo restart\n")
	expect("etc/load-balancer-servo/haproxy_template.conf", "mine\n")
	expect("etc/load-balancer-servo/haproxy_template.conf.new", files["scripts/haproxy_template.conf"])
	expect("etc/load-balancer-servo/boto.cfg", files["scripts/boto.cfg"])
	expect("usr/libexec/load-balancer-servo/ntp-update", files["scripts/servo-ntp-update"])
	expect("etc/cron.d/load-balancer-servo", files["load-balancer-servo.cron"])

	// The next boot brings the repository's next commit; a file that came from the last one gives way.
	write(t, repo, map[string]string{"scripts/boto.cfg": "newer\n", "load-balancer-servo": "newer\n"})
	gitIn(t, repo, "commit", "-q", "-a", "-m", "newer")
	if log, ok := m.boot("master"); !ok {
		t.Fatal(log)
	}
	expect("etc/load-balancer-servo/haproxy_template.conf", "mine\n")
	expect("etc/load-balancer-servo/boto.cfg", "newer\n")
	expect("usr/bin/load-balancer-servo", "newer\n")

	// Another branch; then a repository out of reach: what was fetched serves.
	if log, ok := m.boot("other"); !ok {
		t.Fatal(log)
	}
	expect("usr/bin/load-balancer-servo", files["load-balancer-servo"])
	os.Rename(repo, repo+".away")
	log, ok := m.boot("master")
	if !ok || !strings.Contains(log, "out of reach") {
		t.Fatalf("%v: %s", ok, log)
	}
	expect("usr/bin/load-balancer-servo", "newer\n")
	os.Rename(repo+".away", repo)

	if log, ok := m.boot("not-there"); ok || !strings.Contains(log, "no branch, tag or commit not-there") {
		t.Errorf("%v: %s", ok, log)
	}
	fresh := machine{t, t.TempDir(), "file:///not/there"}
	write(t, fresh.root, map[string]string{"var/log/x": "", "var/lib/x": "", "opt/x": "", "bin/python.sh": "#!/bin/sh\nexit 0\n"})
	os.Rename(filepath.Join(fresh.root, "bin/python.sh"), filepath.Join(fresh.root, "bin/python"))
	if log, ok := fresh.boot(""); ok || !strings.Contains(log, "attempt 4 of 5") || !strings.Contains(log, "could not be fetched") {
		t.Errorf("%v: %s", ok, log)
	}
	os.WriteFile(filepath.Join(fresh.root, "bin/python"), []byte("#!/bin/sh\nexit 1\n"), 0o755)
	if log, ok := fresh.boot(""); ok || !strings.Contains(log, "needs boto 2.8.0") {
		t.Errorf("%v: %s", ok, log)
	}
}
