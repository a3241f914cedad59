package imagebuild

import (
	"lbimage/imagebuild/request"
	"lbimage/overlay"
)

// ChangeDiff is a change's diff for people and records. Hashes of passwords do not show in it.
func ChangeDiff(c overlay.Change) string {
	if request.HoldsHashes(c.Path) {
		c.Before, c.After = concealed(c.Before), concealed(c.After)
	}
	return c.Diff()
}

func concealed(s *overlay.FileState) *overlay.FileState {
	if s == nil || !s.IsText {
		return s
	}
	out := *s
	out.Text = request.ConcealShadow(s.Text)
	return &out
}
