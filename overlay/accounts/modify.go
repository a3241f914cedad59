package accounts

import (
	"fmt"

	"lbimage/overlay"
)

// Modify changes what /etc/passwd says of a user that the image has, as usermod -c, -d and -s do. The home
// folder itself is neither made nor moved. nil leaves a field as it is.
type Modify struct {
	User                 string
	Comment, Home, Shell *string
}

// NewModify makes the edit, or says what is wrong with the request.
func NewModify(m Modify) (overlay.Edit, error) {
	if err := checkName("user", m.User); err != nil {
		return nil, err
	}
	for _, f := range m.fields() {
		if f.text == nil {
			continue
		}
		if err := checkField(f.what, *f.text); err != nil {
			return nil, fmt.Errorf("user %s: %w", m.User, err)
		}
		if f.what != "comment" && (*f.text == "" || (*f.text)[0] != '/') {
			return nil, fmt.Errorf("user %s: %s %q: give the whole path, from /", m.User, f.what, shorten(*f.text))
		}
	}
	return modifyEdit(m), nil
}

type field struct {
	index int // in a line of /etc/passwd
	what  string
	text  *string
}

func (m Modify) fields() []field {
	return []field{{4, "comment", m.Comment}, {5, "home", m.Home}, {6, "shell", m.Shell}}
}

type modifyEdit Modify

func (m modifyEdit) Describe() string { return "change the user " + m.User }
func (m modifyEdit) Paths() []string  { return []string{passwdFile} }

func (m modifyEdit) Apply(t overlay.Tree) ([]overlay.Change, error) {
	db, err := open(t)
	if err != nil {
		return nil, err
	}
	if err := m.apply(db); err != nil {
		return nil, at(passwdFile, "user", m.User, err)
	}
	return db.write(t, db.passwd, nil)
}

func (m modifyEdit) apply(db *database) error {
	i, f := db.passwd.find(m.User)
	if f == nil {
		return fmt.Errorf("%w (%s): make the user first", overlay.ErrNoAccount, passwdFile)
	}
	if err := db.passwd.alone(m.User); err != nil {
		return err
	}
	for _, to := range Modify(m).fields() {
		if to.text == nil {
			continue
		}
		for len(f) <= to.index {
			f = append(f, "")
		}
		if f[to.index] != *to.text {
			db.passwd.set(i, f, to.index, *to.text)
		}
	}
	return nil
}
