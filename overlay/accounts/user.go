package accounts

import (
	"fmt"
	"strings"
	"time"

	"lbimage/overlay"
)

// User is an account to be made. An image that has one of that name keeps it as it is; groups of [User.Groups]
// that it is not in are added.
type User struct {
	Name string
	// UID is the number; nil: the next free one, of the system's range where System is set.
	UID *uint32
	// System makes a system account: a number of that range, no aging of its password, no mail spool, no
	// subordinate ids.
	System bool
	// NonUnique takes a UID that another user has, too (useradd -o).
	NonUnique bool
	// Group is the primary group, by name or number, which the image must have; empty: a new one of the user's
	// name where the image's login.defs says so (USERGROUPS_ENAB), else the GROUP of its /etc/default/useradd.
	Group string
	// UserGroup and NoUserGroup overrule what login.defs says (useradd -U and -N). Not with Group.
	UserGroup, NoUserGroup bool
	// Groups are further groups, by name or number, which the image must have.
	Groups  []string
	Comment string
	// Home is the home folder's path; empty: the user's name below BaseDir, which when empty is the HOME of
	// /etc/default/useradd, or /home.
	Home, BaseDir string
	Shell         string // empty: that of the image's /etc/default/useradd
	// CreateHome makes the home folder, and the folders above it, and fills it from Skel. One that is there
	// already is not touched.
	CreateHome bool
	// HomeAsImage leaves it to the image's login.defs whether the home folder is made: with CREATE_HOME yes,
	// and never for a system account, as useradd does without -m and -M.
	HomeAsImage bool
	// Skel is the folder that fills a new home; empty: the SKEL of /etc/default/useradd, or /etc/skel.
	Skel string
	// Password is a hash as crypt(3) writes it (see [CheckHash]); empty: locked, as the image's useradd does.
	Password string
	// Time is the day of the last change of the password. Zero leaves the field empty: it does not age.
	Time time.Time
	// Inactive is for how many days after its end a password may still be changed, Expire the day on which the
	// account ends; nil and zero: what /etc/default/useradd says. Neither counts for a system account.
	Inactive *int
	Expire   time.Time
}

// NewUser makes the edit, or says what is wrong with the request.
func NewUser(u User) (overlay.Edit, error) {
	if err := checkName("user", u.Name); err != nil {
		return nil, err
	}
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("user %s: "+format, append([]any{u.Name}, args...)...)
	}
	for _, f := range []struct {
		what, text string
	}{{"comment", u.Comment}, {"home", u.Home}, {"shell", u.Shell}, {"base folder", u.BaseDir}, {"skeleton folder", u.Skel}} {
		if err := checkField(f.what, f.text); err != nil {
			return nil, wrong("%w", err)
		}
		if f.what != "comment" && f.text != "" && f.text[0] != '/' {
			return nil, wrong("%s %q: give the whole path, from /", f.what, shorten(f.text))
		}
	}
	switch {
	case u.UID != nil && *u.UID > maxID:
		return nil, wrong("the uid %d means none to the kernel: choose another", *u.UID)
	case u.NonUnique && u.UID == nil:
		return nil, wrong("a number that others have must be given: add the uid")
	case u.UserGroup && (u.NoUserGroup || u.Group != ""):
		return nil, wrong("a group of its own and another primary group: leave one of them out")
	case u.Inactive != nil && *u.Inactive < -1:
		return nil, wrong("%d days: give 0 or more, or -1 for no end", *u.Inactive)
	}
	if u.Password != "" {
		if err := CheckHash(u.Password); err != nil {
			return nil, wrong("%w", err)
		}
	}
	groups := u.Groups
	if u.Group != "" {
		groups = append([]string{u.Group}, groups...)
	}
	if err := checkGroups(groups); err != nil {
		return nil, wrong("%w", err)
	}
	u.Groups = append([]string(nil), u.Groups...)
	return userEdit(u), nil
}

type userEdit User

func (u userEdit) Describe() string {
	s := "make the user " + u.Name
	if u.System {
		s = "make the system user " + u.Name
	}
	if u.UID != nil {
		s += fmt.Sprintf(" (uid %d)", *u.UID)
	}
	return s
}

// Paths are the account files, and the home folder where the request names it.
func (u userEdit) Paths() []string {
	out := []string{passwdFile, shadowFile, groupFile, gshadowFile}
	if u.Home != "" && (u.CreateHome || u.HomeAsImage && !u.System) {
		out = append(out, u.Home)
	}
	return out
}

func (u userEdit) Apply(t overlay.Tree) ([]overlay.Change, error) {
	db, err := open(t)
	if err != nil {
		return nil, err
	}
	fail := func(err error) ([]overlay.Change, error) { return nil, at(passwdFile, "user", u.Name, err) }
	groups, err := db.groupsOf(u.Groups)
	if err != nil {
		return fail(err)
	}
	if _, f := db.passwd.find(u.Name); f != nil {
		notes, err := u.differences(t, db, f)
		if err != nil {
			return fail(err)
		}
		if joined := db.join(u.Name, groups); joined != nil {
			notes = append(notes, fmt.Sprintf("the user %s joins %s", u.Name, strings.Join(joined, ", ")))
		}
		return db.write(t, db.passwd, notes)
	}
	a, err := u.decide(db)
	if err != nil {
		return fail(err)
	}
	folders, err := a.prepare(t, db, u)
	if err != nil {
		return fail(err)
	}
	if err := a.enter(db, u, groups); err != nil {
		return fail(err)
	}
	notes := append([]string{fmt.Sprintf("the user %s gets the uid %d and the gid %d", u.Name, a.uid, a.gid)}, a.notes...)
	changes, err := db.write(t, db.passwd, append(notes, folders.notes...))
	if err != nil {
		return nil, err
	}
	made, err := folders.write(t)
	return append(changes, made...), err
}

// account is what a new user gets.
type account struct {
	uid, gid    uint32
	ownGroup    bool // a group of the user's name is new
	home, shell string
	notes       []string
}

// decide finds the numbers and the rest, and that nothing stands against them.
func (u userEdit) decide(db *database) (account, error) {
	a := account{home: u.Home, shell: u.Shell}
	if db.shadow == nil && (u.Inactive != nil && *u.Inactive >= 0 || !u.Expire.IsZero()) {
		return a, fmt.Errorf("an end of the account or its password stands in %s, which the image does not have: leave it out", shadowFile)
	}
	if u.UID == nil {
		var err error
		if a.uid, err = db.span("UID", u.System).next(db.passwd.ids(), nil); err != nil {
			return a, err
		}
	} else {
		if _, f := db.passwd.findID(*u.UID); f != nil && !u.NonUnique {
			return a, taken(ErrNumberTaken, "the uid %d belongs to the user %s: choose another", *u.UID, f[0])
		}
		a.uid = *u.UID
		if s := db.span("UID", u.System); int64(a.uid) > s.max || !u.System && int64(a.uid) < s.min {
			a.notes = append(a.notes, fmt.Sprintf("the uid %d lies outside the image's range of %d to %d (%s)", a.uid, s.min, s.max, s.names()))
		}
	}
	if err := a.choose(db, u); err != nil {
		return a, err
	}
	if a.home == "" {
		base := u.BaseDir
		if base == "" {
			base = db.useraddOr("HOME", "/home")
		}
		a.home = base + "/" + u.Name
	}
	if a.shell == "" {
		a.shell = db.useraddOr("SHELL", db.dist.shell())
	}
	for _, f := range []struct{ what, text string }{{"home", a.home}, {"shell", a.shell}} {
		if err := checkField(f.what, f.text); err != nil {
			return a, fmt.Errorf("%w (/etc/default/useradd gives it)", err)
		}
	}
	return a, nil
}

// choose finds the primary group.
func (a *account) choose(db *database, u userEdit) error {
	switch {
	case u.Group != "":
		_, gid, err := db.groupOf(u.Group)
		a.gid = gid
		return err
	case u.UserGroup, !u.NoUserGroup && db.yes("USERGROUPS_ENAB"):
		if _, f := db.group.find(u.Name); f != nil {
			return taken(ErrNameTaken, "the image has a group of that name already: say that it is the primary group, or choose another")
		}
		gid, err := db.span("GID", u.System).next(db.group.ids(), &a.uid)
		a.gid, a.ownGroup = gid, true
		return err
	}
	asked := db.useraddOr("GROUP", "100")
	if _, gid, err := db.groupOf(asked); err == nil {
		a.gid = gid
		return nil
	}
	a.gid = 100 // unseen, as useradd takes it
	a.notes = append(a.notes, fmt.Sprintf("the image has no group %s, its GROUP in /etc/default/useradd: the gid is 100", shorten(asked)))
	return nil
}

// enter adds the lines of the new account.
func (a account) enter(db *database, u userEdit, groups []string) error {
	hash := u.Password
	if hash == "" {
		hash = db.dist.locked()
	}
	pass := "x"
	if db.shadow == nil {
		pass = hash
	} else {
		if err := db.shadow.alone(u.Name); err != nil {
			return err
		}
		age := []string{"", "", "", "", ""}
		if !u.System {
			age = db.aging(u.Inactive, u.Expire)
		}
		db.shadow.put(append(append([]string{u.Name, hash, day(u.Time)}, age...), "")...)
	}
	db.passwd.put(u.Name, pass, formatID(a.uid), formatID(a.gid), u.Comment, a.home, a.shell)
	if a.ownGroup {
		if err := db.addGroup(u.Name, a.gid, "!"); err != nil {
			return err
		}
	}
	db.join(u.Name, groups)
	return db.addSubIDs(u)
}

// useraddOr is a setting of /etc/default/useradd.
func (s *settings) useraddOr(name, otherwise string) string {
	if v, ok := s.useradd[name]; ok {
		return v
	}
	return otherwise
}

// differences tells where an account that is there is not what was asked for.
func (u userEdit) differences(t overlay.Tree, db *database, f []string) ([]string, error) {
	for len(f) < 7 {
		f = append(f, "")
	}
	var diff []string
	add := func(what, is, asked string) {
		if is == "" {
			is = "empty"
		}
		if is != asked {
			diff = append(diff, fmt.Sprintf("its %s is %s, asked for was %s", what, is, asked))
		}
	}
	if u.UID != nil {
		add("uid", f[2], formatID(*u.UID))
	}
	if u.Group != "" {
		if _, gid, err := db.groupOf(u.Group); err != nil {
			diff = append(diff, fmt.Sprintf("its gid is %s, and the image has no group %s", f[3], shorten(u.Group)))
		} else {
			add("gid", f[3], formatID(gid))
		}
	}
	for _, x := range []struct{ what, is, asked string }{{"comment", f[4], u.Comment}, {"home", f[5], u.Home}, {"shell", f[6], u.Shell}} {
		if x.asked != "" {
			add(x.what, x.is, x.asked)
		}
	}
	if u.Password != "" && u.Password != db.hashOf(f) {
		diff = append(diff, "its password is another")
	}
	if u.CreateHome && strings.HasPrefix(f[5], "/") {
		r, err := overlay.Resolve(t, f[5])
		if err != nil {
			return nil, fmt.Errorf("home: %w", err)
		}
		if !r.Exists() {
			diff = append(diff, fmt.Sprintf("its home folder %s is not there, and is not made", f[5]))
		}
	}
	if diff == nil {
		return nil, nil
	}
	return []string{fmt.Sprintf("the user %s is there already and stays as it is: %s", u.Name, strings.Join(diff, "; "))}, nil
}

// hashOf is where the C library looks for the password of a line of passwd.
func (db *database) hashOf(f []string) string {
	if f[1] == "x" && db.shadow != nil {
		if _, s := db.shadow.find(f[0]); s != nil {
			return s[1]
		}
	}
	return f[1]
}
