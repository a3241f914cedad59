package lint

import (
	"regexp"
	"slices"
	"strings"

	"lbimage/kickstart/script"
)

var (
	ruleTwice = Rule{
		"ks-set-twice", Info,
		"a command sets it, and the script sets it again: the script has the last word, and whoever changes the command wonders",
		"keep one of the two",
	}
	ruleSecret = Rule{
		"ks-secret-in-file", Warning,
		"whoever reads the file has the key, and it is the same on every machine of the image",
		"take it out, and bring it onto the machine when that boots",
	}
)

var (
	privateKey = regexp.MustCompile(`-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY( BLOCK)?-----`)
	// cloudSecret is a secret key in the form of AWS and Eucalyptus, with the name that it goes by in front.
	cloudSecret = regexp.MustCompile(`(?i)(secret_?(access_?)?key)["']?\s*[=:]\s*["']?[A-Za-z0-9/+=]{40}(["'\s]|$)`)
	// urlPassword is an address with a name and a password, neither of which is put in when a script runs.
	urlPassword = regexp.MustCompile(`[a-z]+://([^/\s:@$"'{}<>]+):[^/\s@$"'{}<>]+@`)
)

// overlap is what both a command and a script can set.
type overlap struct {
	commands []string
	option   string         // the option that sets it; empty: the command does
	paths    []string       // files, or folders with / behind
	text     *regexp.Regexp // in what is written to them; nil: whatever it is
	effect   func(script.Effect) bool
}

var overlaps = []overlap{
	{commands: []string{"selinux"}, paths: []string{"/etc/selinux/config", "/etc/sysconfig/selinux"}, text: regexp.MustCompile(`SELINUX=`)},
	{commands: []string{"timezone"}, paths: []string{"/etc/localtime", "/etc/timezone"}},
	{commands: []string{"timezone"}, paths: []string{"/etc/sysconfig/clock"}, text: regexp.MustCompile(`ZONE=|UTC=`)},
	{commands: []string{"lang"}, paths: []string{"/etc/sysconfig/i18n", "/etc/locale.conf"}, text: regexp.MustCompile(`LANG=`)},
	{commands: []string{"keyboard"}, paths: []string{"/etc/sysconfig/keyboard", "/etc/vconsole.conf"}, text: regexp.MustCompile(`KEYTABLE=|KEYMAP=`)},
	{commands: []string{"network"}, option: "--device", paths: []string{"/etc/sysconfig/network-scripts/ifcfg-"}},
	{commands: []string{"network"}, option: "--hostname", paths: []string{"/etc/sysconfig/network"}, text: regexp.MustCompile(`HOSTNAME=`)},
	{commands: []string{"network"}, option: "--hostname", paths: []string{"/etc/hostname"}},
	{commands: []string{"firewall"}, paths: []string{"/etc/sysconfig/iptables", "/etc/sysconfig/ip6tables", "/etc/sysconfig/system-config-firewall", "/etc/firewalld/"}},
	{commands: []string{"firewall"}, effect: func(e script.Effect) bool {
		return e.Kind == script.Service && slices.Contains([]string{"iptables", "ip6tables", "firewalld"}, serviceName(e.Service.Name))
	}},
	{commands: []string{"rootpw"}, effect: func(e script.Effect) bool {
		switch e.Kind {
		case script.Lock, script.Unlock, script.Clear, script.Hash, script.Secret:
			return e.User == "root"
		}
		return false
	}},
}

// holds tells whether an effect sets what an overlap is about.
func (o overlap) holds(e script.Effect) bool {
	if o.effect != nil {
		return o.effect(e)
	}
	switch e.Kind {
	case script.Write, script.Append, script.Sed, script.Symlink, script.Copy, script.Move, script.Remove:
	default:
		return false
	}
	at := slices.ContainsFunc(o.paths, func(p string) bool {
		return e.Path == p || (strings.HasSuffix(p, "/") || strings.HasSuffix(p, "-")) && strings.HasPrefix(e.Path, p)
	})
	return at && (o.text == nil || o.text.MatchString(e.Content+"\n"+e.Program))
}
