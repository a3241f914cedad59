package rpminstall_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpmdb"
	"lbimage/imagebuild/rpminstall"
	"lbimage/overlay"
)

// traces is a script that leaves a trace of when it ran, with what argument, and what it saw.
func traces(when string) string {
	return fmt.Sprintf(`mkdir -p /log
touch /log/%[1]s.$1
for f in one two old; do
    [ -e /opt/s/$f ] && touch /log/%[1]s.$1.saw.$f
done
case "$1" in
0) touch /log/%[1]s.last ;;
1|2) touch "/log/%[1]s.one or two" ;;
esac
:
`, when)
}

// TestScriptsJudgedByRPM lets rpm run scripts by a real shell, in a root that has one, and holds our
// following them against what came of it.
func TestScriptsJudgedByRPM(t *testing.T) {
	judges(t)
	busybox := judge(t, "busybox")
	package1 := built{
		name: "s", version: "1", tags: "Provides: s-thing",
		install: "mkdir -p opt/s; echo 1 >opt/s/one; echo 1 >opt/s/old",
		files:   "/opt/s/one\n/opt/s/old",
		scripts: map[string]string{"%pre": traces("pre1"), "%post": traces("post1"), "%preun": traces("preun1"), "%postun": traces("postun1"), "%posttrans": traces("posttrans1")},
	}
	package2 := built{
		name: "s2", version: "2", tags: "Obsoletes: s < 2",
		install: "mkdir -p opt/s; echo 2 >opt/s/one; echo 2 >opt/s/two",
		files:   "/opt/s/one\n/opt/s/two",
		scripts: map[string]string{
			"%pretrans": traces("pretrans2"), "%pre": traces("pre2"), "%preun": traces("preun2"), "%postun": traces("postun2"), "%posttrans": traces("posttrans2"),
			"%post": traces("post2") + `
set_up() {
    if ! [ -d "$1" ]; then
        mkdir -p -m 0750 $1
    fi
    chown ${2:-app:app} "$1" || exit 1
}
set_up /log/dir
set_up /log/other daemon
chmod 6700 /log/dir
ln -s /opt/s/one /log/link
ln -sf ../opt/s/two /log/link
ln -sf elsewhere /log/dir
rm -f /log/pre1.1 /log/never
touch /log/gone && rm /log/gone
mkdir /log/dir 2>/dev/null || touch /log/mkdir.failed
mkdir -p /log/a/b/c; rmdir /log/a/b 2>/dev/null || touch /log/rmdir.failed; rm -rf /log/a/b
HOME_DIR=` + "`getent passwd nobody || echo none`" + `
[ "$HOME_DIR" = none ] && touch /log/no.nobody
id app >/dev/null 2>&1 && touch /log/app.$(id -u app)
chgrp daemon /log/app.500
chmod 4711 /log/app.500; chown app /log/app.500
test -u /log/app.500 || touch /log/suid.lost
cp -p /log/app.500 /log/cp.p; cp /log/suid.lost /log/dir; chmod 0666 /log/gone2 2>/dev/null || touch /log/m; chmod 0666 /log/m; cp /log/m /log/cp.plain
cp /log/not.there /log/x 2>/dev/null || mv /log/m /log/moved; mv -f /log/moved /log/cp.plain; mv /log/no.nobody /log/dir/
test -x /opt/s/one -o -L /log/link && touch /log/linked
exit 0
`,
		},
	}
	package3 := package2
	package3.version, package3.tags = "3", ""
	package3.name = "s2"
	package3.scripts = map[string]string{"%pre": traces("pre3"), "%post": traces("post3"), "%pretrans": traces("pretrans3"), "%posttrans": traces("posttrans3")}
	package3.files = "/opt/s/two"
	paths := append(build(t, package1, package2), build(t, package3)...)

	theirs := baseRoot(t)
	sh(t, theirs, "mkdir -p bin sbin usr/bin usr/sbin dev tmp var/tmp; cp "+busybox+" bin/busybox; for a in sh cp mv mkdir touch chmod chown chgrp ln rm rmdir id test install; do ln -s busybox bin/$a; done; : >dev/null; chmod 666 dev/null")
	// getent is none of busybox's
	if err := os.WriteFile(theirs+"/bin/getent", []byte("#!/bin/sh\nexit 2\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	dated := regexp.MustCompile(`, \d{4}-[^ ]*`)
	for i, path := range paths {
		ours := twin(t, theirs)
		o := rpminstall.Options{Time: made}
		if i > 0 {
			db, err := rpmdb.Open(t.Context(), folder(t, theirs), rpmdb.Options{TempDir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			o.Database = rpminstall.FromDB(db)
		}
		if err := install(theirs, "-U", path); err != nil {
			t.Fatal(err)
		}
		r, err := run(t, ours, path, o)
		if err != nil {
			t.Fatal(err)
		}
		a, b := look(t, theirs), look(t, ours)
		for _, m := range []map[string]string{a, b} {
			for name, s := range m {
				if strings.HasPrefix(name, "log/") {
					m[name] = dated.ReplaceAllString(s, "")
				}
				if name == "dev/null" { // a file here
					delete(m, name)
				}
			}
		}
		if d := differences(a, b); len(d) > 0 {
			t.Errorf("package %d:\n%s\n%+v", i, strings.Join(d, "\n"), r.Scriptlets)
		}
		if len(a) < 10 {
			t.Errorf("package %d: only %d files are compared", i, len(a))
		}
	}
}

// TestBuilt looks at what only rpmbuild makes.
func TestBuilt(t *testing.T) {
	judge(t, "rpmbuild")
	file := func(p built) built {
		p.version = "1"
		p.install = "mkdir -p opt usr/lib64; echo x >opt/" + p.name
		p.files += "\n/opt/" + p.name
		return p
	}
	list := []built{
		file(built{name: "device", files: "%dev(c,1,3) /dev/null0"}),
		file(built{name: "lua", scripts: map[string]string{"%post -p <lua>": "print('x')"}}),
		file(built{name: "trigger", scripts: map[string]string{"%triggerin -- bash": "true"}}),
		file(built{name: "filetrigger", scripts: map[string]string{"%filetriggerin -- /usr/share/x": "true"}}),
		file(built{name: "perl", scripts: map[string]string{"%post -p /usr/bin/perl": "print 1"}}),
		file(built{name: "ldconfig", scripts: map[string]string{"%post -p /sbin/ldconfig": "", "%postun -p /sbin/ldconfig": ""}}),
		file(built{name: "deps", tags: "Requires(pre): /usr/sbin/useradd\nRequires: one >= 1:2-3, /bin/sh\nConflicts: two"}),
		{name: "nofiles", version: "1", install: ":", scripts: map[string]string{
			"%pre": `[ "$(id -gn daemon)" = daemon ] || exit 1; id daemon >/dev/null && mkdir -p /opt`, "%post": "touch /opt/ran",
		}},
		file(built{name: "bash", scripts: map[string]string{"%post -p /bin/bash": "[ -e /usr/bin/python2 ] && touch /opt/ran &>/dev/null"}}),
	}
	want := map[string]string{
		"device": "/dev/null0 is a device, pipe or socket", "lua": "it is written for <lua>", "trigger": "a trigger", "filetrigger": "a trigger", "perl": "it is written for /usr/bin/perl",
	}
	for i, path := range build(t, list...) {
		name := list[i].name
		p, err := rpminstall.Open(t.Context(), path, rpminstall.OpenOptions{})
		var r *rpminstall.Report
		tree := image()
		if err == nil {
			defer p.Close()
			var e *rpminstall.Install
			if e, err = p.Edit(rpminstall.Options{Time: made}); err == nil {
				r, err = e.Run(tree)
			}
		}
		switch {
		case want[name] != "":
			if err == nil || !strings.Contains(err.Error(), want[name]) {
				t.Errorf("%s: %v, want %q", name, err, want[name])
			}
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case name == "ldconfig" && (len(r.Scriptlets) != 1 || len(r.Scriptlets[0].Steps) != 1):
			t.Errorf("ldconfig: %+v", r.Scriptlets)
		case name == "deps" && fmt.Sprint(r.Misses) != "[requires /bin/sh: the image has no such file requires /usr/sbin/useradd: the image has no such file unknown one >= 1:2-3: the image has no package database to look them up in]":
			t.Errorf("deps: %v", r.Misses)
		case name == "bash" || name == "nofiles":
			if _, err := tree.Lstat("opt/ran"); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestCommands follows single lines in a tree that has what they ask for.
func TestCommands(t *testing.T) {
	const unit = "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n"
	for script, want := range map[string]string{
		"getent group users >/dev/null && touch /opt/ok":                                                                     "opt/ok",
		"getent passwd servo || touch /opt/ok":                                                                               "opt/ok",
		"[ `id -u daemon` -eq 2 ] && touch /opt/ok":                                                                          "opt/ok",
		"useradd -r -g users -d /opt/h -s /sbin/nologin -c 'A b' u1 && id u1 >/dev/null && touch /opt/ok":                    "opt/ok",
		"groupadd -r g1; useradd -r -g g1 -G users,daemon -M u2; gpasswd -a u2 root; usermod -aG g1 daemon && touch /opt/ok": "opt/ok",
		"groupadd users; [ $? -eq 9 ] && groupadd -f users && touch /opt/ok":                                                 "opt/ok",
		"useradd root; [ $? = 9 ] && touch /opt/ok":                                                                          "opt/ok",
		"chkconfig --add nothere || touch /opt/ok":                                                                           "opt/ok",
		"/sbin/chkconfig --add sv; chkconfig sv off; /sbin/chkconfig --level 3 sv on":                                        "etc/rc.d/rc3.d/S",
		"/etc/init.d/sv stop >/dev/null 2>&1 && service sv condrestart && touch /opt/ok":                                     "opt/ok",
		"service sv status; [ $? -eq 3 ] && touch /opt/ok":                                                                   "opt/ok",
		"systemctl daemon-reload || touch /opt/ok":                                                                           "opt/ok",
		"install -d -m 2750 -o daemon -g users /opt/i/ok && chgrp root /opt/i/ok && chmod 0700 /opt/i":                       "opt/i/ok",
		"/sbin/ldconfig && touch /opt/ok":                                                                                    "opt/ok",
		"restorecon -R /opt && touch /opt/ok":                                                                                "opt/ok",
	} {
		tree := image("opt/", "", "etc/rc.d/init.d/sv", servoInit)
		path := write(t, rpm.Spec{PostInstall: script + "\n:\n", Files: []rpm.SpecFile{{Path: "/srv/x", Mode: 0o644}}})
		r, err := apply(t, tree, path, rpminstall.Options{})
		if err != nil {
			t.Errorf("%s: %v", script, err)
			continue
		}
		if !has(tree, want) {
			t.Errorf("%s: no %s\n%+v", script, want, r.Scriptlets)
		}
	}
	for script, want := range map[string]string{
		"if [ $1 -eq 1 ] ; then\n systemctl preset u.service >/dev/null 2>&1 || :\nfi":                                   "etc/systemd/system/multi-user.target.wants/u.service",
		"/usr/lib/systemd/systemd-update-helper install-system-units u.service || :":                                     "etc/systemd/system/multi-user.target.wants/u.service",
		"systemctl --no-reload enable --now u.service; systemctl is-active --quiet u || systemctl try-restart u.service": "etc/systemd/system/multi-user.target.wants/u.service",
		"systemctl --quiet mask u.service":                                  "etc/systemd/system/u.service",
		"systemctl preset nothere.service >/dev/null 2>&1 || touch /opt/ok": "opt/ok",
	} {
		tree := image("opt/", "", "usr/bin/systemctl", "x", "usr/lib/systemd/systemd", "x", "usr/lib/systemd/systemd-update-helper", "x",
			"sbin/init", "-> ../usr/lib/systemd/systemd", "usr/lib/systemd/system/u.service", unit, "usr/lib/systemd/system/multi-user.target", "[Unit]\n", "etc/systemd/system/", "")
		path := write(t, rpm.Spec{PostInstall: script + "\n:\n", Files: []rpm.SpecFile{{Path: "/srv/x", Mode: 0o644}}})
		r, err := apply(t, tree, path, rpminstall.Options{})
		if err != nil {
			t.Errorf("%s: %v", script, err)
			continue
		}
		if !has(tree, want) {
			t.Errorf("%s: no %s\n%+v", script, want, r.Scriptlets)
		}
	}
}

// has says whether a tree has a name that begins so.
func has(tree overlay.ReadTree, prefix string) bool {
	dir, base := ".", prefix
	if i := strings.LastIndexByte(prefix, '/'); i >= 0 {
		dir, base = prefix[:i], prefix[i+1:]
	}
	entries, err := tree.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), base) {
			return true
		}
	}
	return false
}
