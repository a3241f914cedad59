package judge

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// hooked is set by [Init]. Without it a process started anew would run main instead: for a test, all tests again.
var hooked atomic.Bool

// Init must be the first call in the main function of a program that uses this package, and in TestMain of its
// tests. It returns at once, except in the process that [Program.Check] makes of the executable in order to
// become HAProxy; that one it takes over and never returns.
//
// Such a process is known by its name (argument 0) and by two pipes with a greeting on the first: nothing that a
// user or an environment could cause by accident.
func Init() {
	if len(os.Args) != 1 || os.Args[0] != initName || !isPipe(3) || !isPipe(4) {
		hooked.Store(true)
		return
	}
	debug.SetGCPercent(-1) // no other thread has anything to do
	runtime.LockOSThread() // what follows is about this thread: it is the one that becomes the program
	status, store := os.NewFile(4, "status"), os.NewFile(5, "store")
	s, err := readSpec(os.NewFile(3, "spec"))
	if err != nil {
		os.Exit(125)
	}
	err = become(s, status, store)
	fmt.Fprint(status, err)
	os.Exit(125)
}

func isPipe(fd int) bool {
	var st unix.Stat_t
	return unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFIFO
}

func readSpec(f *os.File) (spec, error) {
	defer f.Close()
	greeting := make([]byte, len(magic))
	if _, err := io.ReadFull(f, greeting); err != nil || string(greeting) != magic {
		return spec{}, errors.New("not started by this program")
	}
	var s spec
	err := json.NewDecoder(f).Decode(&s)
	return s, err
}

// stage is an error with the word that says what it means.
type stage struct {
	what string
	err  error
}

func (e stage) Error() string { return e.what + " " + e.err.Error() }

// become sets up what the spec says, and becomes the program. It returns only when that is not possible.
func become(s spec, status io.Writer, store io.ReaderAt) error {
	syscall.Umask(0)
	if s.Sandbox {
		if err := enter(s, store); err != nil {
			return err
		}
	}
	if err := unix.Chdir(s.Dir); err != nil {
		return stage{statusSetup, fmt.Errorf("entering %s: %w", s.Dir, err)}
	}
	if err := confine(s); err != nil {
		return stage{statusSetup, err}
	}
	// From here on this process ends with its parent. A parent that has ended before is not there to read.
	if _, err := io.WriteString(status, statusReady); err != nil {
		return stage{statusSetup, err}
	}
	return stage{statusExec, execLimited(s)}
}
