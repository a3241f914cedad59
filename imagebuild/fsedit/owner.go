package fsedit

import (
	"fmt"
	"strconv"
	"strings"

	"lbimage/overlay"
)

// Owner is a user and a group; -1 leaves one as it is.
type Owner struct{ UID, GID int }

// ParseOwner reads USER, USER:GROUP, :GROUP or USER:, which means the user's own
// group. Names are those of the image's own /etc/passwd and /etc/group.
func (t *Tree) ParseOwner(s string) (Owner, error) {
	user, group, both := strings.Cut(s, ":")
	o := Owner{-1, -1}
	if user == "" && group == "" {
		return o, &UsageError{fmt.Errorf("owner %q: give USER, USER:GROUP or :GROUP, as numbers or as names that the image knows", s)}
	}
	var err error
	if user != "" {
		if o.UID, err = t.id(user, "user", "/etc/passwd", &t.users); err != nil {
			return o, err
		}
	}
	switch {
	case group != "":
		o.GID, err = t.id(group, "group", "/etc/group", &t.groups)
	case both && user != "":
		o.GID, err = t.ownGroup(o.UID)
	}
	return o, err
}

// id looks a number or a name up.
func (t *Tree) id(s, what, file string, names *map[string]int) (int, error) {
	if n, err := strconv.ParseUint(s, 10, 32); err == nil && n < 1<<32-1 {
		return int(n), nil
	}
	if *names == nil {
		list, err := t.accounts(file)
		if err != nil {
			return -1, fmt.Errorf("%s %s: %w: give the number", what, Printable(s), err)
		}
		*names = map[string]int{}
		for _, fields := range list {
			if n, err := strconv.ParseUint(fields[2], 10, 32); err == nil {
				if _, twice := (*names)[fields[0]]; !twice {
					(*names)[fields[0]] = int(n)
				}
			}
		}
	}
	if n, ok := (*names)[s]; ok {
		return n, nil
	}
	return -1, fmt.Errorf("%s %s: the image's %s does not have it: give the number", what, Printable(s), file)
}

// ownGroup is the group of a user by /etc/passwd.
func (t *Tree) ownGroup(uid int) (int, error) {
	list, err := t.accounts("/etc/passwd")
	if err != nil {
		return -1, err
	}
	for _, fields := range list {
		if fields[2] == strconv.Itoa(uid) && len(fields) > 3 {
			if n, err := strconv.ParseUint(fields[3], 10, 32); err == nil {
				return int(n), nil
			}
		}
	}
	return -1, fmt.Errorf("user %d: the image's /etc/passwd does not tell its group: give the group's number", uid)
}

// accounts reads the lines of /etc/passwd or /etc/group.
func (t *Tree) accounts(file string) ([][]string, error) {
	r, err := overlay.Resolve(t.fs, file)
	if err != nil {
		return nil, err
	}
	if !r.Exists() {
		return nil, fmt.Errorf("the image has no %s", file)
	}
	const most = 4 << 20
	if !r.Info.Mode().IsRegular() || r.Info.Size() > most {
		return nil, fmt.Errorf("the image's %s is no file of at most %d bytes", file, most)
	}
	text, err := t.fs.ReadFile(r.Name)
	if err != nil {
		return nil, inImage(err)
	}
	var list [][]string
	for line := range strings.Lines(string(text)) {
		if fields := strings.Split(strings.TrimSpace(line), ":"); len(fields) > 2 {
			list = append(list, fields)
		}
	}
	return list, nil
}
