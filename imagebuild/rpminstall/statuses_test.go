package rpminstall_test

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpminstall"
)

// TestAccountStatusesJudgedByShadow holds the exit statuses that scripts go on over against those of the machine's
// own tools, and what the account files have afterwards.
func TestAccountStatusesJudgedByShadow(t *testing.T) {
	judges(t)
	root := servoRoot(t)
	for _, line := range []string{
		"useradd -u 500 -r a1", "useradd -u 500 -o -r a1", "useradd -g nogrp a2", "useradd -g 999 a4", "useradd -G daemon,nope a3", "useradd app", "useradd daemon", "useradd -M same", "useradd -M -N same",
		"groupadd -g 501 g1", "groupadd -f -g 501 g2", "groupadd app", "groupadd -f app", "groupadd -r -g 77 g3", "usermod -d /new app", "usermod -d /new nobody9", "usermod -c Words -s /bin/false app", "usermod -a -G nope app",
		"usermod -a -G daemon app", "useradd -u 38 -g 2 -s /sbin/nologin -M -r -d /etc/ntp ntp",
	} {
		theirs := twin(t, root)
		sh(t, theirs, "mkdir -p "+dbPath+"; echo 'same:x:88:' >>etc/group; echo 'same:!::' >>etc/gshadow")
		ours := twin(t, theirs)
		words := strings.Fields(line)
		cmd := exec.Command(judge(t, words[0]), append([]string{"-R", theirs}, words[1:]...)...)
		cmd.Env = []string{"SOURCE_DATE_EPOCH=" + strconv.FormatInt(made.Unix(), 10), "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
		out, _ := cmd.CombinedOutput()
		path := write(t, rpm.Spec{PreInstall: line + "\nexit 0", Files: []rpm.SpecFile{{Path: "/srv/x", Mode: 0o644}}})
		r, err := run(t, ours, path, rpminstall.Options{Time: made})
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if got, want := r.Scriptlets[0].Steps[0].Status, cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("%s: status %d, want %d\n%s%+v", line, got, want, out, r.Scriptlets[0].Steps)
		}
		a, b := look(t, theirs), look(t, ours)
		delete(b, "srv/x")
		mayDiffer(a, b)
		if d := differences(a, b); len(d) > 0 {
			t.Errorf("%s:\n%s\n%s", line, strings.Join(d, "\n"), out)
		}
	}
}
