package rpmdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// capNames are the capabilities of Linux in the order of their numbers.
var capNames = strings.Fields(`chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable
	net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct
	sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap
	mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore`)

// capabilities are those of a file: a bit for each number.
type capabilities struct{ effective, permitted, inheritable uint64 }

// parseCaps reads what packages have: '= cap_net_raw+ep', 'cap_net_admin,cap_net_raw=ep', as cap_from_text(3) says.
func parseCaps(text string) (capabilities, error) {
	var c capabilities
	for _, clause := range strings.Fields(text) {
		at := strings.IndexAny(clause, "=+-")
		if at < 0 {
			return c, fmt.Errorf("%q is no set of capabilities", text)
		}
		bits, err := capBits(clause[:at])
		if err != nil {
			return c, err
		}
		for rest := clause[at:]; rest != ""; {
			op := rest[0]
			n := 1 + len(rest[1:]) - len(strings.TrimLeft(rest[1:], "epi"))
			flags := rest[1:n]
			if rest = rest[n:]; rest != "" && !strings.ContainsRune("=+-", rune(rest[0])) {
				return c, fmt.Errorf("%q is no set of capabilities", text)
			}
			for _, s := range []struct {
				letter string
				set    *uint64
			}{{"e", &c.effective}, {"p", &c.permitted}, {"i", &c.inheritable}} {
				named := strings.Contains(flags, s.letter)
				switch {
				case op == '=' && !named, op == '-' && named:
					*s.set &^= bits
				case named:
					*s.set |= bits
				}
			}
		}
	}
	return c, nil
}

func capBits(list string) (uint64, error) {
	all := uint64(1)<<len(capNames) - 1
	if list == "" {
		return all, nil
	}
	var bits uint64
	for name := range strings.SplitSeq(list, ",") {
		lower := strings.ToLower(name)
		i := slices.Index(capNames, strings.TrimPrefix(lower, "cap_"))
		switch {
		case lower == "all":
			bits |= all
		case i < 0:
			return 0, fmt.Errorf("%q is no capability", name)
		default:
			bits |= 1 << i
		}
	}
	return bits, nil
}

// The attribute that keeps capabilities: a version with a flag, then permitted and inheritable in two halves.
const (
	capAttr     = "security.capability"
	capVersion1 = 0x01000000
	capVersion2 = 0x02000000
	capVersion3 = 0x03000000
	capEffect   = 1
)

func decodeCaps(b []byte) (capabilities, error) {
	var c capabilities
	if len(b) < 4 {
		return c, errors.New("its capabilities are damaged")
	}
	le := binary.LittleEndian
	magic := le.Uint32(b)
	sizes := map[uint32]int{capVersion1: 12, capVersion2: 20, capVersion3: 24}
	if size, ok := sizes[magic&^uint32(0xffffff)]; !ok || size != len(b) {
		return c, errors.New("its capabilities are damaged")
	}
	for half := 0; 4+8*half+8 <= min(len(b), 20); half++ {
		c.permitted |= uint64(le.Uint32(b[4+8*half:])) << (32 * half)
		c.inheritable |= uint64(le.Uint32(b[8+8*half:])) << (32 * half)
	}
	if magic&capEffect != 0 {
		c.effective = c.permitted | c.inheritable
	}
	return c, nil
}

// capsDiffer compares a file's capabilities with the package's. What cannot be understood differs.
func (v *verifier) capsDiffer(f *File, name string) (bool, error) {
	want, err := parseCaps(f.Caps)
	if err != nil {
		return true, nil //nolint:nilerr // rpm, too, takes what it cannot read for a difference
	}
	attrs, err := v.tree.ListXattr(name)
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return false, err
	}
	var have capabilities
	if slices.Contains(attrs, capAttr) {
		b, err := v.tree.Xattr(name, capAttr)
		if err != nil {
			return false, err
		}
		if have, err = decodeCaps(b); err != nil {
			return true, nil //nolint:nilerr // as above
		}
	}
	return have != want, nil
}
