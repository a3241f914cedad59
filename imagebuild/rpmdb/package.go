package rpmdb

import (
	"strconv"
	"time"

	"lbimage/imagebuild/rpm"
)

// Package is an installed package.
type Package struct {
	ID                       uint32 // its number in the database
	Name                     string
	Epoch                    *int32 // nil where there is none, which counts as 0
	Version, Release, Arch   string
	Summary, Vendor, License string
	SourceRPM                string    // file name of the source package
	Size                     int64     // bytes of its files, as the header says
	InstallTime, BuildTime   time.Time // UTC; zero where there is none
	Files                    []File    // in the order of the header
	Provides, Requires       []rpm.Dependency
	Conflicts, Obsoletes     []rpm.Dependency
	Scriptlets               []rpm.Scriptlet // what rpm will run when the package is erased or upgraded
}

// File is a file of an installed package: what its header says, and what became of it.
type File struct {
	rpm.File
	State State
}

// State is what became of a file when its package was installed, as rpm numbers it.
type State int8

// The states.
const (
	Missing      State = -1 // the database does not say
	Normal       State = 0
	Replaced     State = 1 // another package's file stands there
	NotInstalled State = 2 // left out, as documentation is with --excludedocs
	NetShared    State = 3 // it lies on a shared network file system
	WrongColor   State = 4 // the file of another architecture was preferred
)

// String is the state as 'rpm -q --state' prints it.
func (s State) String() string {
	switch s {
	case Missing:
		return "no state"
	case Normal:
		return "normal"
	case Replaced:
		return "replaced"
	case NotInstalled:
		return "not installed"
	case NetShared:
		return "net shared"
	case WrongColor:
		return "wrong color"
	}
	return "unknown " + strconv.Itoa(int(s))
}

// present reports whether the package put the file there.
func (f *File) present() bool { return f.State == Normal || f.State == Missing }

// noSource is what the entry of a key has for its source package.
const noSource = "(none)"

func newPackage(id uint32, h *rpm.Installed) *Package {
	p := &Package{
		ID: id, Name: h.Name, Version: h.Version, Release: h.Release, Arch: h.Arch,
		Summary: h.Summary, Vendor: h.Vendor, License: h.License, SourceRPM: h.SourceRPM,
		Size: h.Size, InstallTime: h.InstallTime, BuildTime: h.BuildTime,
		Provides: h.Provides, Requires: h.Requires, Conflicts: h.Conflicts, Obsoletes: h.Obsoletes,
		Scriptlets: h.Scriptlets, Files: make([]File, len(h.Files)),
	}
	if h.HasEpoch {
		e := int32(h.Epoch)
		p.Epoch = &e
	}
	if p.SourceRPM == noSource {
		p.SourceRPM = ""
	}
	for i, f := range h.Files {
		p.Files[i] = File{File: f, State: Missing}
		if h.States != nil {
			p.Files[i].State = State(int8(h.States[i]))
		}
	}
	return p
}

// EVR is [epoch:]version-release, as a dependency on exactly this package has it.
func (p *Package) EVR() string {
	s := p.Version + "-" + p.Release
	if p.Epoch != nil {
		s = strconv.FormatUint(uint64(uint32(*p.Epoch)), 10) + ":" + s
	}
	return s
}

func (p *Package) evr() rpm.EVR { return rpm.ParseEVR(p.EVR()) }

// String is the package as 'rpm -q' prints it: name-version-release.arch. The epoch is not in it.
func (p *Package) String() string {
	s := p.Name + "-" + p.Version + "-" + p.Release
	if p.Arch != "" {
		s += "." + p.Arch
	}
	return s
}
