//go:build !linux

package outfile

import (
	"errors"
	"os"
)

// Files without a name are a thing of Linux.
func openAnonymous(string) (*os.File, error) { return nil, errors.ErrUnsupported }
func exchange(_, _ string) error             { return errors.ErrUnsupported }
func linkAnonymous(*os.File, string) error   { return errors.ErrUnsupported }
func isReadOnly(error) bool                  { return false }
func isInvalid(error) bool                   { return false }
