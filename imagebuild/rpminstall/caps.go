package rpminstall

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// capability translates the text form of a file's capabilities, as cap_from_text(3) reads it, to the
// value of security.capability: revision 2 of linux/capability.h, which every kernel since 2.6.25 reads.
// It has a word of flags and twice the permitted and the inheritable set, 32 bits each.
func capability(text string) ([]byte, error) {
	var sets [3]uint64 // by the letters of capFlags
	for _, clause := range strings.Fields(text) {
		at := strings.IndexAny(clause, "=+-")
		if at < 0 {
			return nil, badCaps(text, "a clause has no =, + or -")
		}
		mask := uint64(0)
		for _, name := range strings.Split(clause[:at], ",") {
			if name == "" && clause == "=" {
				mask = math.MaxUint64 // all of them, emptied
				continue
			}
			n, ok := capNumber(name)
			if !ok {
				return nil, badCaps(text, fmt.Sprintf("%q is no capability", name))
			}
			mask |= 1 << n
		}
		op := clause[at]
		if op == '=' { // nothing of what was said of them before
			for i := range sets {
				sets[i] &^= mask
			}
		}
		for _, c := range clause[at+1:] {
			if c == '+' || c == '-' { // a second action on the same list
				op = byte(c)
				continue
			}
			i := strings.IndexRune(capFlags, c)
			if i < 0 {
				return nil, badCaps(text, fmt.Sprintf("%q is no flag", c))
			}
			if op == '-' {
				sets[i] &^= mask
			} else {
				sets[i] |= mask
			}
		}
	}
	effective, inheritable, permitted := sets[0], sets[1], sets[2]
	flags := uint32(0x02000000)
	if effective != 0 {
		if effective != permitted|inheritable {
			return nil, badCaps(text, "a file has the effective flag for all of its capabilities or none")
		}
		flags |= 1
	}
	b := make([]byte, 0, 20)
	for _, w := range []uint32{flags, uint32(permitted), uint32(inheritable), uint32(permitted >> 32), uint32(inheritable >> 32)} {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return b, nil
}

const capFlags = "eip"

func badCaps(text, why string) error {
	if len(text) > 200 {
		text = text[:200] + "…"
	}
	return fmt.Errorf("capabilities %q: %s", text, why)
}

func capNumber(name string) (uint, bool) {
	name = strings.ToLower(name)
	if i := slices.Index(capNames, strings.TrimPrefix(name, "cap_")); i >= 0 && strings.HasPrefix(name, "cap_") {
		return uint(i), true
	}
	n, err := strconv.ParseUint(name, 10, 6)
	return uint(n), err == nil
}

// capNames are the kernel's, in the order of their numbers.
var capNames = []string{
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
	"linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
	"sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice",
	"sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
	"mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf",
	"checkpoint_restore",
}
