package imagebuild

import (
	"slices"

	"lbimage/imagebuild/request"
	"lbimage/overlay"
)

// secrets are files that hold hashes of passwords.
var secrets = []string{"/etc/shadow", "/etc/gshadow", "/etc/shadow-", "/etc/gshadow-"}

// ChangeDiff is a change's diff for people and records. Hashes of passwords do not show in it.
func ChangeDiff(c overlay.Change) string {
	if slices.Contains(secrets, c.Path) {
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
