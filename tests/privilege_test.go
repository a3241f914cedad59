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
	out := filepath.Join(work, "updated.tgz")
	args = append(append(args, "env", "TMPDIR="+work, lbimage), customizeArgs(disk, out)...)
	must(t, work, "setpriv", args...)
	judgeOutput(t, shapes[0], disk, out)
}
