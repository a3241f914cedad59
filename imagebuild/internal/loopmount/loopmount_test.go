package loopmount

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/tests/needs"
)

// A namespace that holds a copy of the mount does not let a test see a file system that is half written.
func TestUnmountWaits(t *testing.T) {
	needs.Programs(t, "mke2fs", "e2fsck", "debugfs", "unshare", "findmnt")
	img := filepath.Join(t.TempDir(), "fs.img")
	if out, err := exec.Command("mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", img, "8M").CombinedOutput(); err != nil {
		t.Fatalf("mke2fs: %v\n%s", err, out)
	}
	dir := Mount(t, img, "rw")
	for _, name := range strings.Fields("a b c d e") {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	holder := exec.Command("unshare", "--mount", "--propagation", "private", "sh", "-c", "echo ready; sleep 0.3")
	ready, err := holder.StdoutPipe()
	if err == nil {
		err = holder.Start()
	}
	if err == nil {
		_, err = ready.Read(make([]byte, 1))
	}
	if err != nil {
		t.Fatal(err)
	}
	Unmount(t, dir)
	if out, err := exec.Command("e2fsck", "-fn", img).CombinedOutput(); err != nil {
		t.Errorf("e2fsck: %v\n%s", err, out)
	}
	if out, err := exec.Command("debugfs", "-R", "cat /e", img).Output(); err != nil || string(out) != "e" {
		t.Errorf("the image does not have what was written: %q, %v", out, err)
	}
	if err := holder.Wait(); err != nil {
		t.Error(err)
	}
}
