package imagebuild

import (
	"context"
	"errors"
	"io"
	"time"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/disk"
	"lbimage/imagebuild/outfile"
	"lbimage/imagebuild/tgz"
)

// Rebuilt is the image of a profile that is made once more and written nowhere: to be held against an output.
type Rebuilt struct {
	Built
	Disk  block.Device // with the edits
	Table *disk.Table  // of Disk
	p     *prepared
}

// ProfileOutput is what a profile's tarball is called.
type ProfileOutput struct{ Profile, Name string }

// OutputNames are the names of the tarballs of all profiles, without folders, in the recipe's order.
func (b Builder) OutputNames() ([]ProfileOutput, error) {
	called, err := b.sourceNames()
	if err != nil {
		return nil, err
	}
	var out []ProfileOutput
	for _, profile := range b.Recipe.ProfileNames() {
		r, err := b.Recipe.Resolve(profile)
		if err != nil {
			return nil, &UsageError{Err: err}
		}
		name, err := r.OutputName(called)
		if err != nil {
			return nil, &UsageError{Err: err}
		}
		out = append(out, ProfileOutput{profile, name})
	}
	return out, nil
}

// Rebuild makes the image of the one profile that the builder names, as Build does, up to the point where it would be
// written. Findings of severity error are in the result, not in the error. It must be closed.
func (b Builder) Rebuild(ctx context.Context) (*Rebuilt, error) {
	if len(b.Profiles) != 1 {
		return nil, usagef("one profile can be built anew at a time, not %d", len(b.Profiles))
	}
	b.Job.Open.Digest = true
	p, err := b.prepare(ctx)
	if err != nil {
		return nil, err
	}
	built, err := p.edit(ctx, true)
	if err != nil {
		p.close()
		return nil, err
	}
	return &Rebuilt{Built: built[0], Disk: p.profiles[0].work.layer, Table: p.src.Table, p: p}, nil
}

// Write writes the tarball to w, byte for byte what Build writes. Afterwards there is a record.
func (r *Rebuilt) Write(ctx context.Context, w io.Writer) error {
	work := r.p.profiles[0].work
	sum := outfile.NewDigest(w)
	_, err := work.src.Archive.Write(ctx, sum, work.packing())
	sum.Close()
	if err != nil {
		return err
	}
	r.Record, err = work.record(&output{size: sum.Size(), sha256: sum.Hex()})
	return err
}

// Close frees the temporary disk space.
func (r *Rebuilt) Close() error {
	if r.p == nil {
		return errors.New("it is closed already")
	}
	r.p.close()
	r.p = nil
	return nil
}

// packing says how the layer is packed.
func (w *work) packing() tgz.WriteOptions {
	name := w.src.Layout.Image.Header.Name
	o := tgz.WriteOptions{Replace: map[string]block.Device{name: w.layer}, Progress: w.progress()}
	if len(w.layer.Dirty()) > 0 {
		o.ModTimes = map[string]time.Time{name: w.stamp}
	}
	return o
}
