package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/outfile"
	pages "lbimage/imagebuild/report"
)

// reportOption is the page of a build.
type reportOption struct {
	path    string
	preview bool // the page of a plan, or of a build that the checks refuse, is written
}

func (o *reportOption) addFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.path, "report", "", "write a page to look at, `FILE`: what went in, the disk as a map, changes, findings, digests")
}

// validate is for what can be known at once.
func (o *reportOption) validate() error {
	if o.path == "-" {
		return usagef("--report - : the page has to be a file, as standard output tells of the build")
	}
	return nil
}

// show tells where the page of a preview is. That of a build is told with its other outputs.
func (o *reportOption) show(s stdio, f format) {
	if o.preview && f == formatText {
		fmt.Fprintf(s.out, "report   %s\n", check.OneLine(o.path))
	}
}

// add makes the page part of the job: it appears with the outputs. A plan, and a build that the checks refuse, have it
// alone.
func (o *reportOption) add(job *imagebuild.Job, plan bool) {
	if o.path == "" {
		return
	}
	options := pages.Options{TempDir: job.Open.TempDir, Version: job.Version}
	outcome := pages.Refused
	if plan {
		outcome = pages.Planned
	} else {
		job.Shared = append(job.Shared, imagebuild.Shared{
			Role: imagebuild.RoleReport, Path: o.path,
			Write: func(ctx context.Context, w io.Writer, all []*imagebuild.Finished) error {
				return pages.Build(ctx, w, all, pages.Built, options)
			},
		})
	}
	replace := job.Replace
	job.Preview = func(ctx context.Context, all []*imagebuild.Finished) error {
		src, errSource := os.Stat(all[0].Source.Path)
		page, errPage := os.Stat(o.path)
		if errSource == nil && errPage == nil && os.SameFile(src, page) {
			return usagef("the report %s is the source itself; choose another name", o.path)
		}
		f, err := outfile.Create(o.path, outfile.Options{Overwrite: replace})
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pages.Build(ctx, f, all, outcome, options); err != nil {
			return err
		}
		err = f.Commit()
		o.preview = err == nil
		return err
	}
}
