package fsedit

import (
	"context"
	"errors"
	"fmt"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/disk"
	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/outfile"
)

// Result tells what Edit did.
type Result struct {
	Partition int   // 0: no partition table
	Blocks    int64 // of 4 KiB that were changed; 0: nothing was, and nothing was written
	// Recovered tells what had been left undone when the file system was last in use,
	// and was made up for before the edit; nil where there was nothing.
	Recovered *ext.Recovery
}

// Edit lets do change the file system of the image at path, checks it, and writes
// it: all of it or nothing. It refuses images that must not be edited; what
// these are, the package ext says.
func Edit(ctx context.Context, path string, o Options, do func(*Tree) error) (Result, error) {
	img, err := openImage(path, o, true)
	if err != nil {
		return Result{}, at(path, err)
	}
	defer img.dev.Close()
	layer := block.NewLayer(img.dev, o.TempDir)
	defer layer.Close()
	res, err := img.edit(ctx, layer, o, do)
	return res, img.place(err)
}

func (img *image) edit(ctx context.Context, layer *block.Layer, o Options, do func(*Tree) error) (Result, error) {
	var res Result
	var err error
	var out *outfile.File
	if !o.InPlace {
		// Found out before all the work: whether there can be a new file.
		if out, err = outfile.Create(img.file, outfile.Options{Overwrite: true, Perm: 0o600}); err != nil {
			return res, &outsideError{fmt.Errorf("%w, or edit it with --in-place", err)}
		}
		defer out.Close()
	}
	part, err := findFS(layer, o.Partition)
	if err != nil {
		return res, err
	}
	img.part = part
	dev, err := openWritable(part)
	if err != nil {
		return res, err
	}
	tree, err := openTree(dev, o)
	if err != nil {
		return res, err
	}
	if err := do(tree); err != nil {
		return res, err
	}
	if err := ctx.Err(); err != nil {
		return res, err
	}
	contents := layer.Dirty()
	if err := tree.fs.Sync(); err != nil {
		return res, inImage(err)
	}
	dirty := layer.Dirty()
	res.Partition = part.Number
	if r, ok := tree.fs.Recovered(); ok {
		res.Recovered = &r
	}
	for _, r := range dirty {
		res.Blocks += (r.Len + block.BlockSize - 1) / block.BlockSize
	}
	if len(dirty) == 0 {
		return res, nil
	}
	if err := img.checked(ctx, dev); err != nil {
		return res, err
	}
	if o.InPlace {
		return res, img.writeInPlace(img.f, layer, contents, dirty)
	}
	return res, img.replace(ctx, out, layer, dirty)
}

// openWritable opens a partition that lies on a layer.
func openWritable(p disk.Partition) (block.Writable, error) {
	d, err := p.Open()
	if err != nil {
		return nil, err
	}
	return d.(block.Writable), nil
}

// maxProblems bounds how many are gathered.
const maxProblems = 10000

// checked examines the edited file system. An image that was inconsistent before
// is not edited: what is wrong may become worse.
func (img *image) checked(ctx context.Context, dev block.Device) error {
	first, n, err := firstProblem(ctx, dev)
	if err != nil || n == 0 {
		return err
	}
	before := block.Device(img.dev)
	if img.part.Number != 0 {
		if before, err = block.Section(img.dev, img.part.Start, img.part.Size); err != nil {
			return err
		}
	}
	if was, n, err := firstProblem(ctx, before); err == nil && n > 0 {
		return fmt.Errorf("the file system is inconsistent, %s: %s: run e2fsck -f on it", problems(n), was)
	}
	return fmt.Errorf("the edit would leave %s, so nothing is written: %s: this is a fault of the program, please report it", problems(n), first)
}

func problems(n int) string {
	if n == 1 {
		return "1 problem"
	}
	return fmt.Sprintf("%d problems, the first", n)
}

func firstProblem(ctx context.Context, dev block.Device) (first string, n int, err error) {
	list, err := ext.Check(ctx, dev, dev.Size(), ext.CheckOptions{MaxProblems: maxProblems})
	if err != nil {
		return "", 0, fmt.Errorf("checking the file system: %w", err)
	}
	for _, p := range list {
		if p.Notice {
			continue
		}
		if n++; n == 1 {
			first = p.String()
		}
	}
	return first, n, nil
}

// View lets do read the file system of the image at path.
func View(path string, o Options, do func(*Tree) error) error {
	img, err := openImage(path, o, false)
	if err != nil {
		return at(path, err)
	}
	defer img.dev.Close()
	return img.place(img.view(o, do))
}

func (img *image) view(o Options, do func(*Tree) error) error {
	part, err := findFS(img.dev, o.Partition)
	if err != nil {
		return err
	}
	img.part = part
	dev, err := part.Open()
	if err != nil {
		return err
	}
	f, err := ext.Open(dev, dev.Size())
	if err != nil {
		return err
	}
	return do(&Tree{fs: f, dev: dev, part: part, opts: o})
}

// Check examines the whole file system of the image at path and gives its problems.
func Check(ctx context.Context, path string, o Options) ([]ext.Problem, error) {
	img, err := openImage(path, o, false)
	if err != nil {
		return nil, at(path, err)
	}
	defer img.dev.Close()
	list, err := img.check(ctx, o)
	return list, img.place(err)
}

func (img *image) check(ctx context.Context, o Options) ([]ext.Problem, error) {
	part, err := findFS(img.dev, o.Partition)
	if err != nil {
		return nil, err
	}
	img.part = part
	dev, err := part.Open()
	if err != nil {
		return nil, err
	}
	list, err := ext.Check(ctx, dev, dev.Size(), ext.CheckOptions{MaxProblems: maxProblems})
	if err != nil && !errors.Is(err, ext.ErrNoFileSystem) {
		err = fmt.Errorf("checking the file system: %w", err)
	}
	return list, err
}
