package rpminstall_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpminstall"
)

func TestRefuses(t *testing.T) {
	link := rpm.SpecFile{Path: "/opt/link", Mode: fs.ModeSymlink | 0o777, Link: "/etc"}
	for name, c := range map[string]struct {
		spec  rpm.Spec
		image []string
		want  string
	}{
		"folder in the way": {rpm.Spec{Files: []rpm.SpecFile{{Path: "/var/lib", Mode: 0o644}}}, nil, "/var/lib: the image has a folder there"},
		"file above": {rpm.Spec{Files: []rpm.SpecFile{{Path: "/etc/passwd/x", Mode: 0o644}}}, nil,
			"/etc/passwd: not a directory: the package needs a folder there for /etc/passwd/x"},
		"own link": {rpm.Spec{Files: []rpm.SpecFile{link, {Path: "/opt/link/passwd", Mode: 0o644}}}, nil,
			"/opt/link/passwd: it lies below a symbolic link that the package itself makes"},
		"twice":           {rpm.Spec{Files: []rpm.SpecFile{{Path: "/etc/init.d/x", Mode: 0o755}, {Path: "/etc/rc.d/init.d/x", Mode: 0o755}}}, nil, "are the same file in the image"},
		"link to nowhere": {rpm.Spec{Files: []rpm.SpecFile{{Path: "/gone/x", Mode: 0o644}}}, []string{"gone", "-> /run/gone"}, "the link /gone points into a folder that the image does not have"},
		"command": {rpm.Spec{PostInstall: "true\nupdate-alternatives --install x\n", Files: []rpm.SpecFile{link}}, nil,
			"package x-1-1.noarch: postin script: line 2: update-alternatives --install x: this command is not known"},
		"program":    {rpm.Spec{PostInstall: "/opt/x/bin/setup\n", Files: []rpm.SpecFile{link}}, nil, "line 1: /opt/x/bin/setup: this command is not known"},
		"tmpfiles":   {rpm.Spec{PostInstall: "systemd-tmpfiles --create x.conf >/dev/null 2>&1 || :\n", Files: []rpm.SpecFile{link}}, nil, "systemd-tmpfiles --create x.conf"},
		"useradd":    {rpm.Spec{PreInstall: "useradd -r -Z staff_u x\n", Files: []rpm.SpecFile{link}}, nil, "-Z is not known"},
		"pre fails":  {rpm.Spec{PreInstall: "id nobody9 >/dev/null\n", Files: []rpm.SpecFile{link}}, nil, "package x-1-1.noarch: prein script: it ends with status 1"},
		"rm":         {rpm.Spec{PostInstall: "rm -rf /etc/\n", Files: []rpm.SpecFile{link}}, nil, "a folder at the top of the image"},
		"rm /":       {rpm.Spec{PostInstall: "rm -rf //.\n", Files: []rpm.SpecFile{link}}, nil, "not the root itself"},
		"libraries":  {rpm.Spec{PostInstall: "/sbin/ldconfig\n", Files: []rpm.SpecFile{{Path: "/opt/lib/libx.so.1", Mode: 0o755}}}, []string{"etc/ld.so.conf.d/x.conf", "/opt/lib\n"}, "found through the linker's cache alone"},
		"restorecon": {rpm.Spec{PostInstall: "restorecon -R /opt || :\n", Files: []rpm.SpecFile{link}}, []string{"etc/selinux/config", "SELINUX=enforcing\n"}, "the image uses SELinux (SELINUX=enforcing), and its files or its policy have no labels"},
	} {
		r, err := apply(t, image(c.image...), write(t, c.spec), rpminstall.Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want %q (%+v)", name, err, c.want, r)
		}
		if c.spec.PostInstall+c.spec.PreInstall == "" || err == nil {
			continue
		}
		if !errors.Is(err, rpminstall.ErrScript) {
			t.Errorf("%s: %v is no ErrScript", name, err)
		}
		r, err = apply(t, image(c.image...), write(t, c.spec), rpminstall.Options{Scriptlets: rpminstall.Skip})
		if err != nil || len(r.Scriptlets) != 1 || r.Scriptlets[0].Skipped == "" || r.Scriptlets[0].Body == "" {
			t.Errorf("%s, skipped: %v, %+v", name, err, r)
		}
	}
}

func TestArch(t *testing.T) {
	for _, c := range []struct {
		pkg, image string
		ok         bool
	}{{"noarch", "x86_64", true}, {"x86_64", "x86_64", true}, {"i686", "x86_64", true}, {"x86_64", "i686", false}, {"ppc64", "x86_64", false}, {"ppc64", "", true}} {
		p := open(t, write(t, rpm.Spec{Arch: c.pkg, Files: []rpm.SpecFile{{Path: "/opt/x", Mode: 0o644}}}))
		if _, err := p.Edit(rpminstall.Options{Arch: c.image}); (err == nil) != c.ok {
			t.Errorf("%s on %s: %v", c.pkg, c.image, err)
		}
	}
	p := open(t, write(t, rpm.Spec{Files: []rpm.SpecFile{{Path: "/opt/x", Mode: 0o644}}}))
	if _, err := p.Edit(rpminstall.Options{Scriptlets: "maybe"}); err == nil {
		t.Error("an unknown word for scripts is taken")
	}
}

func TestOpenRefuses(t *testing.T) {
	good, err := os.ReadFile(write(t, servo("1")))
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(good)
	flipped[len(flipped)-20] ^= 1
	for name, data := range map[string][]byte{
		"truncated": good[:len(good)-30], "corrupt": flipped, "empty": nil, "text": []byte("no package at all\n"),
	} {
		path := filepath.Join(t.TempDir(), name+".rpm")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := rpminstall.Open(t.Context(), path, rpminstall.OpenOptions{}); err == nil || !strings.HasPrefix(err.Error(), path+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for want, s := range map[string]rpm.Spec{
		"contains no files":     {},
		"rpmlib(Teleportation)": {Requires: []rpm.Dependency{{Name: "rpmlib(Teleportation)"}}, Files: []rpm.SpecFile{{Path: "/x", Mode: 0o644}}},
	} {
		if _, err := rpminstall.Open(t.Context(), write(t, s), rpminstall.OpenOptions{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	_, err = rpminstall.Open(t.Context(), write(t, servo("1")), rpminstall.OpenOptions{Keyring: &rpm.Keyring{}})
	if !errors.Is(err, rpm.ErrNotSigned) {
		t.Errorf("an unsigned package, with a keyring: %v", err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := rpminstall.Open(stopped, write(t, servo("1")), rpminstall.OpenOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	if _, err := rpminstall.Open(t.Context(), t.TempDir(), rpminstall.OpenOptions{}); err == nil {
		t.Error("a folder is opened")
	}
}
