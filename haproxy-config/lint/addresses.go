package lint

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// addressUse says what HAProxy asks of an address in one place.
type addressUse struct {
	port, ranges, offset bool // a port is needed; a range or an offset may stand there
	later                bool // a name need not be resolved at once
}

// uses are the places by the name that syntaxes give them.
var uses = map[string]addressUse{
	"bind":   {port: true, ranges: true},
	"port":   {port: true},
	"server": {offset: true},
	"source": {},
	"log":    {},
	"check":  {},
}

// addressKinds are the prefixes that say of what kind an address is; those with
// true stand before what is no address of IP.
var addressKinds = []struct {
	prefix string
	local  bool
}{
	{"stream+", false}, {"dgram+", false},
	{"unix@", true}, {"abns@", true}, {"abnsz@", true}, {"fd@", true}, {"sockpair@", true}, {"uxst@", true}, {"uxdg@", true},
	{"unix-stream@", true}, {"unix-dgram@", true}, {"rhttp@", true}, {"rev@", true}, {"ring@", true},
	{"ipv4@", false}, {"ipv6@", false}, {"udp@", false}, {"udp4@", false}, {"udp6@", false}, {"tcp@", false}, {"tcp4@", false}, {"tcp6@", false},
	{"quic4@", false}, {"quic6@", false}, {"mptcp@", false}, {"mptcp4@", false}, {"mptcp6@", false},
}

// address looks at an address, and reports whether HAProxy can use it.
func (c *checker) address(d directive, n int, use addressUse, name string) bool {
	word := d.words[n]
	if d.expands(n) {
		return true
	}
	rest := word
	for again := true; again; {
		again = false
		for _, k := range addressKinds {
			if after, ok := strings.CutPrefix(rest, k.prefix); ok {
				if k.local {
					return true
				}
				rest, again = after, true
			}
		}
	}
	if strings.HasPrefix(rest, "/") {
		return true
	}
	host, port, ported := splitPort(rest)
	fault, hint := portFault(port, ported, use), "write ADDRESS:PORT"
	if fault != "" && ported && port != "" && port[0] >= '0' && port[0] <= '9' && c.o.HAProxy.Before(v23) && (!use.ranges || strings.Contains(fault, "before it begins")) && !strings.Contains(fault, "cannot stand") {
		c.say(Warning, d, n, "bad-address", hint, "%s: the address %q %s; HAProxy %s takes the number as it comes", name, word, fault, c.o.HAProxy)
		return true
	}
	if fault == "" && strings.Trim(port, "0123456789-+") != "" && c.o.HAProxy.Since(v30) {
		fault = fmt.Sprintf("has a port %q, which is no number", port)
	}
	rule := "bad-address"
	if fault == "" {
		if fault = hostFault(host); use.offset {
			rule = "unresolvable-host"
		}
		if use.later && strings.HasSuffix(host, ".invalid") {
			fault = ""
		}
	}
	if fault == "" {
		return true
	}
	if !use.port {
		hint = "write an address of IP, or correct the port"
	}
	c.say(Error, d, n, rule, hint, "%s: the address %q %s", name, word, fault)
	return false
}

// splitPort parts an address as HAProxy does: at the last colon, unless a ] follows it.
func splitPort(s string) (host, port string, ok bool) {
	i := strings.LastIndexAny(s, ":]")
	if i < 0 || s[i] == ']' {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// portFault says what is wrong with a port, or "". HAProxy reads numbers as far as they go.
func portFault(port string, ported bool, use addressUse) string {
	switch {
	case !ported || port == "":
		if use.port {
			return "has no port"
		}
		return ""
	case port[0] == '+' || port[0] == '-':
		if !use.offset {
			return "has a port offset, which stands with servers only"
		}
		return ""
	case port[0] < '0' || port[0] > '9':
		return fmt.Sprintf("has a port %q, which is no number", port)
	}
	first, last, ranged := strings.Cut(port, "-")
	low, high := leadingNumber(first), leadingNumber(first)
	if ranged {
		high = leadingNumber(last)
	}
	least := 0
	if use.port {
		least = 1
	}
	switch {
	case low < least || low > 65535 || high < least || high > 65535:
		return fmt.Sprintf("has a port %s, which is not from %d to 65535", port, least)
	case high < low:
		return "has a range of ports that ends before it begins"
	case low != high && !use.ranges:
		return "has a range of ports, which cannot stand here"
	}
	return ""
}

// hostFault says why an address can be no address and no name of a host, or "".
func hostFault(host string) string {
	if bare, ok := strings.CutPrefix(host, "["); ok {
		bare, closed := strings.CutSuffix(bare, "]")
		if ip, err := netip.ParseAddr(bare); !closed || err != nil || !ip.Is6() {
			return "has something in brackets that is no address of IPv6"
		}
		return ""
	}
	switch {
	case host == "" || host == "*":
		return ""
	case strings.Contains(host, ":"):
		if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() {
			return ""
		}
		return "has colons and is no address of IPv6; write it in brackets before the port"
	case numeric(host):
		if !inetAton(host) {
			return "is of digits and dots, and no address of IPv4"
		}
	case strings.HasSuffix(host, ".invalid"):
		return "ends in .invalid, which is never the name of a host"
	case strings.Trim(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") != "":
		return "has characters that stand in no name of a host"
	}
	return ""
}

// inetAton tells whether the C library reads digits and dots as an address: 10.1 is
// 10.0.0.1.
func inetAton(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return false
	}
	for i, p := range parts {
		limit := uint64(255)
		if i == len(parts)-1 {
			limit = 1<<(8*(5-len(parts))) - 1
		}
		base := 10
		if len(p) > 1 && p[0] == '0' {
			base = 8
		}
		if v, err := strconv.ParseUint(p, base, 64); err != nil || v > limit {
			return false
		}
	}
	return true
}

// leadingNumber reads digits as far as they go; letters are 0. What is too large for
// HAProxy is too large here.
func leadingNumber(s string) int {
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[0] == '-' || s[0] == '+')) {
		end++
	}
	v, err := strconv.Atoi(s[:end])
	if err != nil && end > 1 {
		if s[0] == '-' {
			return -1 << 31
		}
		return 1<<31 - 1
	}
	return v
}
