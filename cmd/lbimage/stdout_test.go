package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// full is a disk that takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// What is printed and does not arrive makes a command fail, whatever it has found.
func TestFullStandardOutput(t *testing.T) {
	dir := t.TempDir()
	ks, image := filepath.Join(dir, "lb.ks"), filepath.Join(dir, "sample.rpm")
	if err := os.WriteFile(ks, []byte("#version=RHEL6\nrootpw x\nnothing\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out := called(t, "sample", "-o", image); code != exitDone {
		t.Fatal(out)
	}
	for _, line := range []string{
		"kickstart check KS", "kickstart check KS --format json", "kickstart show KS", "kickstart flatten KS", "kickstart plan KS IMAGE", "kickstart plan KS IMAGE --format recipe",
		"check IMAGE --lint-only --kickstart KS", "check IMAGE --lint-only", "inspect IMAGE", "version", "--help", "kickstart render --list",
	} {
		var errs bytes.Buffer
		args := strings.Fields(strings.NewReplacer("KS", ks, "IMAGE", image).Replace(line))
		code := run(context.Background(), args, stdio{in: strings.NewReader(""), out: full{}, err: &errs})
		if code != exitFailed || !strings.HasSuffix(errs.String(), "lbimage: no space left on device\n") {
			t.Errorf("%s: exit %d\n%s", line, code, errs.String())
		}
	}
}
