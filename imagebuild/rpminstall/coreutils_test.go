package rpminstall_test

import (
	"os/exec"
	"strings"
	"testing"

	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpminstall"
)

// TestFilesJudgedByCoreutils runs lines of scripts by the machine's own shell and programs, and follows them in a
// twin of the same root.
func TestFilesJudgedByCoreutils(t *testing.T) {
	bash := judge(t, "bash")
	if !isRoot() {
		t.Skip("needs root: owners are given")
	}
	const before = `mkdir -p a/b/c log; echo f >a/f; echo g >a/b/g; ln -s ../f a/b/l; ln -s b a/d; chmod 4755 a/f; chmod 2744 a/b/g; chmod 2750 a/b; ln a/f a/h`
	for _, script := range []string{
		"chown -R 7:8 $R/w/a", "chown -R 7 $R/w/a/d", "chown -Rh 7 $R/w/a/d", "chgrp -R 9 $R/w/a/b", "chown :5 $R/w/a/b/l", "chown -h :5 $R/w/a/b/l", "chown 0:0 $R/w/a/f $R/w/a/b/g",
		"chmod -R 0640 $R/w/a", "chmod -R u+rwX,go-w $R/w/a", "chmod -R g-s,o= $R/w/a", "chmod +x $R/w/a/b/g", "chmod a+t,u=rx $R/w/a/b", "chmod ug+s $R/w/a/b/g", "chmod o+w,+w,=r $R/w/a/f",
		"chmod u=rwX,g=s $R/w/a/b $R/w/a/f", "chmod 00750 $R/w/a/b", "chmod 750 $R/w/a/b", "chmod -R a-x $R/w/a/b/l",
		"umask 066 && touch $R/w/n && mkdir $R/w/m", "for n in $R/w/log/{messages,secure}; do [ -f $n ] && continue; umask 066 && touch $n; done; cp $R/w/a/f $R/w/copy",
		"(umask 077; touch $R/w/n1; mkdir -p $R/w/m1/m2); touch $R/w/n2; install -d $R/w/i1/i2; mkdir -p -m 0700 $R/w/m3/m4", "touch -c $R/w/none; touch --no-create $R/w/a/b/none",
		"set -e; mkdir $R/w/x; rmdir $R/w/none 2>/dev/null; mkdir $R/w/never", "chown nobody9 $R/w/a/f 2>/dev/null || touch $R/w/failed",
	} {
		theirs := baseRoot(t)
		sh(t, theirs, "mkdir w; cd w; umask 022; "+before)
		ours := twin(t, theirs)
		real := exec.Command(bash, "-c", "umask 022; R="+theirs+"; "+script)
		out, err := real.CombinedOutput()
		if _, exit := err.(*exec.ExitError); err != nil && !exit { //nolint:errorlint // it is not wrapped
			t.Fatal(err)
		}
		path := write(t, rpm.Spec{PostInstall: "R=; " + script, Files: []rpm.SpecFile{{Path: "/srv/x", Mode: 0o644}}})
		r, err := run(t, ours, path, rpminstall.Options{Time: made})
		if err != nil {
			t.Errorf("%s: %v", script, err)
			continue
		}
		a, b := look(t, theirs), look(t, ours)
		delete(b, "srv/x")
		for _, m := range []map[string]string{a, b} {
			for name, s := range m {
				first, rest, _ := strings.Cut(s, ", ")
				if _, rest, ok := strings.Cut(rest, "Z"); ok && strings.HasPrefix(name, "w/") {
					m[name] = first + rest // without its time
				}
			}
		}
		if d := differences(a, b); len(d) > 0 {
			t.Errorf("%s:\n%s\n%s%+v", script, strings.Join(d, "\n"), out, r.Scriptlets[0].Steps)
		}
		if got, want := r.Scriptlets[0].Status, real.ProcessState.ExitCode(); got != want {
			t.Errorf("%s: status %d, want %d", script, got, want)
		}
	}
}
