package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/compare"
	"lbimage/imagebuild/outfile"
	pages "lbimage/imagebuild/report"
	"lbimage/imagebuild/treediff"
)

// diffReport is what becomes of a comparison.
type diffReport interface {
	compare.Report
	end(compare.Summary) error
}

// diffHTML makes a page, and hands all on to another report beside it.
type diffHTML struct {
	page *pages.Comparison
	next diffReport    // nil: none
	file *outfile.File // nil: the page goes to w
	w    *bufio.Writer
}

// newDiffHTML creates the page's file at once: that it cannot be written is found before any work is done.
func newDiffHTML(w *bufio.Writer, path string, force bool, tempDir string, next diffReport) (*diffHTML, error) {
	d := &diffHTML{w: w, next: next}
	var err error
	if path != "-" {
		if d.file, err = outfile.Create(path, outfile.Options{Overwrite: force}); err != nil {
			return nil, err
		}
	}
	if d.page, err = pages.NewComparison(pages.Options{TempDir: tempDir, Version: version}); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

// close discards the page unless it was written.
func (d *diffHTML) close() error {
	var err error
	if d.page != nil {
		err = d.page.Close()
	}
	if d.file != nil {
		err = errors.Join(err, d.file.Close())
	}
	return err
}

func (d *diffHTML) Begin(a, b compare.Side, around []compare.Surrounding) error {
	if err := d.page.Begin(a, b, around); err != nil || d.next == nil {
		return err
	}
	return d.next.Begin(a, b, around)
}

func (d *diffHTML) File(f *treediff.Difference) error {
	if err := d.page.File(f); err != nil || d.next == nil {
		return err
	}
	return d.next.File(f)
}

func (d *diffHTML) Packages(p compare.Packages) error {
	if err := d.page.Packages(p); err != nil || d.next == nil {
		return err
	}
	return d.next.Packages(p)
}

func (d *diffHTML) Disk(x compare.DiskDifference) error {
	if err := d.page.Disk(x); err != nil || d.next == nil {
		return err
	}
	return d.next.Disk(x)
}

func (d *diffHTML) end(sum compare.Summary) error {
	if d.file == nil {
		return d.page.Write(d.w, sum)
	}
	if err := d.page.Write(io.Writer(d.file), sum); err != nil {
		return err
	}
	if err := d.file.Commit(); err != nil {
		return err
	}
	if d.next != nil {
		return d.next.end(sum)
	}
	if err := (&diffText{w: d.w}).end(sum); err != nil {
		return err
	}
	fmt.Fprintf(d.w, "page %s\n", check.OneLine(d.file.Path()))
	return nil
}
