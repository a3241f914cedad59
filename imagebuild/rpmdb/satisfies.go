package rpmdb

import (
	"path"
	"slices"

	"lbimage/imagebuild/rpm"
	"lbimage/overlay"
)

// provision is something that a package provides.
type provision struct {
	dep rpm.Dependency
	by  *Package
}

// senseEqual is the flag of a dependency on one version.
const senseEqual = 1 << 3

func (db *DB) indexProvides() {
	db.provides = make(map[string][]provision)
	for _, p := range db.packages {
		own := false
		for _, d := range p.Provides {
			own = own || d.Name == p.Name
			db.provides[d.Name] = append(db.provides[d.Name], provision{d, p})
		}
		if !own { // packages before RPM 4 do not list themselves
			d := rpm.Dependency{Name: p.Name, Op: "=", Version: p.EVR(), Flags: senseEqual}
			db.provides[p.Name] = append(db.provides[p.Name], provision{d, p})
		}
	}
}

// Satisfies says whether the image has what a package requires, and by whom: 'bash-4.1.2-15.el6.x86_64',
// 'the file /usr/bin/python', 'rpm 4.8.0'. Without it, by tells what there is instead, or is "".
//
// A path is satisfied by a file of a package, or by one that is simply there; rpm itself counts the former only.
// A feature of rpm (rpmlib(FileDigests)) is satisfied when the rpm in the image has it. Conditions such as
// "(a if b)", which packages may have since EL8, are taken apart as rpm does.
func (db *DB) Satisfies(dep rpm.Dependency) (by string, ok bool) {
	switch {
	case isRich(dep.Name):
		return db.satisfiesRich(dep.Name)
	case dep.Internal():
		return db.satisfiesFeature(dep)
	}
	other := ""
	for _, p := range db.provides[dep.Name] {
		if p.dep.Overlaps(dep) {
			return p.by.String(), true
		}
		other = p.by.String()
	}
	if path.IsAbs(dep.Name) {
		if owners := db.Owners(dep.Name); len(owners) > 0 {
			return owners[0].String(), true
		}
		if r, err := overlay.Resolve(db.tree, dep.Name); err == nil && r.Exists() {
			return "the file " + path.Clean(dep.Name), true
		}
	}
	return other, false
}

// Unsatisfied lists which of the requirements the image does not meet, in their order. Those that the
// packages themselves meet, which are about to be installed, do not count.
func (db *DB) Unsatisfied(requires []rpm.Dependency, with ...*rpm.Package) []rpm.Dependency {
	var out []rpm.Dependency
	for _, r := range requires {
		if _, ok := db.Satisfies(r); !ok && !slices.ContainsFunc(with, func(p *rpm.Package) bool { return provides(p, r) }) {
			out = append(out, r)
		}
	}
	return out
}

func provides(p *rpm.Package, r rpm.Dependency) bool {
	if _, ok := p.File(r.Name); ok {
		return true
	}
	return slices.ContainsFunc(p.Provides, func(d rpm.Dependency) bool { return d.Overlaps(r) })
}

// features are those of rpm that packages require, with the version of the feature and the rpm that first had it.
var features = map[string]struct{ version, since string }{
	"rpmlib(VersionedDependencies)":    {"3.0.3-1", "3.0.3"},
	"rpmlib(CompressedFileNames)":      {"3.0.4-1", "3.0.4"},
	"rpmlib(PayloadIsBzip2)":           {"3.0.5-1", "3.0.5"},
	"rpmlib(PayloadFilesHavePrefix)":   {"4.0-1", "4.0"},
	"rpmlib(ExplicitPackageProvide)":   {"4.0-1", "4.0"},
	"rpmlib(HeaderLoadSortsTags)":      {"4.0.1-1", "4.0.1"},
	"rpmlib(ScriptletInterpreterArgs)": {"4.0.3-1", "4.0.3"},
	"rpmlib(PartialHardlinkSets)":      {"4.0.4-1", "4.0.4"},
	"rpmlib(ConcurrentAccess)":         {"4.1-1", "4.1"},
	"rpmlib(BuiltinLuaScripts)":        {"4.2.2-1", "4.2.2"},
	"rpmlib(PayloadIsLzma)":            {"4.4.2-1", "4.4.6"},
	"rpmlib(FileDigests)":              {"4.6.0-1", "4.6.0"},
	"rpmlib(FileCaps)":                 {"4.6.1-1", "4.7.0"},
	"rpmlib(PayloadIsXz)":              {"5.2-1", "4.7.2"},
	"rpmlib(ScriptletExpansion)":       {"4.9.0-1", "4.9.0"},
	"rpmlib(TildeInVersions)":          {"4.10.0-1", "4.10.0"},
	"rpmlib(LargeFiles)":               {"4.12.0-1", "4.12.0"},
	"rpmlib(RichDependencies)":         {"4.12.0-1", "4.12.0"},
	"rpmlib(PayloadIsZstd)":            {"5.4.18-1", "4.14.0"},
	"rpmlib(CaretInVersions)":          {"4.15.0-1", "4.15.0"},
	"rpmlib(DynamicBuildRequires)":     {"4.15.0-1", "4.15.0"},
}

// rpmVersion is the version of the rpm in the image, "" where it is no package.
func (db *DB) rpmVersion() string {
	if list := db.byName["rpm"]; len(list) > 0 {
		return list[len(list)-1].Version
	}
	return ""
}

func (db *DB) satisfiesFeature(dep rpm.Dependency) (by string, ok bool) {
	have := db.rpmVersion()
	f, known := features[dep.Name]
	if have == "" || !known {
		return have, false
	}
	d := rpm.Dependency{Name: dep.Name, Op: "=", Version: f.version, Flags: senseEqual}
	return "rpm " + have, rpm.CompareVersions(have, f.since) >= 0 && d.Overlaps(dep)
}
