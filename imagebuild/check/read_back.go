package check

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"lbimage/overlay"
)

// Each changed file is read again through a file system that was opened afresh, and held against what the
// edit set out to write: content by its digest, mode, owner, a link's target. The edit took these from
// its own input and not from what it had written, so that a write that went wrong shows.
var ruleReadBack = Rule{
	Name:     "read-back",
	Group:    GroupEdits,
	Severity: SeverityError,
	Why:      "a change that does not read back as it was planned would reach machines unseen",
	Mend:     "this should not happen with a sound source: check it, and report the case",
}

// ReadBack holds the files of a tree against what the changes say of them. Several changes of one path
// count as one.
func ReadBack(t overlay.ReadTree, changes []overlay.Change) []Finding {
	var out []Finding
	for _, c := range overlay.Fold(changes) {
		if !c.Changed() {
			continue
		}
		if message := readBack(t, c); message != "" {
			out = append(out, ruleReadBack.finding(c.Path, message))
		}
	}
	return out
}

// buried says whether one of the folders above a path is none any more: something else was put in the place of a folder
// that was removed with what was in it.
func buried(t overlay.ReadTree, name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if info, err := t.Lstat(dir); err == nil && !info.IsDir() {
			return true
		}
	}
	return false
}

func readBack(t overlay.ReadTree, c overlay.Change) string {
	if c.After == nil && buried(t, c.Name()) {
		return ""
	}
	got, err := overlay.StateOf(t, c.Name(), 0)
	switch {
	case c.After == nil && errors.Is(err, fs.ErrNotExist):
		return ""
	case c.After == nil && err == nil:
		return "is still there, and was to be removed"
	case err != nil:
		return fmt.Sprintf("cannot be read back: %s", strings.TrimPrefix(err.Error(), c.Path+": "))
	}
	want := c.After
	differs := func(what string, got, want any) string {
		return fmt.Sprintf("%s reads back as %v, and was to be %v", what, got, want)
	}
	switch {
	case got.Mode.Type() != want.Mode.Type():
		return differs("its type", got.Type(), want.Type())
	case got.Size != want.Size:
		return differs("its size", got.Size, want.Size)
	case got.SHA256 != want.SHA256:
		return differs("its digest", got.SHA256, want.SHA256)
	case got.Target != want.Target:
		return differs("its target", fmt.Sprintf("%q", got.Target), fmt.Sprintf("%q", want.Target))
	case got.Mode != want.Mode:
		return differs("its mode", fmt.Sprintf("%04o", got.Unix()), fmt.Sprintf("%04o", want.Unix()))
	case got.UID != want.UID || got.GID != want.GID:
		return differs("its owner", fmt.Sprintf("%d:%d", got.UID, got.GID), fmt.Sprintf("%d:%d", want.UID, want.GID))
	}
	return ""
}
