package accounts_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lbimage/overlay"
	"lbimage/overlay/accounts"
)

// args are the flags of useradd for a request.
func args(u accounts.User) []string {
	var a []string
	flag := func(on bool, words ...string) {
		if on {
			a = append(a, words...)
		}
	}
	if u.UID != nil {
		a = append(a, "-u", fmt.Sprint(*u.UID))
	}
	flag(u.System, "-r")
	flag(u.NonUnique, "-o")
	flag(u.Group != "", "-g", u.Group)
	flag(u.UserGroup, "-U")
	flag(u.NoUserGroup, "-N")
	flag(len(u.Groups) > 0, "-G", strings.Join(u.Groups, ","))
	flag(u.Comment != "", "-c", u.Comment)
	flag(u.Home != "", "-d", u.Home)
	flag(u.BaseDir != "", "-b", u.BaseDir)
	flag(u.Shell != "", "-s", u.Shell)
	flag(u.CreateHome, "-m")
	flag(!u.CreateHome && !u.HomeAsImage, "-M")
	flag(u.Password != "", "-p", u.Password)
	if u.Inactive != nil {
		a = append(a, "-f", fmt.Sprint(*u.Inactive))
	}
	if !u.Expire.IsZero() {
		a = append(a, "-e", u.Expire.UTC().Format("2006-01-02"))
	}
	return append(a, u.Name)
}

// askFor applies a request to a folder.
func askFor(t *testing.T, dir string, u accounts.User) ([]overlay.Change, error) {
	t.Helper()
	e, err := accounts.NewUser(u)
	if err != nil {
		return nil, err
	}
	return e.Apply(folder(t, dir))
}

// against runs a request through both, in folders with the same files, and compares what stands there.
func against(t *testing.T, useradd, theirs, ours string, u accounts.User) {
	t.Helper()
	out, theirErr := run(theirs, useradd, args(u)...)
	_, ourErr := askFor(t, ours, u)
	if (theirErr != nil) != (ourErr != nil) {
		t.Fatalf("useradd %q: theirs: %v %s, ours: %v", args(u), theirErr, out, ourErr)
	}
	if ourErr != nil {
		if ee, ok := theirErr.(*exec.ExitError); !ok || ee.ExitCode() == 12 {
			t.Fatalf("useradd %q: %v %s", args(u), theirErr, out)
		}
		return // what a refused tool leaves behind is its own affair
	}
	after := look(t, ours)
	if !compare(t, look(t, theirs), after) {
		t.Fatalf("useradd %q: %s", args(u), out)
	}
	changes, err := askFor(t, ours, u)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		if c.Changed() {
			t.Fatalf("useradd %q again: %v\n%s", args(u), c, c.Diff())
		}
	}
	compare(t, after, look(t, ours))
}

func id(n uint32) *uint32 { return &n }

// TestUseradd goes through what recipes and scriptlets ask for, one account after the other in each image.
//
// The machine's useradd is upstream's. Where Red Hat's differs from it, the test says so in words that both
// understand: the lock as a password, the ranges in login.defs, the shell in default/useradd.
func TestUseradd(t *testing.T) {
	useradd := judge(t, "useradd")
	for _, name := range []string{"el6", "el7", "debian", "el7 without ranges", "debian without ranges"} {
		t.Run(name, func(t *testing.T) {
			release, _, without := strings.Cut(name, " ")
			files := image(release)
			if without {
				files["etc/login.defs"] = "USERGROUPS_ENAB yes\n"
			}
			lock := "!!"
			if release == "debian" {
				lock = "" // what it writes by itself
			}
			if release == "el6" {
				files["etc/login.defs"] += "SYS_UID_MIN 201\nSYS_GID_MIN 201\n"
			}
			theirs, ours := lay(t, files), lay(t, files)
			inactive := 30
			for _, u := range []accounts.User{
				{Name: "servo", Home: "/var/lib/load-balancer-servo", Shell: "/sbin/nologin"},
				{Name: "deploy", System: true, Home: "/var/lib/deploy", Shell: "/sbin/nologin"},
				{Name: "second", System: true},
				{Name: "fixed", System: true, UID: id(27), Comment: "Fixed Number"},
				{Name: "low", UID: id(28)},
				{Name: "high", UID: id(70000)},
				{Name: "twin", UID: id(28), NonUnique: true},
				{Name: "thief", UID: id(28)},
				{Name: "human", CreateHome: true, Groups: []string{"adm", "users"}, Comment: "A Human"},
				{Name: "robot", System: true, CreateHome: true, Home: "/srv/deep/robot", Groups: []string{"adm"}},
				{Name: "homely", HomeAsImage: true, Password: sha512},
				{Name: "guest", Group: "users", Inactive: &inactive, Expire: today.AddDate(1, 0, 0)},
				{Name: "number", Group: "100", Groups: []string{"4", "users", "adm"}},
				{Name: "nogroup2", NoUserGroup: true},
				{Name: "own", UserGroup: true, System: true},
				{Name: "nobodys", Group: "missing"},
				{Name: "joins", Groups: []string{"users", "missing"}},
				{Name: "users"},
				{Name: "again", CreateHome: true, Home: "/home/human"},
				{Name: "based", CreateHome: true, BaseDir: "/home/base"},
				{Name: "machine$", System: true},
				{Name: "last"},
			} {
				u.Time = today
				if u.Password == "" {
					u.Password = lock
				}
				against(t, useradd, theirs, ours, u)
			}
		})
	}
}

// TestSkelFolders has folders in the skeleton. Behind chroot useradd cannot copy these, for want of a /proc, so
// that it works on the folder from outside (-P) here.
func TestSkelFolders(t *testing.T) {
	useradd := judge(t, "useradd")
	files := image("el7")
	delete(files, "etc/skel/.rc") // -P does not take it for a link into the skeleton
	files["etc/skel/bin/hello"] = "#!/bin/sh\necho hello\n"
	files["etc/skel/.config/deep/er/rc"] = "x = 1\n"
	files["etc/skel/.config/empty/"] = ""
	files["etc/skel/.config/deep/up"] = "-> ../../hello"
	theirs, ours := lay(t, files), lay(t, files)
	for _, dir := range []string{theirs, ours} {
		for name, mode := range map[string]fs.FileMode{"etc/skel/bin": 0o750, "etc/skel/.config": fs.ModeSetgid | 0o700, "etc/skel/.config/empty": fs.ModeSticky | 0o777} {
			p := filepath.Join(dir, name)
			if err := errors.Join(os.Chmod(p, mode), os.Chtimes(p, today, today)); err != nil {
				t.Fatal(err)
			}
		}
	}
	u := accounts.User{Name: "human", CreateHome: true, Password: "!!", Time: today}
	if out, err := runTool(useradd, append([]string{"-P", theirs}, args(u)...)...); err != nil {
		t.Fatal(err, out)
	}
	if _, err := askFor(t, ours, u); err != nil {
		t.Fatal(err)
	}
	compare(t, look(t, theirs), look(t, ours))
}

// TestUsermod sets hashes where they stand in shadow, in passwd, in both and in neither.
func TestUsermod(t *testing.T) {
	usermod := judge(t, "usermod")
	with := func(change func(files map[string]string)) map[string]string {
		files := image("el6")
		change(files)
		return files
	}
	for name, files := range map[string]map[string]string{
		"shadow":   image("el6"),
		"noShadow": with(func(f map[string]string) { delete(f, "etc/shadow") }),
		"noEntry": with(func(f map[string]string) {
			f["etc/shadow"] = strings.ReplaceAll(f["etc/shadow"], "ntp:", "ptn:")
		}),
		"inPasswd": with(func(f map[string]string) {
			f["etc/passwd"] = strings.Replace(f["etc/passwd"], "ntp:x:", "ntp:*:", 1)
		}),
		"inPasswdAlone": with(func(f map[string]string) {
			f["etc/passwd"] = strings.Replace(f["etc/passwd"], "ntp:x:", "ntp:*:", 1)
			f["etc/shadow"] = strings.ReplaceAll(f["etc/shadow"], "ntp:", "ptn:")
		}),
		"short": with(func(f map[string]string) {
			f["etc/shadow"] = strings.ReplaceAll(f["etc/shadow"], "ntp:!!:15980::::::", "ntp:!!:15980:1:2:3:4:5:")
		}),
		"twice": with(func(f map[string]string) { f["etc/shadow"] += "ntp:*:1::::::\n" }),
	} {
		t.Run(name, func(t *testing.T) {
			theirs, ours := lay(t, files), lay(t, files)
			for _, p := range []accounts.Password{
				{User: "ntp", Hash: sha512, Time: today}, {User: "ntp", Hash: "!!", Time: today},
				{User: "root", Hash: "!" + sha512, Time: today}, {User: "missing", Hash: "*", Time: today},
			} {
				out, theirErr := run(theirs, usermod, "-p", p.Hash, p.User)
				e, ourErr := accounts.NewPassword(p)
				if ourErr == nil {
					_, ourErr = e.Apply(folder(t, ours))
				}
				if (theirErr != nil) != (ourErr != nil) {
					t.Fatalf("%+v: theirs: %v %s, ours: %v", p, theirErr, out, ourErr)
				}
				if !compare(t, look(t, theirs), look(t, ours)) {
					t.Fatalf("%+v: %s", p, out)
				}
			}
		})
	}
}

// TestMembers has a user join groups, of which some are odd.
func TestMembers(t *testing.T) {
	usermod := judge(t, "usermod")
	files := image("el6")
	files["etc/group"] += "empty:x:700:\ndouble:x:701:a\ndouble:x:702:\nunshadowed:x:703:\n"
	files["etc/gshadow"] += "empty:!:root:\nalone:!::\ndouble:!::\n"
	theirs, ours := lay(t, files), lay(t, files)
	for _, m := range []accounts.Membership{
		{User: "ntp", Groups: []string{"wheel"}}, {User: "ntp", Groups: []string{"wheel", "adm", "4", "empty"}},
		{User: "root", Groups: []string{"mail", "unshadowed"}}, {User: "ntp", Groups: []string{"missing"}}, {User: "missing", Groups: []string{"wheel"}},
		{User: "ntp", Groups: []string{"double"}}, {User: "daemon", Groups: []string{"daemon"}},
	} {
		out, theirErr := run(theirs, usermod, "-a", "-G", strings.Join(m.Groups, ","), m.User)
		e, ourErr := accounts.NewMembership(m)
		if ourErr == nil {
			_, ourErr = e.Apply(folder(t, ours))
		}
		if (theirErr != nil) != (ourErr != nil) {
			t.Fatalf("%+v: theirs: %v %s, ours: %v", m, theirErr, out, ourErr)
		}
		if !compare(t, look(t, theirs), look(t, ours)) {
			t.Fatalf("%+v: %s", m, out)
		}
	}
}

// TestLines asks the C library, through passwd -S, which lines of a passwd are accounts.
func TestLines(t *testing.T) {
	passwd := judge(t, "passwd")
	lines := map[string]bool{}
	for line, want := range map[string]bool{
		"root:x:0:0:root:/root:/bin/bash": true, "nis::1:1:::": true, "+plus::1:1:::": false, "-minus::1:1:::": false, "#hash:x:70:70:::": false,
		"broken:x:": false, " shy:x:71:71": true, "\ttab:x:72:72::/:": true, "four:x:73:73": true, "three:x:74": false, "sign:x:+75:75::/:": true,
		"space:x: 76: 76::/:": true, "hexa:x:0x50:80::/:": false, "minus1:x:-1:80::/:": false, "cr:x:81:81::/:/bin/sh\r": true, "trail:x:82x:82::/:": false,
		"empty:x::83::/:": false, "eight:x:84:84::/:/bin/sh:more": true, "last:x:4294967295:1::/:": true, "over:x:4294967296:1::/:": false,
		"gidcr:x:86:86\r": false, "zero:x:0087:87::/:": true, ":x:88:88::/:": false, "gid:x:89:a::/:": false, "": false, "word": false, "Ümlaut:x:90:90::/:": true,
	} {
		lines[line] = want
	}
	files := image("el6")
	files["etc/passwd"] = strings.Join(slices.Sorted(maps.Keys(lines)), "\n") + "\n"
	dir := lay(t, files)
	tree := folder(t, dir)
	for line, want := range lines {
		name, _, _ := strings.Cut(strings.TrimSpace(line), ":")
		if name == "" {
			continue
		}
		ours, err := accounts.HasUser(tree, name)
		if err != nil {
			t.Fatal(err)
		}
		_, err = run(dir, passwd, "-S", name)
		if theirs := err == nil; ours != want || theirs != want {
			t.Errorf("%q: theirs %v, ours %v, want %v", line, theirs, ours, want)
		}
	}
}

// TestChecked lets pwck and grpck read what we wrote: they find no more than before.
func TestChecked(t *testing.T) {
	pwck, grpck := judge(t, "pwck"), judge(t, "grpck")
	for _, release := range []string{"el6", "el7", "debian"} {
		dir := lay(t, image(release))
		complaints := func() string {
			a, _ := run(dir, pwck, "-r", "-q")
			b, _ := run(dir, grpck, "-r")
			return a + b
		}
		before := complaints()
		for _, u := range []accounts.User{
			{Name: "servo", CreateHome: true, Home: "/var/lib/load-balancer-servo", Time: today},
			{Name: "deploy", System: true, CreateHome: true, Groups: []string{"adm", "users"}, Time: today},
		} {
			if _, err := askFor(t, dir, u); err != nil {
				t.Fatal(err)
			}
		}
		if after := complaints(); after != before {
			t.Errorf("%s: pwck and grpck say\n%s\nbefore it was\n%s", release, after, before)
		}
		// The judge sees what is wrong.
		if err := os.WriteFile(filepath.Join(dir, "etc/group"), []byte("root:x:0:nobody2\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if complaints() == before {
			t.Errorf("%s: grpck passes a group file that lacks its groups", release)
		}
	}
}

// TestNumbersBehindComments asks for numbers that only a line behind a "#" has, which is nobody's to the C library.
func TestNumbersBehindComments(t *testing.T) {
	useradd, groupadd := judge(t, "useradd"), judge(t, "groupadd")
	files := image("el6")
	files["etc/passwd"] += "#old:x:1500:1500:Old:/home/old:/bin/bash\n"
	files["etc/group"] += "#old:x:1500:\n#older:x:1501:\n"
	theirs, ours := lay(t, files), lay(t, files)
	for _, g := range []accounts.Group{{Name: "one", GID: id(1501)}, {Name: "two", GID: id(1501)}, {Name: "forced", GID: id(1500), Force: true}} {
		out, theirErr := run(theirs, groupadd, groupArgs(g)...)
		e, err := accounts.NewGroup(g)
		if err != nil {
			t.Fatal(err)
		}
		_, ourErr := e.Apply(folder(t, ours))
		if (theirErr != nil) != (ourErr != nil) || !compare(t, look(t, theirs), look(t, ours)) {
			t.Fatalf("groupadd %q: theirs: %v %s, ours: %v", groupArgs(g), theirErr, out, ourErr)
		}
	}
	for _, u := range []accounts.User{{Name: "new", UID: id(1500), NoUserGroup: true}, {Name: "thief", UID: id(1500)}} {
		u.Time, u.Password = today, "!!"
		against(t, useradd, theirs, ours, u)
	}
}
