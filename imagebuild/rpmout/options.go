package rpmout

import (
	"time"

	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/rpm"
)

// Options say how the package differs from what it follows. The zero value
// differs in nothing but the tarball.
type Options struct {
	Tags
	// Kickstart, License and Script are paths, on this machine, of files to put in:
	// the kickstart, the licence of what is in the image, the installer.
	Kickstart, License, Script string
	// Development makes an image for developers of it: -devel is added to a name
	// that has it not, where Tags give none.
	Development bool
}

// Tags of a package; empty ones are those of what it follows.
type Tags struct {
	Name, Version, Release, Arch string
	Summary, Description         string
	License                      string // the short name, as GPLv2
	Group, URL, Vendor, Packager string
}

// Base is what a package follows.
type Base struct {
	// Package that the image was made of, as far as its headers, and in it the
	// path of its tarball; nil where it was no package.
	Package *rpm.Package
	Member  string
	// Names in the name of the source's file, where it was no package.
	Names recipe.SourceNames
	// Time of the new package, where it is known already.
	Time time.Time
}

// Part is a file or folder in the package, and where it comes from.
type Part struct {
	Path   string `json:"path"`
	From   string `json:"from,omitempty"`   // "the image", "the source's", the name of a file; "" for a folder
	SHA256 string `json:"sha256,omitempty"` // of a file that Options name, in hexadecimal
}

// The names of a load balancer image's package, by its spec.
const (
	imageName  = "eucalyptus-load-balancer-image"
	develMark  = "-devel"
	installer  = "/usr/bin/euca-install-load-balancer"
	licence    = "IMAGE-LICENSE"
	shareDir   = "/usr/share/"
	docDir     = "/usr/share/doc/"
	licenceDir = "/usr/share/licenses/"
)

// Origins of parts.
const (
	fromImage  = "the image"
	fromSource = "the source's"
)
