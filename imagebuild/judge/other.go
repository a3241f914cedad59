//go:build !linux

package judge

import (
	"context"
	"errors"
	"os"
)

var errNeedsLinux = errors.New("it needs Linux")

// Init does nothing here: HAProxy is run on Linux only.
func Init() {}

func anonymous(string) (*os.File, error) { return nil, errNeedsLinux }

func tryI386() error { return errNeedsLinux }

func (p *Program) sandboxed(context.Context, placed, adaptation) (Verdict, error) {
	return Verdict{}, noSandbox{errNeedsLinux}
}

func (p *Program) unsandboxed(context.Context, placed, adaptation) (Verdict, error) {
	return Verdict{}, silent("HAProxy was not run: %w", errNeedsLinux)
}

func hintOn(os.Signal) string { return "" }
