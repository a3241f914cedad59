//go:build linux

package ext

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What compares us with the kernel tells of each thing that the kernel changes.
func TestKernelTells(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_csum_1k"))
	want := modelOf(t, edit(t, img))
	dir := mount(t, img.Name(), "rw,acl,user_xattr")
	in := func(name string) string { return filepath.Join(dir, name) }
	want.compareTo(t, modelOfFolder(t, dir))
	fi, err := os.Lstat(in("etc/passwd"))
	must(t, err)
	for _, c := range []struct {
		what string
		do   func() error
		undo func() error
	}{
		{"etc/passwd: mode", func() error { return os.Chmod(in("etc/passwd"), 0o600) }, func() error { return os.Chmod(in("etc/passwd"), fi.Mode()) }},
		{"etc/passwd: owner", func() error { return os.Chown(in("etc/passwd"), 0, 7) }, func() error { return os.Chown(in("etc/passwd"), 0, 0) }},
		{"etc/passwd: time of writing", func() error { return os.Chtimes(in("etc/passwd"), time.Time{}, fi.ModTime().Add(1)) },
			func() error { return os.Chtimes(in("etc/passwd"), time.Time{}, fi.ModTime()) }},
		{"etc/passwd: time of reading", func() error { return os.Chtimes(in("etc/passwd"), editTime, fi.ModTime()) },
			func() error { return os.Chtimes(in("etc/passwd"), stampTime, fi.ModTime()) }},
		{"etc/passwd: attributes", func() error { return unix.Lsetxattr(in("etc/passwd"), "user.a", []byte("b"), 0) },
			func() error { return unix.Lremovexattr(in("etc/passwd"), "user.a") }},
		{"etc/passwd: contents", func() error { return overwrite(in("etc/passwd"), 'R') }, func() error { return overwrite(in("etc/passwd"), 'r') }},
		{"no longer the same file", func() error {
			return errors.Join(os.Remove(in("usr/bin/hard1")), os.WriteFile(in("usr/bin/hard1"), data("f1024", 1024), 0o644))
		}, func() error {
			return errors.Join(os.Remove(in("usr/bin/hard1")), os.Link(in("usr/bin/f1024"), in("usr/bin/hard1")))
		}},
		{"etc/new should not be there", func() error { return os.Mkdir(in("etc/new"), 0o755) }, func() error { return os.Remove(in("etc/new")) }},
		{"device", func() error {
			return errors.Join(os.Remove(in("dev/null")), unix.Mknod(in("dev/null"), unix.S_IFCHR|0o644, int(unix.Mkdev(1, 4))))
		}, func() error { return nil }},
		{"target", func() error { return errors.Join(os.Remove(in("bin")), os.Symlink("/usr/bim", in("bin"))) }, func() error { return nil }},
		{"empty is missing", func() error { return os.Remove(in("empty")) }, func() error { return nil }},
	} {
		must(t, c.do())
		if d := strings.Join(want.differences(modelOfFolder(t, dir), nil), "\n"); !strings.Contains(d, c.what) {
			t.Errorf("%s: not told but %q", c.what, d)
		}
		must(t, c.undo())
	}
}

func overwrite(name string, c byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt([]byte{c}, 0)
	return errors.Join(err, f.Close())
}

// Twins tell where one of them does what the other refuses.
func TestTwinsTell(t *testing.T) {
	e := errors.New("no")
	for _, c := range []struct {
		us, kernel error
		same       bool
	}{{nil, nil, true}, {e, unix.EEXIST, true}, {nil, e, false}, {e, nil, false}, {ErrAttrSpace, e, false}, {ErrAttrSpace, ErrAttrSpace, true}} {
		err := agree(c.us, c.kernel)
		if _, differ := err.(differError); differ == c.same {
			t.Errorf("%v and %v: %v", c.us, c.kernel, err)
		}
	}
}

// A snapshot tells of changes to files that no operation names.
func TestSnapshotTells(t *testing.T) {
	list, err := seeds()
	must(t, err)
	open := func() *FS {
		f, err := OpenWritable(&ram{append([]byte(nil), list[0].b...), 1 << 30}, int64(len(list[0].b)), Options{Time: editTime})
		must(t, err)
		return f
	}
	before := snapshot(open(), []operation{opRemove("d/file"), opMkdir("new")})
	for name, there := range map[string]bool{"pieces": true, "dev": true, "slow": true, "hard": false, "d/file": false} {
		if _, ok := before[name]; ok != there {
			t.Errorf("%s is in the snapshot: %v", name, ok)
		}
	}
	for what, do := range map[string]func(f *FS) error{
		"contents":   func(f *FS) error { return f.WriteFile("pieces", nil, 0) },
		"mode":       func(f *FS) error { return f.Chmod("pieces", 0o777) },
		"owner":      func(f *FS) error { return f.Chown("dev", 1, 1) },
		"attributes": func(f *FS) error { return f.SetXattr("pieces", "user.x", nil) },
		"removal":    func(f *FS) error { return f.Remove("slow") },
	} {
		f := open()
		must(t, do(f))
		after, changed := snapshot(f, nil), 0
		for name := range before {
			if before[name] != after[name] {
				changed++
			}
		}
		if changed == 0 {
			t.Errorf("a change of %s is not told", what)
		}
	}
	spoilt := append([]byte(nil), list[0].b...)
	spoilt[1024+0x0C]++ // the number of free blocks
	need(t, "e2fsck")
	if e2fsckBytes(t, list[0].b) != "" || e2fsckBytes(t, spoilt) == "" {
		t.Error("the judge of bytes does not judge")
	}
}
