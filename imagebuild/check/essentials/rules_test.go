package essentials_test

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/checktest"
	"lbimage/imagebuild/check/essentials"
	"lbimage/imagebuild/ldso"
	"lbimage/imagebuild/survey"
	"lbimage/overlay/treetest"
	"lbimage/tests/needs"
)

// image is a tree with all that a load balancer consists of: this machine's HAProxy with its libraries, and stand-ins
// for the rest.
type image struct {
	files map[string]string
	modes map[string]fs.FileMode
}

const (
	initScript = "etc/init.d/load-balancer-servo"
	startLink  = "etc/rc3.d/S99load-balancer-servo"
)

const site = "usr/lib/python2.6/site-packages/"

func sound(t *testing.T) image {
	t.Helper()
	i := image{map[string]string{
		"usr/bin/load-balancer-servo": "#!/usr/bin/python -tt\n",
		initScript:                    "#!/bin/sh\n### BEGIN INIT INFO\n# Provides: load-balancer-servo\n# Default-Start: 2 3 4 5\n### END INIT INFO\n",
		startLink:                     "-> ../init.d/load-balancer-servo",
		site + "servo/__init__.py":    "",
		site + "boto/__init__.py":     "__version__ = '2.8.0'\n",
		"usr/bin/python":              "-> python2.6",
		"usr/bin/python2.6":           "stand-in",
		"usr/lib64/python2.6/os.py":   "",
		"usr/bin/sudo":                "stand-in",
		"bin/sh":                      "stand-in",
		"etc/init.d/sshd":             "#!/bin/sh\n",
		"usr/bin/env":                 "stand-in",
	}, map[string]fs.FileMode{
		"usr/bin/load-balancer-servo": 0o755, "usr/bin/python2.6": 0o755, "usr/bin/sudo": 0o111 | fs.ModeSetuid, "bin/sh": 0o755, "etc/init.d/sshd": 0o755,
		"usr/sbin/haproxy": 0o755,
	}}
	root, err := os.OpenRoot("/")
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	here := treetest.Folder{Root: root}
	program := needs.Program(t, "haproxy")
	facts, err := ldso.Read(here, program)
	if err != nil {
		t.Fatal(err)
	}
	search, err := ldso.NewSearch(here, facts)
	if err != nil {
		t.Fatal(err)
	}
	found, err := search.Libraries(program)
	if err != nil || len(found.Missing) > 0 {
		t.Fatal(found, err)
	}
	copyFrom := func(from, to string) {
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		i.files[strings.TrimPrefix(to, "/")] = string(b)
	}
	copyFrom(program, "usr/sbin/haproxy")
	copyFrom(facts.Interpreter, facts.Interpreter)
	copyFrom(ldso.CachePath, ldso.CachePath)
	for _, l := range found.Libraries {
		copyFrom(l.Path, l.Path)
	}
	return i
}

func (i image) library(t *testing.T, prefix string) string {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(i.files)) {
		if strings.HasPrefix(path.Base(name), prefix) {
			return name
		}
	}
	t.Fatalf("no %s", prefix)
	return ""
}

// findings asks all rules: "severity rule path: message".
func (i image) findings(t *testing.T, asked check.Asked) []string {
	t.Helper()
	m := treetest.Fill(i.files)
	for name, mode := range i.modes {
		if _, ok := i.files[name]; !ok || strings.HasPrefix(i.files[name], "-> ") {
			continue
		}
		if err := m.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	s, err := survey.Of(t.Context(), m, survey.Options{})
	if err != nil {
		t.Fatal(err)
	}
	found, err := check.Run(t.Context(), &check.Subject{Tree: m, Survey: s, Asked: asked}, essentials.Rules())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range found {
		if f.Hint == "" {
			t.Errorf("no hint: %v", f)
		}
		out = append(out, string(f.Severity)+" "+f.Rule+" "+f.Place()+": "+f.Message)
	}
	return out
}

func TestRules(t *testing.T) {
	tripped := map[string]bool{}
	for _, c := range []struct {
		name  string
		spoil func(i *image)
		asked check.Asked
		want  []string // how the findings begin and what they hold, parted by "…"
	}{
		{"sound", func(*image) {}, check.Asked{}, nil},
		{"no haproxy", func(i *image) { delete(i.files, "usr/sbin/haproxy") }, check.Asked{}, []string{"error haproxy-missing /usr/sbin/haproxy: there is no HAProxy"}},
		{"elsewhere", func(i *image) {
			i.files["usr/local/sbin/haproxy"] = i.files["usr/sbin/haproxy"]
			i.modes["usr/local/sbin/haproxy"] = 0o755
			delete(i.files, "usr/sbin/haproxy")
		}, check.Asked{}, []string{"error haproxy-missing /usr/sbin/haproxy: it is not there; the HAProxy at /usr/local/sbin/haproxy"}},
		{"a folder", func(i *image) { i.files["usr/sbin/haproxy/x"] = ""; delete(i.files, "usr/sbin/haproxy") }, check.Asked{}, []string{"error haproxy-missing /usr/sbin/haproxy: it is no regular file"}},
		{"a script", func(i *image) { i.files["usr/sbin/haproxy"] = "#!/bin/sh\n" }, check.Asked{}, []string{"error haproxy-missing /usr/sbin/haproxy: it is no program: a script"}},
		{"cut off", func(i *image) { i.files["usr/sbin/haproxy"] = i.files["usr/sbin/haproxy"][:3000] }, check.Asked{}, []string{"error haproxy-missing /usr/sbin/haproxy: it is no program"}},
		{"mode", func(i *image) { i.modes["usr/sbin/haproxy"] = 0o644 }, check.Asked{}, []string{"error haproxy-missing /usr/sbin/haproxy: it cannot be started: its mode is 0644"}},
		{"too old", func(*image) {}, check.Asked{HAProxy: "99.1"}, []string{"error haproxy-version /usr/sbin/haproxy: it is HAProxy …the recipe asks for 99.1 or later"}},
		{"old for the servo", func(i *image) { i.files["usr/sbin/haproxy"] = tells("HA-Proxy version 1.4.24 2013/06/17\n") }, check.Asked{},
			[]string{"error haproxy-version /usr/sbin/haproxy: it is HAProxy 1.4.24, and the servo needs 1.5-dev18 or later"}},
		{"dev", func(i *image) { i.files["usr/sbin/haproxy"] = tells("HA-Proxy version 1.5-dev17 2012/12/28\n") }, check.Asked{},
			[]string{"error haproxy-version /usr/sbin/haproxy: it is HAProxy 1.5-dev17"}},
		{"late enough", func(i *image) { i.files["usr/sbin/haproxy"] = tells("HA-Proxy version 1.5-dev21-6b07bf7 2013/12/17\n") }, check.Asked{}, nil},
		{"tells nothing", func(i *image) { i.files["usr/sbin/haproxy"] = tells("nothing\n") }, check.Asked{}, []string{"warning haproxy-version-unknown /usr/sbin/haproxy: it does not tell its version"}},
		{"library", func(i *image) { delete(i.files, i.library(t, "libcrypto.so")) }, check.Asked{}, []string{"error library-missing /usr/sbin/haproxy: libcrypto.so.…is nowhere that the loader looks"}},
		{"library cut off", func(i *image) { n := i.library(t, "libcrypto.so"); i.files[n] = i.files[n][:100] }, check.Asked{}, []string{"error library-missing …passed over: /…damaged ELF file"}},
		{"indirect", func(i *image) {
			delete(i.files, i.library(t, "libgcrypt.so"))
			delete(i.files, i.library(t, "liblz4.so"))
		}, check.Asked{}, []string{"error library-missing …needs it", "error library-missing …needs it"}},
		{"other processor", func(i *image) { n := i.library(t, "libcrypt.so"); i.files[n] = arm(i.files[n]) }, check.Asked{}, []string{"error library-missing …it is for aarch64"}},
		{"no loader", func(i *image) { delete(i.files, i.library(t, "ld-linux")) }, check.Asked{}, []string{"error library-missing /usr/sbin/haproxy: its loader /lib64/ld-linux-x86-64.so.2 is not there"}},
		{"loader for another", func(i *image) { n := i.library(t, "ld-linux"); i.files[n] = arm(i.files[n]) }, check.Asked{}, []string{"error library-missing …its loader …for aarch64"}},
		{"older library", func(i *image) {
			n := i.library(t, "libcrypto.so")
			i.files[n] = strings.ReplaceAll(i.files[n], "OPENSSL_3.0.0\x00", "OPENSSL_2.9.9\x00")
		}, check.Asked{}, []string{"error library-version /…/libcrypto.so…: it lacks OPENSSL_3.0.0, which /…needs", "error library-version /…needs"}},
		{"cache", func(i *image) {
			n := i.library(t, "libcrypto.so")
			i.files["opt/ssl/"+path.Base(n)], i.files["etc/ld.so.conf"] = i.files[n], "/opt/ssl\n"
			delete(i.files, n)
		}, check.Asked{}, []string{"error library-cache /etc/ld.so.cache: HAProxy needs /opt/ssl/libcrypto.so.…it was written before they were there"}},
		{"no cache, default folders", func(i *image) { delete(i.files, "etc/ld.so.cache") }, check.Asked{}, nil},
		{"no servo", func(i *image) {
			delete(i.files, "usr/bin/load-balancer-servo")
			delete(i.files, site+"servo/__init__.py")
		}, check.Asked{}, []string{"error servo-missing : there is no load-balancer-servo"}},
		{"fetched at boot", func(i *image) {
			delete(i.files, "usr/bin/load-balancer-servo")
			delete(i.files, site+"servo/__init__.py")
			const script = "var/lib/cloud/scripts/per-boot/lb.sh"
			i.files[script], i.modes[script] = "#!/bin/sh\ngit clone git://example.com/load-balancer-servo\n", 0o755
		}, check.Asked{}, []string{"info servo-missing /var/lib/cloud/scripts/per-boot/lb.sh: the image has no servo of its own"}},
		{"no servo package", func(i *image) { delete(i.files, site+"servo/__init__.py") }, check.Asked{}, []string{"error servo-missing /usr/bin/load-balancer-servo: the servo's program is there, and"}},
		{"off", func(i *image) { delete(i.files, startLink) }, check.Asked{}, []string{"warning servo-not-started /etc/init.d/load-balancer-servo: it does not start at boot: the service is "}},
		{"stopped", func(i *image) {
			delete(i.files, startLink)
			i.files["etc/rc3.d/K01load-balancer-servo"] = "-> ../init.d/load-balancer-servo"
		}, check.Asked{}, []string{"warning servo-not-started /etc/init.d/load-balancer-servo: it does not start at boot: the service is off"}},
		{"no service", func(i *image) { delete(i.files, startLink); delete(i.files, initScript) }, check.Asked{},
			[]string{"warning servo-not-started /usr/bin/load-balancer-servo: the image has no service that starts it at boot"}},
		{"started by hand", func(i *image) {
			delete(i.files, startLink)
			i.files["etc/rc.d/rc.local"] = "#!/bin/sh\nservice load-balancer-servo start\n"
		}, check.Asked{}, nil},
		{"unit", func(i *image) {
			delete(i.files, initScript)
			delete(i.files, startLink)
			i.files["sbin/init"], i.files["usr/lib/systemd/systemd"] = "-> ../usr/lib/systemd/systemd", "x"
			i.files["usr/lib/systemd/system/load-balancer-servo.service"] = "[Service]\nExecStart=/usr/bin/load-balancer-servo\n[Install]\nWantedBy=multi-user.target\n"
			i.files["etc/systemd/system/multi-user.target.wants/load-balancer-servo.service"] = "-> /usr/lib/systemd/system/load-balancer-servo.service"
		}, check.Asked{}, nil},
		{"no servo program", func(i *image) { delete(i.files, "usr/bin/load-balancer-servo") }, check.Asked{}, []string{"error servo-missing /usr/bin/load-balancer-servo: the servo's package is in /usr/lib/python2.6/site-packages"}},
		{"no python", func(i *image) { delete(i.files, "usr/bin/python2.6") }, check.Asked{}, []string{
			"error interpreter-missing /usr/bin/python: it is not there; a script needs it: /usr/bin/load-balancer-servo",
			"error python-missing /usr/bin/load-balancer-servo: its first line names \"/usr/bin/python -tt\", which is not there, nor is any other"}},
		{"other python", func(i *image) {
			i.files["usr/bin/python"] = "-> python3.6"
			i.files["usr/bin/python3.6"] = "x"
			i.modes["usr/bin/python3.6"] = 0o755
		}, check.Asked{}, []string{
			"error python-missing /usr/bin/load-balancer-servo: it is started with /usr/bin/python3.6 (Python 3.6), which does not look into /usr/lib/python2.6/site-packages",
			"error boto-missing /usr/bin/python3.6: Python 3.6, which …for Python 2.6"}},
		{"no boto", func(i *image) { delete(i.files, site+"boto/__init__.py") }, check.Asked{}, []string{"error boto-missing /usr/bin/python2.6: Python 2.6, which the servo is started with, finds no boto in /usr/lib/python2.6/site-packages"}},
		{"old boto", func(i *image) { i.files[site+"boto/__init__.py"] = "__version__ = '2.5.2'\n" }, check.Asked{}, []string{"error boto-version /" + site + "boto/__init__.py: it is boto 2.5.2, and the servo needs 2.8.0"}},
		{"later boto", func(i *image) { i.files[site+"boto/__init__.py"] = "__version__ = '2.49.0'\n" }, check.Asked{}, nil},
		{"silent boto", func(i *image) { i.files[site+"boto/__init__.py"] = "" }, check.Asked{}, []string{"warning boto-version /" + site + "boto: its version cannot be told"}},
		{"boto of python 2", func(i *image) {
			for n, text := range i.files {
				if rest, ok := strings.CutPrefix(n, site); ok {
					i.files["usr/lib/python3.6/site-packages/"+rest] = text
				}
			}
			i.files["usr/bin/python"], i.files["usr/bin/python3.6"], i.modes["usr/bin/python3.6"] = "-> python3.6", "x", 0o755
		}, check.Asked{}, []string{"error python-missing", "error boto-version …before 2.32.0 boto is for Python 2 alone"}},
		{"no sudo", func(i *image) { delete(i.files, "usr/bin/sudo") }, check.Asked{}, []string{"error sudo-missing : there is no sudo"}},
		{"weak sudo", func(i *image) { i.modes["usr/bin/sudo"] = 0o755 }, check.Asked{}, []string{"error sudo-missing /usr/bin/sudo: it is of no use: its mode is 0755"}},
		{"perl", func(i *image) {
			for _, n := range []string{"usr/bin/a", "usr/bin/b", "usr/bin/c", "usr/bin/d", "usr/share/doc/x/e"} {
				i.files[n], i.modes[n] = "#!/usr/bin/perl -w\n", 0o755
			}
		}, check.Asked{}, []string{"warning interpreter-missing /usr/bin/perl: it is not there; 4 scripts need it: /usr/bin/a, /usr/bin/b, /usr/bin/c, …"}},
		{"env", func(i *image) { i.files["usr/bin/a"], i.modes["usr/bin/a"] = "#!/usr/bin/env ruby\n", 0o755 }, check.Asked{}, []string{"warning interpreter-missing : ruby is in no folder of PATH; a script needs it: /usr/bin/a"}},
		{"documentation", func(i *image) { i.files["usr/share/doc/a"], i.modes["usr/share/doc/a"] = "#!/usr/bin/perl\n", 0o755 }, check.Asked{}, []string{"info interpreter-missing /usr/bin/perl: it is not there; a file of documentation"}},
		{"not executable", func(i *image) { i.files["usr/bin/a"] = "#!/usr/bin/perl\n" }, check.Asked{}, nil},
	} {
		i := sound(t)
		c.spoil(&i)
		got := i.findings(t, c.asked)
		slices.Sort(got)
		want := slices.Sorted(slices.Values(c.want))
		if len(got) != len(want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(want, "\n"))
			continue
		}
		for n := range got {
			if !checktest.Holds(got[n], want[n]) {
				t.Errorf("%s:\n%s\nwant\n%s", c.name, got[n], want[n])
			}
			tripped[strings.Fields(got[n])[1]] = true
		}
	}
	for _, r := range essentials.Rules() {
		if !tripped[r.Name] {
			t.Errorf("nothing trips %s", r.Name)
		}
		if r.Group != check.GroupEssentials || r.Why == "" || r.Mend == "" || r.Find == nil {
			t.Errorf("%+v", r)
		}
	}
}

// tells is a program, static and small, that holds a text.
func tells(text string) string {
	b := make([]byte, 64)
	copy(b, "\x7fELF\x02\x01\x01")
	b[16], b[18], b[20] = 2, 62, 1
	b[52], b[54], b[58] = 64, 56, 64
	return string(b) + "\x00" + text + "\x00"
}

// arm makes an ELF file one for another processor.
func arm(text string) string {
	b := bytes.Clone([]byte(text))
	b[18] = 183
	return string(b)
}
