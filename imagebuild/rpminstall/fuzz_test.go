package rpminstall_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpminstall"
)

// FuzzScript gives any script to the commands that are done natively, in an image.
func FuzzScript(f *testing.F) {
	for _, s := range []string{
		servoPre, "useradd -r -g users -G daemon -u 77 x", "groupadd -g 5 -f y", "usermod -aG users daemon", "chkconfig --level 35 sv on; chkconfig --del sv",
		"ln -sf /a /etc/b; rm -rf /etc/b/../c; mkdir -p /x/y; chmod 4755 /x/y; chown daemon:users /x/y; touch /x/../../z; rmdir /x/y",
		"install -d -m 0700 /var/lib/../../etc/x; cd /; mkdir -p /loop/loop", "systemctl enable sv.service ../x", "gpasswd -a daemon users; id -u daemon",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, script string) {
		if strings.ContainsRune(script, 0) || len(script) > 4096 {
			return
		}
		var b bytes.Buffer
		if rpm.Write(&b, rpm.Spec{Name: "x", Version: "1", Release: "1", Summary: "x", License: "x", BuildTime: made, PostInstall: script,
			Files: []rpm.SpecFile{{Path: "/opt/x", Mode: 0o644}}}) != nil {
			return
		}
		path := filepath.Join(t.TempDir(), "x.rpm")
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		tree := image("etc/rc.d/init.d/sv", servoInit, "loop", "-> loop", "up", "-> ../../..", "usr/bin/systemctl", "x")
		p, err := rpminstall.Open(t.Context(), path, rpminstall.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		e, err := p.Edit(rpminstall.Options{Time: made})
		if err != nil {
			t.Fatal(err)
		}
		r, err := e.Run(tree)
		if err == nil && len(r.Scriptlets) > 1 {
			t.Errorf("%d scripts", len(r.Scriptlets))
		}
		for _, dir := range []string{"etc", "var", "usr"} {
			if _, err := tree.Lstat(dir); err != nil {
				t.Errorf("%s is gone: %v", dir, err)
			}
		}
	})
}
