//go:build linux

package ext

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The kernel checks what e2fsck does not open: it mounts, and writes on.
func TestKernelMountsNewUUID(t *testing.T) {
	for _, name := range []string{"ext4_orphanfile", "ext4_htree2_csum", "ext4_csum_1k"} {
		img := copyOf(t, shapeNamed(t, name))
		f := edit(t, img)
		w := newWalker(t, 300, f)
		for range 60 {
			w.step()
		}
		must(t, f.SetUUID(otherUUID))
		for range 60 {
			w.step()
		}
		f = finish(t, f, img)
		w.m.compare(t, f)
		dir := mount(t, img.Name(), "rw")
		w.m.compareTo(t, modelOfFolder(t, dir))
		must(t, os.WriteFile(filepath.Join(dir, "kernel"), data("k", 100_000), 0o644))
		unmount(t, dir)
		judge(t, img.Name())
	}
}

// What is set is what lsattr sees.
func TestKernelShowsFlags(t *testing.T) {
	need(t, "lsattr")
	for _, name := range []string{"ext2_1k", "ext4_csum_1k"} {
		img := copyOf(t, shapeNamed(t, name))
		f := edit(t, img)
		want := map[string]string{"etc/passwd": "suS-iadAc-j-t", "etc": "--SDiadA-----T", "usr/bin/f1": "------d"}
		for name, letters := range want {
			flags, err := ParseFlags(letters)
			must(t, err)
			have, err := f.Flags(name)
			must(t, err)
			must(t, f.SetFlags(name, have|flags))
		}
		finish(t, f, img)
		dir := mount(t, img.Name(), "ro")
		for name, want := range want {
			got := strings.ReplaceAll(command(t, nil, "lsattr", "-d", filepath.Join(dir, name)), "e", "-")
			if want += strings.Repeat("-", 22-len(want)); !strings.HasPrefix(got, want+" ") {
				t.Errorf("lsattr of %s: %s, not %s", name, got, want)
			}
		}
	}
}
