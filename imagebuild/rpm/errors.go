package rpm

import (
	"errors"
	"fmt"
	"io"
)

// DamageError says that bytes are not what any packager writes: a truncated
// file, an entry that points outside its header, a corrupt payload.
type DamageError struct {
	Where string // the part of the package: "header", "payload", …
	What  string // what is wrong there
	Err   error  // the cause below, or nil
}

func (e *DamageError) Error() string {
	s := e.Where + ": " + e.What
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s + ": download the package again"
}

// Unwrap gives the cause, unless that is an io.EOF: nowhere may a stream that
// ends early pass for one that was read to its end.
func (e *DamageError) Unwrap() error {
	if errors.Is(e.Err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return e.Err
}

// DigestError says that a digest or size which the package declares is not that
// of its bytes.
type DigestError struct {
	Where string // what the digest covers, as in Digest.Covers, or a file's path
	Name  string // as in Digest.Name: "MD5", "SHA-256", "size", …
	Want  string // what the package declares
	Got   string // what its bytes give
}

func (e *DigestError) Error() string {
	return fmt.Sprintf("%s: %s is %s, the package says %s: download the package again",
		e.Where, e.Name, e.Got, e.Want)
}

func damaged(where, format string, args ...any) error {
	return &DamageError{Where: where, What: fmt.Sprintf(format, args...)}
}

// contain turns a panic into an error. It stands around the libraries' code
// only: what they are given was checked, and this is the net below.
func contain(where string, err *error) {
	if v := recover(); v != nil {
		*err = damaged(where, "could not be decoded (%v)", v)
	}
}

// short keeps what a hostile package brings from filling the terminal.
func short(s string) string {
	const limit = 200
	if len(s) <= limit {
		return s
	}
	return s[:limit] + "…"
}
