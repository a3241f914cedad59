package services_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lbimage/overlay/services"
)

// The units that this machine's own packages brought are listed and preset as systemctl does it.
func TestSystemctlJudgesRealUnits(t *testing.T) {
	systemctl := judge252(t)
	files := base()
	for _, dir := range []string{"/lib/systemd/system", "/lib/systemd/system-preset"} {
		err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if d.Type()&fs.ModeSymlink != 0 {
				target, err := os.Readlink(p)
				files[p[1:]] = "-> " + target
				return err
			}
			text, err := os.ReadFile(p)
			files[p[1:]] = string(text)
			return err
		})
		if err != nil {
			t.Skip(err)
		}
	}
	ours, theirs := fill(t, files), fill(t, files)
	states(t, systemctl, "before", ours)
	tree := open(t, ours)
	list, err := services.List(tree)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 50 {
		t.Skipf("%d units only", len(list))
	}
	var names []string
	for _, s := range list {
		if s.State == "enabled" || s.State == "disabled" {
			names = append(names, s.Name)
			if _, err := do(t, tree, s.Name, services.Preset, ""); err != nil {
				t.Errorf("%s: %v", s.Name, err)
			}
		}
	}
	compare := func(verb services.Action) {
		args := append([]string{"--root=" + theirs, string(verb)}, names...)
		if out, err := exec.Command(systemctl, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s", out)
		}
		if d := differ(shot(t, ours, "etc/systemd"), shot(t, theirs, "etc/systemd")); d != "" {
			t.Errorf("%s: %s", verb, d)
		}
		states(t, systemctl, string(verb), ours)
	}
	compare(services.Preset)
	if !slices.ContainsFunc(names, func(n string) bool {
		return strings.Contains(shot(t, ours, "etc/systemd"), n+" -> ")
	}) {
		t.Error("no unit was enabled")
	}
	for _, n := range names {
		if _, err := do(t, tree, n, services.Disable, ""); err != nil {
			t.Errorf("%s: %v", n, err)
		}
	}
	compare(services.Disable)
}
