package rpminstall_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/imagebuild/rpminstall"
)

// TestRealPackagesJudgedByRPM installs packages of distributions, which a Go module brings as its test data:
// `go mod download github.com/cavaliercoder/go-rpm@latest`. Without them it is skipped.
func TestRealPackagesJudgedByRPM(t *testing.T) {
	judges(t)
	out, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Skip("there is no module cache")
	}
	list, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "github.com/cavaliercoder/go-rpm@*/testdata/*.rpm"))
	if err != nil || len(list) == 0 {
		t.Skip("the module cache has no packages")
	}
	for _, path := range list {
		theirs := baseRoot(t)
		ours := twin(t, theirs)
		if err := install(theirs, "--noscripts", "--ignorearch", "--nosignature", "--nodigest", "-i", path); err != nil {
			t.Error(err)
			continue
		}
		r, err := run(t, ours, path, rpminstall.Options{Scriptlets: rpminstall.Skip})
		if err != nil {
			t.Error(err)
			continue
		}
		if d := differences(look(t, theirs), look(t, ours)); len(d) > 0 || len(r.Files) < 5 {
			t.Errorf("%s, %d files:\n%s", filepath.Base(path), len(r.Files), strings.Join(d, "\n"))
		}
	}
}
