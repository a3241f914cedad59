package conformance

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
)

const cards = "etc/sysconfig/network-scripts"

// network judges the name of the machine, and the file of the network card.
func (j *judge) network(c *kickstart.Command) []Statement {
	var out []Statement
	if name, ok := c.Value("--hostname"); ok {
		out = append(out, j.hostname(c, name))
	}
	if len(given(c, "--device", "--bootproto", "--onboot", "--ip", "--netmask", "--gateway", "--nameserver", "--mtu", "--ethtool")) == 0 {
		return out
	}
	device, _ := c.Value("--device")
	t, why := j.card(device)
	claim := j.claim(c, ruleNetwork, "network card "+named(device)).at(t.path, 0)
	if device == "" {
		claim.s.About = "network card"
	}
	switch {
	case why != "":
		return append(out, claim.untold("a file for it", why))
	case t.bad != "":
		return append(out, claim.untold("a file for it", t.bad))
	case !t.there:
		return append(out, claim.fails("a file for it", "no "+t.path))
	}
	return append(out, j.cardSettings(c, claim, t)...)
}

// card finds the file of a card. One that is not named is the only one that there is.
func (j *judge) card(device string) (text, string) {
	switch {
	case device == "link" || device == "bootif" || device == "ibft" || strings.Contains(device, ":"):
		return text{}, "which card that was, the installer found out on its machine"
	case strings.ContainsAny(device, "/\x00"):
		return text{}, "it is no name of a card"
	case device != "":
		t := j.read(path.Join(cards, "ifcfg-"+device))
		if !t.there && t.bad == "" && j.file.Version >= grammar.RHEL9 {
			if j.exists(path.Join("etc/NetworkManager/system-connections", device+".nmconnection")) {
				return t, "NetworkManager keeps it in a file of its own form, which is not followed"
			}
		}
		return t, ""
	}
	entries, err := j.subject.Tree.ReadDir(cards)
	if err != nil {
		return text{}, "the line names no card, and the image has no " + "/" + cards
	}
	var names []string
	for _, e := range entries {
		if n := e.Name(); strings.HasPrefix(n, "ifcfg-") && n != "ifcfg-lo" && !strings.ContainsAny(n, "~") && path.Ext(n) == "" {
			names = append(names, n)
		}
	}
	if len(names) != 1 {
		return text{}, fmt.Sprintf("the line names no card, and the image has files for %d", len(names))
	}
	return j.read(path.Join(cards, names[0])), ""
}

// cardSettings judges what the line says of a card, each setting by itself.
func (j *judge) cardSettings(c *kickstart.Command, file claim, t text) []Statement {
	var out []Statement
	about := file.s.About
	same := func(what, key, want, unset string, equal func(a, b string) bool) {
		claim := file
		claim.s.About = about + ": " + what
		out = append(out, claim.same(t, key, want, unset, equal))
	}
	if device, ok := c.Value("--device"); ok {
		same("name", "DEVICE", device, "", exact)
	}
	if proto, ok := c.Value("--bootproto"); ok {
		switch proto {
		case "dhcp", "bootp":
			same("boot protocol", "BOOTPROTO", proto, "none", strings.EqualFold)
		case "static":
			same("boot protocol", "BOOTPROTO", "static", "none", func(a, b string) bool {
				return slices.Contains([]string{"static", "none", ""}, strings.ToLower(a))
			})
		default:
			claim := file
			claim.s.About = about + ": boot protocol"
			out = append(out, claim.untold(proto, "what the installer writes for it is not known"))
		}
	}
	if on, ok := c.Value("--onboot"); ok {
		same("at boot", "ONBOOT", on, "yes", func(a, b string) bool { return truth(a) == truth(b) && truth(a) != "" })
	}
	for _, o := range []struct{ option, key, what string }{
		{"--ip", "IPADDR", "address"}, {"--gateway", "GATEWAY", "gateway"}, {"--mtu", "MTU", "MTU"}, {"--dhcpclass", "DHCP_VENDOR_CLASS_ID", "class for DHCP"},
		{"--ethtool", "ETHTOOL_OPTS", "ethtool"},
	} {
		want, ok := c.Value(o.option)
		if !ok {
			continue
		}
		key := o.key
		if _, there := t.setting("IPADDR0"); there && o.key == "IPADDR" {
			if _, there := t.setting(key); !there {
				key = "IPADDR0"
			}
		}
		if _, there := t.setting(key); !there && o.key == "GATEWAY" {
			out = append(out, j.gateway(file, about, want))
			continue
		}
		same(o.what, key, want, "none", exact)
	}
	if mask, ok := c.Value("--netmask"); ok {
		out = append(out, j.netmask(file, about, t, mask))
	}
	for n, server := range list(c, "--nameserver") {
		claim := file
		claim.s.About = about + ": name server"
		s, ok := t.setting(fmt.Sprintf("DNS%d", n+1))
		switch {
		case ok && !s.odd:
			out = append(out, claim.at(t.path, s.line).is(s.value == server, server, named(s.value)))
		default:
			out = append(out, j.resolver(claim, server))
		}
	}
	if c.Has("--noipv6") {
		same("IPv6", "IPV6INIT", "no", "", func(a, b string) bool { return truth(a) == truth(b) })
	}
	return append(out, j.rest(c, ruleNetwork, about, "what the installer writes for it is not followed", "--ipv6", "--bondslaves", "--bondopts", "--teamslaves",
		"--teamconfig", "--bridgeslaves", "--bridgeopts", "--vlanid", "--essid", "--wepkey", "--wpakey", "--interfacename", "--ipv6gateway", "--nodefroute", "--nodns")...)
}

// truth reads yes and no as the scripts of the network do.
func truth(s string) string {
	switch strings.ToLower(s) {
	case "yes", "on", "true", "1", "y", "t":
		return "yes"
	case "no", "off", "false", "0", "n", "f":
		return "no"
	}
	return ""
}

// gateway judges by /etc/sysconfig/network, where the file of the card has none.
func (j *judge) gateway(file claim, about, want string) Statement {
	file.s.About = about + ": gateway"
	return file.same(j.read("etc/sysconfig/network"), "GATEWAY", want, "none", exact)
}

// netmask judges NETMASK, or PREFIX, which says the same.
func (j *judge) netmask(file claim, about string, t text, mask string) Statement {
	file.s.About = about + ": netmask"
	if _, ok := t.setting("NETMASK"); ok {
		return file.same(t, "NETMASK", mask, "", exact)
	}
	key := "NETMASK"
	for _, k := range []string{"PREFIX0", "PREFIX"} {
		if _, ok := t.setting(k); ok {
			key = k
		}
	}
	return file.same(t, key, mask, "none", func(a, b string) bool { return a == prefixOf(b) })
}

// prefixOf counts the bits of a netmask; empty for none.
func prefixOf(mask string) string {
	bits, over := 0, false
	parts := strings.Split(mask, ".")
	if len(parts) != 4 {
		return ""
	}
	for _, p := range parts {
		n := slices.Index([]string{"0", "128", "192", "224", "240", "248", "252", "254", "255"}, p)
		if n < 0 || over && n > 0 {
			return ""
		}
		over = over || n < 8
		bits += n
	}
	return fmt.Sprint(bits)
}

func (j *judge) resolver(c claim, server string) Statement {
	t := j.read("etc/resolv.conf")
	for n, l := range t.lines {
		if f := strings.Fields(l); len(f) > 1 && f[0] == "nameserver" && f[1] == server {
			return c.at(t.path, n+1).holds(server, server)
		}
	}
	if t.bad != "" {
		return c.at(t.path, 0).untold(server, t.bad)
	}
	return c.fails(server, "neither a DNS line of the card nor a line of /etc/resolv.conf for it")
}

// hostname judges the name of the machine: /etc/hostname since EL7, /etc/sysconfig/network before.
func (j *judge) hostname(c *kickstart.Command, want string) Statement {
	claim := j.claim(c, ruleNetwork, "name of the machine")
	t := j.read("etc/hostname")
	old := j.read("etc/sysconfig/network")
	switch {
	case t.bad != "":
		return claim.at(t.path, 0).untold(want, t.bad)
	case t.there && (j.systemd() || j.file.Version >= grammar.RHEL7):
		for n, l := range t.lines {
			if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "#") {
				return claim.at(t.path, n+1).is(l == want, want, l)
			}
		}
		return claim.at(t.path, 0).fails(want, "an empty "+t.path)
	}
	return claim.same(old, "HOSTNAME", want, "", exact)
}
