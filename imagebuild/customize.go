package imagebuild

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/request"
	"lbimage/imagebuild/rpmdb"
	"lbimage/imagebuild/sbom"
	"lbimage/imagebuild/source"
	"lbimage/overlay"
	"lbimage/overlay/selinux"
	"lbimage/servo/develop"
)

// Job is one customization: a source, what to change in it, and the output.
type Job struct {
	Source string // path
	SHA256 string // of the source, in hexadecimal, where only that will do; empty: any
	Output string // path of the tarball; the record is written to Output + ".json"
	// Profile is the one of a recipe that the job is for; empty: there is no recipe.
	Profile string
	Request request.Request

	// SBOM are the bills of materials that are written beside the image, Provenance asks for the statement of where it comes
	// from, and Sums for SHA256SUMS in the folder of the output, with all files of the build there.
	SBOM       []sbom.Format
	Provenance bool
	Sums       bool
	// Extras are further files that are made of the image, Shared those that all images of a build have together.
	Extras []Extra
	Shared []Shared
	// RPM is a package to make of the image; nil for none.
	RPM *RPMOutput

	nowhere bool // nothing is written: a name may be that of the source
	// Preview is told of the images where none is written: of a plan, or where checks have errors. nil: nobody wants to know.
	Preview func(ctx context.Context, all []*Finished) error

	// Replace allows outputs that exist to be replaced. The source never is.
	Replace bool
	// Time is the stamp of all that is new; zero takes the source's own.
	Time time.Time
	// Version of the program, for the record.
	Version string
	// HAProxy says how the template is judged, Checks what the image is checked for.
	HAProxy check.HAProxyOptions
	Checks  Checks
	// Open says how the source is opened; Ahead is set as needed.
	Open source.Options
}

// Result is what a customization did, or what it would do.
type Result struct {
	Source   *source.Source // open for the names and numbers in it; its disk is closed
	Time     time.Time      // the stamp of all that is new
	Changes  []overlay.Change
	Findings []check.Finding
	recorded []check.Finding // those that do not depend on the machine
	// Overrides are those that the recipe asks for.
	Overrides []check.Override
	// Packages were installed, in this order; Servo is the source that the servo was installed from.
	Packages []InstalledPackage
	Servo    *develop.Source
	// Database is what rpm in the image would say afterwards; nil where the image has no package database.
	Database []rpmdb.Statement
	// SELinux says what came of the labels of new files; nil where the image does not use SELinux.
	SELinux   *selinux.Report
	Template  check.Judgement // what the linter, the servo's rules and HAProxy say of the template
	Kickstart *Conformity     // whether the image has what the kickstart file says; nil where none was named
	Recovery  *ext.Recovery   // what was left undone when the root file system was last in use; nil for nothing
	RPM       *RPMResult      // the package of the image; nil for none
	Record    *Record         // nil for a plan
	// Written are the outputs, the image first; what several images have together is with the last of them.
	Written []Written
}

// RecordName is the path of the record that stands beside an output.
func RecordName(output string) string { return output + ".json" }

// Plan applies the edits to a layer that is thrown away and checks the result.
// Findings of severity error are in the result, not in the error.
func Plan(ctx context.Context, job Job) (*Result, error) {
	if err := job.Checks.prepare(); err != nil {
		return nil, err
	}
	opened, err := job.open(ctx)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	_, packed, err := job.draftRPM()
	if err != nil {
		return nil, err
	}
	job.Open.Digest = job.SHA256 != "" || job.Preview != nil
	src, err := job.openSource(ctx)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	w, err := job.edit(ctx, newBaseline(src), opened)
	if err != nil {
		return nil, err
	}
	defer w.layer.Close()
	w.result.RPM = packed
	return w.result, preview(ctx, job, w)
}

// Customize makes the output and its record. Where a check has findings of
// severity error nothing is written, and the error is a [*FindingsError]; the
// result then tells what was found.
func Customize(ctx context.Context, job Job) (*Result, error) {
	if err := job.Checks.prepare(); err != nil {
		return nil, err
	}
	opened, err := job.open(ctx)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	out, err := createOutputs(job)
	if err != nil {
		return nil, err
	}
	defer out.discard()
	shared, err := createShared(job)
	if err != nil {
		return nil, err
	}
	defer shared.discard()
	if err := clash([]*outputs{out, shared}); err != nil {
		return nil, err
	}
	job.Open.Ahead, job.Open.Digest = true, true
	src, err := job.openSource(ctx)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	w, err := job.edit(ctx, newBaseline(src), opened)
	if err != nil {
		return nil, err
	}
	defer w.layer.Close()
	if check.HasErrors(w.result.Findings) {
		return w.result, errors.Join(&FindingsError{w.result.Findings}, preview(ctx, job, w))
	}
	f, err := w.pack(ctx, out)
	if err != nil {
		return w.result, err
	}
	if err := writeShared(ctx, shared, []*Finished{f}); err != nil {
		return w.result, err
	}
	return w.result, commit(ctx, out, shared)
}

// open opens the request, which has to ask for something.
func (job Job) open(ctx context.Context) (*request.Opened, error) {
	if job.Request.IsEmpty() {
		return nil, request.ErrNothing
	}
	return job.Request.Open(ctx, request.Options{TempDir: job.Open.TempDir})
}

// openSource opens the source, and sees to it that it is the one that is meant.
func (job Job) openSource(ctx context.Context) (*source.Source, error) {
	src, err := source.Open(ctx, job.Source, job.Open)
	if err != nil || job.SHA256 == "" {
		return src, err
	}
	sum, err := src.SHA256()
	if err == nil && sum != job.SHA256 {
		err = fmt.Errorf("%s: its sha256 is %s, and %s is asked for: get the right file, or change the recipe", src.Path, sum, job.SHA256)
	}
	if err != nil {
		return nil, errors.Join(err, src.Close())
	}
	return src, nil
}
