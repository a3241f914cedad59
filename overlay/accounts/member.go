package accounts

import (
	"fmt"
	"strings"

	"lbimage/overlay"
)

// Membership makes a user that the image has a member of groups that it has, as usermod -a -G does. Groups
// that the user is in stay.
type Membership struct {
	User   string
	Groups []string // by name or number
}

// NewMembership makes the edit, or says what is wrong with the request.
func NewMembership(m Membership) (overlay.Edit, error) {
	if err := checkName("user", m.User); err != nil {
		return nil, err
	}
	if len(m.Groups) == 0 {
		return nil, fmt.Errorf("user %s: no group to join: give one", m.User)
	}
	if err := checkGroups(m.Groups); err != nil {
		return nil, fmt.Errorf("user %s: %w", m.User, err)
	}
	m.Groups = append([]string(nil), m.Groups...)
	return memberEdit(m), nil
}

// checkGroups looks at names and numbers.
func checkGroups(groups []string) error {
	for _, g := range groups {
		if _, numeric := parseID(g); numeric {
			continue
		}
		if err := checkName("group", g); err != nil {
			return err
		}
	}
	return nil
}

type memberEdit Membership

func (m memberEdit) Describe() string {
	return fmt.Sprintf("add the user %s to %s", m.User, strings.Join(m.Groups, ", "))
}
func (m memberEdit) Paths() []string { return []string{groupFile, gshadowFile} }

func (m memberEdit) Apply(t overlay.Tree) ([]overlay.Change, error) {
	db, err := open(t)
	if err != nil {
		return nil, err
	}
	if _, f := db.passwd.find(m.User); f == nil {
		return nil, at(groupFile, "user", m.User, fmt.Errorf("%w (%s): make the user first", overlay.ErrNoAccount, passwdFile))
	}
	groups, err := db.groupsOf(m.Groups)
	if err != nil {
		return nil, at(groupFile, "user", m.User, err)
	}
	var notes []string
	if joined := db.join(m.User, groups); joined != nil {
		notes = []string{fmt.Sprintf("the user %s joins %s", m.User, strings.Join(joined, ", "))}
	}
	return db.write(t, db.group, notes)
}
