package script

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// passing is a command of which nothing stays in the image, or only what is told.
type passing struct {
	why   string
	paths []string // what it may change for all that; nil: nothing
	// guard gives a reason why words take the command out of this table.
	guard func(args []string) string
	sure  bool // it always succeeds
}

const (
	prints = "it only prints"
	runs   = "it concerns what runs, not what is in the image"
	kernel = "it concerns the running kernel"
	asks   = "it asks what is there"
)

// without refuses options that make a command write.
func without(options ...string) func([]string) string {
	return func(args []string) string {
		for _, a := range args {
			for _, o := range options {
				if a == o || strings.HasPrefix(o, "--") && strings.HasPrefix(a, o+"=") || len(o) == 2 && o[0] == '-' && len(a) > 1 && a[0] == '-' && a[1] != '-' && strings.Contains(a, o[1:]) {
					return "with " + o + " it may write"
				}
			}
		}
		return ""
	}
}

func only(words ...string) func([]string) string {
	return func(args []string) string {
		for _, a := range args {
			for _, w := range words {
				if a == w {
					return ""
				}
			}
		}
		return "this form is not read"
	}
}

// notKnown stands for a word that is not known.
const notKnown = "\x00"

// streams allows options alone, these: then a program works on what it reads.
func streams(options ...string) func([]string) string {
	return func(args []string) string {
		for _, a := range args {
			if !slices.Contains(options, a) {
				return "it may change files"
			}
		}
		return ""
	}
}

// first allows some first words.
func first(words ...string) func([]string) string {
	return func(args []string) string {
		if len(args) > 0 && slices.Contains(words, args[0]) {
			return ""
		}
		return "this form is not read"
	}
}

// awkPrints refuses programs of awk that could write files or run others: nothing in them may look like it.
func awkPrints(args []string) string {
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "-F" || a == "-v":
			i++
		case strings.HasPrefix(a, "-F") || strings.HasPrefix(a, "-v"):
		case strings.HasPrefix(a, "-"):
			return "with " + a + " it is not read"
		default:
			for _, bad := range []string{notKnown, "|", "system", "getline", "@", "print >", "close"} {
				if strings.Contains(a, bad) {
					return "its program may run others"
				}
			}
			if writesByAwk(a) {
				return "its program may write files"
			}
			return ""
		}
	}
	return "it has no program"
}

// writesByAwk says whether > stands behind a print, where it would write: before it, and in a condition, it compares.
func writesByAwk(program string) bool {
	at := strings.Index(program, "print")
	return at >= 0 && strings.Contains(program[at:], ">")
}

// harmless are the commands of which nothing stays, by their names.
var harmless = map[string]passing{
	"sleep": {why: "it waits", sure: true}, "sync": {why: "it waits", sure: true}, "logger": {why: prints}, "clear": {why: prints},
	"date": {why: prints, guard: without("-s", "--set")}, "ls": {why: asks}, "stat": {why: asks}, "test": {why: asks},
	"grep": {why: asks}, "egrep": {why: asks}, "fgrep": {why: asks}, "head": {why: prints}, "tail": {why: prints}, "cut": {why: prints},
	"tr": {why: prints}, "wc": {why: prints}, "sort": {why: prints, guard: without("-o", "--output", "--compress-program", "-T")}, "uname": {why: asks},
	"seq": {why: prints}, "basename": {why: prints}, "dirname": {why: prints}, "readlink": {why: asks}, "realpath": {why: asks}, "which": {why: asks},
	"id": {why: asks}, "whoami": {why: asks}, "getent": {why: asks}, "df": {why: asks}, "du": {why: asks}, "free": {why: asks}, "ps": {why: asks},
	"env": {why: prints}, "md5sum": {why: prints}, "sha1sum": {why: prints}, "sha256sum": {why: prints}, "cmp": {why: asks}, "diff": {why: asks, guard: without("-o", "--output")},
	"openssl": {why: prints, guard: only("rand", "passwd", "version")}, "chvt": {why: runs}, "dmesg": {why: kernel}, "kill": {why: runs}, "pkill": {why: runs},
	"killall": {why: runs}, "hostid": {why: asks}, "arch": {why: asks}, "nproc": {why: asks}, "lspci": {why: asks}, "lsblk": {why: asks}, "blkid": {why: asks, guard: without("-c", "-w")},
	"virt-what": {why: asks}, "file": {why: asks, guard: without("-C", "--compile")},
	"gzip": {why: prints, guard: streams("-c", "-d", "-cd", "-dc", "--stdout", "--decompress")}, "gunzip": {why: prints, guard: streams("-c", "--stdout")}, "zcat": {why: prints},
	"init": {why: runs, guard: only("q", "Q", "u", "U")}, "cryptsetup": {why: asks, guard: first("luksDump", "isLuks", "luksUUID", "status")},
	"awk": {why: prints, guard: awkPrints}, "gawk": {why: prints, guard: awkPrints}, "runlevel": {why: asks}, "getenforce": {why: asks}, "setenforce": {why: kernel}, "modprobe": {why: kernel}, "insmod": {why: kernel}, "rmmod": {why: kernel},
	"sysctl": {why: kernel}, "swapon": {why: kernel}, "swapoff": {why: kernel}, "udevadm": {why: runs}, "partprobe": {why: kernel},
	"ifconfig": {why: kernel}, "ip": {why: kernel}, "route": {why: kernel}, "ethtool": {why: kernel}, "ping": {why: prints}, "ifup": {why: runs}, "ifdown": {why: runs},
	"iptables": {why: kernel}, "ip6tables": {why: kernel}, "telinit": {why: runs}, "hostname": {why: kernel, guard: without("-F")},
	"rpmquery": {why: asks}, "ntpdate": {why: "it sets the clock"}, "umount": {why: "what is mounted does not stay"},
	"initctl": {why: runs}, "start": {why: runs}, "stop": {why: runs}, "plymouth": {why: runs}, "usleep": {why: "it waits", sure: true},

	// These change what they are known to change alone.
	"ldconfig":             {why: "it makes the cache of libraries", paths: []string{"/etc/ld.so.cache", "/var/cache/ldconfig"}, guard: without("-r", "-l", "-C")},
	"depmod":               {why: "it makes the lists of modules", paths: []string{"/lib/modules", "/usr/lib/modules"}, guard: without("-b", "-o")},
	"restorecon":           {why: "it changes labels alone"},
	"fixfiles":             {why: "it changes labels alone", paths: []string{"/.autorelabel"}},
	"chcon":                {why: "it changes labels alone"},
	"setfiles":             {why: "it changes labels alone"},
	"hwclock":              {why: "it sets the clock", paths: []string{"/etc/adjtime"}},
	"mandb":                {why: "it makes an index", paths: []string{"/var/cache/man"}},
	"updatedb":             {why: "it makes an index", paths: []string{"/var/lib/mlocate"}},
	"newaliases":           {why: "it makes an index", paths: []string{"/etc/aliases.db"}},
	"authconfig":           {why: "what it sets is not read", paths: []string{"/etc/pam.d", "/etc/sysconfig/authconfig", "/etc/nsswitch.conf", "/etc/libuser.conf", "/etc/login.defs", "/etc/krb5.conf", "/etc/openldap", "/etc/sssd", "/etc/samba", "/etc/yp.conf", "/etc/ldap.conf", "/etc/pam_ldap.conf", "/etc/nslcd.conf", "/etc/security", "/etc/passwd", "/etc/shadow", "/var/lib/authconfig", "/etc/rc.d", "/etc/hesiod.conf", "/etc/pam_smb.conf", "/etc/group", "/etc/gshadow", "/etc/systemd/system"}},
	"authselect":           {why: "what it sets is not read", paths: []string{"/etc/pam.d", "/etc/nsswitch.conf", "/etc/authselect", "/var/lib/authselect", "/etc/dconf", "/etc/systemd/system"}},
	"pwconv":               {why: "it moves passwords", paths: accounts},
	"grpconv":              {why: "it moves passwords", paths: accounts},
	"chage":                {why: "when passwords end is not read", paths: []string{"/etc/shadow"}},
	"chsh":                 {why: "it is not read", paths: []string{"/etc/passwd"}},
	"chfn":                 {why: "it is not read", paths: []string{"/etc/passwd"}},
	"vigr":                 {why: "it is not read", paths: accounts},
	"setsebool":            {why: "it changes SELinux's policy", paths: []string{"/etc/selinux", "/var/lib/selinux"}},
	"semanage":             {why: "it changes SELinux's policy", paths: []string{"/etc/selinux", "/var/lib/selinux"}},
	"semodule":             {why: "it changes SELinux's policy", paths: []string{"/etc/selinux", "/var/lib/selinux", "/usr/share/selinux"}},
	"localectl":            {why: "it is not read", paths: []string{"/etc/locale.conf", "/etc/vconsole.conf", "/etc/X11/xorg.conf.d"}},
	"timedatectl":          {why: "it is not read", paths: []string{"/etc/localtime", "/etc/adjtime", "/etc/systemd/system"}},
	"hostnamectl":          {why: "it is not read", paths: []string{"/etc/hostname", "/etc/machine-info"}},
	"lokkit":               {why: "it is not read", paths: []string{"/etc/sysconfig", "/etc/selinux", "/etc/rc.d"}},
	"ssh-keygen":           {why: "keys differ each time", paths: nil, guard: only("-l", "-lf")},
	"grub-set-default":     {why: "it is not read", paths: []string{"/boot"}},
	"grub2-set-default":    {why: "it is not read", paths: []string{"/boot"}},
	"grubby":               {why: "it is not read", paths: []string{"/boot", "/etc/default/grub", "/etc/zipl.conf", "/etc/lilo.conf", "/etc/elilo.conf"}},
	"dracut":               {why: "it makes an initial ramdisk", paths: []string{"/boot", "/var/tmp", "/tmp"}},
	"mkinitrd":             {why: "it makes an initial ramdisk", paths: []string{"/boot", "/var/tmp", "/tmp"}},
	"dhclient":             {why: "what it asks for is not known", paths: []string{"/etc/resolv.conf", "/etc/ntp.conf", "/etc/ntp", "/etc/yp.conf", "/var/lib/dhclient", "/var/lib/dhcp", "/var/lib/ntp"}, guard: without("-cf", "-lf", "-pf", "-sf")},
	"tuned-adm":            {why: "what it sets is not read", paths: []string{"/etc/rc.d", "/etc/ktune.d", "/etc/tuned", "/etc/tune-profiles", "/etc/sysconfig", "/etc/sysctl.d", "/boot", "/var/lib/tuned"}},
	"subscription-manager": {why: "what it sets is not read", paths: []string{"/etc/pki", "/etc/rhsm", "/etc/yum.repos.d", "/etc/yum/pluginconf.d", "/etc/dnf", "/etc/insights-client", "/var/lib/rhsm", "/var/lib/yum", "/var/lib/dnf", "/var/cache", "/var/log"}},
	"yum-config-manager":   {why: "what it sets is not read", paths: []string{"/etc/yum.repos.d", "/etc/yum.conf", "/etc/yum", "/etc/dnf", "/var/cache", "/var/log", "/var/lib/yum", "/var/lib/dnf"}},
	"mkfs":                 {why: "it makes a file system elsewhere"},
	"tune2fs":              {why: "it changes the file system, not files"},
	"e2label":              {why: "it changes the file system, not files"},
	"locale-gen":           {why: "it makes locales", paths: []string{"/usr/lib/locale"}},
	"localedef":            {why: "it makes locales", paths: []string{"/usr/lib/locale"}},
	"build-locale-archive": {why: "it makes locales", paths: []string{"/usr/lib/locale"}},
}

// passing lists a command of the table.
func (r *run) passing(s *syntax.Stmt, name string, h passing, args []field) {
	var words []string
	for _, a := range args {
		if a.why != "" && !a.glob {
			a.text = notKnown
		}
		words = append(words, a.text)
	}
	if h.guard != nil {
		if why := h.guard(words); why != "" {
			r.unread(s, why, nil)
			return
		}
	}
	if h.paths != nil {
		r.unread(s, h.why, h.paths)
		return
	}
	r.harmless(s, h.why)
	if h.sure {
		r.status = good
	}
}

// fetch is curl and wget: they write the file that they are told.
func (c *call) fetch() {
	file, known := "", true
	bare := 0
	for i := 0; i < len(c.args); i++ {
		a := c.args[i]
		out := c.name == "curl" && (a == "-o" || a == "--output") || c.name == "wget" && (a == "-O" || a == "--output-document")
		switch {
		case out && i+1 < len(c.args):
			i++
			file = c.args[i]
			bare++
		case strings.HasPrefix(a, "--output-document="), strings.HasPrefix(a, "--output="):
			_, file, _ = strings.Cut(a, "=")
			bare++
		case fetchFlags[c.name][a]:
		case fetchValues[c.name][a] && i+1 < len(c.args):
			i++
		case strings.HasPrefix(a, "-"):
			known = false
		}
	}
	why := "what it fetches is not known"
	switch {
	case !known || bare > 1 || bare == 0 && c.name == "wget":
		c.fail(why, nil)
	case bare == 0 || file == "-":
		c.run.harmless(c.node, "it only prints what it fetches")
	default:
		p, bad := c.abs(file)
		if bad != "" {
			c.fail(bad, nil)
			return
		}
		c.fail(why, []string{p})
	}
}

func setOf(words ...string) map[string]bool {
	out := map[string]bool{}
	for _, w := range words {
		out[w] = true
	}
	return out
}

var fetchFlags = map[string]map[string]bool{
	"curl": setOf("-s", "-S", "-f", "-L", "-k", "-g", "-4", "-6", "-sS", "-fsSL", "-sL", "-sf", "-fs", "-Ls", "-sSL", "-sSf", "-fL", "-Lf", "-v", "-i", "-I", "--silent", "--show-error", "--fail", "--location", "--insecure", "--compressed"),
	"wget": setOf("-q", "-nv", "-v", "-4", "-6", "--quiet", "--no-check-certificate", "--no-verbose"),
}

var fetchValues = map[string]map[string]bool{
	"curl": setOf("-m", "-u", "-H", "-A", "-e", "-x", "--retry", "--retry-delay", "--max-time", "--connect-timeout", "--user", "--header", "--user-agent"),
	"wget": setOf("-T", "-t", "--timeout", "--tries", "--user", "--password", "--header"),
}

// mount takes what is below its folder out of the image, as far as later commands are concerned.
func (c *call) mount() {
	at := ""
	for _, a := range c.args {
		if path.IsAbs(a) {
			at = path.Clean(a)
		}
	}
	if p, ok := c.inImage(at); at != "" && ok {
		c.mounted = append(c.mounted, p)
	}
	c.run.harmless(c.node, "what is mounted does not stay")
}

// daemon is service and /etc/init.d scripts.
func (c *call) daemon() {
	if len(c.args) == 2 || len(c.args) == 1 && strings.HasPrefix(c.args[0], "--status") {
		verb := c.args[len(c.args)-1]
		switch verb {
		case "start", "stop", "restart", "reload", "status", "condrestart", "try-restart", "force-reload", "--status-all":
			c.run.harmless(c.node, runs)
			return
		}
	}
	c.fail("what the service's own script does is not read", nil)
}
