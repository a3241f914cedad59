package tests

import (
	"os"
	"path/filepath"
	"testing"
)

// The folder for the outputs is made when it is missing, and is not left behind empty.
func TestBuildMakesTheFolder(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, lbimage, "sample", "-o", "eucalyptus-load-balancer-image.rpm")
	recipe := func(profile string) string {
		return "apiVersion: lbimage/v1\nsource: eucalyptus-load-balancer-image.rpm\nprofiles:\n  one: " + profile + "\n  two: {sysctl: {a.b: 2}}\n"
	}
	write(t, filepath.Join(dir, "lbimage.yaml"), recipe("{edits: [line: {path: /etc/motd, match: nothing, set: x}]}"))
	if r := call(t, dir, nil, lbimage, "build", "-o", "out"); r.code != 1 {
		t.Errorf("exit %d: %s%s", r.code, r.stdout, r.stderr)
	}
	if exists(filepath.Join(dir, "out")) {
		t.Error("a build that failed left the folder")
	}
	write(t, filepath.Join(dir, "lbimage.yaml"), recipe("{sysctl: {a.b: 1}}"))
	must(t, dir, lbimage, "build", "-o", "out", "two")
	names, err := os.ReadDir(filepath.Join(dir, "out"))
	if err != nil || len(names) != 2 {
		t.Errorf("%v, %v", names, err)
	}
}
