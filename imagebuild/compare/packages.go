package compare

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
	Rebuilt    PackageKind = "rebuilt" // of the same version, and yet another: other architecture, other files, other build
)

// PackageChange is a package that differs.
type PackageChange struct {
	Kind  PackageKind `json:"kind"`
	Name  string      `json:"name"`
	Arch  string      `json:"arch,omitempty"`  // of B, or of A where it was removed
	ArchA string      `json:"archA,omitempty"` // of A, where that was another
	A     string      `json:"a,omitempty"`     // version, epoch:version-release; empty where there is none
	B     string      `json:"b,omitempty"`
}
