package conformance

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/request"
	"lbimage/imagebuild/survey"
	"lbimage/kickstart"
)

// concealed stands for a hash or a password in a statement. Of a password that may be in clear text nothing is shown: what is
// short can be found by its digest.
func concealed(secret string) string {
	bare := strings.TrimLeft(secret, "!*")
	if bare != "" && hashInText.FindString(bare) != bare {
		return secret[:len(secret)-len(bare)] + "(a password)"
	}
	return request.ConcealHash(secret)
}

// account finds a user; the first of a name counts.
func (j *judge) account(name string) (survey.Account, bool) {
	for _, a := range j.subject.Survey.Accounts {
		if a.Name == name {
			return a, true
		}
	}
	return survey.Account{}, false
}

// rootpw judges root's password: locked, of that hash, or of that clear text.
func (j *judge) rootpw(c *kickstart.Command) []Statement {
	password := ""
	if len(c.Args) > 0 {
		password = c.Args[len(c.Args)-1].Value
	}
	claim := j.claim(c, ruleAccount, "password of root")
	out := []Statement{j.password(claim, "root", password, c.Has("--iscrypted"), c.Has("--lock"))}
	if c.Has("--allow-ssh") {
		out = append(out, j.rootBySSH(j.claim(c, ruleAccount, "root by password over the network")))
	}
	return out
}

// rootBySSH judges that the SSH server lets root in by password.
func (j *judge) rootBySSH(c claim) Statement {
	d := j.subject.Survey.SSHD
	if !d.Present {
		return c.fails("let in", "no SSH server")
	}
	o, ok := d.ForAll("PermitRootLogin")
	if !ok {
		return c.at(d.Path, 0).untold("let in", "the server does not say")
	}
	return c.at(o.Path, o.Line).is(strings.EqualFold(o.Value, "yes"), "let in", "PermitRootLogin "+o.Value)
}

// password judges an account's password.
func (j *judge) password(c claim, user, password string, crypted, lock bool) Statement {
	want := "the password that the file has"
	switch {
	case lock:
		want = "locked"
	case crypted:
		want = concealed(password)
	case password == "":
		return c.untold("a password", "the line has none")
	}
	a, ok := j.account(user)
	if !ok {
		if t := j.read("etc/passwd"); t.bad != "" {
			return c.at(t.path, 0).untold(want, t.bad)
		}
		return c.at("/etc/passwd", 0).fails(want, "no account "+user)
	}
	c = c.at(a.Password.Path, a.Password.Line)
	if t := j.read("etc/shadow"); t.bad != "" {
		return c.untold(want, t.bad)
	}
	state := map[survey.PasswordState]string{
		survey.PasswordNone: "no password: everybody gets in", survey.PasswordLocked: "locked", survey.PasswordUnusable: "one that no password fits",
	}[a.Password.State]
	if state == "" {
		state = concealed(a.Password.Hash)
	}
	switch {
	case lock:
		return c.is(a.Password.State == survey.PasswordLocked || a.Password.State == survey.PasswordUnusable, want, state)
	case a.Password.State == survey.PasswordLocked && a.Password.Hash != "":
		return c.fails(want, "locked")
	case a.Password.State != survey.PasswordSet:
		if crypted && strings.Trim(password, "!*") == "" && password != "" { // a "hash" that locks
			return c.is(a.Password.State != survey.PasswordNone, want, state)
		}
		return c.fails(want, state)
	case crypted:
		return c.is(a.Password.Hash == password, want, state)
	}
	return j.fits(c, a.Password.Hash, password, want)
}

// maxTries is how many passwords are tried: each takes its time.
const maxTries = 50

// fits judges a hash of the image against a password in clear text.
func (j *judge) fits(c claim, hash, password, want string) Statement {
	h, ok := check.OpenHash(hash)
	if j.tries++; j.tries > maxTries {
		return c.untold(want, fmt.Sprintf("no more than %d passwords are tried", maxTries))
	}
	if !ok {
		return c.untold(want, "the image has a hash that is not tried: of another kind, or one that takes long")
	}
	return c.is(h.Fits(password), want, concealed(hash))
}

// user judges an account: that it is there, and all that the line says of it.
func (j *judge) user(c *kickstart.Command) []Statement {
	name, _ := c.Value("--name")
	claim := j.claim(c, ruleAccount, "user "+name)
	a, ok := j.account(name)
	if !ok {
		if t := j.read("etc/passwd"); t.bad != "" {
			return []Statement{claim.at(t.path, 0).untold("an account", t.bad)}
		}
		return []Statement{claim.at("/etc/passwd", 0).fails("an account", "none of that name")}
	}
	claim = claim.at("/etc/passwd", a.Line)
	want, has, wrong := []string{"an account"}, []string{fmt.Sprintf("number %d", a.UID)}, false
	hold := func(what, asked, there string) {
		want = append(want, what+" "+asked)
		if asked != there {
			has, wrong = append(has, what+" "+named(there)), true
		}
	}
	if uid, ok := c.Int("--uid"); ok {
		want = append(want, fmt.Sprintf("number %d", uid))
		wrong = wrong || uid != int64(a.UID)
	}
	if gid, ok := c.Int("--gid"); ok {
		hold("group", strconv.FormatInt(gid, 10), strconv.FormatUint(uint64(a.GID), 10))
	}
	if home, ok := c.Value("--homedir"); ok {
		hold("home", path.Clean(home), path.Clean(a.Home))
	}
	if shell, ok := c.Value("--shell"); ok {
		hold("shell", shell, a.Shell)
	}
	if gecos, ok := c.Value("--gecos"); ok {
		hold("name", gecos, j.field("etc/passwd", a.Line, 4))
	}
	out := []Statement{claim.is(!wrong, strings.Join(want, ", "), strings.Join(has, ", "))}
	for _, g := range list(c, "--groups") {
		out = append(out, j.member(c, a, g))
	}
	password, given := c.Value("--password")
	if given || c.Has("--lock") {
		out = append(out, j.password(j.claim(c, ruleAccount, "password of "+name), name, password, c.Has("--iscrypted"), c.Has("--lock")))
	}
	return out
}

// field is a field of a line of a table of accounts, counted from 0.
func (j *judge) field(name string, line, n int) string {
	t := j.read(name)
	if line < 1 || line > len(t.lines) {
		return ""
	}
	f := strings.Split(t.lines[line-1], ":")
	if n >= len(f) {
		return ""
	}
	return f[n]
}

// groupOf finds a group: its number, its members, and its line in /etc/group.
func (j *judge) groupOf(name string) (gid string, members []string, line int, bad string) {
	t := j.read("etc/group")
	for n, l := range t.lines {
		if f := strings.Split(strings.TrimRight(l, "\r"), ":"); len(f) >= 4 && f[0] == name {
			return f[2], strings.Split(f[3], ","), n + 1, ""
		}
	}
	return "", nil, 0, t.bad
}

// member judges that a user is in a group. name(number) is a group with a number, as RHEL 8 has it.
func (j *judge) member(c *kickstart.Command, a survey.Account, group string) Statement {
	name, number, _ := strings.Cut(strings.TrimSuffix(group, ")"), "(")
	name, number = strings.TrimSpace(name), strings.TrimSpace(number)
	claim := j.claim(c, ruleAccount, fmt.Sprintf("user %s in group %s", a.Name, name))
	gid, members, line, bad := j.groupOf(name)
	claim = claim.at("/etc/group", line)
	switch {
	case bad != "":
		return claim.untold("a member", bad)
	case line == 0:
		return claim.fails("a member", "no such group")
	case number != "" && number != gid:
		return claim.fails("a group of number "+number, "number "+gid)
	}
	return claim.is(slices.Contains(members, a.Name) || gid == strconv.FormatUint(uint64(a.GID), 10), "a member", "the members "+named(strings.Join(members, ", ")))
}

// group judges a group.
func (j *judge) group(c *kickstart.Command) []Statement {
	name, _ := c.Value("--name")
	claim := j.claim(c, ruleAccount, "group "+name)
	gid, _, line, bad := j.groupOf(name)
	claim = claim.at("/etc/group", line)
	switch {
	case bad != "":
		return []Statement{claim.untold("a group", bad)}
	case line == 0:
		return []Statement{claim.fails("a group", "none of that name")}
	}
	if want, ok := c.Int("--gid"); ok {
		return []Statement{claim.is(strconv.FormatInt(want, 10) == gid, fmt.Sprintf("a group of number %d", want), "number "+gid)}
	}
	return []Statement{claim.holds("a group", "number "+gid)}
}

// sshkey judges that a key may log in to an account: that its file of keys has the line.
func (j *judge) sshkey(c *kickstart.Command) []Statement {
	name, ok := c.Value("--username")
	if !ok {
		name = "root"
	}
	var words []string
	for _, w := range c.Args {
		words = append(words, strings.Fields(w.Value)...)
	}
	claim := j.claim(c, ruleAccount, "key of "+name)
	kind, key := keyOf(words)
	if key == "" {
		return []Statement{claim.untold("a key", "the line has none that is understood")}
	}
	want := kind + " …" + key[max(0, len(key)-12):]
	a, ok := j.account(name)
	if !ok {
		return []Statement{claim.at("/etc/passwd", 0).fails(want, "no account "+name)}
	}
	t := j.read(path.Join(a.Home, ".ssh/authorized_keys"))
	if t.bad != "" {
		return []Statement{claim.at(t.path, 0).untold(want, t.bad)}
	}
	for n, l := range t.lines {
		if k, has := keyOf(strings.Fields(l)); k == kind && has == key && !strings.HasPrefix(strings.TrimSpace(l), "#") {
			return []Statement{claim.at(t.path, n+1).holds(want, want)}
		}
	}
	if !t.there {
		return []Statement{claim.at(t.path, 0).fails(want, "no "+t.path)}
	}
	return []Statement{claim.at(t.path, 0).fails(want, "other keys")}
}

// keyOf finds the kind and the key in the words of a line.
func keyOf(words []string) (kind, key string) {
	for i, w := range words {
		if (strings.HasPrefix(w, "ssh-") || strings.HasPrefix(w, "ecdsa-") || strings.HasPrefix(w, "sk-")) && i+1 < len(words) && len(words[i+1]) > 16 {
			return w, words[i+1]
		}
	}
	return "", ""
}
