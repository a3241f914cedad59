package rpminstall_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"lbimage/imagebuild/rpminstall"
)

// TestServoJudgedByRPM does with the machine's own useradd and rpm what the servo's package asks for, and
// holds one edit against it. Its links for run levels are for chkconfig to judge, in package services.
func TestServoJudgedByRPM(t *testing.T) {
	judges(t)
	useradd := judge(t, "useradd")
	theirs := baseRoot(t)
	sh(t, theirs, `mkdir -p etc/rc.d/init.d etc/rc.d/rc3.d etc/default var/log var/run; ln -s rc.d/init.d etc/init.d
printf 'UID_MIN 500\nUID_MAX 60000\nGID_MIN 500\nGID_MAX 60000\nUSERGROUPS_ENAB yes\nCREATE_HOME yes\nPASS_MAX_DAYS 99999\nPASS_MIN_DAYS 0\nPASS_WARN_AGE 7\n' >etc/login.defs
printf 'root:*:15980:0:99999:7:::\ndaemon:*:15980:0:99999:7:::\napp:!:15980:0:99999:7:::\n' >etc/shadow; chmod 0640 etc/shadow
printf 'root:*::\ndaemon:*::\napp:!::\n' >etc/gshadow; chmod 0640 etc/gshadow`)
	ours := twin(t, theirs)
	old, new := write(t, servo("1.0.4")), write(t, servo("1.1.0"))

	cmd := exec.Command(useradd, "-R", theirs, "-d", "/var/lib/load-balancer-servo", "-M", "-s", "/sbin/nologin", "servo")
	cmd.Env = append(os.Environ(), fmt.Sprintf("SOURCE_DATE_EPOCH=%d", made.Unix()))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("useradd: %v\n%s", err, out)
	}
	for i, path := range []string{old, new} {
		o := rpminstall.Options{Time: made}
		if i > 0 {
			o.Database = newDatabase(t, old)
			for _, root := range []string{theirs, ours} {
				sh(t, root, "echo mine >etc/load-balancer-servo/boto.cfg; touch -d 2014-06-01 etc/load-balancer-servo/boto.cfg")
			}
		}
		if err := install(theirs, "--noscripts", "-U", path); err != nil {
			t.Fatal(err)
		}
		if _, err := run(t, ours, path, o); err != nil {
			t.Fatal(err)
		}
		a, b := look(t, theirs), look(t, ours)
		for _, m := range []map[string]string{a, b} {
			for name, s := range m {
				switch {
				case strings.HasSuffix(name, "-") && strings.HasPrefix(name, "etc/"), name == "etc/.pwd.lock", strings.Contains(s, "../init.d/"):
					delete(m, name) // backups and a lock of useradd's, chkconfig's links
				case name == "etc/passwd" || name == "etc/group" || name == "etc/shadow" || name == "etc/gshadow":
					before, after, _ := strings.Cut(s, " names ")
					_, after, _ = strings.Cut(after, "Z ")
					m[name] = before + after
				case name == "etc/subuid" || name == "etc/subgid":
					delete(m, name)
				}
				if strings.HasPrefix(name, "etc/rc.d/rc") && strings.HasSuffix(name, ".d") {
					delete(m, name)
				}
			}
		}
		if d := differences(a, b); len(d) > 0 {
			t.Errorf("package %d:\n%s", i, strings.Join(d, "\n"))
		}
		if !strings.Contains(a["etc/passwd"], "servo:x:50") || !strings.Contains(a["var/run/load-balancer-servo"], "dugrwx------ 50") {
			t.Errorf("package %d: the judge made %s, %s", i, a["etc/passwd"], a["var/run/load-balancer-servo"])
		}
	}
}
