package compare

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"pault.ag/go/debian/version"

	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/survey"
	"lbimage/overlay"
)

// Packages tells which packages differ.
type Packages struct {
	A PackageList `json:"a"`
	B PackageList `json:"b"`
	// Changes are sorted by name.
	Changes []PackageChange `json:"changes"`
}

// PackageList is what a side has installed.
type PackageList struct {
	Manager string   `json:"manager,omitempty"` // rpm or dpkg; empty for none
	Path    string   `json:"path,omitempty"`    // of the database: /var/lib/rpm/Packages
	Format  string   `json:"format,omitempty"`  // bdb, ndb or sqlite; empty for dpkg
	Count   int      `json:"count"`
	Notes   []string `json:"notes,omitempty"` // what could not be read
}

// PackageKind says what became of a package.
type PackageKind string

// What becomes of packages.
const (
	Added      PackageKind = "added"
	Removed    PackageKind = "removed"
	Upgraded   PackageKind = "upgraded"
	Downgraded PackageKind = "downgraded"
	Rebuilt    PackageKind = "rebuilt" // the same version, and yet another package: of another architecture, size or vendor
)

// PackageChange is a package that differs.
type PackageChange struct {
	Kind  PackageKind `json:"kind"`
	Name  string      `json:"name"`
	Arch  string      `json:"arch,omitempty"`  // of B, or of A where it was removed
	ArchA string      `json:"archA,omitempty"` // of A, where that was another
	A     string      `json:"a,omitempty"`     // version, epoch:version-release; empty where there is none
	B     string      `json:"b,omitempty"`
	// Why says what differs in a rebuilt package.
	Why string `json:"why,omitempty"`
}

// packagesOf compares what two trees have installed. none says that neither has packages.
func packagesOf(ctx context.Context, a, b overlay.ReadTree, tempDir string) (out Packages, none bool, err error) {
	pa, err := survey.PackagesOf(ctx, a, survey.Options{TempDir: tempDir})
	if err != nil {
		return out, false, &sideError{"A", err}
	}
	pb, err := survey.PackagesOf(ctx, b, survey.Options{TempDir: tempDir})
	if err != nil {
		return out, false, &sideError{"B", err}
	}
	out.A, out.B, out.Changes = listOf(pa), listOf(pb), comparePackages(pa, pb)
	return out, pa.Manager == "" && pb.Manager == "", nil
}

// sideError is an error of one of two sources.
type sideError struct {
	side string
	err  error
}

func (e *sideError) Error() string { return e.side + ": " + e.err.Error() }
func (e *sideError) Unwrap() error { return e.err }

func listOf(p survey.Packages) PackageList {
	return PackageList{Manager: p.Manager, Path: p.Path, Format: p.Format, Count: len(p.List), Notes: p.Notes}
}

// comparePackages pairs packages by name and architecture. Of a package that is there in several versions, as kernels
// are, those that both sides have are the same; what is left is paired only where it is one on each side.
func comparePackages(a, b survey.Packages) []PackageChange {
	changes := []PackageChange{}
	left := map[string][2][]survey.Package{} // by name
	type key struct{ name, arch, version string }
	inB := map[key][]survey.Package{}
	keyOf := func(p survey.Package) key { return key{p.Name, p.Arch, p.Full()} }
	for _, p := range b.List {
		inB[keyOf(p)] = append(inB[keyOf(p)], p)
	}
	for _, p := range a.List {
		k := keyOf(p)
		same := inB[k]
		if len(same) == 0 {
			x := left[p.Name]
			x[0] = append(x[0], p)
			left[p.Name] = x
			continue
		}
		inB[k] = same[1:]
		if why := rebuilt(p, same[0]); why != "" {
			changes = append(changes, PackageChange{Kind: Rebuilt, Name: p.Name, Arch: p.Arch, A: p.Full(), B: same[0].Full(), Why: why})
		}
	}
	for _, list := range inB {
		for _, p := range list {
			x := left[p.Name]
			x[1] = append(x[1], p)
			left[p.Name] = x
		}
	}
	for name, x := range left {
		changes = append(changes, pairUp(name, x[0], x[1], orderOf(a.Manager, b.Manager))...)
	}
	slices.SortFunc(changes, func(x, y PackageChange) int {
		return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.Arch, y.Arch), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B), cmp.Compare(x.Why, y.Why))
	})
	return changes
}

// rebuilt says in what two packages of one version differ, that no build should change.
func rebuilt(a, b survey.Package) string {
	var why []string
	if a.Size != b.Size {
		why = append(why, fmt.Sprintf("size %d → %d bytes", a.Size, b.Size))
	}
	if a.Vendor != b.Vendor {
		why = append(why, fmt.Sprintf("vendor %s → %s", cmp.Or(a.Vendor, "nobody"), cmp.Or(b.Vendor, "nobody")))
	}
	if a.State != b.State {
		why = append(why, fmt.Sprintf("state %s → %s", cmp.Or(a.State, "installed"), cmp.Or(b.State, "installed")))
	}
	return strings.Join(why, ", ")
}

// pairUp tells what became of the versions of one package that only one side has.
func pairUp(name string, a, b []survey.Package, order func(a, b survey.Package) int) []PackageChange {
	var out []PackageChange
	arches := map[string][2][]survey.Package{}
	for i, list := range [2][]survey.Package{a, b} {
		for _, p := range list {
			x := arches[p.Arch]
			x[i] = append(x[i], p)
			arches[p.Arch] = x
		}
	}
	a, b = nil, nil // what is left
	for _, x := range arches {
		if len(x[0]) == 1 && len(x[1]) == 1 {
			out = append(out, changed(x[0][0], x[1][0], order))
			continue
		}
		a, b = append(a, x[0]...), append(b, x[1]...)
	}
	if len(a) == 1 && len(b) == 1 {
		return append(out, changed(a[0], b[0], order))
	}
	for _, p := range a {
		out = append(out, PackageChange{Kind: Removed, Name: name, Arch: p.Arch, A: p.Full()})
	}
	for _, p := range b {
		out = append(out, PackageChange{Kind: Added, Name: name, Arch: p.Arch, B: p.Full()})
	}
	return out
}

func changed(a, b survey.Package, order func(a, b survey.Package) int) PackageChange {
	c := PackageChange{Kind: Upgraded, Name: a.Name, Arch: b.Arch, A: a.Full(), B: b.Full()}
	if a.Arch != b.Arch {
		c.ArchA = a.Arch
	}
	switch n := order(a, b); {
	case n > 0:
		c.Kind = Downgraded
	case n == 0:
		c.Kind = Rebuilt
		if c.ArchA != "" {
			c.Why = "architecture"
		} else {
			c.Why = "its version is written otherwise"
		}
	}
	return c
}

// orderOf gives the order of versions that the package manager of both sides has; rpm's where they have two.
func orderOf(a, b string) func(a, b survey.Package) int {
	if a == "dpkg" && b == "dpkg" {
		return func(a, b survey.Package) int {
			x, errX := version.Parse(a.Full())
			y, errY := version.Parse(b.Full())
			if errX != nil || errY != nil {
				return rpmOrder(a, b)
			}
			return version.Compare(x, y)
		}
	}
	return rpmOrder
}

func rpmOrder(a, b survey.Package) int {
	evr := func(p survey.Package) rpm.EVR { return rpm.EVR{Epoch: p.Epoch, Version: p.Version, Release: p.Release} }
	return evr(a).Compare(evr(b))
}

// databasesOfPackages are folders and files in which package managers keep what is installed: told as packages.
var databasesOfPackages = []string{
	"/var/lib/rpm/", "/usr/lib/sysimage/rpm/", "/usr/share/rpm/", "/var/lib/dpkg/status", "/var/lib/dpkg/available",
}

// explainer says of files what the comparison of packages says of them.
func explainer(p Packages) func(path string) string {
	return func(path string) string {
		for _, prefix := range databasesOfPackages {
			if !strings.HasPrefix(path, prefix) {
				continue
			}
			if len(p.Changes) == 0 {
				return "a database of packages: both have the same, stored differently"
			}
			return fmt.Sprintf("a database of packages, of which %d differ, as told above", len(p.Changes))
		}
		return ""
	}
}
