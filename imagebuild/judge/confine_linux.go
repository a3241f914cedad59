package judge

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// Bits of PR_SET_SECUREBITS: an exec as user 0 gives no capability, a change of users keeps none, and neither can
// be undone.
const (
	secNoRoot      = 1 << 0
	secNoRootLock  = 1 << 1
	secKeepLock    = 1 << 5
	secNoRaise     = 1 << 6 // ambient capabilities
	secNoRaiseLock = 1 << 7
)

// confine takes from this thread all that the program shall not have, but for its memory.
func confine(s spec) error {
	// Descriptors that this process inherited without knowing must not reach the program.
	if err := closeOnExec(); err != nil {
		return fmt.Errorf("keeping open files from the program: %w", err)
	}
	for _, l := range []struct {
		what  string
		which int
		value uint64
	}{
		{"core files", unix.RLIMIT_CORE, 0},
		{"the size of files", unix.RLIMIT_FSIZE, s.FileSize},
		{"computing time", unix.RLIMIT_CPU, s.CPU},
		{"open files", unix.RLIMIT_NOFILE, limitOpenFiles},
		{"processes", unix.RLIMIT_NPROC, s.Processes},
	} {
		if l.which == unix.RLIMIT_NPROC && l.value == 0 {
			continue
		}
		if err := limit(l.which, l.value); err != nil {
			return fmt.Errorf("limiting %s: %w", l.what, err)
		}
	}
	if s.Sandbox {
		if err := dropBounds(); err != nil {
			return err
		}
	}
	if s.Drop {
		if err := becomeNobody(); err != nil {
			return err
		}
	}
	if s.Sandbox {
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		if err := unix.Capset(&header, &none[0]); err != nil {
			return fmt.Errorf("dropping capabilities: %w", err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("forbidding new privileges: %w", err)
	}
	// Becoming someone else has undone it.
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("asking to end with the parent: %w", err)
	}
	return nil
}

// limit sets a limit, or leaves one that is tighter already.
func limit(which int, value uint64) error {
	var now unix.Rlimit
	if err := unix.Getrlimit(which, &now); err != nil {
		return err
	}
	value = min(value, now.Max)
	// By the system's call: package syscall would restore the number of open files when the program starts.
	return unix.Prlimit(0, which, &unix.Rlimit{Cur: value, Max: value}, nil)
}

func closeOnExec() error {
	err := unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC)
	if err == nil || !errors.Is(err, unix.ENOSYS) && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.EPERM) {
		return err
	}
	var most unix.Rlimit // a kernel before 5.11
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &most); err != nil {
		return err
	}
	for fd := 3; fd < int(min(most.Cur, 1<<16)); fd++ {
		_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC) // most are not open
	}
	return nil
}

// dropBounds takes away the capabilities that a program could gain, for good.
func dropBounds() error {
	for c := uintptr(0); c <= 63; c++ {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil {
			if errors.Is(err, unix.EINVAL) {
				break // the kernel knows no more
			}
			return fmt.Errorf("dropping capability %d: %w", c, err)
		}
	}
	const bits = secNoRoot | secNoRootLock | secKeepLock | secNoRaise | secNoRaiseLock
	err := unix.Prctl(unix.PR_SET_SECUREBITS, bits, 0, 0, 0)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EINVAL) { // a kernel before 4.3 has no ambient ones
		err = unix.Prctl(unix.PR_SET_SECUREBITS, secNoRoot|secNoRootLock|secKeepLock, 0, 0, 0)
	}
	if err != nil {
		return fmt.Errorf("keeping capabilities from user 0: %w", err)
	}
	return nil
}

func becomeNobody() error {
	if err := syscall.Setgroups([]int{}); err != nil {
		return fmt.Errorf("leaving all groups: %w", err)
	}
	if err := syscall.Setresgid(nobody, nobody, nobody); err != nil {
		return fmt.Errorf("taking the group of nobody: %w", err)
	}
	if err := syscall.Setresuid(nobody, nobody, nobody); err != nil {
		return fmt.Errorf("becoming nobody: %w", err)
	}
	return nil
}
