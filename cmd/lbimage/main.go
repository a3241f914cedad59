// Command lbimage customizes Eucalyptus load balancer images: it opens the RPM,
// the image tarball or the raw disk, changes files inside its root file system
// in place, checks the result and writes a tarball that installs. It needs no
// root, no loop device and no mount.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"lbimage/imagebuild/judge"
)

// version is set by the linker: see the Makefile.
var version = "unknown"

// memoryLimit is how much memory the program takes, in bytes, before what it does not need any more is looked for more often.
// It keeps the promise about memory where an image holds as much as is read of anything. GOMEMLIMIT says otherwise.
const memoryLimit = 100 << 20

func main() {
	judge.Init() // where this is the process that becomes HAProxy, it does not come back
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50) // a third less memory, for a few hundredths of the time
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], stdio{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}
