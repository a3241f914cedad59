package rpmout

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"lbimage/imagebuild/rpm"
)

// Draft is a package of which all but the tarball is settled.
type Draft struct {
	spec    rpm.Spec
	base    Base
	carried map[string]string // paths in the source's package, by those in this one
	from    map[string]string // where each path comes from
	tarball string            // its path
	notes   []string
}

// New settles what a package is called and what lies in it. Files that the
// options name are read here.
func New(base Base, o Options) (*Draft, error) {
	d := &Draft{base: base, carried: map[string]string{}, from: map[string]string{}}
	var err error
	if base.Package != nil {
		err = d.follow(o)
	} else {
		err = d.begin(o)
	}
	if err != nil {
		return nil, err
	}
	if err := d.put(o); err != nil {
		return nil, err
	}
	d.missing()
	if err := d.check(); err != nil {
		return nil, &TagError{fmt.Errorf("package %s: %w", d.Name(), err)}
	}
	slices.SortFunc(d.spec.Files, func(a, b rpm.SpecFile) int { return strings.Compare(a.Path, b.Path) })
	return d, nil
}

// TagError is a name, a version or another tag that no package can have, or that is missing.
type TagError struct{ Err error }

func (e *TagError) Error() string { return e.Err.Error() }
func (e *TagError) Unwrap() error { return e.Err }

// check holds all but the tarball against what can be written.
func (d *Draft) check() error {
	spec := d.spec
	if spec.BuildTime = d.base.Time; spec.BuildTime.IsZero() {
		spec.BuildTime = time.Unix(0, 0)
	}
	spec.Files = slices.Clone(spec.Files)
	for i, f := range spec.Files {
		if from, ok := d.carried[f.Path]; ok {
			was, _ := d.base.Package.File(from)
			spec.Files[i].Data, spec.Files[i].Size = strings.NewReader(""), was.Size
		}
	}
	return spec.Check()
}

// Name is the package's in full: name-version-release.arch.
func (d *Draft) Name() string {
	return d.spec.Name + "-" + d.spec.Version + "-" + d.spec.Release + "." + d.spec.Arch
}

// FileName is that of the package, as rpmbuild would call it.
func (d *Draft) FileName() string { return d.Name() + ".rpm" }

// Notes tell what was filled in, left out or taken as it was, a sentence each.
func (d *Draft) Notes() []string { return slices.Clone(d.notes) }

// Parts are the files and folders in the package, by path.
func (d *Draft) Parts() []Part {
	var out []Part
	for _, f := range d.spec.Files {
		part := Part{Path: f.Path, From: d.from[f.Path]}
		if part.From != "" && f.Content != nil {
			sum := sha256.Sum256(f.Content)
			part.SHA256 = hex.EncodeToString(sum[:])
		}
		out = append(out, part)
	}
	return out
}

func (d *Draft) note(format string, args ...any) {
	d.notes = append(d.notes, fmt.Sprintf(format, args...))
}

// set takes the tags that are asked for.
func (d *Draft) set(t Tags) {
	for _, tag := range []struct {
		to  *string
		ask string
	}{
		{&d.spec.Name, t.Name}, {&d.spec.Version, t.Version}, {&d.spec.Release, t.Release}, {&d.spec.Arch, t.Arch},
		{&d.spec.Summary, t.Summary}, {&d.spec.Description, t.Description}, {&d.spec.License, t.License},
		{&d.spec.Group, t.Group}, {&d.spec.URL, t.URL}, {&d.spec.Vendor, t.Vendor}, {&d.spec.Packager, t.Packager},
	} {
		*tag.to = cmp.Or(tag.ask, *tag.to)
	}
}

// begin begins a package that follows no other, by the spec of load balancer images.
func (d *Draft) begin(o Options) error {
	n := d.base.Names
	d.spec = rpm.Spec{
		Name: imageName, Version: n.Version, Release: releaseOf(n.Release), Arch: "x86_64",
		Summary:     "Image of the Eucalyptus load balancer",
		Description: "The machine image that Eucalyptus starts as a load balancer.",
		License:     "GPLv2",
		Group:       "Applications/System",
	}
	// Other images of Eucalyptus are packed alike, each under its own name.
	if strings.HasPrefix(n.Name, "eucalyptus-") && strings.Contains(n.Name, "-image") {
		d.spec.Name = n.Name
	}
	if o.Development && !strings.HasSuffix(d.spec.Name, develMark) {
		d.spec.Name += develMark
	}
	d.set(o.Tags)
	if d.spec.Version == "" {
		return &TagError{errors.New("the source's name has no version, as in eucalyptus-load-balancer-image-1.1.0-212.tgz: give the package a version of its own")}
	}
	if o.Tags.License == "" {
		d.note("its licence is given as %s, which is that of CentOS and Fedora as a whole: name another where that is not what is in the image", d.spec.License)
	}
	if mark := isa[d.spec.Arch]; mark != "" {
		d.spec.Provides = []rpm.Dependency{{Name: d.spec.Name + mark, Op: "=", Version: d.evr()}}
	}
	d.tarball = shareDir + d.spec.Name + "/" + tarballName(d.spec.Name, d.spec.Version, d.spec.Release)
	d.folder(shareDir + d.spec.Name)
	d.add(rpm.SpecFile{Path: d.tarball, Mode: 0o644}, fromImage)
	return nil
}

// evr is the version in full, as dependencies have it.
func (d *Draft) evr() string {
	evr := d.spec.Version + "-" + d.spec.Release
	if d.spec.Epoch != 0 {
		evr = fmt.Sprintf("%d:%s", d.spec.Epoch, evr)
	}
	return evr
}

// add puts a file in, in the place of one that has its path.
func (d *Draft) add(f rpm.SpecFile, from string) {
	d.drop(f.Path)
	d.spec.Files = append(d.spec.Files, f)
	d.from[f.Path] = from
}

func (d *Draft) drop(name string) {
	d.spec.Files = slices.DeleteFunc(d.spec.Files, func(f rpm.SpecFile) bool { return f.Path == name })
	delete(d.carried, name)
	delete(d.from, name)
}

// folder puts a folder in that the package owns.
func (d *Draft) folder(name string) {
	if !slices.ContainsFunc(d.spec.Files, func(f rpm.SpecFile) bool { return f.Path == name }) {
		d.add(rpm.SpecFile{Path: name, Mode: fs.ModeDir | 0o755}, "")
	}
}

// docs is the folder of the package's documentation: as EL5, EL6 and EL7 name it, or as EL8 does where
// the package has that already.
func (d *Draft) docs() string {
	plain := docDir + d.spec.Name
	for _, f := range d.spec.Files {
		if f.Path == plain || strings.HasPrefix(f.Path, plain+"/") {
			return plain
		}
	}
	return plain + "-" + d.spec.Version
}

// find gives the path of a regular file that the package has already and is what is looked for: the one
// with this path, or else the only one that alike accepts.
func (d *Draft) find(exactly string, alike func(f rpm.SpecFile) bool) string {
	var found []string
	for _, f := range d.spec.Files {
		if !f.Mode.IsRegular() || f.Path == d.tarball {
			continue
		}
		if f.Path == exactly {
			return exactly
		}
		if alike(f) {
			found = append(found, f.Path)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return ""
}

// kickstart, license and script find these parts; "" where there is none.
func (d *Draft) kickstart() string {
	return d.find(path.Join(d.docs(), d.spec.Name+".ks"), func(f rpm.SpecFile) bool { return strings.HasSuffix(f.Path, ".ks") })
}

func (d *Draft) license() string {
	return d.find(path.Join(d.docs(), licence), func(f rpm.SpecFile) bool {
		name := path.Base(f.Path)
		return name == licence || f.Flags&rpm.FlagLicense != 0 || f.Flags&rpm.FlagDoc != 0 && (name == "LICENSE" || name == "COPYING")
	})
}

func (d *Draft) script() string {
	return d.find(installer, func(f rpm.SpecFile) bool { return strings.HasPrefix(f.Path, "/usr/bin/") && f.Mode&0o111 != 0 })
}

// missing tells which parts of the spec are not there.
func (d *Draft) missing() {
	for _, part := range []struct{ path, what string }{
		{d.kickstart(), "kickstart"},
		{d.license(), "licence of what is in the image"},
		{d.script(), "installer (" + installer + "): 'euca-install-load-balancer -t' of another package installs it"},
	} {
		if part.path == "" {
			d.note("it has no %s", part.what)
		}
	}
}
