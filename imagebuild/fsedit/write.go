package fsedit

import (
	"context"
	"fmt"
	"io"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/outfile"
)

// replace writes the image with its changes into a new file that takes its name.
func (img *image) replace(ctx context.Context, out *outfile.File, layer *block.Layer, dirty []block.Range) error {
	if err := out.CopyOf(ctx, img.f); err != nil {
		return &outsideError{err}
	}
	if err := copyRanges(ctx, out, layer, dirty); err != nil {
		return &outsideError{err}
	}
	if err := out.TakeAttrs(img.f); err != nil {
		return &outsideError{err}
	}
	if err := img.unchanged(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return &outsideError{err}
	}
	return nil
}

// target is what is written in place: an *os.File.
type target interface {
	io.WriterAt
	Sync() error
}

// writeInPlace writes the changed blocks into the image: those of contents first,
// then all others but that of the superblock, that last. Before them the superblock
// gets a note that the file system was not unmounted: whoever ends in the midst
// leaves an image that e2fsck checks unasked, and that is not edited again before.
// Between the four steps they are brought to the disk.
func (img *image) writeInPlace(to target, layer *block.Layer, contents, dirty []block.Range) error {
	if err := img.unchanged(); err != nil && img.regular() {
		return err
	}
	note, at, err := ext.Unclean(io.NewSectionReader(img.dev, img.part.Start, img.dev.Size()-img.part.Start))
	if err != nil {
		return err
	}
	at += img.part.Start
	good := make([]byte, len(note)) // read now: an edit that did not touch it would later find the note
	if n, err := layer.ReadAt(good, at); n < len(good) {
		return err
	}
	super := block.Range{Off: at, Len: int64(len(note))}
	last := block.Range{Off: at - at%block.BlockSize}
	last.Len = (super.End() - last.Off + block.BlockSize - 1) / block.BlockSize * block.BlockSize
	_, err = to.WriteAt(note, at)
	if err == nil {
		err = to.Sync()
	}
	for _, list := range [][]block.Range{
		without(contents, []block.Range{last}),
		without(without(dirty, contents), []block.Range{last}),
	} {
		if err == nil {
			err = copyRanges(context.Background(), to, layer, list) // once begun it goes on
		}
		if err == nil {
			err = to.Sync()
		}
	}
	if err == nil {
		err = copyRanges(context.Background(), to, layer, without(within(dirty, last), []block.Range{super}))
	}
	if err == nil {
		_, err = to.WriteAt(good, at)
	}
	if err == nil {
		err = to.Sync()
	}
	if err != nil {
		return fmt.Errorf("writing in place broke off: %w: run e2fsck -f on it", outfile.Bare(err))
	}
	return nil
}

// copyRanges copies from the layer what lies in the ranges.
func copyRanges(ctx context.Context, w io.WriterAt, layer *block.Layer, list []block.Range) error {
	buf := make([]byte, 1<<20)
	for _, r := range list {
		for r.Len > 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			p := buf[:min(r.Len, int64(len(buf)))]
			if n, err := layer.ReadAt(p, r.Off); n < len(p) {
				return err
			}
			if _, err := w.WriteAt(p, r.Off); err != nil {
				return err
			}
			r.Off, r.Len = r.Off+int64(len(p)), r.Len-int64(len(p))
		}
	}
	return nil
}

// without gives the parts of list that lie in none of the others. Both are sorted
// and without overlap.
func without(list, others []block.Range) []block.Range {
	var out []block.Range
	for _, r := range list {
		for len(others) > 0 && others[0].End() <= r.Off {
			others = others[1:]
		}
		for _, o := range others {
			if o.Off >= r.End() {
				break
			}
			if o.Off > r.Off {
				out = append(out, block.Range{Off: r.Off, Len: o.Off - r.Off})
			}
			r = block.Range{Off: o.End(), Len: max(0, r.End()-o.End())}
		}
		if r.Len > 0 {
			out = append(out, r)
		}
	}
	return out
}

// within gives the parts of list that lie in one range.
func within(list []block.Range, one block.Range) []block.Range {
	var out []block.Range
	for _, r := range list {
		from, to := max(r.Off, one.Off), min(r.End(), one.End())
		if from < to {
			out = append(out, block.Range{Off: from, Len: to - from})
		}
	}
	return out
}
