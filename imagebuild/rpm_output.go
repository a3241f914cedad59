package imagebuild

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpmout"
	"lbimage/imagebuild/source"
)

// RPMOutput asks for a package of the image.
type RPMOutput struct {
	rpmout.Options
	// Path is where it goes; empty: beside the image, under the name that it has itself.
	Path string
}

// RPMResult is the package that was made of an image, or would be.
type RPMResult struct {
	Path  string        `json:"-"`    // of this machine
	Name  string        `json:"name"` // name-version-release.arch
	Parts []rpmout.Part `json:"files"`
	Notes []string      `json:"notes,omitempty"` // what was filled in or left out
}

// rpmOutputOf is what a recipe asks for; nil for nothing. Its paths are the recipe's.
func rpmOutputOf(r *recipe.Resolved) *RPMOutput {
	o := r.Output.RPM
	if o == nil {
		return nil
	}
	return &RPMOutput{Options: rpmout.Options{
		Tags: rpmout.Tags{
			Name: o.Name, Version: o.Version, Release: o.Release, Arch: o.Arch, Summary: o.Summary, Description: o.Description,
			License: o.LicenseTag, Group: o.Group, URL: o.URL, Vendor: o.Vendor, Packager: o.Packager,
		},
		Kickstart: r.Path(o.Kickstart), License: r.Path(o.License), Script: r.Path(o.Script),
	}}
}

// draftRPM settles what the package is that the job asks for; nil for none. The source is looked at as far as its name,
// or its headers where it is a package.
func (job Job) draftRPM() (*rpmout.Draft, *RPMResult, error) {
	if job.RPM == nil {
		return nil, nil, nil
	}
	base, err := job.rpmBase()
	if err != nil {
		return nil, nil, err
	}
	o := job.RPM.Options
	o.Development = o.Development || strings.HasPrefix(job.Profile, "devel")
	d, err := rpmout.New(base, o)
	var tag *rpmout.TagError
	switch {
	case errors.As(err, &tag):
		return nil, nil, &UsageError{Err: fmt.Errorf("rpm: %w", err)}
	case err != nil:
		return nil, nil, fmt.Errorf("rpm: %w", err)
	}
	path := job.RPM.Path
	if path == "" {
		path = filepath.Join(filepath.Dir(job.Output), d.FileName())
	}
	if !job.nowhere && sameFile(path, job.Source) {
		return nil, nil, usagef("rpm: %s is the source itself: give the package a release of its own, or another name", path)
	}
	return d, &RPMResult{Path: path, Name: d.Name(), Parts: d.Parts(), Notes: d.Notes()}, nil
}

func (job Job) rpmBase() (rpmout.Base, error) {
	f, err := block.OpenFile(job.Source)
	if err != nil {
		return rpmout.Base{}, fmt.Errorf("open %w", source.At(job.Source, err))
	}
	defer f.Close()
	base := rpmout.Base{Time: job.Time}
	kind, err := source.Sniff(f, f.Size())
	if err == nil && kind == source.KindRPM {
		if base.Package, err = rpm.Open(f, f.Size()); err == nil {
			if err = base.Package.CheckContents(); err == nil {
				base.Member, err = source.ChooseTarball(base.Package)
			}
		}
	} else {
		base.Names = namesOf(filepath.Base(job.Source))
	}
	if err != nil {
		return rpmout.Base{}, fmt.Errorf("open %w", source.At(job.Source, err))
	}
	return base, nil
}

// rpmExtra is the output that a draft becomes.
func (job Job) rpmExtra() (*Extra, error) {
	d, result, err := job.draftRPM()
	if err != nil || d == nil {
		return nil, err
	}
	return &Extra{Role: RoleRPM, Path: result.Path, Write: func(ctx context.Context, w io.Writer, f *Finished) error {
		f.RPM, f.Record.RPM = result, result
		return d.Write(ctx, w, rpmout.Input{
			Package: f.Source.Package, Tarball: f.Image, Size: f.Written[0].Size, Time: f.Time, TempDir: job.Open.TempDir,
		})
	}}, nil
}
