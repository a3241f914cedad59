package accounts_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"lbimage/overlay"
	"lbimage/overlay/accounts"
	"lbimage/overlay/treetest"
)

func user(t *testing.T, u accounts.User) overlay.Edit {
	t.Helper()
	e, err := accounts.NewUser(u)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func apply(t *testing.T, tree overlay.Tree, edits ...overlay.Edit) []overlay.Change {
	t.Helper()
	changes, err := overlay.Apply(tree, edits)
	if err != nil {
		t.Fatal(err)
	}
	return overlay.Fold(changes)
}

// lines gives those of a file that begin with a name.
func lines(t *testing.T, tree overlay.Tree, file string, names ...string) string {
	t.Helper()
	data, err := tree.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for line := range strings.Lines(string(data)) {
		for _, n := range names {
			if strings.HasPrefix(line, n+":") {
				out.WriteString(line)
			}
		}
	}
	return out.String()
}

// TestDistributions has what the image's settings leave open, which only its distribution's tools know.
func TestDistributions(t *testing.T) {
	day := time.Date(2014, 5, 13, 23, 59, 0, 0, time.UTC) // 16203 days
	for _, c := range []struct {
		name, release string
		change        map[string]string // "": none
		passwd        string
		shadow        string
	}{
		{"el6", "el6", nil,
			"servo:x:498:498::/home/servo:/bin/bash\nnext:x:497:497::/home/next:/bin/bash\nhuman:x:500:500::/home/human:/bin/bash\n",
			"servo:!!:16203::::::\nnext:!!:16203::::::\nhuman:!!:16203:0:99999:7:::\n"},
		{"el7", "el7", nil,
			"servo:x:997:995::/home/servo:/bin/bash\nnext:x:996:994::/home/next:/bin/bash\nhuman:x:1001:1001::/home/human:/bin/bash\n",
			"servo:!!:16203::::::\nnext:!!:16203::::::\nhuman:!!:16203:0:99999:7:::\n"},
		// 101, the least, is taken: the gaps are used from the top.
		{"debian", "debian", nil,
			"servo:x:999:999::/home/servo:/bin/sh\nnext:x:997:997::/home/next:/bin/sh\nhuman:x:1001:1001::/home/human:/bin/sh\n",
			"servo:!:16203::::::\nnext:!:16203::::::\nhuman:!:16203:0:99999:7:::\n"},
		{"el6 without settings", "el6", map[string]string{"etc/login.defs": "USERGROUPS_ENAB yes\n", "etc/default/useradd": ""},
			"servo:x:498:498::/home/servo:/sbin/nologin\nnext:x:497:497::/home/next:/sbin/nologin\nhuman:x:500:500::/home/human:/sbin/nologin\n",
			"servo:!!:16203::::::\nnext:!!:16203::::::\nhuman:!!:16203::::::\n"},
		{"el7 without settings", "el7", map[string]string{"etc/login.defs": "USERGROUPS_ENAB yes\n", "etc/default/useradd": ""},
			"servo:x:191:191::/home/servo:/sbin/nologin\nnext:x:190:189::/home/next:/sbin/nologin\nhuman:x:1001:1001::/home/human:/sbin/nologin\n",
			"servo:!!:16203::::::\nnext:!!:16203::::::\nhuman:!!:16203::::::\n"},
		{"debian without settings", "debian", map[string]string{"etc/login.defs": "", "etc/default/useradd": ""},
			"servo:x:999:100::/home/servo:/bin/bash\nnext:x:997:100::/home/next:/bin/bash\nhuman:x:1001:100::/home/human:/bin/bash\n",
			"servo:!:16203::::::\nnext:!:16203::::::\nhuman:!:16203::::::\n"},
		{"el5", "el6", map[string]string{"etc/centos-release": "CentOS release 5.11 (Final)\n"},
			"servo:x:1:3::/home/servo:/bin/bash\n", "servo:!!:16203::::::\n"},
		{"os-release", "el7", map[string]string{"etc/redhat-release": "", "etc/os-release": "ID=\"x\"\nID_LIKE=\"rhel fedora\"\n"},
			"servo:x:997:995::/home/servo:/bin/bash\n", "servo:!!:16203::::::\n"},
		{"os-release of another", "el7", map[string]string{"etc/redhat-release": "", "etc/os-release": "ID=arch\n"},
			"servo:x:997:995::/home/servo:/bin/bash\n", "servo:!:16203::::::\n"},
		{"told by its shadow", "el7", map[string]string{"etc/redhat-release": ""},
			"servo:x:997:995::/home/servo:/bin/bash\n", "servo:!!:16203::::::\n"},
		{"told by another's shadow", "debian", map[string]string{"etc/debian_version": ""},
			"servo:x:999:999::/home/servo:/bin/sh\n", "servo:!:16203::::::\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := image(c.release)
			for name, text := range c.change {
				if files[name] = text; text == "" {
					delete(files, name)
				}
			}
			if c.name == "el5" { // its numbers go up from the highest below 500
				files["etc/passwd"] = "root:x:0:0:root:/root:/bin/bash\n"
				files["etc/group"] = "root:x:0:\nbin:x:1:\ndaemon:x:2:\n"
			}
			tree := treetest.Fill(files)
			names := []string{"servo", "next", "human"}[:strings.Count(c.passwd, "\n")]
			for _, n := range names {
				apply(t, tree, user(t, accounts.User{Name: n, System: n != "human", Time: day}))
			}
			if got := lines(t, tree, "etc/passwd", names...); got != c.passwd {
				t.Errorf("passwd:\n%swant\n%s", got, c.passwd)
			}
			if got := lines(t, tree, "etc/shadow", names...); got != c.shadow {
				t.Errorf("shadow:\n%swant\n%s", got, c.shadow)
			}
		})
	}
}

// TestKept adds to files of an odd form: everything that is there stays byte for byte, and so do modes, owners,
// labels, and links that lead to the files.
func TestKept(t *testing.T) {
	odd := "root:x:0:0:root:/root:/bin/bash\r\n  # servo:x:1:1\nservo\n\xff\x00:\nservo:x:y:1:::\n"
	nis := "+@admins::::::\n+::::::"
	files := image("el6")
	files["etc/passwd"] = "-> real/passwd"
	files["etc/real/passwd"] = odd + nis
	files["etc/group"] = "root:x:0:\nadm:x:0004:root,\nwheel:x:10\n+:::"
	files["etc/gshadow"] = "adm:!:boss:root\nwheel:!\n"
	tree := treetest.Fill(files)
	for _, name := range []string{"etc/shadow", "etc/gshadow"} {
		if err := errors.Join(tree.Chmod(name, 0), tree.Lchown(name, 0, 15), tree.SetXattr(name, "security.selinux", []byte("shadow_t\x00"))); err != nil {
			t.Fatal(err)
		}
	}
	shadow, _ := tree.ReadFile("etc/shadow")
	e := user(t, accounts.User{Name: "servo", UID: ptr(600), Groups: []string{"adm", "wheel"}, Time: time.Unix(86400*16000, 0)})
	changes := apply(t, tree, e)
	for file, want := range map[string]string{
		"etc/real/passwd": odd + "servo:x:600:600::/home/servo:/bin/bash\n" + nis + "\n",
		"etc/shadow":      string(shadow) + "servo:!!:16000:0:99999:7:::\n",
		"etc/group":       "root:x:0:\nadm:x:0004:root,servo\nwheel:x:10:servo\nservo:x:600:\n+:::\n",
		"etc/gshadow":     "adm:!:boss:root,servo\nwheel:!::servo\nservo:!::\n",
	} {
		if got, err := tree.ReadFile(file); string(got) != want {
			t.Errorf("%s: %v\n%q, want\n%q", file, err, got, want)
		}
	}
	for _, name := range []string{"etc/shadow", "etc/gshadow"} {
		s, err := overlay.StateOf(tree, name, 0)
		label, err2 := tree.Xattr(name, "security.selinux")
		if err != nil || err2 != nil || s.Mode != 0 || s.GID != 15 || string(label) != "shadow_t\x00" {
			t.Errorf("%s: %+v %q, %v %v", name, s, label, err, err2)
		}
	}
	for _, c := range changes {
		if strings.HasSuffix(c.Path, "-") || c.Path == "/etc/passwd" {
			t.Errorf("changes %s", c.Path)
		}
	}
	for _, c := range apply(t, tree, e) {
		if c.Changed() {
			t.Errorf("again: %v\n%s", c, c.Diff())
		}
	}
}

func ptr(n uint32) *uint32 { return &n }

// TestThere has accounts that the image has already: notes tell the differences, missing groups are added.
func TestThere(t *testing.T) {
	files := image("el7")
	delete(files, "home/")
	tree := treetest.Fill(files)
	names := len(tree.Names())
	changes := apply(t, tree, user(t, accounts.User{
		Name: "centos", UID: ptr(500), Group: "users", Groups: []string{"adm", "postdrop"}, Home: "/srv/centos", Shell: "/bin/sh", CreateHome: true, Password: sha512,
	}))
	all := fmt.Sprint(changes)
	for _, want := range []string{"its uid is 1000, asked for was 500", "its gid is 1000, asked for was 100",
		"its home is /home/centos, asked for was /srv/centos", "its shell is /bin/bash, asked for was /bin/sh", "its password is another",
		"its home folder /home/centos is not there, and is not made", "joins postdrop"} {
		if !strings.Contains(all, want) && !strings.Contains(strings.Join(changes[0].Notes, " "), want) {
			t.Errorf("no note %q in %+v", want, changes[0].Notes)
		}
	}
	if got := lines(t, tree, "etc/passwd", "centos"); got != "centos:x:1000:1000:Cloud User:/home/centos:/bin/bash\n" {
		t.Error(got)
	}
	if got := lines(t, tree, "etc/group", "postdrop", "adm"); got != "adm:x:4:centos\npostdrop:x:90:centos\n" {
		t.Error(got)
	}
	if len(tree.Names()) != names {
		t.Error("something was made")
	}
	g, err := accounts.NewGroup(accounts.Group{Name: "chrony", GID: ptr(7)})
	if err != nil {
		t.Fatal(err)
	}
	changes = apply(t, tree, g)
	if len(changes) != 1 || changes[0].Changed() || !strings.Contains(strings.Join(changes[0].Notes, " "), "its gid is 996, asked for was 7") {
		t.Errorf("%+v", changes)
	}
}

// TestFolders has homes and spools where something stands in the way, or a link leads elsewhere.
func TestFolders(t *testing.T) {
	files := image("el7")
	files["home"] = "-> srv/home"
	delete(files, "home/")
	files["srv/home/"] = ""
	files["var/spool/mail/old"] = "mail\n"
	files["srv/home/old/kept"] = "kept\n"
	tree := treetest.Fill(files)
	changes := apply(t, tree, user(t, accounts.User{Name: "old", CreateHome: true}), user(t, accounts.User{Name: "new", CreateHome: true}),
		user(t, accounts.User{Name: "robot", CreateHome: true, System: true, Home: "/var/lib/a/b"}))
	want := map[string]string{
		"srv/home/old":                "drwxr-xr-x 0:0",
		"srv/home/old/kept":           "-rw-r--r-- 0:0",
		"var/spool/mail/old":          "-rw-r--r-- 0:0",
		"srv/home/new":                "drwx------ 1002:1002",
		"srv/home/new/.bashrc":        "-rw-r--r-- 1002:1002",
		"srv/home/new/.rc":            "Lrwxrwxrwx 1002:1002 /home/new/.bashrc",
		"var/spool/mail/new":          "-rw-rw---- 1002:12",
		"var/lib/a":                   "drwxr-xr-x 0:0",
		"var/lib/a/b":                 "drwx------ 997:995",
		"var/lib/a/b/.profile":        "Lrwxrwxrwx 997:995 .bash_profile",
		"srv/home/old/.bashrc":        "",
		"var/spool/mail/robot":        "",
		"srv/home/new/.bash_profile-": "",
	}
	for name, w := range want {
		got := ""
		if s, err := overlay.StateOf(tree, name, 0); err == nil {
			got = strings.TrimSpace(fmt.Sprintf("%v %d:%d %s", s.Mode, s.UID, s.GID, s.Target))
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
		if got != w {
			t.Errorf("%s: %s, want %s", name, got, w)
		}
	}
	notes := fmt.Sprint(changes[0].Notes)
	for _, n := range []string{"/srv/home/old is there already", "the mail spool /var/spool/mail/old is there already", "the user new gets the uid 1002 and the gid 1002"} {
		if !strings.Contains(notes, n) {
			t.Errorf("no note %q in %s", n, notes)
		}
	}
	for _, c := range changes { // they say what is there
		if c.After == nil {
			continue
		}
		s, err := overlay.StateOf(tree, c.Name(), 0)
		if err != nil || s.Mode != c.After.Mode || s.UID != c.After.UID || s.GID != c.After.GID || s.Target != c.After.Target {
			t.Errorf("%v: is %+v, %v", c, s, err)
		}
	}
}

// TestNotes has what useradd would warn of.
func TestNotes(t *testing.T) {
	files := image("el7")
	files["etc/default/useradd"] = "GROUP=staff\nCREATE_MAIL_SPOOL=yes\n"
	files["etc/login.defs"] = "MAIL_DIR /var/post\n"
	tree := treetest.Fill(files)
	for want, u := range map[string]accounts.User{
		"the uid 300 lies outside the image's range of 1000 to 60000 (UID_MIN and UID_MAX)":       {Name: "a", UID: ptr(300)},
		"the uid 5001 lies outside the image's range of 101 to 999 (SYS_UID_MIN and SYS_UID_MAX)": {Name: "b", UID: ptr(5001), System: true},
		"the image has no group staff, its GROUP in /etc/default/useradd: the gid is 100":         {Name: "c"},
		"no mail spool is made: the image has no folder /var/post (MAIL_DIR)":                     {Name: "d"},
		"/home is there already: it stays as it is, nothing of /etc/skel is copied":               {Name: "e", Home: "/home", CreateHome: true, System: true},
	} {
		changes := apply(t, tree, user(t, u))
		if notes := strings.Join(changes[0].Notes, "\n"); !strings.Contains(notes, want) {
			t.Errorf("no note %q in\n%s", want, notes)
		}
	}
}

func TestHas(t *testing.T) {
	files := image("el6")
	files["etc/passwd"] = "+nis::1:1:::\n#hash:x:70:70:::\nbroken:x:\n shy:x:71:71\n" + files["etc/passwd"]
	tree := treetest.Fill(files)
	for name, want := range map[string]bool{
		"root": true, "0": true, "haproxy": true, "188": true, "shy": true, "71": true, "000": true,
		"+nis": false, "nis": false, "#hash": false, "70": false, "broken": false, "nobody2": false, "": false, "4294967295": false, "99999999999": false,
	} {
		if got, err := accounts.HasUser(tree, name); got != want || err != nil {
			t.Errorf("user %q: %v, %v", name, got, err)
		}
	}
	for name, want := range map[string]bool{"wheel": true, "10": true, "haproxy": true, "servo": false, "498": false} {
		if got, err := accounts.HasGroup(tree, name); got != want || err != nil {
			t.Errorf("group %q: %v, %v", name, got, err)
		}
	}
	if got, err := accounts.HasUser(treetest.NewMemory(), "root"); got || err != nil {
		t.Errorf("no passwd: %v, %v", got, err)
	}
	if _, err := accounts.HasGroup(treetest.Fill(map[string]string{"etc/group/": ""}), "root"); !errors.Is(err, overlay.ErrNotFile) {
		t.Errorf("a folder for a file: %v", err)
	}
}

// TestHidden looks at what a change keeps for its diff: it tells what changed, and no hash.
func TestHidden(t *testing.T) {
	files := image("el6")
	files["etc/shadow"] += "# old: prose\n#gone:$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/\nshort:abJnggxhB/yWI"
	tree := treetest.Fill(files)
	p, err := accounts.NewPassword(accounts.Password{User: "ntp", Hash: "!" + sha512, Time: time.Unix(86400*16000, 0)})
	if err != nil {
		t.Fatal(err)
	}
	changes := apply(t, tree, p)
	if len(changes) != 1 {
		t.Fatal(changes)
	}
	diff := changes[0].Diff()
	for _, want := range []string{"-ntp:!!:15980::::::\n", "+ntp:!$6$<hidden ", ">:16000::::::\n"} {
		if !strings.Contains(diff, want) {
			t.Errorf("no %q in\n%s", want, diff)
		}
	}
	all := string(changes[0].Before.Text) + string(changes[0].After.Text)
	for _, hash := range []string{sha512[3:], sha512[12:], "saltsalt", "aaaaaaaa", "abJnggxhB"} {
		if strings.Contains(all, hash) {
			t.Errorf("%q shows in\n%s", hash, all)
		}
	}
	for _, want := range []string{"root:$6$<hidden ", "# old: prose\n", "#gone:$1$<hidden ", "\nbin:*:15240:"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
	if got, err := tree.ReadFile("etc/shadow"); err != nil || !strings.Contains(string(got), "ntp:!"+sha512+":16000::::::\n") {
		t.Errorf("%s, %v", got, err)
	}
}

// TestShown has the ranges of subordinate ids in the diff: they stand where other files have a password.
func TestShown(t *testing.T) {
	files := image("debian")
	files["etc/subuid"] = ""
	tree := treetest.Fill(files)
	for _, c := range apply(t, tree, user(t, accounts.User{Name: "human"})) {
		if c.Path == "/etc/subuid" {
			if diff := c.Diff(); !strings.Contains(diff, "+human:100000:65536\n") {
				t.Errorf("%s", diff)
			}
			return
		}
	}
	t.Error("no change of /etc/subuid")
}

// TestDescribe has the line and paths that a plan shows.
func TestDescribe(t *testing.T) {
	edit := func(e overlay.Edit, err error) overlay.Edit {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
		return e
	}
	files := "/etc/passwd /etc/shadow /etc/group /etc/gshadow"
	for want, e := range map[string]overlay.Edit{
		"make the user a: " + files:                                edit(accounts.NewUser(accounts.User{Name: "a", Home: "/srv/a"})),
		"make the system user a (uid 7): " + files + " /srv/a":     edit(accounts.NewUser(accounts.User{Name: "a", System: true, UID: ptr(7), Home: "/srv/a", CreateHome: true})),
		"make the group a: /etc/group /etc/gshadow":                edit(accounts.NewGroup(accounts.Group{Name: "a"})),
		"make the system group a (gid 7): /etc/group /etc/gshadow": edit(accounts.NewGroup(accounts.Group{Name: "a", System: true, GID: ptr(7)})),
		"add the user a to b, 7: /etc/group /etc/gshadow":          edit(accounts.NewMembership(accounts.Membership{User: "a", Groups: []string{"b", "7"}})),
		"set the password hash of a: /etc/passwd /etc/shadow":      edit(accounts.NewPassword(accounts.Password{User: "a", Hash: sha512})),
	} {
		if got := e.Describe() + ": " + strings.Join(e.Paths(), " "); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
