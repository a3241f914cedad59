package survey

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"strings"
	"testing"

	"lbimage/overlay/treetest"
)

// looked are places that the survey reads.
var looked = []string{
	"etc/os-release", "usr/lib/os-release", "etc/redhat-release", "etc/debian_version", "etc/lsb-release", "etc/system-release-cpe",
	"var/lib/rpm/Packages", "var/lib/rpm/rpmdb.sqlite", "var/lib/dpkg/status", "var/lib/dpkg/updates", "var/lib/dpkg/info", "var/lib/dpkg/status.d", "var/lib/dpkg/diversions",
	"etc/sysctl.conf", "etc/sysctl.d", "usr/lib/sysctl.d", "etc/rc.d/rc.sysinit", "usr/lib/systemd/systemd-sysctl", "etc/systemd/system/systemd-sysctl.service",
	"etc/selinux/config", "etc/selinux/targeted/policy", ".autorelabel", "etc/passwd", "etc/shadow", "etc/shells", "etc/ssh/sshd_config", "usr/sbin/sshd",
	"boot", "boot/grub/grub.conf", "boot/grub2/grub.cfg", "boot/loader/entries", "lib/modules", "etc/fstab", "etc/inittab", "etc/securetty", "etc/init.d", "etc/rc.d/init.d", "etc/init",
	"usr/sbin/haproxy", "usr/bin/python", "usr/bin/load-balancer-servo", "etc/load-balancer-servo", "usr/bin/sudo", "usr/lib/systemd/system", "usr/lib/python2.6",
}

// Whatever stands in such a place, the rest is told.
func TestSurveyOfOddTrees(t *testing.T) {
	for _, what := range []string{"nothing", "a loop", "a folder", "a file", "a device", "a file above"} {
		for _, place := range looked {
			files := map[string]string{"etc/os-release": "ID=debian\n", "usr/sbin/haproxy": "x", "etc/passwd": "root:x:0:0::/:/bin/sh\n", "usr/bin/x": "#!/usr/bin/python\n"}
			for name := range files { // what would have to be below
				if name == place || strings.HasPrefix(name, place+"/") || what == "a file above" && strings.HasPrefix(name, path.Dir(place)+"/") {
					delete(files, name)
				}
			}
			switch what {
			case "a loop":
				files[place] = "-> " + path.Base(place)
			case "a folder":
				files[place+"/"] = ""
			case "a file":
				files[place] = "\x00\xff[[[\n=\n"
			case "a file above":
				if path.Dir(place) == "." {
					continue
				}
				files[path.Dir(place)] = ""
			}
			m := treetest.Fill(files)
			if what == "a device" {
				if _, err := m.Lstat(path.Dir(place)); err != nil {
					continue
				}
				m.Mknod(place, fs.ModeDevice|fs.ModeCharDevice|0o666)
			}
			s, err := Of(t.Context(), m, Options{TempDir: t.TempDir()})
			if err != nil {
				t.Errorf("%s at %s: %v", what, place, err)
				continue
			}
			if _, err := json.Marshal(s); err != nil {
				t.Errorf("%s at %s: %v", what, place, err)
			}
		}
	}
}

func TestSurveyEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Of(ctx, treetest.Fill(map[string]string{"etc/passwd": "x"}), Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestStarts(t *testing.T) {
	s, err := Of(t.Context(), treetest.Fill(map[string]string{
		"etc/init/a.conf": "start on runlevel [2345]\n", "etc/init/b.conf": "exec x\n", "sbin/init": "",
		"etc/rc.d/init.d/c": "#!/bin/sh\n# chkconfig: 2345 10 90\n", "etc/rc.d/rc3.d/S10c": "-> ../init.d/c", "etc/rc.d/rc5.d/S10c": "-> ../init.d/c",
	}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, x := range s.Starts() {
		got = append(got, x.Name+x.Levels)
	}
	if strings.Join(got, " ") != "a c35" {
		t.Errorf("%q of %+v", got, s.Services)
	}
}
