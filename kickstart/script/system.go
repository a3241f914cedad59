package script

import (
	"regexp"
	"slices"
	"strings"
)

// service lists a change of what is started.
func (c *call) service(name, action, levels string) {
	c.account(Effect{Kind: Service, Service: ServiceChange{Name: name, Action: action, Levels: levels}})
}

func (c *call) chkconfig() {
	o, ok := c.options(spec{"", map[string]string{"level=": "l", "levels=": "l", "add": "a", "del": "d", "list": "L", "override": "o"}}, services)
	if !ok {
		return
	}
	levels := o.value("l")
	switch {
	case o.has("L"):
		c.status = unsure
		c.open.unknown("what chkconfig prints is not known")
	case o.has("o") || strings.Trim(levels, "0123456") != "":
		c.fail("this form of chkconfig is not read", services)
	case o.has("a") != o.has("d") && len(o.rest) == 1 && !o.has("l"):
		if o.has("a") {
			c.service(o.rest[0], "add", "")
		} else {
			c.service(o.rest[0], "del", "")
		}
	case len(o.rest) == 1 && !o.has("a") && !o.has("d"):
		c.status = unsure // a question
	case len(o.rest) != 2 || o.has("a") || o.has("d"):
		c.fail("this form of chkconfig is not read", services)
	default:
		switch o.rest[1] {
		case "on":
			c.service(o.rest[0], "enable", levels)
		case "off":
			c.service(o.rest[0], "disable", levels)
		case "reset", "resetpriorities":
			c.service(o.rest[0], "reset", levels)
		default:
			c.fail("this form of chkconfig is not read", services)
		}
	}
}

func (c *call) systemctl() {
	o := spec{"qfal", map[string]string{"now": "n", "quiet": "q", "force": "f", "no-reload": "r", "no-block": "b", "no-ask-password": "p", "system": "s"}}.parse(c.args)
	units := []string{"/etc/systemd/system"}
	if o.bad != "" || len(o.rest) == 0 {
		c.fail("this form of systemctl is not read", append([]string{"/etc/systemd"}, services...))
		return
	}
	verb, names := o.rest[0], o.rest[1:]
	switch verb {
	case "enable", "disable", "mask", "unmask", "preset":
		if len(names) == 0 || slices.ContainsFunc(names, func(n string) bool { return strings.ContainsAny(n, "*?[/") }) {
			c.fail("only names of units are read", units)
			return
		}
		for _, n := range names {
			c.service(n, verb, "")
		}
	case "set-default":
		if len(names) != 1 {
			c.fail("this form of systemctl is not read", units)
			return
		}
		target := names[0]
		if !strings.Contains(target, ".") {
			target += ".target"
		}
		c.account(Effect{Kind: Symlink, Path: "/etc/systemd/system/default.target", Target: "/usr/lib/systemd/system/" + target, Force: true})
	case "start", "stop", "restart", "reload", "try-restart", "condrestart", "daemon-reload", "daemon-reexec", "status", "is-active", "is-enabled",
		"is-failed", "show", "cat", "list-units", "list-unit-files", "get-default", "kill", "reset-failed", "reload-or-restart", "isolate":
		c.run.harmless(c.node, "it concerns what runs, not what is in the image")
	default:
		c.fail("systemctl "+verb+" is not read", append([]string{"/etc/systemd"}, services...))
	}
}

func (c *call) updateRC() {
	args := slices.DeleteFunc(slices.Clone(c.args), func(a string) bool { return a == "-f" })
	action := map[string]string{"remove": "del", "defaults": "add", "enable": "enable", "disable": "disable", "no": "disable"}
	if len(args) != 2 || action[args[1]] == "" {
		c.fail("this form of update-rc.d is not read", append([]string{"/etc"}, services...))
		return
	}
	c.service(args[0], action[args[1]], "")
}

// packageName is a name that is no file, address, group or pattern.
var packageName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._+-]*$`)

const scriptlets = "what the packages' own files and scripts change is not read"

// packages lists that packages are to be there, or not, and that more may have changed by it.
func (c *call) packages(names []string, excluded bool) {
	for _, n := range names {
		if !packageName.MatchString(n) || strings.HasSuffix(n, ".rpm") {
			c.fail("only plain names of packages are read, not "+n, nil)
			return
		}
	}
	c.fail(scriptlets, nil)
	c.status = presumed
	c.account(Effect{Kind: Package, Names: names, Excluded: excluded})
}

func (c *call) yum() {
	s := spec{"yqtCvd:e:R:c:x:", map[string]string{"assumeyes": "y", "quiet": "q", "tolerant": "t", "cacheonly": "C", "nogpgcheck": "G", "enablerepo=": "E",
		"disablerepo=": "D", "nodocs": "N", "setopt=": "S", "releasever=": "V", "best": "b", "allowerasing": "A", "skip-broken": "B", "exclude=": "x", "noplugins": "P",
		"disableplugin=": "p", "obsoletes": "o", "verbose": "v"}}
	o := s.parse(c.args)
	c.open.unknown("what " + c.name + " prints is not known")
	if o.bad != "" || len(o.rest) == 0 {
		c.fail("this form of "+c.name+" is not read", nil)
		return
	}
	names := o.rest[1:]
	if c.nochroot {
		c.fail("it works outside of the image, unless it is told otherwise", nil)
		return
	}
	switch verb := o.rest[0]; verb {
	case "install", "erase", "remove":
		if len(names) == 0 || !o.has("y") || o.has("x") || o.has("B") || o.has("t") {
			c.fail("whether it does so is not known", nil)
			return
		}
		c.packages(names, verb != "install")
	case "clean", "makecache":
		c.fail("it is about the cache alone", []string{"/var/cache/" + c.name, "/var/lib/" + c.name, "/var/lib/yum"})
	case "list", "info", "search", "repolist", "check-update", "provides", "whatprovides", "grouplist", "deplist":
		c.fail("it may fill the cache", []string{"/var/cache/" + c.name, "/var/lib/" + c.name, "/var/lib/yum"})
	default:
		c.fail(c.name+" "+verb+" is not read", nil)
	}
}

func (c *call) rpm() {
	c.open.unknown("what rpm prints is not known")
	o := spec{"eqvhaflpicdRU F V", map[string]string{"erase": "e", "nodeps": "n", "import": "I", "query": "q", "quiet": "Q", "queryformat=": "T", "qf=": "T",
		"allmatches": "m", "noscripts": "N", "test": "t", "whatprovides": "w", "last": "a", "force": "F", "verbose": "v", "verify": "V", "rebuilddb": "B", "initdb": "B"}}.parse(c.args)
	switch {
	case o.bad != "" || c.nochroot:
		c.fail("this form of rpm is not read", nil)
	case o.has("q") && !o.has("e") || o.has("V"):
		c.run.harmless(c.node, "it asks what is there")
	case o.has("I") || o.has("B"):
		c.fail("it is about the database of packages alone", []string{"/var/lib/rpm", "/usr/lib/sysimage/rpm"})
	case o.has("e") && len(o.rest) > 0 && !o.has("U") && !o.has("i") && !o.has("F") && !o.has("t"):
		c.packages(o.rest, true)
	default:
		c.fail("this form of rpm is not read", nil)
	}
}
