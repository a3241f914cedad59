package accounts

import (
	"io/fs"

	"lbimage/overlay"
)

// What the edits of this package need.

func (u userEdit) Estimate(e *overlay.Estimate) error {
	db, err := open(e.Tree())
	if err != nil {
		return nil // it is said when the edit is applied
	}
	if _, f := db.passwd.find(u.Name); f != nil {
		return db.grow(e, db.group, db.gshadow)
	}
	if err := db.grow(e, db.passwd, db.shadow, db.group, db.gshadow, db.subuid, db.subgid); err != nil {
		return err
	}
	a, err := u.decide(db)
	if err != nil {
		// An earlier edit may make the group that lacks. The numbers do not count here.
		u.Group, u.NoUserGroup, u.UserGroup = "", true, false
		if a, err = u.decide(db); err != nil {
			return nil
		}
	}
	made, err := a.prepare(e.Tree(), db, u)
	if err != nil {
		return nil
	}
	return made.estimate(e)
}

// estimate counts the home with what the skeleton holds, and the mail spool.
func (out *folders) estimate(e *overlay.Estimate) error {
	if out.makeHome {
		if err := e.Dir(out.home); err != nil {
			return err
		}
		for _, s := range out.skel {
			at := out.home + "/" + s.name
			var err error
			switch {
			case s.mode.IsDir():
				err = e.Dir(at)
			case s.mode&fs.ModeSymlink != 0:
				err = e.Symlink(at, s.target)
			default:
				err = e.File(at, int64(len(s.data)))
			}
			if err != nil {
				return err
			}
		}
	}
	if out.spool != "" {
		return e.File(out.spool, 0)
	}
	return nil
}

func (g groupEdit) Estimate(e *overlay.Estimate) error {
	db, err := open(e.Tree())
	if err != nil {
		return nil
	}
	return db.grow(e, db.group, db.gshadow)
}

func (m memberEdit) Estimate(e *overlay.Estimate) error { return groupEdit{}.Estimate(e) }

func (p passwordEdit) Estimate(e *overlay.Estimate) error {
	db, err := open(e.Tree())
	if err != nil {
		return nil
	}
	return db.grow(e, db.passwd, db.shadow)
}

// lineGrowth is more than a line of an account file takes, in bytes.
const lineGrowth = 4 * maxField

// grow counts a line more in tables that the image has.
func (db *database) grow(e *overlay.Estimate, tables ...*table) error {
	for _, tab := range tables {
		if tab == nil {
			continue
		}
		if err := e.Grow(tab.path, lineGrowth); err != nil {
			return err
		}
	}
	return nil
}
