package treediff_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/treediff"
	"lbimage/overlay/treetest"
)

// shell runs commands in a folder and gives what they write.
func shell(t testing.TB, dir, script string) []byte {
	t.Helper()
	cmd := exec.Command("sh", "-ec", script)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, complaints.Bytes())
	}
	return out
}

// lay makes a folder with files, a link for "-> ", all of one time.
func lay(t testing.TB, files map[string]string, at time.Time) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		if target, ok := strings.CutPrefix(files[name], "-> "); ok {
			must(t, os.Symlink(target, path))
			continue
		}
		must(t, os.WriteFile(path, []byte(files[name]), 0o644))
		must(t, os.Chtimes(path, at, at))
	}
	must(t, filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if e.IsDir() {
			must(t, os.Chtimes(path, at, at))
		}
		return err
	}))
	return dir
}

// packers are programs that pack a folder, to standard output.
var packers = []struct {
	name, script string
	form         string
	needs        []string
}{
	{"a.tar", "tar --sort=name -cf - .", "tar", []string{"tar"}},
	{"a.tar.gz", "tar --sort=name -czf - .", "gzip tar", []string{"tar"}},
	{"a.tar.xz", "tar --sort=name -cJf - .", "xz tar", []string{"tar", "xz"}},
	{"a.tar.bz2", "tar --sort=name -cjf - .", "bzip2 tar", []string{"tar", "bzip2"}},
	{"a.tar.zst", "tar --sort=name --zstd -cf - .", "zstd tar", []string{"tar", "zstd"}},
	{"a.gnu", "tar --sort=name --format=gnu -cf - .", "tar", []string{"tar"}},
	{"a.pax", "tar --sort=name --format=posix -cf - .", "tar", []string{"tar"}},
	{"a.v7", "tar --sort=name --format=v7 -cf - .", "tar", []string{"tar"}},
	{"a.cpio", "find . | sort | cpio --quiet -oH newc", "cpio", []string{"cpio"}},
	{"initrd.img", "find . | sort | cpio --quiet -oH newc | gzip -9n", "gzip cpio", []string{"cpio"}},
	{"initrd.xz", "find . | sort | cpio --quiet -oH newc | xz --check=crc32", "xz cpio", []string{"cpio", "xz"}},
	{"micro.img", "{ cd /dev && echo null | cpio --quiet -oH newc; cd - >&2; head -c 1024 /dev/zero; find . | sort | cpio --quiet -oH newc | gzip -9n; }", "cpio", []string{"cpio"}},
	{"twice.img", "{ echo nothing | cpio --quiet -oH newc 2>&- | gzip -9n; head -c 512 /dev/zero; find . | sort | cpio --quiet -oH newc | gzip -9n; }", "gzip cpio", []string{"cpio"}},
	{"a.jar", "python3 -c 'import os,sys,zipfile,io\nb=io.BytesIO()\nz=zipfile.ZipFile(b,\"w\",zipfile.ZIP_DEFLATED)\nfor d,_,f in sorted(os.walk(\".\")):\n  for n in sorted(f):\n    p=os.path.join(d,n)\n    i=zipfile.ZipInfo(p[2:])\n    if os.path.islink(p):\n      i.external_attr=0o120777<<16; z.writestr(i,os.readlink(p))\n    else:\n      i.external_attr=0o100644<<16; z.writestr(i,open(p,\"rb\").read(),zipfile.ZIP_DEFLATED)\nz.close()\nsys.stdout.buffer.write(b.getvalue())'", "zip", []string{"python3"}},
}

// Each form, as its own program writes it: exactly what was edited is told, member by member, whatever lies around it.
func TestMembersOfArchives(t *testing.T) {
	old := map[string]string{
		"etc/same": "same\n", "etc/changed": "one\ntwo\nthree\n", "etc/gone": "gone\n", "etc/link": "-> here",
		"bin/data": "\x00\x01\x02" + strings.Repeat("x", 3000), "deep/er/and/deeper/file": strings.Repeat("line\n", 500),
		strings.Repeat("long/", 15) + "name": "long\n", "type": "a file\n", "etc/.hidden": "dot\n",
	}
	edited := maps.Clone(old)
	edited["etc/changed"] = "one\nzwei\nthree\n"
	delete(edited, "etc/gone")
	edited["etc/new"] = "new\n"
	edited["etc/link"] = "-> there"
	edited["bin/data"] = "\x00\x01\x03" + strings.Repeat("x", 3000)
	edited["type"] = "-> elsewhere"
	at := time.Unix(1_400_000_000, 0)
	dirs := [3]string{lay(t, old, at), lay(t, edited, at), lay(t, old, at.Add(time.Hour))}
	for _, p := range packers {
		t.Run(p.name, func(t *testing.T) {
			for _, n := range p.needs {
				judge(t, n)
			}
			var sides [3]treediff.Side
			for i, dir := range dirs {
				sides[i] = fill(map[string]string{p.name: string(shell(t, dir, p.script)), "other": "x"})
			}
			list, sum := compare(t, sides[0], sides[1], treediff.Options{})
			want := map[string]string{"/" + p.name: "content"}
			for path, what := range map[string]string{
				"etc/changed": "content", "etc/gone": "only-a", "etc/new": "only-b", "etc/link": "target", "bin/data": "content", "type": "type+mode",
			} {
				want["/"+p.name+"!/"+path] = what
			}
			got := shorts(list)
			if s := got["/"+p.name+"!/type"]; s == "type" { // a link has no mode of its own
				got["/"+p.name+"!/type"] = "type+mode"
			}
			same(t, got, want)
			for _, d := range list {
				if strings.HasSuffix(d.Path, "!/etc/changed") && !strings.Contains(d.Diff, "\n-two\n+zwei\n") {
					t.Errorf("the lines: %q", d.Diff)
				}
				if d.Within == "" && (d.Inside == nil || strings.Join(d.Inside.FormA, " ") != p.form || d.Inside.Same) {
					t.Errorf("%s: %s", d.Path, asJSON(t, d))
				}
			}
			if m := sum.Members; m.OnlyA != 1 || m.OnlyB != 1 || m.Changed != 4 || sum.Changed != 1 {
				t.Errorf("the summary: %+v", sum)
			}
			back, _ := compare(t, sides[1], sides[0], treediff.Options{})
			mirrored(t, list, back)

			// Times alone.
			list, sum = compare(t, sides[0], sides[2], treediff.Options{})
			if strings.HasSuffix(p.name, ".jar") {
				if len(list) != 0 {
					t.Errorf("the packer gives no times: %s", asJSON(t, list))
				}
				return
			}
			if len(list) != 1 || !list[0].Inside.Same || sum.Packed != 1 || sum.Members.Times == 0 || sum.Members.Differ() {
				t.Errorf("other times: %s %+v", asJSON(t, list), sum)
			}
			list, sum = compare(t, sides[0], sides[2], treediff.Options{Times: true})
			if len(list) != 1+sum.Members.Times || sum.Members.Times < 8 {
				t.Errorf("other times, told: %d %+v", len(list), sum)
			}
		})
	}
}

// Owners, modes and extended attributes of members.
func TestAspectsOfMembers(t *testing.T) {
	pack := func(h tar.Header) treediff.Side {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		h.Name, h.Size = "f", 1
		must(t, w.WriteHeader(&h))
		_, err := w.Write([]byte("x"))
		must(t, err)
		must(t, w.Close())
		return fill(map[string]string{"a.tar": b.String()})
	}
	label := func(s string) map[string]string {
		return map[string]string{"SCHILY.xattr.security.selinux": s, "SCHILY.xattr.user.same": "v"}
	}
	a := pack(tar.Header{Mode: 0o644, Uid: 1, Uname: "one", PAXRecords: label("system_u:object_r:etc_t:s0\x00")})
	b := pack(tar.Header{Mode: 0o4755, Uid: 2, Uname: "two", PAXRecords: label("system_u:object_r:bin_t:s0\x00")})
	list, _ := compare(t, a, b, treediff.Options{})
	same(t, shorts(list), map[string]string{"/a.tar": "content", "/a.tar!/f": "mode+owner+xattrs"})
	if x := list[1].B; x.Mode != "4755" || x.User != "two" || len(x.Xattrs) != 1 || x.Xattrs[0].Value != "system_u:object_r:bin_t:s0" {
		t.Errorf("%s", asJSON(t, list))
	}
}

// What is the same content under another compression is told as that.
func TestPackedDifferently(t *testing.T) {
	text := strings.Repeat("a page of a manual\n", 200)
	dir := lay(t, map[string]string{"page.1": text}, time.Unix(1e9, 0))
	other := lay(t, map[string]string{"page.1": text}, time.Unix(1e9+5, 0))
	pack := func(dir, script string) treediff.Side {
		return fill(map[string]string{"page.1.gz": string(shell(t, dir, script))})
	}
	for _, c := range []struct {
		name   string
		a, b   treediff.Side
		facts  string
		packed bool
	}{
		{"time", pack(dir, "gzip -c page.1"), pack(other, "gzip -c page.1"), "gzip time", true},
		{"name", pack(dir, "gzip -nc page.1"), pack(dir, "gzip -c page.1"), "gzip time,gzip name", true},
		{"level", pack(dir, "gzip -1nc page.1"), pack(dir, "gzip -9nc page.1"), "gzip level", true},
		{"another", pack(dir, "gzip -nc page.1"), pack(dir, "xz -c page.1"), "", true},
		{"unpacked", pack(dir, "gzip -nc page.1"), pack(dir, "cat page.1"), "", true},
		{"twice", pack(dir, "gzip -nc page.1"), pack(dir, "gzip -nc page.1 | gzip -nc"), "", true},
		{"behind", pack(dir, "gzip -nc page.1"), pack(dir, "gzip -nc page.1; echo more"), "bytes behind the end", false},
		{"cut", pack(dir, "gzip -nc page.1"), pack(dir, "gzip -nc page.1 | head -c 40"), "", false},
	} {
		list, sum := compare(t, c.a, c.b, treediff.Options{})
		if len(list) != 1 || list[0].Inside == nil {
			t.Errorf("%s: %s", c.name, asJSON(t, list))
			continue
		}
		var facts []string
		for _, f := range list[0].Inside.Facts {
			facts = append(facts, f.What)
		}
		in := list[0].Inside
		if strings.Join(facts, ",") != c.facts || in.Same != c.packed || (sum.Packed == 1) != c.packed || (in.Limit != "") != (c.name == "cut") {
			t.Errorf("%s: %s", c.name, asJSON(t, list))
		}
	}
	// An archive that is followed by what this program cannot read, as by a form of compression that it does not know.
	micro := func(tail string) treediff.Side {
		return fill(map[string]string{"initrd": string(shell(t, dir, "echo page.1 | cpio --quiet -oH newc; printf '"+tail+"'"))})
	}
	list, sum := compare(t, micro(`\002\041\114\030one`), micro(`\002\041\114\030two`), treediff.Options{})
	if len(list) != 1 || list[0].Inside.Same || sum.Packed != 0 || list[0].Inside.Note == "" {
		t.Errorf("bytes behind an archive: %s", asJSON(t, list))
	}
	list, _ = compare(t, pack(dir, "gzip -nc page.1"), pack(dir, "(cat page.1; echo more) | bzip2"), treediff.Options{})
	if d := list[0]; d.Lines == nil || *d.Lines != (treediff.Lines{OnlyB: 1}) || !strings.HasPrefix(d.Diff, "--- a/page.1.gz\n+++ b/page.1.gz\n") || d.Inside.Same {
		t.Errorf("lines under two compressions: %s", asJSON(t, list))
	}
}

// Packages: files by name, header as facts, what belongs to no file as texts.
func TestMembersOfPackages(t *testing.T) {
	pack := func(at time.Time, files map[string]string) treediff.Side {
		spec := rpm.Spec{Name: "demo", Version: "1.0", Release: "1", Arch: "noarch", Summary: "A demo", License: "BSD", BuildTime: at}
		for _, name := range slices.Sorted(maps.Keys(files)) {
			spec.Files = append(spec.Files, rpm.SpecFile{Path: name, Mode: 0o644, Content: []byte(files[name])})
		}
		var b bytes.Buffer
		must(t, rpm.Write(&b, spec))
		return fill(map[string]string{"demo.rpm": b.String()})
	}
	at := time.Unix(1.5e9, 0)
	a := pack(at, map[string]string{"/etc/demo.conf": "a\nb\n", "/usr/bin/demo": "#!/bin/sh\n", "/usr/share/old": "x"})
	b := pack(at.Add(time.Hour), map[string]string{"/etc/demo.conf": "a\nc\n", "/usr/bin/demo": "#!/bin/sh\n", "/usr/share/new": "x"})
	list, _ := compare(t, a, b, treediff.Options{})
	same(t, shorts(list), map[string]string{
		"/demo.rpm": "content", "/demo.rpm!/etc/demo.conf": "content", "/demo.rpm!/usr/share/old": "only-a", "/demo.rpm!/usr/share/new": "only-b",
	})
	if len(list) == 0 || len(list[0].Inside.Facts) != 1 || list[0].Inside.Facts[0].What != "build time" {
		t.Errorf("%s", asJSON(t, list))
	}

	judge(t, "dpkg-deb")
	deb := func(version, conf string) treediff.Side {
		dir := lay(t, map[string]string{
			"p/DEBIAN/control":  "Package: demo\nVersion: " + version + "\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: demo\n",
			"p/DEBIAN/postinst": "#!/bin/sh\n", "p/etc/demo.conf": conf,
		}, at)
		return fill(map[string]string{"demo.deb": string(shell(t, dir, "chmod 755 p/DEBIAN/postinst; SOURCE_DATE_EPOCH=1 dpkg-deb --root-owner-group -b p demo.deb >&2; cat demo.deb"))})
	}
	list, sum := compare(t, deb("1", "x\n"), deb("2", "y\n"), treediff.Options{})
	got := map[string]string{}
	for path, what := range shorts(list) {
		for _, ext := range []string{".xz", ".zst", ".gz"} {
			path = strings.Replace(path, ".tar"+ext, ".tar", 1)
		}
		got[path] = what
	}
	same(t, got, map[string]string{
		"/demo.deb": "content", "/demo.deb!/control.tar": "content", "/demo.deb!/data.tar": "content",
		"/demo.deb!/control.tar!/control": "content", "/demo.deb!/data.tar!/etc/demo.conf": "content",
	})
	if sum.Members.Changed != 4 || sum.Lines != (treediff.Lines{OnlyA: 2, OnlyB: 2}) {
		t.Errorf("%+v", sum)
	}
}

// Byte code as Python itself writes it.
func TestByteCode(t *testing.T) {
	judge(t, "python3")
	code := func(source string, at int) treediff.Side {
		dir := lay(t, map[string]string{"m.py": source}, time.Unix(int64(at), 0))
		return fill(map[string]string{"m.pyc": string(shell(t, dir, "python3 -c 'import py_compile; py_compile.compile(\"m.py\",\"m.pyc\",dfile=\"m.py\")'; cat m.pyc"))})
	}
	a := code("x = 1\n", 1e9)
	list, _ := compare(t, a, code("x = 1\n", 1e9+60), treediff.Options{})
	if len(list) != 1 || !list[0].Inside.Same || fmt.Sprint(list[0].Inside.Facts) != "[{source time 2001-09-09T01:46:40Z 2001-09-09T01:47:40Z}]" {
		t.Errorf("another time: %s", asJSON(t, list))
	}
	list, _ = compare(t, a, code("x = 2\n", 1e9), treediff.Options{})
	if len(list) != 1 || list[0].Inside.Same || len(list[0].Inside.Facts) != 1 || list[0].Inside.Facts[0].What != "byte code" {
		t.Errorf("another source: %s", asJSON(t, list))
	}
	// Python 2 has a header of 8 bytes.
	two := func(at, code string) treediff.Side {
		return fill(map[string]string{"m.pyc": "\x03\xf3\r\n" + at + code})
	}
	list, _ = compare(t, two("\x01\x00\x00\x00", "code"), two("\x02\x00\x00\x00", "code"), treediff.Options{})
	if len(list) != 1 || !list[0].Inside.Same || list[0].Inside.Facts[0].What != "source time" {
		t.Errorf("Python 2: %s", asJSON(t, list))
	}
}

// Programs as a compiler and its tools make them.
func TestPrograms(t *testing.T) {
	for _, p := range []string{"gcc", "strip", "objcopy"} {
		judge(t, p)
	}
	dir := lay(t, map[string]string{
		"a.c": "int printf(const char*,...); int main(){printf(\"one\");return 0;}\n",
		"b.c": "int printf(const char*,...); double cos(double); int main(int c,char**v){printf(\"two %f\",cos(c));return 7;}\n",
	}, time.Unix(1e9, 0))
	shell(t, dir, "gcc -g -Wl,--build-id a.c -o a; gcc -g -Wl,--build-id b.c -lm -o b; strip -o s a; echo extra >x; objcopy --add-section .extra=x a e")
	file := func(name string) treediff.Side {
		b, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		return treediff.Side{Tree: treetest.Fill(map[string]string{"prog": string(b)})}
	}
	facts := func(x, y string) (*treediff.Inside, map[string]treediff.Fact) {
		list, _ := compare(t, file(x), file(y), treediff.Options{})
		if len(list) != 1 || list[0].Inside == nil {
			t.Fatalf("%s", asJSON(t, list))
		}
		out := map[string]treediff.Fact{}
		for _, f := range list[0].Inside.Facts {
			out[f.What] = f
		}
		return list[0].Inside, out
	}
	in, f := facts("a", "s")
	if !strings.HasPrefix(in.Note, "the same build (build id ") || f["symbols"] != (treediff.Fact{What: "symbols", A: "symbols, debug information", B: "stripped"}) || f["section .text"] != (treediff.Fact{}) || f["section .symtab"].B != "" {
		t.Errorf("stripped: %s", asJSON(t, in))
	}
	in, f = facts("a", "e")
	if in.Note == "" || f["section .extra"].B != "6 bytes" {
		t.Errorf("a section more: %s", asJSON(t, in))
	}
	in, f = facts("a", "b")
	if in.Note != "" || f["build id"].A == "" || f["needs"].B != "libm.so.6" || f["section .text"].A == "" || f["section .rodata"].A == "" {
		t.Errorf("another program: %s", asJSON(t, in))
	}
}
