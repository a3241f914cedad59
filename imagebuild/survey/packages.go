package survey

import (
	"context"
	"slices"
	"strings"
	"time"

	"lbimage/imagebuild/rpmdb"
	"lbimage/overlay"
)

// Packages are those that the image's package manager has installed.
type Packages struct {
	Manager string    `json:"manager,omitempty"` // rpm or dpkg; empty for none
	Path    string    `json:"path,omitempty"`    // of the database: /var/lib/rpm/Packages
	Format  string    `json:"format,omitempty"`  // bdb, ndb, sqlite; empty for dpkg
	List    []Package `json:"list"`              // sorted by name, then version
	Notes   []string  `json:"notes,omitempty"`
	// DB is rpm's database, with what packages provide and require, and with all that it knows of their files; nil where
	// there is none.
	DB *rpmdb.DB `json:"-"`

	files *ownership
	tree  overlay.ReadTree // dpkg's, for licences
}

// Package is an installed package.
type Package struct {
	Name      string     `json:"name"`
	Epoch     string     `json:"epoch,omitempty"`
	Version   string     `json:"version"` // upstream's
	Release   string     `json:"release,omitempty"`
	Arch      string     `json:"arch,omitempty"`
	Source    string     `json:"source,omitempty"` // the source package: a file name for rpm, name and perhaps version for dpkg
	License   string     `json:"license,omitempty"`
	Vendor    string     `json:"vendor,omitempty"` // dpkg: the maintainer
	Summary   string     `json:"summary,omitempty"`
	Installed *time.Time `json:"installed,omitempty"` // dpkg does not tell
	Size      int64      `json:"size,omitempty"`      // bytes once installed, as the package says
	// State is what dpkg says of a package that is not quite installed: unpacked, half-configured, triggers-awaited,
	// triggers-pending. Empty for one that is.
	State string   `json:"state,omitempty"`
	Files []string `json:"-"` // paths from the root, folders too, sorted
	// Depends are what dpkg has in Pre-Depends and Depends, as it is written; rpm's are in [Packages.DB].
	Depends string `json:"-"`
}

// Full is the version as the package manager writes it: epoch:version-release, with what there is of it. An epoch of 0 is
// left out, unless the version would be read as having another.
func (p Package) Full() string {
	v := p.Version
	if p.Epoch != "" && (p.Epoch != "0" || strings.Contains(p.Version, ":")) {
		v = p.Epoch + ":" + v
	}
	if p.Release != "" {
		v += "-" + p.Release
	}
	return v
}

// Named gives the installed packages of a name.
func (p *Packages) Named(name string) []*Package {
	i, _ := slices.BinarySearchFunc(p.List, name, func(a Package, name string) int { return strings.Compare(a.Name, name) })
	var out []*Package
	for ; i < len(p.List) && p.List[i].Name == name; i++ {
		out = append(out, &p.List[i])
	}
	return out
}

// packagesOf reads the database of packages. Where there are two, that with more packages is the system's own: Debian has
// rpm as a tool, and the other way round.
func packagesOf(ctx context.Context, t overlay.ReadTree, o Options) (Packages, error) {
	rpm, err := rpmPackages(ctx, t, o)
	if err != nil {
		return Packages{}, err
	}
	dpkg, err := dpkgPackages(ctx, t, o)
	if err != nil {
		return Packages{}, err
	}
	own, other := rpm, dpkg
	if rpm.Manager == "" || dpkg.Manager != "" && len(dpkg.List) > len(rpm.List) {
		own, other = dpkg, rpm
	}
	if other.Manager != "" && (len(other.List) > 0 || other.Notes != nil) {
		own.Notes = noted(own.Notes, other.Path+" is a database of "+other.Manager+" besides, which is not looked at")
	}
	if own.List == nil {
		own.List = []Package{}
	}
	return own, nil
}
