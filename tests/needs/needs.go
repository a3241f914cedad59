// Package needs says what a test needs of the machine it runs on. Where that is not there, the
// test is skipped by name, and fails where CI=true: there every judge has to be heard.
// It is for tests only.
package needs

import (
	"os"
	"os/exec"
	"testing"
)

// Program gives the path of a program that a test needs. Debian keeps some where ordinary users
// do not look: they are found all the same.
func Program(t testing.TB, name string) string {
	t.Helper()
	for _, place := range []string{name, "/usr/sbin/" + name, "/sbin/" + name} {
		if path, err := exec.LookPath(place); err == nil {
			return path
		}
	}
	Missing(t, name+" is not installed")
	return ""
}

// Programs is Program for several that are called by their names, so that they have to be in PATH.
func Programs(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			Missing(t, name+" is not installed")
		}
	}
}

// Missing ends a test that cannot be held, for the reason given.
func Missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}
