package source

import (
	"errors"
	"fmt"
	"io/fs"
)

// At puts the place before an error, once: an error of package os that
// repeats the path is cut to its cause.
func At(place string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) && pe.Path == place && err == error(pe) {
		err = pe.Err
	}
	return fmt.Errorf("%s: %w", place, err)
}
