package access

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"

	"lbimage/haproxy-config/nearest"
)

//go:embed sysctls.txt
var sysctlText string

// kernel is the first two numbers of a version of Linux; the zero value is not known. 2.6.32 counts as 2.6.
type kernel struct{ major, minor int }

func (k kernel) known() bool { return k != kernel{} }

func (k kernel) before(o kernel) bool {
	return k.major < o.major || k.major == o.major && k.minor < o.minor
}

// parseKernel reads 2.6.32-431.el6.x86_64, or 3.9 of the table.
func parseKernel(s string) kernel {
	major, rest, _ := strings.Cut(s, ".")
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	a, err1 := strconv.Atoi(major)
	b, err2 := strconv.Atoi(rest[:end])
	if err1 != nil || err2 != nil || a < 2 {
		return kernel{}
	}
	return kernel{a, b}
}

// span is in which kernels a key is known.
type span struct{ since, until kernel }

// sysctlKeys is the table.
var sysctlKeys = sync.OnceValue(func() map[string]span {
	out := map[string]span{}
	for line := range strings.Lines(sysctlText) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "#" {
			continue
		}
		s := span{}
		if len(f) == 3 {
			s = span{parseKernel(f[1]), parseKernel(f[2])}
		}
		out[f[0]] = s
	}
	return out
})

// sysctlTops are the first words of keys, netTops the second ones behind net.
var (
	sysctlTops = strings.Fields("abi crypto debug dev fs kernel net sunrpc user vm xen")
	netTops    = strings.Fields(`core ipv4 ipv6 unix netfilter nf_conntrack_max bridge mptcp sctp rds llc irda ax25 x25 ipx appletalk decnet
token-ring tipc smc vsock dccp phonet can mpls ieee802154 rose netrom iucv ethernet 802 key sunrpc ovs`)
)

// closed are the beginnings of keys all of which the table has, but for what modules add deeper down.
var closed = []struct {
	prefix string
	parts  int // how many words such a key has
}{
	{"kernel.", 2}, {"vm.", 2}, {"fs.", 2}, {"net.core.", 3}, {"net.ipv4.", 3}, {"net.ipv6.", 3},
	{"net.ipv4.conf.", 5}, {"net.ipv4.neigh.", 5}, {"net.ipv4.route.", 4}, {"net.ipv6.conf.", 5}, {"net.ipv6.neigh.", 5}, {"net.ipv6.route.", 4}, {"net.ipv6.icmp.", 4},
}

// normal is a key as the table has it: dots between words, a * for an interface, whose name may have dots of its own.
func normal(key string) string {
	f := strings.Split(key, ".")
	if len(f) > 4 && f[0] == "net" && (f[1] == "ipv4" || f[1] == "ipv6") && (f[2] == "conf" || f[2] == "neigh") {
		return strings.Join([]string{f[0], f[1], f[2], "*", f[len(f)-1]}, ".")
	}
	return key
}

// unknownKey says what is wrong with a key for kernels; empty for nothing, or for what modules may add.
func unknownKey(key string, kernels []kernel) string {
	name := normal(key)
	table := sysctlKeys()
	if s, ok := table[name]; ok {
		for _, k := range kernels {
			switch {
			case s.since.known() && k.before(s.since):
				return "Linux has it from " + s.since.String() + " on; the image's is " + k.String()
			case s.until.known() && !k.before(s.until):
				return "Linux has it no more from " + s.until.String() + " on; the image's is " + k.String()
			}
		}
		return ""
	}
	f := strings.Split(name, ".")
	switch {
	case len(f) < 2:
		return "no key: keys have several words with dots between them" + suggestKey(name, table)
	case !contains(sysctlTops, f[0]):
		return "Linux has no keys that begin with " + f[0] + suggestKey(name, table)
	case f[0] == "net" && !contains(netTops, f[1]):
		return "Linux has no keys that begin with net." + f[1] + suggestKey(name, table)
	case strings.HasSuffix(name, ".*") || strings.Contains(key, "*"):
		return "" // a pattern: systemd's
	}
	for _, c := range closed {
		if strings.HasPrefix(name, c.prefix) && len(f) == c.parts {
			return "Linux has no such key" + suggestKey(name, table)
		}
	}
	return ""
}

func (k kernel) String() string { return strconv.Itoa(k.major) + "." + strconv.Itoa(k.minor) }

// suggestKey names the nearest key of the table, if one is near.
func suggestKey(name string, table map[string]span) string {
	names := make([]string, 0, len(table))
	for line := range strings.Lines(sysctlText) {
		if f := strings.Fields(line); len(f) > 0 && f[0] != "#" {
			names = append(names, f[0])
		}
	}
	best, distance := "", 4
	for _, n := range names {
		if abs(len(n)-len(name)) >= distance {
			continue
		}
		if d := nearest.Distance(name, n); d < distance {
			best, distance = n, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
