package judge

import (
	"errors"
	"fmt"
)

// ErrNoVerdict is in every error that means: there was no judge, or it did not answer; whoever has another
// (a linter) goes on with that. The text of the error says why. Any other error is of a cancelled context, of
// an unusable request, or of a file system that cannot be read or written.
var ErrNoVerdict = errors.New("no verdict")

// noVerdict is an error that wraps [ErrNoVerdict] without saying so twice.
type noVerdict struct{ err error }

func (e noVerdict) Error() string   { return e.err.Error() }
func (e noVerdict) Unwrap() []error { return []error{ErrNoVerdict, e.err} }

func silent(format string, args ...any) error { return noVerdict{fmt.Errorf(format, args...)} }

// noSandbox is why a sandbox cannot be had on this machine.
type noSandbox struct{ err error }

func (e noSandbox) Error() string { return e.err.Error() }
func (e noSandbox) Unwrap() error { return e.err }
