package rpminstall_test

import (
	"strings"
	"testing"

	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpminstall"
	"lbimage/overlay/selinux"
)

// restorecon in a script gives the labels of the image's policy to files that are there already.
func TestRestorecon(t *testing.T) {
	m := image("etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=targeted\n",
		"etc/selinux/targeted/contexts/files/file_contexts", "/.* system_u:object_r:default_t:s0\n/srv(/.*)? system_u:object_r:var_t:s0\n",
		"srv/old/", "", "srv/old/file", "x")
	for _, name := range m.Names() {
		if err := m.SetXattr(name, selinux.Attr, []byte("system_u:object_r:wrong_t:s0\x00")); err != nil {
			t.Fatal(err)
		}
	}
	tree, _, err := selinux.Labelled(m)
	if err != nil {
		t.Fatal(err)
	}
	path := write(t, rpm.Spec{PostInstall: "/sbin/restorecon -R /srv/old /srv/none || touch /srv/failed\n:\n", Files: []rpm.SpecFile{{Path: "/srv/x", Mode: 0o644}}})
	r, err := apply(t, tree, path, rpminstall.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"srv/old": "var_t", "srv/old/file": "var_t", "srv/x": "var_t", "srv": "wrong_t", "srv/failed": "var_t"} {
		value, err := m.Xattr(name, selinux.Attr)
		if err != nil || !strings.Contains(string(value), ":"+want+":") {
			t.Errorf("%s: label %q, %v", name, value, err)
		}
	}
	if len(r.Scriptlets) != 1 || !strings.HasPrefix(r.Scriptlets[0].Steps[0].Done, "2 of 2 files got another label") {
		t.Errorf("%+v", r.Scriptlets)
	}
}
