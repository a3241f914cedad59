package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// An ordinary user without any capability, in namespaces where that works, does
// the whole job.
func TestWithoutPrivilege(t *testing.T) {
	need(t, "setpriv")
	dir := t.TempDir()
	disk := filepath.Join(dir, imageFile)
	makeDisk(t, shapes[0], disk)
	work := filepath.Join(dir, "work")
	if err := os.Mkdir(work, 0o777); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(work, "updated.tgz")
	args := append(unprivileged(t, dir, work), "env", "TMPDIR="+work, lbimage)
	must(t, work, "setpriv", append(args, customizeArgs(disk, out)...)...)
	judgeOutput(t, shapes[0], disk, out)
}

// unprivileged are the arguments of setpriv before a command that then runs as nobody, without any capability, in namespaces
// of its own where that works. What lies below dir it can read, to work it can write.
func unprivileged(t *testing.T, dir, work string) []string {
	t.Helper()
	args := []string{"--no-new-privs", "--inh-caps=-all"}
	if os.Getuid() == 0 {
		for d := dir; len(d) > 4; d = filepath.Dir(d) { // testing makes folders private
			if err := os.Chmod(d, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(work, 0o777); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all")
	}
	args = append(args, "--")
	// A namespace of its own takes away the rest: no network, no other processes.
	probe := append(append([]string{}, args...), "unshare", "--user", "--net", "--ipc", "true")
	if exec.Command("setpriv", probe...).Run() == nil {
		args = append(args, "unshare", "--user", "--net", "--ipc")
	} else {
		t.Log("no user namespaces here")
	}
	// The status of the process itself shows that it can use none.
	caps := must(t, work, "setpriv", append(append([]string{}, args...), "grep", "CapEff", "/proc/self/status")...)
	if !strings.HasSuffix(strings.TrimSpace(caps), "0000000000000000") {
		t.Fatalf("it has capabilities: %s", caps)
	}
	return args
}

// So is a build with a package and a servo's source.
func TestBuildWithoutPrivilege(t *testing.T) {
	need(t, "setpriv")
	made := buildFolder(t, sampleRPM(t))
	dir := t.TempDir()
	work := filepath.Join(dir, "work")
	must(t, "", "cp", "-rL", made, work)
	args := unprivileged(t, dir, work)
	if os.Getuid() == 0 {
		must(t, work, "chown", "-R", "nobody", ".")
	}
	must(t, work, "setpriv", append(append(args, "env", "TMPDIR="+work, lbimage, "build"), beside...)...)
	must(t, made, lbimage, append([]string{"build"}, beside...)...)
	if digests(t, work) != digests(t, made) {
		t.Error("other bytes than with privilege")
	}
}
