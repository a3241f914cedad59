package tests

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// beside asks for all that can stand beside an image.
var beside = []string{"--sbom", "spdx,cyclonedx", "--provenance", "--sums"}

// digests are those of all that a build writes.
func digests(t *testing.T, dir string) string {
	t.Helper()
	out := []string{sum(t, filepath.Join(dir, "SHA256SUMS"))}
	for _, p := range profiles {
		out = append(out, profileDigests(t, dir, p))
	}
	return strings.Join(out, "\n")
}

func profileDigests(t *testing.T, dir, profile string) string {
	t.Helper()
	image := outputOf(dir, profile)
	stem := strings.TrimSuffix(image, ".tgz")
	var out []string
	for _, name := range []string{image, image + ".json", stem + ".spdx.json", stem + ".cdx.json", stem + ".intoto.json"} {
		out = append(out, filepath.Base(name)+" "+sum(t, name))
	}
	return strings.Join(out, "\n")
}

// buildIn builds from a folder by a shell command, into a folder of its own, and gives the digests.
func buildIn(t *testing.T, dir, cwd string, env []string, command string, args ...string) string {
	t.Helper()
	out := t.TempDir()
	args = append(slices.Clone(args), beside...)
	args = append([]string{"-c", command + `; exec "$0" "$@"`, lbimage, "build", "-f", filepath.Join(dir, "lbimage.yaml"), "-o", out}, args...)
	if r := call(t, cwd, env, "sh", args...); r.code != 0 {
		t.Fatalf("%s %v: exit %d: %s", command, env, r.code, r.stderr)
	}
	return digests(t, out)
}

// The same bytes, records too, whatever the machine is like, where the folder lies, who owns it and when it was written.
func TestBuildReproducible(t *testing.T) {
	dir := buildFolder(t, sampleRPM(t))
	want := buildIn(t, dir, dir, nil, "umask 022")
	for _, c := range []struct {
		name, command string
		env           []string
	}{
		{"one core", "umask 077", []string{"GOMAXPROCS=1", "TZ=Asia/Kathmandu"}},
		{"two cores", "umask 000", []string{"GOMAXPROCS=2", "LC_ALL=tr_TR.UTF-8", "LANG=tr_TR.UTF-8"}},
		{"eight cores", "umask 027", []string{"GOMAXPROCS=8", "TMPDIR=" + t.TempDir(), "GOGC=20", "HOME=/nonexistent"}},
	} {
		if got := buildIn(t, dir, dir, c.env, c.command); got != want {
			t.Errorf("%s: other bytes:\n%s\ninstead of\n%s", c.name, got, want)
		}
	}
	if got := buildIn(t, dir, "/", nil, "umask 022"); got != want {
		t.Error("from another folder: other bytes")
	}
	// One profile alone is what it is beside others.
	out := t.TempDir()
	must(t, dir, lbimage, append([]string{"build", "-o", out, "--profile", "development"}, beside...)...)
	if got := profileDigests(t, out, "development"); !strings.HasSuffix(want, got) {
		t.Error("one profile alone: other bytes")
	}

	// Copies: followed links, other times, another owner, a clone of the repository.
	copied := filepath.Join(t.TempDir(), "a copy")
	must(t, "", "cp", "-rL", dir, copied)
	must(t, copied, "find", ".", "-exec", "touch", "-d", "2001-02-03", "{}", "+")
	if os.Getuid() == 0 {
		must(t, copied, "chown", "-R", "12345:23456", ".")
		t.Setenv("GIT_CONFIG_COUNT", "1") // git refuses what belongs to others, and this is about us
		t.Setenv("GIT_CONFIG_KEY_0", "safe.directory")
		t.Setenv("GIT_CONFIG_VALUE_0", "*")
	}
	if got := buildIn(t, copied, "/", nil, "umask 022"); got != want {
		t.Errorf("a copy with other times and owners: other bytes:\n%s\ninstead of\n%s", got, want)
	}
	must(t, copied, "rm", "-rf", "servo")
	git(t, copied, "clone", "-q", filepath.Join(dir, "servo"), "servo")
	if got := buildIn(t, copied, "/", nil, "umask 022"); got != want {
		t.Error("a clone of the repository: other bytes")
	}

	// Another time is another image, and again the same each time.
	later := buildIn(t, dir, dir, []string{"SOURCE_DATE_EPOCH=1500000000"}, "umask 022")
	if later == want {
		t.Error("SOURCE_DATE_EPOCH changes nothing")
	}
	if again := buildIn(t, copied, "/", []string{"SOURCE_DATE_EPOCH=1500000000", "TZ=America/New_York"}, "umask 077"); again != later {
		t.Error("with SOURCE_DATE_EPOCH: other bytes")
	}
}

// Work trees as they stand, without a ref, are the same wherever they were cloned.
func TestBuildWorkTreeReproducible(t *testing.T) {
	dir := buildFolder(t, sampleRPM(t))
	recipe := filepath.Join(dir, "lbimage.yaml")
	text := strings.Replace(must(t, dir, "cat", recipe), "{source: servo, ref: master}", "{source: servo}", 1)
	writeFile(t, recipe, text)
	want := buildIn(t, dir, dir, nil, "umask 022")
	copied := filepath.Join(t.TempDir(), "copy")
	must(t, "", "cp", "-rL", dir, copied)
	must(t, copied, "rm", "-rf", "servo")
	git(t, copied, "clone", "-q", filepath.Join(dir, "servo"), "servo")
	if got := buildIn(t, copied, copied, nil, "umask 022"); got != want {
		t.Error("a clone of the repository: other bytes")
	}
}

// No folder of the machine, and no name of its user, stands in a record or in an image.
func TestRecordsKnowNoMachine(t *testing.T) {
	dir := buildFolder(t, sampleRPM(t))
	out := t.TempDir()
	must(t, "/", lbimage, append([]string{"build", "-f", filepath.Join(dir, "lbimage.yaml"), "-o", out}, beside...)...)
	host, _ := os.Hostname()
	for _, p := range profiles {
		record := must(t, out, "sh", "-c", "cat *"+p+"*.json SHA256SUMS")
		for _, word := range []string{dir, out, filepath.Dir(dir), os.TempDir() + "/", host + "\""} {
			if strings.Contains(record, word) {
				t.Errorf("%s: %q is in the record", p, word)
			}
		}
		judgeRecordForm(t, outputOf(out, p)+".json")
		judgeRecordsByPython(t, outputOf(out, p)+".json")
		disk := must(t, out, "tar", "-xzOf", outputOf(out, p))
		for _, word := range []string{dir, out} {
			if strings.Contains(disk, word) {
				t.Errorf("%s: %q is in the image", p, word)
			}
		}
	}
}
