package fsedit

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"lbimage/imagebuild/ext"
)

// loopDevice attaches the image and gives the device.
func loopDevice(t testing.TB, img string, flags ...string) string {
	t.Helper()
	need(t, "losetup")
	if os.Getuid() != 0 {
		t.Skip("loop devices need root")
	}
	out, err := exec.Command("losetup", append(flags, "--show", "-f", img)...).CombinedOutput()
	if err != nil {
		t.Skipf("no loop devices here: %s", out)
	}
	dev := strings.TrimSpace(string(out))
	t.Cleanup(func() { _ = exec.Command("losetup", "-d", dev).Run() })
	return dev
}

// A block device is edited in place, if nobody has mounted it; a file behind one
// is left to the device.
func TestBlockDevice(t *testing.T) {
	img := newImage(t, 16<<20, ext.FormatOptions{Type: "ext4"})
	dev := loopDevice(t, img)
	mkdir := func(tree *Tree) error { return tree.Mkdir("/x", 0o755, false) }
	refused := func(path, want string, inPlace bool) {
		t.Helper()
		if _, err := Edit(context.Background(), path, Options{InPlace: inPlace}, mkdir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	refused(dev, "edit it with --in-place", false)
	refused(img, "it is in use as "+dev, false)
	refused(img, "it is in use as "+dev, true)
	_, err := Edit(context.Background(), dev, Options{InPlace: true}, mkdir)
	must(t, err)
	if f := stat(t, dev, "/x"); f.Type != "dir" {
		t.Errorf("%+v", f)
	}
	judge(t, dev)
	dir := t.TempDir()
	run(t, "mount", dev, dir)
	t.Cleanup(func() { unmount(t, dir) })
	refused(dev, "the device is in use: unmount it first", true)
	unmount(t, dir)
	run(t, "losetup", "-d", dev)
	judge(t, img)

	// One that only reads does no harm.
	loopDevice(t, img, "-r")
	edit(t, img, func(tree *Tree) error { return tree.Mkdir("/y", 0o755, false) })
}

// What belongs to the image's file stays: holes, owner, mode, attributes.
func TestFileStays(t *testing.T) {
	img := newImage(t, 256<<20, ext.FormatOptions{Type: "ext4"})
	must(t, os.Chmod(img, 0o604))
	if os.Getuid() == 0 {
		must(t, os.Chown(img, 1234, 5678))
	}
	hasAttrs := unix.Setxattr(img, "user.note", []byte("stays"), 0) == nil
	var was, now unix.Stat_t
	must(t, unix.Stat(img, &was))
	edit(t, img, func(tree *Tree) error { return tree.Mkdir("/x", 0o755, false) })
	must(t, unix.Stat(img, &now))
	if now.Uid != was.Uid || now.Gid != was.Gid || now.Mode != was.Mode || now.Size != was.Size || now.Blocks > was.Blocks+2048 {
		t.Errorf("was %+v, is %+v", was, now)
	}
	value := make([]byte, 10)
	if n, err := unix.Getxattr(img, "user.note", value); hasAttrs && (err != nil || string(value[:n]) != "stays") {
		t.Errorf("attribute %q, %v", value[:max(n, 0)], err)
	}
}

// An image that was copied while it was mounted: every edit brings its journal in.
func TestRecover(t *testing.T) {
	img := newImage(t, 32<<20, ext.FormatOptions{Type: "ext4"})
	dir := mount(t, img, "rw")
	write(t, filepath.Join(dir, "d", "file"), "from the kernel")
	must(t, exec.Command("sync", "-f", dir).Run())
	write(t, filepath.Join(dir, "d", "other"), "too")
	f, err := os.Open(filepath.Join(dir, "d"))
	must(t, err)
	must(t, f.Sync())
	must(t, f.Close())
	dirty := write(t, filepath.Join(t.TempDir(), "dirty.img"), string(readFile(t, img)))
	unmount(t, dir)
	info, err := Describe(dirty, Options{})
	must(t, err)
	if info.Recovery == nil || info.Refusal != nil {
		t.Fatalf("%+v", info)
	}
	was := sum(t, dirty)
	if cat(t, dirty, "/d/file") != "from the kernel" || sum(t, dirty) != was {
		t.Error("reading it")
	}
	res := edit(t, dirty, func(*Tree) error { return nil })
	if res.Recovered == nil || res.Blocks == 0 {
		t.Errorf("%+v", res)
	}
	judge(t, dirty)
	if cat(t, dirty, "/d/file") != "from the kernel" {
		t.Error("other contents")
	}
	if res := edit(t, dirty, func(*Tree) error { return nil }); res.Recovered != nil || res.Blocks != 0 {
		t.Errorf("once more: %+v", res)
	}
}
