package overlay

import (
	"fmt"
	"io/fs"
)

// ReadFile reads a regular file of the image of at most max bytes, symbolic links followed inside it, and tells where it
// is. Its error begins with the path where it looked; it wraps fs.ErrNotExist where there is nothing, and [ErrNotFile] where
// something else stands.
func ReadFile(t ReadTree, name string, max int64) ([]byte, Resolved, error) {
	r, err := Resolve(t, name)
	if err != nil {
		return nil, r, err
	}
	if !r.Exists() {
		return nil, r, fmt.Errorf("%s: %w", r.Path(), fs.ErrNotExist)
	}
	data, err := readResolved(t, r, max)
	return data, r, err
}

// readSmall is ReadFile for callers that do not mind where it is.
func readSmall(t ReadTree, name string, max int64) ([]byte, error) {
	data, _, err := ReadFile(t, name, max)
	return data, err
}

// readResolved reads what stands at a resolved path. The tree bounds what a file can hold; the size is
// looked at first so that a huge or sparse one is never read into memory.
func readResolved(t ReadTree, r Resolved, max int64) ([]byte, error) {
	if !r.Info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w (%s)", r.Path(), ErrNotFile, kind(r.Info))
	}
	if r.Info.Size() > max {
		return nil, fmt.Errorf("%s: %d bytes, more than the %d that a file of its kind may have", r.Path(), r.Info.Size(), max)
	}
	data, err := t.ReadFile(r.Name)
	if err != nil {
		return nil, at(r.Name, err)
	}
	return data, nil
}
