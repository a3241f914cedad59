package lint

import (
	"encoding/hex"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/keywords"
)

func checkAddr(c *checker, d directive, n int, name, use string) bool {
	return c.address(d, n, uses[use], name)
}

func checkName(c *checker, d directive, n int, name, _ string) bool {
	i := haproxyconfig.BadNameByte(d.words[n])
	if i < 0 {
		return true
	}
	c.say(Error, d, n, "bad-name", "write letters, digits, and _ : . - alone", "%q may not stand in a name behind %s", d.words[n][i:i+1], name)
	return false
}

func checkNet(c *checker, d directive, n int, name, _ string) bool {
	if fault := networkFault(d.words[n]); fault != "" {
		c.say(Error, d, n, "bad-address", "write an address or a network, as in 192.0.2.0/24", "%s: %q %s", name, d.words[n], fault)
		return false
	}
	return true
}

func checkStatus(c *checker, d directive, n int, name, _ string) bool {
	if code, err := strconv.Atoi(d.words[n]); err != nil || code < 200 || code > 599 {
		c.say(Error, d, n, "bad-status", "write a status code from 200 to 599", "%s: %q is no status code for an answer", name, d.words[n])
		return false
	}
	return true
}

// checkStatuses looks at a list of codes and ranges, as in 200-299,304.
func checkStatuses(c *checker, d directive, n int, name, _ string) bool {
	if strings.Trim(d.words[n], "0123456789,-") == "" {
		return true
	}
	c.say(Error, d, n, "bad-status", "write codes or ranges parted by commas, as in 200-299,304", "%s: %q is no list of status codes", name, d.words[n])
	return false
}

func checkUsesrc(c *checker, d directive, n int, name, _ string) bool {
	switch word, _, called := strings.Cut(d.words[n], "("); {
	case word == "client" || word == "clientip" || word == "hdr_ip" && called:
		return true
	case word == "hdr_ip":
		c.say(Error, d, n, "bad-value", "write hdr_ip(NAME)", "%s: hdr_ip without the name of a header", name)
		return false
	}
	return c.address(d, n, uses["server"], name)
}

func checkHex(c *checker, d directive, n int, name, _ string) bool {
	if _, err := hex.DecodeString(d.words[n]); err != nil {
		c.say(Error, d, n, "bad-value", "write an even number of hexadecimal digits", "%s: %q is not written in hexadecimal digits", name, d.words[n])
		return false
	}
	return true
}

func checkPort(c *checker, d directive, n int, name, _ string) bool {
	word := d.words[n]
	if word[0] >= '0' && word[0] <= '9' {
		p, err := strconv.Atoi(word)
		if err == nil && p >= 1 && p <= 65535 {
			return true
		}
		if err == nil {
			c.say(Error, d, n, "bad-port", "write a number from 1 to 65535", "%s: %q is no port", name, word)
			return false
		}
	}
	return c.fetch(d, n, word, false)
}

func checkService(c *checker, d directive, n int, name, _ string) bool {
	if strings.HasPrefix(d.words[n], "lua.") || d.words[n] == "prometheus-exporter" {
		return true
	}
	c.say(Error, d, n, "bad-value", "write prometheus-exporter, or lua. and a name", "%s: HAProxy has no service %q", name, d.words[n])
	return false
}

func checkProcVar(c *checker, d directive, n int, name, _ string) bool {
	if !strings.HasPrefix(d.words[n], "proc.") {
		c.say(Error, d, n, "bad-variable-name", "write proc. and a name", "%s: %q is not a variable of the process, the only kind that can be set here", name, d.words[n])
		return false
	}
	return c.variable(d, n, d.words[n], name)
}

func checkCPUs(c *checker, d directive, n int, name, _ string) bool {
	for _, part := range strings.Split(d.words[n], ",") {
		low, high, _ := strings.Cut(part, "-")
		if low == "" || low[0] < '0' || low[0] > '9' || high != "" && (high[0] < '0' || high[0] > '9') { // hexadecimal goes, too
			c.say(Error, d, n, "bad-value", "write numbers or ranges, as in 0-3", "%s: %q is no range of processors", name, d.words[n])
			return false
		}
	}
	return true
}

// checkLogFormat looks at a format that HAProxy reads at the end, where a frontend uses it; one
// for unique-id is read in backends, too.
func checkLogFormat(c *checker, d directive, n int, name, _ string) bool {
	kinds := []string{"frontend", "listen"}
	if d.words[0] == "unique-id-format" {
		kinds = append(kinds, "backend")
	}
	if d.section.Kind == "defaults" && !c.takenOver(d.section, kinds...) || d.section.Kind == "backend" && len(kinds) < 3 {
		return true
	}
	if overridden(d) {
		return true
	}
	before := len(c.found)
	ok := c.format(d, n, name)
	for i := range c.found[before:] {
		c.found[before+i].Rule = "bad-log-format"
	}
	return ok
}

// checkFactor: 0, or more than 100 per cent.
func checkFactor(c *checker, d directive, n int, name, _ string) bool {
	if v := leadingNumber(d.words[n]); v != 0 && v <= 100 {
		c.say(Error, d, n, "out-of-range", "write 0, or a number above 100", "%s %s is out of range", name, d.words[n])
		return false
	}
	return true
}

// checkCPUMap looks at the threads of cpu-map: all, odd, even, numbers, with auto: before them.
func checkCPUMap(c *checker, d directive, n int, name, _ string) bool {
	word := strings.TrimPrefix(d.words[n], "auto:")
	for _, part := range strings.Split(word, "/") {
		if !slices.Contains([]string{"all", "odd", "even"}, part) && strings.Trim(part, "0123456789-") != "" {
			c.say(Error, d, n, "bad-value", "write all, odd, even, a number or a range", "%s: %q names no processes or threads", name, d.words[n])
			return false
		}
	}
	return true
}

// checkNonZero: a number that HAProxy reads as far as it goes, and that may not be 0.
func checkNonZero(c *checker, d directive, n int, name, most string) bool {
	top, _ := strconv.Atoi(most)
	if v := int(int32(leadingNumber(d.words[n]))); v == 0 || v > top { // HAProxy keeps 32 bits
		c.say(Error, d, n, "out-of-range", "write a number from 1 to "+most, "%s %s is out of range", name, d.words[n])
		return false
	}
	return true
}

func checkOctal(c *checker, d directive, n int, name, _ string) bool {
	if strings.Trim(d.words[n], "01234567") != "" {
		c.say(Error, d, n, "bad-number", "write octal digits, as in 660", "%s %q is not an octal number", name, d.words[n])
		return false
	}
	return true
}

func checkInitAddresses(c *checker, d directive, n int, name, _ string) bool {
	for _, way := range strings.Split(d.words[n], ",") {
		if _, err := netip.ParseAddr(way); err != nil && !slices.Contains([]string{"last", "libc", "none"}, way) {
			c.say(Error, d, n, "bad-value", "there are last, libc, none, and addresses", "%s does not know %q", name, way)
			return false
		}
	}
	return true
}

func checkCAFile(c *checker, d directive, n int, name, _ string) bool {
	if strings.HasPrefix(d.words[n], "@") {
		return true // what the system or a store has
	}
	return c.readable(d, n, name)
}

// checkTimeoutOrSample: a time above 0, or an expression that gives one.
func checkTimeoutOrSample(c *checker, d directive, n int, name, _ string) bool {
	if first := d.words[n][0]; first >= '0' && first <= '9' {
		return c.value(d, n, keywords.Value{Kind: keywords.TimeMS, Low: 1, High: math.MaxInt64}, name)
	}
	return c.fetch(d, n, d.words[n], false)
}

// checkOwnHeader refuses the headers that HAProxy cannot do without.
func checkOwnHeader(c *checker, d directive, n int, name, _ string) bool {
	switch strings.ToLower(d.words[n]) {
	case "host", "connection", "content-length", "transfer-encoding":
		c.say(Error, d, n, "bad-value", "write another name", "%s: %s cannot be replaced", name, d.words[n])
		return false
	}
	return true
}

// overridden tells whether a format is replaced further down in its section.
func overridden(d directive) bool {
	behind := false
	for _, l := range d.section.Lines {
		switch {
		case l == d.line:
			behind = true
		case !behind:
		case l.Starts(d.words[0]),
			d.words[0] == "log-format" && (l.Starts("option", "httplog") || l.Starts("option", "tcplog") || l.Starts("option", "httpslog")):
			return true
		}
	}
	return false
}

// checkNet4: HAProxy up to 2.2 took addresses of IPv4 alone there.
func checkNet4(c *checker, d directive, n int, name, arg string) bool {
	if strings.Contains(d.words[n], ":") {
		c.say(c.until(v23, Error, "", ""), d, n, "bad-address", "write an address of IPv4", "%s: HAProxy before 2.3 does not take the address %q of IPv6", name, d.words[n])
		return false
	}
	return checkNet(c, d, n, name, arg)
}

func checkNode(c *checker, d directive, n int, name, _ string) bool {
	if i := haproxyconfig.BadNameByte(d.words[n]); i >= 0 || strings.Contains(d.words[n], ":") {
		c.say(Error, d, n, "bad-name", "write letters, digits, and _ . - alone", "%s: %q is no name of a node", name, d.words[n])
		return false
	}
	return true
}
