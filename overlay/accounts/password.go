package accounts

import (
	"fmt"
	"time"

	"lbimage/overlay"
)

// Password sets the hash of an account that the image has, as usermod -p does.
type Password struct {
	User string
	Hash string // as crypt(3) writes it (see [CheckHash]); "!" or "*" locks
	// Time is the day of the change. Zero leaves the field empty: the password does not age.
	Time time.Time
}

// NewPassword makes the edit, or says what is wrong with the request.
func NewPassword(p Password) (overlay.Edit, error) {
	if err := checkName("user", p.User); err != nil {
		return nil, err
	}
	if err := CheckHash(p.Hash); err != nil {
		return nil, fmt.Errorf("user %s: %w", p.User, err)
	}
	return passwordEdit(p), nil
}

type passwordEdit Password

func (p passwordEdit) Describe() string { return "set the password hash of " + p.User }
func (p passwordEdit) Paths() []string  { return []string{passwdFile, shadowFile} }

func (p passwordEdit) Apply(t overlay.Tree) ([]overlay.Change, error) {
	db, err := open(t)
	if err != nil {
		return nil, err
	}
	about := db.shadow
	if about == nil {
		about = db.passwd
	}
	if err := p.apply(db); err != nil {
		return nil, at(about.asked, "user", p.User, err)
	}
	return db.write(t, about, nil)
}

// apply sets the hash in shadow, and in passwd where the account's hash stands there: without a shadow
// file, or in place of the "x".
func (p passwordEdit) apply(db *database) error {
	i, f := db.passwd.find(p.User)
	if f == nil {
		return fmt.Errorf("%w (%s): make the user first", overlay.ErrNoAccount, passwdFile)
	}
	if err := db.passwd.alone(p.User); err != nil {
		return err
	}
	inPlace := db.shadow == nil || f[1] != "x"
	if inPlace && f[1] != p.Hash {
		db.passwd.set(i, f, 1, p.Hash)
	}
	if db.shadow == nil {
		return nil
	}
	if err := db.shadow.alone(p.User); err != nil {
		return err
	}
	j, s := db.shadow.find(p.User)
	switch {
	case s != nil && s[1] != p.Hash:
		for len(s) < 9 {
			s = append(s, "")
		}
		s[2] = day(p.Time)
		db.shadow.set(j, s, 1, p.Hash)
	case s == nil && !inPlace:
		age := db.aging(nil, time.Time{})
		db.shadow.put(p.User, p.Hash, day(p.Time), age[0], age[1], age[2], "", "", "")
	}
	return nil
}
