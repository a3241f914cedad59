package accounts

import (
	"errors"
	"fmt"
)

// What useradd and groupadd have exit statuses of their own for. errors.Is finds them; the messages say more.
var (
	// ErrNameTaken is a user that shall have a group of its own, whose name another group has (status 9).
	ErrNameTaken = errors.New("the name is taken")
	// ErrNumberTaken is an id that another account has (status 4).
	ErrNumberTaken = errors.New("the number is taken")
)

// takenError is one of them in more words.
type takenError struct {
	is   error
	text string
}

func taken(is error, format string, args ...any) error {
	return &takenError{is, fmt.Sprintf(format, args...)}
}

func (e *takenError) Error() string { return e.text }
func (e *takenError) Unwrap() error { return e.is }
