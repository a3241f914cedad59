package rpminstall

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"lbimage/overlay"
)

// state is what stands at a path before it is changed; nil for nothing.
func (in *installer) state(r overlay.Resolved) (*overlay.FileState, error) {
	if !r.Exists() {
		return nil, nil
	}
	return in.stateOf(r.Name)
}

func (in *installer) stateOf(name string) (*overlay.FileState, error) {
	s, err := overlay.StateOf(in.t, name, min(in.texts, overlay.MaxText))
	if s != nil {
		in.texts -= int64(len(s.Text))
	}
	return s, err
}

// sameContent is the note of a file that got owner, mode or time alone.
const sameContent = "the content was so already"

// changed records what became of a path that has something now.
func (in *installer) changed(name string, before *overlay.FileState, notes ...string) error {
	after, err := in.stateOf(name)
	if err != nil {
		return err
	}
	c := overlay.NewChange(name, before, after, notes...)
	if c.Op == overlay.OpNone { // nobody diffs it, and a time is no change to tell of
		c.Notes = slices.DeleteFunc(c.Notes, func(n string) bool { return n == sameContent })
		for _, s := range []*overlay.FileState{before, after} {
			in.texts += int64(len(s.Text))
			s.Text, s.IsText = nil, false
		}
	}
	in.report.Changes = append(in.report.Changes, c)
	return nil
}

// at puts the path before an error, once.
func at(name string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("/%s: %w", name, err)
}
