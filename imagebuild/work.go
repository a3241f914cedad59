package imagebuild

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/imagebuild/block"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/all"
	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/request"
	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpmdb"
	"lbimage/imagebuild/source"
	"lbimage/overlay"
	"lbimage/overlay/selinux"
	"lbimage/servo"
)

// work is a job whose edits have been made.
type work struct {
	job    Job
	src    *source.Source
	base   *baseline
	stamp  time.Time
	layer  *block.Layer
	db     *rpmdb.DB      // of the image's packages; nil for none
	coming []*rpm.Package // that are installed
	result *Result
}

// edit applies the edits to a new layer over the source's disk and checks it.
func (job Job) edit(ctx context.Context, base *baseline, opened *request.Opened) (*work, error) {
	src := base.src
	stamp := job.Time
	if stamp.IsZero() {
		stamp = src.Time
	}
	layer := block.NewLayer(src.Disk, job.Open.TempDir)
	w := &work{job: job, src: src, base: base, stamp: stamp, layer: layer, result: &Result{Source: src, Time: stamp, Servo: opened.Source}}
	if err := w.edit(ctx, opened); err != nil {
		return nil, fmt.Errorf("%s: %w", src.Path, errors.Join(err, layer.Close()))
	}
	return w, nil
}

func (w *work) edit(ctx context.Context, opened *request.Opened) error {
	root, err := rootOf(w.layer, w.src)
	if err != nil {
		return err
	}
	tree, err := ext.OpenWritable(root, root.Size(), ext.Options{Time: w.stamp})
	if err != nil {
		return w.src.RootError(err)
	}
	if r, ok := tree.Recovered(); ok {
		w.result.Recovery = &r
	}
	image, err := w.image(ctx, tree, opened)
	if err != nil {
		return err
	}
	steps, err := opened.Steps(image)
	if err != nil {
		return err
	}
	if err := w.apply(ctx, tree, steps); err != nil {
		return err
	}
	if err := tree.Sync(); err != nil {
		return w.src.RootError(err)
	}
	if w.result.Database, err = w.says(ctx, tree); err != nil {
		return err
	}
	w.result.Findings, err = w.check(ctx, root)
	return err
}

// apply makes the edits, one after the other.
func (w *work) apply(ctx context.Context, tree *ext.FS, steps []request.Step) error {
	attributes, err := overlay.ParseAttributes(w.job.Request.Attributes)
	if err != nil {
		return err
	}
	edits := make([]overlay.Edit, len(steps))
	for i, step := range steps {
		edits[i] = step.Edit
	}
	if err := request.Conflicts(tree, steps); err != nil {
		return err
	}
	free := freeOf(tree)
	labelled, report, err := selinux.Labelled(overlay.WithPolicy(tree, overlay.Policy{Attributes: attributes}))
	if err != nil {
		return err
	}
	if report.Active {
		w.result.SELinux = report
	}
	var changes []overlay.Change
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		made, err := overlay.Apply(labelled, []overlay.Edit{step})
		if errors.Is(err, ext.ErrNoSpace) || errors.Is(err, ext.ErrNoInodes) {
			return w.noSpace(err, edits, free)
		}
		if err != nil {
			return err
		}
		changes = append(changes, made...)
	}
	w.result.Changes = overlay.Fold(changes)
	return nil
}

// rootOf is the window of a layer over the disk that shows the root file system.
func rootOf(layer *block.Layer, src *source.Source) (block.Writable, error) {
	p := src.Root.Partition
	section, err := block.Section(layer, p.Start, p.Size)
	if err != nil {
		return nil, err
	}
	return section.(block.Writable), nil // a section of a Writable is one
}

// check runs all checks on the edited file system, opened anew.
func (w *work) check(ctx context.Context, root block.Device) ([]check.Finding, error) {
	before := w.base.begin(ctx, w.job.Checks, w.job.Open.TempDir)
	defer func() { _, _ = before() }() // it has ended before the source is closed; what it found is asked for below
	tree, err := ext.Open(root, root.Size())
	if err != nil {
		return nil, err
	}
	findings := check.ReadBack(tree, w.result.Changes)
	findings = append(findings, w.checkPackages()...)
	o := w.job.HAProxy
	o.Judge.TempDir = w.job.Open.TempDir
	if !o.Servo.Known() {
		o.Servo = w.packagedServo()
	}
	if w.result.Template, err = check.Template(ctx, tree, o); err != nil {
		return nil, err
	}
	after := subject{src: w.src, root: root, tree: tree, output: w.job.Output, tempDir: w.job.Open.TempDir}
	found, err := after.look(ctx, w.job.Checks, all.Rules())
	had, errBefore := before()
	if err := errors.Join(err, errBefore); err != nil {
		return nil, err
	}
	w.result.Kickstart = found.conformity
	findings = append(findings, check.Inherit(found.findings, had, all.Rules(), w.job.Checks.Strict)...)
	overrides := w.job.Checks.Overrides
	w.result.Overrides = overrides
	findings = check.ApplyOverrides(findings, overrides)
	w.result.recorded = append(slices.Clone(findings), check.ApplyOverrides(w.result.Template.ByRules, overrides)...)
	check.Sort(w.result.recorded)
	findings = append(findings, check.ApplyOverrides(w.result.Template.Findings, overrides)...)
	check.Sort(findings)
	return findings, nil
}

// packagedServo is the version of the servo whose package was installed, which says it itself; the zero value for none.
func (w *work) packagedServo() haproxyconfig.Version {
	for _, p := range w.coming {
		if p.Name == servo.PackageName {
			return servo.Installed{Version: p.Version}.Known()
		}
	}
	return haproxyconfig.Version{}
}

// checkPackages gives findings for what the image lacks for the packages that were installed.
func (w *work) checkPackages() []check.Finding {
	var out []check.Finding
	for _, p := range w.result.Packages {
		var misses []check.PackageMiss
		for _, m := range p.Misses {
			misses = append(misses, check.PackageMiss(m))
		}
		out = append(out, check.Package(p.Name, misses, check.PackageTerms{NoDatabase: w.db == nil, NoDeps: p.NoDeps})...)
	}
	return out
}

// pack writes the layer as a tarball, what stands beside it, and the record; none gets its name yet.
func (w *work) pack(ctx context.Context, out *outputs) (*Finished, error) {
	err := out.image().write(func(to io.Writer) error {
		_, err := w.src.Archive.Write(ctx, to, w.packing())
		return err
	})
	if err != nil {
		return nil, err
	}
	if w.result.Record, err = w.record(out.image()); err != nil {
		return nil, err
	}
	return w.writeExtras(ctx, out)
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
	return func(done int64) { report(source.StageWrite, done, total) }
}
