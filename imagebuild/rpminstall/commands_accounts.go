package rpminstall

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lbimage/imagebuild/rpminstall/internal/shell"
	"lbimage/overlay"
	"lbimage/overlay/accounts"
)

// maxAccounts bounds what is read of an account file, in bytes.
const maxAccounts = 4 << 20

// accountLine finds the line of a name, or where it is one of a number, in an account file.
func (h *host) accountLine(file, key string) (found string, err error) {
	_, err = strconv.ParseUint(key, 10, 32)
	number := err == nil
	err = h.accountLines(file, func(line string, f []string) bool {
		if f[0] == key || number && f[2] == key {
			found = line
		}
		return found == ""
	})
	return found, err
}

// accountLines goes through an account file until do says to stop. Lines with less than three fields are
// left out.
func (h *host) accountLines(file string, do func(line string, fields []string) bool) error {
	r, err := overlay.Resolve(h.t, file)
	if err != nil || !r.Exists() || !r.Info.Mode().IsRegular() {
		return err
	}
	if r.Info.Size() > maxAccounts {
		return fmt.Errorf("%s: it has more than %d MiB", r.Path(), maxAccounts>>20)
	}
	data, err := h.t.ReadFile(r.Name)
	if err != nil {
		return at(r.Name, err)
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		if f := strings.Split(line, ":"); len(f) >= 3 && !do(line, f) {
			break
		}
	}
	return nil
}

// getent answers from the image's files, with getent's own statuses.
func getent(h *host, c shell.Call) (shell.Result, string, error) {
	if len(c.Args) < 3 || c.Args[1] != "passwd" && c.Args[1] != "group" {
		return shell.Result{}, "", refused(c, "only getent passwd NAME and getent group NAME are known")
	}
	out := strings.Builder{}
	for _, key := range c.Args[2:] {
		line, err := h.accountLine("etc/"+c.Args[1], key)
		if err != nil {
			return shell.Result{}, "", err
		}
		if line == "" {
			return shell.Result{Status: 2, Out: out.String()}, "looked up in the image: not there", nil
		}
		out.WriteString(line + "\n")
	}
	return shell.Result{Out: out.String()}, "looked up in the image: there", nil
}

// idOf is id NAME, with -u or -g and -n.
func idOf(h *host, c shell.Call) (shell.Result, string, error) {
	opts, names, err := options(c, "ugn", "", map[string]byte{"user": 'u', "group": 'g', "name": 'n'})
	if err != nil {
		return shell.Result{}, "", err
	}
	if len(names) != 1 {
		return shell.Result{}, "", refused(c, "only id of one NAME is known")
	}
	line, err := h.accountLine("etc/passwd", names[0])
	if err != nil {
		return shell.Result{}, "", err
	}
	f := strings.Split(line, ":")
	if len(f) < 4 {
		return shell.Result{Status: 1}, "looked up in the image: not there", nil
	}
	group, groups, err := h.groupsOf(f[0], f[3])
	if err != nil {
		return shell.Result{}, "", err
	}
	out := fmt.Sprintf("uid=%s(%s) gid=%s groups=%s", f[2], f[0], group, groups)
	name := isSet(opts, 'n')
	switch u, g := isSet(opts, 'u'), isSet(opts, 'g'); {
	case u && name:
		out = f[0]
	case u:
		out = f[2]
	case g && name:
		_, out, _ = strings.Cut(strings.TrimSuffix(group, ")"), "(")
	case g:
		out = f[3]
	case name:
		return shell.Result{}, "", refused(c, "-n needs -u or -g")
	}
	return shell.Result{Out: out + "\n"}, "looked up in the image: there", nil
}

// groupsOf gives a user's groups as id prints them: the primary one, and all.
func (h *host) groupsOf(user, gid string) (primary, all string, err error) {
	line, err := h.accountLine("etc/group", gid)
	if err != nil {
		return "", "", err
	}
	primary = gid
	if line != "" {
		name, _, _ := strings.Cut(line, ":")
		primary += "(" + name + ")"
	}
	all = primary
	err = h.accountLines("etc/group", func(_ string, f []string) bool {
		if len(f) > 3 && f[2] != gid && slices.Contains(strings.Split(f[3], ","), user) {
			all += "," + f[2] + "(" + f[0] + ")"
		}
		return true
	})
	return primary, all, err
}

var useraddLong = map[string]byte{
	"base-dir": 'b', "comment": 'c', "home-dir": 'd', "home": 'd', "gid": 'g', "groups": 'G', "no-log-init": 'l',
	"create-home": 'm', "no-create-home": 'M', "no-user-group": 'N', "non-unique": 'o', "password": 'p',
	"system": 'r', "shell": 's', "skel": 'k', "uid": 'u', "user-group": 'U', "inactive": 'f',
}

// useradd makes a user as the image's own useradd would. One that is there keeps what it has, with
// useradd's status for that.
func useradd(h *host, c shell.Call) (shell.Result, string, error) {
	opts, names, err := options(c, "lmMNnorU", "bcdgGpskuf", useraddLong)
	if err != nil {
		return shell.Result{}, "", err
	}
	if len(names) != 1 {
		return shell.Result{}, "", refused(c, "useradd takes one NAME")
	}
	there, err := accounts.HasUser(h.t, names[0])
	if err != nil {
		return shell.Result{}, "", err
	}
	if there {
		return shell.Result{Status: 9}, "the image has the user already", nil
	}
	u := accounts.User{
		Name: names[0], System: isSet(opts, 'r'), Group: opts['g'], Comment: opts['c'], Home: opts['d'], BaseDir: opts['b'],
		Shell: opts['s'], Skel: opts['k'], Password: opts['p'], Time: h.o.Time, NonUnique: isSet(opts, 'o'),
		UserGroup: isSet(opts, 'U'), NoUserGroup: isSet(opts, 'N') || isSet(opts, 'n'),
		CreateHome: isSet(opts, 'm') && !isSet(opts, 'M'), HomeAsImage: !isSet(opts, 'm') && !isSet(opts, 'M'),
	}
	if v, ok := opts['u']; ok {
		if u.UID, err = number(c, v); err != nil {
			return shell.Result{}, "", err
		}
	}
	if v, ok := opts['f']; ok {
		n, err := strconv.Atoi(v)
		if err != nil {
			return shell.Result{}, "", refused(c, "-f takes a number of days")
		}
		u.Inactive = &n
	}
	if opts['G'] != "" {
		u.Groups = strings.Split(opts['G'], ",")
	}
	e, err := accounts.NewUser(u)
	if err != nil {
		return shell.Result{}, "", refused(c, err.Error())
	}
	return h.account(e, "made the user "+u.Name)
}

// account does an edit of accounts. What the image has not, or has already, gives the status that the tools of
// shadow-utils give.
func (h *host) account(e overlay.Edit, done string) (shell.Result, string, error) {
	err := h.apply(e)
	var status int
	switch {
	case errors.Is(err, accounts.ErrNumberTaken):
		status = 4
	case errors.Is(err, overlay.ErrNoAccount):
		status = 6
	case errors.Is(err, accounts.ErrNameTaken):
		status = 9
	default:
		return shell.Result{}, done, err
	}
	return shell.Result{Status: status}, "not done: " + brief(err.Error()), nil
}

func number(c shell.Call, s string) (*uint32, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return nil, refused(c, fmt.Sprintf("%q is no number of an account", s))
	}
	v := uint32(n)
	return &v, nil
}

func groupadd(h *host, c shell.Call) (shell.Result, string, error) {
	opts, names, err := options(c, "rfo", "g", map[string]byte{"system": 'r', "force": 'f', "gid": 'g', "non-unique": 'o'})
	if err != nil {
		return shell.Result{}, "", err
	}
	if len(names) != 1 {
		return shell.Result{}, "", refused(c, "groupadd takes one NAME")
	}
	there, err := accounts.HasGroup(h.t, names[0])
	if err != nil {
		return shell.Result{}, "", err
	}
	if there {
		status := 9
		if isSet(opts, 'f') {
			status = 0
		}
		return shell.Result{Status: status}, "the image has the group already", nil
	}
	g := accounts.Group{Name: names[0], System: isSet(opts, 'r'), NonUnique: isSet(opts, 'o'), Force: isSet(opts, 'f')}
	if v, ok := opts['g']; ok {
		if g.GID, err = number(c, v); err != nil {
			return shell.Result{}, "", err
		}
	}
	e, err := accounts.NewGroup(g)
	if err != nil {
		return shell.Result{}, "", refused(c, err.Error())
	}
	return h.account(e, "made the group "+g.Name)
}

// usermod lets a user join further groups, or changes comment, home and shell.
func usermod(h *host, c shell.Call) (shell.Result, string, error) {
	opts, names, err := options(c, "a", "Gcds", map[string]byte{"append": 'a', "groups": 'G', "comment": 'c', "home": 'd', "shell": 's'})
	if err != nil {
		return shell.Result{}, "", err
	}
	m := accounts.Modify{}
	changes := false
	for letter, to := range map[byte]**string{'c': &m.Comment, 'd': &m.Home, 's': &m.Shell} {
		if v, ok := opts[letter]; ok {
			*to, changes = &v, true
		}
	}
	joins := isSet(opts, 'a') && opts['G'] != ""
	if len(names) != 1 || joins == changes || !joins && (isSet(opts, 'a') || isSet(opts, 'G')) {
		return shell.Result{}, "", refused(c, "only usermod -a -G GROUPS NAME is known, and -c, -d and -s")
	}
	if joins {
		return h.join(names[0], strings.Split(opts['G'], ","))
	}
	m.User = names[0]
	e, err := accounts.NewModify(m)
	if err != nil {
		return shell.Result{}, "", refused(c, err.Error())
	}
	return h.account(e, "changed the user "+m.User)
}

func gpasswd(h *host, c shell.Call) (shell.Result, string, error) {
	opts, names, err := options(c, "", "a", map[string]byte{"add": 'a'})
	if err != nil {
		return shell.Result{}, "", err
	}
	if len(names) != 1 || opts['a'] == "" {
		return shell.Result{}, "", refused(c, "only gpasswd -a USER GROUP is known")
	}
	return h.join(opts['a'], names)
}

func (h *host) join(user string, groups []string) (shell.Result, string, error) {
	there, err := accounts.HasUser(h.t, user)
	if err != nil {
		return shell.Result{}, "", err
	}
	if !there {
		return shell.Result{Status: 6}, "the image has no such user", nil
	}
	for _, g := range groups {
		if there, err = accounts.HasGroup(h.t, g); err != nil {
			return shell.Result{}, "", err
		} else if !there {
			return shell.Result{Status: 6}, "the image has no group " + g, nil
		}
	}
	e, err := accounts.NewUser(accounts.User{Name: user, Groups: groups, Time: h.o.Time})
	if err != nil {
		return shell.Result{}, "", err
	}
	return h.account(e, user+" joined "+strings.Join(groups, ", "))
}
