package script

import (
	"path"
	"strings"
)

// shadow are the files of passwords.
var shadow = []string{"/etc/shadow", "/etc/passwd"}

// account lists an effect on an account. Outside of the image it is none of ours.
func (c *call) account(e Effect) {
	if c.nochroot {
		c.run.harmless(c.node, "it works outside of the image")
		return
	}
	c.effect(e)
}

func (c *call) passwd() {
	c.open.unknown("what passwd prints is not known")
	s := spec{"ludfkeSn:x:w:i:", map[string]string{"lock": "l", "unlock": "u", "delete": "d", "force": "f", "stdin": "I", "expire": "e", "status": "S", "keep-tokens": "k"}}
	o, ok := c.options(s, shadow)
	if !ok {
		return
	}
	user := "root"
	if len(o.rest) == 1 {
		user = o.rest[0]
	} else if len(o.rest) > 1 {
		c.fail("it has too many words", shadow)
		return
	}
	done := ""
	for _, x := range o.list {
		switch x.name {
		case "f":
		case "S":
			return
		default:
			if done != "" || strings.Contains("kenxwi", x.name) {
				c.fail("these options of passwd are not read", shadow)
				return
			}
			done = x.name
		}
	}
	switch done {
	case "l":
		c.account(Effect{Kind: Lock, User: user})
	case "u":
		c.account(Effect{Kind: Unlock, User: user})
	case "d":
		c.account(Effect{Kind: Clear, User: user})
	case "I":
		line, _, _ := strings.Cut(c.in.text, "\n")
		if !c.in.known || line == "" {
			c.fail("the password is not known", shadow)
			return
		}
		c.account(Effect{Kind: Secret, User: user, Content: line})
	default:
		c.fail("it asks for a password", shadow)
	}
}

func (c *call) chpasswd() {
	s := spec{"ec:ms:", map[string]string{"encrypted": "e", "crypt-method=": "c", "md5": "m", "sha-rounds=": "s"}}
	o, ok := c.options(s, shadow)
	if !ok {
		return
	}
	if !c.in.known || len(o.rest) > 0 {
		c.fail("the passwords are not known", shadow)
		return
	}
	for _, line := range strings.Split(strings.TrimSuffix(c.in.text, "\n"), "\n") {
		user, password, ok := strings.Cut(line, ":")
		switch {
		case line == "":
		case !ok || user == "":
			c.fail("a line is not NAME:PASSWORD", shadow)
			return
		case o.has("e"):
			c.account(Effect{Kind: Hash, User: user, Content: password})
		default:
			c.account(Effect{Kind: Secret, User: user, Content: password})
		}
	}
}

var userOptions = map[string]string{"comment=": "c", "home-dir=": "d", "home=": "d", "expiredate=": "e", "inactive=": "f", "gid=": "g", "groups=": "G",
	"skel=": "k", "create-home": "m", "no-create-home": "M", "no-user-group": "N", "user-group": "U", "non-unique": "o", "password=": "p",
	"system": "r", "shell=": "s", "uid=": "u", "no-log-init": "l"}

// described are the options of an account.
func described(o options) Account {
	a := Account{UID: o.value("u"), Group: o.value("g"), Home: o.value("d"), Shell: o.value("s"), Comment: o.value("c"),
		System: o.has("r"), CreateHome: o.has("m"), NoCreateHome: o.has("M"), NoUserGroup: o.has("N")}
	if a.Home != "" && path.IsAbs(a.Home) {
		a.Home = path.Clean(a.Home)
	}
	for _, g := range strings.Split(o.value("G"), ",") {
		if g != "" {
			a.Groups = append(a.Groups, g)
		}
	}
	return a
}

func (c *call) useradd() {
	o, ok := c.options(spec{"c:d:e:f:g:G:k:mMNUop:rs:u:lnb:K:D", userOptions}, accounts)
	if !ok {
		return
	}
	if o.has("D") {
		c.fail("it changes what accounts are made with", []string{"/etc/default/useradd"})
		return
	}
	if len(o.rest) != 1 || o.has("b") || o.has("K") {
		c.fail("this form of useradd is not read", append([]string{"/home"}, accounts...))
		return
	}
	a := described(o)
	a.NoUserGroup = a.NoUserGroup || o.has("n")
	c.account(Effect{Kind: User, User: o.rest[0], Account: a})
	c.password(o)
}

func (c *call) password(o options) {
	if o.has("p") {
		c.account(Effect{Kind: Hash, User: o.rest[0], Content: o.value("p")})
	}
}

func (c *call) usermod() {
	o, ok := c.options(spec{"ac:d:e:f:g:G:l:Lmop:s:u:U", map[string]string{"append": "a", "comment=": "c", "home=": "d", "expiredate=": "e", "inactive=": "f",
		"gid=": "g", "groups=": "G", "login=": "l", "lock": "L", "move-home": "m", "non-unique": "o", "password=": "p", "shell=": "s", "uid=": "u", "unlock": "U"}}, accounts)
	if !ok {
		return
	}
	if len(o.rest) != 1 || o.has("l") || o.has("m") {
		c.fail("this form of usermod is not read", append([]string{"/home"}, accounts...))
		return
	}
	a := described(o)
	a.Modify, a.AppendGroups, a.System = true, o.has("a"), false
	if a.UID != "" || a.Group != "" || a.Home != "" || a.Shell != "" || o.has("c") || o.has("G") {
		c.account(Effect{Kind: User, User: o.rest[0], Account: a})
	}
	if o.has("e") || o.has("f") {
		c.fail("when an account ends is not read", []string{"/etc/shadow"})
	}
	c.password(o)
	if o.has("L") {
		c.account(Effect{Kind: Lock, User: o.rest[0]})
	}
	if o.has("U") {
		c.account(Effect{Kind: Unlock, User: o.rest[0]})
	}
}

func (c *call) userdel() {
	o, ok := c.options(spec{"rf", map[string]string{"remove": "r", "force": "f"}}, nil)
	if !ok {
		return
	}
	if len(o.rest) != 1 {
		c.fail("this form of userdel is not read", nil)
		return
	}
	c.account(Effect{Kind: Gone, User: o.rest[0], Recursive: o.has("r"), Force: o.has("f")})
}

func (c *call) groupadd() {
	o, ok := c.options(spec{"fg:op:rK:", map[string]string{"force": "f", "gid=": "g", "non-unique": "o", "password=": "p", "system": "r"}}, accounts)
	if !ok {
		return
	}
	if len(o.rest) != 1 || o.has("p") || o.has("K") {
		c.fail("this form of groupadd is not read", accounts)
		return
	}
	c.account(Effect{Kind: GroupOf, Group: o.rest[0], Force: o.has("f"), Account: Account{GID: o.value("g"), System: o.has("r")}})
}

func (c *call) groupmod() {
	o, ok := c.options(spec{"g:on:p:", map[string]string{"gid=": "g", "new-name=": "n", "non-unique": "o"}}, accounts)
	if !ok {
		return
	}
	if len(o.rest) != 1 || o.has("n") || o.has("p") || !o.has("g") {
		c.fail("this form of groupmod is not read", accounts)
		return
	}
	c.account(Effect{Kind: GroupOf, Group: o.rest[0], Account: Account{Modify: true, GID: o.value("g")}})
}

func (c *call) groupdel() {
	if len(c.args) != 1 || strings.HasPrefix(c.args[0], "-") {
		c.fail("this form of groupdel is not read", accounts)
		return
	}
	c.account(Effect{Kind: Gone, Group: c.args[0]})
}

func (c *call) gpasswd() {
	o, ok := c.options(spec{"a:d:", map[string]string{"add=": "a", "delete=": "d"}}, accounts)
	if !ok {
		return
	}
	if len(o.rest) != 1 || !o.has("a") || o.has("d") {
		c.fail("only gpasswd -a is read", accounts)
		return
	}
	c.account(Effect{Kind: User, User: o.value("a"), Account: Account{Modify: true, Groups: o.rest, AppendGroups: true}})
	c.open.unknown("what gpasswd prints is not known")
}
