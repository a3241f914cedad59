package accounts

import (
	"fmt"
	"strings"

	"lbimage/overlay"
)

// database is what an image knows of accounts. A table that it does not have is nil.
type database struct {
	passwd, group, shadow, gshadow *table
	subuid, subgid                 *table
	*settings
}

func open(t overlay.ReadTree) (*database, error) {
	var db database
	var err error
	if db.passwd, err = needTable(t, passwdFile); err != nil {
		return nil, err
	}
	if db.group, err = needTable(t, groupFile); err != nil {
		return nil, err
	}
	for _, x := range []struct {
		tab  **table
		name string
	}{{&db.shadow, shadowFile}, {&db.gshadow, gshadowFile}, {&db.subuid, "/etc/subuid"}, {&db.subgid, "/etc/subgid"}} {
		if *x.tab, err = readTable(t, x.name); err != nil {
			return nil, err
		}
	}
	db.settings, err = readSettings(t, db.shadow)
	return &db, err
}

// write writes the tables that have changed; where none has, it tells so of the one that the edit is about.
func (db *database) write(t overlay.Tree, about *table, notes []string) ([]overlay.Change, error) {
	var all []overlay.Change
	for _, tab := range []*table{db.passwd, db.shadow, db.group, db.gshadow, db.subuid, db.subgid} {
		if tab == nil || !tab.changed && tab != about {
			continue
		}
		changes, err := tab.edit().Apply(t)
		if err != nil {
			return nil, err
		}
		if tab != db.subuid && tab != db.subgid { // they have no passwords
			for i := range changes {
				hideHashes(&changes[i])
			}
		}
		if tab == about {
			changes[0].Notes = append(changes[0].Notes, notes...)
		}
		all = append(all, changes...)
	}
	return all, nil
}

// at says which file and account an error is about, unless it does so itself.
func at(file, what, name string, err error) error {
	if strings.HasPrefix(err.Error(), "/") {
		return err
	}
	return fmt.Errorf("%s: %s %s: %w", file, what, name, err)
}

// groupOf finds a group by number or name.
func (db *database) groupOf(nameOrID string) (name string, gid uint32, err error) {
	var f []string
	if id, ok := parseID(nameOrID); ok {
		_, f = db.group.findID(id)
	} else {
		_, f = db.group.find(nameOrID)
	}
	if f == nil {
		return "", 0, fmt.Errorf("group %s: %w (%s): make it first", shorten(nameOrID), overlay.ErrNoAccount, db.group.asked)
	}
	gid, _ = fieldID(f[2])
	return f[0], gid, nil
}

// groupsOf finds the names of groups by number or name, each once.
func (db *database) groupsOf(asked []string) ([]string, error) {
	var names []string
	seen := map[string]bool{}
	for _, g := range asked {
		name, _, err := db.groupOf(g)
		if err != nil {
			return nil, err
		}
		if seen[name] {
			continue
		}
		seen[name] = true
		if err := db.group.alone(name); err != nil {
			return nil, err
		}
		if db.gshadow != nil {
			if err := db.gshadow.alone(name); err != nil {
				return nil, err
			}
		}
		names = append(names, name)
	}
	return names, nil
}

// join makes a user a member of groups, which must be there, and names those that are new.
func (db *database) join(user string, groups []string) []string {
	var joined []string
	for _, g := range groups {
		i, f := db.group.find(g)
		added := db.group.addMember(i, f, 4, user)
		if db.gshadow != nil {
			if i, f := db.gshadow.find(g); f != nil && db.gshadow.addMember(i, f, 4, user) {
				added = true
			}
		}
		if added {
			joined = append(joined, g)
		}
	}
	return joined
}

// addGroup adds the lines of a new group. What stands in group for its password differs where there is no
// gshadow: "x" by groupadd, "!" for the group that useradd makes.
func (db *database) addGroup(name string, gid uint32, withoutShadow string) error {
	pass := "x"
	if db.gshadow == nil {
		pass = withoutShadow
	} else {
		if err := db.gshadow.alone(name); err != nil {
			return err
		}
		db.gshadow.put(name, "!", "", "")
	}
	db.group.put(name, pass, formatID(gid), "")
	return nil
}

// HasUser and HasGroup tell whether the image has an account of a name or number, as getent would find it in
// its files; lines of NIS are none. An image without the file has none.
func HasUser(t overlay.ReadTree, nameOrID string) (bool, error) {
	return has(t, passwdFile, nameOrID)
}

// HasGroup is HasUser for groups.
func HasGroup(t overlay.ReadTree, nameOrID string) (bool, error) {
	return has(t, groupFile, nameOrID)
}

func has(t overlay.ReadTree, file, nameOrID string) (bool, error) {
	tab, err := readTable(t, file)
	if err != nil || tab == nil {
		return false, err
	}
	i := -1
	if strings.Trim(nameOrID, "0123456789") != "" {
		i, _ = tab.find(nameOrID)
	} else if id, ok := parseID(nameOrID); ok {
		i, _ = tab.findID(id)
	}
	return i >= 0, nil
}
