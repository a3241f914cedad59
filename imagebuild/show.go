package imagebuild

import (
	"lbimage/imagebuild/request"
	"lbimage/overlay"
)

// ChangeDiff is a change's diff for people and records. Hashes of passwords and private keys do not show in it.
func ChangeDiff(c overlay.Change) string {
	c.Before, c.After = concealed(c.Path, c.Before), concealed(c.Path, c.After)
	return c.Diff()
}

func concealed(path string, s *overlay.FileState) *overlay.FileState {
	if s == nil || !s.IsText {
		return s
	}
	out := *s
	out.Text = request.ConcealKeys(s.Text)
	if request.HoldsHashes(path) {
		out.Text = request.ConcealShadow(s.Text)
	}
	return &out
}
