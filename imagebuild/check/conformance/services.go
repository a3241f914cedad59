package conformance

import (
	"fmt"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/kickstart"
	"lbimage/overlay/services"
)

// services judges each service that is to be turned on or off. Where both are asked for, the installer turns off first.
func (j *judge) services(c *kickstart.Command) []Statement {
	var out []Statement
	on := map[string]bool{}
	for _, name := range list(c, "--enabled") {
		on[name] = true
		out = append(out, j.service(j.claim(c, ruleService, "service "+name), name, true))
	}
	for _, name := range list(c, "--disabled") {
		if on[name] {
			out = append(out, j.claim(c, ruleService, "service "+name).untold("off", "the same line turns it on"))
			continue
		}
		out = append(out, j.service(j.claim(c, ruleService, "service "+name), name, false))
	}
	return out
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// service judges whether a service starts at boot.
func (j *judge) service(c claim, name string, want bool) Statement {
	s, ok := j.status(name)
	if !ok {
		if note := j.servicesUnknown(); note != "" {
			return c.untold(onOff(want), note)
		}
		if !want {
			return c.holds("off", "no such service")
		}
		return c.fails("on", "no such service")
	}
	on, has, why := j.starts(s)
	c = c.at(s.Path, 0)
	if why != "" {
		return c.untold(onOff(want), why)
	}
	return c.is(on == want, onOff(want), has)
}

// servicesUnknown says why a service that is not found may be there all the same: a part of the survey could not be read.
func (j *judge) servicesUnknown() string {
	for _, n := range j.subject.Survey.Notes {
		if strings.Contains(n, "service") {
			return n
		}
	}
	return ""
}

// status finds a service: the unit before the script, the script before a service of xinetd and a job.
func (j *judge) status(name string) (services.Status, bool) {
	unit := name
	if !strings.Contains(unit, ".") {
		unit += ".service"
	}
	var best services.Status
	found := false
	rank := map[services.Kind]int{services.Systemd: 0, services.SysV: 1, services.Xinetd: 2, services.Upstart: 3}
	for _, s := range j.subject.Survey.Services {
		if s.Shadowed || s.Name != name && (s.Kind != services.Systemd || s.Name != unit) {
			continue
		}
		if !found || rank[s.Kind] < rank[best.Kind] {
			best, found = s, true
		}
	}
	return best, found
}

// starts says whether a service starts at boot, in words too; why where that cannot be told.
func (j *judge) starts(s services.Status) (on bool, has, why string) {
	switch s.Kind {
	case services.Systemd:
		switch s.State {
		case "enabled", "enabled-runtime":
			return true, s.State, ""
		case "disabled", "masked", "linked", "bad":
			return false, s.State, ""
		case "alias": // another name of a unit, which starts it or not
			for _, unit := range j.subject.Survey.Services {
				if unit.Kind == services.Systemd && unit.Path == s.Path && unit.State != "alias" {
					on, has, why := j.starts(unit)
					return on, has + ", as " + unit.Name, why
				}
			}
		}
		return false, "", fmt.Sprintf("the unit is %s: others start it, or none", s.State)
	case services.SysV:
		if s.State != "on" {
			return false, "off: no run level starts it", ""
		}
		level := j.runlevel()
		if level == "" || strings.Contains(s.Levels, level) || s.Levels == "S" {
			return true, "on in run levels " + s.Levels, ""
		}
		return false, fmt.Sprintf("on in run levels %s, and the image boots into %s", s.Levels, level), ""
	case services.Xinetd:
		if s.State != "on" {
			return false, "off, as xinetd has it", ""
		}
		if x, ok := j.status("xinetd"); ok && x.Kind != services.Xinetd {
			if on, _, _ := j.starts(x); on {
				return true, "on, by xinetd", ""
			}
		}
		return false, "on, and xinetd, which would start it, is off", ""
	}
	return s.State == "on", s.State, ""
}

// runlevel is the run level that the image boots into, by /etc/inittab; empty where nothing tells, as with systemd.
func (j *judge) runlevel() string {
	for _, line := range j.read("etc/inittab").lines {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) >= 3 && !strings.HasPrefix(f[0], "#") && f[2] == "initdefault" && len(f[1]) == 1 && !j.systemd() {
			return f[1]
		}
	}
	return ""
}

// systemd says whether the image has units: it is systemd's.
func (j *judge) systemd() bool {
	for _, s := range j.subject.Survey.Services {
		if s.Kind == services.Systemd {
			return true
		}
	}
	return false
}

// selinux judges the state that the image boots into.
func (j *judge) selinux(c *kickstart.Command) []Statement {
	want := ""
	for _, mode := range []string{"enforcing", "permissive", "disabled"} {
		if c.Has("--" + mode) {
			want = mode
		}
	}
	if want == "" {
		return []Statement{j.claim(c, ruleSELinux, "SELinux").untold("a state", "the line names none")}
	}
	found := j.subject.Survey.SELinux
	conf := j.read("etc/selinux/config")
	claim := j.claim(c, ruleSELinux, "SELinux").at(conf.path, 0)
	if conf.bad != "" {
		return []Statement{claim.untold(want, conf.bad)}
	}
	if s, ok := conf.setting("SELINUX"); ok {
		claim = claim.at(conf.path, s.line)
	}
	has := found.State
	if found.Mode != found.State && found.Why != "" {
		has += " (" + found.Why + ")"
	}
	return []Statement{claim.is(found.State == want, want, has)}
}

// given lists the options of a command that are given of some.
func given(c *kickstart.Command, names ...string) []string {
	var out []string
	for _, n := range names {
		if c.Has(n) {
			out = append(out, n)
		}
	}
	return out
}

// rest are statements on options that cannot be told, each with the same reason.
func (j *judge) rest(c *kickstart.Command, r check.Rule, about, why string, names ...string) []Statement {
	var out []Statement
	for _, n := range given(c, names...) {
		v, _ := c.Value(n)
		if secretOption(n) {
			v = "…"
		}
		want := strings.TrimPrefix(n, "--")
		if v != "" {
			want += " " + v
		}
		out = append(out, j.claim(c, r, about).untold(want, why))
	}
	return out
}
