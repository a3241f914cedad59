package rpminstall

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"lbimage/imagebuild/rpm"
	"lbimage/overlay"
)

// files puts the package's files into the tree: folders first, then the rest as the payload brings it.
func (in *installer) files() error {
	for _, list := range [][]Installed{in.obsolete, in.old} {
		for _, p := range list {
			for k := range p.Files {
				f := &p.Files[k]
				if r, err := overlay.ResolveLink(in.t, f.Path); err == nil {
					in.was[r.Name] = f
				}
			}
		}
	}
	in.report.Files = make([]File, len(in.p.Files))
	var folders []int
	for i := range in.p.Files {
		in.report.Files[i].Path = in.p.Files[i].Path
		if f := &in.p.Files[i]; f.Mode.IsDir() && f.InPayload() {
			folders = append(folders, i)
		}
	}
	slices.SortFunc(folders, func(a, b int) int { return cmp.Compare(in.p.Files[a].Path, in.p.Files[b].Path) })
	for _, i := range folders {
		if err := in.folder(i); err != nil {
			return err
		}
	}
	in.fates = make([]fate, len(in.p.Files))
	for i := range in.p.Files {
		if f := &in.p.Files[i]; f.Mode.IsDir() && f.InPayload() {
			continue
		}
		d, err := in.decide(i)
		if err != nil {
			return err
		}
		in.fates[i] = d
		if err := in.claim(i, d); err != nil {
			return err
		}
	}
	if err := in.payload(); err != nil {
		return err
	}
	return in.times()
}

// claim notes where a file of the package stands, refuses a second one there, and says what becomes of
// those that are not put.
func (in *installer) claim(i int, d fate) error {
	f, rep := &in.p.Files[i], &in.report.Files[i]
	if d.r.Name != "" {
		if k, twice := in.landed[d.r.Name]; twice && d.action != ghost {
			return fmt.Errorf("%s: it and %s are the same file in the image, through a symbolic link there", f.Path, in.p.Files[k].Path)
		}
		in.landed[d.r.Name] = i
	}
	switch d.action {
	case ghost:
		rep.Outcome = Ghost
	case missing:
		rep.Outcome = Missing
	case skip:
		rep.Outcome, rep.Note = Kept, "it was edited, and the package has not changed it"
	case create:
		if d.r.Exists() && d.r.Info.IsDir() {
			return fmt.Errorf("%s: the image has a folder there, the package has none: remove the folder first", f.Path)
		}
	}
	return nil
}

// folder makes a folder of the package, or gives the one that is there mode and owner.
func (in *installer) folder(i int) error {
	f, rep := &in.p.Files[i], &in.report.Files[i]
	r, err := overlay.ResolveLink(in.t, f.Path)
	if err != nil {
		return needFolder(f.Path, err)
	}
	in.others(f, nil)
	var notes []string
	if r.Exists() && r.Info.Mode()&fs.ModeSymlink != 0 {
		to, err := overlay.Resolve(in.t, f.Path)
		if err != nil {
			return err
		}
		if to.Exists() && to.Info.IsDir() {
			in.landed[r.Name] = i // the link is the package's folder: it stays, too
			notes = append(notes, f.Path+" leads here through a symbolic link, which stays")
			r = to
		}
	}
	if k, twice := in.landed[r.Name]; twice && !in.p.Files[k].Mode.IsDir() {
		return fmt.Errorf("%s: it and %s are the same file in the image", f.Path, in.p.Files[k].Path)
	}
	in.landed[r.Name], in.folders[i] = i, r.Name
	uid, gid, mode, more, err := in.owners.of(f)
	if err != nil {
		return err
	}
	notes = append(notes, more...)
	before, err := in.state(r)
	if err != nil {
		return err
	}
	switch {
	case r.Exists() && r.Info.IsDir():
	case r.Exists():
		notes = append(notes, "a folder of the package takes the place of what stood there")
		if err := in.t.Remove(r.Name); err != nil {
			return at(r.Name, err)
		}
		fallthrough
	default:
		if err := in.parents(r); err != nil {
			return err
		}
		if err := in.t.Mkdir(r.Name, mode.Perm()); err != nil {
			return at(r.Name, err)
		}
	}
	rep.Outcome, rep.Note = Put, strings.Join(notes, "; ")
	if "/"+r.Name != f.Path && r.Name != "." {
		rep.Landed = "/" + r.Name
	}
	if before != nil && before.Mode == mode&modeBits|fs.ModeDir && before.UID == uid && before.GID == gid {
		rep.Outcome = Same
	} else if err := in.attributes(r.Name, uid, gid, mode); err != nil {
		return err
	}
	return in.changed(r.Name, before, notes...)
}

const modeBits = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky

// attributes gives owner and mode, in this order: a change of owner may clear the set-id bits.
func (in *installer) attributes(name string, uid, gid uint32, mode fs.FileMode) error {
	if err := in.t.Lchown(name, int(uid), int(gid)); err != nil {
		return at(name, err)
	}
	if mode&fs.ModeSymlink != 0 {
		return nil
	}
	if err := in.t.Chmod(name, mode&modeBits); err != nil {
		return at(name, err)
	}
	return nil
}

// parents makes the folders above a path that the package does not list, 0755 and root's, as rpm does.
func (in *installer) parents(r overlay.Resolved) error {
	if r.Missing < 2 {
		return nil
	}
	if r.Dangling {
		return fmt.Errorf("%s: the link %s points into a folder that the image does not have: make the folder first",
			r.Path(), "/"+r.Links[len(r.Links)-1])
	}
	parts := strings.Split(r.Name, "/")
	for n := len(parts) - r.Missing + 1; n < len(parts); n++ {
		name := path.Join(parts[:n]...)
		if _, err := in.t.Lstat(name); err == nil {
			continue // made for a file before this one
		}
		if err := in.t.Mkdir(name, 0o755); err != nil {
			return at(name, err)
		}
		if err := in.inherit(name); err != nil {
			return err
		}
		if err := in.changed(name, nil, "made for what goes below it"); err != nil {
			return err
		}
	}
	return nil
}

// inherit gives a new folder group and bit of a set-group-id folder above it, as the kernel does.
func (in *installer) inherit(name string) error {
	above, err := in.t.Lstat(path.Dir(name))
	if err != nil || above.Mode()&fs.ModeSetgid == 0 {
		return err
	}
	_, gid, err := overlay.OwnerOf(above)
	if err != nil {
		return at(path.Dir(name), err)
	}
	return in.attributes(name, 0, gid, fs.ModeDir|fs.ModeSetgid|0o755)
}

// payload reads the archive once more and puts what it brings.
func (in *installer) payload() error {
	if len(in.p.Files) == 0 {
		return nil
	}
	l, err := in.p.Payload(in.p.ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	for {
		e, err := l.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if e.Linked || e.File.Mode.IsDir() {
			continue
		}
		var members []int
		for _, i := range in.p.sets[e.Index] {
			if in.fates[i].puts() {
				members = append(members, i)
			}
		}
		if len(members) == 0 {
			continue
		}
		if err := in.place(e, members); err != nil {
			return err
		}
	}
}

// place puts one file under each of its names.
func (in *installer) place(e *rpm.Entry, members []int) error {
	same, err := in.unchanged(members)
	if err != nil {
		return err
	}
	first := ""
	for _, i := range members {
		f, d, rep := &in.p.Files[i], in.fates[i], &in.report.Files[i]
		uid, gid, mode, notes, err := in.owners.of(f)
		if err != nil {
			return err
		}
		r, err := in.target(f, d)
		if err != nil {
			return err
		}
		before, err := in.state(r)
		if err != nil {
			return err
		}
		var had []held
		switch {
		case same:
		case d.action == save || d.action == backup:
			if err := in.moveAway(r, d.action.suffix()); err != nil {
				return err
			}
		case r.Exists():
			if had, err = in.heldBy(r, f); err != nil {
				return err
			}
			if err := in.drop(r); err != nil {
				return err
			}
		default:
			if err := in.parents(r); err != nil {
				return err
			}
		}
		switch {
		case same:
		case mode&fs.ModeSymlink != 0:
			err = in.t.Symlink(f.Link, r.Name)
		case first == "":
			err = in.t.WriteFrom(r.Name, e, mode.Perm())
			first = r.Name
		default:
			err = in.t.Link(first, r.Name)
		}
		if err != nil {
			return at(r.Name, err)
		}
		touched, err := in.dress(r, f, uid, gid, mode, same)
		if err != nil {
			return err
		}
		more, err := in.giveBack(r.Name, had, mode)
		if err != nil {
			return err
		}
		notes = append(notes, more...)
		in.outcome(rep, d, r, same && !touched)
		rep.Note = strings.Join(notes, "; ")
		if touched && same {
			notes = append(notes, sameContent)
		}
		if err := in.changed(r.Name, before, notes...); err != nil {
			return err
		}
	}
	return nil
}

func (in *installer) outcome(rep *File, d fate, r overlay.Resolved, same bool) {
	rep.Outcome = Put
	switch {
	case d.action == altName:
		rep.Outcome = PutBeside
	case same:
		rep.Outcome = Same
	case d.action == save:
		rep.Outcome = Saved
	case d.action == backup:
		rep.Outcome = SavedOrig
	}
	if r.Path() != rep.Path {
		rep.Landed = r.Path()
	}
}

// target finds where a file goes, and sees to it that it is where the decision was made for: a link that
// the package itself makes must not lead its other files elsewhere.
func (in *installer) target(f *rpm.File, d fate) (overlay.Resolved, error) {
	suffix := ""
	if d.action == altName {
		suffix = d.action.suffix()
	}
	r, err := overlay.ResolveLink(in.t, f.Path+suffix)
	if err != nil {
		return r, needFolder(f.Path, err)
	}
	if r.Name != d.r.Name+suffix {
		return r, fmt.Errorf("%s: it lies below a symbolic link that the package itself makes: such a package is refused", f.Path)
	}
	if r.Exists() && r.Info.IsDir() && d.action != save && d.action != backup {
		return r, fmt.Errorf("%s: the image has a folder there: remove it first", r.Path())
	}
	return r, nil
}

// dress gives a file that was just put, or was the same already, what the package says of it. It tells
// whether anything was to be done on one that was there.
func (in *installer) dress(r overlay.Resolved, f *rpm.File, uid, gid uint32, mode fs.FileMode, same bool) (touched bool, err error) {
	if same {
		u, g, err := overlay.OwnerOf(r.Info)
		if err != nil {
			return false, at(r.Name, err)
		}
		m := r.Info.Mode()
		if u == uid && g == gid && (m&fs.ModeSymlink != 0 || m&modeBits == mode&modeBits) && r.Info.ModTime().Equal(f.ModTime) {
			return false, nil
		}
	}
	if err := in.attributes(r.Name, uid, gid, mode); err != nil {
		return true, err
	}
	if f.Caps != "" && mode.IsRegular() {
		value, err := capability(f.Caps)
		if err != nil {
			return true, err
		}
		if err := in.t.SetXattr(r.Name, capAttr, value); err != nil {
			return true, at(r.Name, err)
		}
	}
	if err := in.t.Lchtimes(r.Name, f.ModTime, f.ModTime); err != nil {
		return true, at(r.Name, err)
	}
	return true, nil
}
