package survey

import "time"

// Packages are those that the image's package manager has installed.
type Packages struct {
	Manager string    `json:"manager,omitempty"` // rpm or dpkg; empty for none
	Path    string    `json:"path,omitempty"`    // of the database: /var/lib/rpm/Packages
	Format  string    `json:"format,omitempty"`  // bdb, ndb, sqlite; empty for dpkg
	List    []Package `json:"list"`              // sorted by name, then version
	Notes   []string  `json:"notes,omitempty"`
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
	Vendor    string     `json:"vendor,omitempty"`
	Summary   string     `json:"summary,omitempty"`
	Installed *time.Time `json:"installed,omitempty"`
	Size      int64      `json:"size,omitempty"` // bytes once installed, as the package says
	Files     []string   `json:"-"`              // paths from the root, sorted
}

// Full is the version as the package manager writes it: epoch:version-release, with what there is of it.
func (p Package) Full() string {
	v := p.Version
	if p.Epoch != "" && p.Epoch != "0" {
		v = p.Epoch + ":" + v
	}
	if p.Release != "" {
		v += "-" + p.Release
	}
	return v
}
