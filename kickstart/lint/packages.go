package lint

import (
	"slices"
	"strings"

	"lbimage/haproxy-config/nearest"
	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
)

var (
	rulePackagesMissing = Rule{
		"ks-packages-missing", Warning,
		"without %packages the installer takes what it thinks best, or stops and asks",
		"say which packages are wanted: %packages, @core, %end",
	}
	ruleWantedAndExcluded = Rule{
		"ks-package-wanted-and-excluded", Warning,
		"the two lines contradict each other: whoever reads the one is wrong about the system",
		"keep the line that is meant",
	}
	ruleWantedTwice = Rule{
		"ks-package-twice", Info,
		"one of the two lines does nothing, and a later change of the other surprises",
		"remove one of the two",
	}
	ruleUnknownGroup = Rule{
		"ks-unknown-group", Warning,
		"the installer does not know the group, and stops to ask, or goes on without its packages",
		"correct the name",
	}
	ruleGroupOptions = Rule{
		"ks-group-contradicts-option", Warning,
		"an option of %packages leaves a group out that a line asks for",
		"remove the option or the line",
	}
	ruleOtherRelease = Rule{
		"ks-package-of-another-release", Warning,
		"the release does not have the package: the installer stops, or the system lacks what the package is wanted for",
		"write the package that this release has instead",
	}
	ruleUnknownArchitecture = Rule{
		"ks-unknown-architecture", Warning,
		"the installer takes the whole word for the name of a package, which there is not",
		"correct the architecture: name.x86_64",
	}
)

// groups are the identifiers of groups that some release of the distribution has.
var groups = strings.Fields(`
additional-devel admin-tools anaconda-tools authoring-and-publishing backup-client backup-server base basic-desktop cifs-file-server
client-mgmt-tools cluster-storage clustering compat-libraries console-internet container-management core debugging desktop
desktop-debugging desktop-platform desktop-platform-devel development development-libs development-tools dial-up dialup directory-client
directory-server dns-server eclipse editors emacs file-server fonts ftp-server games general-desktop gnome-apps gnome-desktop
gnome-software-development graphical-admin-tools graphics guest-agents guest-desktop-agents ha ha-management hardware-monitoring
headless-management identity-management-server infiniband input-methods internet-applications internet-browser java-development
java-platform kde-apps kde-desktop kde-software-development large-systems legacy-network-server legacy-software-development
legacy-software-support legacy-unix legacy-x load-balancer mail-server mainframe-access mariadb mariadb-client messaging-client
multimedia mysql mysql-client network-file-system-client network-server network-tools networkmanager-submodules news-server
nfs-file-server office office-suite performance perl-runtime perl-web php platform-devel platform-kvm postgresql postgresql-client
print-client print-server printing python-web remote-desktop-clients remote-system-management resilient-storage
rpm-development-tools ruby ruby-runtime scalable-file-systems scientific security-tools server-cfg server-platform
server-platform-devel server-policy smart-card smb-server snmp-support sound-and-video sql-server standard storage-client-fcoe
storage-client-iscsi storage-client-multipath storage-server system-admin-tools system-management system-management-messaging-client
system-management-snmp system-management-wbem system-tools technical-writing tex text-internet turbogears virtualization
virtualization-client virtualization-hypervisor virtualization-platform virtualization-tools web-server web-servlet
windows-file-server x-software-development x-window-system x11 xfce-desktop`)

// packages judges what %packages asks for.
func (c *checker) packages() {
	sections := c.f.Sections("%packages")
	if len(sections) == 0 && !c.partial && len(c.f.Commands("upgrade", "liveimg", "ostreesetup", "ostreecontainer", "rescue")) == 0 {
		c.add(rulePackagesMissing, c.whole(), "the file has no %%packages: which packages are installed is left to the installer")
	}
	type id struct {
		kind       kickstart.EntryKind
		name, arch string
	}
	first := map[id]kickstart.Entry{}
	excluded := map[id]bool{}
	for _, e := range c.entries {
		key := id{e.Kind, e.Name, e.Arch}
		was, there := first[key]
		switch {
		case !there:
			first[key] = e
			excluded[key] = e.Excluded
		case was.Excluded == e.Excluded:
			if !e.Excluded {
				c.add(ruleWantedTwice, e.Place, "%s is wanted already in line %d", entryName(e), was.Place.Line)
			}
		default:
			counts := "the later line counts"
			if c.v <= grammar.RHEL5 {
				counts = "the package is left out"
			}
			if e.Excluded {
				c.add(ruleWantedAndExcluded, e.Place, "%s is excluded here and wanted in line %d: %s", entryName(e), was.Place.Line, counts)
			} else {
				c.add(ruleWantedAndExcluded, e.Place, "%s is wanted here and excluded in line %d: %s", entryName(e), was.Place.Line, counts)
			}
			first[key] = e
		}
		c.entry(e)
	}
	for _, s := range sections {
		c.groupOptions(s)
	}
}

// entry judges a line by itself.
func (c *checker) entry(e kickstart.Entry) {
	switch e.Kind {
	case kickstart.Group:
		if word := misspeltGroup(e.Name); word != "" {
			c.add(ruleUnknownGroup, e.Place, "there is no group @%s", e.Name)
			c.hint("did you mean @%s?", word)
		}
	case kickstart.Package:
		if e.Excluded {
			return // what there is not is left out as well
		}
		if word := otherNames[e.Arch]; word != "" {
			c.add(ruleUnknownArchitecture, e.Place, "packages of the distribution are not for %s", e.Arch)
			c.hint("write %s.%s", e.Name, word)
		}
		if dot := strings.LastIndexByte(e.Name, '.'); dot > 0 && e.Arch == "" {
			if word := misspeltArchitecture(e.Name[dot+1:]); word != "" {
				c.add(ruleUnknownArchitecture, e.Place, "%q is no architecture", e.Name[dot+1:])
				c.hint("did you mean %s.%s?", e.Name[:dot], word)
			}
		}
		for _, m := range movedPackages {
			if m.name == e.Name && (c.v < m.from || c.v > m.to) {
				c.add(ruleOtherRelease, e.Place, "%s has no package %s, %s", c.v, e.Name, span(m.from, m.to))
				if m.instead != "" && c.v > m.to {
					c.hint("write %s", m.instead)
				}
			}
		}
	}
}

// span tells which releases have something.
func span(from, to grammar.Version) string {
	switch all := grammar.Versions(); {
	case from == to:
		return "which only " + from.String() + " has"
	case from <= all[0]:
		return "which there is up to " + to.String()
	case to >= all[len(all)-1]:
		return "which there is from " + from.String() + " on"
	}
	return "which there is from " + from.String() + " to " + to.String()
}

// entryName is a line of %packages without its sign.
func entryName(e kickstart.Entry) string {
	name := e.Name
	switch e.Kind {
	case kickstart.Group:
		name = "@" + name
	case kickstart.Environment:
		name = "@^" + name
	case kickstart.Stream:
		name = "@" + name
	}
	if e.Arch != "" {
		name += "." + e.Arch
	}
	return name
}

// misspeltGroup is the group that a name was meant to be: groups of other repositories are none of ours, so only what is
// all but one that is known counts. Names with capitals or blanks are names for people, which are translated.
func misspeltGroup(name string) string {
	if strings.ToLower(name) != name || strings.ContainsAny(name, " *?") || len(name) < 4 || slices.Contains(groups, name) {
		return ""
	}
	return near(name, groups, 1)
}

// near is the first of the words from which a name differs the least, and by no more than most letters.
func near(name string, words []string, most int) string {
	best := ""
	for _, w := range words {
		if d := len(w) - len(name); d > most || -d > most {
			continue
		}
		if d := nearest.Distance(name, w); d <= most {
			best, most = w, d-1
		}
	}
	return best
}

// otherNames are architectures as others call them.
var otherNames = map[string]string{"amd64": "x86_64", "x86-64": "x86_64", "x64": "x86_64", "x86": "i686", "arm64": "aarch64", "all": "noarch", "ppc64el": "ppc64le"}

// misspeltArchitecture is the architecture that the end of a name was meant to be.
func misspeltArchitecture(end string) string {
	if word := otherNames[end]; word != "" {
		return word
	}
	if len(end) < 4 || !strings.ContainsAny(end, "0123456789_") {
		return ""
	}
	return near(end, grammar.Architectures(), 1)
}

// groupOptions holds the options of %packages against its groups.
func (c *checker) groupOptions(s *kickstart.Section) {
	for option, group := range map[string]string{"--nobase": "base", "--nocore": "core"} {
		if !s.Has(option) {
			continue
		}
		for _, e := range s.Entries {
			if e.Kind == kickstart.Group && !e.Excluded && strings.EqualFold(e.Name, group) {
				c.add(ruleGroupOptions, e.Place, "%%packages has %s, and here is @%s", option, e.Name)
			}
		}
	}
}

// movedPackage is a package that not every release has.
type movedPackage struct {
	name     string
	from, to grammar.Version
	instead  string // in later releases
}

// movedPackages are packages of the distribution itself that load balancers or their like ask for. A name that another
// package of a later release provides is not here, for it can be had there; nor are those of EPEL, which come and go.
var movedPackages = []movedPackage{
	{"authselect", grammar.RHEL8, grammar.RHEL9, ""},
	{"chrony", grammar.RHEL6, grammar.RHEL9, ""},
	{"dracut", grammar.RHEL6, grammar.RHEL9, ""},
	{"firewalld", grammar.RHEL7, grammar.RHEL9, ""},
	{"grub", grammar.RHEL5, grammar.RHEL6, "grub2"},
	{"grub2", grammar.RHEL7, grammar.RHEL9, ""},
	{"hal", grammar.RHEL5, grammar.RHEL6, ""},
	{"iptables-services", grammar.RHEL7, grammar.RHEL9, ""},
	{"kernel-core", grammar.RHEL8, grammar.RHEL9, ""},
	{"linux-firmware", grammar.RHEL7, grammar.RHEL9, ""},
	{"network-scripts", grammar.RHEL8, grammar.RHEL8, "NetworkManager"},
	{"ntp", grammar.RHEL5, grammar.RHEL7, "chrony"},
	{"ntpdate", grammar.RHEL6, grammar.RHEL7, "chrony"},
	{"python2", grammar.RHEL5, grammar.RHEL8, "python3"},
	{"systemd", grammar.RHEL7, grammar.RHEL9, ""},
}
