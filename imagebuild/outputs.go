package imagebuild

import (
	"context"
	"errors"
	"fmt"
	"lbimage/imagebuild/outfile"
	"os"
	"strings"
)

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

// sync puts both files on the disk, so that naming them takes no time.
func (o *outputs) sync() error { return errors.Join(o.record.Sync(), o.image.Sync()) }

// commit names both files. The image gets its name last: where it stands, all is done.
func (o *outputs) commit() error {
	if err := o.record.Commit(); err != nil {
		return err
	}
	if err := o.image.Commit(); err != nil {
		return errors.Join(err, os.Remove(o.record.Path()))
	}
	return nil
}

// commit syncs the outputs, and then names all of them: an end that is asked for comes before or after.
func commit(ctx context.Context, all ...*outputs) error {
	for _, o := range all {
		if err := o.sync(); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	var done []string
	for _, o := range all {
		if err := o.commit(); err != nil {
			if len(done) > 0 {
				err = fmt.Errorf("%w (written before: %s)", err, strings.Join(done, ", "))
			}
			return err
		}
		done = append(done, o.image.Path())
	}
	return nil
}
