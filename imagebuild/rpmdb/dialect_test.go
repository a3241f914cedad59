package rpmdb

import (
	"io/fs"
	"testing"
	"time"

	"lbimage/imagebuild/rpm"
	"lbimage/overlay/treetest"
)

// one is a database of one package with one file, and an rpm of a version.
func one(tree *treetest.Memory, version string, f File) *DB {
	db := &DB{tree: tree, packages: []*Package{{Name: "p", Version: "1", Release: "1", Files: []File{f}}}}
	if version != "" {
		db.packages = append(db.packages, &Package{Name: "rpm", Version: version, Release: "1"})
	}
	db.index()
	return db
}

// TestDialects has what releases of rpm say of the same file. The judge of the newest is in TestVerifyJudged; of the
// older ones none can be had, so these are the rules as they stand in their sources.
func TestDialects(t *testing.T) {
	folder := rpm.File{Path: "/srv/d", Mode: fs.ModeDir | 0o755, User: "root", Group: "root", VerifyFlags: 1<<32 - 1}
	file := rpm.File{Path: "/srv/f", Mode: 0o600, User: "root", Group: "root", VerifyFlags: verifyMode, Flags: rpm.FlagConfig | rpm.FlagDoc}
	ghost := rpm.File{Path: "/srv/none", User: "root", Group: "root", Flags: rpm.FlagGhost}
	missing := rpm.File{Path: "/srv/none", User: "root", Group: "root", Flags: rpm.FlagNoReplace}
	for _, c := range []struct {
		version string
		file    File
		want    string
	}{
		{"4.4.2.3", File{File: file}, ".M......  c /srv/f"},
		{"4.8.0", File{File: file}, ".M.......  c /srv/f"},
		{"4.11.3", File{File: file}, ".M.......  d /srv/f"},
		{"", File{File: file}, ".M.......  d /srv/f"},
		{"4.8.0", File{File: file, State: Replaced}, ""},
		{"4.8.0", File{File: file, State: WrongColor}, ""},
		{"4.11.3", File{File: file, State: Replaced}, ".........  d /srv/f (replaced)"},
		{"4.11.3", File{File: file, State: WrongColor}, ".M.......  d /srv/f"},
		{"4.11.3", File{File: file, State: NotInstalled}, ""},
		{"4.11.3", File{File: file, State: NetShared}, ""},
		{"4.11.3", File{File: file, State: 9}, ".M.......  d /srv/f (unknown state)"},
		{"4.8.0", File{File: folder}, "....L....    /srv/d"},
		{"4.11.3", File{File: folder}, ""},
		{"4.18.0", File{File: folder}, ""},
		{"4.11.3", File{File: ghost}, ""},
		{"4.8.0", File{File: missing}, "missing     /srv/none"},
		{"4.11.3", File{File: missing}, "missing   n /srv/none"},
	} {
		tree := treetest.Fill(map[string]string{"srv/f": "", "srv/d": "-> e", "srv/e/": ""})
		list, err := one(tree, c.version, c.file).Verify(t.Context(), tree)
		got := ""
		if len(list) > 0 {
			got = list[0].String()
		}
		if err != nil || got != c.want {
			t.Errorf("rpm %q of %s, %v: %q, want %q (%v)", c.version, c.file.Path, c.file.State, got, c.want, err)
		}
	}
}

// TestAccessControlList: what no package gives a file counts as a difference of its mode.
func TestAccessControlList(t *testing.T) {
	f := File{File: rpm.File{Path: "/f", Mode: 0o644, User: "root", Group: "root", VerifyFlags: verifyMode}}
	for size, want := range map[int]string{aclPlain: "", aclPlain + 16: ".M.......    /f"} {
		tree := treetest.Fill(map[string]string{"f": ""})
		if err := tree.SetXattr("f", aclAttr, make([]byte, size)); err != nil {
			t.Fatal(err)
		}
		list, err := one(tree, "4.8.0", f).Verify(t.Context(), tree, "/f")
		got := ""
		if len(list) > 0 {
			got = list[0].String()
		}
		if err != nil || got != want {
			t.Errorf("%d bytes: %q, want %q (%v)", size, got, want, err)
		}
	}
}

func TestCapabilities(t *testing.T) {
	for text, want := range map[string]capabilities{
		"":                          {},
		"=":                         {},
		"= cap_net_raw+ep":          {1 << 13, 1 << 13, 0},
		"cap_net_raw=ep":            {1 << 13, 1 << 13, 0},
		"cap_chown,cap_kill=p":      {0, 1<<0 | 1<<5, 0},
		"cap_chown+epi cap_chown-e": {0, 1, 1},
		"cap_chown=e cap_chown=p":   {0, 1, 0},
		"cap_chown=eip-ip":          {1, 0, 0},
		"all=p cap_chown-p":         {0, 1<<41 - 2, 0},
		"cap_checkpoint_restore=i":  {0, 0, 1 << 40},
	} {
		if got, err := parseCaps(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"cap_nothing=p", "word", "cap_chown=x", "cap_chown=p!"} {
		if _, err := parseCaps(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	for name, b := range map[string][]byte{
		"empty": {}, "short": {0, 0, 0, 2}, "version": append([]byte{0, 0, 0, 9}, make([]byte, 16)...),
	} {
		if _, err := decodeCaps(b); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	v3 := append([]byte{1, 0, 0, 3, 0, 0x20}, make([]byte, 18)...)
	if got, err := decodeCaps(v3); err != nil || got != (capabilities{1 << 13, 1 << 13, 0}) {
		t.Errorf("version 3: %+v, %v", got, err)
	}
}

// TestVerifyNames takes names that are not the package's own, and a tree that is not the database's.
func TestVerifyNames(t *testing.T) {
	at := time.Unix(1e9, 0)
	f := File{File: rpm.File{Path: "/bin/f", Mode: 0o644, User: "alice", Group: "root", ModTime: at, VerifyFlags: verifyUser | verifyTime}}
	tree := treetest.Fill(map[string]string{"usr/bin/f": "x", "bin": "-> usr/bin", "etc/passwd": "root:x:0:0::/:\nalice:x:7:7\n\nbroken\nx:x:y\n"})
	db := one(tree, "", f)
	for name, want := range map[string]int{"/usr/bin/f": 1, "/bin/f": 1, "usr/bin/../bin/f": 1, "/f": 0} {
		list, err := db.Verify(t.Context(), tree, name)
		if err != nil || len(list) != want || want == 1 && list[0].Attrs != ".....U.T." {
			t.Errorf("%s: %v, %v", name, list, err)
		}
		if want == 1 && list[0].Describe() != "owner and time differ" {
			t.Errorf("described as %q", list[0].Describe())
		}
	}
	after := treetest.Fill(map[string]string{"usr/bin/f": "x", "bin": "-> usr/bin", "etc/passwd": "alice:x:0:0\n"})
	if err := after.Chtimes("usr/bin/f", at, at); err != nil {
		t.Fatal(err)
	}
	if list, err := db.Verify(t.Context(), after); err != nil || len(list) != 0 {
		t.Errorf("mended: %v, %v", list, err)
	}
}
