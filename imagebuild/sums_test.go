package imagebuild

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/tests/needs"
)

// What is written is what sha256sum writes and reads, whatever the names are.
func TestSums(t *testing.T) {
	needs.Program(t, "sha256sum")
	dir := t.TempDir()
	odd := []string{"a.tgz", "with space", `back\slash`, "line\nbreak", "ret\rurn", "-x"}
	for _, name := range odd {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	theirs := run(t, dir, "sha256sum", append([]string{"--"}, odd...)...)
	if err := os.WriteFile(filepath.Join(dir, SumsName), []byte(theirs), 0o644); err != nil {
		t.Fatal(err)
	}
	f := &Finished{job: Job{Sums: true}, Result: &Result{Written: []Written{
		{Path: filepath.Join(dir, "a.tgz"), SHA256: strings.Repeat("0", 64)}, {Path: "/elsewhere/b", SHA256: strings.Repeat("1", 64)},
	}}}
	var out bytes.Buffer
	shared := sumsShared(filepath.Join(dir, "a.tgz"))
	if err := shared.Write(context.Background(), &out, []*Finished{f, {Result: &Result{Written: []Written{{Path: filepath.Join(dir, "not"), SHA256: strings.Repeat("2", 64)}}}}}); err != nil {
		t.Fatal(err)
	}
	// Lines of other files stay; ours is replaced; what lies elsewhere, or is not asked for, is not there.
	if err := os.WriteFile(shared.Path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("sh", "-c", "cd '"+dir+"' && LC_ALL=C sha256sum -c SHA256SUMS 2>/dev/null").Output()
	if err == nil || strings.Count(string(text), ": OK\n") != len(odd)-1 || !strings.Contains(string(text), "a.tgz: FAILED\n") || strings.Count(string(text), "\n") != len(odd) {
		t.Errorf("sha256sum says %q, %v", text, err)
	}
	if strings.Contains(out.String(), strings.Repeat("1", 64)) || strings.Contains(out.String(), strings.Repeat("2", 64)) {
		t.Error(out.String())
	}
}

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// What is no list of sums is not replaced: somebody's text would be lost.
func TestForeignSums(t *testing.T) {
	for name, text := range map[string]string{
		"a text":         "these are not sums\n",
		"md5":            "d41d8cd98f00b204e9800998ecf8427e  a\n",
		"a signed list":  "-----BEGIN PGP SIGNED MESSAGE-----\n",
		"a comment":      "# by hand\n",
		"a line too few": strings.Repeat("0", 64) + "\n",
		"too large":      strings.Repeat(strings.Repeat("0", 64)+"  a\n", 20000),
	} {
		path := filepath.Join(t.TempDir(), SumsName)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := readSums(path); err == nil || !strings.Contains(err.Error(), "move it away") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzSums(f *testing.F) {
	f.Add("a\\b\nc")
	f.Fuzz(func(t *testing.T, name string) {
		if name == "" || strings.ContainsAny(name, "\x00/") {
			return
		}
		path := filepath.Join(t.TempDir(), SumsName)
		sum := strings.Repeat("a", 64)
		if err := os.WriteFile(path, []byte(sumLine(sum, name)), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := readSums(path); err != nil || len(got) != 1 || got[name] != sum {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	})
}
