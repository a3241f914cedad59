package overlay_test

import (
	"os"
	"os/exec"
	"testing"
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
