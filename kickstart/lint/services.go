package lint

import (
	"slices"
	"strings"

	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
	"lbimage/kickstart/script"
)

var (
	ruleServiceWithoutPackage = Rule{
		"ks-service-without-package", Warning,
		"the installer cannot turn on a service that is not there: it says so in a log, and the system comes up without",
		"ask for the package that brings the service, or take the service out",
	}
	ruleServiceBoth = Rule{
		"ks-service-enabled-and-disabled", Warning,
		"the two contradict each other, and one of them is not done",
		"keep the one that is meant",
	}
)

// brought is which packages bring a service, in releases from and to.
type brought struct {
	service  string
	packages string // one of these, with blanks between
	from, to grammar.Version
}

// broughtBy are common services and their packages. Packages that the group core brings in the release are in core.
var broughtBy = []brought{
	{"acpid", "acpid", 5, 9},
	{"atd", "at", 5, 9},
	{"auditd", "audit", 5, 9},
	{"autofs", "autofs", 5, 9},
	{"avahi-daemon", "avahi", 5, 9},
	{"chronyd", "chrony", 6, 9},
	{"cloud-init", "cloud-init", 5, 9},
	{"crond", "vixie-cron cronie", 5, 9},
	{"cups", "cups", 5, 9},
	{"dnsmasq", "dnsmasq", 5, 9},
	{"docker", "docker docker-io docker-ce", 5, 9},
	{"firewalld", "firewalld", 7, 9},
	{"haldaemon", "hal", 5, 6},
	{"haproxy", "haproxy", 5, 9},
	{"httpd", "httpd", 5, 9},
	{"ip6tables", "iptables-ipv6", 5, 6},
	{"ip6tables", "iptables-services", 7, 9},
	{"iptables", "iptables", 5, 6},
	{"iptables", "iptables-services", 7, 9},
	{"irqbalance", "irqbalance", 5, 9},
	{"iscsi", "iscsi-initiator-utils", 5, 9},
	{"keepalived", "keepalived", 5, 9},
	{"libvirtd", "libvirt libvirt-daemon", 5, 9},
	{"load-balancer-servo", "load-balancer-servo", 5, 9},
	{"lvm2-monitor", "lvm2", 5, 9},
	{"mariadb", "mariadb-server", 7, 9},
	{"mcelogd", "mcelog", 6, 6},
	{"mdmonitor", "mdadm", 5, 9},
	{"memcached", "memcached", 5, 9},
	{"messagebus", "dbus", 5, 6},
	{"multipathd", "device-mapper-multipath", 5, 9},
	{"mysqld", "mysql-server mysql-community-server MySQL-server", 5, 9},
	{"named", "bind", 5, 9},
	{"netfs", "initscripts", 5, 6},
	{"network", "initscripts", 5, 7},
	{"network", "network-scripts", 8, 8},
	{"NetworkManager", "NetworkManager", 5, 9},
	{"nfs", "nfs-utils", 5, 6},
	{"nfs-server", "nfs-utils", 7, 9},
	{"nginx", "nginx", 5, 9},
	{"nscd", "nscd", 5, 9},
	{"ntpd", "ntp", 5, 7},
	{"ntpdate", "ntpdate", 6, 7},
	{"postfix", "postfix", 5, 9},
	{"postgresql", "postgresql-server", 5, 9},
	{"puppet", "puppet puppet-agent", 5, 9},
	{"qemu-ga", "qemu-guest-agent", 6, 6},
	{"qemu-guest-agent", "qemu-guest-agent", 7, 9},
	{"rngd", "rng-tools", 6, 9},
	{"rpcbind", "rpcbind", 6, 9},
	{"rsyslog", "rsyslog", 5, 9},
	{"sendmail", "sendmail", 5, 9},
	{"smartd", "smartmontools", 5, 9},
	{"smb", "samba", 5, 9},
	{"snmpd", "net-snmp", 5, 9},
	{"sshd", "openssh-server", 5, 9},
	{"sssd", "sssd", 5, 9},
	{"syslog", "sysklogd", 5, 5},
	{"sysstat", "sysstat", 5, 9},
	{"tomcat6", "tomcat6", 6, 6},
	{"tuned", "tuned", 6, 9},
	{"vncserver", "vnc-server tigervnc-server", 5, 9},
	{"vsftpd", "vsftpd", 5, 9},
	{"waagent", "WALinuxAgent", 5, 9},
	{"xinetd", "xinetd", 5, 8},
	{"yum-cron", "yum-cron", 5, 7},
	{"zookeeper", "zookeeper", 5, 9},
}

// inCore are packages of the table that the group core brings, by release.
var inCore = map[grammar.Version]string{
	grammar.RHEL5: "initscripts openssh-server audit vixie-cron sysklogd iptables lvm2 mdadm",
	grammar.RHEL6: "initscripts openssh-server audit cronie rsyslog iptables iptables-ipv6 lvm2 postfix dbus",
	grammar.RHEL7: "initscripts openssh-server audit cronie rsyslog firewalld NetworkManager postfix tuned dbus lvm2 irqbalance",
	grammar.RHEL8: "initscripts openssh-server audit cronie rsyslog firewalld NetworkManager sssd tuned dbus lvm2 irqbalance",
	grammar.RHEL9: "initscripts openssh-server audit cronie rsyslog firewalld NetworkManager sssd dbus lvm2 irqbalance",
}

// serviceAt is a service that a file turns on or off.
type serviceAt struct {
	name string
	at   kickstart.Place
}

// serviceName is a service without the ending that systemd allows to be left out.
func serviceName(name string) string { return strings.TrimSuffix(name, ".service") }

// asked are the services that commands turn on or off.
func (c *checker) asked(option string) []serviceAt {
	var out []serviceAt
	for _, cmd := range c.f.Commands("services") {
		for _, o := range cmd.Options {
			if o.Name != option {
				continue
			}
			for name := range strings.SplitSeq(o.Value, ",") {
				if name = strings.TrimSpace(name); name != "" {
					out = append(out, serviceAt{serviceName(name), o.Place})
				}
			}
		}
	}
	return out
}

// services judges the services that are turned on.
func (c *checker) services() {
	enabled := c.asked("--enabled")
	disabled := map[string]kickstart.Place{}
	for _, d := range c.asked("--disabled") {
		if _, there := disabled[d.name]; !there {
			disabled[d.name] = d.at
		}
	}
	for _, s := range enabled {
		if at, both := disabled[s.name]; both {
			if s.at.Line > at.Line || s.at.Line == at.Line && s.at.Column > at.Column {
				at = s.at
			}
			c.add(ruleServiceBoth, at, "%s is both enabled and disabled", s.name)
		}
	}
	if c.partial || len(c.f.Sections("%packages")) == 0 {
		return // who knows which packages there are
	}
	told := map[string]bool{}
	for _, s := range enabled {
		if !told[s.name] && len(told) < maxServices {
			told[s.name] = true
			c.service(s)
		}
	}
}

// maxServices is for how many services packages are looked for: no system has as many.
const maxServices = 200

// service tells of a service that no package brings.
func (c *checker) service(s serviceAt) {
	if strings.ContainsAny(s.name, "@.") || strings.HasPrefix(s.name, "systemd-") && c.v >= grammar.RHEL7 {
		return // a unit of another kind, one of a template, or one of systemd's own
	}
	packages, known := "", false
	elsewhere := false // in another release
	for _, b := range broughtBy {
		if b.service != s.name {
			continue
		}
		if c.v >= b.from && c.v <= b.to {
			packages, known = b.packages, true
		} else {
			elsewhere = true
		}
	}
	names := append(strings.Fields(packages), s.name)
	for _, name := range names {
		if c.wants(name) || slices.Contains(strings.Fields(inCore[c.v]), name) && c.hasCore() && !c.excludes(name) {
			return
		}
	}
	if c.scriptBrings(s.name, names) {
		return
	}
	switch {
	case known && c.excludesAll(strings.Fields(packages)):
		c.add(ruleServiceWithoutPackage, s.at, "%s is enabled, and the package that brings it, %s, is excluded", s.name, packages)
	case known:
		c.add(ruleServiceWithoutPackage, s.at, "%s is enabled, and the package that brings it, %s, is not asked for", s.name, strings.ReplaceAll(packages, " ", " or "))
	case elsewhere:
		c.add(ruleServiceWithoutPackage, s.at, "%s is enabled, and no package of %s is known to bring it", s.name, c.v)
	default:
		c.add(ruleServiceWithoutPackage, s.at, "%s is enabled, and nothing that is asked for is known to bring it", s.name)
		c.lower(Info) // some package could, which is not known here
	}
	if known && c.manyGroups() || known && len(c.wantedGlobs()) > 0 {
		c.lower(Info) // a group or a pattern could bring it
	}
}

// wants tells whether a package is asked for by its name, or by a pattern.
func (c *checker) wants(name string) bool {
	found := false
	for _, e := range c.entries {
		if e.Kind == kickstart.Package && matches(e.Name, name) {
			found = !e.Excluded
		}
	}
	return found
}

// excludes tells whether a package is left out.
func (c *checker) excludes(name string) bool {
	found := false
	for _, e := range c.entries {
		if e.Kind == kickstart.Package && matches(e.Name, name) {
			found = e.Excluded
		}
	}
	return found
}

func (c *checker) excludesAll(names []string) bool {
	return len(names) > 0 && !slices.ContainsFunc(names, func(n string) bool { return !c.excludes(n) })
}

// hasCore tells whether the group core is installed: from RHEL 6 on it is unless --nocore says otherwise.
func (c *checker) hasCore() bool {
	for _, s := range c.f.Sections("%packages") {
		if s.Has("--nocore") {
			return false
		}
	}
	return c.v >= grammar.RHEL6 || slices.ContainsFunc(c.entries, func(e kickstart.Entry) bool {
		return e.Kind == kickstart.Group && !e.Excluded && strings.EqualFold(e.Name, "core")
	})
}

// manyGroups tells whether there are groups besides core, whose packages are not known here, or the group base, which RHEL 5
// and 6 take unless they are told not to.
func (c *checker) manyGroups() bool {
	for _, e := range c.entries {
		if e.Kind == kickstart.Environment || e.Kind == kickstart.Stream || e.Kind == kickstart.Group && !e.Excluded && !strings.EqualFold(e.Name, "core") {
			return true
		}
	}
	for _, s := range c.f.Sections("%packages") {
		if s.Has("--default") || c.v <= grammar.RHEL6 && !s.Has("--nobase") {
			return true
		}
	}
	return false
}

// wantedGlobs are the patterns of packages that are asked for.
func (c *checker) wantedGlobs() []string {
	var out []string
	for _, e := range c.entries {
		if e.Kind == kickstart.Package && !e.Excluded && strings.ContainsAny(e.Name, "*?[") {
			out = append(out, e.Name)
		}
	}
	return out
}

// scriptBrings tells whether a script could bring a service: it installs a package or writes the service itself, or it does
// what was not read.
func (c *checker) scriptBrings(service string, packages []string) bool {
	for _, e := range c.read.Effects {
		switch e.Kind {
		case script.Package:
			for _, name := range packages {
				if !e.Excluded && slices.ContainsFunc(e.Names, func(n string) bool { return matches(n, name) || strings.HasSuffix(n, ".rpm") }) {
					return true
				}
			}
		case script.Write, script.Copy, script.Move, script.Symlink, script.Append:
			if base := e.Path[strings.LastIndexByte(e.Path, '/')+1:]; base == service || strings.TrimSuffix(strings.TrimSuffix(base, ".service"), ".conf") == service {
				return true
			}
		}
	}
	return c.mayTouch("/etc/init.d/"+service) || c.mayTouch("/usr/lib/systemd/system/"+service+".service")
}

// matches is a name, or a pattern of names with * and ?.
func matches(pattern, name string) bool {
	if pattern == name {
		return true
	}
	if !strings.ContainsAny(pattern, "*?") {
		return false
	}
	return glob(pattern, name)
}

// glob matches without going over the name more than once for each star.
func glob(pattern, name string) bool {
	p, n, star, mark := 0, 0, -1, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p, n = p+1, n+1
		case star >= 0:
			mark++
			p, n = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
