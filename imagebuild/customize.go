package imagebuild

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/outfile"
	"lbimage/imagebuild/tgz"
	"lbimage/overlay"
)

// Job is one customization: a source, what to change in it, and the output.
type Job struct {
	Source string // path
	Output string // path of the tarball; the record is written to Output + ".json"
	Edits  Edits

	// Replace allows outputs that exist to be replaced. The source never is.
	Replace bool
	// Time is the stamp of all that is new; zero takes the source's own.
	Time time.Time
	// Version of the program, for the record.
	Version string
	// HAProxy says how the template is judged.
	HAProxy check.HAProxyOptions
	// Open says how the source is opened; Ahead is set as needed.
	Open OpenOptions
}

// Result is what a customization did, or what it would do.
type Result struct {
	Source   *Source   // open for the names and numbers in it; its disk is closed
	Time     time.Time // the stamp of all that is new
	Changes  []overlay.Change
	Findings []check.Finding
	recorded []check.Finding // those that do not depend on the machine
	Template check.Judgement // what the linter, the servo's rules and HAProxy say of the template
	Recovery *ext.Recovery   // what was left undone when the root file system was last in use; nil for nothing
	Record   *Record         // nil for a plan
}

// RecordName is the path of the record that stands beside an output.
func RecordName(output string) string { return output + ".json" }

// Plan applies the edits to a layer that is thrown away and checks the result.
// Findings of severity error are in the result, not in the error.
func Plan(ctx context.Context, job Job) (*Result, error) {
	edits, err := job.Edits.build()
	if err != nil {
		return nil, err
	}
	src, err := Open(ctx, job.Source, job.Open)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	w, err := job.edit(ctx, src, edits)
	if err != nil {
		return nil, err
	}
	defer w.layer.Close()
	return w.result, nil
}

// Customize makes the output and its record. Where a check has findings of
// severity error nothing is written, and the error is a [*FindingsError]; the
// result then tells what was found.
func Customize(ctx context.Context, job Job) (*Result, error) {
	edits, err := job.Edits.build()
	if err != nil {
		return nil, err
	}
	outputs, err := createOutputs(job)
	if err != nil {
		return nil, err
	}
	defer outputs.discard()
	job.Open.Ahead, job.Open.Digest = true, true
	src, err := Open(ctx, job.Source, job.Open)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	w, err := job.edit(ctx, src, edits)
	if err != nil {
		return nil, err
	}
	defer w.layer.Close()
	if check.HasErrors(w.result.Findings) {
		return w.result, &FindingsError{w.result.Findings}
	}
	return w.result, w.write(ctx, outputs)
}

// work is a job whose edits have been made.
type work struct {
	job    Job
	src    *Source
	stamp  time.Time
	layer  *block.Layer
	result *Result
}

// edit applies the edits to a new layer over the source's disk and checks it.
func (job Job) edit(ctx context.Context, src *Source, edits builtEdits) (*work, error) {
	stamp := job.Time
	if stamp.IsZero() {
		stamp = src.Time
	}
	layer := block.NewLayer(src.Disk, job.Open.TempDir)
	w := &work{job: job, src: src, stamp: stamp, layer: layer, result: &Result{Source: src, Time: stamp}}
	if err := w.edit(ctx, edits); err != nil {
		return nil, fmt.Errorf("%s: %w", src.Path, errors.Join(err, layer.Close()))
	}
	return w, nil
}

func (w *work) edit(ctx context.Context, edits builtEdits) error {
	root, err := rootOf(w.layer, w.src)
	if err != nil {
		return err
	}
	tree, err := ext.OpenWritable(root, root.Size(), ext.Options{Time: w.stamp})
	if err != nil {
		return w.src.rootError(err)
	}
	if r, ok := tree.Recovered(); ok {
		w.result.Recovery = &r
	}
	haproxy := w.job.HAProxy.HAProxy
	if !haproxy.Known() {
		haproxy = check.HAProxyVersion(tree)
	}
	list, err := edits.forHAProxy(w.job.Edits, haproxy)
	if err != nil {
		return err
	}
	changes, err := overlay.Apply(tree, list)
	if err != nil {
		return err
	}
	if err := tree.Sync(); err != nil {
		return w.src.rootError(err)
	}
	w.result.Changes = overlay.Fold(changes)
	w.result.Findings, err = w.check(ctx, root)
	return err
}

// rootOf is the window of a layer over the disk that shows the root file system.
func rootOf(layer *block.Layer, src *Source) (block.Writable, error) {
	p := src.Root.Partition
	section, err := block.Section(layer, p.Start, p.Size)
	if err != nil {
		return nil, err
	}
	return section.(block.Writable), nil // a section of a Writable is one
}

// check runs all checks on the edited file system, opened anew.
func (w *work) check(ctx context.Context, root block.Device) ([]check.Finding, error) {
	findings, err := check.FileSystem(ctx, root)
	if err != nil {
		return nil, err
	}
	tree, err := ext.Open(root, root.Size())
	if err != nil {
		return nil, err
	}
	findings = append(findings, check.ReadBack(tree, w.result.Changes)...)
	o := w.job.HAProxy
	o.Judge.TempDir = w.job.Open.TempDir
	if w.result.Template, err = check.Template(ctx, tree, o); err != nil {
		return nil, err
	}
	if w.job.Output != "" {
		findings = append(findings, check.Registration(w.src.entryNames(), w.job.Output)...)
	}
	w.result.recorded = append(slices.Clone(findings), w.result.Template.ByRules...)
	check.Sort(w.result.recorded)
	findings = append(findings, w.result.Template.Findings...)
	check.Sort(findings)
	return findings, nil
}

// entryNames are those of the tarball, in order.
func (s *Source) entryNames() []string {
	var names []string
	for _, e := range s.Archive.Entries {
		names = append(names, e.Header.Name)
	}
	return names
}

// outputs are the two files that a customization writes, without names yet.
type outputs struct{ image, record *outfile.File }

func createOutputs(job Job) (o *outputs, err error) {
	record := RecordName(job.Output)
	for _, path := range []string{job.Output, record} {
		if sameFile(path, job.Source) {
			return nil, usagef("the output %s is the source itself; choose another name", path)
		}
	}
	o = &outputs{}
	if o.image, err = outfile.Create(job.Output, outfile.Options{Overwrite: job.Replace}); err != nil {
		return nil, err
	}
	if o.record, err = outfile.Create(record, outfile.Options{Overwrite: job.Replace}); err != nil {
		return nil, errors.Join(err, o.image.Close())
	}
	return o, nil
}

func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

func (o *outputs) discard() {
	o.image.Close()
	o.record.Close()
}

// write packs the layer, completes the record, and names both files. The image
// gets its name last: where it stands, all is done.
func (w *work) write(ctx context.Context, o *outputs) error {
	sum := newSummer(o.image)
	if len(w.layer.Dirty()) > 0 {
		w.src.Layout.Image.Header.ModTime = w.stamp
	}
	_, err := w.src.Archive.Write(ctx, sum, tgz.WriteOptions{
		Replace:  map[string]block.Device{w.src.Layout.Image.Header.Name: w.layer},
		Progress: w.progress(),
	})
	sum.close()
	if err != nil {
		return fmt.Errorf("writing %w", at(o.image.Path(), err))
	}
	if w.result.Record, err = w.record(sum); err != nil {
		return err
	}
	if err := w.result.Record.Write(o.record); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := o.record.Commit(); err != nil {
		return err
	}
	if err := o.image.Commit(); err != nil {
		return errors.Join(err, os.Remove(o.record.Path()))
	}
	return nil
}

// progress is nil where nobody wants to know.
func (w *work) progress() func(int64) {
	report := w.job.Open.Progress
	if report == nil {
		return nil
	}
	total := int64(0)
	for _, e := range w.src.Archive.Entries {
		total += e.Header.Size
	}
	return func(done int64) { report(StageWrite, done, total) }
}
