package develop

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/ext"
	"lbimage/overlay"
	"lbimage/overlay/treetest"
	"lbimage/servo"
)

// disk makes an ext3 file system in a file, with the content of a tree.
func disk(t *testing.T, from *treetest.Memory) (*ext.FS, *os.File) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "root.img"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	const size = 8 << 20
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	if err := ext.Format(f, size, ext.FormatOptions{Type: "ext3"}); err != nil {
		t.Fatal(err)
	}
	tree, err := ext.OpenWritable(f, size, ext.Options{Time: time.Unix(1300000000, 0)})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range from.Names() {
		info, err := from.Lstat(name)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case info.IsDir():
			err = tree.Mkdir(name, info.Mode().Perm())
		case info.Mode()&fs.ModeSymlink != 0:
			var target string
			if target, err = from.ReadLink(name); err == nil {
				err = tree.Symlink(target, name)
			}
		default:
			var data []byte
			if data, err = from.ReadFile(name); err == nil {
				err = tree.WriteFile(name, data, info.Mode().Perm())
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return tree, f
}

// On a real file system: the same bytes each time, and e2fsck finds nothing to say.
func TestOnDisk(t *testing.T) {
	e2fsck := judge(t, "e2fsck")
	dir := t.TempDir()
	write(t, dir, source("1.4.1"))
	var first []byte
	for range 2 {
		tree, f := disk(t, image(nil))
		installed(t, tree, mustOpen(t, Request{Source: dir}), EditOptions{Time: time.Unix(1400000000, 0)})
		if in, err := servo.Detect(tree); err != nil || in.Version != "1.5.0" {
			t.Errorf("%+v %v", in, err)
		}
		if err := tree.Sync(); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(e2fsck, "-fn", f.Name()).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		got, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if first != nil && !bytes.Equal(first, got) {
			t.Error("other bytes the second time")
		}
		first = got
	}
}

// EL7: systemd starts the script, /var/run is a link, Python is found by links, and byte code of another
// packaging lies about.
func TestEL7(t *testing.T) {
	tree := image(map[string]string{
		"sbin":                      "-> usr/sbin",
		"usr/sbin/init":             "-> ../lib/systemd/systemd",
		"usr/lib/systemd/systemd":   "",
		"usr/lib/systemd/system/":   "",
		"etc/systemd/system/":       "",
		"etc/redhat-release":        "CentOS Linux release 7.9.2009 (Core)\n",
		"run/":                      "",
		"usr/bin/python":            "-> python2",
		"usr/bin/python2":           "-> python2.7",
		"usr/bin/python2.7":         "ELF 2.7",
		"usr/lib/tmpfiles.d/":       "",
		"usr/lib64/python2.7/os.py": "",
		"usr/lib/python2.7/site-packages/servo/main_loop.pyc": "old",
	})
	for _, old := range []string{"var/run"} {
		if err := tree.Remove(old); err != nil {
			t.Fatal(err)
		}
	}
	if err := tree.Symlink("../run", "var/run"); err != nil {
		t.Fatal(err)
	}
	s := opened(t, source("1.4.0"))
	installed(t, tree, s, EditOptions{})
	names := "\n" + strings.Join(tree.Names(), "\n") + "\n"
	for _, want := range []string{"run/load-balancer-servo", "usr/lib/python2.7/site-packages/servo/__init__.py", "usr/lib/tmpfiles.d/load-balancer-servo.conf",
		"usr/lib/python2.7/site-packages/Eucalyptus_Loadbalancer_Servo-1.4.0-py2.7.egg-info"} {
		if !strings.Contains(names, "\n"+want+"\n") {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(names, ".pyc") || strings.Contains(names, "/var/run/") {
		t.Error(names)
	}
	if in, err := servo.Detect(tree); err != nil || in.Version != "1.4.0" || len(in.Files) != len(layoutOf("1.4.0")) {
		t.Errorf("%+v %v", in, err)
	}
	for _, c := range installed(t, tree, s, EditOptions{}) {
		if c.Changed() {
			t.Errorf("again: %s", c)
		}
	}
}

// What stands in the way is an error with its path, and links in the image lead nowhere outside it.
func TestHostileImage(t *testing.T) {
	s := opened(t, source("1.1.0"))
	for name, c := range map[string]struct {
		more  map[string]string
		words string
	}{
		"folder for file": {map[string]string{"usr/bin/load-balancer-servo/x": ""}, "/usr/bin/load-balancer-servo"},
		"file for folder": {map[string]string{"etc/load-balancer-servo": "x"}, "/etc/load-balancer-servo"},
		"links round":     {map[string]string{"etc/sudoers.d": "-> sudoers.d"}, "/etc/sudoers.d"},
		"dangling":        {map[string]string{"usr/libexec": "-> /not/there"}, "/not/there"},
	} {
		e, err := s.Edit(EditOptions{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = overlay.Apply(image(c.more), []overlay.Edit{e})
		t.Run(name, func(t *testing.T) {
			refuses(t, err, c.words)
			if err != nil && !strings.HasPrefix(err.Error(), "/") {
				t.Errorf("the path does not come first: %v", err)
			}
		})
	}
	tree := image(map[string]string{"etc/sudoers.d": "-> ../../../../../tmp/out", "tmp/out/": ""})
	installed(t, tree, s, EditOptions{})
	if _, err := tree.Lstat("tmp/out/servo"); err != nil {
		t.Error(err)
	}
	// A device where a module would be gives way.
	tree = image(map[string]string{"usr/lib/python2.6/site-packages/servo/x": ""})
	tree.Mknod("usr/lib/python2.6/site-packages/servo/main_loop.py", fs.ModeDevice|0o600)
	installed(t, tree, s, EditOptions{})
	if info, err := tree.Lstat("usr/lib/python2.6/site-packages/servo/main_loop.py"); err != nil || !info.Mode().IsRegular() {
		t.Errorf("%v %v", info, err)
	}
}
