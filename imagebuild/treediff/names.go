package treediff

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// slashed writes a name of package io/fs as a path from the root.
func slashed(name string) string {
	if name == "." {
		return "/"
	}
	return "/" + name
}

// printable gives s as it is where it can be printed, else quoted as in Go.
func printable(s string) string {
	q := strconv.Quote(s)
	if q[1:len(q)-1] == strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), `"`, `\"`) {
		return s
	}
	return q
}

// at puts the path before an error, once.
func at(name string, err error) error {
	return fmt.Errorf("%s: %w", printable(slashed(name)), cause(err))
}

// cause takes off what a tree says of the path.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) && err == error(pe) {
		return pe.Err
	}
	return err
}
