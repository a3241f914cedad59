package conformance

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/go-crypt/crypt"
	"github.com/go-crypt/crypt/algorithm"
	"github.com/go-crypt/crypt/algorithm/bcrypt"
	"github.com/go-crypt/crypt/algorithm/md5crypt"
	"github.com/go-crypt/crypt/algorithm/shacrypt"

	"lbimage/kickstart/script"
	"lbimage/overlay"
)

// accountFiles are the tables of accounts as they stand.
type accountFiles struct {
	passwd, shadow, groups map[string]row
	users, names           map[uint32]string
}

// row is a line of a table of accounts.
type row struct {
	fields []string
	line   int
}

// account reads the tables once.
func (j *postJudge) account() (*accountFiles, error) {
	if j.accounts != nil {
		return j.accounts, nil
	}
	a := &accountFiles{users: map[uint32]string{}, names: map[uint32]string{}}
	for _, t := range []struct {
		name   string
		fields int
		rows   *map[string]row
		names  map[uint32]string
	}{{"etc/passwd", 7, &a.passwd, a.users}, {"etc/shadow", 2, &a.shadow, nil}, {"etc/group", 4, &a.groups, a.names}} {
		rows, err := readTable(j.tree, t.name, t.fields, t.names)
		if err != nil {
			return nil, err
		}
		*t.rows = rows
	}
	j.accounts = a
	return a, nil
}

// readTable reads lines with colons; a table that is not there is empty.
func readTable(t overlay.ReadTree, name string, least int, names map[uint32]string) (map[string]row, error) {
	out := map[string]row{}
	text, _, err := overlay.ReadFile(t, name, maxPostText)
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		f := strings.Split(strings.TrimRight(line, "\r\n"), ":")
		if len(f) < least || f[0] == "" || strings.ContainsAny(f[0][:1], "+-#") {
			continue
		}
		if _, ok := out[f[0]]; ok {
			continue // the first counts
		}
		out[f[0]] = row{f, number}
		if names != nil {
			if n, err := strconv.ParseUint(f[2], 10, 32); err == nil && names[uint32(n)] == "" {
				names[uint32(n)] = f[0]
			}
		}
	}
	return out, nil
}

func (a *accountFiles) uid(name string) (uint32, bool) { return numberOf(a.passwd, name) }
func (a *accountFiles) gid(name string) (uint32, bool) { return numberOf(a.groups, name) }

// numberOf is that of an account by its name, or a number as it stands.
func numberOf(rows map[string]row, name string) (uint32, bool) {
	text := name
	if r, ok := rows[name]; ok {
		text = r.fields[2]
	}
	n, err := strconv.ParseUint(text, 10, 32)
	return uint32(n), err == nil
}

func (a *accountFiles) userName(n uint32) string  { return accountName(a.users, n) }
func (a *accountFiles) groupName(n uint32) string { return accountName(a.names, n) }

func accountName(names map[uint32]string, n uint32) string {
	if name := names[n]; name != "" {
		return name
	}
	return strconv.FormatUint(uint64(n), 10)
}

// field is an account's password as it is written, and where.
func (a *accountFiles) field(user string) (value, path string, line int, ok bool) {
	p, ok := a.passwd[user]
	if !ok {
		return "", "", 0, false
	}
	if p.fields[1] != "x" {
		return p.fields[1], "/etc/passwd", p.line, true
	}
	s, ok := a.shadow[user]
	if !ok {
		return "", "", 0, false
	}
	return s.fields[1], "/etc/shadow", s.line, true
}

// password judges what passwd, usermod and chpasswd leave of an account's password.
func (j *postJudge) password(e *script.Effect) outcome {
	a, err := j.account()
	if err != nil {
		return unknown("the accounts cannot be read: " + err.Error())
	}
	if _, ok := a.passwd[e.User]; !ok {
		return differs("there is no user " + e.User).at("/etc/passwd")
	}
	value, path, line, ok := a.field(e.User)
	if !ok {
		return unknown("/etc/shadow has no line for " + e.User)
	}
	o := passwordOutcome(e, value)
	o.path, o.line = path, line
	return o
}

func passwordOutcome(e *script.Effect, value string) outcome {
	locked, bare := strings.HasPrefix(value, "!"), strings.TrimLeft(value, "!")
	has := "a password"
	switch {
	case value == "":
		has = "none"
	case locked:
		has = "locked"
	case strings.HasPrefix(value, "*"):
		has = "one that no text fits (*)"
	case !strings.HasPrefix(value, "$") && len(value) != 13:
		has = "one that no text fits"
	}
	verdict := func(ok bool) outcome {
		if ok {
			return holds(has)
		}
		return differs(has)
	}
	switch e.Kind {
	case script.Lock:
		if strings.HasPrefix(value, "*") {
			return holds(has).remark("which is no lock, and lets nobody in either")
		}
		return verdict(locked)
	case script.Unlock:
		return verdict(!locked)
	case script.Clear:
		return verdict(value == "")
	case script.Hash:
		if bare == strings.TrimLeft(e.Content, "!") && bare != "" {
			return holds("of that hash")
		}
		if bare == "" || value == "" {
			return differs(has)
		}
		return differs("of the hash " + concealHash(bare))
	}
	return secretOutcome(e.Content, bare, has)
}

// secretOutcome judges a password in the clear.
func secretOutcome(secret, hash, has string) outcome {
	if hash == "" || hash == "*" {
		return differs(has)
	}
	ok, err := passwordFits(secret, hash)
	switch {
	case err != nil:
		return unknown("it is of a hash that is not tried: " + err.Error())
	case ok:
		return holds("the one that is given")
	}
	return differs("another one")
}

// passwordFits says whether a hash of an image is that of a password. Hashes that are costly are not tried: a file of the image
// does not decide how long a check takes.
func passwordFits(secret, hash string) (bool, error) {
	if !costsLittle(hash) {
		return false, errors.New("its kind is not known, or it is too costly")
	}
	decoder := crypt.NewDecoder()
	for _, register := range []func(algorithm.DecoderRegister) error{shacrypt.RegisterDecoder, md5crypt.RegisterDecoder, bcrypt.RegisterDecoder} {
		if err := register(decoder); err != nil {
			return false, err
		}
	}
	d, err := decoder.Decode(hash)
	if err != nil {
		return false, errors.New("it is damaged")
	}
	return d.MatchAdvanced(secret)
}

// affordable reports whether a hash is of a kind that is tried, and at what cost.
func costsLittle(hash string) bool {
	f := strings.Split(hash, "$")
	if len(hash) > 512 || len(f) < 4 || f[0] != "" {
		return false
	}
	cost, most := "", 0
	switch f[1] {
	case "1":
		return true
	case "5", "6":
		rounds, ok := strings.CutPrefix(f[2], "rounds=")
		if !ok {
			return true
		}
		cost, most = rounds, 100000
	case "2a", "2b", "2y":
		cost, most = f[2], 12
	default:
		return false
	}
	n, err := strconv.Atoi(cost)
	return err == nil && n <= most
}

// user judges useradd, and usermod by what it changes.
func (j *postJudge) user(i int) outcome {
	e := &j.reading.Effects[i]
	a, err := j.account()
	if err != nil {
		return unknown("the accounts cannot be read: " + err.Error())
	}
	p, ok := a.passwd[e.User]
	if !ok {
		return differs("there is no user " + e.User).at("/etc/passwd")
	}
	want := j.accountInTheEnd(i)
	var wrong []string
	note := func(name, want, has string) {
		if want != "" && want != has {
			wrong = append(wrong, name+" "+has)
		}
	}
	note("number", want.UID, p.fields[2])
	note("home", strings.TrimRight(want.Home, "/"), strings.TrimRight(p.fields[5], "/"))
	note("shell", want.Shell, p.fields[6])
	note("name", want.Comment, p.fields[4])
	if want.Group != "" {
		n, err := strconv.ParseUint(p.fields[3], 10, 32)
		g, ok := a.gid(want.Group)
		switch {
		case !ok:
			wrong = append(wrong, "no group "+want.Group+" is there")
		case err != nil || uint32(n) != g:
			wrong = append(wrong, "group "+a.groupName(uint32(n)))
		}
	}
	if want.GID != "" {
		note("number of the group", want.GID, p.fields[3])
	}
	wrong = append(wrong, a.groupsWrong(e.User, want)...)
	if want.Password != "" {
		value, _, _, _ := a.field(e.User)
		if strings.TrimLeft(value, "!") != strings.TrimLeft(want.Password, "!") {
			wrong = append(wrong, "another password")
		}
	}
	if len(wrong) > 0 {
		return differs(strings.Join(wrong, ", ")).at("/etc/passwd").onLine(p.line)
	}
	return holds("there").at("/etc/passwd").onLine(p.line)
}

// groupsWrong says in which groups a user should be and is not, or with usermod -G is and should not be.
func (a *accountFiles) groupsWrong(user string, want script.Account) []string {
	var wrong []string
	for _, g := range want.Groups {
		r, ok := a.groups[g]
		if !ok {
			wrong = append(wrong, "no group "+g+" is there")
		} else if !slices.Contains(strings.Split(r.fields[3], ","), user) {
			wrong = append(wrong, "not in the group "+g)
		}
	}
	if !want.Modify || want.AppendGroups || len(want.Groups) == 0 {
		return wrong
	}
	var more []string
	for name, r := range a.groups {
		if slices.Contains(strings.Split(r.fields[3], ","), user) && !slices.Contains(want.Groups, name) {
			more = append(more, "in the group "+name)
		}
	}
	slices.Sort(more)
	return append(wrong, more...)
}

// accountInTheEnd is what a command asks for, less what later ones change.
func (j *postJudge) accountInTheEnd(i int) script.Account {
	e := &j.reading.Effects[i]
	out := e.Account
	out.Groups = slices.Clone(out.Groups)
	for k := i + 1; k < len(j.reading.Effects); k++ {
		late := &j.reading.Effects[k]
		if late.User != e.User || e.User == "" {
			continue
		}
		switch late.Kind {
		case script.Hash, script.Secret, script.Clear:
			out.Password = ""
		case script.User:
			l := late.Account
			for _, f := range []struct {
				mine   *string
				theirs string
			}{{&out.UID, l.UID}, {&out.GID, l.GID + l.Group}, {&out.Group, l.Group + l.GID}, {&out.Home, l.Home}, {&out.Shell, l.Shell}, {&out.Comment, l.Comment}, {&out.Password, l.Password}} {
				if f.theirs != "" {
					*f.mine = ""
				}
			}
			if len(l.Groups) > 0 && l.Modify {
				if !l.AppendGroups {
					out.Groups = nil
				}
				out.AppendGroups = true // those of both
			}
		}
	}
	return out
}

func (j *postJudge) group(e *script.Effect) outcome {
	a, err := j.account()
	if err != nil {
		return unknown("the accounts cannot be read: " + err.Error())
	}
	g, ok := a.groups[e.Group]
	switch {
	case !ok:
		return differs("there is no group " + e.Group).at("/etc/group")
	case e.Account.GID != "" && g.fields[2] != e.Account.GID:
		return differs("number " + g.fields[2]).wants("number " + e.Account.GID).at("/etc/group").onLine(g.line)
	}
	return holds("there").at("/etc/group").onLine(g.line)
}

func (j *postJudge) gone(e *script.Effect) outcome {
	a, err := j.account()
	if err != nil {
		return unknown("the accounts cannot be read: " + err.Error())
	}
	rows, name, path := a.passwd, e.User, "/etc/passwd"
	if e.User == "" {
		rows, name, path = a.groups, e.Group, "/etc/group"
	}
	if r, ok := rows[name]; ok {
		return differs("there, as number " + r.fields[2]).at(path).onLine(r.line)
	}
	return holds("not there").at(path)
}

// accountRelation is that of two commands about accounts, or of one about a file to one about an account.
func accountRelation(late, early *script.Effect, path string) relation {
	switch late.Kind {
	case script.Write, script.Append, script.Sed, script.Copy, script.Move:
		for _, p := range accountPaths {
			if path == p {
				return blurs
			}
		}
		return apart
	case script.Package:
		if early.Kind == script.Gone || early.Kind == script.User || early.Kind == script.GroupOf {
			return blurs
		}
		return apart
	}
	sameUser := early.User != "" && late.User == early.User
	sameGroup := early.Kind != script.User && early.User == "" && early.Group != "" && late.User == "" && late.Group == early.Group
	if !sameUser && !sameGroup {
		return apart
	}
	if late.Kind == script.Gone {
		return replaces
	}
	if early.Kind == script.Gone && (late.Kind == script.User && !late.Account.Modify || late.Kind == script.GroupOf) {
		return replaces
	}
	sets := late.Kind == script.Hash || late.Kind == script.Secret || late.Kind == script.Clear || late.Kind == script.User && late.Account.Password != ""
	switch early.Kind {
	case script.Lock, script.Unlock:
		if sets || late.Kind == script.Lock || late.Kind == script.Unlock {
			return replaces
		}
	case script.Hash, script.Secret, script.Clear:
		switch {
		case sets:
			return replaces
		case early.Kind == script.Clear && late.Kind == script.Lock:
			return changes
		}
	case script.User:
		if late.Kind == script.User || sets {
			return changes
		}
	}
	return apart
}
