// Package loopmount lets tests ask the kernel what it makes of an image.
package loopmount

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is how long another process may hold what is unmounted.
const patience = time.Minute

// Mount mounts an image through a loop device, with further options of mount(8), and gives the folder. It is unmounted
// at the end of the test, if not before by [Unmount]. Where mounts are not allowed the test is skipped.
func Mount(t testing.TB, img, options string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting needs root")
	}
	if _, err := os.Stat("/dev/loop-control"); err != nil {
		t.Skip("this machine has no loop devices")
	}
	dir := t.TempDir()
	out, err := exec.Command("mount", "-o", "loop,"+options, img, dir).CombinedOutput()
	if err != nil {
		for _, forbidden := range []string{"permission denied", "must be superuser", "failed to setup loop device"} {
			if strings.Contains(string(out), forbidden) {
				t.Skipf("mounting is not allowed here: %s", out)
			}
		}
		t.Fatalf("mount: %v\n%s", err, out)
	}
	t.Cleanup(func() { Unmount(t, dir) })
	return dir
}

// Unmount unmounts the folder, if it is mounted, and waits until the kernel has let go of the image. A process that
// made a mount namespace of its own meanwhile has a copy of the mount: umount(8) is done at once then, and the file
// system is written out only when the last copy is gone.
func Unmount(t testing.TB, dir string) {
	t.Helper()
	source, err := exec.Command("findmnt", "--noheadings", "--output", "SOURCE", "--mountpoint", dir).Output()
	if err != nil {
		return // it is not mounted
	}
	device := filepath.Base(strings.TrimSpace(string(source)))
	img := backing(device)
	out, err := exec.Command("umount", dir).CombinedOutput()
	for start := time.Now(); err != nil && strings.Contains(string(out), "busy") && time.Since(start) < patience; {
		time.Sleep(10 * time.Millisecond) // a program that was just started elsewhere has our files open for a moment
		out, err = exec.Command("umount", dir).CombinedOutput()
	}
	if err != nil {
		t.Errorf("umount: %v\n%s", err, out)
		return
	}
	for start := time.Now(); img != "" && backing(device) == img; time.Sleep(5 * time.Millisecond) {
		if time.Since(start) > patience {
			t.Errorf("%s is unmounted, and /dev/%s still holds it", img, device)
			return
		}
	}
}

// backing is the file behind a loop device that is freed with its last user; empty where there is none.
func backing(device string) string {
	if freed, err := os.ReadFile(filepath.Join("/sys/block", device, "loop/autoclear")); err != nil || strings.TrimSpace(string(freed)) != "1" {
		return ""
	}
	name, err := os.ReadFile(filepath.Join("/sys/block", device, "loop/backing_file"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(name))
}
