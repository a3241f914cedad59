package accounts

import (
	"fmt"

	"lbimage/overlay"
)

// Group is a group to be made. An image that has one of that name keeps it as it is.
type Group struct {
	Name string
	// GID is the number; nil: the next free one, of the system's range where System is set.
	GID    *uint32
	System bool
	// NonUnique takes a GID that another group has, too (groupadd -o).
	NonUnique bool
	// Force gives way to the next free number where another group has the GID (groupadd -f).
	Force bool
}

// NewGroup makes the edit, or says what is wrong with the request.
func NewGroup(g Group) (overlay.Edit, error) {
	if err := checkName("group", g.Name); err != nil {
		return nil, err
	}
	if g.GID != nil && *g.GID > maxID {
		return nil, fmt.Errorf("group %s: the gid %d means none to the kernel: choose another", g.Name, *g.GID)
	}
	if g.NonUnique && g.GID == nil {
		return nil, fmt.Errorf("group %s: a number that others have must be given: add the gid", g.Name)
	}
	return groupEdit(g), nil
}

type groupEdit Group

func (g groupEdit) Describe() string {
	s := "make the group " + g.Name
	if g.System {
		s = "make the system group " + g.Name
	}
	if g.GID != nil {
		s += fmt.Sprintf(" (gid %d)", *g.GID)
	}
	return s
}

func (g groupEdit) Paths() []string { return []string{groupFile, gshadowFile} }

func (g groupEdit) Apply(t overlay.Tree) ([]overlay.Change, error) {
	db, err := open(t)
	if err != nil {
		return nil, err
	}
	notes, err := g.apply(db)
	if err != nil {
		return nil, at(groupFile, "group", g.Name, err)
	}
	return db.write(t, db.group, notes)
}

func (g groupEdit) apply(db *database) ([]string, error) {
	if _, f := db.group.find(g.Name); f != nil {
		if gid, _ := fieldID(f[2]); g.GID != nil && *g.GID != gid {
			return []string{fmt.Sprintf("the group %s is there already and stays as it is: its gid is %d, asked for was %d", g.Name, gid, *g.GID)}, nil
		}
		return nil, nil
	}
	var holder []string
	if g.GID != nil && !g.NonUnique {
		_, holder = db.group.findID(*g.GID)
	}
	var gid uint32
	switch {
	case g.GID != nil && holder == nil:
		gid = *g.GID
	case g.GID != nil && !g.Force:
		return nil, taken(ErrNumberTaken, "the gid %d belongs to the group %s: choose another", *g.GID, holder[0])
	default:
		var err error
		if gid, err = db.span("GID", g.System).next(db.group.ids(), nil); err != nil {
			return nil, err
		}
	}
	return []string{fmt.Sprintf("the group %s gets the gid %d", g.Name, gid)}, db.addGroup(g.Name, gid, "x")
}
