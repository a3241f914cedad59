package grammar

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// tell is what a release says of a command ("part") or of an option ("part --size", "%post --log").
func tell(v Version, what string) string {
	owner, name, isOption := strings.Cut(what, " ")
	var all []Option
	c, ok := Lookup(v, owner)
	s, isSection := LookupSection(v, owner)
	switch {
	case isSection:
		all = s.Options
	case !ok:
		return "unknown"
	default:
		all = c.Options
	}
	if !isOption {
		out := "read"
		if c.Deprecated || s.Deprecated {
			out = "deprecated"
		}
		if c.Name != owner && !isSection {
			out += " as " + c.Name
		}
		return out
	}
	i := slices.IndexFunc(all, func(o Option) bool { return o.Name == name || slices.Contains(o.Aliases, name) })
	if i < 0 {
		return "unknown"
	}
	o := all[i]
	if o.Removed {
		return "removed"
	}
	out := string(o.Kind)
	if len(o.Choices) > 0 {
		out = strings.Join(o.Choices, "|")
	}
	if o.AnyCase {
		out += " in any case"
	}
	if o.Min != 0 || o.Max != 0 {
		out += fmt.Sprintf(" %d..%d", o.Min, o.Max)
	}
	for _, mark := range []struct {
		set  bool
		name string
	}{{o.Required, "required"}, {o.Repeats, "repeats"}, {o.Optional, "optional"}, {o.Deprecated, "deprecated"}} {
		if mark.set {
			out += " " + mark.name
		}
	}
	return out
}

// Facts, each written from what the reader of that release does, not from the tables.
func TestFacts(t *testing.T) {
	for _, fact := range []struct {
		what string
		want [5]string // RHEL 5 to 9
	}{
		// disks
		{"part", [5]string{"read", "read", "read", "read", "read"}},
		{"partition", [5]string{"read as part", "read as part", "read as part", "read as part", "read as part"}},
		{"part --size", [5]string{"int", "int", "int", "int", "int"}},
		{"part --type", [5]string{"string", "string", "string", "string", "string"}},
		{"part --start", [5]string{"int", "int optional deprecated", "removed", "removed", "removed"}},
		{"part --bytes-per-inode", [5]string{"int", "int optional deprecated", "removed", "removed", "removed"}},
		{"part --hibernation", [5]string{"unknown", "flag", "flag", "flag", "flag"}},
		{"part --fsprofile", [5]string{"unknown", "string", "string", "string", "string"}},
		{"part --resize", [5]string{"unknown", "unknown", "flag", "flag", "flag"}},
		{"part --mkfsoptions", [5]string{"unknown", "unknown", "string", "string", "string"}},
		{"part --encrypted", [5]string{"flag", "flag", "flag", "flag", "flag"}},
		{"part --escrowcert", [5]string{"unknown", "string", "string", "string", "string"}},
		{"part --cipher", [5]string{"unknown", "string", "string", "string", "string"}},
		{"part --luks-version", [5]string{"unknown", "unknown", "unknown", "string", "string"}},
		{"part --active", [5]string{"flag", "flag", "flag", "flag deprecated", "removed"}},
		{"autopart --type", [5]string{"unknown", "unknown", "lvm|btrfs|plain|partition|thinp in any case",
			"lvm|plain|partition|thinp in any case", "lvm|plain|partition|thinp in any case"}},
		{"autopart --nohome", [5]string{"unknown", "unknown", "flag", "flag", "flag"}},
		{"autopart --noswap", [5]string{"unknown", "unknown", "unknown", "flag", "flag"}},
		{"clearpart --list", [5]string{"unknown", "unknown", "list", "list", "list"}},
		{"ignoredisk --only-use", [5]string{"list", "list", "list", "list", "list"}},
		{"ignoredisk --interactive", [5]string{"unknown", "flag", "flag", "flag deprecated", "removed"}},
		{"mount", [5]string{"unknown", "unknown", "unknown", "read", "read"}},
		{"mount --reformat", [5]string{"unknown", "unknown", "unknown", "string optional", "string optional"}},
		{"reqpart", [5]string{"unknown", "unknown", "read", "read", "read"}},
		{"snapshot --when", [5]string{"unknown", "unknown", "pre-install|post-install in any case required",
			"pre-install|post-install in any case required", "pre-install|post-install in any case required"}},
		{"zerombr", [5]string{"read", "read", "read", "read", "read"}},
		// volumes
		{"btrfs", [5]string{"unknown", "unknown", "read", "unknown", "unknown"}},
		{"logvol --vgname", [5]string{"string required", "string required", "string required", "string required",
			"string required"}},
		{"logvol --thinpool", [5]string{"unknown", "flag", "flag", "flag", "flag"}},
		{"logvol --percent", [5]string{"int", "int", "int 0..100", "int 0..100", "int 0..100"}},
		{"logvol --label", [5]string{"unknown", "unknown", "string", "string", "string"}},
		{"logvol --cachemode", [5]string{"unknown", "unknown", "unknown", "writeback|writethrough", "writeback|writethrough"}},
		{"volgroup --reserved-percent", [5]string{"unknown", "int 1..99", "int 1..99", "int 1..99", "int 1..99"}},
		{"raid --chunksize", [5]string{"unknown", "unknown", "int", "int", "int"}},
		// devices
		{"device", [5]string{"read", "read", "read", "deprecated", "unknown"}},
		{"deviceprobe", [5]string{"read", "read", "read", "deprecated", "unknown"}},
		{"dmraid", [5]string{"read", "read", "read", "deprecated", "unknown"}},
		{"multipath", [5]string{"read", "read", "read", "deprecated", "unknown"}},
		{"driverdisk --type", [5]string{"string optional deprecated", "string optional deprecated", "removed", "removed",
			"removed"}},
		{"fcoe --autovlan", [5]string{"unknown", "unknown", "flag", "flag", "flag"}},
		{"iscsi --iface", [5]string{"unknown", "string", "string", "string", "string"}},
		{"nvdimm", [5]string{"unknown", "unknown", "read", "read", "deprecated"}},
		{"zfcp --scsiid", [5]string{"string required", "string optional deprecated", "removed", "removed", "removed"}},
		{"zfcp --wwpn", [5]string{"string required", "string required", "string required", "string required", "string"}},
		// boot
		{"bootloader --location", [5]string{"mbr|partition|none|boot", "mbr|partition|none|boot", "mbr|partition|none|boot",
			"mbr|partition|none|boot", "mbr|partition|none|boot"}},
		{"bootloader --timeout", [5]string{"unknown", "int", "int", "int", "int"}},
		{"bootloader --hvargs", [5]string{"string", "removed", "removed", "removed", "removed"}},
		{"bootloader --lba32", [5]string{"flag", "flag deprecated", "removed", "removed", "removed"}},
		{"bootloader --iscrypted", [5]string{"unknown", "flag", "flag", "flag", "flag"}},
		{"bootloader --upgrade", [5]string{"flag", "flag", "flag", "flag deprecated", "removed"}},
		{"bootloader --boot-drive", [5]string{"unknown", "unknown", "string", "string", "string"}},
		{"reboot --eject", [5]string{"flag", "flag", "flag", "flag", "flag"}},
		{"halt --kexec", [5]string{"unknown", "unknown", "unknown", "flag", "flag"}},
		{"zipl", [5]string{"unknown", "unknown", "unknown", "read", "read"}},
		// network
		{"network --onboot", [5]string{"bool", "bool", "bool", "bool", "bool"}},
		{"network --bootproto", [5]string{"dhcp|bootp|static|query", "dhcp|bootp|static|query|ibft",
			"dhcp|bootp|static|query|ibft", "dhcp|bootp|static|query|ibft", "dhcp|bootp|static|query|ibft"}},
		{"network --ipv6", [5]string{"unknown", "string", "string", "string", "string"}},
		{"network --teamslaves", [5]string{"unknown", "unknown", "string", "string", "string"}},
		{"network --ipv4-dns-search", [5]string{"unknown", "unknown", "unknown", "unknown", "list"}},
		{"firewall --disable", [5]string{"flag", "flag", "flag", "flag", "flag"}},
		{"firewall --telnet", [5]string{"flag", "flag deprecated", "removed", "removed", "removed"}},
		{"firewall --high", [5]string{"flag deprecated", "removed", "removed", "removed", "removed"}},
		{"firewall --service", [5]string{"unknown", "list repeats", "list repeats", "list repeats", "list repeats"}},
		{"realm", [5]string{"unknown", "unknown", "read", "read", "read"}},
		// accounts
		{"authconfig", [5]string{"read as auth", "read as auth", "read as auth", "deprecated as auth", "deprecated as auth"}},
		{"authselect", [5]string{"unknown", "unknown", "unknown", "read", "read"}},
		{"group", [5]string{"unknown", "read", "read", "read", "read"}},
		{"rootpw --lock", [5]string{"unknown", "flag", "flag", "flag", "flag"}},
		{"rootpw --allow-ssh", [5]string{"unknown", "unknown", "unknown", "unknown", "flag"}},
		{"user --gecos", [5]string{"unknown", "string", "string", "string", "string"}},
		{"user --gid", [5]string{"unknown", "unknown", "int", "int", "int"}},
		{"sshkey", [5]string{"unknown", "unknown", "unknown", "read", "read"}},
		// software
		{"harddrive --biospart", [5]string{"string", "string", "string", "string", "removed"}},
		{"repo --baseurl", [5]string{"string", "string", "string", "string", "string"}},
		{"repo --cost", [5]string{"unknown", "int", "int", "int", "int"}},
		{"repo --ignoregroups", [5]string{"unknown", "bool", "bool", "bool", "bool deprecated"}},
		{"repo --metalink", [5]string{"unknown", "unknown", "unknown", "string", "string"}},
		{"url --url", [5]string{"string required", "string required", "string", "string", "string"}},
		{"url --proxy", [5]string{"unknown", "string", "string", "string", "string"}},
		{"module", [5]string{"unknown", "unknown", "unknown", "read", "read"}},
		{"rhsm --activation-key", [5]string{"unknown", "unknown", "unknown", "string required repeats",
			"string required repeats"}},
		{"ostreecontainer", [5]string{"unknown", "unknown", "unknown", "unknown", "read"}},
		// system
		{"timezone --isUtc", [5]string{"flag", "flag", "flag", "flag", "flag"}},
		{"timezone --ntpservers", [5]string{"unknown", "unknown", "list", "list", "list deprecated"}},
		{"timesource", [5]string{"unknown", "unknown", "unknown", "unknown", "read"}},
		{"services --enabled", [5]string{"list", "list", "list", "list", "list"}},
		{"keyboard --xlayouts", [5]string{"unknown", "unknown", "list", "list", "list"}},
		{"langsupport", [5]string{"deprecated", "unknown", "unknown", "unknown", "unknown"}},
		{"mouse", [5]string{"deprecated", "unknown", "unknown", "unknown", "unknown"}},
		{"monitor", [5]string{"read", "deprecated", "unknown", "unknown", "unknown"}},
		{"eula --accept", [5]string{"unknown", "unknown", "flag", "flag", "flag"}},
		{"xconfig --depth", [5]string{"int", "int optional deprecated", "removed", "removed", "removed"}},
		{"xconfig --card", [5]string{"string optional deprecated", "removed", "removed", "removed", "removed"}},
		// the installer
		{"install", [5]string{"read", "read", "read", "deprecated", "unknown"}},
		{"upgrade", [5]string{"read", "read", "deprecated", "unknown", "unknown"}},
		{"interactive", [5]string{"read", "read", "unknown", "unknown", "unknown"}},
		{"autostep", [5]string{"read", "read", "read", "deprecated", "unknown"}},
		{"key", [5]string{"read", "deprecated", "unknown", "unknown", "unknown"}},
		{"lilo", [5]string{"unknown", "unknown", "unknown", "unknown", "unknown"}},
		{"lilocheck", [5]string{"unknown", "unknown", "unknown", "unknown", "unknown"}},
		{"logging --level", [5]string{"debug|info|warning|error|critical", "debug|info|warning|error|critical",
			"debug|info|warning|error|critical", "debug|info|warning|error|critical",
			"debug|info|warning|error|critical deprecated"}},
		{"rescue", [5]string{"unknown", "read", "read", "read", "read"}},
		{"text --non-interactive", [5]string{"unknown", "unknown", "unknown", "flag", "flag"}},
		{"unsupported_hardware", [5]string{"unknown", "read", "read", "unknown", "unknown"}},
		{"vnc --connect", [5]string{"string", "removed", "removed", "removed", "removed"}},
		// sections
		{"%packages --nobase", [5]string{"flag", "flag", "flag deprecated", "removed", "removed"}},
		{"%packages --resolvedeps", [5]string{"flag deprecated", "removed", "removed", "removed", "removed"}},
		{"%packages --instLangs", [5]string{"unknown", "list", "list", "list", "list"}},
		{"%packages --nocore", [5]string{"unknown", "unknown", "flag", "flag", "flag"}},
		{"%packages --exclude-weakdeps", [5]string{"unknown", "unknown", "unknown", "flag", "flag"}},
		{"%packages --ignorebroken", [5]string{"unknown", "unknown", "unknown", "unknown", "flag"}},
		{"%post --erroronfail", [5]string{"flag", "flag", "flag", "flag", "flag"}},
		{"%post --nochroot", [5]string{"flag", "flag", "flag", "flag", "flag"}},
		{"%pre --nochroot", [5]string{"unknown", "unknown", "unknown", "unknown", "unknown"}},
		{"%traceback --logfile", [5]string{"string", "string", "string", "string", "string"}},
		{"%onerror", [5]string{"unknown", "unknown", "read", "read", "read"}},
		{"%pre-install", [5]string{"unknown", "unknown", "read", "read", "read"}},
		{"%addon", [5]string{"unknown", "unknown", "read", "read", "read"}},
		{"%anaconda", [5]string{"unknown", "unknown", "read", "read", "deprecated"}},
	} {
		for i, v := range Versions() {
			if got := tell(v, fact.what); got != fact.want[i] {
				t.Errorf("%s: %s: %s, want %s", v, fact.what, got, fact.want[i])
			}
		}
	}
}

func TestWords(t *testing.T) {
	for _, test := range []struct {
		v    Version
		name string
		want string
	}{
		{RHEL6, "part", "1..1 mount point"},
		{RHEL6, "raid", "1..-1 mount point and partitions"},
		{RHEL6, "rootpw", "1..1 password"},
		{RHEL7, "rootpw", "0..1 password"},
		{RHEL6, "timezone", "1..1 time zone"},
		{RHEL7, "timezone", "0..1 time zone"},
		{RHEL6, "keyboard", "1..1 keyboard"},
		{RHEL7, "keyboard", "0..1 keyboard"},
		{RHEL5, "device", "2..2 kind and module"},
		{RHEL6, "device", "1..1 module"},
		{RHEL5, "zerombr", "0..-1 word that is ignored"},
		{RHEL6, "zerombr", "0..0 "},
		{RHEL8, "mount", "2..2 device and mount point"},
		{RHEL8, "nvdimm", "1..1 action"},
		{RHEL6, "firewall", "0..0 "},
		{RHEL6, "lang", "1..1 language"},
	} {
		c, _ := Lookup(test.v, test.name)
		if got := fmt.Sprintf("%d..%d %s", c.Args.Min, c.Args.Max, c.Args.Name); got != test.want {
			t.Errorf("%s: %s: %q, want %q", test.v, test.name, got, test.want)
		}
	}
}

func TestOnceAndFree(t *testing.T) {
	for _, v := range Versions() {
		for _, n := range []string{"part", "raid", "logvol", "volgroup", "network", "repo", "user", "iscsi", "zfcp", "driverdisk"} {
			if c, ok := Lookup(v, n); !ok || c.Once || c.Free {
				t.Errorf("%s: %s may stand several times: %v %+v", v, n, ok, c.Once)
			}
		}
		for _, n := range []string{"rootpw", "timezone", "lang", "services", "firewall", "selinux", "bootloader", "clearpart"} {
			if c, ok := Lookup(v, n); !ok || !c.Once {
				t.Errorf("%s: the last %s counts", v, n)
			}
		}
		if c, _ := Lookup(v, "auth"); !c.Free {
			t.Errorf("%s: auth takes what authconfig takes", v)
		}
	}
}

func TestSections(t *testing.T) {
	for _, v := range Versions() {
		for _, s := range Sections(v) {
			if s.NeedsEnd != (v >= RHEL6) {
				t.Errorf("%s: %s needs its %%end: %v", v, s.Name, s.NeedsEnd)
			}
			if s.Raw != (s.Name != "%packages") || s.Free != (s.Name == "%addon") {
				t.Errorf("%s: %s: raw %v, free %v", v, s.Name, s.Raw, s.Free)
			}
		}
	}
	var names []string
	for _, s := range Sections(RHEL6) {
		names = append(names, s.Name)
	}
	if want := []string{"%packages", "%post", "%pre", "%traceback"}; !slices.Equal(names, want) {
		t.Errorf("RHEL6 has %v", names)
	}
	if _, ok := LookupSection(RHEL6, "%end"); ok {
		t.Error("the end of a section is none itself")
	}
}

func TestArchitectures(t *testing.T) {
	for name, want := range map[string]bool{"i686": true, "x86_64": true, "noarch": true, "ppc64le": true, "6": false, "x86-64": false, "": false, "devel": false} {
		if IsArchitecture(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}
