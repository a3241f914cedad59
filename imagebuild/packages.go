package imagebuild

import (
	"context"
	"slices"

	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpmdb"
	"lbimage/imagebuild/rpminstall"
	"lbimage/overlay"
)

// packages is the package database of an image, with the packages that are about to be installed.
type packages struct {
	rpminstall.Database
	coming []*rpm.Package
}

// Satisfies implements [rpminstall.Database]. What comes with the same request counts, as in one transaction of rpm.
func (p packages) Satisfies(d rpm.Dependency) (by string, ok bool) {
	if by, ok = p.Database.Satisfies(d); ok {
		return by, ok
	}
	for _, c := range p.coming {
		for _, provided := range c.Provides {
			if provided.Overlaps(d) {
				return c.String(), true
			}
		}
		for _, f := range c.Files {
			if f.Path == d.Name {
				return c.String(), true
			}
		}
	}
	return by, false
}

// says is what rpm in the image would say after the edits.
func (w *work) says(ctx context.Context, after overlay.ReadTree) ([]rpmdb.Statement, error) {
	if w.db == nil {
		return nil, nil
	}
	// A package gives new times to files that it leaves as they are, and rpm -V looks at times; configuration that was
	// edited before stays so.
	var paths []string
	for _, p := range w.result.Packages {
		for _, f := range p.Files {
			paths = append(paths, f.Path)
		}
	}
	changed := map[string]bool{}
	for _, c := range w.result.Changes {
		paths = append(paths, c.Path)
		changed[c.Path] = c.Changed()
	}
	files, err := w.db.Report(ctx, after, paths)
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(s rpmdb.Statement) bool { return !changed[s.Path] && s.Verify == "" })
	return append(w.db.ReportPackages(w.coming...), files...), nil
}
