//go:build linux

package judge

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// keepOpen lets an open file through to the processes that this one starts.
func keepOpen(t testing.TB, f *os.File) {
	t.Helper()
	if _, err := unix.FcntlInt(f.Fd(), unix.F_SETFD, 0); err != nil {
		t.Fatal(err)
	}
}
