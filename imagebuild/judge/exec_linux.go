package judge

import (
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// execLimited limits the memory of this process and becomes the program. The two calls stand side by side, and all
// they need is made before: Go itself has more address space than the program may have, and the first allocation
// under the limit could end the process.
func execLimited(s spec) error {
	program, err := syscall.BytePtrFromString(s.Program)
	if err != nil {
		return err
	}
	args, err := syscall.SlicePtrFromStrings(s.Args)
	if err != nil {
		return err
	}
	env, err := syscall.SlicePtrFromStrings(s.Env)
	if err != nil {
		return err
	}
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_AS, &before); err != nil {
		return err
	}
	// Prlimit64 has 64-bit numbers on every architecture.
	limit := [2]uint64{min(s.Memory, before.Max), min(s.Memory, before.Max)}
	_, _, no := syscall.RawSyscall6(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_AS, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if no == 0 {
		_, _, no = syscall.RawSyscall(unix.SYS_EXECVE, uintptr(unsafe.Pointer(program)),
			uintptr(unsafe.Pointer(&args[0])), uintptr(unsafe.Pointer(&env[0])))
	}
	return fmt.Errorf("%s: %w", s.Program, no)
}
