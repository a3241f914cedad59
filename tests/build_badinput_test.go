package tests

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"lbimage/servo/servotest"
)

// badBuild is a recipe, or something that it names, of which no image can be made.
type badBuild struct {
	name   string
	make   func(t *testing.T, dir string) // changes the folder
	recipe string                         // behind apiVersion and source
	args   []string
	code   int
	want   []string // parts of standard error
}

// twoProfiles is the end of most recipes.
const twoProfiles = "profiles: {production: , development: }\n"

var badBuilds = []badBuild{
	{"a wrong type", nil, "sysctl: [1]\n" + twoProfiles, nil, 3, []string{"lbimage.yaml:3:", "sysctl"}},
	{"an unknown key", nil, "sysctls: {a.b: 1}\n" + twoProfiles, nil, 3, []string{"lbimage.yaml:3:1: ", `no key "sysctls"; did you mean sysctl?`}},
	{"not YAML", nil, "sysctl: {a.b: 1\n", nil, 3, []string{"lbimage.yaml:", "not YAML"}},
	{"a cycle of profiles", nil, "profiles:\n  a: {extends: b}\n  b: {extends: a}\n", nil, 3, []string{"lbimage.yaml:4:16: ", "extends itself: a cycle", "lbimage.yaml:5:16: "}},
	{"a base profile that is not there", nil, "profiles:\n  a: {extends: prod}\n", nil, 3, []string{"lbimage.yaml:4:", `no profile "prod"`}},
	{"a profile that is not there", nil, twoProfiles, []string{"--profile", "prodution"}, 2, []string{`no profile "prodution"`, "did you mean production?"}},
	{"a profile twice", nil, twoProfiles, []string{"--profile", "production", "--profile", "production"}, 2, []string{"production is asked for twice"}},
	{"a recipe that is not there", nil, "", []string{"-f", "absent.yaml"}, 1, []string{"absent.yaml", "no such file", "recipe init"}},
	{"a source that is not there", func(t *testing.T, dir string) { remove(t, dir, "base.rpm") }, twoProfiles, nil, 3, []string{"lbimage.yaml:2:16: ", "there is no file base.rpm"}},
	{"a source with another digest", nil, "", nil, 1, []string{"base.rpm", "sha256 is", strings.Repeat("0", 64)}},
	{"an overlay that is not there", nil, "overlay: [absent]\n" + twoProfiles, nil, 3, []string{"lbimage.yaml:3:11: ", "absent"}},
	{"a package that is not there", nil, "profiles: {a: {servo: {rpm: absent.rpm}}}\n", nil, 3, []string{"lbimage.yaml:3:", "absent.rpm"}},
	{"a package of one profile that is not there", nil, "profiles: {a: {servo: {rpm: absent.rpm}}, b: }\n", []string{"--profile", "a"}, 1, []string{"profile a: servo: ", "absent.rpm", "no such file"}},
	{"a file that is not there", nil, "edits: [file: {path: /etc/motd, source: absent}]\n", nil, 3, []string{"lbimage.yaml:3:", "absent"}},
	{"a time-out that is none", nil, "haproxy: {timeouts: {clients: 2m}}\n", nil, 3, []string{"lbimage.yaml:3:", "did you mean client?"}},

	{"an overlay with a device", device, "overlay: [files]\n" + twoProfiles, nil, 3, []string{"lbimage.yaml:3:11: ", "dev/null", "device", "take it out"}},
	{"an overlay with a pipe", mknod(syscall.S_IFIFO, 0), "overlay: [files]\n" + twoProfiles, nil, 3, []string{"files: dev/null", "pipe", "take it out"}},
	{"an overlay with a socket", mknod(syscall.S_IFSOCK, 0), "overlay: [files]\n" + twoProfiles, nil, 3, []string{"files: dev/null", "socket", "take it out"}},
	{"an overlay with a link out of it", func(t *testing.T, dir string) {
		writeFile(t, dir+"/files/etc/motd", "a\n")
		symlink(t, "../../../etc/passwd", dir+"/files/etc/out")
	}, "overlay: [files]\n" + twoProfiles, nil, 3, []string{"files: etc/out", "../../../etc/passwd", "leads out of the overlay"}},
	{"an overlay with a name that is not UTF-8", func(t *testing.T, dir string) { writeFile(t, dir+"/files/etc/caf\xe9", "a\n") },
		"overlay: [files]\n" + twoProfiles, nil, 3, []string{"files: /etc", `"caf\xe9"`, "not UTF-8", "rename"}},
	{"an overlay with an owner that the image lacks", func(t *testing.T, dir string) {
		writeFile(t, dir+"/files/etc/x", "a\n")
		writeFile(t, dir+"/files/.owners", "etc/x nobodyknows:root\n")
	}, "overlay: [files]\n" + twoProfiles, nil, 1, []string{"profile production: ", "nobodyknows"}},
	{"an overlay's folder over a file of the image", func(t *testing.T, dir string) { writeFile(t, dir+"/files/etc/passwd/x", "a\n") },
		"overlay: [files]\n" + twoProfiles, nil, 1, []string{"etc/passwd"}},

	{"two edits that disagree", nil, "edits:\n  - file: {path: /etc/motd, content: a}\n  - file: {path: /etc/motd, content: b}\n", nil, 3,
		[]string{"lbimage.yaml:5:5: ", "/etc/motd: two edits disagree", "contents differ", "override"}},
	{"two edits that disagree, through a link of the image", nil, "edits:\n  - file: {path: /etc/init.d/x, content: a}\n  - file: {path: /etc/rc.d/init.d/x, content: b}\n", nil, 1,
		[]string{"profile default: ", "lbimage.yaml:5:5: ", "/etc/rc.d/init.d/x: two edits disagree", "override"}},
	{"a profile that disagrees with the top level", nil, "edits: [file: {path: /etc/motd, content: a}]\nprofiles:\n  a:\n  b: {edits: [remove: /etc/motd]}\n", nil, 3,
		[]string{"lbimage.yaml:6:", "/etc/motd: two edits disagree", "override"}},
	{"a line that does not match", nil, "edits: [line: {path: /etc/ssh/sshd_config, match: '^NoSuchWord', set: x}]\n", nil, 1,
		[]string{"lbimage.yaml:3:9: ", "/etc/ssh/sshd_config", "NoSuchWord"}},
	{"a service that is not there", nil, "edits: [service: {name: nosuch, enabled: true}]\n", nil, 1, []string{"lbimage.yaml:3:9: ", "nosuch"}},
	{"an account that is not there", nil, "edits: [password: {user: nosuch, hash: '!!'}]\n", nil, 1, []string{"lbimage.yaml:3:9: ", "nosuch"}},

	{"a package for another architecture", func(t *testing.T, dir string) {
		s := app
		s.arch = "aarch64"
		copyTo(t, s.build(t), dir+"/app.rpm")
	}, "edits: [rpm: app.rpm]\n" + twoProfiles, nil, 1, []string{"lbimage.yaml:3:9: ", "app-1.0-1.aarch64", "for aarch64", "x86_64"}},
	{"a truncated package", func(t *testing.T, dir string) {
		corrupt(t, app.build(t), dir+"/app.rpm", func(b []byte) []byte { return b[:len(b)-20] })
	}, "edits: [rpm: app.rpm]\n" + twoProfiles, nil, 1, []string{"lbimage.yaml:3:9: ", "app.rpm: ", "download the package again"}},
	{"a package cut in its header", func(t *testing.T, dir string) { corrupt(t, app.build(t), dir+"/app.rpm", cut(500)) },
		"edits: [rpm: app.rpm]\n" + twoProfiles, nil, 1, []string{"lbimage.yaml:3:9: ", "app.rpm: ", "download the package again"}},
	{"a package with a changed header", func(t *testing.T, dir string) {
		corrupt(t, app.build(t), dir+"/app.rpm", func(b []byte) []byte { return flip(bytes.LastIndex(b, []byte("a package for tests")))(b) })
	}, "edits: [rpm: app.rpm]\n" + twoProfiles, nil, 1, []string{"lbimage.yaml:3:9: ", "app.rpm: ", "SHA"}},
	{"a package with a changed payload", func(t *testing.T, dir string) {
		corrupt(t, app.build(t), dir+"/app.rpm", func(b []byte) []byte { return flip(len(b) - 30)(b) })
	}, "edits: [rpm: app.rpm]\n" + twoProfiles, nil, 1, []string{"lbimage.yaml:3:9: ", "app.rpm: "}},
	{"what is no package", func(t *testing.T, dir string) { writeFile(t, dir+"/app.rpm", strings.Repeat("hello\n", 100)) },
		"edits: [rpm: app.rpm]\n" + twoProfiles, nil, 1, []string{"lbimage.yaml:3:9: ", "app.rpm: "}},
	{"a package with a script that cannot be followed", func(t *testing.T, dir string) {
		s := app
		s.scripts = "%post\nwget http://example.com/x\n"
		copyTo(t, s.build(t), dir+"/app.rpm")
	}, "edits: [rpm: app.rpm]\n" + twoProfiles, nil, 1, []string{"profile production: ", "lbimage.yaml:3:9: ", "app-1.0-1.noarch", "postin", "line 1", "wget", "skip"}},
	{"a package with a device", func(t *testing.T, dir string) {
		s := spec{name: "app", install: "mkdir -p dev", files: "%dev(c, 1, 3) /dev/null2"}
		copyTo(t, s.build(t), dir+"/app.rpm")
	}, "edits: [rpm: app.rpm]\n" + twoProfiles, nil, 1, []string{"lbimage.yaml:3:9: ", "/dev/null2", "device"}},
	{"a package that is not signed", func(t *testing.T, dir string) {
		writeFile(t, dir+"/keys", newSigner(t).public)
		copyTo(t, app.build(t), dir+"/app.rpm")
	}, "keyring: [keys]\nedits: [rpm: app.rpm]\n" + twoProfiles, nil, 1, []string{"lbimage.yaml:4:9: ", "app.rpm: ", "not signed"}},
	{"a package signed by an unknown key", func(t *testing.T, dir string) {
		writeFile(t, dir+"/keys", newSigner(t).public)
		copyTo(t, app.build(t), dir+"/app.rpm")
		newSigner(t).sign(t, dir+"/app.rpm")
	}, "keyring: [keys]\nedits: [rpm: app.rpm]\n" + twoProfiles, nil, 1, []string{"lbimage.yaml:4:9: ", "app.rpm: ", "unknown key 0x", "keyring"}},
	{"a keyring without keys", func(t *testing.T, dir string) { writeFile(t, dir+"/keys", "none\n") },
		"keyring: [keys]\n" + twoProfiles, nil, 3, []string{"lbimage.yaml:3:11: ", "keys", "no usable OpenPGP public key"}},

	{"a ref that is not there", servoSource, "servo: {source: servo, ref: nosuch}\n" + twoProfiles, nil, 1, []string{"profile production: servo: ", "nosuch", "no such branch, tag or commit"}},
	{"a dirty tree", func(t *testing.T, dir string) {
		servoSource(t, dir)
		writeFile(t, dir+"/servo/setup.py", "changed\n")
	}, "servo: {source: servo}\n" + twoProfiles, nil, 1, []string{"servo: ", "not committed", "setup.py", "allow"}},
	{"a folder that is no servo", func(t *testing.T, dir string) { writeFile(t, dir+"/servo/readme", "x\n") },
		"servo: {source: servo}\n" + twoProfiles, nil, 1, []string{"servo: "}},
	{"a servo that this machine cannot reach", nil, "servo: {source: 'http://127.0.0.1:1/servo.git', ref: master}\n" + twoProfiles, nil, 1,
		[]string{"servo: http://127.0.0.1:1/servo.git: dial tcp 127.0.0.1:1: ", "see that the URL is right"}},

	{"no space in the image", func(t *testing.T, dir string) {
		writeFile(t, dir+"/files/var/big", strings.Repeat("0123456789abcde\n", 80<<16))
	}, "overlay: [files]\n" + twoProfiles, nil, 1, []string{"no space is left: the edits need about", "KiB are missing", "larger image"}},
	{"no space in the image for a package", func(t *testing.T, dir string) {
		s := spec{name: "big", install: "mkdir -p usr\nyes 0123456789abcde | head -c 80000000 > usr/big", files: "/usr/big"}
		copyTo(t, s.build(t), dir+"/app.rpm")
	}, "edits: [rpm: app.rpm]\n" + twoProfiles, nil, 1, []string{"no space is left: the edits need about", "KiB are missing"}},
	{"no inode in the image", func(t *testing.T, dir string) {
		makeDisk(t, shapes[0], dir+"/disk.img")
		for i := range 2000 {
			writeFile(t, fmt.Sprintf("%s/files/var/d%d/f%d", dir, i/1000, i), "")
		}
	}, "overlay: [files]\n" + twoProfiles, []string{"-f", "disk.yaml"}, 1, []string{"profile production: disk.img: overlay files: ", "no inodes are left: the edits make about", "are missing"}},
	{"an immutable file in the image", func(t *testing.T, dir string) {
		makeDisk(t, shapes[0], dir+"/disk.img")
		must(t, dir, lbimage, "fs", "chattr", "disk.img", "--", "+i", "/etc/sysctl.conf")
	}, "sysctl: {net.ipv4.ip_forward: 1}\n" + twoProfiles, []string{"-f", "disk.yaml"}, 1, []string{"/etc/sysctl.conf", "immutable", "lsattr: i", "chattr IMAGE -- -i /etc/sysctl.conf"}},
	{"an immutable folder in the image", func(t *testing.T, dir string) {
		makeDisk(t, shapes[0], dir+"/disk.img")
		must(t, dir, lbimage, "fs", "chattr", "disk.img", "--", "+i", "/etc")
	}, "edits: [file: {path: /etc/motd, content: a}]\n" + twoProfiles, []string{"-f", "disk.yaml"}, 1, []string{"disk.yaml:3:9: ", "/etc", "immutable"}},

	{"a file in the place of the output folder", func(t *testing.T, dir string) { writeFile(t, dir+"/out", "mine\n") },
		twoProfiles, []string{"-o", "out"}, 1, []string{"out"}},
	{"an output that exists", func(t *testing.T, dir string) { writeFile(t, dir+"/base-development.tgz", "mine\n") },
		"output: {name: 'base-{profile}'}\n" + twoProfiles, nil, 1, []string{"base-development.tgz", "exists already", "--force"}},
	{"a record that exists", func(t *testing.T, dir string) { writeFile(t, dir+"/base-development.tgz.json", "mine\n") },
		"output: {name: 'base-{profile}'}\n" + twoProfiles, nil, 1, []string{"base-development.tgz.json", "exists already", "--force"}},
	{"two profiles with one output", nil, "output: {name: base}\n" + twoProfiles, nil, 3, []string{"lbimage.yaml:3:", "would write one file", "{profile}"}},
	{"a template that breaks the load balancer", func(t *testing.T, dir string) { writeFile(t, dir+"/broken.conf", "\tdefaults\r\n\tmode http\r\n") },
		"haproxy: {template: broken.conf}\n" + twoProfiles, nil, 3, []string{"nothing is written: the checks of production and development have errors"}},
}

func device(t *testing.T, dir string) {
	if os.Getuid() != 0 {
		t.Skip("only root makes devices")
	}
	mknod(syscall.S_IFCHR, 1<<8|3)(t, dir)
}

func mknod(mode uint32, dev int) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		writeFile(t, dir+"/files/dev/.keep", "")
		if err := syscall.Mknod(dir+"/files/dev/null", mode|0o644, dev); err != nil {
			t.Fatal(err)
		}
	}
}

func symlink(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func copyTo(t *testing.T, from, to string) {
	t.Helper()
	corrupt(t, from, to, func(b []byte) []byte { return b })
}

// servoSource puts a repository of a servo into the folder.
func servoSource(t *testing.T, dir string) {
	servotest.Write(t, dir+"/servo", servotest.Source("1.1.0"))
	repository(t, dir+"/servo")
}

// One clear line with the place and the mend, the right exit code, inputs and base as they were, and nothing left behind.
func TestBuildBadInput(t *testing.T) {
	base := sampleRPM(t)
	for _, c := range badBuilds {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir, temp := t.TempDir(), t.TempDir()
			if err := os.Link(base, filepath.Join(dir, "base.rpm")); err != nil {
				t.Fatal(err)
			}
			head := "apiVersion: lbimage/v1\nsource: {path: base.rpm}\n"
			if c.name == "a source with another digest" {
				head = "apiVersion: lbimage/v1\nsource: {path: base.rpm, sha256: '" + strings.Repeat("0", 64) + "'}\n"
			}
			writeFile(t, dir+"/lbimage.yaml", head+c.recipe)
			if slices.Contains(c.args, "disk.yaml") {
				writeFile(t, dir+"/disk.yaml", strings.Replace(head, "base.rpm", "disk.img", 1)+c.recipe)
			}
			if c.make != nil {
				c.make(t, dir)
			}
			before := wholeListing(t, dir)
			r := call(t, dir, []string{"TMPDIR=" + temp}, lbimage, append([]string{"build"}, c.args...)...)
			t.Logf("exit %d\n%s", r.code, r.stderr)
			if r.code != c.code {
				t.Errorf("exit %d, want %d", r.code, c.code)
			}
			for _, part := range c.want {
				if !strings.Contains(r.stderr, part) {
					t.Errorf("%q does not say %q", r.stderr, part)
				}
			}
			if lines := strings.Count(r.stderr, "\n"); c.code == 1 && lines != 1 {
				t.Errorf("%d lines on standard error", lines)
			}
			if strings.Contains(r.stderr, "goroutine") || strings.Contains(r.stderr, dir) && strings.Count(r.stderr, dir) > 2 {
				t.Errorf("a panic, or a path again and again: %s", r.stderr)
			}
			if after := wholeListing(t, dir); after != before {
				t.Errorf("the folder became\n%s instead of\n%s", after, before)
			}
			if left := wholeListing(t, temp); left != wholeListing(t, t.TempDir()) {
				t.Errorf("temporary files are left: %s", left)
			}
		})
	}
}

// wholeListing gives names, modes, times and digests of all that is below a folder.
func wholeListing(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || p == dir {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, p)
		fmt.Fprintf(&out, "%q %v %v", name, info.Mode(), info.ModTime())
		if info.Mode().IsRegular() {
			fmt.Fprint(&out, " ", sum(t, p))
		}
		fmt.Fprintln(&out)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}
