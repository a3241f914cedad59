package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/fsedit"
	"lbimage/imagebuild/recipe"
)

// Exit codes, as the help text lists them.
const (
	exitDone     = 0
	exitFailed   = 1
	exitUsage    = 2
	exitFindings = 3
)

const exitHelp = `Exit status: 0 done; 1 failed; 2 wrong usage; 3 the image or its configuration
has findings of severity error.`

// usageError is a command line that cannot be right.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// report prints an error, if there is one, and gives the exit code. One line
// for one fault: findings have a line each.
func report(ctx context.Context, s stdio, command string, err error) int {
	var usage *usageError
	var request *imagebuild.UsageError
	var operation *fsedit.UsageError
	var findings *imagebuild.FindingsError
	var wrong *recipe.Error
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &findings):
		fmt.Fprintln(s.err, "lbimage:", check.Lines(err.Error()))
		return exitFindings
	case errors.As(err, &wrong):
		fmt.Fprintln(s.err, check.Lines(err.Error()))
		return exitFindings
	case errors.Is(err, errFindings), errors.Is(err, errDiffer), errors.Is(err, errNotSame): // they stand in the report already
		return exitFindings
	case errors.As(err, &usage), errors.As(err, &request), errors.As(err, &operation):
		fmt.Fprintf(s.err, "lbimage: %s\nSee '%s --help'.\n", oneLine(err), command)
		return exitUsage
	case ctx.Err() != nil:
		fmt.Fprintln(s.err, "lbimage: interrupted; nothing is written")
		return exitFailed
	}
	fmt.Fprintln(s.err, "lbimage:", oneLine(err))
	return exitFailed
}

// errFindings is for commands whose report has shown the findings.
var errFindings = errors.New("findings of severity error")

// errDiffer is for diff --exit-code whose report has shown the differences.
var errDiffer = errors.New("the images differ")

// oneLine is an error for people. It may hold names of the image, which must not steer a terminal.
func oneLine(err error) string {
	return check.OneLine(strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; "))
}
