package tests

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Two images that differ by an overlay with archives, packed files and configuration: what was edited is told, wherever it
// is packed, and nothing else. The JSON is as its schema says.
func TestDiffShowsTheEditsAlone(t *testing.T) {
	need(t, "cpio", "gzip", "xz", "tar")
	dir := t.TempDir()
	base := filepath.Join(dir, "base.rpm")
	must(t, "", lbimage, "sample", "-o", base)
	pack := func(name, word, at string) string {
		over := filepath.Join(dir, "over-"+name)
		shell(t, "sh -e", fmt.Sprintf(`
mkdir -p %[1]s/boot %[1]s/usr/share/man/man8 %[1]s/opt %[1]s/etc work-%[2]s/etc work-%[2]s/bin
cd work-%[2]s
echo same >etc/same; echo 'root=%[3]s' >etc/cmdline; ln -sf /bin/%[3]s bin/sh
find . | xargs touch -h -d '%[4]s'
find . | sort | cpio --quiet -oH newc | gzip -9n >%[1]s/boot/initramfs-extra.img
tar -cJf %[1]s/opt/bundle.tar.xz etc
printf 'a page\n%%s\n' %[3]s >page; touch -d '%[4]s' page
gzip -c page >%[1]s/usr/share/man/man8/edited.8.gz
echo 'a page that stays' >page; touch -d '%[4]s' page
gzip -c page >%[1]s/usr/share/man/man8/packed.8.gz
echo '%[3]s' >%[1]s/etc/plain.conf
`, over, filepath.Join(dir, name), word, at))
		out := filepath.Join(dir, name, "eucalyptus-load-balancer-image.tgz")
		if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
			t.Fatal(err)
		}
		must(t, "", lbimage, "customize", base, "-o", out, "--overlay", over)
		return out
	}
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chdir(wd) })
	if err := os.Chdir(dir); err != nil {
		t.Fatal(err)
	}
	a, b := pack("a", "one", "2020-01-01"), pack("b", "two", "2021-01-01")
	if err := os.Chdir(wd); err != nil {
		t.Fatal(err)
	}
	raw := must(t, "", lbimage, "diff", "--format", "json", a, b)
	var d struct {
		Files []struct {
			Path, Within, Kind, Diff string
			Aspects                  []string
			Inside                   *struct {
				FormA []string
				Same  bool
			}
		}
		Disk    []struct{ Structure string }
		Summary struct{ Changed, Packed int }
	}
	if err := json.Unmarshal([]byte(raw), &d); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range d.Files {
		line := f.Path + " " + strings.Join(f.Aspects, "+")
		if f.Inside != nil {
			line += " " + strings.Join(f.Inside.FormA, "+")
			if f.Inside.Same {
				line += " same"
			}
		}
		got = append(got, line)
	}
	want := []string{
		"/boot/initramfs-extra.img content gzip+cpio", "/boot/initramfs-extra.img!/bin/sh target", "/boot/initramfs-extra.img!/etc/cmdline content",
		"/etc/plain.conf content",
		"/opt/bundle.tar.xz content xz+tar", "/opt/bundle.tar.xz!/etc/cmdline content",
		"/usr/share/man/man8/edited.8.gz content gzip+text", "/usr/share/man/man8/packed.8.gz content gzip+text same",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nshould be\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if d.Summary.Changed != 5 || d.Summary.Packed != 1 || len(d.Disk) == 0 {
		t.Errorf("%+v", d.Summary)
	}

	schema, err := jsonschema.NewCompiler().Compile("../docs/schema/diff-v1.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{
		raw, must(t, "", lbimage, "diff", "--format", "json", base, b, "--times=all", "-N"), must(t, "", lbimage, "diff", "--format", "json", base, base),
		must(t, "", lbimage, "diff", "--format", "json", a, b, "-q"), must(t, "", lbimage, "diff", "--format", "json", a, b, "/etc"),
	} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Error(err)
		}
	}

	text := must(t, "", lbimage, "diff", a, b)
	for _, line := range []string{
		"    content   gzip cpio: 2 of 6 members differ: 0 only in A, 0 only in B, 2 changed\n",
		"--- a/boot/initramfs-extra.img!/etc/cmdline\n+++ b/boot/initramfs-extra.img!/etc/cmdline\n@@ -1 +1 @@\n-root=one\n+root=two\n",
		"    content   gzip text: the content is the same, packed differently\n",
		"--- a/usr/share/man/man8/edited.8.gz\n",
		"packed differently, with the same content: 1\n",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("no %q in\n%s", line, text)
		}
	}
	names := must(t, "", lbimage, "diff", "--name-only", a, b)
	if names != "/boot/initramfs-extra.img\n/etc/plain.conf\n/opt/bundle.tar.xz\n/usr/share/man/man8/edited.8.gz\n/usr/share/man/man8/packed.8.gz\n" {
		t.Errorf("%s", names)
	}
}

// The ramdisk of a bundle is compared by what is in it.
func TestDiffOfRamdisks(t *testing.T) {
	need(t, "tar", "cpio", "gzip")
	dir := t.TempDir()
	disk := filepath.Join(dir, "disk")
	makeDisk(t, shapes[5], disk)
	pack := func(name, word, level string) string {
		folder := filepath.Join(dir, name, "lb")
		shell(t, "sh -e", fmt.Sprintf(`
mkdir -p %[1]s %[2]s/root/etc; cd %[2]s/root
echo 'wait for %[3]s' >etc/conf; echo same >etc/same; find . | xargs touch -d 2020-01-01
find . | sort | cpio --quiet -oH newc | gzip %[4]s -n >%[1]s/initramfs-2.6.32.img
echo kernel >%[1]s/vmlinuz-2.6.32; cp --sparse=always %[5]s %[1]s/%[6]s
cd %[2]s; tar --format=gnu --owner=root:0 --group=root:0 --sort=name -czf %[2]s.tgz lb
`, folder, filepath.Join(dir, name), word, level, disk, imageFile))
		return filepath.Join(dir, name+".tgz")
	}
	a := pack("a", "disk", "-9")
	if got := diffOf(t, a, pack("b", "label", "-9")).lines(); !strings.Contains(got, "tarball ramdisk content\n") || !strings.HasSuffix(got, "tarball ramdisk!/etc/conf") || strings.Contains(got, "same") {
		t.Errorf("another file:\n%s", got)
	}
	d := diffOf(t, a, pack("c", "disk", "-1"))
	for _, x := range d.Around {
		if x.What == "ramdisk content" && x.B == "gzip cpio, the same, packed differently" {
			return
		}
	}
	t.Errorf("packed differently: %+v", d.Around)
}
