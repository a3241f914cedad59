package conformance

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"

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

// user judges useradd, and usermod by what it changes.
func (j *postJudge) user(i int) outcome {
	e := &j.effects[i]
	a, err := j.account()
	if err != nil {
		return unknown("the accounts cannot be read: " + err.Error())
	}
	p, ok := a.passwd[e.User]
	if !ok {
		return differs("no user " + e.User).at("/etc/passwd")
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
	e := &j.effects[i]
	out := e.Account
	out.Groups = slices.Clone(out.Groups)
	for k := i + 1; k < len(j.effects); k++ {
		late := &j.effects[k]
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
		return differs("no group " + e.Group).at("/etc/group")
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
		return differs("it as number " + r.fields[2]).at(path).onLine(r.line)
	}
	return holds("not there").at(path)
}
