package treediff

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// capNames are the Linux capabilities by their numbers, as linux/capability.h has them.
var capNames = []string{
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "linux_immutable",
	"net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner", "sys_module", "sys_rawio",
	"sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time",
	"sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog",
	"wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore",
}

// capability writes the value of security.capability as setcap(8) reads it: "cap_net_raw+ep". A version 3 value adds the
// user that root is where it counts. ok is false where the value is none of the forms that the kernel knows: a
// little-endian word with the version and, in its lowest bit, whether they are effective, then pairs of words with those
// permitted and inheritable.
func capability(value []byte) (text string, ok bool) {
	if len(value) < 4 {
		return "", false
	}
	magic := binary.LittleEndian.Uint32(value)
	effective := magic&1 != 0
	pairs, tail := 0, 0
	switch magic &^ 1 {
	case 0x01000000:
		pairs = 1
	case 0x02000000:
		pairs = 2
	case 0x03000000:
		pairs, tail = 2, 4
	}
	if pairs == 0 || len(value) != 4+8*pairs+tail {
		return "", false
	}
	var permitted, inheritable uint64
	for i := range pairs {
		pair := value[4+8*i:]
		permitted |= uint64(binary.LittleEndian.Uint32(pair)) << (32 * i)
		inheritable |= uint64(binary.LittleEndian.Uint32(pair[4:])) << (32 * i)
	}
	var groups []string
	for _, g := range []struct {
		bits  uint64
		flags string
	}{{permitted & inheritable, "ip"}, {permitted &^ inheritable, "p"}, {inheritable &^ permitted, "i"}} {
		if g.bits == 0 {
			continue
		}
		flags := "+" + g.flags
		if effective {
			flags = "+e" + g.flags
		}
		groups = append(groups, capList(g.bits)+flags)
	}
	if len(groups) == 0 {
		groups = []string{"="}
		if effective {
			groups = []string{"=e"}
		}
	}
	switch {
	case pairs == 1:
		groups = append(groups, "[version 1]")
	case tail > 0:
		groups = append(groups, fmt.Sprintf("[rootid=%d]", binary.LittleEndian.Uint32(value[20:])))
	}
	return strings.Join(groups, " "), true
}

func capList(bits uint64) string {
	var names []string
	for i := range 64 {
		switch {
		case bits>>i&1 == 0:
		case i < len(capNames):
			names = append(names, "cap_"+capNames[i])
		default:
			names = append(names, fmt.Sprint(i))
		}
	}
	return strings.Join(names, ",")
}
