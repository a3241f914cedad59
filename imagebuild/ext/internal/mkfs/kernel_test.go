package mkfs_test

import (
	"fmt"
	"lbimage/imagebuild/internal/loopmount"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// runBoth gives both output streams, whatever the exit code.
func runBoth(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, _ := exec.Command(tool(t, name), args...).CombinedOutput()
	return string(out)
}

// mount mounts the image through a loop device, or skips the test where that is
// not allowed.
func mount(t *testing.T, img, fsType string) (dir string, umount func()) {
	t.Helper()
	dir = loopmount.Mount(t, img, "rw")
	if kind, err := exec.Command(tool(t, "findmnt"), "--noheadings", "--output", "FSTYPE", "--mountpoint", dir).Output(); err != nil || strings.TrimSpace(string(kind)) != fsType {
		t.Errorf("mounted as %s (%v), not as %s", kind, err, fsType)
	}
	return dir, func() { loopmount.Unmount(t, dir) }
}

// The kernel mounts what Format makes, fills it with files in folders, and leaves
// it clean.
func TestKernel(t *testing.T) {
	for _, o := range kinds {
		for _, o.BlockSize = range []int{1024, 4096} {
			t.Run(describe(o), func(t *testing.T) {
				img := format(t, 300*mib, o)
				dir, umount := mount(t, img, o.Type)
				for i := range 30 {
					sub := filepath.Join(dir, fmt.Sprintf("folder%d", i))
					if err := os.Mkdir(sub, 0o755); err != nil {
						t.Fatal(err)
					}
					for j := range 40 {
						data := []byte(strings.Repeat(fmt.Sprintf("%d %d\n", i, j), 1000*(j%4)))
						if err := os.WriteFile(filepath.Join(sub, fmt.Sprintf("file-with-a-long-name-%d", j)), data, 0o644); err != nil {
							t.Fatal(err)
						}
					}
				}
				umount()
				mustBeClean(t, img)
				dir, umount = mount(t, img, o.Type)
				data, err := os.ReadFile(filepath.Join(dir, "folder29", "file-with-a-long-name-39"))
				if err != nil || string(data) != strings.Repeat("29 39\n", 3000) {
					t.Errorf("after another mount the file has %d bytes (%v)", len(data), err)
				}
				umount()
			})
		}
	}
}
