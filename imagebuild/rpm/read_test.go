package rpm

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// sampleSpec has one of each thing that a spec can say about a file.
const sampleSpec = `
Name: sample
Epoch: 3
Version: 1.2~rc1
Release: 4.el6
Summary: One of each
License: BSD and GPL
URL: http://example.com/
Vendor: Nobody
Packager: Somebody <x@example.com>
Group: System Environment/Base
BuildArch: noarch
Requires: euca2ools >= 3.1.0
Requires: /bin/true
Requires(post): chkconfig
Conflicts: old < 2
Obsoletes: older <= 1.0-1
Provides: virtual = 7
%global _build_id_links none
%global __os_install_post %{nil}
%global __brp_mangle_shebangs %{nil}
%description
More than
one line.
%install
cd %{buildroot}
mkdir -p usr/bin usr/share/sample/deep/$(printf 'x%.0s' $(seq 200))/$(printf 'y%.0s' $(seq 200)) etc var/lib/sample
seq 1 100000 > usr/share/sample/numbers
head -c 300000 /dev/zero > usr/share/sample/zeros
: > usr/share/sample/empty
echo long > usr/share/sample/deep/$(printf 'x%.0s' $(seq 200))/$(printf 'y%.0s' $(seq 200))/file
echo "with space" > "usr/share/sample/a b"
echo utf8 > usr/share/sample/naïve
echo one > usr/share/sample/link1
ln usr/share/sample/link1 usr/share/sample/link2
ln usr/share/sample/link1 usr/share/sample/zlink3
: > usr/share/sample/nil1
ln usr/share/sample/nil1 usr/share/sample/nil2
ln -s ../../../etc/sample.conf usr/share/sample/symlink
echo conf > etc/sample.conf
echo conf2 > etc/sample2.conf
echo tool > usr/bin/sample
touch -d '2001-02-03 04:05:06Z' etc/sample.conf
%files
%attr(4755, root, root) /usr/bin/sample
%attr(6700, servo, servo) %dir /var/lib/sample
%config(noreplace) %attr(0640, root, adm) /etc/sample.conf
%config(missingok) /etc/sample2.conf
%ghost %attr(0600, servo, adm) /var/lib/sample/state
%dev(c, 5, 200) %attr(0660, root, tty) /var/lib/sample/device
%doc /usr/share/sample/numbers
%caps(cap_net_raw=ep) /usr/share/sample/zeros
%verify(not md5 size mtime) /usr/share/sample/empty
%dir /usr/share/sample
"/usr/share/sample/a b"
/usr/share/sample/naïve
/usr/share/sample/deep
/usr/share/sample/link1
/usr/share/sample/link2
/usr/share/sample/zlink3
/usr/share/sample/nil1
/usr/share/sample/nil2
/usr/share/sample/symlink
%pre
getent passwd servo
%post
echo posted
%preun
echo preun $1
%postun -p /sbin/ldconfig
%pretrans -p <lua>
print("x")
%posttrans
exit 0
%triggerin -- other < 3
echo trigger
%filetriggerin -- /usr/share/fonts
echo fonts
%transfiletriggerin -p <lua> -- /usr/share/icons
print("icons")
`

// payloads are the forms that a payload can have, in rpmbuild's words.
var payloads = []struct{ flags, compressor string }{
	{"w9.gzdio", "gzip"}, {"w9.bzdio", "bzip2"}, {"w2.xzdio", "xz"}, {"w7.lzdio", "lzma"}, {"w3.zstdio", "zstd"}, {"w.ufdio", ""},
}

func sampleWithout(lines ...string) string {
	s := sampleSpec
	for _, l := range lines {
		s = strings.Replace(s, l, "", 1)
	}
	return s
}

// TestReadListing compares all that Open gives with what rpm says of the same
// package.
func TestReadListing(t *testing.T) {
	file := rpmbuild(t, sampleSpec, "w3.zstdio")
	p := mustOpen(t, readFile(t, file))
	query := func(format string) string { return run(t, "", "rpm", "-qp", "--qf", format, file) }

	var files strings.Builder
	for _, f := range p.Files {
		mode, ok := modeToUnix(f.Mode)
		if !ok {
			t.Errorf("%s: mode %v", f.Path, f.Mode)
		}
		size := f.Size
		fmt.Fprintf(&files, "%s|%d|%o|%s|%s|%d|%s|%s|%d|%d|%d|%d|%d|%d|%s\n", f.Path, size, mode, f.User, f.Group, f.ModTime.Unix(),
			f.Digest, f.Link, uint32(f.Flags), f.VerifyFlags, f.Device, f.Inode, f.Nlink, f.Rdev, f.Caps)
	}
	want := query("[%{FILENAMES}|%{FILESIZES}|%{FILEMODES:octal}|%{FILEUSERNAME}|%{FILEGROUPNAME}|%{FILEMTIMES}|" +
		"%{FILEDIGESTS}|%{FILELINKTOS}|%{FILEFLAGS}|%{FILEVERIFYFLAGS}|%{FILEDEVICES}|%{FILEINODES}|%{FILENLINKS}|%{FILERDEVS}|%{FILECAPS}\n]")
	diff(t, "files", files.String(), want)

	diff(t, "package", fmt.Sprintf("%s|%d|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%d|%s|%s", p.Name, p.Epoch, p.Version, p.Release, p.Arch, p.OS,
		p.Summary, p.Description, p.License, p.URL, p.Group, p.Vendor, p.Packager, p.SourceRPM, p.RPMVersion, p.BuildTime.Unix(), p.PayloadFormat, p.PayloadCompressor),
		query("%{NAME}|%{EPOCH}|%{VERSION}|%{RELEASE}|%{ARCH}|%{OS}|%{SUMMARY}|%{DESCRIPTION}|%{LICENSE}|%{URL}|%{GROUP}|%{VENDOR}|%{PACKAGER}|%{SOURCERPM}|%{RPMVERSION}|%{BUILDTIME}|%{PAYLOADFORMAT}|%{PAYLOADCOMPRESSOR}"))
	if want := "sample-3:1.2~rc1-4.el6.noarch"; p.String() != want {
		t.Errorf("package %s, want %s", p, want)
	}
	for _, d := range []struct {
		what string
		list []Dependency
		tag  string
	}{
		{"requires", p.Requires, "REQUIRE"}, {"provides", p.Provides, "PROVIDE"},
		{"conflicts", p.Conflicts, "CONFLICT"}, {"obsoletes", p.Obsoletes, "OBSOLETE"},
	} {
		var got strings.Builder
		for _, x := range d.list {
			fmt.Fprintf(&got, "%s|%d\n", x, x.Flags)
		}
		diff(t, d.what, got.String(), query("[%{"+d.tag+"NEVRS}|%{"+d.tag+"FLAGS}\n]"))
	}

	var scripts strings.Builder
	for _, s := range p.Scriptlets {
		fmt.Fprintf(&scripts, "%s|%s|%s\n", s.Name, strings.Join(s.Program, " "), s.Body)
	}
	diff(t, "scriptlets", scripts.String(), query(
		"pretrans|%{PRETRANSPROG}|%{PRETRANS}\nprein|%{PREINPROG}|%{PREIN}\npostin|%{POSTINPROG}|%{POSTIN}\n"+
			"preun|%{PREUNPROG}|%{PREUN}\npostun|%{POSTUNPROG}|\nposttrans|%{POSTTRANSPROG}|%{POSTTRANS}\n"+
			"[trigger|%{TRIGGERSCRIPTPROG}|%{TRIGGERSCRIPTS}\n]"+
			"[filetrigger|%{FILETRIGGERSCRIPTPROG}|%{FILETRIGGERSCRIPTS}\n]"+
			"[transfiletrigger|%{TRANSFILETRIGGERSCRIPTPROG}|%{TRANSFILETRIGGERSCRIPTS}\n]"))
	var triggers strings.Builder
	for _, s := range p.Scriptlets {
		for _, on := range s.On {
			fmt.Fprintf(&triggers, "%s|%s|%t\n", on.Name, on.Version, on.Removal())
		}
	}
	diff(t, "triggers", triggers.String(), query("[%{TRIGGERNAME}|%{TRIGGERVERSION}|false\n]"))
	if f, ok := p.File("/etc/sample.conf"); !ok || f.Flags.String() != "config,noreplace" || f.Mode != 0o640 {
		t.Errorf("/etc/sample.conf: %+v", f)
	}
	if f, ok := p.File("/var/lib/sample"); !ok || f.Mode != fs.ModeDir|fs.ModeSetuid|fs.ModeSetgid|0o700 || f.User != "servo" {
		t.Errorf("/var/lib/sample: %+v", f)
	}
	if err := p.CheckContents(); err != nil {
		t.Error(err)
	}
	if len(p.Signatures) != 0 {
		t.Errorf("signatures: %v", p.Signatures)
	}
}

// diff compares line by line.
func diff(t *testing.T, what, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		var a, b string
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			t.Errorf("%s, line %d:\n got %q\nwant %q", what, i+1, a, b)
		}
	}
}

// TestReadPayloads compares the contents with what rpm2cpio and cpio extract,
// in each form of payload.
func TestReadPayloads(t *testing.T) {
	needTools(t, "rpmbuild", "rpm2cpio", "cpio", "sh")
	// An ordinary user cannot extract the device or set the owners.
	spec := sampleWithout("%dev(c, 5, 200) %attr(0660, root, tty) /var/lib/sample/device\n")
	for _, c := range payloads {
		t.Run(c.flags, func(t *testing.T) {
			file, dir := rpmbuild(t, spec, c.flags), t.TempDir()
			p := mustOpen(t, readFile(t, file))
			if p.PayloadCompressor != c.compressor {
				t.Errorf("compressor %q", p.PayloadCompressor)
			}
			got, digests, err := contents(p)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range digests {
				if d.State != Verified {
					t.Errorf("%v: want %s, got %s", d, d.Want, d.Got)
				}
			}
			if len(digests) != 8 {
				t.Errorf("%d digests: %v", len(digests), digests)
			}
			run(t, dir, "sh", "-c", "rpm2cpio '"+file+"' | cpio -id --quiet")
			seen := 0
			for _, f := range p.Files {
				if !f.InPayload() {
					if _, ok := got[f.Path]; ok {
						t.Errorf("%s is a ghost with an entry", f.Path)
					}
					continue
				}
				seen++
				name := filepath.Join(dir, f.Path)
				info, err := os.Lstat(name)
				if err != nil {
					t.Error(err)
					continue
				}
				switch f.Mode.Type() {
				case fs.ModeSymlink:
					if target, _ := os.Readlink(name); target != f.Link {
						t.Errorf("%s: link to %q, cpio makes one to %q", f.Path, f.Link, target)
					}
				case 0:
					want := readFile(t, name)
					if got[f.Path] != string(want) && got[f.Path] != "(linked)" {
						t.Errorf("%s: %d bytes, cpio extracts %d", f.Path, len(got[f.Path]), len(want))
					}
				}
				if info.Mode().Type() != f.Mode.Type() {
					t.Errorf("%s: %v, cpio makes %v", f.Path, f.Mode, info.Mode())
				}
			}
			if len(got) != seen {
				t.Errorf("%d entries, %d files", len(got), seen)
			}
			if got["/usr/share/sample/link1"] != "(linked)" || got["/usr/share/sample/zlink3"] != "one\n" {
				t.Errorf("hard links: %q, %q", got["/usr/share/sample/link1"], got["/usr/share/sample/zlink3"])
			}
		})
	}
}

// TestReadHardLinks: the entry with the content knows the names before it.
func TestReadHardLinks(t *testing.T) {
	file := rpmbuild(t, sampleSpec, "w9.gzdio")
	l, err := mustOpen(t, readFile(t, file)).Payload(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	names := map[string][]string{}
	for {
		e, err := l.Next()
		if err != nil {
			break
		}
		for _, f := range e.Links {
			names[e.File.Path] = append(names[e.File.Path], f.Path)
		}
	}
	if err := l.Finish(); err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(names)
	want := "map[/usr/share/sample/nil2:[/usr/share/sample/nil1] /usr/share/sample/zlink3:[/usr/share/sample/link1 /usr/share/sample/link2]]"
	if got != want {
		t.Errorf("links %s, want %s", got, want)
	}
}

func TestReadSourcePackage(t *testing.T) {
	file := rpmbuild(t, sampleSpec, "w9.gzdio", "-bs")
	p := mustOpen(t, readFile(t, file))
	if !p.Source || p.String() != "sample-3:1.2~rc1-4.el6.src" {
		t.Errorf("package %v, source %v", p, p.Source)
	}
	err := p.CheckContents()
	want := "package sample-3:1.2~rc1-4.el6.src: it is a source package: give the package that is built from it"
	if !errors.Is(err, ErrSource) || err.Error() != want {
		t.Errorf("error %v", err)
	}
	got, _, err := contents(p)
	if err != nil || !strings.Contains(got["package.spec"], "Name: sample") {
		t.Errorf("contents %v, %v", got, err)
	}
}

func TestReadWithoutFiles(t *testing.T) {
	s := small()
	s.Files = nil
	err := mustOpen(t, writeBytes(t, s)).CheckContents()
	want := "package small-1.1.0-0.212.el6.x86_64: it contains no files: give the package that has them"
	if !errors.Is(err, ErrNoFiles) || err.Error() != want {
		t.Errorf("error %v", err)
	}
}

// TestReadPackagesOfOthers reads the packages that go-rpmutils is tested with:
// made by rpm 4.7 to 4.16, in each form of payload, one without files.
func TestReadPackagesOfOthers(t *testing.T) {
	needTools(t, "go")
	dir := strings.TrimSpace(runIn(t, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/sassoftware/go-rpmutils"))
	names, err := filepath.Glob(filepath.Join(dir, "testdata", "*.rpm"))
	if err != nil || len(names) < 10 {
		t.Fatalf("%d packages in %s, %v", len(names), dir, err)
	}
	for _, name := range names {
		p := mustOpen(t, readFile(t, name))
		got, digests, err := contents(p)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(name), err)
			continue
		}
		if len(got) != len(p.Files) || p.Name == "payload-test" && len(got["/usr/share/payload-test.txt"]) == 0 {
			t.Errorf("%s: %d files of %d", p, len(got), len(p.Files))
		}
		for _, d := range digests {
			if d.State != Verified {
				t.Errorf("%s: %v", p, d)
			}
		}
	}
}

// runIn runs a command with the environment as it is.
func runIn(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s %q: %v", name, args, err)
	}
	return string(out)
}
