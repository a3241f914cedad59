package kickplan

import (
	"path"
	"slices"
	"strings"

	"lbimage/imagebuild/check/conformance"
	"lbimage/imagebuild/recipe"
	"lbimage/kickstart"
	"lbimage/kickstart/script"
	"lbimage/overlay"
)

// command makes the edits of a command of the file that does not hold. What is not brought is told.
func (p *planner) command(st conformance.Statement) string {
	c := p.commandAt(st.Place)
	if c == nil {
		if st.Rule == "kickstart-package" {
			return p.packaged(st)
		}
		return "no edit brings it"
	}
	name := c.Spec.Name
	if name == "" {
		name = c.Name
	}
	if make := makers[name]; make != nil {
		return make(p, c, st)
	}
	return "no edit brings it"
}

// makers make the edits of a command, by its name in the grammar.
var makers = map[string]func(p *planner, c *kickstart.Command, st conformance.Statement) string{
	"services": (*planner).services, "rootpw": (*planner).rootpw, "user": (*planner).userCommand, "group": (*planner).groupCommand,
	"sshkey": (*planner).sshkey, "selinux": (*planner).selinux, "timezone": (*planner).timezone, "lang": (*planner).lang,
	"keyboard": (*planner).keyboard, "network": (*planner).network, "firewall": (*planner).firewall, "bootloader": (*planner).bootloader,
	"auth": authconfig, "authconfig": authconfig, "authselect": authconfig, "skipx": (*planner).skipx, "firstboot": (*planner).firstboot, "part": partition, "partition": partition, "logvol": partition,
}

func (p *planner) commandAt(place kickstart.Place) *kickstart.Command {
	if p.commands == nil {
		p.commands = map[kickstart.Place]*kickstart.Command{}
		for _, c := range p.file.Commands() {
			if p.commands[c.Place] == nil {
				p.commands[c.Place] = c
			}
		}
	}
	return p.commands[place]
}

// needsRPM is why a package is not brought.
const needsRPM = "an RPM is needed: name it under edits, `- rpm: {path: FILE.rpm}`"

func (p *planner) packaged(st conformance.Statement) string {
	if strings.HasPrefix(st.About, "group ") {
		return needsRPM
	}
	if strings.Contains(st.Want, "not") {
		return "no edit takes a package away: make the image anew, or allow the package in the file"
	}
	return needsRPM
}

func authconfig(*planner, *kickstart.Command, conformance.Statement) string {
	return "no edit does what authconfig does, which writes files of PAM, too: lay them over the image (overlay)"
}

func partition(*planner, *kickstart.Command, conformance.Statement) string {
	return "no edit cuts a disk or makes a file system: make the image anew"
}

// setting has a line NAME=VALUE in a file that a shell reads.
func (p *planner) setting(file, name, value string, st conformance.Statement) string {
	l := &recipe.Line{
		Path: file, Match: `^\s*(export\s+)?` + quoteName(name) + `=`, Set: name + "=" + shellWord(value), Missing: "append",
		Create: &recipe.Create{},
	}
	p.add(recipe.Edit{Line: l}, st, "")
	return ""
}

// shellWord is a value as a shell reads it.
func shellWord(s string) string {
	const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+:@%,-"
	if s != "" && strings.Trim(s, safe) == "" {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "`", "\\`").Replace(s) + `"`
}

func argument(c *kickstart.Command) string {
	if len(c.Args) == 0 {
		return ""
	}
	return c.Args[len(c.Args)-1].Value
}

func (p *planner) services(c *kickstart.Command, st conformance.Statement) string {
	name := strings.TrimPrefix(st.About, "service ")
	action := "disable"
	if slices.Contains(c.List("--enabled"), name) {
		action = "enable"
	}
	if st.Has == "no such service" {
		return "no package has brought the service"
	}
	if action == "disable" && strings.HasPrefix(st.Has, "on, by xinetd") || action == "enable" && strings.Contains(st.Has, "xinetd, which would start it") {
		if action == "enable" {
			p.add(recipe.Edit{Service: &recipe.Service{Name: "xinetd", Action: action}}, st, "")
			return ""
		}
	}
	p.add(recipe.Edit{Service: &recipe.Service{Name: name, Action: action}}, st, "")
	return ""
}

func (p *planner) rootpw(c *kickstart.Command, st conformance.Statement) string {
	return p.givenPassword("root", argument(c), c, st)
}

// givenPassword sets what rootpw and user say of a password.
func (p *planner) givenPassword(user, password string, c *kickstart.Command, st conformance.Statement) string {
	switch {
	case c.Has("--lock"):
		return p.lock(user, p.field("/etc/shadow", user, 1), st)
	case c.Has("--iscrypted"):
		return p.setPassword(user, password, st)
	}
	hash, err := p.hashed(user, password)
	if err != nil {
		return err.Error()
	}
	return p.setPassword(user, hash, st)
}

func (p *planner) userCommand(c *kickstart.Command, st conformance.Statement) string {
	name, _ := c.Value("--name")
	if st.About == "password of "+name {
		password, _ := c.Value("--password")
		if p.row("/etc/passwd", name) == "" {
			return p.later(st) // once the account is there
		}
		return p.givenPassword(name, password, c, st)
	}
	e := &script.Effect{Kind: script.User, User: name}
	e.Account.UID, _ = c.Value("--uid")
	e.Account.GID, _ = c.Value("--gid")
	e.Account.Home, _ = c.Value("--homedir")
	e.Account.Shell, _ = c.Value("--shell")
	e.Account.Comment, _ = c.Value("--gecos")
	for _, g := range c.List("--groups") {
		group, _, _ := strings.Cut(g, "(")
		e.Account.Groups = append(e.Account.Groups, strings.TrimSpace(group))
	}
	if rest, ok := strings.CutPrefix(st.About, "user "+name+" in group "); ok {
		if p.row("/etc/passwd", name) == "" {
			return p.later(st)
		}
		e.Account = script.Account{Modify: true, Groups: []string{rest}}
	}
	e.Account.CreateHome = true
	return p.user(e, st)
}

// later leaves a statement for the next round.
func (p *planner) later(conformance.Statement) string { return "" }

func (p *planner) groupCommand(c *kickstart.Command, st conformance.Statement) string {
	name, _ := c.Value("--name")
	e := &script.Effect{Kind: script.GroupOf, Group: name}
	e.Account.GID, _ = c.Value("--gid")
	return p.group(e, st)
}

func (p *planner) sshkey(c *kickstart.Command, st conformance.Statement) string {
	user, ok := c.Value("--username")
	if !ok {
		user = "root"
	}
	var words []string
	for _, w := range c.Args {
		words = append(words, w.Value)
	}
	if p.row("/etc/passwd", user) == "" {
		return "there is no user " + user
	}
	p.add(recipe.Edit{AuthorizedKeys: &recipe.AuthorizedKeys{User: user, Keys: []string{strings.Join(words, " ")}}}, st, "")
	return ""
}

func (p *planner) selinux(_ *kickstart.Command, st conformance.Statement) string {
	l := &recipe.Line{Path: "/etc/selinux/config", Match: `^\s*SELINUX=`, Set: "SELINUX=" + st.Want, Missing: "append", Create: &recipe.Create{}}
	p.add(recipe.Edit{Line: l}, st, "")
	return ""
}

func (p *planner) timezone(c *kickstart.Command, st conformance.Statement) string {
	name := strings.ReplaceAll(argument(c), " ", "_")
	switch st.About {
	case "time zone":
		target := "/usr/share/zoneinfo/" + name
		if path.Clean(target) != target || !p.exists(target) {
			return "the image has no " + target
		}
		p.add(recipe.Edit{Symlink: &recipe.Symlink{Path: "/etc/localtime", Target: ".." + target}}, st, "")
		return ""
	case "time zone after an update of tzdata":
		return p.setting("/etc/sysconfig/clock", "ZONE", name, st)
	case "clock of the machine":
		return p.hardwareClock(st)
	case "time service":
		return p.servicesOff(st, "chronyd", "ntpd", "systemd-timesyncd")
	}
	return "no edit brings it"
}

// hardwareClock sets how the clock of the machine is read.
func (p *planner) hardwareClock(st conformance.Statement) string {
	word, yes := "LOCAL", "false"
	if st.Want == "UTC" {
		word, yes = "UTC", "true"
	}
	if st.Path == "/etc/sysconfig/clock" {
		return p.setting(st.Path, "UTC", yes, st)
	}
	if st.Line == 0 {
		p.whole("/etc/adjtime", "0.0 0 0.0\n0\n"+word+"\n", st, "")
		return ""
	}
	l := &recipe.Line{Path: st.Path, Match: `^(UTC|LOCAL)\s*$`, Set: word, Missing: "append"}
	p.add(recipe.Edit{Line: l}, st, "")
	return ""
}

// servicesOff turns off those services that the image has.
func (p *planner) servicesOff(st conformance.Statement, names ...string) string {
	any := false
	for _, s := range p.subject.Survey.Services {
		bare := strings.TrimSuffix(s.Name, ".service")
		if slices.Contains(names, bare) && !s.Shadowed && (s.State == "on" || s.State == "enabled") {
			p.add(recipe.Edit{Service: &recipe.Service{Name: s.Name, Action: "disable"}}, st, "")
			any = true
		}
	}
	if !any {
		return "no service is found that could be turned off"
	}
	return ""
}

func (p *planner) lang(c *kickstart.Command, st conformance.Statement) string {
	if st.Path == "" {
		return "no edit brings it"
	}
	value := argument(c)
	if !strings.Contains(value, ".") {
		value += ".UTF-8"
	}
	return p.setting(st.Path, "LANG", value, st)
}

func (p *planner) keyboard(c *kickstart.Command, st conformance.Statement) string {
	if st.About != "keyboard" || st.Path == "" {
		return "no edit brings it"
	}
	value, ok := c.Value("--vckeymap")
	if !ok {
		value = argument(c)
	}
	name := "KEYTABLE"
	if path.Base(st.Path) == "vconsole.conf" {
		name = "KEYMAP"
	}
	return p.setting(st.Path, name, value, st)
}

// network sets the name of the machine, and what the file of a card says.
func (p *planner) network(c *kickstart.Command, st conformance.Statement) string {
	if st.About == "name of the machine" {
		name, _ := c.Value("--hostname")
		if path.Base(st.Path) == "hostname" {
			p.whole(st.Path, name+"\n", st, "")
			return ""
		}
		return p.setting(st.Path, "HOSTNAME", name, st)
	}
	if gateway, ok := c.Value("--gateway"); ok && strings.HasSuffix(st.About, ": gateway") && st.Path == "/etc/sysconfig/network" {
		return p.setting(st.Path, "GATEWAY", gateway, st)
	}
	if !strings.Contains(st.Path, "/ifcfg-") {
		return "no edit brings it"
	}
	if !p.exists(st.Path) {
		return p.card(c, st)
	}
	_, what, _ := strings.Cut(st.About, ": ")
	for _, s := range cardSettings {
		if value, ok := c.Value(s.option); ok && s.what == what {
			return p.setting(st.Path, s.key, value, st)
		}
	}
	return "no edit brings it"
}

// cardSettings are the names of settings in the file of a card.
var cardSettings = []struct{ what, option, key string }{
	{"name", "--device", "DEVICE"}, {"boot protocol", "--bootproto", "BOOTPROTO"}, {"at boot", "--onboot", "ONBOOT"}, {"address", "--ip", "IPADDR"},
	{"netmask", "--netmask", "NETMASK"}, {"gateway", "--gateway", "GATEWAY"}, {"MTU", "--mtu", "MTU"},
}

// card writes the file of a card.
func (p *planner) card(c *kickstart.Command, st conformance.Statement) string {
	var out strings.Builder
	for _, s := range cardSettings {
		if value, ok := c.Value(s.option); ok {
			out.WriteString(s.key + "=" + shellWord(value) + "\n")
		}
	}
	p.whole(st.Path, out.String(), st, "")
	return ""
}

func (p *planner) firewall(c *kickstart.Command, st conformance.Statement) string {
	if !c.Has("--disabled") && !c.Has("--disable") {
		return "no edit opens ports: write the firewall's own files with edits"
	}
	return p.servicesOff(st, "iptables", "ip6tables", "firewalld", "nftables")
}

// bootloader adds what the kernel lacks to its line in the menu of GRUB legacy.
func (p *planner) bootloader(c *kickstart.Command, st conformance.Statement) string {
	if base := path.Base(st.Path); st.About == "time-out of the boot loader" && (base == "grub.conf" || base == "menu.lst") {
		seconds, _ := c.Value("--timeout")
		p.add(recipe.Edit{Line: &recipe.Line{
			Path: st.Path, Match: `^\s*timeout[\s=]`, Set: "timeout=" + seconds, Missing: "append", Before: `^\s*title\s`,
		}}, st, "")
		return ""
	}
	if st.About != "what the kernel is told" || st.Line == 0 {
		return "no edit brings it: edit the boot loader's own configuration"
	}
	data, r, err := overlay.ReadFile(p.subject.Tree, st.Path, maxCopy)
	if err != nil {
		return err.Error()
	}
	lines := bareLines(string(data))
	if st.Line > len(lines) {
		return "its line is not found"
	}
	old := lines[st.Line-1]
	words := strings.Fields(old)
	if len(words) < 2 || words[0] != "kernel" && words[0] != "append" && words[0] != "options" || strings.HasSuffix(old, `\`) || r.Path() == "" {
		return "only lines 'kernel' of GRUB legacy and 'options' of entries are edited: edit the boot loader's own configuration"
	}
	args, _ := c.Value("--append")
	set := strings.TrimRight(old, " \t")
	for _, w := range strings.Fields(args) {
		if !slices.Contains(words, w) {
			set += " " + w
		}
	}
	p.add(recipe.Edit{Line: &recipe.Line{Path: st.Path, Match: exactly(old), Set: set, Missing: "skip"}}, st, "the kernel's line as it is in this base")
	return ""
}

func (p *planner) skipx(_ *kickstart.Command, st conformance.Statement) string {
	if path.Base(st.Path) == "inittab" {
		p.add(recipe.Edit{Line: &recipe.Line{Path: st.Path, Match: `^\s*id:[0-9]:initdefault:`, Set: "id:3:initdefault:"}}, st, "")
		return ""
	}
	p.add(recipe.Edit{Symlink: &recipe.Symlink{Path: "/etc/systemd/system/default.target", Target: "/usr/lib/systemd/system/multi-user.target"}}, st, "")
	return ""
}

func (p *planner) firstboot(_ *kickstart.Command, st conformance.Statement) string {
	if st.Want != "off" {
		return "no package has brought what asks"
	}
	return p.setting("/etc/sysconfig/firstboot", "RUN_FIRSTBOOT", "NO", st)
}
