//go:build linux

package ext

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// A kernel that keeps quotas goes on where we stopped, and we where it stopped.
func TestKernelKeepsQuotas(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("mounting needs root")
	}
	need(t, "mount", "umount")
	for i, name := range quotaShapes {
		whole := copyOf(t, shapeNamed(t, name))
		dir := t.TempDir()
		if out, err := exec.Command("mount", "-o", "loop", whole.Name(), dir).CombinedOutput(); err != nil {
			t.Skipf("the kernel has no quota_v2, or no loop devices: %s", out)
		}
		unmount(t, dir)

		img := copyOf(t, shapeNamed(t, name))
		for round := range 3 {
			w := newWalker(t, int64(500+3*i+round), edit(t, img))
			for range 100 {
				w.step()
			}
			must(t, w.fs.Sync())
			wantQuotas(t, edit(t, img), img)
			dir := filepath.Join(mount(t, img.Name(), "rw"), "kernel"+strconv.Itoa(round))
			must(t, os.Mkdir(dir, 0o755))
			for k := range 60 {
				file := filepath.Join(dir, strconv.Itoa(k))
				must(t, os.WriteFile(file, data("k", 100*k), 0o644))
				must(t, os.Chown(file, 1013*k, 70001*k))
				if k%3 == 0 {
					must(t, os.Remove(file))
				}
			}
			unmount(t, filepath.Dir(dir))
			wantQuotas(t, edit(t, img), img)
		}
	}
}
