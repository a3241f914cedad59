package fsedit

import (
	"context"
	"fmt"
	"io"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/outfile"
)

// superblockAt is where a file system's superblock begins, in bytes.
const superblockAt = 1024

// replace writes the image with its changes into a new file that takes its name.
func (img *image) replace(ctx context.Context, out *outfile.File, layer *block.Layer, dirty []block.Range) error {
	if err := out.CopyOf(ctx, img.f); err != nil {
		return &outsideError{err}
	}
	if err := copyRanges(out, layer, dirty); err != nil {
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

// writeInPlace writes the changed blocks into the image: those of contents first,
// then all others but the one of the superblock, that last. Between the three they
// are brought to the disk.
func (img *image) writeInPlace(layer *block.Layer, contents, dirty []block.Range, super int64) error {
	if err := img.unchanged(); err != nil && img.regular() {
		return err
	}
	last := block.Range{Off: super - super%block.BlockSize, Len: block.BlockSize}
	for _, list := range [][]block.Range{
		without(contents, []block.Range{last}),
		without(without(dirty, contents), []block.Range{last}),
		within(dirty, last),
	} {
		if err := copyRanges(img.f, layer, list); err != nil {
			return fmt.Errorf("writing in place broke off; run e2fsck -f on it: %w", bare(err))
		}
		if err := img.f.Sync(); err != nil {
			return fmt.Errorf("writing in place broke off; run e2fsck -f on it: %w", bare(err))
		}
	}
	return nil
}

// copyRanges copies from the layer what lies in the ranges.
func copyRanges(w io.WriterAt, layer *block.Layer, list []block.Range) error {
	buf := make([]byte, 1<<20)
	for _, r := range list {
		for r.Len > 0 {
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
