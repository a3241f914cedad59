package conformance

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
	"lbimage/overlay"
)

const zoneinfo = "/usr/share/zoneinfo/"

// timezone judges the zone, how the clock of the machine is read, and who keeps the time.
func (j *judge) timezone(c *kickstart.Command) []Statement {
	var out []Statement
	if name := firstArg(c.Args); name != "" {
		out = append(out, j.zoneOf(c, name))
		if clock := j.read("etc/sysconfig/clock"); j.file.Version <= grammar.RHEL6 && clock.there {
			if _, ok := clock.setting("ZONE"); ok {
				out = append(out, j.claim(c, ruleTime, "time zone after an update of tzdata").same(clock, "ZONE", name, "", sameZone))
			}
		}
	}
	out = append(out, j.hardwareClock(c, c.Has("--utc") || c.Has("--isUtc"), isUTC(firstArg(c.Args))))
	if c.Has("--nontp") {
		out = append(out, j.noTimeService(j.claim(c, ruleTime, "time service")))
	}
	for _, server := range list(c, "--ntpservers") {
		out = append(out, j.timeServer(c, server))
	}
	return out
}

// timesource judges the servers that the time comes from, as RHEL 9 has them.
func (j *judge) timesource(c *kickstart.Command) []Statement {
	var out []Statement
	if c.Has("--ntp-disable") {
		out = append(out, j.noTimeService(j.claim(c, ruleTime, "time service")))
	}
	for _, option := range []string{"--ntp-server", "--ntp-pool"} {
		for _, server := range c.Values(option) {
			out = append(out, j.timeServer(c, server))
		}
	}
	return out
}

func sameZone(a, b string) bool {
	blank := func(s string) string { return strings.ReplaceAll(s, " ", "_") }
	return blank(a) == blank(b) || isUTC(a) && isUTC(b)
}

func isUTC(name string) bool {
	return slices.Contains([]string{"UTC", "Etc/UTC", "Etc/UCT", "UCT", "Universal", "Etc/Universal", "Zulu", "Etc/Zulu"}, name)
}

// zoneOf judges /etc/localtime: by where it leads, and else by its bytes against those of the zone in the image.
func (j *judge) zoneOf(c *kickstart.Command, name string) Statement {
	claim := j.claim(c, ruleTime, "time zone").at("/etc/localtime", 0)
	r, err := overlay.ResolveLink(j.subject.Tree, "etc/localtime")
	switch {
	case err != nil && !overlay.LeadsNowhere(err):
		return claim.untold(name, err.Error())
	case err != nil || !r.Exists():
		if isUTC(name) {
			return claim.holds(name, "no /etc/localtime, which counts as UTC")
		}
		return claim.fails(name, "no /etc/localtime, which counts as UTC")
	}
	if target, err := j.subject.Tree.ReadLink(r.Name); err == nil {
		if has, ok := strings.CutPrefix(path.Clean(path.Join("/etc", target)), zoneinfo); ok && !path.IsAbs(target) && sameZone(has, name) {
			return claim.holds(name, has)
		}
		if has, ok := strings.CutPrefix(path.Clean(target), zoneinfo); ok && sameZone(has, name) {
			return claim.holds(name, has)
		}
	}
	has, _, err := overlay.ReadFile(j.subject.Tree, "etc/localtime", maxFileText)
	if zone := j.linkedZone(r.Name); err != nil && zone != "" {
		return claim.untold(name, "it leads to "+zoneinfo+zone+", which cannot be read: without it the time is UTC")
	}
	if err != nil {
		return claim.untold(name, err.Error())
	}
	if !safeZone(name) {
		return claim.untold(name, "it is no name of a time zone")
	}
	want, _, err := overlay.ReadFile(j.subject.Tree, path.Join(zoneinfo, strings.ReplaceAll(name, " ", "_")), maxFileText)
	if err == nil {
		return claim.is(bytes.Equal(has, want), name, j.zoneName(has, name))
	}
	if other := j.linkedZone(r.Name); other != "" {
		return claim.fails(name, other)
	}
	return claim.untold(name, "the image has no "+path.Join(zoneinfo, name)+" to hold /etc/localtime against")
}

// safeZone keeps a name inside the folder of zones.
func safeZone(name string) bool {
	return name != "" && !path.IsAbs(name) && path.Clean(name) == name && !strings.HasPrefix(name, "..")
}

// linkedZone is the zone that a link names; empty where it is no link to one.
func (j *judge) linkedZone(name string) string {
	target, err := j.subject.Tree.ReadLink(name)
	if err != nil {
		return ""
	}
	if !path.IsAbs(target) {
		target = path.Join("/etc", target)
	}
	zone, ok := strings.CutPrefix(path.Clean(target), zoneinfo)
	if !ok {
		return ""
	}
	return zone
}

// zoneName names the zone that a file has the bytes of, by what else in the image names one.
func (j *judge) zoneName(has []byte, want string) string {
	if other := j.linkedZone("etc/localtime"); other != "" {
		return other
	}
	names := []string{want, "UTC"}
	if s, ok := j.read("etc/sysconfig/clock").setting("ZONE"); ok && safeZone(s.value) {
		names = append(names, s.value)
	}
	names = append(names, "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "Europe/London", "Europe/Berlin", "Asia/Tokyo", "Asia/Shanghai")
	for _, name := range names {
		data, _, err := overlay.ReadFile(j.subject.Tree, path.Join(zoneinfo, name), maxFileText)
		if err == nil && bytes.Equal(data, has) {
			return name
		}
	}
	return "another one: the file has other bytes"
}

// hardwareClock judges whether the clock of the machine is taken for UTC: by the third line of /etc/adjtime, and without
// one by /etc/sysconfig/clock, which EL5 reads. In a zone that is UTC the local time is the same.
func (j *judge) hardwareClock(c *kickstart.Command, utc, same bool) Statement {
	claim := j.claim(c, ruleTime, "clock of the machine")
	if same && !utc {
		return claim.holds("local time, which is UTC", "UTC or local time, which are the same in this zone")
	}
	want := "local time"
	if utc {
		want = "UTC"
	}
	t := j.read("etc/adjtime")
	if t.bad != "" {
		return claim.at(t.path, 0).untold(want, t.bad)
	}
	if len(t.lines) >= 3 {
		switch strings.TrimSpace(t.lines[2]) {
		case "UTC":
			return claim.at(t.path, 3).is(utc, want, "UTC")
		case "LOCAL":
			return claim.at(t.path, 3).is(!utc, want, "local time")
		}
	}
	clock := j.read("etc/sysconfig/clock")
	if s, ok := clock.setting("UTC"); ok && !s.odd {
		is := strings.EqualFold(s.value, "true") || strings.EqualFold(s.value, "yes")
		has := "local time"
		if is {
			has = "UTC"
		}
		return claim.at(clock.path, s.line).is(is == utc, want, has)
	}
	if j.systemd() && !t.there {
		return claim.at(t.path, 0).is(utc, want, "UTC, since there is no "+t.path)
	}
	return claim.at(t.path, 0).untold(want, "neither /etc/adjtime nor /etc/sysconfig/clock says what it is")
}

// timeServices are services that keep the time.
var timeServices = []string{"chronyd", "ntpd", "systemd-timesyncd"}

func (j *judge) noTimeService(c claim) Statement {
	if note := j.servicesUnknown(); note != "" {
		return c.untold("off", note)
	}
	for _, name := range timeServices {
		if s, ok := j.status(name); ok {
			if on, _, why := j.starts(s); on && why == "" {
				return c.at(s.Path, 0).fails("off", name+", which starts at boot")
			}
		}
	}
	return c.holds("off", "none of "+strings.Join(timeServices, ", "))
}

// timeServer judges that a configuration of chrony or ntpd names a server.
func (j *judge) timeServer(c *kickstart.Command, server string) Statement {
	claim := j.claim(c, ruleTime, "time server "+server)
	there := ""
	for _, name := range []string{"etc/chrony.conf", "etc/chrony/chrony.conf", "etc/ntp.conf"} {
		t := j.read(name)
		if t.bad != "" {
			return claim.at(t.path, 0).untold("asked", t.bad)
		}
		for n, l := range t.lines {
			if f := strings.Fields(l); len(f) > 1 && (f[0] == "server" || f[0] == "pool") && f[1] == server {
				return claim.at(t.path, n+1).holds("asked", fmt.Sprintf("%s %s", f[0], f[1]))
			}
		}
		if t.there && there == "" {
			there = t.path
		}
	}
	if there == "" {
		return claim.fails("asked", "no configuration of chrony or ntpd")
	}
	return claim.at(there, 0).fails("asked", "no line for it")
}
