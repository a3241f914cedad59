package conformance

import (
	"encoding/xml"
	"fmt"
	"strings"

	"lbimage/kickstart"
	"lbimage/overlay"
	"lbimage/overlay/services"
)

// firewall judges whether packets are filtered once the image is up, and, where they are to be, which ports are open.
func (j *judge) firewall(c *kickstart.Command) []Statement {
	var out []Statement
	if c.Has("--disabled") || c.Has("--disable") {
		return []Statement{j.firewallOff(j.claim(c, ruleFirewall, "firewall"))}
	}
	if c.Has("--use-system-defaults") {
		return []Statement{j.claim(c, ruleFirewall, "firewall").untold("as its package has it", "what the package brought is not known")}
	}
	on := j.claim(c, ruleFirewall, "firewall")
	f := j.filter()
	switch {
	case f.why != "":
		out = append(out, on.at(f.path, 0).untold("on", f.why))
	default:
		out = append(out, on.at(f.path, 0).is(f.on, "on", f.has))
	}
	if f.on {
		out = append(out, j.openPorts(c, f)...)
	}
	return out
}

// filter is what filters packets in an image.
type filter struct {
	on   bool
	has  string
	path string // of its rules, else of the service
	why  string // it cannot be told
	kind string // iptables or firewalld
}

// firewallOff judges that nothing filters.
func (j *judge) firewallOff(c claim) Statement {
	f := j.filter()
	c = c.at(f.path, 0)
	if f.why != "" {
		return c.untold("off", f.why)
	}
	return c.is(!f.on, "off", f.has)
}

// filter finds out what filters packets: firewalld, or the services that load rules from /etc/sysconfig. Rules that let
// everything pass are none.
func (j *judge) filter() filter {
	if note := j.servicesUnknown(); note != "" {
		return filter{why: note}
	}
	has := "no service that filters"
	at := ""
	for _, name := range []string{"firewalld", "nftables", "ufw", "iptables", "ip6tables"} {
		s, ok := j.status(name)
		if !ok {
			continue
		}
		if s.Kind == services.Upstart || s.Kind == services.Xinetd {
			return filter{path: s.Path, why: "what its job of that name does is not followed"}
		}
		on, _, why := j.starts(s)
		switch {
		case why != "":
			return filter{path: s.Path, why: name + ": " + why}
		case !on:
			if at == "" {
				has, at = name+" is off", s.Path
			}
			continue
		case name == "firewalld":
			return filter{on: true, has: "firewalld, which starts at boot", path: s.Path, kind: name}
		case name == "nftables" || name == "ufw":
			return filter{path: s.Path, why: name + " starts at boot, and its rules are not followed"}
		}
		t := j.read("etc/sysconfig/" + name)
		switch {
		case t.bad != "":
			return filter{path: t.path, why: t.bad}
		case !t.there:
			has, at = fmt.Sprintf("%s, which starts at boot and has no rules (%s)", name, t.path), s.Path
		case filters(t):
			return filter{on: true, has: name + ", which starts at boot with the rules of " + t.path, path: t.path, kind: "iptables"}
		default:
			has, at = fmt.Sprintf("the rules of %s let everything pass", t.path), t.path
		}
	}
	return filter{has: has, path: at}
}

// filters says whether rules as iptables-save writes them can keep a packet out.
func filters(t text) bool {
	for _, l := range t.lines {
		l = strings.TrimSpace(l)
		if strings.HasPrefix(l, "-A ") || strings.HasPrefix(l, "-I ") {
			for _, target := range []string{"DROP", "REJECT"} {
				if strings.Contains(l, "-j "+target) || strings.Contains(l, "--jump "+target) {
					return true
				}
			}
		}
		if f := strings.Fields(l); len(f) > 1 && strings.HasPrefix(f[0], ":") && f[1] == "DROP" {
			return true
		}
	}
	return false
}

// knownServices are the ports of services that firewall lines name.
var knownServices = map[string]string{"ssh": "22:tcp", "http": "80:tcp", "https": "443:tcp", "ftp": "21:tcp", "smtp": "25:tcp", "telnet": "23:tcp", "dns": "53:udp", "ntp": "123:udp"}

// openPorts judges the ports and services that are to be open.
func (j *judge) openPorts(c *kickstart.Command, f filter) []Statement {
	var out []Statement
	t := j.read(f.path)
	zone, zoneWhy := zone{}, ""
	if f.kind == "firewalld" {
		zone, zoneWhy = j.zone()
		t.path = zone.path
	}
	one := func(what, port, service string) {
		claim := j.claim(c, ruleFirewall, "firewall: "+what).at(t.path, 0)
		switch {
		case f.kind == "firewalld" && zoneWhy != "":
			out = append(out, claim.untold("open", zoneWhy))
		case f.kind == "firewalld":
			out = append(out, claim.is(zone.opens(port, service), "open", "not in the zone"))
			if last := &out[len(out)-1]; last.Verdict == Holds {
				last.Has = "open"
			}
		case port == "":
			out = append(out, claim.untold("open", "which port that is, is not known"))
		default:
			line, closed := accepts(t, port)
			switch {
			case line > 0:
				out = append(out, claim.at(t.path, line).holds("open", "open"))
			case closed:
				out = append(out, claim.fails("open", "no rule that accepts it"))
			default:
				out = append(out, claim.untold("open", "there are rules of a form that is not followed"))
			}
		}
	}
	for _, p := range list(c, "--port") {
		number, proto, ok := strings.Cut(p, ":")
		if !ok {
			proto = "tcp"
		}
		one("port "+number+"/"+proto, number+":"+proto, "")
	}
	names := list(c, "--service")
	for _, n := range []string{"ssh", "http", "https", "ftp", "smtp", "telnet"} {
		if c.Has("--" + n) {
			names = append(names, n)
		}
	}
	for _, n := range names {
		one("service "+n, knownServices[n], n)
	}
	return append(out, j.rest(c, ruleFirewall, "firewall", "which cards are trusted is not followed", "--trust", "--remove-service")...)
}

// accepts finds the line that accepts new connections to a port; closed where there is none, and every rule is of a form that
// is followed.
func accepts(t text, port string) (line int, closed bool) {
	number, proto, _ := strings.Cut(port, ":")
	closed = true
	for n, l := range t.lines {
		f := strings.Fields(l)
		if len(f) < 2 || f[0] != "-A" {
			continue
		}
		dport, protocol, target, odd := "", "", "", false
		for i := 2; i < len(f); i++ {
			next := ""
			if i+1 < len(f) {
				next = f[i+1]
			}
			switch f[i] {
			case "--dport", "--destination-port":
				dport = next
				i++
			case "-p", "--protocol":
				protocol = next
				i++
			case "-j", "--jump":
				target = next
				i++
			case "-m", "--match", "--state", "--ctstate", "--reject-with", "--icmp-type":
				odd = odd || next == "multiport"
				i++
			case "-i":
				odd = odd || next != "lo"
				i++
			default:
				odd = true
			}
		}
		if odd || strings.Contains(dport, ":") || target != "ACCEPT" && target != "REJECT" && target != "DROP" && target != "LOG" && !strings.Contains(target, "Firewall") {
			closed = false
			continue
		}
		if target == "ACCEPT" && dport == number && protocol == proto {
			return n + 1, true
		}
	}
	return 0, closed
}

// zone is what firewalld lets into its default zone.
type zone struct {
	path     string
	Target   string `xml:"target,attr"`
	Services []struct {
		Name string `xml:"name,attr"`
	} `xml:"service"`
	Ports []struct {
		Port     string `xml:"port,attr"`
		Protocol string `xml:"protocol,attr"`
	} `xml:"port"`
}

func (z zone) opens(port, service string) bool {
	if z.Target == "ACCEPT" {
		return true
	}
	for _, s := range z.Services {
		if s.Name == service && service != "" || knownServices[s.Name] == port && port != "" {
			return true
		}
	}
	number, proto, _ := strings.Cut(port, ":")
	for _, p := range z.Ports {
		if p.Port == number && p.Protocol == proto && port != "" {
			return true
		}
	}
	return false
}

// zone reads firewalld's default zone.
func (j *judge) zone() (zone, string) {
	name := "public"
	if s, ok := j.read("etc/firewalld/firewalld.conf").setting("DefaultZone"); ok {
		name = s.value
	}
	if name == "" || strings.ContainsAny(name, "/\x00") || name == "." || name == ".." {
		return zone{}, "the default zone has no name that a file could have"
	}
	for _, dir := range []string{"etc/firewalld/zones/", "usr/lib/firewalld/zones/"} {
		data, r, err := overlay.ReadFile(j.subject.Tree, dir+name+".xml", maxFileText)
		if overlay.LeadsNowhere(err) {
			continue
		}
		z := zone{path: r.Path()}
		if err == nil {
			err = xml.Unmarshal(data, &z)
		}
		if err != nil {
			return z, "the zone cannot be read: " + err.Error()
		}
		return z, ""
	}
	return zone{}, "there is no file of the default zone"
}
