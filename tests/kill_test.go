package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A run that is killed, at whatever moment, leaves the source as it was, no
// output that is not whole, and no temporary file.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	disk := filepath.Join(dir, imageFile)
	makeDisk(t, shapes[0], disk)
	tarball := filepath.Join(dir, "image.tgz")
	packTarball(t, disk, tarball)
	before := sum(t, tarball)
	whole := filepath.Join(t.TempDir(), "updated.tgz")
	start := time.Now()
	must(t, dir, lbimage, customizeArgs(tarball, whole)...)
	usual := time.Since(start)
	want := sum(t, whole)
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT} {
		for i := range 12 {
			work, temp := t.TempDir(), t.TempDir()
			out := filepath.Join(work, "updated.tgz")
			cmd := exec.Command(lbimage, customizeArgs(tarball, out)...)
			cmd.Env = append(os.Environ(), "TMPDIR="+temp)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(usual * time.Duration(i) / 12)
			_ = cmd.Process.Signal(signal)
			_ = cmd.Wait()
			if list, _ := os.ReadDir(temp); len(list) > 0 {
				t.Errorf("%v after %d/12: temporary files are left: %v", signal, i, list)
			}
			list, err := os.ReadDir(work)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range list {
				switch e.Name() {
				case "updated.tgz":
					if sum(t, out) != want {
						t.Errorf("%v after %d/12: half an output", signal, i)
					}
				case "updated.tgz.json": // named a moment before the output
				default:
					t.Errorf("%v after %d/12: %s is left", signal, i, e.Name())
				}
			}
		}
	}
	if sum(t, tarball) != before {
		t.Error("the source was changed")
	}
}
