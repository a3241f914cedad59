package rpmout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/rpm"
)

// Input is what a package is written of.
type Input struct {
	// Package is the one that the Draft follows, with its payload; nil where there is none.
	Package *rpm.Package
	// Tarball has Size bytes, and does not change.
	Tarball io.ReaderAt
	Size    int64
	// Time is that of the package and of all that is new in it.
	Time time.Time
	// TempDir holds, in a file without a name, what is taken over from Package; "" is os.TempDir.
	TempDir string
}

// Write writes the package.
func (d *Draft) Write(ctx context.Context, w io.Writer, in Input) error {
	spec := d.spec
	spec.BuildTime = in.Time
	spec.Files = slices.Clone(spec.Files)
	contents, err := d.contents(ctx, in)
	if err != nil {
		return fmt.Errorf("package %s: %w", d.Name(), err)
	}
	defer contents.close()
	for i := range spec.Files {
		f := &spec.Files[i]
		if f.Path == d.tarball {
			f.ModTime, f.Data, f.Size = in.Time, in.Tarball, in.Size
		} else if from, ok := d.carried[f.Path]; ok {
			span := contents.spans[from]
			f.Data, f.Size = io.NewSectionReader(contents.file, span.Off, span.Len), span.Len
		}
		if f.Data != nil {
			f.Data = interruptible{ctx, f.Data}
		}
	}
	return rpm.Write(w, spec)
}

// interruptible ends with its context.
type interruptible struct {
	ctx context.Context
	r   io.ReaderAt
}

func (r interruptible) ReadAt(p []byte, off int64) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.ReadAt(p, off)
}

// contents are those of files of the source's package, in a temporary file.
type contents struct {
	file  *block.Sparse
	spans map[string]rpm.Span
}

func (c *contents) close() {
	if c.file != nil {
		c.file.Close()
	}
}

// contents takes those that are carried over out of the payload, and reads no
// further than the last of them: they come before the tarball as a rule. Each
// is known to be right, by its digest, before it is used.
func (d *Draft) contents(ctx context.Context, in Input) (_ *contents, err error) {
	c := &contents{spans: map[string]rpm.Span{}}
	wanted := map[string]bool{}
	for _, from := range d.carried {
		wanted[from] = true
	}
	if len(wanted) == 0 {
		return c, nil
	}
	if in.Package == nil {
		return nil, errors.New("the package that it follows is not there")
	}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	if c.file, err = block.CreateSparse(in.TempDir); err != nil {
		return nil, err
	}
	payload, err := in.Package.Payload(ctx)
	if err != nil {
		return nil, err
	}
	defer payload.Close()
	for len(wanted) > 0 {
		e, err := payload.Next()
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the source's package lacks a file that it had when it was opened: try again")
		}
		if err != nil {
			return nil, err
		}
		names := []string{e.File.Path}
		for _, l := range e.Links {
			names = append(names, l.Path)
		}
		if e.Linked || !slices.ContainsFunc(names, func(n string) bool { return wanted[n] }) {
			continue
		}
		span := rpm.Span{Off: c.file.Size()}
		if span.Len, err = io.Copy(c.file, e); err != nil {
			return nil, err
		}
		for _, n := range names {
			c.spans[n] = span
			delete(wanted, n)
		}
	}
	return c, nil
}
