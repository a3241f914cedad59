package lint

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// scopes are what the name of a variable begins with.
var scopes = strings.Fields("proc sess txn req res check")

// variable looks at the name of a variable, as in txn.name.
func (c *checker) variable(d directive, n int, name, what string) bool {
	scope, rest, ok := strings.Cut(name, ".")
	bad := strings.Trim(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") != ""
	if ok && slices.Contains(scopes, scope) && rest != "" && !bad {
		return true
	}
	c.say(Error, d, n, "bad-variable-name", "write proc, sess, txn, req or res, a dot and a name of letters, digits, _ and .", "%s: %q is no name of a variable", what, name)
	return false
}

// networkFault says what is wrong with ADDRESS[/MASK], or "".
func networkFault(s string) string {
	host, mask, masked := strings.Cut(s, "/")
	ip, err := netip.ParseAddr(host)
	if err != nil || ip.Zone() != "" {
		if fault := hostFault(host); fault != "" {
			return fault
		}
		if !numeric(host) {
			return "is a name, which has to be resolved when HAProxy starts"
		}
	}
	if !masked {
		return ""
	}
	most := 32
	if err == nil && ip.Is6() {
		most = 128
	}
	if bits, err := strconv.Atoi(mask); err == nil && bits >= 0 && bits <= most {
		return ""
	}
	if m, err := netip.ParseAddr(mask); err == nil && m.Is4() && most == 32 {
		return ""
	}
	return "has a mask that is none"
}

// numeric tells whether a word is of digits and dots alone.
func numeric(s string) bool { return s != "" && strings.Trim(s, "0123456789.") == "" }

// severityOf: a name may resolve where HAProxy runs; what cannot be one is certain.
func severityOf(network string) Severity {
	host, _, masked := strings.Cut(network, "/")
	if _, err := netip.ParseAddr(host); err != nil && !masked && !numeric(host) && hostFault(host) == "" {
		return Warning
	}
	return Error
}
