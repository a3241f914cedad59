package haproxyconfig

import (
	"fmt"
	"strconv"
	"strings"
)

// AddressUse says what an address is for, as HAProxy asks for different things.
type AddressUse uint8

const (
	// ForBind: a port or a range of ports is needed; no offset.
	ForBind AddressUse = iota
	// ForServer: a port or an offset (+80, -80) may follow; no range.
	ForServer
)

// families are the prefixes that say of what kind an address is, up to 3.x.
var families = []string{
	"ipv4@", "ipv6@", "unix@", "abns@", "abnsz@", "fd@", "sockpair@", "rhttp@", "rev@", "mptcp@", "mptcp4@", "mptcp6@",
	"quic@", "quic4@", "quic6@", "udp@", "udp4@", "udp6@", "tcp@", "tcp4@", "tcp6@", "uxdg@", "uxst@",
	"unix-stream@", "unix-dgram@", "stream+", "dgram+",
}

// CheckAddress tells what HAProxy would find wrong with the form of an address: it
// resolves nothing. A word with a variable is the caller's to leave out.
func CheckAddress(address string, use AddressUse) error {
	if address == "" {
		return fmt.Errorf("the address is empty")
	}
	rest := address
	for again := true; again; {
		again = false
		for _, f := range families {
			if strings.HasPrefix(rest, f) {
				switch strings.TrimRight(f, "@+") {
				case "unix", "abns", "abnsz", "fd", "sockpair", "rhttp", "rev", "uxst", "uxdg", "unix-stream", "unix-dgram":
					if rest == f {
						return fmt.Errorf("%q has nothing behind %s", address, f)
					}
					return nil
				}
				rest, again = rest[len(f):], true
				break
			}
		}
	}
	if strings.HasPrefix(rest, "/") {
		return nil // the path of a socket
	}
	colon := strings.LastIndexByte(rest, ':')
	if close := strings.LastIndexByte(rest, ']'); strings.HasPrefix(rest, "[") && close > colon {
		colon = -1
	}
	if colon < 0 {
		if use == ForBind {
			return fmt.Errorf("%q has no port", address)
		}
		return nil
	}
	return checkPort(address, rest[colon+1:], use)
}

func checkPort(address, port string, use AddressUse) error {
	if port == "" {
		if use == ForBind {
			return fmt.Errorf("%q has no port", address)
		}
		return nil
	}
	if port[0] == '+' || port[0] == '-' {
		if use == ForBind {
			return fmt.Errorf("%q has a port offset, which stands with servers only", address)
		}
		port = port[1:]
	}
	first, last, ranged := strings.Cut(port, "-")
	if ranged && use == ForServer {
		return fmt.Errorf("%q has a range of ports, which stands with bind only", address)
	}
	low, err := portNumber(first, use)
	if err != nil {
		return fmt.Errorf("%q: %w", address, err)
	}
	if !ranged {
		return nil
	}
	high, err := portNumber(last, use)
	if err == nil && high < low {
		err = fmt.Errorf("the range %s ends before it begins", port)
	}
	if err != nil {
		return fmt.Errorf("%q: %w", address, err)
	}
	return nil
}

func portNumber(s string, use AddressUse) (int, error) {
	n, err := strconv.Atoi(s)
	switch {
	case err != nil || s[0] == '+' || s[0] == '-':
		return 0, fmt.Errorf("%q is no port number", s)
	case n > 65535 || n < 0 || n == 0 && use == ForBind:
		return 0, fmt.Errorf("port %s is not from 1 to 65535", s)
	}
	return n, nil
}
