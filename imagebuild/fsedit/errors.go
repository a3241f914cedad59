package fsedit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"lbimage/imagebuild/outfile"
)

// outsideError is about something that is not the image, such as a file that is to
// be put into it: the image's name does not stand before it.
type outsideError struct{ err error }

func (e *outsideError) Error() string { return e.err.Error() }
func (e *outsideError) Unwrap() error { return e.err }

// notOfImage tells whether an error is not about the image.
func notOfImage(err error) bool {
	var elsewhere *outsideError
	var usage *UsageError
	return errors.As(err, &elsewhere) || errors.As(err, &usage)
}

// outside words an error of package os about a local file: the name once.
func outside(doing, name string, err error) error {
	if err == nil {
		return nil
	}
	return &outsideError{fmt.Errorf("%s %s: %w", doing, name, outfile.Bare(err))}
}

// inImage words an error of the file system: the path from the image's root, then
// what is wrong.
func inImage(err error) error {
	var known *treeError
	if err == nil || errors.As(err, &known) {
		return err
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return &treeError{Show(pe.Path), pe.Err}
	}
	var le *os.LinkError
	if errors.As(err, &le) {
		at := Show(le.New)
		if le.Op == "rename" || le.Op == "link" {
			at = Show(le.Old) + " to " + at
		}
		return &treeError{at, le.Err}
	}
	return err
}

// treeError is an error about a path in the image.
type treeError struct {
	at  string
	err error
}

func (e *treeError) Error() string { return e.at + ": " + e.err.Error() }
func (e *treeError) Unwrap() error { return e.err }

// made words the error of something that was to come to a name: where the folder
// is missing, that is what it says.
func (t *Tree) made(name string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return inImage(err)
	}
	dir := path.Dir(name)
	if _, stat := t.fs.Stat(dir); errors.Is(stat, fs.ErrNotExist) {
		return &treeError{Show(name), noFolderError(dir)}
	}
	return inImage(err)
}

// noFolderError is a folder that is missing, a kind of fs.ErrNotExist.
type noFolderError string

func (e noFolderError) Error() string {
	return "the folder " + Show(string(e)) + " is not there: make it with mkdir -p"
}
func (noFolderError) Is(target error) bool { return target == fs.ErrNotExist }

func pathErrorf(name, format string, a ...any) error {
	return &treeError{Show(name), fmt.Errorf(format, a...)}
}

// Show writes a path of the image for a message: from the root, and quoted where
// it holds what a terminal would not show as it is.
func Show(name string) string {
	if name = "/" + strings.TrimPrefix(name, "/"); name == "/." {
		name = "/"
	}
	return Printable(name)
}

// Printable gives s as it is where it can be printed, else quoted as in Go.
func Printable(s string) string {
	q := strconv.Quote(s)
	if q[1:len(q)-1] == strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), `"`, `\"`) {
		return s
	}
	return q
}
