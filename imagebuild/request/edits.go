package request

import (
	"errors"
	"fmt"
	"io/fs"

	"lbimage/imagebuild/recipe"
	"lbimage/overlay"
	"lbimage/overlay/accounts"
	"lbimage/overlay/services"
	"lbimage/servo/develop"
)

// maxContent bounds a file that is put into the image by an edit; larger ones go by an overlay.
const maxContent = 16 << 20

// openEdits makes the edits that do not depend on the image, and reads their files.
func (o *Opened) openEdits() error {
	for i, e := range o.Request.Edits {
		edit, err := fixedEdit(e)
		if err != nil {
			return usage(fmt.Errorf("%s: %w", e.Place, err))
		}
		if edit != nil {
			o.fixed[i] = edit
		}
	}
	return nil
}

// edit is the edit at place i of the request, nil for a package that was not opened yet.
func (o *Opened) edit(i int, e recipe.Edit, image Image) (overlay.Edit, error) {
	if edit, ok := o.fixed[i]; ok {
		return edit, nil
	}
	switch {
	case e.User != nil:
		u := e.User
		return accounts.NewUser(accounts.User{
			Name: u.Name, UID: u.UID, System: u.System, Group: u.Group, Groups: u.Groups, Comment: u.Comment,
			Home: u.Home, Shell: u.Shell, CreateHome: u.CreateHome, Password: u.Password, Time: image.Time,
		})
	case e.Password != nil:
		return accounts.NewPassword(accounts.Password{User: e.Password.User, Hash: e.Password.Hash, Time: image.Time})
	case e.RPM != nil:
		return o.packageEdit(i, image)
	}
	return nil, errors.New("an edit without a kind")
}

// fixedEdit is an edit that is the same for every image, nil for the others.
func fixedEdit(e recipe.Edit) (overlay.Edit, error) {
	switch {
	case e.Line != nil:
		return lineEdit(e.Line)
	case e.File != nil:
		return fileEdit(e.File)
	case e.Dir != nil:
		owner, err := ownerOf(e.Dir.Owner)
		return overlay.Dir{Path: e.Dir.Path, Mode: modeOf(e.Dir.Mode), Owner: owner}, err
	case e.Symlink != nil:
		return overlay.Symlink{Path: e.Symlink.Path, Target: e.Symlink.Target}, nil
	case e.Remove != nil:
		return overlay.Remove{Path: e.Remove.Path, Tree: e.Remove.Recursive}, nil
	case e.Group != nil:
		return accounts.NewGroup(accounts.Group{Name: e.Group.Name, GID: e.Group.GID, System: e.Group.System})
	case e.Service != nil:
		s := e.Service
		return services.New(services.Request{Name: s.Name, Action: services.Action(s.Action), Levels: s.Levels})
	case e.AuthorizedKeys != nil:
		k := e.AuthorizedKeys
		keys, err := publicKeys(k.Keys, k.File)
		if err != nil {
			return nil, err
		}
		return develop.NewAccess(develop.Access{User: k.User, AuthorizedKeys: keys})
	}
	return nil, nil
}

func lineEdit(l *recipe.Line) (overlay.Edit, error) {
	edit := overlay.Line{
		Path: l.Path, Match: l.Match, Set: l.Set, Expand: l.Expand, Remove: l.Remove,
		Which: overlay.Which(l.Which), Missing: overlay.Missing(l.Missing), After: l.After, Before: l.Before,
	}
	if l.Create != nil {
		edit.Create = &overlay.Create{}
		if l.Create.Mode != nil {
			edit.Create.Mode = l.Create.Mode.FileMode()
		}
		if l.Create.Owner != "" {
			owner, err := overlay.ParseOwner(l.Create.Owner)
			if err != nil {
				return nil, err
			}
			edit.Create.Owner = owner
		}
	}
	return overlay.NewLine(edit)
}

func fileEdit(f *recipe.File) (overlay.Edit, error) {
	edit := overlay.File{Path: f.Path, Content: []byte(f.Content), Mode: modeOf(f.Mode)}
	if f.Source != "" {
		content, err := readSmall(f.Source, maxContent)
		if err != nil {
			return nil, err
		}
		edit.Content = content
	}
	var err error
	edit.Owner, err = ownerOf(f.Owner)
	return edit, err
}

func modeOf(m *recipe.Mode) *fs.FileMode {
	if m == nil {
		return nil
	}
	mode := m.FileMode()
	return &mode
}

// ownerOf reads an owner; none is nil.
func ownerOf(text string) (*overlay.Owner, error) {
	if text == "" {
		return nil, nil
	}
	owner, err := overlay.ParseOwner(text)
	return &owner, err
}
