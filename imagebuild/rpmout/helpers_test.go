package rpmout

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/source"
	"lbimage/tests/needs"
)

// built is when the packages of these tests are made.
var built = time.Date(2014, 5, 13, 16, 53, 20, 0, time.UTC)

// The files that the spec of a load balancer image's package wants.
const (
	kickstartText = "part / --size 1536 --fstype ext3\n"
	licenceText   = "The licence of what is in the image.\n"
	scriptText    = "#!/bin/sh\necho install \"$@\"\n"
)

// tarball stands for an image tarball: what is in it does not matter here.
var tarball = bytes.Repeat([]byte("a tarball, or so\n"), 9000)

// specText is a spec of the shape that load balancer images have: the name ends in -devel for developers, the release is
// 0.BUILD.DIST, licence and kickstart are documentation, the tarball lies in a folder that bears the package's name.
const specText = `
Name: eucalyptus-load-balancer-image%{?devbuild:-devel}
Version: 1.1.0
Release: 0.212.el6
Summary: Image of the Eucalyptus load balancer
Group: Applications/System
License: GPLv2
URL: http://example.com/
Vendor: Example
Packager: A B <a@example.com>
Source0: %{name}-%{version}-212.tgz
Source1: IMAGE-LICENSE
Source2: %{name}.ks
Source3: euca-install-load-balancer
Requires: euca2ools >= 3.1.0
Requires: python-boto
%description
The machine image that Eucalyptus starts as a load balancer.
%prep
cp -p %{SOURCE1} %{SOURCE2} %{_builddir}
%install
mkdir -p %{buildroot}/usr/share/%{name} %{buildroot}/usr/bin
install -p -m 644 %{SOURCE0} %{buildroot}/usr/share/%{name}
install -p -m 755 %{SOURCE3} %{buildroot}/usr/bin
%EXTRA
%files
%defattr(-,root,root,-)
%doc IMAGE-LICENSE %{name}.ks
/usr/share/%{name}
/usr/bin/euca-install-load-balancer
%FILES
%changelog
* Tue May 13 2014 A B <a@example.com> - 1.1.0-0
- Make it
`

// rpmbuild builds the spec, with more in the places of EXTRA and FILES, and gives the package's path.
func rpmbuild(t testing.TB, devel bool, extra, files string) string {
	t.Helper()
	needs.Programs(t, "rpmbuild", "rpm")
	top := t.TempDir()
	name := imageName
	args := []string{"-bb", "--quiet", "--target", "x86_64", "--define", "_topdir " + top, "--define", "_tmppath " + top,
		"--define", "_sourcedir " + top, "--define", "_binary_payload w6.gzdio", "--define", "_buildhost localhost",
		"--define", "use_source_date_epoch_as_buildtime 1", "--define", "_docdir_fmt %%{NAME}-%%{VERSION}",
		"--define", "_datarootdir /usr/share", "--define", "_docdir /usr/share/doc", "--define", "debug_package %{nil}"}
	if devel {
		args, name = append(args, "--define", "devbuild 1"), name+develMark
	}
	for file, content := range map[string]string{
		"x.spec":        strings.NewReplacer("%EXTRA", extra, "%FILES", files).Replace(specText),
		"IMAGE-LICENSE": licenceText, name + ".ks": kickstartText, "euca-install-load-balancer": scriptText,
		name + "-1.1.0-212.tgz": string(tarball),
	} {
		path := writeFile(t, filepath.Join(top, file), content)
		if err := os.Chtimes(path, built, built); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("rpmbuild", append(args, filepath.Join(top, "x.spec"))...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC", "HOME="+top, "SOURCE_DATE_EPOCH=1400000000")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("rpmbuild: %v\n%s", err, out)
	}
	found, _ := filepath.Glob(filepath.Join(top, "RPMS/*/*.rpm"))
	if len(found) != 1 {
		t.Fatalf("rpmbuild made %q", found)
	}
	return found[0]
}

func writeFile(t testing.TB, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// parts writes the files that options name.
func parts(t testing.TB) Options {
	t.Helper()
	dir := t.TempDir()
	return Options{
		Kickstart: writeFile(t, filepath.Join(dir, "my.ks"), kickstartText),
		License:   writeFile(t, filepath.Join(dir, "COPYING"), licenceText),
		Script:    writeFile(t, filepath.Join(dir, "installer"), scriptText),
	}
}

// ofTarball is a base with a name like a tarball's.
func ofTarball() Base {
	return Base{Names: recipe.SourceNames{Name: imageName, Version: "1.1.0", Release: "212"}}
}

// ofPackage is a base with the package at path.
func ofPackage(t testing.TB, path string) Base {
	t.Helper()
	f, err := block.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	p, err := rpm.Open(f, f.Size())
	if err != nil {
		t.Fatal(err)
	}
	member, err := source.ChooseTarball(p)
	if err != nil {
		t.Fatal(err)
	}
	return Base{Package: p, Member: member}
}

func draft(t testing.TB, b Base, o Options) *Draft {
	t.Helper()
	d, err := New(b, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// pack writes a draft with the tarball, and gives the package's path.
func pack(t testing.TB, d *Draft) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), d.FileName())
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := Input{Package: d.base.Package, Tarball: bytes.NewReader(tarball), Size: int64(len(tarball)), Time: built, TempDir: t.TempDir()}
	if err := d.Write(context.Background(), f, in); err != nil {
		t.Fatal(err)
	}
	return path
}

// run gives a command's output; it must succeed.
func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC", "HOME="+t.TempDir())
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %q: %v\n%s%s", name, args, err, stdout.Bytes(), stderr.Bytes())
	}
	return stdout.String()
}
