package rpminstall

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"syscall"

	"lbimage/imagebuild/rpm"
	"lbimage/overlay"
)

// leave takes the packages away that make place: their scripts, and what the new one does not have.
func (in *installer) leave() error {
	for _, l := range []struct {
		list []Installed
		arg  int // $1: how many of the name are left
	}{{in.obsolete, 0}, {in.old, 1}} {
		for _, p := range l.list {
			if err := in.script(p.Scriptlets, "preun", p.String(), l.arg); err != nil {
				return err
			}
			if err := in.erase(p); err != nil {
				return err
			}
			if err := in.script(p.Scriptlets, "postun", p.String(), l.arg); err != nil {
				return err
			}
		}
	}
	if in.listed {
		in.note("the scripts of the old version are not known: its %%preun and %%postun are left out")
	}
	return nil
}

// erase removes the files of a package from the deepest up.
func (in *installer) erase(p Installed) error {
	files := make([]*rpm.File, len(p.Files))
	for i := range p.Files {
		files[i] = &p.Files[i]
	}
	slices.SortFunc(files, func(a, b *rpm.File) int { return cmp.Compare(b.Path, a.Path) })
	for _, f := range files {
		if err := in.eraseFile(f); err != nil {
			return err
		}
	}
	return nil
}

func (in *installer) eraseFile(f *rpm.File) error {
	if f.Path == "" || strings.ContainsRune(f.Path, 0) {
		return nil
	}
	r, err := overlay.ResolveLink(in.t, f.Path)
	if errors.Is(err, syscall.ENOTDIR) || err == nil && (!r.Exists() || r.Name == ".") {
		return nil
	}
	if err != nil {
		return err
	}
	if _, ok := in.landed[r.Name]; ok {
		return nil
	}
	if in.o.Database != nil {
		for _, o := range in.o.Database.Owners(f.Path) {
			if !in.leaving[o.Package] && o.Name != in.p.Name {
				in.left(f, "owned by "+o.Package+", too")
				return nil
			}
		}
	}
	mode := f.Mode
	if mode == 0 && f.Digest == "" { // a record that has the path alone
		mode = r.Info.Mode()
	}
	if mode.IsDir() {
		return in.eraseFolder(f, r)
	}
	if f.Flags&rpm.FlagConfig != 0 {
		if f.Flags&rpm.FlagGhost != 0 {
			in.left(f, "configuration that the package did not bring")
			return nil
		}
		differs, err := in.edited(f, r)
		if err != nil {
			return err
		}
		if differs {
			return in.saveOld(f, r)
		}
	}
	if r.Info.IsDir() {
		in.left(f, "a folder stands where the package had none")
		return nil
	}
	return in.take(f, r)
}

func (in *installer) eraseFolder(f *rpm.File, r overlay.Resolved) error {
	if !r.Info.IsDir() {
		in.left(f, "the package had a folder there, the image has none")
		return nil
	}
	entries, err := in.t.ReadDir(r.Name)
	if err != nil {
		return at(r.Name, err)
	}
	if len(entries) > 0 {
		in.left(f, "the folder is not empty")
		return nil
	}
	return in.take(f, r)
}

// saveOld keeps edited configuration of a file that the new version does not have.
func (in *installer) saveOld(f *rpm.File, r overlay.Resolved) error {
	before, err := in.state(r)
	if err != nil {
		return err
	}
	if err := in.moveAway(r, save.suffix()); err != nil {
		return err
	}
	in.report.Files = append(in.report.Files, File{Path: f.Path, Outcome: Saved, Landed: r.Path() + save.suffix(), Note: "it was edited"})
	in.report.Changes = append(in.report.Changes, overlay.NewChange(r.Name, before, nil, "kept as "+r.Path()+save.suffix()))
	return nil
}

func (in *installer) take(f *rpm.File, r overlay.Resolved) error {
	before, err := in.state(r)
	if err != nil {
		return err
	}
	if err := in.drop(r); err != nil {
		return err
	}
	in.report.Files = append(in.report.Files, File{Path: f.Path, Outcome: Removed})
	in.report.Changes = append(in.report.Changes, overlay.NewChange(r.Name, before, nil, "the new version does not have it"))
	return nil
}

func (in *installer) left(f *rpm.File, why string) {
	in.report.Files = append(in.report.Files, File{Path: f.Path, Outcome: Left, Note: why})
}
