package sbom

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"lbimage/imagebuild/rpm"
	"lbimage/servo/develop"
)

// Format is a form of bill.
type Format string

// The formats, by the words that flags and recipes have for them.
const (
	SPDX      Format = "spdx"
	CycloneDX Format = "cyclonedx"
)

// Formats lists them.
func Formats() []Format { return []Format{SPDX, CycloneDX} }

// ParseFormat reads the word of a flag.
func ParseFormat(s string) (Format, error) {
	if f := Format(s); slices.Contains(Formats(), f) {
		return f, nil
	}
	return "", fmt.Errorf("%q is no format of a bill of materials; there are spdx and cyclonedx", s)
}

// Suffix ends the name of a bill that stands beside what it is of.
func (f Format) Suffix() string {
	if f == CycloneDX {
		return ".cdx.json"
	}
	return ".spdx.json"
}

// Subject is what a bill is of.
type Subject struct {
	Name   string    // of the file: updated.tgz
	SHA256 string    // of the file, in hexadecimal
	Time   time.Time // the stamp of what is new
	Tool   string    // the version of lbimage

	// Installed were put into the image past its database of packages; Gone are those that they replaced, in full:
	// name-version-release.arch.
	Installed []Installed
	Gone      []string
	// Servo is the source that the servo was installed from; nil for none.
	Servo *develop.Source
	// Changed are paths that the build changed, from the root.
	Changed []string
}

// Installed is a package file that was installed.
type Installed struct {
	*rpm.Package
	File   string // its name
	SHA256 string
}

// Bill is what an image consists of.
type Bill struct {
	Subject
	System   System
	Manager  string // rpm, dpkg, or empty
	Packages []Package
	// Parts are programs that no package brought.
	Parts []Part
	Files []File // sorted by path
	Notes []string

	refs []licenseRef // sorted
}

// licenseRef is a licence that SPDX does not know.
type licenseRef struct{ id, text string }

// System is the operating system.
type System struct {
	ID, Name, Version, CPE string
}

// Package is an installed package.
type Package struct {
	Name, Epoch, Version, Release, Arch string
	Source                              string // the source package
	License                             string // an expression of SPDX, or NOASSERTION
	Said                                string // what the package says of it
	Supplier, Summary                   string
	File, SHA256                        string // the package file that was installed by the build
	Depends                             []int  // on these of Packages, sorted
}

// Full is [epoch:]version-release.
func (p Package) Full() string {
	v := p.Version
	if p.Release != "" {
		v += "-" + p.Release
	}
	if p.Epoch != "" && p.Epoch != "0" {
		v = p.Epoch + ":" + v
	}
	return v
}

// Part is a program that no package brought.
type Part struct {
	Name, Version, Summary string
	Path                   string // in the image; empty for several
	Found                  string // how it was found
	PyPI                   bool   // it is a library of Python's index
	SHA256                 string // of the source that it was installed from
	Repository, Commit     string // of that source
}

// File is a file that no package owns, or that the build changed.
type File struct {
	Path         string // from the root
	Size         int64
	SHA1, SHA256 string
	Owners       []string // packages that brought it before it was changed
	Changed      bool     // by the build
}

// Write writes the bill.
func (b *Bill) Write(w io.Writer, f Format) error {
	switch f {
	case SPDX:
		return b.writeSPDX(w)
	case CycloneDX:
		return b.writeCycloneDX(w)
	}
	return fmt.Errorf("%q is no format of a bill of materials", f)
}

// names gives each element of a bill a name of its own, of letters, digits, dots and hyphens.
type names map[string]bool

func (n names) take(kind, text string) string {
	id := kind + "-" + strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' {
			return c
		}
		return '-'
	}, text)
	if len(id) > 120 {
		id = id[:120]
	}
	for i, base := 2, id; n[id]; i++ {
		id = fmt.Sprintf("%s-%d", base, i)
	}
	n[id] = true
	return id
}
