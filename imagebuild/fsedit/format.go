package fsedit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/outfile"
)

// FormatOptions of Format.
type FormatOptions struct {
	ext.FormatOptions
	// Size in bytes. 0, which needs From, computes one: what From takes, a tenth more,
	// and 4 MiB, in whole MiB.
	Size int64
	// From is a folder or a tar archive, compressed or not, that fills the file system;
	// "-" reads an archive from Stdin, which needs Size.
	From  string
	Stdin io.Reader
	// Owner of all that comes from From; -1 keeps what it has there.
	Owner Owner
	// NoAttrs leaves extended attributes behind.
	NoAttrs bool
	// Overwrite replaces a file that exists.
	Overwrite bool
	TempDir   string
}

// FormatResult tells what was made.
type FormatResult struct {
	ext.Info
	Size    int64 // bytes
	Entries int   // that came from From
}

// Format makes an image that is one file system, empty or filled. The same call
// gives the same bytes. What goes wrong leaves no file, and one that was there as
// it was.
func Format(ctx context.Context, path string, o FormatOptions) (FormatResult, error) {
	src, err := openSource(o)
	if err != nil {
		return FormatResult{}, err
	}
	defer src.close()
	out, err := outfile.Create(path, outfile.Options{Overwrite: o.Overwrite})
	if err != nil {
		return FormatResult{}, err
	}
	defer out.Close()
	if o.Size == 0 {
		if o.From == "" {
			return FormatResult{}, &UsageError{errors.New("the size is missing: --size, or --from to compute it")}
		}
		if o, err = computeSize(ctx, src, o); err != nil {
			return FormatResult{}, err
		}
	}
	res := FormatResult{Size: o.Size}
	if err := out.Truncate(o.Size); err != nil {
		return res, err
	}
	if err := ext.Format(out, o.Size, o.FormatOptions); err != nil {
		return res, at(path, err)
	}
	if err := fill(ctx, out, src, o, &res); err != nil {
		return res, at(path, err)
	}
	list, err := ext.Check(ctx, out, o.Size, ext.CheckOptions{MaxProblems: maxProblems})
	if err != nil {
		return res, at(path, err)
	}
	for _, p := range list {
		if !p.Notice {
			return res, at(path, fmt.Errorf("it would have problems, so nothing is written: %s: this is a fault of the program, please report it", p))
		}
	}
	if err := ctx.Err(); err != nil {
		return res, err
	}
	return res, out.Commit()
}

// fill brings all of the source into the new file system.
func fill(ctx context.Context, out ext.ReadWriterAt, src *source, o FormatOptions, res *FormatResult) error {
	f, err := ext.OpenWritable(out, o.Size, ext.Options{Time: o.Time})
	if err != nil {
		return err
	}
	t := &Tree{fs: f}
	p := policy{replace: src.tar, renew: true, times: true, attrs: !o.NoAttrs, owner: o.Owner}
	err = src.each(ctx, func(e *entry) error {
		res.Entries++
		if e.name == "." {
			return t.layRoot(e, p, src.tar)
		}
		if src.tar {
			if err := t.parents(e.name); err != nil {
				return err
			}
		}
		return t.lay(ctx, e, p)
	})
	if errors.Is(err, ext.ErrNoSpace) || errors.Is(err, ext.ErrNoInodes) {
		err = fmt.Errorf("%w, or give a larger --size or more --inodes", err)
	}
	if err == nil {
		err = t.settle()
	}
	if err == nil {
		err = inImage(f.Sync())
	}
	res.Info = f.Info()
	return err
}

// layRoot gives the root what its entry says: all of it from an archive; from a
// folder, which may be a temporary one of any mode and owner, the time alone.
func (t *Tree) layRoot(e *entry, p policy, all bool) error {
	if !e.mode.IsDir() {
		return errors.New("it is no folder, but has the name of the root")
	}
	if !all {
		t.later.add(".", later{e.atime, e.mtime, p.times, nil})
		return nil
	}
	return t.dress(e, p)
}

// source is what fills a new file system.
type source struct {
	dir  string // a folder, or
	tar  bool
	f    io.ReadSeeker // an archive in a file, or
	r    io.Reader     // one that can be read once
	name string
	file *os.File
	// maxSparse bounds a file in the archive that needs no bytes there for its
	// zeros, which have to be read all the same.
	maxSparse int64
}

const maxSparse = 64 << 30

func openSource(o FormatOptions) (*source, error) {
	s := &source{name: o.From, maxSparse: maxSparse}
	switch {
	case o.From == "":
		return s, nil
	case o.From == "-":
		s.name, s.tar, s.r = "standard input", true, o.Stdin
		if o.Size == 0 {
			return s, &UsageError{errors.New("--from -: give the --size, an archive from standard input can be read only once")}
		}
		return s, nil
	}
	st, err := os.Stat(o.From)
	if err != nil {
		return s, outside("reading", o.From, err)
	}
	if st.IsDir() {
		s.dir = o.From
		return s, nil
	}
	s.tar = true
	if s.file, err = os.Open(o.From); err != nil {
		return s, outside("reading", o.From, err)
	}
	if st.Mode().IsRegular() {
		s.f = s.file
	} else {
		s.r = s.file
		if o.Size == 0 {
			return s, errors.Join(&UsageError{fmt.Errorf("--from %s: give the --size, it can be read only once", o.From)}, s.close())
		}
	}
	return s, nil
}

func (s *source) close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// each hands over all entries, from the start each time.
func (s *source) each(ctx context.Context, do func(*entry) error) error {
	switch {
	case s.dir != "":
		w := &localWalk{names: map[inode]string{}, do: func(e *entry) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return do(e)
		}}
		return w.walk(s.dir+"/.", ".")
	case s.f != nil:
		if _, err := s.f.Seek(0, io.SeekStart); err != nil {
			return outside("reading", s.name, err)
		}
		return eachInTar(ctx, s.f, s.name, s.maxSparse, do)
	case s.r != nil:
		return eachInTar(ctx, s.r, s.name, s.maxSparse, do)
	}
	return nil
}
