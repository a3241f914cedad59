package develop

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lbimage/overlay"
)

// judge finds a program that judges a test. Without it the test is skipped by name, and fails where CI=true.
func judge(t *testing.T, program string) string {
	t.Helper()
	for _, name := range []string{program, "/usr/sbin/" + program, "/sbin/" + program} {
		if p, err := exec.LookPath(name); err == nil {
			return p
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed", program)
	}
	t.Skipf("%s is not installed", program)
	return ""
}

// source gives the files of a source as a release has them, in words of our own.
func source(release string) map[string]string {
	init := "#!/bin/sh\n### BEGIN INIT INFO\n# Provides:       load-balancer-servo\n# Required-Start: $network $remote_fs\n# Required-Stop:  $network $remote_fs\n" +
		"# Default-Start:  2 3 4 5\n# Default-Stop:   0 1 6\n### END INIT INFO\n. /etc/rc.d/init.d/functions\n"
	packages := []string{"servo", "servo/haproxy", "servo/ws"}
	m := map[string]string{
		"VERSION":                          release + "\n",
		"README.md":                        "a servo for tests\n",
		".gitignore":                       "*.pyc\nbuild/\nresults/\n",
		"servo/__init__.py":                "__version__ = '1.0.0-dev'\n",
		"servo/main_loop.py":               "class Loop(object):\n    release = '" + release + "'\n",
		"servo/haproxy/__init__.py":        "",
		"servo/haproxy/conf.py":            "PORT = 80\n",
		"servo/ws/__init__.py":             "",
		"servo/test/__init__.py":           "",
		"servo/test/test_loop.py":          "import servo\n",
		"scripts/haproxy_template.conf":    "#template\nglobal\n maxconn 1\n\ndefaults\n timeout connect 5s\n",
		"scripts/boto.cfg":                 "[Boto]\nmetadata_service_timeout = 10.0\n",
		"scripts/servo-sudoers.conf":       "servo ALL = (ALL) ALL\n",
		"scripts/build-rpm.sh":             "exit 1\n",
		"scripts/load-balancer-servo-init": init,
		"load-balancer-servo":              "#!/usr/bin/env python2.6 -tt\nimport servo\n",
		"install-servo.sh":                 "#!/bin/bash\npython setup.py install\n",
	}
	data := []string{"scripts/haproxy_template.conf", "scripts/boto.cfg"}
	since := func(r string) bool { return atLeast(release, r) }
	if since("1.0.1") {
		m["scripts/load-balancer-servo-init"] += "LOGLEVEL=info\nBOTO_LOGLEVEL=info\n"
		m["servo/mon/__init__.py"] = ""
		packages = append(packages, "servo/mon")
	}
	if since("1.0.1") && !since("1.4.0") {
		m["scripts/servo-ntp-update"] = "#!/usr/bin/python -tt\nprint 'ntp'\n"
	}
	if since("1.0.1") {
		m["load-balancer-servo.cron"] = "@reboot root /usr/libexec/load-balancer-servo/ntp-update\n"
	}
	if release == "1.0.4" {
		m["scripts/servo-dns-update"] = "#!/usr/bin/python -tt\nprint 'dns'\n"
	}
	if since("1.0.4") && !since("1.4.0") {
		m["scripts/load-balancer-servo-init"] += "/usr/libexec/load-balancer-servo/ntp-update &\n"
	}
	if since("1.2.0") {
		m["scripts/503.http"] = "HTTP/1.0 503 Service Unavailable\n"
		data = append(data, "scripts/503.http")
	}
	if since("1.3.0") {
		m["load-balancer-servo.tmpfiles"] = "d /var/run/load-balancer-servo 0755 servo servo -\n"
	}
	if since("1.4.0") {
		m["scripts/servo-prep"] = "#!/usr/bin/python -tt\nimport servo.config\n"
		m["scripts/log4j.xml"] = "<log4j/>\n"
		m["scripts/load-balancer-servo-init"] += "PREP=/usr/libexec/load-balancer-servo/servo-prep\n"
	}
	if release == "1.4.1" {
		m["VERSION"] = "1.5.0\n"
	}
	m["setup.py"] = fmt.Sprintf(`from distutils.core import setup

def getVersion():
    try:
        return open('VERSION').read().rstrip()
    except IOError:
        return "0"

setup (name="Eucalyptus Loadbalancer Servo",
    version = getVersion(),
    description = "A servo",  # in short
    long_description = "A servo\nfor tests",
    author = "Nobody",
    author_email = "nobody@example.com",
    license = "GPL v3",
    url = "http://servo.example.com",
    packages = [%s],
    scripts = ['load-balancer-servo'],
    data_files = [('/etc/load-balancer-servo/', [%s])],
)
`, quoted(packages), quoted(data))
	return m
}

func quoted(list []string) string {
	var out []string
	for _, s := range list {
		out = append(out, "'"+s+"'")
	}
	return strings.Join(out, ", ")
}

// executable are the names that git has with the executable bit.
func executable(name string) bool {
	return strings.HasSuffix(name, ".sh") || strings.HasPrefix(name, "scripts/servo-ntp") || name == "load-balancer-servo"
}

// write puts files into a folder; "-> target" makes a symbolic link.
func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if target, link := strings.CutPrefix(files[name], "-> "); link {
			if err := os.Symlink(target, p); err != nil {
				t.Fatal(err)
			}
			continue
		}
		mode := os.FileMode(0o644)
		if executable(name) {
			mode = 0o755
		}
		if err := os.WriteFile(p, []byte(files[name]), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(p, mode); err != nil {
			t.Fatal(err)
		}
	}
}

// gitIn runs the real git, apart from the settings of this machine and its user.
func gitIn(t testing.TB, dir string, args ...string) string {
	t.Helper()
	out, err := gitCommand(dir, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func gitCommand(dir string, args ...string) *exec.Cmd {
	c := exec.Command("git", append([]string{"-c", "protocol.file.allow=always", "-c", "init.defaultBranch=master"}, args...)...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=T", "GIT_AUTHOR_EMAIL=t@example.com", "GIT_COMMITTER_NAME=T", "GIT_COMMITTER_EMAIL=t@example.com",
		"GIT_AUTHOR_DATE=2014-04-01T12:00:00Z", "GIT_COMMITTER_DATE=2014-04-01T12:00:00Z")
	return c
}

// repository makes a git repository with one commit on master.
func repository(t *testing.T, files map[string]string) string {
	t.Helper()
	judge(t, "git")
	dir := t.TempDir()
	gitIn(t, dir, "init", "-q")
	write(t, dir, files)
	gitIn(t, dir, "add", "-A")
	gitIn(t, dir, "commit", "-q", "-m", "first")
	return dir
}

func mustOpen(t *testing.T, r Request) *Source {
	t.Helper()
	s, err := Open(t.Context(), r, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// refuses expects an error that holds all of these words.
func refuses(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one with %q", words)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

func owner(t *testing.T, info fs.FileInfo) string {
	t.Helper()
	uid, gid, err := overlay.OwnerOf(info)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d:%d", uid, gid)
}
