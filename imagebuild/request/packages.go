package request

import (
	"context"
	"fmt"
	"path/filepath"

	"lbimage/imagebuild/outfile"
	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpminstall"
	"lbimage/overlay"
)

// Package is a package file that the request installs.
type Package struct {
	File   string   `json:"file"` // its name, without folder
	SHA256 string   `json:"sha256"`
	Name   string   `json:"name"`             // name-version-release.arch
	Servo  bool     `json:"servo,omitempty"`  // it is asked for as the servo's
	NoDeps bool     `json:"nodeps,omitempty"` // what it requires is not insisted on
	Signed []string `json:"signed,omitempty"` // what came of its signatures, where there is a keyring
}

// packageFile is a package that was opened and verified.
type packageFile struct {
	*rpminstall.Package
	is         Package
	edit       int // its place among the request's edits, -1 for the servo's
	scriptlets rpminstall.Scriptlets
}

// Packages are the package files of the request, in the order of installation.
func (o *Opened) Packages() []Package {
	var out []Package
	for _, p := range o.packages {
		out = append(out, p.is)
	}
	return out
}

// Headers are what the packages say of themselves, in the order of installation.
func (o *Opened) Headers() []*rpm.Package {
	var out []*rpm.Package
	for _, p := range o.packages {
		out = append(out, p.Package.Package)
	}
	return out
}

func (o *Opened) openPackages(ctx context.Context) error {
	var options rpminstall.OpenOptions
	if len(o.Keyring) > 0 {
		keys, err := rpm.ReadKeyring(o.Keyring...)
		if err != nil {
			return usage(fmt.Errorf("keyring: %w", err))
		}
		options.Keyring = keys
	}
	if s := o.Servo; s != nil && s.RPM != "" {
		if err := o.openPackage(ctx, recipe.RPM{Path: s.RPM, Scriptlets: s.Scriptlets, NoDeps: s.NoDeps}, -1, options); err != nil {
			return fmt.Errorf("servo: %w", err)
		}
	}
	for i, e := range o.Request.Edits {
		if e.RPM == nil {
			continue
		}
		if err := o.openPackage(ctx, *e.RPM, i, options); err != nil {
			return fmt.Errorf("%s: %w", e.Place, err)
		}
	}
	return nil
}

func (o *Opened) openPackage(ctx context.Context, q recipe.RPM, edit int, options rpminstall.OpenOptions) error {
	p, err := rpminstall.Open(ctx, q.Path, options)
	if err != nil {
		return err
	}
	f := &packageFile{Package: p, edit: edit, scriptlets: rpminstall.Scriptlets(q.Scriptlets)}
	o.packages = append(o.packages, f)
	f.is = Package{File: filepath.Base(q.Path), Name: p.String(), Servo: edit < 0, NoDeps: q.NoDeps}
	for _, s := range p.Signed {
		f.is.Signed = append(f.is.Signed, s.String())
	}
	f.is.SHA256, err = outfile.SHA256(q.Path)
	return err
}

// packageEdit is the edit that installs the package at a place of the request, nil while it is not open.
func (o *Opened) packageEdit(edit int, image Image) (overlay.Edit, error) {
	for _, p := range o.packages {
		if p.edit == edit {
			return p.install(image)
		}
	}
	return nil, nil
}

func (p *packageFile) install(image Image) (overlay.Edit, error) {
	options := rpminstall.Options{Scriptlets: p.scriptlets, Time: image.Time, Database: image.Database, Arch: image.Arch}
	if p.edit < 0 {
		options.Old = image.OldServo
	}
	if image.Installed != nil {
		options.Report = func(r *rpminstall.Report) { image.Installed(p.is, r) }
	}
	return p.Edit(options)
}
