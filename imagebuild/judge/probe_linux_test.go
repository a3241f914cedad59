//go:build linux

package judge

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// probeName is how the test is called when it runs in the sandbox itself, as a HAProxy that looks round.
const probeName = "/usr/sbin/haproxy"

// probe says what it may do. Every line should end in "no".
func probe() {
	may := func(what string, err error) {
		if err == nil {
			fmt.Println(what, "YES")
			return
		}
		fmt.Println(what, "no")
	}
	none := func(what string, has bool) {
		if has {
			fmt.Println(what, "YES")
			return
		}
		fmt.Println(what, "no")
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		fmt.Println(err)
	}
	none("capabilities", data != [2]unix.CapUserData{})
	bound := false
	for c := range uintptr(41) {
		v, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, c, 0, 0, 0)
		bound = bound || err == nil && v != 0
	}
	none("capabilities to gain", bound)
	nnp, _ := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
	none("new privileges", nnp != 1)
	_, err := syscall.ForkExec("/no/such/program", []string{"x"}, &syscall.ProcAttr{Sys: &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER}})
	none("namespaces", err == nil || err == syscall.ENOENT) // the process was made, and only its program was not there
	may("mounts", unix.Mount("tmpfs", "/etc", "tmpfs", 0, ""))
	may("remount", unix.Mount("", "/", "", unix.MS_REMOUNT|unix.MS_BIND, ""))
	may("chroot", unix.Chroot("/etc"))
	may("devices", unix.Mknod("/dev/sda", unix.S_IFBLK|0o600, 8<<8))
	may("host name", unix.Sethostname([]byte("x")))
	may("raw sockets", socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP))
	may("another user", unix.Setreuid(1, 1))
	may("more files", unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 5000, Max: 5000}))
	may("more memory", unix.Setrlimit(unix.RLIMIT_AS, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}))
	_, err = os.Create("/x")
	may("files", err)
	entries, _ := os.ReadDir("/proc")
	none("/proc", len(entries) > 0)
	// A terminal that this session could put words into.
	f, err := os.Open("/dev/tty")
	may("a terminal", err)
	if err == nil {
		f.Close()
	}
	var size [4]uint16
	_, _, no := unix.Syscall(unix.SYS_IOCTL, 0, unix.TIOCGWINSZ, uintptr(unsafe.Pointer(&size)))
	none("a terminal as input", no == 0)
}

func socket(domain, kind, proto int) error {
	fd, err := unix.Socket(domain, kind, proto)
	if err == nil {
		_ = unix.Close(fd)
	}
	return err
}

// TestSandboxTakesRights runs this test's own program in the sandbox: a static one, as a HAProxy may be, or with
// cgo one that has libraries.
func TestSandboxTakesRights(t *testing.T) {
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	b, err := inspect(self)
	if err != nil {
		t.Fatal(err)
	}
	var d dirTree
	if b.Static {
		d = newTree(t)
		d.write(t, "usr/sbin/haproxy", string(self))
	} else {
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		d = fakeImage(t, exe)
	}
	p := fromTree(t, d, Options{Limits: Limits{Memory: 8 << 30}})
	v := check(t, p, one("x", ""))
	lines := strings.Split(strings.TrimSpace(string(v.Output)), "\n")
	lines = slices.DeleteFunc(lines, func(s string) bool { return strings.HasPrefix(s, "==") }) // go test -race says so
	if len(lines) != 17 {
		t.Errorf("%d answers", len(lines))
	}
	for _, line := range lines {
		if !strings.HasSuffix(line, " no") {
			t.Errorf("it may have: %s", line)
		}
	}
}
