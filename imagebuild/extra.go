package imagebuild

import (
	"cmp"
	"context"
	"io"
	"slices"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/sbom"
)

// Role says what an output is.
type Role string

// The outputs of a build. The image and its record are always made.
const (
	RoleImage      Role = "image"
	RoleRPM        Role = "rpm"
	RoleSPDX       Role = "sbom-spdx"
	RoleCycloneDX  Role = "sbom-cyclonedx"
	RoleProvenance Role = "provenance"
	RoleReport     Role = "report"
	RoleRecord     Role = "record"
	RoleSums       Role = "sums"
)

// roleOrder is the order in which outputs are written: a later one may name the digests of those before it.
var roleOrder = []Role{RoleImage, RoleRPM, RoleSPDX, RoleCycloneDX, RoleProvenance, RoleReport, RoleRecord, RoleSums}

// Extra is a file that stands beside an image and is made of it. All files of a build appear together or not at all.
type Extra struct {
	Role Role
	// Path is where it goes; empty: the image's path with Suffix behind it.
	Path   string
	Suffix string
	// Write writes it once the image is packed. What Role comes after is complete by then, and named in the record.
	Write func(ctx context.Context, w io.Writer, f *Finished) error
}

// Shared is a file that several images of a build have together.
type Shared struct {
	Role Role
	Path string
	// Write writes it when all that belongs to the images is complete, records too. A later one finds the former
	// in Written of the last image.
	Write func(ctx context.Context, w io.Writer, all []*Finished) error
}

// Finished is an image that is checked and packed, and has no name yet.
type Finished struct {
	*Result              // with its record, and with what was written, as far as they go
	Profile string       // of the recipe; empty: there is none
	Disk    block.Device // with the edits; readable until the build ends
	Changed []block.Range
	Root    *ext.FS     // the root file system of Disk
	Image   io.ReaderAt // as packed; its size is in the record

	job    Job
	coming []*rpm.Package // that were installed
	bill   *sbom.Bill     // once it was asked for
}

// Written is an output that is complete.
type Written struct {
	Role   Role
	Path   string // of this machine
	Size   int64
	SHA256 string
}

func (e Extra) path(output string) string {
	if e.Path != "" {
		return e.Path
	}
	return output + e.Suffix
}

func (e Extra) fill(ctx context.Context, w io.Writer, all []*Finished) error {
	return e.Write(ctx, w, all[0])
}

func (s Shared) fill(ctx context.Context, w io.Writer, all []*Finished) error {
	return s.Write(ctx, w, all)
}

// extras are all that the job asks for, in the order of their roles.
func (job Job) extras() ([]Extra, error) {
	out := slices.Clone(job.Extras)
	packed, err := job.rpmExtra()
	if err != nil {
		return nil, err
	}
	if packed != nil {
		out = append(out, *packed)
	}
	for _, format := range job.SBOM {
		out = append(out, billExtra(job.Output, format))
	}
	if job.Provenance {
		out = append(out, provenanceExtra(job.Output))
	}
	slices.SortStableFunc(out, func(a, b Extra) int { return byRole(a.Role, b.Role) })
	return out, nil
}

func byRole(a, b Role) int {
	return cmp.Compare(slices.Index(roleOrder, a), slices.Index(roleOrder, b))
}

// finished is the image, packed as out has it.
func (w *work) finished(out *outputs) (*Finished, error) {
	root, err := rootOf(w.layer, w.src)
	if err != nil {
		return nil, err
	}
	tree, err := ext.Open(root, root.Size())
	if err != nil {
		return nil, w.src.RootError(err)
	}
	w.result.Written = []Written{out.image().written()}
	return &Finished{
		Result: w.result, Profile: w.job.Profile, Disk: w.layer, Changed: w.layer.Dirty(), Root: tree,
		Image: out.image().file,
		job:   w.job, coming: w.coming,
	}, nil
}

// writeExtras writes what stands beside the image, and the record.
func (w *work) writeExtras(ctx context.Context, out *outputs) (*Finished, error) {
	f, err := w.finished(out)
	if err != nil {
		return nil, err
	}
	record := w.result.Record
	for _, o := range out.beside() {
		if err := o.write(func(to io.Writer) error { return o.fill(ctx, to, []*Finished{f}) }); err != nil {
			return nil, err
		}
		f.Written = append(f.Written, o.written())
		record.Outputs = append(record.Outputs, recordBeside(o.written()))
	}
	o := out.record()
	if err := o.write(record.Write); err != nil {
		return nil, err
	}
	f.Written = append(f.Written, o.written())
	return f, nil
}

// writeShared writes what the images have together.
func writeShared(ctx context.Context, out *outputs, all []*Finished) error {
	for _, o := range out.list {
		if err := o.write(func(to io.Writer) error { return o.fill(ctx, to, all) }); err != nil {
			return err
		}
		last := all[len(all)-1]
		last.Written = append(last.Written, o.written())
	}
	return nil
}
