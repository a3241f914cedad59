package lint

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"lbimage/kickstart"
)

var (
	ruleFailsInChroot = Rule{
		"ks-not-in-chroot", Info,
		"%post runs in the new system while the installer's kernel and services run: what is started, asked or set there is not that of the new system, and it fails or is gone at the next boot",
		"let the new system do it when it boots: enable a service, write a file below /etc",
	}
	ruleEndsInstallation = Rule{
		"ks-reboots-in-script", Warning,
		"the machine goes down before the installer has written all, and the system is not whole",
		"write the command reboot or poweroff outside the script",
	}
	ruleHostKeys = Rule{
		"ks-host-keys", Warning,
		"keys that are made with the image are the same on every machine of it, and who has one image can pretend to be all of them",
		"leave the keys out; they are made at the first boot",
	}
)

// startActions are what a service is told to do now, not at the next boot.
var startActions = []string{"start", "stop", "restart", "reload", "condrestart", "try-restart", "reload-or-restart", "force-reload"}

// needsRunning are programs that speak with services of the new system.
var needsRunning = []string{"firewall-cmd", "hostnamectl", "timedatectl", "localectl", "loginctl", "nmcli", "initctl", "setenforce", "busctl", "virsh", "docker"}

// commands tells of commands that cannot do in %post what they do elsewhere.
func (c *checker) commands() {
	for _, s := range c.scripts {
		s.walk(func(n syntax.Node) bool {
			call, ok := n.(*syntax.CallExpr)
			if !ok {
				return true
			}
			if w, ok := words(call); ok {
				c.hostKeys(s, call, w)
				if s.chroot {
					c.running(s, call, w)
				}
			}
			return true
		})
	}
}

// running tells of a command that needs the new system to run.
func (c *checker) running(s *shellScript, call *syntax.CallExpr, w []string) {
	at, name := s.place(call.Pos()), path.Base(w[0])
	has := func(words ...string) bool {
		return slices.ContainsFunc(w[1:], func(arg string) bool { return slices.Contains(words, arg) })
	}
	action := ""
	switch {
	case name == "service" && len(w) > 2:
		action = w[2]
	case strings.HasPrefix(w[0], "/etc/init.d/") || strings.HasPrefix(w[0], "/etc/rc.d/init.d/"):
		if len(w) > 1 {
			action = w[1]
		}
	case name == "systemctl":
		for _, arg := range w[1:] {
			if slices.Contains(startActions, arg) || arg == "daemon-reload" {
				action = arg
				break
			}
		}
		if slices.Contains(w, "--now") {
			action = "--now"
		}
	}
	switch {
	case action == "--now":
		c.add(ruleFailsInChroot, at, "systemctl --now starts or stops nothing in the new system, which does not run yet")
	case slices.Contains(startActions, action):
		c.add(ruleFailsInChroot, at, "%s %s is for a system that runs, and the new one does not yet", name, action)
		if action == "start" || action == "restart" {
			c.hint("enable the service, so that it starts at boot")
		}
	case name == "sysctl" && len(w) > 1 && !has("-a", "-n", "--version", "-N"):
		c.add(ruleFailsInChroot, at, "sysctl sets the installer's kernel, not that of the new system")
		c.hint("write the setting to /etc/sysctl.conf, from which it is set at boot")
	case name == "hostname" && len(w) > 1 && !strings.HasPrefix(w[1], "-") && w[1] != "":
		c.add(ruleFailsInChroot, at, "hostname names the installer, not the new system")
		c.hint("write network --hostname=%s", w[1])
	case slices.Contains(needsRunning, name) && !has("--version", "--help"):
		c.add(ruleFailsInChroot, at, "%s speaks with what does not run in %%post", name)
		if name == "firewall-cmd" {
			c.hint("write firewall-offline-cmd, or the command firewall")
		}
		if name == "setenforce" {
			c.hint("write the command selinux")
		}
	case slices.Contains([]string{"reboot", "poweroff", "halt", "shutdown"}, name),
		(name == "init" || name == "telinit") && len(w) > 1 && (w[1] == "0" || w[1] == "6"):
		c.add(ruleEndsInstallation, at, "%s in a script", name)
	}
}

// hostKeys tells of keys of the SSH server that are made with the image.
func (c *checker) hostKeys(s *shellScript, call *syntax.CallExpr, w []string) {
	if !s.chroot {
		return
	}
	at := s.place(call.Pos())
	switch path.Base(w[0]) {
	case "ssh-keygen":
		all := slices.Contains(w, "-A")
		for _, arg := range w {
			all = all || strings.Contains(arg, "/etc/ssh/ssh_host_")
		}
		if all && !slices.Contains(w, "-l") && !slices.Contains(w, "-R") && !slices.Contains(w, "-y") {
			c.add(ruleHostKeys, at, "the script makes keys for the SSH server")
		}
	case "sshd-keygen":
		c.add(ruleHostKeys, at, "the script makes keys for the SSH server")
	case "service":
		if len(w) > 2 && w[1] == "sshd" && (w[2] == "start" || w[2] == "restart") {
			c.add(ruleHostKeys, at, "starting sshd makes its keys")
		}
	}
}

// secrets tells of keys in scripts.
func (c *checker) secrets() {
	for _, sec := range c.f.Sections("") {
		n := 0
		for line := range strings.Lines(sec.Body) {
			at := sec.LinePlace(n)
			n++
			if at2 := privateKey.FindStringIndex(line); at2 != nil {
				at.Column = at2[0] + 1
				c.add(ruleSecret, at, "a private key")
			}
			if m := cloudSecret.FindStringSubmatchIndex(line); m != nil {
				at.Column = m[0] + 1
				c.add(ruleSecret, at, "a secret key of a cloud")
			}
			for _, m := range urlPassword.FindAllStringSubmatchIndex(line, 3) {
				at.Column = m[0] + 1
				c.add(ruleCredentials, at, "an address holds the password of %s", line[m[2]:m[3]])
			}
		}
	}
	for _, cmd := range c.f.Commands() {
		if i := strings.Index(cmd.Raw, "PRIVATE KEY-----"); i >= 0 && privateKey.MatchString(cmd.Raw) {
			c.add(ruleSecret, cmd.Place, "a private key")
		}
	}
}

// twice tells of what a command sets and a script sets again.
func (c *checker) twice() {
	setters := make([]*kickstart.Command, len(overlaps))
	for i, o := range overlaps {
		if cmd := c.last(o.commands...); cmd != nil && (o.option == "" || cmd.Has(o.option)) {
			setters[i] = cmd
		}
	}
	for _, e := range c.read.Effects {
		for i, o := range overlaps {
			if cmd := setters[i]; cmd != nil && o.holds(e) {
				c.add(ruleTwice, e.Place, "the script sets what %s sets in line %d", cmd.Name, cmd.Place.Line)
				break
			}
		}
	}
}
