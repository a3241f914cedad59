package imagebuild

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/sbom"
	"lbimage/imagebuild/source"
	"lbimage/imagebuild/survey"
)

// Bill gathers the bill of materials of a source, whatever it is. The stamp is the bill's time; zero takes the source's own.
func Bill(ctx context.Context, path, version string, stamp time.Time, o source.Options) (*sbom.Bill, error) {
	o.Digest = true
	s, err := source.Open(ctx, path, o)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if stamp.IsZero() {
		stamp = s.Time
	}
	found, err := survey.Of(ctx, s.Root.FS, survey.Options{TempDir: o.TempDir})
	if err != nil {
		return nil, source.At(path, err)
	}
	sum, err := s.SHA256()
	if err != nil {
		return nil, err
	}
	b, err := sbom.Collect(ctx, s.Root.FS, found, sbom.Subject{Name: filepath.Base(path), SHA256: sum, Time: stamp, Tool: version})
	if err != nil {
		return nil, source.At(path, err)
	}
	return b, nil
}

// Bill gathers the bill of materials of the image, once for all formats.
func (f *Finished) Bill(ctx context.Context) (*sbom.Bill, error) {
	if f.bill != nil {
		return f.bill, nil
	}
	found, err := survey.Of(ctx, f.Root, survey.Options{TempDir: f.job.Open.TempDir})
	if err != nil {
		return nil, err
	}
	image := f.Written[0]
	subject := sbom.Subject{Name: filepath.Base(image.Path), SHA256: image.SHA256, Time: f.Time, Tool: f.job.Version, Servo: f.Servo}
	for _, p := range f.Packages {
		for _, header := range f.coming {
			if header.String() == p.Name {
				subject.Installed = append(subject.Installed, sbom.Installed{Package: header, File: p.File, SHA256: p.SHA256})
				break
			}
		}
		subject.Gone = append(subject.Gone, p.Replaces...)
	}
	for _, c := range f.Changes {
		if c.Changed() {
			subject.Changed = append(subject.Changed, c.Path)
		}
	}
	f.bill, err = sbom.Collect(ctx, f.Root, found, subject)
	return f.bill, err
}

// billExtra is a bill of materials beside the image: updated.spdx.json for updated.tgz.
func billExtra(output string, format sbom.Format) Extra {
	role := RoleSPDX
	if format == sbom.CycloneDX {
		role = RoleCycloneDX
	}
	return Extra{Role: role, Path: stem(output) + format.Suffix(), Write: func(ctx context.Context, w io.Writer, f *Finished) error {
		b, err := f.Bill(ctx)
		if err != nil {
			return err
		}
		return b.Write(w, format)
	}}
}

// stem is an output's path without .tgz: what is made of the image is called by it.
func stem(output string) string { return strings.TrimSuffix(output, ".tgz") }

// beside takes over what a recipe wants beside the image, in addition to what the job has.
func (job *Job) beside(o recipe.Output) {
	job.SBOM = slices.Clone(job.SBOM)
	for _, word := range o.SBOM {
		if f := sbom.Format(word); !slices.Contains(job.SBOM, f) {
			job.SBOM = append(job.SBOM, f)
		}
	}
	job.Provenance, job.Sums = job.Provenance || o.Provenance, job.Sums || o.Sums
}
