package imagebuild

import (
	"context"

	"lbimage/imagebuild/ext"
)

// preview hands images that are edited and checked, and are not packed, to the one who wants to see them. What belongs to
// the packed image is missing: Image, Written, and the output's digest in the record.
func preview(ctx context.Context, job Job, all ...*work) error {
	if job.Preview == nil {
		return nil
	}
	var out []*Finished
	for _, w := range all {
		root, err := rootOf(w.layer, w.src)
		if err != nil {
			return err
		}
		tree, err := ext.Open(root, root.Size())
		if err != nil {
			return w.src.RootError(err)
		}
		result := *w.result
		if result.Record, err = w.record(nil); err != nil {
			return err
		}
		out = append(out, &Finished{Result: &result, Profile: w.job.Profile, Disk: w.layer, Changed: w.layer.Dirty(), Root: tree})
	}
	return job.Preview(ctx, out)
}
