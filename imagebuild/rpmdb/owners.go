package rpmdb

import (
	"path"
	"slices"
	"strings"

	"lbimage/overlay"
)

// indexOwners maps every file that a package put down to its packages, by where it really lies: with /bin a link
// to usr/bin, a package's /bin/sh is /usr/bin/sh. Folders are looked at once.
func (db *DB) indexOwners() {
	db.owners = make(map[string][]*Package)
	db.shared = make(map[string]bool)
	real, listed := make(map[string]string), make(map[string]bool)
	for _, p := range db.packages {
		for i := range p.Files {
			f := &p.Files[i]
			if listed[f.Path] {
				db.shared[f.Path] = true
			}
			listed[f.Path] = true
			if !f.present() {
				continue
			}
			dir := path.Dir(f.Path)
			if _, ok := real[dir]; !ok {
				real[dir] = db.resolveFolder(dir)
			}
			at := path.Join(real[dir], path.Base(f.Path))
			if list := db.owners[at]; !slices.Contains(list, p) {
				db.owners[at] = append(list, p)
			}
		}
	}
}

// resolveFolder gives the path of a folder without links; as it is where the links lead nowhere.
func (db *DB) resolveFolder(dir string) string {
	r, err := overlay.Resolve(db.tree, dir)
	if err != nil {
		return dir
	}
	return r.Path()
}

// Owners gives the packages that put a file there, sorted as Packages are: one mostly, several of a folder
// or a file that two packages share, none of what no package brought. The path is seen from the image's root;
// links on its way are followed as they were when the database was opened, one at its end is not. A file that
// its package lists but did not put there, because another's had to stand there or documentation was left out,
// does not make the package an owner; a ghost does.
func (db *DB) Owners(name string) []*Package {
	clean := path.Clean("/" + name)
	at := path.Join(db.resolveFolder(path.Dir(clean)), path.Base(clean))
	return slices.Clone(db.owners[at])
}

// file finds the entry of p for the file that lies at a resolved path.
func (db *DB) file(p *Package, at string) *File {
	base := path.Base(at)
	for i := range p.Files {
		f := &p.Files[i]
		if path.Base(f.Path) != base || !f.present() {
			continue
		}
		if f.Path == at || path.Join(db.resolveFolder(path.Dir(f.Path)), base) == at {
			return f
		}
	}
	return nil
}

// names joins packages as people list them: 'python-2.6.6-52.el6.x86_64, python-libs-…'.
func names(list []*Package) string {
	s := make([]string, len(list))
	for i, p := range list {
		s[i] = p.String()
	}
	return strings.Join(s, ", ")
}
