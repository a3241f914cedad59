package tests

import (
	"path/filepath"
	"strings"
	"testing"

	"lbimage/servo/servotest"
)

// What a recipe names outside of itself may move: the commit of a branch, a package.
func TestVerifyNamesWhatMoved(t *testing.T) {
	dir := buildFolder(t, sampleRPM(t))
	must(t, dir, lbimage, "build", "-o", "out")
	for _, p := range profiles {
		if r := call(t, dir, nil, lbimage, "verify", outputOf("out", p)); r.code != 0 {
			t.Fatalf("%s: exit %d\n%s%s", p, r.code, r.stdout, r.stderr)
		}
	}
	said := func(profile, want string) {
		t.Helper()
		r := call(t, dir, nil, lbimage, "verify", outputOf("out", profile))
		if r.code != 3 || !strings.Contains(r.stdout, want) {
			t.Errorf("%s: exit %d, no %q in\n%s%s", profile, r.code, want, r.stdout, r.stderr)
		}
		if strings.Contains(r.stdout, "the output was changed") {
			t.Errorf("%s: the output is blamed:\n%s", profile, r.stdout)
		}
	}

	servo := filepath.Join(dir, "servo")
	writeFile(t, filepath.Join(servo, "servo", "more.py"), "x = 1\n")
	git(t, servo, "add", "-A")
	git(t, servo, "-c", "user.name=T", "-c", "user.email=t@example.com", "commit", "-q", "-m", "second")
	said("development", "cause    another commit of the servo's source (certain)\n")
	if r := call(t, dir, nil, lbimage, "verify", outputOf("out", "production")); r.code != 0 {
		t.Errorf("production does not take the source: exit %d\n%s", r.code, r.stdout)
	}

	must(t, dir, "rm", "servo.rpm")
	must(t, dir, "cp", servotest.RPM(t, "1.2.0"), "servo.rpm")
	said("production", "cause    another package (certain)\n")
}
