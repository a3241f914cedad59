package imagebuild

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"lbimage/imagebuild/outfile"
	"lbimage/imagebuild/source"
)

// output is one file of a build, without a name until all are complete.
type output struct {
	role Role
	file *outfile.File
	extra
	size   int64
	sha256 string
}

// outputs are the files of one image: the image first, the record last, the others in the order in which they are written.
type outputs struct{ list []*output }

func (o *outputs) image() *output    { return o.list[0] }
func (o *outputs) beside() []*output { return o.list[1 : len(o.list)-1] }
func (o *outputs) record() *output   { return o.list[len(o.list)-1] }

// extra writes an output that is neither image nor record.
type extra interface {
	fill(ctx context.Context, w io.Writer, all []*Finished) error
}

// createOutputs opens the outputs of a job: what cannot be written is found here, before any work is done.
func createOutputs(job Job) (*outputs, error) {
	extras, err := job.extras()
	if err != nil {
		return nil, err
	}
	o := &outputs{}
	err = o.create(job, RoleImage, job.Output, nil)
	for _, e := range extras {
		if err == nil {
			err = o.create(job, e.Role, e.path(job.Output), e)
		}
	}
	if err == nil {
		err = o.create(job, RoleRecord, RecordName(job.Output), nil)
	}
	if err != nil {
		o.discard()
		return nil, err
	}
	return o, nil
}

// createShared opens the outputs that all images of a build have together.
func createShared(job Job) (*outputs, error) {
	o := &outputs{}
	shared := slices.Clone(job.Shared)
	if job.Sums {
		shared = append(shared, sumsShared(job.Output))
	}
	slices.SortStableFunc(shared, func(a, b Shared) int { return byRole(a.Role, b.Role) })
	for _, s := range shared {
		if err := o.create(job, s.Role, s.Path, s); err != nil {
			o.discard()
			return nil, err
		}
	}
	return o, nil
}

func (o *outputs) create(job Job, role Role, path string, e extra) error {
	if sameFile(path, job.Source) {
		return usagef("the output %s is the source itself; choose another name", path)
	}
	for _, other := range o.list {
		if samePlace(other.file.Path(), path) {
			return usagef("%s and %s are both to be written to %s; choose another name for one of them", other.role, role, path)
		}
	}
	f, err := outfile.Create(path, outfile.Options{Overwrite: job.Replace})
	if err != nil {
		return err
	}
	o.list = append(o.list, &output{role: role, file: f, extra: e})
	return nil
}

func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// samePlace tells whether two paths, of files that need not be there, are one name in one folder.
func samePlace(a, b string) bool {
	return filepath.Base(a) == filepath.Base(b) && (filepath.Clean(a) == filepath.Clean(b) || sameFile(filepath.Dir(a), filepath.Dir(b)))
}

// clash refuses outputs of several images that have one name.
func clash(all []*outputs) error {
	for i, one := range all {
		for _, o := range one.list {
			for _, other := range all[:i] {
				for _, p := range other.list {
					if samePlace(o.file.Path(), p.file.Path()) {
						who := fmt.Sprintf("%s and %s", p.role, o.role)
						if p.role == o.role {
							who = fmt.Sprintf("the %s of one image and the %s of another", p.role, o.role)
						}
						return usagef("%s are both to be written to %s; choose another name for one of them", who, o.file.Path())
					}
				}
			}
		}
	}
	return nil
}

func (o *outputs) discard() {
	for _, one := range o.list {
		one.file.Close()
	}
}

// write gives an output its contents, and knows size and digest afterwards.
func (o *output) write(write func(io.Writer) error) error {
	sum := outfile.NewDigest(o.file)
	err := write(sum)
	sum.Close()
	var told *outfile.WriteError
	switch {
	case errors.As(err, &told):
		return err
	case err != nil:
		return fmt.Errorf("writing %w", source.At(o.file.Path(), err))
	}
	o.size, o.sha256 = sum.Size(), sum.Hex()
	return nil
}

func (o *output) written() Written {
	return Written{Role: o.role, Path: o.file.Path(), Size: o.size, SHA256: o.sha256}
}

// commit syncs the outputs, so that naming them takes no time, and then names all of them: an end that is asked for
// comes before or after. The images get their names last: where one stands, all that belongs to it stands beside it.
// After an error none has its name, and what was to be replaced is there again.
func commit(ctx context.Context, all ...*outputs) error {
	var files, images []*outfile.File
	for _, o := range all {
		for _, one := range o.list {
			if err := one.file.Sync(); err != nil {
				return err
			}
			if one.role == RoleImage {
				images = append(images, one.file)
			} else {
				files = append(files, one.file)
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	files = append(files, images...)
	for i, f := range files {
		err := f.Place()
		if err == nil {
			continue
		}
		for ; i >= 0; i-- {
			err = errors.Join(err, files[i].Undo())
		}
		return err
	}
	for _, f := range files {
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}
