package accounts_test

import (
	"errors"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"time"

	"lbimage/overlay"
	"lbimage/overlay/accounts"
	"lbimage/overlay/treetest"
)

// TestRequests refuses what no image could take.
func TestRequests(t *testing.T) {
	days := -2
	for want, u := range map[string]accounts.User{
		`user name "": give one`:                          {},
		"user name \"a b\": use letters":                  {Name: "a b"},
		"user name \"-a\": use letters":                   {Name: "-a"},
		"user name \"a:b\": use letters":                  {Name: "a:b"},
		"user name \"a$b\": use letters":                  {Name: "a$b"},
		"user name \"ä\": use letters":                    {Name: "ä"},
		"user name \"..\": use letters":                   {Name: ".."},
		"user name \"123\": a name of digits":             {Name: "123"},
		": 33 bytes, use at most 32":                      {Name: strings.Repeat("a", 33)},
		"user a: comment \"x:y\": leave out colons":       {Name: "a", Comment: "x:y"},
		"user a: comment \"x\\ny\": leave out colons":     {Name: "a", Comment: "x\ny"},
		"user a: comment: 256 bytes, use at most 255":     {Name: "a", Comment: strings.Repeat("x", 256)},
		"user a: home \"b\": give the whole path":         {Name: "a", Home: "b"},
		"user a: shell \"sh\": give the whole path":       {Name: "a", Shell: "sh"},
		"user a: the uid 4294967295 means none":           {Name: "a", UID: ptr(1<<32 - 1)},
		"user a: a number that others have must be given": {Name: "a", NonUnique: true},
		"user a: a group of its own and another":          {Name: "a", UserGroup: true, Group: "b"},
		"user a: -2 days":                                 {Name: "a", Inactive: &days},
		"user a: password: not a hash, but perhaps":       {Name: "a", Password: "secret"},
		"user a: group name \"b c\"":                      {Name: "a", Group: "b c"},
		"user a: group name \"d,e\"":                      {Name: "a", Groups: []string{"d,e"}},
	} {
		if _, err := accounts.NewUser(u); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", u, err, want)
		}
	}
	for want, g := range map[string]accounts.Group{
		"group name \"a/b\"": {Name: "a/b"}, "group a: the gid 4294967295": {Name: "a", GID: ptr(1<<32 - 1)},
		"group a: a number that others": {Name: "a", NonUnique: true},
	} {
		if _, err := accounts.NewGroup(g); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", g, err, want)
		}
	}
	for _, name := range []string{"a", "A.b-c_9", "9a", "_", "machine$", ".x", strings.Repeat("a", 32)} {
		if _, err := accounts.NewUser(accounts.User{Name: name}); err != nil {
			t.Error(err)
		}
	}
}

// TestCheckHash has hashes as crypt(3) wrote them of the word "password", and texts that are none.
func TestCheckHash(t *testing.T) {
	for _, h := range []string{
		"!", "!!", "*", "!*", "*LK*",
		"$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/",
		"$5$saltsalt$VhAwSxP/1AiRXxsmZy6n98yS0I7b79V/FXy1g5Eggi5",
		"$5$rounds=5000$saltsalt$VhAwSxP/1AiRXxsmZy6n98yS0I7b79V/FXy1g5Eggi5",
		sha512, "!" + sha512, "!!" + sha512,
		"$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		"$y$j9T$abcdefghijklmnopqrstuv$AbcdefghijklmnopqrstuvAbcdefghijklmnopqrstu",
		"$7$CU..../....abcdefghijklmn$AbcdefghijklmnopqrstuvAbcdefghijklmnopqrstu",
	} {
		if err := accounts.CheckHash(h); err != nil {
			t.Errorf("%s: %v", h, err)
		}
	}
	for _, h := range []string{
		"", "secret", "!secret", "x", "abJnggxhB/yWI", "$", "$6$", "$6$salt", sha512[:len(sha512)-1], sha512 + "a", sha512 + "\n",
		sha512 + ":0:", "*" + sha512, "$9$salt$abc", "$6$sa:lt$" + sha512[12:], "$6$rounds=$" + sha512[3:], "!!!!!!!!!", "$1$saltsalt$short",
	} {
		if err := accounts.CheckHash(h); err == nil {
			t.Errorf("%q passes", h)
		}
		if _, err := accounts.NewPassword(accounts.Password{User: "root", Hash: h}); err == nil {
			t.Errorf("%q passes", h)
		}
	}
}

const sha512 = "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/"

// TestImages refuses what an image's own files stand against; nothing is written then.
func TestImages(t *testing.T) {
	servo := accounts.User{Name: "servo", System: true}
	full := "UID_MIN 500\nSYS_UID_MIN 498\nSYS_UID_MAX 499\n"
	for name, c := range map[string]struct {
		change map[string]string
		u      accounts.User
		want   string
		is     error
	}{
		"no passwd":        {map[string]string{"etc/passwd": ""}, servo, "/etc/passwd: file does not exist: an image needs one", fs.ErrNotExist},
		"no group":         {map[string]string{"etc/group": ""}, servo, "/etc/group: file does not exist: an image needs one", fs.ErrNotExist},
		"shadow is a link": {map[string]string{"etc/shadow": "-> /home"}, servo, "/home: not a regular file", overlay.ErrNotFile},
		"links go round":   {map[string]string{"etc/group": "-> group"}, servo, "/etc/group: too many levels", nil},
		"too large":        {map[string]string{"etc/gshadow": strings.Repeat("x", 4<<20+1)}, servo, "/etc/gshadow: 4194305 bytes, more than", nil},
		"too long":         {map[string]string{"etc/passwd": strings.Repeat("\n", 1<<17+1)}, servo, "/etc/passwd: 131073 lines, more than", nil},
		"uid taken":        {nil, accounts.User{Name: "servo", UID: ptr(188)}, "/etc/passwd: user servo: the uid 188 belongs to the user haproxy: choose another", nil},
		"group there":      {nil, accounts.User{Name: "wheel"}, "the image has a group of that name already", nil},
		"no such group":    {nil, accounts.User{Name: "servo", Group: "staff"}, "group staff: not in the image (/etc/group): make it first", overlay.ErrNoAccount},
		"no such gid":      {nil, accounts.User{Name: "servo", Group: "4000"}, "group 4000: not in the image (/etc/group): make it first", overlay.ErrNoAccount},
		"no such groups":   {nil, accounts.User{Name: "servo", Groups: []string{"wheel", "staff"}}, "group staff: not in the image", overlay.ErrNoAccount},
		"none to join":     {nil, accounts.User{Name: "root", Groups: []string{"staff"}}, "group staff: not in the image", overlay.ErrNoAccount},
		"exhausted": {map[string]string{"etc/login.defs": full, "etc/passwd": el6Passwd + "a:x:498:1:::\n"}, servo,
			"no UID is free from 498 to 499: give one, or widen SYS_UID_MIN and SYS_UID_MAX in /etc/login.defs", nil},
		"no range":     {map[string]string{"etc/login.defs": "UID_MIN 500\nUID_MAX 400\n"}, accounts.User{Name: "man2"}, "/etc/login.defs: the UIDs from 500 to 400 are no range", nil},
		"huge range":   {map[string]string{"etc/login.defs": "SYS_UID_MAX 99999999999\n"}, servo, "/etc/login.defs: the UIDs from 201 to 99999999999 are no range", nil},
		"group twice":  {map[string]string{"etc/group": el6Group + "wheel:x:77:\n"}, accounts.User{Name: "servo", Groups: []string{"wheel"}}, "/etc/group:37: wheel stands on line 11 already", nil},
		"shadow twice": {map[string]string{"etc/shadow": "servo:!:::::::\nservo:!:::::::\n"}, servo, "/etc/shadow:2: servo stands on line 1 already", nil},
		"no shadow":    {map[string]string{"etc/shadow": ""}, accounts.User{Name: "servo", Expire: time.Unix(1500000000, 0)}, "stands in /etc/shadow, which the image does not have: leave it out", nil},
		"bad shell":    {map[string]string{"etc/default/useradd": "SHELL=/bin/sh:x\n"}, servo, "(/etc/default/useradd gives it)", nil},
		"relative home": {map[string]string{"etc/default/useradd": "HOME=home\n"}, accounts.User{Name: "servo", CreateHome: true},
			"home \"home/servo\": the image's /etc/default/useradd gives no whole path", nil},
		"home behind a file": {nil, accounts.User{Name: "servo", CreateHome: true, Home: "/etc/passwd/x"}, "home: /etc/passwd: not a directory", nil},
		"home behind a link": {map[string]string{"srv": "-> /mnt/disk"}, accounts.User{Name: "servo", CreateHome: true, Home: "/srv/servo"}, "make the folder first", nil},
		"sub ids exhausted": {map[string]string{"etc/subuid": "a:12:1\n", "etc/login.defs": "SUB_UID_MIN 10\nSUB_UID_MAX 20\nSUB_UID_COUNT 9\n"},
			accounts.User{Name: "servo"}, "/etc/subuid: no 9 ids in a row are free from 10 to 20: mend SUB_UID_MIN", nil},
		"device in skel": {map[string]string{"etc/skel/dev": "device"}, accounts.User{Name: "servo", CreateHome: true}, "/etc/skel/dev: no file, folder or link", nil},
	} {
		t.Run(name, func(t *testing.T) {
			files := image("el6")
			for name, text := range c.change {
				if files[name] = text; text == "" {
					delete(files, name)
				}
			}
			tree := treetest.Fill(files)
			if files["etc/skel/dev"] != "" {
				tree.Mknod("etc/skel/dev", fs.ModeDevice)
			}
			before := snapshot(t, tree)
			_, err := user(t, c.u).Apply(tree)
			if err == nil || !strings.HasPrefix(err.Error(), "/") || !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%v\nwant %s", err, c.want)
			}
			if !maps.Equal(before, snapshot(t, tree)) {
				t.Error("something was written")
			}
		})
	}
	tree := treetest.Fill(image("el6"))
	p, err := accounts.NewPassword(accounts.Password{User: "servo", Hash: sha512})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Apply(tree); !errors.Is(err, overlay.ErrNoAccount) || err.Error() != "/etc/shadow: user servo: not in the image (/etc/passwd): make the user first" {
		t.Error(err)
	}
	g, err := accounts.NewGroup(accounts.Group{Name: "servo", GID: ptr(10)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Apply(tree); err == nil || err.Error() != "/etc/group: group servo: the gid 10 belongs to the group wheel: choose another" {
		t.Error(err)
	}
}

func snapshot(t *testing.T, tree *treetest.Memory) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range tree.Names() {
		s, err := overlay.StateOf(tree, name, 0)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = s.SHA256 + s.Target + s.Mode.String()
	}
	return out
}
