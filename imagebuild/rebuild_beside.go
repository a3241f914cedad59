package imagebuild

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/outfile"
	"lbimage/imagebuild/sbom"
)

// remade are the roles of files beside an image that follow from image and request alone.
var remade = []Role{RoleRPM, RoleSPDX, RoleCycloneDX, RoleProvenance}

// Besides are the files beside the image that the recipe asks for, with those of roles, which a command asked for; the
// names are without folders. What does not follow from image and request alone, as a report on a whole run, is left out.
func (r *Rebuilt) Besides(roles []Role) ([]RecordBeside, error) {
	extras, err := r.extras(roles)
	var out []RecordBeside
	for _, e := range extras {
		out = append(out, RecordBeside{Role: e.Role, RecordOutput: RecordOutput{Name: filepath.Base(e.path(r.Output))}})
	}
	return out, err
}

// extras are those of the recipe and of some roles. The job is changed to ask for them.
func (r *Rebuilt) extras(roles []Role) ([]Extra, error) {
	job := &r.p.profiles[0].work.job
	job.nowhere = true
	for _, role := range roles {
		switch role {
		case RoleRPM:
			if job.RPM == nil {
				job.RPM = &RPMOutput{}
			}
		case RoleSPDX, RoleCycloneDX:
			format := sbom.SPDX
			if role == RoleCycloneDX {
				format = sbom.CycloneDX
			}
			if !slices.Contains(job.SBOM, format) {
				job.SBOM = append(job.SBOM, format)
			}
		case RoleProvenance:
			job.Provenance = true
		}
	}
	return job.extras()
}

// WriteBeside makes the files beside the image once more: the recipe's and those of roles. image is the tarball that
// Write wrote. open gives where each goes. Afterwards the record names them all; what is in others, which are not made,
// is taken over into it as it is.
func (r *Rebuilt) WriteBeside(ctx context.Context, image io.ReaderAt, roles []Role, others []RecordBeside, open func(RecordBeside) io.Writer) error {
	if r.Record == nil {
		return errors.New("the image was not written yet")
	}
	extras, err := r.extras(roles)
	if err != nil {
		return err
	}
	w := r.p.profiles[0].work
	section, err := rootOf(w.layer, w.src)
	if err != nil {
		return err
	}
	tree, err := ext.Open(section, section.Size())
	if err != nil {
		return w.src.RootError(err)
	}
	w.result.Written = []Written{{RoleImage, r.Output, r.Record.Output.Size, r.Record.Output.SHA256}}
	f := &Finished{
		Result: w.result, Profile: w.job.Profile, Disk: w.layer, Changed: w.layer.Dirty(), Root: tree, Image: image, job: w.job, coming: w.coming,
	}
	r.Record.Outputs = nil
	for _, e := range extras {
		path := e.path(r.Output)
		sum := outfile.NewDigest(open(RecordBeside{Role: e.Role, RecordOutput: RecordOutput{Name: filepath.Base(path)}}))
		err := e.Write(ctx, sum, f)
		sum.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
		made := Written{e.Role, path, sum.Size(), sum.Hex()}
		f.Written = append(f.Written, made)
		r.Record.Outputs = append(r.Record.Outputs, recordBeside(made))
	}
	for _, o := range others {
		if !slices.Contains(remade, o.Role) {
			r.Record.Outputs = append(r.Record.Outputs, o)
		}
	}
	slices.SortStableFunc(r.Record.Outputs, func(a, b RecordBeside) int { return byRole(a.Role, b.Role) })
	return nil
}
