package overlay_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

var accounts = map[string]string{
	"etc/passwd":       "root:x:0:0:root:/root:/bin/bash\nservo:x:498:497::/var/lib/load-balancer-servo:/sbin/nologin\nbad:x:a:b::/:\nlate:x:no:no::/:\nservo:x:1:1::/:\nlate:x:7:8::/:\n",
	"etc/group":        "root:x:0:\nservo:x:497:\nwheel:x:10:root\n",
	"etc/app/conf":     "one\n",
	"etc/link":         "-> app/conf",
	"etc/dangling":     "-> /run/app/conf",
	"etc/hole":         "-> app/none",
	"var/lib/":         "",
	"var/lib/empty/":   "",
	"tree/a/b/c":       "c",
	"tree/a/link":      "-> /etc/passwd",
	"tree/z":           "z",
	"outside":          "-> ../../../etc/app",
	"etc/device/":      "",
	"etc/rc.d/init.d/": "",
	"etc/init.d":       "-> rc.d/init.d",
}

func perm(m fs.FileMode) *fs.FileMode { return &m }

func TestEdits(t *testing.T) {
	servo := overlay.Owner{User: "servo", Group: "servo"}
	upper := func(old []byte) ([]byte, []string, error) {
		return []byte(strings.ToUpper(string(old)) + "+"), []string{"shouted"}, nil
	}
	for _, c := range []struct {
		name string
		edit overlay.Edit
		want string // the changes, a line each
		err  string
	}{
		{"write", overlay.File{Path: "/etc/app/conf", Content: []byte("two\n")}, "modify /etc/app/conf", ""},
		{"write through a link", overlay.File{Path: "/etc/link", Content: []byte("two\n")}, "modify /etc/app/conf", ""},
		{"write through a folder link", overlay.File{Path: "/etc/init.d/x", Content: nil, Mode: perm(0o755)}, "create /etc/rc.d/init.d/x 0755, 0:0", ""},
		{"write out of the tree", overlay.File{Path: "/outside/../../../x", Content: nil}, "create /x 0644, 0:0", ""},
		{"write what is so", overlay.File{Path: "etc/app/conf", Content: []byte("one\n"), Mode: perm(0o644), Owner: &overlay.Owner{}}, "unchanged /etc/app/conf", ""},
		{"new with folders", overlay.File{Path: "/opt/a/b", Content: []byte("x"), Mode: perm(fs.ModeSetuid | 0o711), Owner: &servo},
			"create /opt dir, 0755, 0:0\ncreate /opt/a dir, 0755, 0:0\ncreate /opt/a/b 4711, 498:497", ""},
		{"mode alone", overlay.File{Path: "/etc/app/conf", Content: []byte("one\n"), Mode: perm(0)}, "chmod /etc/app/conf 0644 → 0000", ""},
		{"owner alone", overlay.File{Path: "/etc/app/conf", Content: []byte("one\n"), Owner: &servo}, "chown /etc/app/conf 0:0 → 498:497", ""},
		{"to a missing target", overlay.File{Path: "/etc/hole", Content: []byte("x")}, "create /etc/app/none 0644, 0:0", ""},
		{"to a target without a folder", overlay.File{Path: "/etc/dangling", Content: []byte("x")}, "", "the link /etc/dangling points into a folder that the image does not have"},
		{"over a folder", overlay.File{Path: "/etc/app", Content: []byte("x")}, "", "a folder stands there"},
		{"over a device", overlay.File{Path: "/dev0", Content: []byte("x")}, "", "not a regular file (device)"},
		{"below a file", overlay.File{Path: "/etc/app/conf/x"}, "", "/etc/app/conf: not a directory"},
		{"an unknown user", overlay.File{Path: "/etc/x", Owner: &overlay.Owner{User: "nobody9"}}, "", "user nobody9: not in the image"},
		{"an unknown group", overlay.File{Path: "/etc/x", Owner: &overlay.Owner{User: "servo", Group: "grp9"}}, "", "group grp9: not in the image"},
		{"an account without numbers", overlay.File{Path: "/etc/x", Owner: &overlay.Owner{User: "bad"}}, "", "gives it no numbers"},

		{"rewrite", overlay.Rewrite{Path: "/etc/link", Edit: upper}, "modify /etc/app/conf", ""},
		{"rewrite nothing", overlay.Rewrite{Path: "/etc/none", Edit: upper, Mend: "do it"}, "", "/etc/none: file does not exist: do it"},
		{"rewrite a folder", overlay.Rewrite{Path: "/etc", Edit: upper}, "", "not a regular file (folder)"},
		{"rewrite creates", overlay.Rewrite{Path: "/etc/none", Edit: upper, Create: &overlay.Create{Mode: 0o600, Owner: servo}}, "create /etc/none 0600, 498:497", ""},
		{"rewrite fails", overlay.Rewrite{Path: "/etc/link", Edit: func([]byte) ([]byte, []string, error) { return nil, nil, errors.New("line 3: no") }},
			"", "/etc/app/conf: line 3: no"},

		{"folder", overlay.Dir{Path: "/var/lib/lb/x", Mode: perm(fs.ModeSetuid | fs.ModeSetgid | 0o700), Owner: &servo},
			"create /var/lib/lb dir, 0755, 0:0\ncreate /var/lib/lb/x dir, 6700, 498:497", ""},
		{"folder there", overlay.Dir{Path: "/etc/app"}, "unchanged /etc/app", ""},
		{"folder there with another mode", overlay.Dir{Path: "/etc/app", Mode: perm(0o700)}, "chmod /etc/app 0755 → 0700", ""},
		{"folder over a file", overlay.Dir{Path: "/etc/app/conf"}, "", "not a folder (file)"},
		{"the root", overlay.Dir{Path: "/"}, "unchanged /", ""},

		{"link", overlay.Symlink{Path: "/etc/init.d/l", Target: "../x"}, "create /etc/rc.d/init.d/l symlink, 0:0, ../x", ""},
		{"link there", overlay.Symlink{Path: "/etc/link", Target: "app/conf"}, "unchanged /etc/link", ""},
		{"link elsewhere", overlay.Symlink{Path: "/etc/link", Target: "x"}, "modify /etc/link app/conf → x", ""},
		{"link over a file", overlay.Symlink{Path: "/etc/app/conf", Target: "x"}, "modify /etc/app/conf → symlink, 0644 →, → x", ""},
		{"link over a folder", overlay.Symlink{Path: "/etc/app", Target: "x"}, "", "a folder stands there"},
		{"link to nothing", overlay.Symlink{Path: "/etc/l"}, "", "cannot be a link's target"},

		{"remove", overlay.Remove{Path: "/etc/app/conf"}, "remove /etc/app/conf", ""},
		{"remove a link", overlay.Remove{Path: "/etc/link"}, "remove /etc/link", ""},
		{"remove what is gone", overlay.Remove{Path: "/etc/none/x"}, "unchanged /etc/none/x", ""},
		{"remove an empty folder", overlay.Remove{Path: "/var/lib/empty"}, "remove /var/lib/empty", ""},
		{"remove what holds the system", overlay.Remove{Path: "/var//lib/", Tree: true}, "", "/var/lib: no system starts without it"},
		{"remove it by another way", overlay.Remove{Path: "/outside/..", Tree: true}, "", "/etc: no system starts without it"},
		{"remove a full folder", overlay.Remove{Path: "/tree"}, "", "a folder with 2 entries"},
		{"remove a tree", overlay.Remove{Path: "/tree", Tree: true},
			"remove /tree/a/b/c\nremove /tree/a/b\nremove /tree/a/link\nremove /tree/a\nremove /tree/z\nremove /tree", ""},
		{"remove all", overlay.Remove{Path: "/etc/..", Tree: true}, "", "the root itself cannot be removed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := treetest.Fill(accounts)
			m.Mknod("dev0", fs.ModeDevice|0o600)
			before := m.Names()
			changes, err := c.edit.Apply(m)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("error %v, want one with %q", err, c.err)
				}
				if path := c.edit.Paths()[0]; strings.Count(err.Error(), path) > 2 {
					t.Errorf("the path stands in it more than once: %v", err)
				}
				if after := m.Names(); strings.Join(before, "\n") != strings.Join(after, "\n") {
					t.Errorf("refused, and yet the tree has changed")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, ch := range changes {
				got = append(got, ch.String())
			}
			if strings.Join(got, "\n") != c.want {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), c.want)
			}
			isAsSaid(t, m, changes)
			again, err := c.edit.Apply(m)
			if _, rewrite := c.edit.(overlay.Rewrite); rewrite {
				return
			}
			if err != nil {
				t.Fatalf("a second time: %v", err)
			}
			for _, ch := range again {
				if ch.Changed() || len(ch.Notes) == 0 {
					t.Errorf("a second time: %v", ch)
				}
			}
		})
	}
}

// isAsSaid fails unless the tree is what the changes say.
func isAsSaid(t *testing.T, m overlay.Tree, changes []overlay.Change) {
	t.Helper()
	for _, c := range overlay.Fold(changes) {
		got, err := overlay.StateOf(m, c.Name(), 0)
		if c.After == nil {
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: still there (%v)", c.Path, err)
			}
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		if got.Mode != c.After.Mode || got.UID != c.After.UID || got.GID != c.After.GID || got.SHA256 != c.After.SHA256 || got.Target != c.After.Target || got.Size != c.After.Size {
			t.Errorf("%s: is %+v, the change says %+v", c.Path, got, c.After)
		}
	}
}

func TestIsAsSaidSees(t *testing.T) {
	m := treetest.Fill(accounts)
	changes, err := overlay.File{Path: "/etc/app/conf", Content: []byte("two\n")}.Apply(m)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(){
		"content": func() { m.WriteFile("etc/app/conf", []byte("tWo\n"), 0) },
		"mode":    func() { m.Chmod("etc/app/conf", 0o600) },
		"owner":   func() { m.Lchown("etc/app/conf", 1, 0) },
		"gone":    func() { m.Remove("etc/app/conf") },
	} {
		spoil()
		probe := &testing.T{}
		isAsSaid(probe, m, changes)
		if !probe.Failed() {
			t.Errorf("%s: not seen", name)
		}
		m = treetest.Fill(accounts)
		overlay.File{Path: "/etc/app/conf", Content: []byte("two\n")}.Apply(m)
	}
}

func TestApplyNamesThePath(t *testing.T) {
	m := treetest.Fill(accounts)
	_, err := overlay.Apply(m, []overlay.Edit{overlay.Remove{Path: "/etc/link"}, overlay.Dir{Path: "/etc/app/conf"}})
	if err == nil || !strings.HasPrefix(err.Error(), "/etc/app/conf: ") {
		t.Errorf("%v", err)
	}
}

func TestOwner(t *testing.T) {
	m := treetest.Fill(accounts)
	for in, want := range map[string][2]uint32{
		"root": {0, 0}, "root:root": {0, 0}, "servo": {498, 497}, "late": {7, 8}, "servo:": {498, 497}, "servo:wheel": {498, 10},
		":wheel": {0, 10}, "7:8": {7, 8}, "0:0": {0, 0}, "4294967294:1": {4294967294, 1}, "root:servo": {0, 497},
	} {
		o, err := overlay.ParseOwner(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		uid, gid, err := o.Lookup(m)
		if err != nil || uid != want[0] || gid != want[1] {
			t.Errorf("%s: %d:%d, %v", in, uid, gid, err)
		}
	}
	for _, in := range []string{"", ":", "a b", "a:b:c", "a/b"} {
		if _, err := overlay.ParseOwner(in); err == nil {
			t.Errorf("%q: no error", in)
		}
	}
	for _, in := range []string{"7", "4294967295:0", "0:4294967295", "-1:0", "+1:0"} {
		o, err := overlay.ParseOwner(in)
		if err != nil {
			continue
		}
		if _, _, err := o.Lookup(m); err == nil {
			t.Errorf("%q: no error", in)
		}
	}
	_, _, err := overlay.Owner{User: "servo"}.Lookup(treetest.NewMemory())
	if !errors.Is(err, overlay.ErrNoAccount) {
		t.Errorf("no /etc/passwd: %v", err)
	}
}

// In a folder with the set-group-id bit, as Debian's /usr/local is, what is made belongs to whom the edit says, and not to the
// folder's group.
func TestSetGroupIDFolder(t *testing.T) {
	tree := formatted(t, formats["ext4"], 16<<20)
	staff := overlay.Owner{User: "0", Group: "50"}
	laid, err := overlay.OpenOverlay(folder(t, map[string]string{"local/bin/tool": "#!/bin/sh\n", "local/lib/": "", "local/lib/l": "-> x"}), overlay.OverlayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	changes, err := overlay.Apply(tree, []overlay.Edit{
		overlay.Dir{Path: "/local", Mode: perm(fs.ModeSetgid | 0o775), Owner: &staff},
		overlay.File{Path: "/local/f"}, overlay.Dir{Path: "/local/d/e"}, overlay.Symlink{Path: "/local/s", Target: "f"},
		overlay.File{Path: "/local/g", Owner: &staff}, laid,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		got, err := overlay.StateOf(tree, c.Name(), 0)
		if err != nil {
			t.Fatal(err)
		}
		group := uint32(0)
		if c.Path == "/local" || c.Path == "/local/g" {
			group = 50
		}
		if got.GID != group || c.After.GID != group || got.Mode != c.After.Mode {
			t.Errorf("%s: %v %d:%d, told as %v %d:%d", c.Path, got.Mode, got.UID, got.GID, c.After.Mode, c.After.UID, c.After.GID)
		}
	}
	if len(changes) != 10 {
		t.Errorf("%d changes", len(changes))
	}
}
