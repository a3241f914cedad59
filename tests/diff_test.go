package tests

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// differences is what the tests read of 'lbimage diff --format json'.
type differences struct {
	Around []struct{ Place, What, A, B string }
	Files  []struct {
		Path    string
		Kind    string
		Aspects []string
		Diff    string
	}
	Summary struct {
		Around, OnlyA, OnlyB, Changed, Times int
	}
}

func diffOf(t *testing.T, args ...string) differences {
	t.Helper()
	var d differences
	if err := json.Unmarshal([]byte(must(t, "", lbimage, append([]string{"diff", "--format", "json"}, args...)...)), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d differences) lines() string {
	var out []string
	for _, a := range d.Around {
		out = append(out, a.Place+" "+a.What)
	}
	for _, f := range d.Files {
		out = append(out, strings.TrimSpace(fmt.Sprint(f.Path, " ", f.Kind, " ", strings.Join(f.Aspects, "+"))))
	}
	return strings.Join(out, "\n")
}

// Every shape of disk, edited by the tools of others: each edit is found, and nothing else.
func TestDiffFindsWhatOthersChanged(t *testing.T) {
	need(t, "debugfs", "tune2fs")
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			dir := t.TempDir()
			a, b := filepath.Join(dir, imageFile), filepath.Join(dir, "other-"+imageFile)
			makeDisk(t, s, a)
			must(t, "", "cp", "--sparse=always", a, b)
			if got := diffOf(t, a, b, "--times"); got.lines() != "" {
				t.Fatalf("copies differ:\n%s", got.lines())
			}
			motd := filepath.Join(dir, "motd")
			if err := os.WriteFile(motd, []byte("hello\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			at := fmt.Sprintf("%s?offset=%d", b, s.fsOffset())
			shell(t, "debugfs -w -f - '"+at+"'", fmt.Sprintf(`cd /etc
write %s motd
symlink link /nowhere
mknod tty c 4 1
cd /
rm /usr/share/zoneinfo/City_of_number_0007
sif /etc/sysctl.conf mode 0100600
sif /etc/passwd uid 7
ea_set /etc/group user.note text
sif /sbin/init generation 99
`, motd))
			want := `/etc/group changed xattrs
/etc/link only-b
/etc/motd only-b
/etc/passwd changed owner
/etc/sysctl.conf changed mode
/etc/tty only-b
/usr/share/zoneinfo/City_of_number_0007 only-a`
			got := diffOf(t, a, b).lines()
			if got != want {
				t.Errorf("got\n%s\nshould be\n%s", got, want)
			}
		})
	}
}

// What lies around the files is told, place by place.
func TestDiffOfSurroundings(t *testing.T) {
	need(t, "sfdisk", "tune2fs", "tar")
	dir := t.TempDir()
	a, b := filepath.Join(dir, imageFile), filepath.Join(dir, "b", imageFile)
	if err := os.Mkdir(filepath.Dir(b), 0o755); err != nil {
		t.Fatal(err)
	}
	makeDisk(t, shapes[0], a)
	must(t, "", "cp", "--sparse=always", a, b)
	write := func(path string, off int64, text string) {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte(text), off); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what, want string, args ...string) {
		t.Helper()
		if got := diffOf(t, append([]string{a, b}, args...)...); got.lines() != want {
			t.Errorf("%s: got\n%s\nshould be\n%s", what, got.lines(), want)
		} else if got.Summary.Around != len(got.Around) {
			t.Errorf("%s: the summary counts %d", what, got.Summary.Around)
		}
	}
	write(b, 100, "boot")
	check("boot code", "disk boot code")
	write(b, 50*512, "stage 2")
	check("gap", "disk boot code\ndisk gap before the first partition")
	shell(t, "sfdisk -q --no-reread --no-tell-kernel "+b, fmt.Sprintf("label: dos\nlabel-id: 0x12345678\nstart=2048, size=%d, type=83\n", fsSize/512))
	check("table", "disk id\ndisk boot code\ndisk gap before the first partition\npartition 1 bootable")
	fs := filepath.Join(dir, "fs")
	must(t, "", "dd", "if="+b, "of="+fs, "bs=1M", "skip=1", "count=24", "status=none")
	must(t, "", "tune2fs", "-L", "other", "-U", "6b1f5c0e-5d2a-4d0b-9a59-0212e1600009", fs)
	must(t, "", "dd", "if="+fs, "of="+b, "bs=1M", "seek=1", "conv=notrunc", "status=none")
	check("label", "disk id\ndisk boot code\ndisk gap before the first partition\npartition 1 bootable\nroot uuid\nroot label")
	check("files only", "", "--files-only")
	check("a path", "", "/etc")

	// Tarballs: names, modes and owners of the entries.
	ta, tb := filepath.Join(dir, "a.tgz"), filepath.Join(dir, "b.tgz")
	packTarball(t, a, ta)
	must(t, dir, "tar", "--format=gnu", "--owner=admin:7", "--group=root:0", "--mode=0600", "--transform=s/image/image-2/", "-czf", tb, imageFile)
	if got := diffOf(t, ta, tb).lines(); got != "tarball image name\ntarball image mode\ntarball image owner" {
		t.Errorf("tarballs:\n%s", got)
	}
	if got := diffOf(t, a, tb).lines(); got != "" {
		t.Errorf("a disk and a tarball of it:\n%s", got)
	}
}

// A bundle's kernel and ramdisk are compared, too; what is in one tarball only is one difference.
func TestDiffOfBundles(t *testing.T) {
	need(t, "tar")
	dir := t.TempDir()
	disk := filepath.Join(dir, "disk")
	makeDisk(t, shapes[5], disk)
	pack := func(name, kernel string, files ...string) string {
		folder := filepath.Join(dir, name, "lb")
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		must(t, "", "cp", "--sparse=always", disk, filepath.Join(folder, imageFile))
		for _, f := range append(files, "vmlinuz-2.6.32", "initramfs-2.6.32.img") {
			if err := os.WriteFile(filepath.Join(folder, f), []byte(kernel), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		must(t, filepath.Join(dir, name), "tar", "--format=gnu", "--owner=root:0", "--group=root:0", "--sort=name", "-czf", name+".tgz", "lb")
		return filepath.Join(dir, name, name+".tgz")
	}
	a := pack("a", "kernel of a")
	if got := diffOf(t, a, pack("b", "kernel of b")).lines(); got != "tarball ramdisk content\ntarball kernel content" {
		t.Errorf("of one size:\n%s", got)
	}
	if got := diffOf(t, a, pack("c", "kernel of a, longer")).lines(); got != "tarball ramdisk size\ntarball kernel size" {
		t.Errorf("of two sizes:\n%s", got)
	}
	d := diffOf(t, a, pack("d", "kernel of a", "README"))
	if d.lines() != "tarball other lb/README" || d.Around[0].A != "" || !strings.HasPrefix(d.Around[0].B, "name lb/README, mode -rw-r--r--, owner root:root, size 11") {
		t.Errorf("%+v", d.Around)
	}
	if got := diffOf(t, a, disk).lines(); got != "" {
		t.Errorf("a disk and a bundle of it:\n%s", got)
	}
}

// Another partition than the root is compared byte by byte.
func TestDiffOfOtherPartition(t *testing.T) {
	need(t, "sfdisk")
	dir := t.TempDir()
	bare, a, b := filepath.Join(dir, "bare"), filepath.Join(dir, "a.img"), filepath.Join(dir, "b.img")
	makeDisk(t, shapes[5], bare)
	shell(t, "truncate -s 40M "+a+"; sfdisk -q --no-reread --no-tell-kernel "+a, fmt.Sprintf("label: dos\nlabel-id: 0x1\nstart=2048, size=%d, type=83\nsize=8192, type=82\n", fsSize/512))
	must(t, "", "dd", "if="+bare, "of="+a, "bs=1M", "seek=1", "conv=notrunc", "status=none")
	must(t, "", "cp", "--sparse=always", a, b)
	if got := diffOf(t, a, b).lines(); got != "" {
		t.Errorf("copies differ:\n%s", got)
	}
	shell(t, "dd of="+b+" bs=1 seek=28000001 conv=notrunc status=none", "x")
	d := diffOf(t, a, b)
	if d.lines() != "partition 2 content" || d.Around[0].A != fmt.Sprintf("0x00 at byte %d, the first that differs", 28000001-(1<<20+fsSize)) {
		t.Errorf("%+v", d.Around)
	}
}

// The text is aligned, and what an image holds cannot steer a terminal.
func TestDiffQuotesNames(t *testing.T) {
	need(t, "debugfs")
	dir := t.TempDir()
	a, b := filepath.Join(dir, imageFile), filepath.Join(dir, "other-"+imageFile)
	makeDisk(t, shapes[5], a)
	must(t, "", "cp", "--sparse=always", a, b)
	must(t, "", lbimage, "fs", "ln", "-s", b, "\x1b[2Jtarget", "/etc/\x1b]0;title\x07")
	text := must(t, "", lbimage, "diff", a, b)
	if strings.ContainsAny(text, "\x1b\x07") || !strings.HasPrefix(text, `+ "/etc/\x1b]0;title\a"  symlink 0777 0:0 (root:root) -> "\x1b[2Jtarget"`+"\n") {
		t.Errorf("%q", text)
	}
}
