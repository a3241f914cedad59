package sample_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/sample"
	"lbimage/tests/needs"
)

// tool finds a program that judges a test.
var tool = needs.Program

// run runs a program in dir, and gives its standard output.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(tool(t, name), args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "LC_ALL=C", "TZ=UTC", "HOME="+t.TempDir())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out)
}

// write makes a package as sample.rpm in a new folder, which it returns.
func write(t *testing.T, o sample.Options) string {
	t.Helper()
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "sample.rpm"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := sample.Write(context.Background(), f, o); err != nil {
		t.Fatal(err)
	}
	return dir
}

const tarball = "usr/share/eucalyptus-load-balancer-image/eucalyptus-load-balancer-image-1.1.0-212.tgz"

// unpack takes a package apart with the tools of rpm, cpio and tar, and leaves the
// partition's bytes as root.img beside the disk.
func unpack(t *testing.T, dir string) (root string) {
	t.Helper()
	tool(t, "rpm2cpio")
	tool(t, "cpio")
	run(t, dir, "sh", "-c", "rpm2cpio sample.rpm | cpio -id --quiet")
	run(t, dir, "tar", "-xzf", tarball)
	root = filepath.Join(dir, "root.img")
	if err := copySparse(filepath.Join(dir, "eucalyptus-load-balancer-image.img"), root, 1<<20); err != nil {
		t.Fatal(err)
	}
	return root
}

// copySparse copies a file from an offset on, leaving out zeros.
func copySparse(from, to string, off int64) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	b, zero := make([]byte, 64<<10), make([]byte, 64<<10)
	for at := int64(0); ; {
		n, err := in.ReadAt(b, off+at)
		if !bytes.Equal(b[:n], zero[:n]) {
			if _, err := out.WriteAt(b[:n], at); err != nil {
				return err
			}
		}
		at += int64(n)
		if err == io.EOF {
			return out.Truncate(at)
		}
		if err != nil {
			return err
		}
	}
}

var quiet = regexp.MustCompile(`^(e2fsck 1\.|Pass [1-5]: |lb-root: \d+/\d+ files \(.*non-contiguous\), \d+/\d+ blocks$|$)`)

func mustBeClean(t *testing.T, img string) {
	t.Helper()
	for line := range strings.Lines(run(t, ".", "e2fsck", "-fn", img)) {
		if !quiet.MatchString(strings.TrimSpace(line)) {
			t.Errorf("e2fsck: %s", line)
		}
	}
}

// The package is genuine to rpm, its tarball to tar, its disk to sfdisk, its file
// system to e2fsck.
func TestJudges(t *testing.T) {
	dir := write(t, sample.Options{})
	if out := run(t, dir, "rpm", "-K", "sample.rpm"); !strings.Contains(out, "digests OK") {
		t.Errorf("rpm -K: %s", out)
	}
	if got, want := run(t, dir, "rpm", "-qp", "sample.rpm"), "eucalyptus-load-balancer-image-1.1.0-0.212.el6.x86_64\n"; got != want {
		t.Errorf("rpm -qp: %s", got)
	}
	got := run(t, dir, "rpm", "-qp", "--qf", `[%{FILEMODES:perms} %{FILEUSERNAME}:%{FILEGROUPNAME} %{FILENAMES}\n]`, "sample.rpm")
	want := `-rwxr-xr-x root:root /usr/bin/euca-install-load-balancer
drwxr-xr-x root:root /usr/share/doc/eucalyptus-load-balancer-image-1.1.0
-rw-r--r-- root:root /usr/share/doc/eucalyptus-load-balancer-image-1.1.0/IMAGE-LICENSE
-rw-r--r-- root:root /usr/share/doc/eucalyptus-load-balancer-image-1.1.0/eucalyptus-load-balancer-image.ks
drwxr-xr-x root:root /usr/share/eucalyptus-load-balancer-image
-rw-r--r-- root:root /usr/share/eucalyptus-load-balancer-image/eucalyptus-load-balancer-image-1.1.0-212.tgz
`
	if got != want {
		t.Errorf("the package's files:\n%s", got)
	}
	root := unpack(t, dir)
	if got, want := run(t, dir, "tar", "-tvzf", tarball), "-rw-r--r-- root/root  67108864 2014-05-13 16:53 eucalyptus-load-balancer-image.img\n"; got != want {
		t.Errorf("the tarball:\n%s", got)
	}
	if out := run(t, dir, "sfdisk", "-d", "eucalyptus-load-balancer-image.img"); !strings.Contains(out, "label: dos\n") ||
		!strings.HasSuffix(out, ".img1 : start=        2048, size=      129024, type=83, bootable\n") || strings.Count(out, "start=") != 1 {
		t.Errorf("sfdisk -d:\n%s", out)
	}
	mustBeClean(t, root)
	if out := run(t, dir, "dumpe2fs", "-h", root); !strings.Contains(out, "has_journal ext_attr resize_inode dir_index filetype sparse_super large_file\n") ||
		!strings.Contains(out, "lb-root\n") {
		t.Errorf("dumpe2fs:\n%s", out)
	}
}

// debugfs reads what counts: for those who may not mount.
func TestDebugfs(t *testing.T) {
	root := unpack(t, write(t, sample.Options{}))
	for cmd, want := range map[string]string{
		"stat etc/load-balancer-servo/haproxy_template.conf": `(?s)regular .*Mode:  0644 .*User:   498   Group:   498 .*mtime: 0x53724e00`,
		"stat etc/shadow":                                   `Mode:  0000 `,
		"stat var/lib/load-balancer-servo":                  `(?s)directory .*Mode:  06700 .*User:   498   Group:   498 `,
		"stat tmp":                                          `Mode:  01777 `,
		"stat usr/bin/python":                               `Links: 2 `,
		"stat usr/share/sample-pages":                       `Flags: 0x1000\b`,
		"stat dev/null":                                     `(?s)character .*major/minor number: 01:03`,
		"stat usr/share/sample-holes":                       `(?s)Size: 19136220\b.*Blockcount: 16\b`,
		"ea_list bin/ping":                                  `security.capability \(20\) = 01 00 00 02 00 20 00 00 `,
		"cat etc/sysconfig/network":                         `(?m)^NOZEROCONF=yes$`,
		"cat boot/grub/grub.conf":                           `(?m)^\tkernel /boot/vmlinuz-2.6.32-431.el6.x86_64.stand-in `,
		"stat etc/rc.d/rc3.d/S58ntpd":                       `(?s)symlink .*Fast link dest: "../init.d/ntpd"`,
		"ls -l boot":                                        `(?s)vmlinuz-2.6.32-431.el6.x86_64.stand-in.*initramfs-2.6.32-431.el6.x86_64.stand-in.img`,
		"cat etc/load-balancer-servo/haproxy_template.conf": `^#template\nglobal\n maxconn 100000\n`,
	} {
		if out := run(t, ".", "debugfs", "-R", cmd, root); !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("debugfs %s: no %q in\n%s", cmd, want, out)
		}
	}
}

func TestShapes(t *testing.T) {
	for _, o := range []sample.Options{
		{FSType: "ext2"}, {FSType: "ext4"}, {Size: 32 << 20}, {Size: 129 << 20, Time: time.Date(2026, 1, 1, 0, 0, 0, 5, time.UTC)},
	} {
		dir := write(t, o)
		if out := run(t, dir, "rpm", "-K", "sample.rpm"); !strings.Contains(out, "digests OK") {
			t.Errorf("%+v: rpm -K: %s", o, out)
		}
		root := unpack(t, dir)
		mustBeClean(t, root)
		fsType := o.FSType
		if fsType == "" {
			fsType = "ext3"
		}
		if out := run(t, dir, "debugfs", "-R", "cat etc/fstab", root); !strings.Contains(out, "LABEL=lb-root  /         "+fsType+" ") {
			t.Errorf("%+v: etc/fstab:\n%s", o, out)
		}
		ks, err := os.ReadFile(filepath.Join(dir, "usr/share/doc/eucalyptus-load-balancer-image-1.1.0/eucalyptus-load-balancer-image.ks"))
		if err != nil || !strings.Contains(string(ks), "--fstype "+fsType+"\n") {
			t.Errorf("%+v: the kickstart file names another type (%v)", o, err)
		}
		size := cmp.Or(o.Size, 64<<20)>>20 - 1
		if want := fmt.Sprintf("part / --size %d ", size); !strings.Contains(string(ks), want) {
			t.Errorf("%+v: the kickstart file does not say %q", o, want)
		}
	}
}

func TestSameBytes(t *testing.T) {
	sum := func(o sample.Options) []byte {
		var b bytes.Buffer
		if err := sample.Write(context.Background(), &b, o); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	first := sum(sample.Options{})
	old := runtime.GOMAXPROCS(1)
	second := sum(sample.Options{TempDir: t.TempDir()})
	runtime.GOMAXPROCS(old)
	if !bytes.Equal(first, second) {
		t.Error("two runs give different bytes")
	}
	if bytes.Equal(first, sum(sample.Options{Time: time.Unix(1400000001, 0)})) {
		t.Error("another time gives the same bytes")
	}
}

// The stand-ins are what the shell can read, and the installer's looks into the
// tarball.
func TestScripts(t *testing.T) {
	err := filepath.WalkDir(".", func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		if bytes.HasPrefix(text, []byte("#!/bin/sh\n")) {
			run(t, ".", "sh", "-n", name)
			if !bytes.Contains(bytes.ToLower(text), []byte("stand-in")) && filepath.Base(name) != "rc.local" {
				t.Errorf("%s does not say that it is a stand-in", name)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	dir := write(t, sample.Options{})
	unpack(t, dir)
	out := run(t, dir, "sh", "usr/bin/euca-install-load-balancer", "-t", tarball)
	if !strings.HasSuffix(out, "\neucalyptus-load-balancer-image.img\n") || !strings.Contains(out, "stand-in") {
		t.Errorf("the installer says:\n%s", out)
	}
	run(t, dir, "tar", "-czf", "two.tgz", "root.img", "sample.rpm")
	if out, err := exec.Command("sh", filepath.Join(dir, "usr/bin/euca-install-load-balancer"), "-t", filepath.Join(dir, "two.tgz")).CombinedOutput(); err == nil {
		t.Errorf("the installer takes a tarball of two files:\n%s", out)
	}
}

func TestRefusals(t *testing.T) {
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		ctx  context.Context
		o    sample.Options
		want string
	}{
		{context.Background(), sample.Options{Size: 1 << 20}, "disk of 1048576 bytes: choose 32 MiB to 8 GiB in whole MiB"},
		{context.Background(), sample.Options{Size: 64<<20 + 512}, "choose 32 MiB to 8 GiB"},
		{context.Background(), sample.Options{FSType: "xfs"}, `disk: formatting: type "xfs": choose ext2, ext3 or ext4`},
		{context.Background(), sample.Options{TempDir: "/nowhere"}, "/nowhere"},
		{context.Background(), sample.Options{Time: time.Unix(-5, 0)}, "choose one from 1970"},
		{stopped, sample.Options{}, "context canceled"},
	} {
		var b bytes.Buffer
		err := sample.Write(c.ctx, &b, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) || b.Len() > 0 {
			t.Errorf("%+v: got %v and %d bytes, want %s", c.o, err, b.Len(), c.want)
		}
	}
	if err := sample.Write(context.Background(), full{}, sample.Options{}); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
}

var errFull = errors.New("no room")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
