//go:build linux

package ext

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"lbimage/imagebuild/ext/internal/layout"
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

// The kernel finds names through an index of three levels, and adds to it.
func TestKernelLargeDir(t *testing.T) {
	img := makeImage(t, 64<<20, 0, strings.Fields("-b 1024 -I 256 -N 64 -O none,"+drop(feat8, "has_journal")+",large_dir")...)
	f := edit(t, img)
	must(t, f.Mkdir("d", 0o755))
	must(t, f.WriteFile("file", nil, 0o644))
	name := func(i int) string { return fmt.Sprintf("d/%s%06d", strings.Repeat("long", 62), i) }
	for i := range 23_000 {
		must(t, f.Link("file", name(i)))
	}
	finish(t, f, img)
	dir := mount(t, img.Name(), "rw")
	for i := range 23_000 {
		if _, err := os.Lstat(filepath.Join(dir, name(i))); err != nil {
			t.Fatal(err)
		}
	}
	for i := 23_000; i < 23_500; i++ {
		must(t, os.Link(filepath.Join(dir, "file"), filepath.Join(dir, name(i))))
	}
	unmount(t, dir)
	judge(t, img.Name())
	f = edit(t, img)
	for i := range 23_500 {
		must(t, f.Remove(name(i)))
	}
	finish(t, f, img)
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

// The kernel reads values that we put into inodes, and we edit those that it put
// there: where equal ones share an inode.
func TestKernelLargeValues(t *testing.T) {
	for _, name := range []string{"1 KiB", "4 KiB", "without extents", "stored seed"} {
		t.Run(name, func(t *testing.T) {
			img := makeImage(t, 32<<20, 0, strings.Fields(drop(eaShapes[name], "has_journal"))...)
			f := edit(t, img)
			w := newWalker(t, 950, f)
			w.values = layout.XattrValueMax
			for range 120 {
				w.step()
			}
			finish(t, f, img)
			dir := mount(t, img.Name(), "rw")
			w.m.compareTo(t, modelOfFolder(t, dir))
			large, other := data("large", 9000), data("other", 50_000)
			for i := range 6 {
				file := filepath.Join(dir, fmt.Sprint("kernel", i))
				must(t, os.WriteFile(file, nil, 0o644))
				must(t, unix.Setxattr(file, "user.large", large, 0))
				must(t, unix.Setxattr(file, "user.other", other, 0))
			}
			unmount(t, dir)
			judge(t, img.Name())

			f = edit(t, img)
			must(t, f.Remove("kernel0"))
			must(t, f.SetXattr("kernel1", "user.large", data("ours", 9000)))
			must(t, f.RemoveXattr("kernel2", "user.other"))
			must(t, f.Chown("kernel3", 5, 6))
			f = finish(t, f, img)
			m := modelOf(t, f)
			dir = mount(t, img.Name(), "rw")
			m.compareTo(t, modelOfFolder(t, dir))
			for i := 1; i < 6; i++ {
				file := filepath.Join(dir, fmt.Sprint("kernel", i))
				got := make([]byte, 70_000)
				if n, err := unix.Getxattr(file, "user.large", got); err != nil || i > 1 && !bytes.Equal(got[:n], large) {
					t.Errorf("kernel%d: %d bytes, %v", i, n, err)
				}
				must(t, os.Remove(file))
			}
			unmount(t, dir)
			judge(t, img.Name())
		})
	}
}

// What is made in a folder takes over the same flags as under the kernel.
func TestKernelHandsDownFlags(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_csum_1k"))
	f := edit(t, img)
	must(t, f.Mkdir("p", 0o755))
	have, err := f.Flags("p")
	must(t, err)
	flags, err := ParseFlags("suSDdAcjtT")
	must(t, err)
	must(t, f.SetFlags("p", have|flags))
	f = finish(t, f, img)
	must(t, f.Mkdir("p/dir", 0o755))
	must(t, f.WriteFile("p/file", nil, 0o644))
	must(t, f.Symlink("file", "p/link"))
	must(t, f.Mknod("p/null", os.ModeDevice|os.ModeCharDevice|0o644, 1, 3))
	finish(t, f, img)
	k := kernelDir{mount(t, img.Name(), "rw")}
	must(t, k.Mkdir("p/dir.k", 0o755))
	must(t, k.WriteFile("p/file.k", nil, 0o644))
	must(t, k.Symlink("file", "p/link.k"))
	must(t, k.Mknod("p/null.k", os.ModeDevice|os.ModeCharDevice|0o644, 1, 3))
	unmount(t, k.root)
	f = edit(t, img)
	for _, name := range []string{"dir", "file", "link", "null"} {
		a, b := stat(t, f, "p/"+name).Flags, stat(t, f, "p/"+name+".k").Flags
		if a != b {
			t.Errorf("%s has %s, by the kernel %s", name, FlagString(a), FlagString(b))
		}
	}
}
