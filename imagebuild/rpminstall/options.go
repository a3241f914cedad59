package rpminstall

import (
	"fmt"
	"time"

	"lbimage/imagebuild/rpm"
)

// Scriptlets says what becomes of a package's scripts.
type Scriptlets string

const (
	// Native follows them and does what they ask for; what is not known is refused. It is the default.
	Native Scriptlets = "native"
	// Skip leaves them out. The report lists them.
	Skip Scriptlets = "skip"
)

// Options say how a package is installed. The zero value installs into any image, without a look at a
// package database.
type Options struct {
	Scriptlets Scriptlets // "": Native
	// Time is that of what the package gives no time: an account, an empty file that a script makes.
	Time time.Time
	// Database is the image's; nil where it has none. Then every requirement that is not a file is told
	// as one that nobody can answer.
	Database Database
	// Arch is the image's architecture, "x86_64" say; "" takes any package.
	Arch string
	// Old lists the files of the version that is being replaced, for an image whose database does not
	// know it. Of each the Path is enough; with a Digest and Flags, edited configuration is told from
	// what may go. Entries without a Mode are what the image has there.
	Old []rpm.File
	// Report, where set, gets the report of each Apply. See also [Install.Run].
	Report func(*Report)
}

// Database is what is asked of the package database of an image. See [FromDB].
type Database interface {
	// Installed gives the packages of a name, the oldest first.
	Installed(name string) []Installed
	// Owners gives the packages that have a path among their files, whatever their names.
	Owners(path string) []Owned
	// Satisfies says which package provides what is required; or, where none does, what there is instead.
	Satisfies(d rpm.Dependency) (by string, ok bool)
	// Obsoleted gives the packages whose name and version are those that d obsoletes.
	Obsoleted(d rpm.Dependency) []Installed
}

// Installed is a package as the database has it.
type Installed struct {
	Name, Arch string
	EVR        string // [epoch:]version-release
	// Files are those in the state "normal": installed, and not replaced by another package's.
	Files []rpm.File
	// Scriptlets are needed only of what is removed.
	Scriptlets []rpm.Scriptlet
}

func (p Installed) String() string {
	if p.Arch == "" {
		return p.Name + "-" + p.EVR
	}
	return p.Name + "-" + p.EVR + "." + p.Arch
}

// Owned is a file of an installed package.
type Owned struct {
	Name    string // the package's
	Package string // in full
	File    rpm.File
}

// Miss is something that an image should have for the package, and has not, or the other way round. An
// installation goes on over it: rpm would have refused.
type Miss struct {
	Kind string `json:"kind"` // requires, conflicts, file-conflict, unknown
	What string `json:"what"` // the dependency, or the path
	Why  string `json:"why"`
}

func (m Miss) String() string { return fmt.Sprintf("%s %s: %s", m.Kind, m.What, m.Why) }

// arches lists what an image of an architecture can run beside its own, and noarch.
var arches = map[string][]string{
	"x86_64": {"i386", "i486", "i586", "i686", "athlon"},
	"i686":   {"i386", "i486", "i586"},
	"i586":   {"i386", "i486"},
	"ppc64":  {"ppc"},
	"s390x":  {"s390"},
}
