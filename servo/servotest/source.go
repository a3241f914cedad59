// Package servotest makes stand-ins for releases of the servo: source trees and RPM packages of their shape.
package servotest

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lbimage/servo"
)

// Source gives the files of a source tree as a release has them, in words of our own, by name.
func Source(release string) map[string]string {
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
		"scripts/servo-sudoers.conf":       "servo ALL = NOPASSWD: /usr/sbin/haproxy, /sbin/modprobe, /bin/mount, /bin/umount\n",
		"scripts/build-rpm.sh":             "exit 1\n",
		"scripts/load-balancer-servo-init": init,
		"load-balancer-servo":              "#!/usr/bin/env python2.6 -tt\nimport servo\n",
		"install-servo.sh":                 "#!/bin/bash\npython setup.py install\n",
	}
	data := []string{"scripts/haproxy_template.conf", "scripts/boto.cfg"}
	since := func(r string) bool {
		return slices.Index(servo.Releases(), release) >= slices.Index(servo.Releases(), r)
	}
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
		m["load-balancer-servo.tmpfiles"] = "d /var/run/load-balancer-servo 0755 " + strings.Repeat("servo ", 2) + "-\n"
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

// Write puts files into a folder; "-> target" makes a symbolic link.
func Write(t testing.TB, dir string, files map[string]string) {
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
