package kickplan

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-crypt/crypt/algorithm/shacrypt"

	"lbimage/imagebuild/check/conformance"
	"lbimage/imagebuild/recipe"
	"lbimage/kickstart/script"
	"lbimage/overlay"
	"lbimage/overlay/accounts"
)

// setPassword puts an edit of a password into the plan.
func (p *planner) setPassword(user, hash string, st conformance.Statement) string {
	if err := accounts.CheckHash(hash); err != nil {
		return "the hash is none that a recipe takes: " + err.Error()
	}
	p.add(recipe.Edit{Password: &recipe.Password{User: user, Hash: hash}}, st, "")
	return ""
}

func (p *planner) password(e *script.Effect, st conformance.Statement) string {
	has := p.field("/etc/shadow", e.User, 1)
	if planned := p.plannedPassword(e.User); planned != "" {
		has = planned
	}
	switch e.Kind {
	case script.Lock:
		return p.lock(e.User, has, st)
	case script.Unlock:
		bare := strings.TrimLeft(has, "!")
		if bare == "" {
			return "there is no password to unlock"
		}
		return p.setPassword(e.User, bare, st)
	case script.Hash:
		return p.setPassword(e.User, e.Content, st)
	case script.Secret:
		hash, err := p.hashed(e.User, e.Content)
		if err != nil {
			return err.Error()
		}
		return p.setPassword(e.User, hash, st)
	}
	return "no edit sets an empty password"
}

// lock puts the lock before a password that the file itself asks for, and is a lock alone else: no hash of the image needs to
// stand in the recipe.
func (p *planner) lock(user, has string, st conformance.Statement) string {
	if p.asksForPassword(user) && strings.HasPrefix(has, "$") {
		return p.setPassword(user, "!!"+has, st)
	}
	return p.setPassword(user, "!!", st)
}

// asksForPassword says whether the file sets a password of a user, beside the lock.
func (p *planner) asksForPassword(user string) bool {
	for i := range p.effects {
		if e := &p.effects[i]; e.User == user && (e.Kind == script.Hash || e.Kind == script.Secret || e.Account.Password != "") && p.finals[i].Counts {
			return true
		}
	}
	if p.file == nil {
		return false
	}
	for _, c := range p.file.Commands("rootpw", "user") {
		name, _ := c.Value("--name")
		if (c.Name == "rootpw" && user == "root" && len(c.Args) > 0) || c.Name == "user" && name == user && c.Has("--password") {
			return true
		}
	}
	return false
}

// plannedPassword is the hash that this round sets already.
func (p *planner) plannedPassword(user string) string {
	for _, e := range slices.Backward(p.fresh) {
		if pw := e.Recipe.Password; pw != nil && pw.User == user {
			return pw.Hash
		}
	}
	return ""
}

// hashed is a hash of a password. Its salt has to differ from image to image and is no secret: it comes of the image's accounts,
// never of the password, so that the same inputs give the same recipe.
func (p *planner) hashed(user, secret string) (string, error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "lbimage kickstart plan\x00%s\x00", user)
	for _, name := range []string{"etc/passwd", "etc/shadow", "etc/fstab"} {
		data, _, err := overlay.ReadFile(p.subject.Tree, name, maxCopy)
		if err == nil {
			sum.Write(data)
		}
		sum.Write([]byte{0})
	}
	salt := strings.NewReplacer("+", ".", "/", ".").Replace(base64.RawStdEncoding.EncodeToString(sum.Sum(nil)))[:16]
	hasher, err := shacrypt.New(shacrypt.WithSHA512(), shacrypt.WithIterations(5000))
	if err != nil {
		return "", err
	}
	digest, err := hasher.HashWithSalt(secret, []byte(salt))
	if err != nil {
		return "", fmt.Errorf("the password cannot be hashed: %w", err)
	}
	return digest.Encode(), nil
}

// field is one of an account's line in a table.
func (p *planner) field(table, name string, n int) string {
	line := p.row(table, name)
	f := strings.Split(line, ":")
	if n >= len(f) {
		return ""
	}
	return f[n]
}

// row is the line of a name in a table of accounts; empty where there is none.
func (p *planner) row(table, name string) string {
	data, _, err := overlay.ReadFile(p.subject.Tree, table, maxCopy)
	if err != nil {
		return ""
	}
	for _, line := range bareLines(string(data)) {
		if strings.HasPrefix(line, name+":") {
			return line
		}
	}
	return ""
}

// user makes an account, or changes the line of one that is there.
func (p *planner) user(e *script.Effect, st conformance.Statement) string {
	a := e.Account
	row := p.row("/etc/passwd", e.User)
	if row == "" && a.Modify {
		return "there is no user " + e.User + " to change"
	}
	if row == "" {
		u := &recipe.User{
			Name: e.User, System: a.System, Group: a.Group + a.GID, Groups: a.Groups, Comment: a.Comment, Home: a.Home, Shell: a.Shell,
			CreateHome: a.CreateHome, Password: a.Password,
		}
		if a.UID != "" {
			n, err := strconv.ParseUint(a.UID, 10, 32)
			if err != nil {
				return "its number is none"
			}
			uid := uint32(n)
			u.UID = &uid
		}
		if u.Shell == "" { // the recipe's own default is for accounts of services
			u.Shell = p.usualShell()
		}
		if !a.NoCreateHome && !a.System && p.defaultOf("/etc/login.defs", "CREATE_HOME") == "yes" {
			u.CreateHome = true // as useradd there does
		}
		p.add(recipe.Edit{User: u}, st, "")
		return ""
	}
	return p.changeUser(e, row, st)
}

// usualShell is the one that useradd gives in the image.
func (p *planner) usualShell() string {
	if s := p.defaultOf("/etc/default/useradd", "SHELL"); strings.HasPrefix(s, "/") {
		return s
	}
	return "/bin/bash"
}

// defaultOf is a value of a file with lines of the form NAME VALUE or NAME=VALUE; empty where it has none.
func (p *planner) defaultOf(file, name string) string {
	data, _, err := overlay.ReadFile(p.subject.Tree, file, maxCopy)
	if err != nil {
		return ""
	}
	value := ""
	for line := range strings.Lines(string(data)) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), name)
		if ok && strings.TrimLeft(rest, " \t=") != rest {
			value = strings.Trim(strings.TrimLeft(rest, " \t="), `"`)
		}
	}
	return value
}

// changeUser brings an account that is there to what is asked: groups, password, and fields of its line. Its numbers stay, since
// files may be its own.
func (p *planner) changeUser(e *script.Effect, row string, st conformance.Statement) string {
	a := e.Account
	f := strings.Split(row, ":")
	if len(f) < 7 {
		return "its line in /etc/passwd is damaged"
	}
	if a.UID != "" && a.UID != f[2] {
		return "no edit changes an account's number: files may be its own"
	}
	if group := a.Group + a.GID; group != "" && p.numberOf(group) != f[3] {
		return "no edit changes an account's own group"
	}
	changed := slices.Clone(f)
	for _, c := range []struct {
		n    int
		want string
	}{{4, a.Comment}, {5, a.Home}, {6, a.Shell}} {
		if c.want != "" {
			changed[c.n] = c.want
		}
	}
	before := len(p.fresh)
	if want := strings.Join(changed, ":"); want != row {
		p.add(recipe.Edit{Line: &recipe.Line{Path: "/etc/passwd", Match: exactly(row), Set: want, Missing: "skip"}}, st, "")
	}
	if len(a.Groups) > 0 {
		p.add(recipe.Edit{User: &recipe.User{Name: e.User, Groups: a.Groups}}, st, "")
	}
	if a.Password != "" {
		if why := p.setPassword(e.User, a.Password, st); why != "" {
			return why
		}
	}
	if len(p.fresh) == before {
		return "no edit brings it: " + st.Has
	}
	return ""
}

func (p *planner) numberOf(group string) string {
	if n := p.field("/etc/group", group, 2); n != "" {
		return n
	}
	return group
}

func (p *planner) group(e *script.Effect, st conformance.Statement) string {
	if p.row("/etc/group", e.Group) != "" {
		return "no edit changes a group's number: files may be its own"
	}
	g := &recipe.Group{Name: e.Group, System: e.Account.System}
	if e.Account.GID != "" {
		n, err := strconv.ParseUint(e.Account.GID, 10, 32)
		if err != nil {
			return "its number is none"
		}
		gid := uint32(n)
		g.GID = &gid
	}
	p.add(recipe.Edit{Group: g}, st, "")
	return ""
}

// gone takes an account's lines away.
func (p *planner) gone(e *script.Effect, st conformance.Statement) string {
	remove := func(table, name string) {
		if p.row(table, name) != "" {
			p.add(recipe.Edit{Line: &recipe.Line{Path: table, Match: "^" + quoteName(name) + ":", Remove: true}}, st, "")
		}
	}
	if e.User == "" {
		remove("/etc/group", e.Group)
		remove("/etc/gshadow", e.Group)
		return ""
	}
	remove("/etc/passwd", e.User)
	remove("/etc/shadow", e.User)
	if g := p.row("/etc/group", e.User); g != "" && strings.HasSuffix(g, ":") && p.field("/etc/group", e.User, 2) == p.field("/etc/passwd", e.User, 3) {
		remove("/etc/group", e.User)
		remove("/etc/gshadow", e.User)
	}
	return ""
}

func quoteName(name string) string {
	return strings.TrimSuffix(strings.TrimPrefix(exactly(name), "^"), "$")
}
