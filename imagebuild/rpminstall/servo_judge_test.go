package rpminstall_test

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild/rpmdb"
	"lbimage/imagebuild/rpminstall"
	releases "lbimage/servo"
	"lbimage/servo/servotest"
)

// servoRoot is an EL6-like root with what the account tools need.
func servoRoot(t *testing.T) string {
	t.Helper()
	root := baseRoot(t)
	sh(t, root, `mkdir -p etc/rc.d/init.d etc/default etc/sudoers.d etc/cron.d var/log var/run usr/bin usr/libexec usr/lib/python2.6/site-packages
for n in 0 1 2 3 4 5 6; do mkdir etc/rc.d/rc$n.d; done; ln -s rc.d/init.d etc/init.d
printf 'UID_MIN 500\nUID_MAX 60000\nGID_MIN 500\nGID_MAX 60000\nUSERGROUPS_ENAB yes\nCREATE_HOME yes\nPASS_MAX_DAYS 99999\nPASS_MIN_DAYS 0\nPASS_WARN_AGE 7\n' >etc/login.defs
printf 'root:*:15980:0:99999:7:::\ndaemon:*:15980:0:99999:7:::\napp:!:15980:0:99999:7:::\n' >etc/shadow; chmod 0640 etc/shadow
printf 'root:*::\ndaemon:*::\napp:!::\n' >etc/gshadow; chmod 0640 etc/gshadow`)
	return root
}

// mayDiffer takes out of two looks what other tests judge: the links of run levels, the backups of account
// tools, the times of account files.
func mayDiffer(looks ...map[string]string) {
	for _, m := range looks {
		for name, s := range m {
			switch {
			case strings.HasPrefix(name, "etc/") && strings.HasSuffix(name, "-"), name == "etc/.pwd.lock", name == "etc/subuid", name == "etc/subgid",
				strings.HasPrefix(name, "etc/rc.d/rc"):
				delete(m, name)
			case name == "etc/passwd", name == "etc/group", name == "etc/shadow", name == "etc/gshadow":
				before, after, _ := strings.Cut(s, " names ")
				_, after, _ = strings.Cut(after, "Z ")
				m[name] = before + after
			}
		}
	}
}

// TestServoReleasesJudgedByRPM upgrades the servo through all of its releases, with configuration that was edited
// on the way, and holds each step against rpm's. Scripts are followed by us; for rpm, the machine's useradd does
// what %pre asks for.
func TestServoReleasesJudgedByRPM(t *testing.T) {
	judges(t)
	tool := judge(t, "useradd")
	theirs := servoRoot(t)
	ours := twin(t, theirs)
	cmd := exec.Command(tool, "-R", theirs, "-d", "/var/lib/load-balancer-servo", "-M", "-s", "/sbin/nologin", "servo")
	cmd.Env = append(os.Environ(), fmt.Sprintf("SOURCE_DATE_EPOCH=%d", made.Unix()))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("useradd: %v\n%s", err, out)
	}
	for _, release := range releases.Releases() {
		if os.Getenv("RPM_ROUNDS") == "" && !slices.Contains([]string{"1.0.0", "1.0.1", "1.0.4", "1.1.0", "1.2.0", "1.4.1"}, release) {
			continue // all of them take rpmbuild half a minute
		}
		path := servotest.RPM(t, release)
		o := rpminstall.Options{Time: made}
		if release != "1.0.0" {
			db, err := rpmdb.Open(t.Context(), folder(t, theirs), rpmdb.Options{TempDir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			o.Database = rpminstall.FromDB(db)
		}
		if err := install(theirs, "--noscripts", "-U", path); err != nil {
			t.Fatal(err)
		}
		r, err := run(t, ours, path, o)
		if err != nil {
			t.Fatalf("%s: %v", release, err)
		}
		a, b := look(t, theirs), look(t, ours)
		mayDiffer(a, b)
		if d := differences(a, b); len(d) > 0 {
			t.Errorf("%s:\n%s", release, strings.Join(d, "\n"))
		}
		if len(a) < 20 || (release != "1.0.0") != (r.Operation == "upgrade") {
			t.Errorf("%s: %s, %d files are compared", release, r.Operation, len(a))
		}
		linked := 0
		for name, s := range look(t, ours) {
			if strings.HasPrefix(name, "etc/rc.d/rc") && strings.Contains(s, "-> ../init.d/load-balancer-servo") {
				linked++
			}
		}
		if want := map[bool]int{false: 0, true: 7}[release >= "1.1.0"]; linked != want {
			t.Errorf("%s: %d links of run levels, want %d", release, linked, want)
		}
		edit := map[string]string{
			"1.0.1": "echo '# mine' >>etc/load-balancer-servo/haproxy_template.conf", "1.1.0": "echo '# mine' >>etc/load-balancer-servo/boto.cfg",
			"1.0.4": "rm -f etc/cron.d/load-balancer-servo", "1.2.0": "rm -f etc/load-balancer-servo/503.http; echo x >usr/libexec/load-balancer-servo/own; chmod 0700 var/log/load-balancer-servo",
		}[release]
		for _, root := range []string{theirs, ours} {
			sh(t, root, "umask 022; "+edit+"\nfind etc/load-balancer-servo usr/libexec -newermt 2020-01-01 -type f -exec touch -d 2014-06-01 {} +")
		}
	}
}
