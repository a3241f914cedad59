package check_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/ext"
	"lbimage/overlay"
	"lbimage/overlay/treetest"
	"lbimage/servo"
	"lbimage/tests/needs"
)

// The file system that is edited is a tree as the edits need it.
var _ overlay.Tree = (*ext.FS)(nil)

// program finds a program that judges a test.
var program = needs.Program

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// styles are file systems as mke2fs makes them: one of the age of CentOS 6, one of today.
var styles = map[string][]string{
	"ext3":       {"-t", "ext3", "-O", "none,has_journal,ext_attr,resize_inode,dir_index,filetype,sparse_super,large_file", "-I", "256", "-b", "1024"},
	"ext4":       {"-t", "ext4", "-b", "4096"},
	"ext2-small": {"-t", "ext2", "-I", "128", "-b", "1024"},
}

// image makes a file system of 24 MiB, filled from a folder if one is given.
func image(t *testing.T, style, from string) string {
	t.Helper()
	mke2fs := program(t, "mke2fs")
	file := filepath.Join(t.TempDir(), "fs.img")
	args := append([]string{"-q", "-F"}, styles[style]...)
	if from != "" {
		args = append(args, "-d", from)
	}
	run(t, mke2fs, append(args, file, "24M")...)
	return file
}

// editable opens a file system for an edit. When the test is over, e2fsck judges what it has become.
func editable(t *testing.T, file string) *ext.FS {
	t.Helper()
	e2fsck := program(t, "e2fsck")
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	tree, err := ext.OpenWritable(f, st.Size(), ext.Options{Time: time.Unix(1400000000, 0)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tree.Sync(); err != nil {
			t.Error(err)
		}
		f.Close()
		if out, err := exec.Command(e2fsck, "-fn", file).CombinedOutput(); err != nil {
			t.Errorf("e2fsck -fn: %v\n%s", err, out)
		}
	})
	return tree
}

// TestTree runs the test of trees on the editor of ext file systems.
func TestTree(t *testing.T) {
	for style := range styles {
		t.Run(style, func(t *testing.T) {
			treetest.Run(t, func(t *testing.T) overlay.Tree { return editable(t, image(t, style, "")) })
		})
	}
}

// TestCustomize walks the way of a customization on a file system: edits, a fresh look, e2fsck, and debugfs
// reading back what was written.
func TestCustomize(t *testing.T) {
	debugfs := program(t, "debugfs")
	folder := t.TempDir()
	for name, text := range map[string]string{
		"etc/passwd": "root:x:0:0::/:\nservo:x:498:497::/:\n", "etc/group": "servo:x:497:\n",
		"etc/sysctl.conf":   "# sysctl\nnet.ipv4.ip_forward = 0\n",
		servo.TemplatePath:  "#template\nglobal\n maxconn 100000\n\ndefaults\n timeout connect     5s\n timeout client      1m\n timeout server      1m\n",
		"usr/bin/tool":      strings.Repeat("old tool\n", 5000),
		"../laid/bin/tool":  strings.Repeat("new tool\n", 200000),
		"../laid/etc/issue": "welcome\n",
		"../laid/etc/a/b/c": "",
		"../laid/.owners":   "etc/issue servo\n",
	} {
		p := filepath.Join(folder, "root", name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("usr/bin", filepath.Join(folder, "root/bin")); err != nil {
		t.Fatal(err)
	}
	template, err := servo.TemplateEdit(servo.TemplateRequest{Timeouts: []servo.Setting{{Name: "queue", Value: "1m"}}, Options: []string{"redispatch"}})
	if err != nil {
		t.Fatal(err)
	}
	laid, err := overlay.OpenOverlay(filepath.Join(folder, "laid"), overlay.OverlayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for style := range styles {
		t.Run(style, func(t *testing.T) {
			file := image(t, style, filepath.Join(folder, "root"))
			tree := editable(t, file)
			changes, err := overlay.Apply(tree, []overlay.Edit{
				laid, template, overlay.Sysctl{Settings: []overlay.Setting{{Key: "net.ipv4.tcp_keepalive_time", Value: "600"}}},
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := tree.Sync(); err != nil {
				t.Fatal(err)
			}
			findings, err := check.FileSystem(t.Context(), device(t, file))
			if err != nil || len(findings) > 0 {
				t.Errorf("%v, %v", findings, err)
			}
			fresh := reopen(t, file)
			if got := append(check.ReadBack(fresh, changes), templateFindings(t, fresh)...); check.HasErrors(got) {
				t.Errorf("%v", got)
			}
			for name, want := range map[string]string{
				"/etc/sysctl.conf":       "net.ipv4.ip_forward = 0\nnet.ipv4.tcp_keepalive_time = 600\n",
				"/usr/bin/tool":          strings.Repeat("new tool\n", 200000),
				"/etc/issue":             "welcome\n",
				"/" + servo.TemplatePath: " option redispatch\n",
			} {
				if got := run(t, debugfs, "-R", "cat "+name, file); !strings.Contains(got, want) {
					t.Errorf("%s: debugfs reads %.200q", name, got)
				}
			}
			if got := run(t, debugfs, "-R", "stat /etc/issue", file); !strings.Contains(got, "User:   498   Group:   497") {
				t.Errorf("debugfs: %s", got)
			}
			// The same once more changes nothing.
			changes, err = overlay.Apply(tree, []overlay.Edit{laid, template})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range changes {
				if c.Changed() {
					t.Errorf("a second time: %v", c)
				}
			}
		})
	}
}

func reopen(t *testing.T, file string) *ext.FS {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	tree, err := ext.Open(f, st.Size())
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// device is a file as what a check takes.
type file struct {
	*os.File
	size int64
}

func (f file) Size() int64 { return f.size }

func device(t *testing.T, name string) block.Device {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return file{f, st.Size()}
}

// TestFileSystemSeesDamage damages a file system as debugfs can: e2fsck and the check must both see it.
func TestFileSystemSeesDamage(t *testing.T) {
	debugfs, e2fsck := program(t, "debugfs"), program(t, "e2fsck")
	from := t.TempDir()
	if err := os.WriteFile(filepath.Join(from, "victim"), []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	for command, place := range map[string]string{
		"sif victim links_count 7":  "inode",
		"freei victim":              "",
		"sif victim block[0] 99999": "inode",
		"unlink victim":             "inode",
	} {
		name := image(t, "ext3", from)
		run(t, debugfs, "-w", "-R", command, name)
		if exec.Command(e2fsck, "-fn", name).Run() == nil {
			t.Fatalf("%s: e2fsck sees nothing", command)
		}
		findings, err := check.FileSystem(t.Context(), device(t, name))
		if err != nil || !check.HasErrors(findings) {
			t.Errorf("%s: %v, %v", command, findings, err)
			continue
		}
		if !slices.ContainsFunc(findings, func(f check.Finding) bool { return strings.Contains(f.Message, place) }) {
			t.Errorf("%s: %v", command, findings)
		}
		for _, f := range findings {
			if f.Rule != "file-system" || f.Hint == "" || f.Path != "" && strings.Contains(f.Message, f.Path) {
				t.Errorf("%s: %v", command, f)
			}
		}
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, make([]byte, 1<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := check.FileSystem(t.Context(), device(t, empty)); err == nil {
		t.Error("no file system: no error")
	}
}
