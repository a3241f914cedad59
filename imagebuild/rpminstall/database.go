package rpminstall

import (
	"fmt"

	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpmdb"
)

// FromDB answers from the package database that was read from an image.
func FromDB(db *rpmdb.DB) Database { return fromDB{db} }

type fromDB struct{ db *rpmdb.DB }

// installed translates a package, with the files that it put there.
func (fromDB) installed(p *rpmdb.Package) Installed {
	out := Installed{Name: p.Name, Arch: p.Arch, EVR: evr(p), Scriptlets: p.Scriptlets}
	for i := range p.Files {
		if p.Files[i].State == rpmdb.Normal {
			out.Files = append(out.Files, p.Files[i].File)
		}
	}
	return out
}

func evr(p *rpmdb.Package) string {
	if p.Epoch != nil && *p.Epoch != 0 {
		return fmt.Sprintf("%d:%s-%s", *p.Epoch, p.Version, p.Release)
	}
	return p.Version + "-" + p.Release
}

func (d fromDB) Installed(name string) (out []Installed) {
	for _, p := range d.db.Named(name) {
		out = append(out, d.installed(p))
	}
	return out
}

func (d fromDB) Owners(path string) (out []Owned) {
	for _, p := range d.db.Owners(path) {
		o := Owned{Name: p.Name, Package: Installed{Name: p.Name, Arch: p.Arch, EVR: evr(p)}.String(), File: rpm.File{Path: path, Flags: rpm.FlagGhost}}
		for i := range p.Files {
			if p.Files[i].Path == path { // else it has the file under another name, through a link to a folder
				o.File = p.Files[i].File
			}
		}
		out = append(out, o)
	}
	return out
}

func (d fromDB) Satisfies(dep rpm.Dependency) (by string, ok bool) { return d.db.Satisfies(dep) }

func (d fromDB) Obsoleted(dep rpm.Dependency) (out []Installed) {
	for _, p := range d.db.Packages() {
		if dep.Name == p.Name && dep.Overlaps(rpm.Dependency{Name: p.Name, Op: "=", Version: evr(p)}) {
			out = append(out, d.installed(p))
		}
	}
	return out
}
