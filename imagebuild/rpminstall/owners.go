package rpminstall

import (
	"errors"
	"io/fs"
	"strconv"

	"lbimage/imagebuild/rpm"
	"lbimage/overlay"
)

// owners looks up names in the image's account files, each once.
type owners struct {
	t      overlay.ReadTree
	users  map[string]id
	groups map[string]id
}

// id is a number, or none: the image has no such name.
type id struct {
	n    uint32
	none bool
}

// of gives the owner that a file gets, and the mode: as rpm does, a name that is not there gives root and
// takes its set-id bit away.
func (o *owners) of(f *rpm.File) (uid, gid uint32, mode fs.FileMode, notes []string, err error) {
	u, err := o.user(f.User)
	if err != nil {
		return 0, 0, 0, nil, err
	}
	g, err := o.group(f.Group)
	if err != nil {
		return 0, 0, 0, nil, err
	}
	mode = f.Mode
	if u.none {
		mode &^= fs.ModeSetuid
		notes = append(notes, "the image has no user "+f.User+": root owns it")
	}
	if g.none {
		mode &^= fs.ModeSetgid
		notes = append(notes, "the image has no group "+f.Group+": it gets root's")
	}
	return u.n, g.n, mode, notes, nil
}

func (o *owners) user(name string) (id, error) {
	if v, ok := o.users[name]; ok {
		return v, nil
	}
	v, err := lookup(name, func() (uint32, error) {
		n, _, err := overlay.Owner{User: name, Group: "root"}.Lookup(o.t)
		return n, err
	})
	if err == nil {
		o.users[name] = v
	}
	return v, err
}

func (o *owners) group(name string) (id, error) {
	if v, ok := o.groups[name]; ok {
		return v, nil
	}
	v, err := lookup(name, func() (uint32, error) {
		_, n, err := overlay.Owner{User: "root", Group: name}.Lookup(o.t)
		return n, err
	})
	if err == nil {
		o.groups[name] = v
	}
	return v, err
}

// lookup takes a number for a name, as rpm does: there is hardly a user of that name.
func lookup(name string, find func() (uint32, error)) (id, error) {
	if _, err := strconv.ParseUint(name, 10, 64); err == nil || name == "" {
		return id{none: true}, nil
	}
	n, err := find()
	if errors.Is(err, overlay.ErrNoAccount) {
		return id{none: true}, nil
	}
	return id{n: n}, err
}
