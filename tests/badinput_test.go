package tests

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// badCase is an input or a request that cannot work.
type badCase struct {
	name string
	make func(t *testing.T, dir string) (source string) // in dir; the good tarball is dir/image.tgz
	args []string                                       // more of them
	code int
	want []string // parts of the one line on standard error
}

// corrupt copies a file with bytes changed.
func corrupt(t *testing.T, from, to string, change func([]byte) []byte) string {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, change(b), 0o644); err != nil {
		t.Fatal(err)
	}
	return to
}

func cut(n int) func([]byte) []byte { return func(b []byte) []byte { return b[:n] } }

func flip(off int) func([]byte) []byte {
	return func(b []byte) []byte {
		b[off] ^= 0x55
		return b
	}
}

// tarball packs files by python's tarfile, which writes any name and type.
func tarball(t *testing.T, dir, members string) string {
	t.Helper()
	need(t, "python3")
	out := filepath.Join(dir, "bad.tgz")
	script := `
import tarfile, io, sys
t = tarfile.open(sys.argv[1], "w:gz")
def add(name, data=b"x" * 1000, type=tarfile.REGTYPE, link=""):
    i = tarfile.TarInfo(name); i.type = type; i.linkname = link
    i.size = len(data) if type == tarfile.REGTYPE else 0
    t.addfile(i, io.BytesIO(data) if i.size else None)
` + members + "\nt.close()\n"
	must(t, dir, "python3", "-c", script, out)
	return out
}

var badCases = []badCase{
	{"no such file", func(_ *testing.T, dir string) string { return filepath.Join(dir, "absent") }, nil, 1, []string{"no such file"}},
	{"a folder", func(_ *testing.T, dir string) string { return dir }, nil, 1, []string{"folder"}},
	{"an empty file", func(t *testing.T, dir string) string {
		return corrupt(t, dir+"/image.tgz", dir+"/bad", cut(0))
	}, nil, 1, []string{"empty"}},
	{"text", func(t *testing.T, dir string) string {
		return corrupt(t, dir+"/image.tgz", dir+"/bad", func([]byte) []byte { return []byte(strings.Repeat("hello\n", 1000)) })
	}, nil, 1, []string{"neither an RPM"}},
	{"a qcow2 image", func(t *testing.T, dir string) string {
		return corrupt(t, dir+"/image.tgz", dir+"/bad", func([]byte) []byte { return []byte("QFI\xfb" + strings.Repeat("\x00", 9000)) })
	}, nil, 1, []string{"qcow2", "qemu-img"}},
	{"truncated gzip", func(t *testing.T, dir string) string {
		return corrupt(t, dir+"/image.tgz", dir+"/bad", func(b []byte) []byte { return b[:len(b)/2] })
	}, nil, 1, []string{"gzip"}},
	{"corrupt gzip", func(t *testing.T, dir string) string {
		return corrupt(t, dir+"/image.tgz", dir+"/bad", func(b []byte) []byte { return flip(len(b) / 2)(b) })
	}, nil, 1, []string{"gzip"}},
	{"a wrong gzip checksum", func(t *testing.T, dir string) string {
		return corrupt(t, dir+"/image.tgz", dir+"/bad", func(b []byte) []byte { return flip(len(b) - 6)(b) })
	}, nil, 1, []string{"gzip"}},
	{"truncated RPM", func(t *testing.T, dir string) string {
		return corrupt(t, dir+"/image.rpm", dir+"/bad", func(b []byte) []byte { return b[:len(b)-1000] })
	}, nil, 1, []string{"bad: "}},
	{"RPM cut in its header", func(t *testing.T, dir string) string {
		return corrupt(t, dir+"/image.rpm", dir+"/bad", cut(300))
	}, nil, 1, []string{"bad: "}},
	{"RPM with a flipped payload byte", func(t *testing.T, dir string) string {
		return corrupt(t, dir+"/image.rpm", dir+"/bad", func(b []byte) []byte { return flip(len(b) - 5000)(b) })
	}, nil, 1, []string{"bad: "}},
	{"RPM with a flipped header byte", func(t *testing.T, dir string) string {
		return corrupt(t, dir+"/image.rpm", dir+"/bad", func(b []byte) []byte { return flip(bytes.Index(b, []byte("A fixture.")))(b) })
	}, nil, 1, []string{"bad: ", "SHA"}},
	{"two images", func(t *testing.T, dir string) string {
		return tarball(t, dir, `add("a.img"); add("b.img")`)
	}, nil, 1, []string{"a.img", "b.img"}},
	{"no image", func(t *testing.T, dir string) string {
		return tarball(t, dir, `add("d", type=tarfile.DIRTYPE); add("d/readme")`)
	}, nil, 1, []string{"image"}},
	{"a name with ..", func(t *testing.T, dir string) string {
		return tarball(t, dir, `add("../evil.img")`)
	}, nil, 1, []string{"../evil.img"}},
	{"an absolute name", func(t *testing.T, dir string) string {
		return tarball(t, dir, `add("/etc/evil.img")`)
	}, nil, 1, []string{"/etc/evil.img"}},
	{"a symbolic link", func(t *testing.T, dir string) string {
		return tarball(t, dir, `add("disk.img", type=tarfile.SYMTYPE, link="/etc/passwd")`)
	}, nil, 1, []string{"link"}},
	{"a hard link", func(t *testing.T, dir string) string {
		return tarball(t, dir, `add("a.img"); add("b.img", type=tarfile.LNKTYPE, link="a.img")`)
	}, nil, 1, []string{"link"}},
	{"an image that is no disk", func(t *testing.T, dir string) string {
		return tarball(t, dir, `add("disk.img", b"x" * 100000)`)
	}, nil, 1, []string{"disk.img"}},
	{"a disk without a root", func(t *testing.T, dir string) string {
		need(t, "mke2fs")
		must(t, dir, "mke2fs", "-q", "-F", "-t", "ext3", "-b", "1024", "empty.img", "4096")
		return dir + "/empty.img"
	}, nil, 1, []string{"/etc"}},
	{"a root of another kind", func(t *testing.T, dir string) string {
		return corrupt(t, dir+"/"+imageFile, dir+"/xfs.img", func(b []byte) []byte {
			copy(b[partStart:], "XFSB")
			clear(b[partStart+1024 : partStart+2048])
			return b
		})
	}, nil, 1, []string{"xfs"}},
	{"a file system with errors", func(t *testing.T, dir string) string {
		return debugged(t, dir, "ssv state 2")
	}, nil, 1, []string{"error", "e2fsck"}},
	{"a journal with a wrong checksum", func(t *testing.T, dir string) string {
		disk := corrupt(t, dir+"/"+imageFile, dir+"/bad.img", func(b []byte) []byte { return b })
		at := crashed(t, shapes[0], disk, "/etc/sysctl.conf", "x")
		return corrupt(t, disk, disk, func(b []byte) []byte { b[at+100] ^= 1; return b })
	}, nil, 1, []string{"journal: block 3, transaction 1: checksum", "e2fsck"}},
	{"a feature that nobody knows", func(t *testing.T, dir string) string {
		return debugged(t, dir, "feature FEATURE_I30")
	}, nil, 1, []string{"feature"}},
	{"a corrupt superblock", func(t *testing.T, dir string) string {
		return corrupt(t, dir+"/"+imageFile, dir+"/bad.img", func(b []byte) []byte {
			for i := range 16 {
				b[partStart+1024+i] = 0xff
			}
			return b
		})
	}, nil, 1, []string{"partition 1"}},
	{"an output that exists", good, []string{"-o", "taken.tgz"}, 1, []string{"taken.tgz", "exists", "--force"}},
	{"an output that is the source", good, []string{"-o", "image.tgz", "--force"}, 2, []string{"source itself"}},
	{"a folder that is not there", good, []string{"-o", "absent/updated.tgz"}, 1, []string{"absent"}},
	{"no output", good, []string{"-o", ""}, 2, []string{"output"}},
	{"a bad time", good, []string{"--timeout", "client=10x"}, 2, []string{"client", "10x"}},
	{"an unknown time-out", good, []string{"--timeout", "clients=10s"}, 2, []string{"clients", "client"}},
	{"a time-out without value", good, []string{"--timeout", "client"}, 2, []string{"NAME=VALUE"}},
	{"a bad sysctl", good, []string{"--sysctl", "net ipv4=1"}, 2, []string{"net ipv4"}},
	{"a template that is not there", good, []string{"--template", "absent.conf"}, 2, []string{"absent.conf"}},
	{"an overlay that is not there", good, []string{"--overlay", "absent"}, 2, []string{"absent"}},
	{"a partition that is not there", good, []string{"--partition", "7"}, 1, []string{"7"}},
	{"an unknown flag", good, []string{"--timeouts", "client=1s"}, 2, []string{"--timeouts"}},
	{"a broken template", func(t *testing.T, dir string) string {
		if err := os.WriteFile(dir+"/broken.conf", []byte("\tdefaults\r\n\tmode http\r\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return good(t, dir)
	}, []string{"--template", "broken.conf"}, 3, []string{"haproxy_template.conf"}},
}

func good(_ *testing.T, dir string) string { return dir + "/image.tgz" }

// debugged is the good disk after a command of debugfs's.
func debugged(t *testing.T, dir, command string) string {
	t.Helper()
	disk := corrupt(t, dir+"/"+imageFile, dir+"/bad.img", func(b []byte) []byte { return b })
	must(t, dir, "debugfs", "-w", "-R", command, fmt.Sprintf("%s?offset=%d", disk, partStart))
	return disk
}

// One clear line with the place and the mend, the right exit code, the source
// as it was, and nothing left behind.
func TestBadInput(t *testing.T) {
	base := t.TempDir()
	disk := filepath.Join(base, imageFile)
	makeDisk(t, shapes[0], disk)
	packTarball(t, disk, filepath.Join(base, "image.tgz"))
	rpm := buildRPM(t, filepath.Join(base, "image.tgz"), "w2.xzdio")
	if err := os.Rename(rpm, filepath.Join(base, "image.rpm")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(base, "taken.tgz"), []byte("taken"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range badCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir, temp := t.TempDir(), t.TempDir()
			for _, f := range []string{imageFile, "image.tgz", "image.rpm", "taken.tgz"} {
				if err := os.Link(filepath.Join(base, f), filepath.Join(dir, f)); err != nil {
					t.Fatal(err)
				}
			}
			source := c.make(t, dir)
			before := listing(t, dir)
			args := customizeArgs(source, "updated.tgz", c.args...)
			r := call(t, dir, []string{"TMPDIR=" + temp}, lbimage, args...)
			t.Logf("%s", r.stderr)
			if r.code != c.code {
				t.Errorf("exit %d, want %d", r.code, c.code)
			}
			for _, part := range c.want {
				if !strings.Contains(r.stderr, part) {
					t.Errorf("%q does not say %q", r.stderr, part)
				}
			}
			if lines := strings.Count(r.stderr, "\n"); lines != 1 && c.code == 1 {
				t.Errorf("%d lines on standard error", lines)
			}
			if strings.Contains(r.stderr, "goroutine") {
				t.Error("a panic")
			}
			if after := listing(t, dir); after != before {
				t.Errorf("the folder became\n%s instead of\n%s", after, before)
			}
			if left := listing(t, temp); left != "" {
				t.Errorf("temporary files are left: %s", left)
			}
		})
	}
}

// listing gives names and digests of all files in a folder.
func listing(t *testing.T, dir string) string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, e := range list {
		if e.Type().IsRegular() {
			fmt.Fprintln(&out, e.Name(), sum(t, filepath.Join(dir, e.Name())))
		}
	}
	return out.String()
}

// A folder that cannot be written to, and a disk that is full.
func TestNowhereToWrite(t *testing.T) {
	need(t, "setpriv", "mount")
	dir := t.TempDir()
	disk := filepath.Join(dir, imageFile)
	makeDisk(t, shapes[0], disk)
	if os.Getuid() != 0 {
		locked := filepath.Join(dir, "locked")
		if err := os.Mkdir(locked, 0o555); err != nil {
			t.Fatal(err)
		}
		r := call(t, dir, nil, lbimage, customizeArgs(disk, "locked/updated.tgz")...)
		if r.code != 1 || !strings.Contains(r.stderr, "permission denied") {
			t.Errorf("exit %d: %s", r.code, r.stderr)
		}
		return
	}
	small := filepath.Join(dir, "small")
	if err := os.Mkdir(small, 0o755); err != nil {
		t.Fatal(err)
	}
	if r := call(t, dir, nil, "mount", "-t", "tmpfs", "-o", "size=1M", "none", small); r.code != 0 {
		t.Skipf("no tmpfs here: %s", r.stderr)
	}
	defer must(t, dir, "umount", small)
	// The output does not fit.
	r := call(t, dir, nil, lbimage, customizeArgs(disk, "small/updated.tgz")...)
	if r.code != 1 || !strings.Contains(r.stderr, "no space left") || strings.Count(r.stderr, "\n") != 1 {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
	if got := listing(t, small); got != "" {
		t.Errorf("left: %s", got)
	}
	// The unpacked disk does not fit.
	packTarball(t, disk, filepath.Join(dir, "image.tgz"))
	r = call(t, dir, []string{"TMPDIR=" + small}, lbimage, customizeArgs("image.tgz", "updated.tgz")...)
	if r.code != 1 || !strings.Contains(r.stderr, "no space left") || !strings.Contains(r.stderr, "TMPDIR") {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
	must(t, dir, "mount", "-o", "remount,ro", small)
	r = call(t, dir, nil, lbimage, customizeArgs("image.tgz", "small/updated.tgz")...)
	if r.code != 1 || !strings.Contains(r.stderr, "read-only") {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
}
