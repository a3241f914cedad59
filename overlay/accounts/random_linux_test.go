package accounts_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"lbimage/overlay/accounts"
)

// TestRandomStates compares random states and requests.
func TestRandomStates(t *testing.T) {
	useradd, groupadd := judge(t, "useradd"), judge(t, "groupadd")
	states, seed := 80, uint64(5) // ACCOUNTS_STATES and ACCOUNTS_SEED in the environment ask for more, and for others
	if n, err := strconv.Atoi(os.Getenv("ACCOUNTS_STATES")); err == nil {
		states = n
	}
	if n, err := strconv.ParseUint(os.Getenv("ACCOUNTS_SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("ACCOUNTS_SEED=%d ACCOUNTS_STATES=%d", seed, states)
	for n := range states {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(n), seed))
			files := randomImage(r)
			theirs, ours := lay(t, files), lay(t, files)
			for i := range 3 {
				if r.IntN(3) == 0 {
					g := randomGroup(r, i)
					out, theirErr := run(theirs, groupadd, groupArgs(g)...)
					e, ourErr := accounts.NewGroup(g)
					if ourErr == nil {
						_, ourErr = e.Apply(folder(t, ours))
					}
					if (theirErr != nil) != (ourErr != nil) {
						t.Fatalf("groupadd %q: theirs: %v %s, ours: %v", groupArgs(g), theirErr, out, ourErr)
					}
					if !compare(t, look(t, theirs), look(t, ours)) {
						t.Fatalf("groupadd %q: %s", groupArgs(g), out)
					}
					continue
				}
				against(t, useradd, theirs, ours, randomUser(r, i))
				if t.Failed() {
					t.Logf("login.defs:\n%s", files["etc/login.defs"])
					return
				}
			}
		})
	}
}

func groupArgs(g accounts.Group) []string {
	var a []string
	if g.GID != nil {
		a = append(a, "-g", fmt.Sprint(*g.GID))
	}
	for flag, on := range map[string]bool{"-r": g.System, "-o": g.NonUnique, "-f": g.Force} {
		if on {
			a = append(a, flag)
		}
	}
	return append(a, g.Name)
}

// randomImage is a release's tree with other ranges, more accounts, and lines that tools pass over.
func randomImage(r *rand.Rand) map[string]string {
	release := []string{"el6", "el7", "debian"}[r.IntN(3)]
	files := image(release)
	defs := &strings.Builder{}
	sysMin := 10 + r.IntN(40)
	sysMax := sysMin + r.IntN(8)
	min := sysMax + 1 + r.IntN(5)
	max := min + r.IntN(8)
	fmt.Fprintf(defs, "UID_MIN %d\nUID_MAX\t%d\nSYS_UID_MIN %d\n", min, max, sysMin)
	fmt.Fprintf(defs, "GID_MIN %d\nGID_MAX\t\"%d\"\nSYS_GID_MIN 0x%x\n", min, max, sysMin)
	if r.IntN(2) == 0 {
		fmt.Fprintf(defs, "SYS_UID_MAX %d\nSYS_GID_MAX 0%o\n", sysMax, sysMax)
	}
	for _, line := range []string{"USERGROUPS_ENAB yes", "CREATE_HOME yes", "UMASK 027", "HOME_MODE 0750", "PASS_MAX_DAYS 90", "PASS_MIN_DAYS 2", "PASS_WARN_AGE -1", "MAIL_DIR /var/mail", "SUB_UID_COUNT 1000", "SUB_GID_COUNT 0", "SUB_UID_MAX 102000"} {
		if r.IntN(3) > 0 {
			defs.WriteString(line + "\n")
		}
	}
	if !strings.Contains(defs.String(), "MAIL_DIR") {
		defs.WriteString("MAIL_DIR /nowhere\n")
	}
	files["etc/login.defs"] = defs.String()

	passwd, group, shadow, gshadow := files["etc/passwd"], files["etc/group"], files["etc/shadow"], files["etc/gshadow"]
	for i := range r.IntN(12) {
		uid, gid := sysMin-2+r.IntN(max-sysMin+4), sysMin-2+r.IntN(max-sysMin+4)
		passwd += fmt.Sprintf("u%d:x:%d:%d::/home/u%d:/bin/sh\n", i, uid, gid, i)
		shadow += fmt.Sprintf("u%d:!:15000:0:99999:7:::\n", i)
		if r.IntN(2) == 0 {
			group += fmt.Sprintf("g%d:x:%d:\n", i, gid)
			gshadow += fmt.Sprintf("g%d:!:root:u%d\n", i, i)
		}
	}
	for _, f := range []*string{&passwd, &group, &shadow, &gshadow} {
		switch r.IntN(6) {
		case 0:
			*f += "# a comment\n\nbroken\n"
		case 4:
			if f == &group {
				*f += "users:x:100:\n"
			}
		case 3:
			if f == &passwd {
				*f = fmt.Sprintf("#old:x:%d:1::/:/bin/sh\nbroken:x:%d\n", sysMin+r.IntN(4), sysMin) + *f
			}
		case 1:
			*f += "+::::::\n"
		case 2:
			*f = strings.TrimSuffix(*f, "\n")
		}
	}
	switch r.IntN(6) { // what an account that was removed by hand leaves behind
	case 0:
		shadow = "new0:old:15000:1:2:3:4:5:\n" + shadow
	case 1:
		gshadow = "new0:!:root:root\n" + gshadow
	}
	files["etc/passwd"], files["etc/group"], files["etc/shadow"], files["etc/gshadow"] = passwd, group, shadow, gshadow
	if r.IntN(5) == 0 {
		delete(files, "etc/shadow")
	}
	if r.IntN(5) == 0 {
		delete(files, "etc/gshadow")
	}
	if r.IntN(3) == 0 {
		files["etc/subuid"] = "a:100000:500\nb:101000:100\n"
		files["etc/subgid"] = ""
	}
	def := &strings.Builder{}
	fmt.Fprintf(def, "SHELL=%s\n", []string{"", "/bin/sh"}[r.IntN(2)])
	for _, line := range []string{"GROUP=users", "GROUP=nowhere", "HOME=/home", "HOME=/srv", "INACTIVE=14", "EXPIRE=2030-02-03", "CREATE_MAIL_SPOOL=yes", "SKEL=/etc/skel"} {
		if r.IntN(2) == 0 {
			def.WriteString(line + "\n")
		}
	}
	files["etc/default/useradd"] = def.String()
	return files
}

func randomUser(r *rand.Rand, i int) accounts.User {
	u := accounts.User{Name: fmt.Sprintf("new%d", i), System: r.IntN(2) == 0, Time: today, Password: "!!"}
	if r.IntN(4) == 0 {
		u.UID = id(uint32(5 + r.IntN(70)))
		u.NonUnique = r.IntN(2) == 0
	}
	switch r.IntN(5) {
	case 0:
		u.Group = []string{"users", "adm", "4", "mail", "nothere", "g1"}[r.IntN(6)]
	case 1:
		u.NoUserGroup = true
	case 2:
		u.UserGroup = true
	}
	for _, g := range []string{"adm", "users", "mail", "g0", "g1", "4"} {
		if r.IntN(8) == 0 {
			u.Groups = append(u.Groups, g)
		}
	}
	if r.IntN(2) == 0 {
		u.Home = "/home/x/" + u.Name
		u.Comment = "Some, One (x=1)"
	}
	if r.IntN(4) == 0 {
		u.BaseDir = "/srv/base"
		u.Shell = "/bin/false"
		u.Expire = today.AddDate(0, 0, r.IntN(1000))
		inactive := r.IntN(10) - 1
		u.Inactive = &inactive
	}
	u.CreateHome = r.IntN(3) == 0
	u.HomeAsImage = !u.CreateHome && r.IntN(2) == 0
	return u
}

func randomGroup(r *rand.Rand, i int) accounts.Group {
	g := accounts.Group{Name: fmt.Sprintf("grp%d", i), System: r.IntN(2) == 0}
	if r.IntN(2) == 0 {
		g.GID = id(uint32(r.IntN(70)))
		g.NonUnique, g.Force = r.IntN(3) == 0, r.IntN(3) == 0
	}
	return g
}
