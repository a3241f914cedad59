package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const packageName = "eucalyptus-load-balancer-image"

// buildRPM makes a package with rpmbuild that holds a tarball.
func buildRPM(t testing.TB, tarball, payload string) string {
	t.Helper()
	need(t, "rpmbuild", "rpm")
	top := t.TempDir()
	spec := filepath.Join(top, "image.spec")
	text := fmt.Sprintf(`Name: %[1]s
Version: 1.1.0
Release: 0.212.el6
Summary: Load balancer image
License: none
BuildArch: x86_64
AutoReqProv: no
%%description
A fixture.
%%install
install -D -m 0755 /dev/stdin %%{buildroot}/usr/bin/euca-install-load-balancer </dev/null
install -d %%{buildroot}/usr/share/%%{name}
cp %[2]s %%{buildroot}/usr/share/%%{name}/%[1]s-1.1.0-212.tgz
%%files
/usr/bin/euca-install-load-balancer
/usr/share/%%{name}
`, packageName, tarball)
	if err := os.WriteFile(spec, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, top, "rpmbuild", "--quiet", "-bb", "--target", "x86_64", "--define", "_topdir "+top, "--define", "_rpmdir "+top,
		"--define", "_binary_payload "+payload, "--define", "_build_id_links none", "--define", "__os_install_post %{nil}",
		"--define", "_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm", spec)
	return filepath.Join(top, packageName+"-1.1.0-0.212.el6.x86_64.rpm")
}

// The same disk in an RPM of every payload compression, in a tarball of every
// compression, and raw: all give the same disk.
func TestEverySource(t *testing.T) {
	need(t, "xz", "zstd", "bzip2", "rpmbuild")
	dir := t.TempDir()
	s := shapes[0]
	disk := filepath.Join(dir, imageFile)
	makeDisk(t, s, disk)
	tarball := filepath.Join(dir, "image.tgz")
	packTarball(t, disk, tarball)
	sources := map[string]string{"raw disk": disk, "tgz": tarball}
	for name, payload := range map[string]string{"gzip": "w9.gzdio", "bzip2": "w9.bzdio", "xz": "w2.xzdio", "lzma": "w5.lzdio", "zstd": "w3.zstdio"} {
		sources["rpm, "+name] = buildRPM(t, tarball, payload)
	}
	must(t, dir, "sh", "-c", "gzip -dc image.tgz >plain; xz -0 -T1 -c plain >tar.xz; zstd -q -c plain >tar.zst; bzip2 -c plain >tar.bz2")
	for name, file := range map[string]string{"tar": "plain", "tar.xz": "tar.xz", "tar.zst": "tar.zst", "tar.bz2": "tar.bz2"} {
		sources[name] = filepath.Join(dir, file)
	}
	want := ""
	for name, source := range sources {
		// Told apart by content: the name says nothing.
		nameless := filepath.Join(t.TempDir(), "source")
		if err := os.Link(source, nameless); err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), "updated.tgz")
		cmd := call(t, "", []string{"SOURCE_DATE_EPOCH=1500000000"}, lbimage, customizeArgs(nameless, out)...)
		if cmd.code != 0 {
			t.Errorf("%s: exit %d: %s", name, cmd.code, cmd.stderr)
			continue
		}
		unpacked := t.TempDir()
		must(t, unpacked, "tar", "-xzf", out)
		got := sum(t, filepath.Join(unpacked, imageFile))
		if want == "" {
			want = got
			judgeFS(t, filepath.Join(unpacked, imageFile), s.fsOffset())
		}
		if got != want {
			t.Errorf("%s: another disk came out", name)
		}
	}
}

// The layout of 1.0: a folder with image, kernel and ramdisk stays one.
func TestBundle(t *testing.T) {
	dir := t.TempDir()
	name := packageName + "-1.0.0-92"
	if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
		t.Fatal(err)
	}
	disk := filepath.Join(dir, name, name+".img")
	makeDisk(t, shapes[5], disk)
	for _, f := range []string{"vmlinuz-2.6.32-358.el6.x86_64", "initramfs-2.6.32-358.el6.x86_64.img"} {
		if err := os.WriteFile(filepath.Join(dir, name, f), []byte("stand-in for "+f), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tarball := filepath.Join(dir, "eustore-"+name+".tgz")
	must(t, dir, "tar", "--owner=root:0", "--group=root:0", "--sort=name", "-czf", tarball, name)
	out := filepath.Join(dir, "eustore-"+name+"-updated.tgz")
	must(t, dir, lbimage, customizeArgs(tarball, out)...)
	before, after := must(t, dir, "tar", "-tzf", tarball), must(t, dir, "tar", "-tzf", out)
	if before != after {
		t.Errorf("tar lists\n%sinstead of\n%s", after, before)
	}
	unpacked := t.TempDir()
	must(t, unpacked, "tar", "-xzf", out)
	disk = filepath.Join(unpacked, name, name+".img")
	judgeFS(t, disk, 0)
	if got := catFile(t, disk, 0, templatePath); squeeze(got) != squeeze(theTemplate) {
		t.Errorf("template:\n%s", got)
	}
	got, err := os.ReadFile(filepath.Join(unpacked, name, "vmlinuz-2.6.32-358.el6.x86_64"))
	if err != nil || !strings.HasPrefix(string(got), "stand-in for vmlinuz") {
		t.Errorf("the kernel became %q, %v", got, err)
	}
}

// The sample is a package that rpm accepts, and every command works on it.
func TestSample(t *testing.T) {
	need(t, "rpm", "rpm2cpio", "cpio")
	dir := t.TempDir()
	rpm := filepath.Join(dir, "sample.rpm")
	must(t, dir, lbimage, "sample", "-o", rpm)
	if got := must(t, dir, "rpm", "-K", "--nosignature", rpm); !strings.Contains(got, "OK") {
		t.Errorf("rpm -K: %s", got)
	}
	if got := must(t, dir, "rpm", "-qpl", rpm); !strings.Contains(got, ".tgz") {
		t.Errorf("rpm -qpl: %s", got)
	}
	must(t, dir, "sh", "-c", "rpm2cpio sample.rpm | cpio -id --quiet && tar -xzf usr/share/eucalyptus-load-balancer-image/*.tgz")
	judgeFS(t, filepath.Join(dir, imageFile), 1<<20)
	again := filepath.Join(dir, "again.rpm")
	must(t, dir, lbimage, "sample", "-o", again)
	if sum(t, rpm) != sum(t, again) {
		t.Error("two samples differ")
	}
	out := filepath.Join(dir, "updated.tgz")
	must(t, dir, lbimage, customizeArgs(rpm, out)...)
	if got := must(t, dir, lbimage, "cat", out, templatePath); squeeze(got) != squeeze(theTemplate) {
		t.Errorf("template:\n%s", got)
	}
	unpacked := t.TempDir()
	must(t, unpacked, "tar", "-xzf", out)
	judgeFS(t, filepath.Join(unpacked, imageFile), 1<<20)
}
