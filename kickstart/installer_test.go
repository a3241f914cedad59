package kickstart

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"lbimage/kickstart/grammar"
)

// installer is a program of the installer's own reader. It is in no package of Debian: where it is missing, in CI too, the
// test is skipped by name.
func installer(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s is not installed", program)
	}
	return path
}

func refused(f *File) bool {
	return slices.ContainsFunc(f.Problems, func(p Problem) bool { return !p.Warning })
}

// ksvalidator says which files are refused. It reads all releases' files as the newest reader does, so that only files
// without what was read otherwise then are asked for: see TestProblems for those.
func TestValidatorAgrees(t *testing.T) {
	program := installer(t, "ksvalidator")
	for _, name := range kickstarts(t) {
		if filepath.Ext(name) != ".ks" {
			continue
		}
		for _, v := range grammar.Versions()[1:] {
			f, err := ReadFile(name, v)
			if err != nil {
				t.Fatal(err)
			}
			flat := filepath.Join(t.TempDir(), "flat.ks")
			if err := os.WriteFile(flat, f.Format(), 0o644); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(program, "-v", v.String(), flat).CombinedOutput()
			if (err != nil) != refused(f) {
				t.Errorf("%s of %s: %v, ksvalidator: %v\n%s", name, v, f.Problems, err, out)
			}
		}
	}
}

// ksflatten makes the same of a file and of what Flatten made of it.
func TestFlattenerAgrees(t *testing.T) {
	program := installer(t, "ksflatten")
	flatten := func(name string) string {
		out, err := exec.Command(program, "-v", "RHEL6", "-c", name).Output()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return string(out)
	}
	f, err := ReadFile("testdata/sample.ks", 6)
	if err != nil {
		t.Fatal(err)
	}
	flat := filepath.Join(t.TempDir(), "flat.ks")
	if err := os.WriteFile(flat, f.Format(), 0o644); err != nil {
		t.Fatal(err)
	}
	if a, b := flatten("testdata/sample.ks"), flatten(flat); a != b {
		t.Errorf("%s\nis not\n%s", b, a)
	}
}

func TestSample(t *testing.T) {
	f, err := ReadFile("testdata/sample.ks", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range f.Problems {
		t.Error(p)
	}
	if f.Version != grammar.RHEL6 || len(f.Packages()) != 9 || len(f.Commands("part")) != 2 {
		t.Errorf("%s, %d packages", f.Version, len(f.Packages()))
	}
	if swap := f.Commands("part")[1]; swap.Place != (Place{"testdata/parts/disk.ks", 4, 1}) {
		t.Errorf("swap is at %v", swap.Place)
	}
	if post := f.Sections("%post")[0]; post.LinePlace(4) != (Place{"testdata/parts/post.sh", 1, 1}) {
		t.Errorf("the script's part is at %v", post.LinePlace(4))
	}
}
