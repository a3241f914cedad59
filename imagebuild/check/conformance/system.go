package conformance

import (
	"path"
	"slices"
	"strings"

	"lbimage/kickstart"
	"lbimage/overlay"
)

// graphical says whether the image boots into a graphical login, and what tells.
func (j *judge) graphical() (is bool, has, at, why string) {
	if !j.systemd() {
		level := j.runlevel()
		if level == "" {
			return false, "", "/etc/inittab", "nothing tells the run level that the image boots into"
		}
		return level == "5", "run level " + level, "/etc/inittab", ""
	}
	for _, name := range []string{"etc/systemd/system/default.target", "usr/lib/systemd/system/default.target", "lib/systemd/system/default.target"} {
		r, err := overlay.ResolveLink(j.subject.Tree, name)
		if err != nil || !r.Exists() {
			continue
		}
		target, err := j.subject.Tree.ReadLink(r.Name)
		if err != nil {
			return false, "", r.Path(), "it is no link"
		}
		switch base := path.Base(target); base {
		case "graphical.target", "runlevel5.target":
			return true, base, r.Path(), ""
		case "default.target":
			continue
		default:
			return false, base, r.Path(), ""
		}
	}
	return false, "", "", "nothing tells the target that the image boots into"
}

// skipx judges that no X is started at boot.
func (j *judge) skipx(c *kickstart.Command) []Statement {
	is, has, at, why := j.graphical()
	claim := j.claim(c, ruleSystem, "graphical login").at(at, 0)
	if why != "" {
		return []Statement{claim.untold("none", why)}
	}
	return []Statement{claim.is(!is, "none", has)}
}

// xconfig judges whether X is started at boot, and the desktop.
func (j *judge) xconfig(c *kickstart.Command) []Statement {
	var out []Statement
	if c.Has("--startxonboot") {
		is, has, at, why := j.graphical()
		claim := j.claim(c, ruleSystem, "graphical login").at(at, 0)
		if why != "" {
			out = append(out, claim.untold("at boot", why))
		} else {
			out = append(out, claim.is(is, "at boot", has))
		}
	}
	if desktop, ok := c.Value("--defaultdesktop"); ok {
		out = append(out, j.claim(c, ruleSystem, "desktop").same(j.read("etc/sysconfig/desktop"), "DESKTOP", desktop, "", strings.EqualFold))
	}
	return out
}

// firstboot judges whether somebody is asked questions at the first boot.
func (j *judge) firstboot(c *kickstart.Command) []Statement {
	want := c.Has("--enable") || c.Has("--enabled") || c.Has("--reconfig")
	claim := j.claim(c, ruleSystem, "questions at the first boot")
	t := j.read("etc/sysconfig/firstboot")
	if t.bad != "" {
		return []Statement{claim.at(t.path, 0).untold(onOff(want), t.bad)}
	}
	if s, ok := t.setting("RUN_FIRSTBOOT"); ok && !s.odd && strings.EqualFold(s.value, "no") {
		return []Statement{claim.at(t.path, s.line).is(!want, onOff(want), "RUN_FIRSTBOOT="+s.value)}
	}
	if note := j.servicesUnknown(); note != "" {
		return []Statement{claim.untold(onOff(want), note)}
	}
	for _, name := range []string{"firstboot", "firstboot-graphical", "initial-setup", "initial-setup-text", "initial-setup-graphical"} {
		s, ok := j.status(name)
		if !ok {
			continue
		}
		on, _, why := j.starts(s)
		if on && why == "" {
			return []Statement{claim.at(s.Path, 0).is(want, onOff(want), name+", which starts at boot")}
		}
	}
	return []Statement{claim.is(!want, onOff(want), "no service that asks")}
}

// repo judges a repository that is to stay in the image; others are for the installer alone.
func (j *judge) repo(c *kickstart.Command) []Statement {
	if !c.Has("--install") {
		return nil
	}
	name, _ := c.Value("--name")
	claim := j.claim(c, ruleSystem, "repository "+name)
	dir := "etc/yum.repos.d"
	entries, err := j.subject.Tree.ReadDir(dir)
	if err != nil {
		if overlay.LeadsNowhere(err) {
			return []Statement{claim.at("/"+dir, 0).fails("a file for yum", "no /"+dir)}
		}
		return []Statement{claim.at("/"+dir, 0).untold("a file for yum", err.Error())}
	}
	for _, e := range entries {
		if path.Ext(e.Name()) != ".repo" {
			continue
		}
		t := j.read(path.Join(dir, e.Name()))
		for n, l := range t.lines {
			if strings.TrimSpace(l) != "["+name+"]" {
				continue
			}
			claim = claim.at(t.path, n+1)
			want, ok := c.Value("--baseurl")
			if has, there := section(t, n+1, "baseurl"); ok && (!there || !slices.Contains(strings.Fields(has), want)) {
				return []Statement{claim.fails(withoutPassword(want), withoutPassword(named(has)))}
			}
			return []Statement{claim.holds("a file for yum", t.path)}
		}
	}
	return []Statement{claim.at("/"+dir, 0).fails("a file for yum", "none that has it")}
}

// section gives a value of the section of a configuration that begins before a line.
func section(t text, from int, key string) (string, bool) {
	for _, l := range t.lines[from:] {
		if strings.HasPrefix(l, "[") {
			break
		}
		if k, v, ok := strings.Cut(l, "="); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v), true
		}
	}
	return "", false
}

// module judges a stream of packages that is enabled, as dnf notes it.
func (j *judge) module(c *kickstart.Command) []Statement {
	name, _ := c.Value("--name")
	want, _ := c.Value("--stream")
	state := "enabled"
	if c.Has("--disable") {
		state = "disabled"
	}
	claim := j.claim(c, rulePackage, "module "+name)
	if name == "" || strings.ContainsAny(name, "/\x00") {
		return []Statement{claim.untold(state, "it is no name of a module")}
	}
	t := j.read("etc/dnf/modules.d/" + name + ".module")
	claim = claim.at(t.path, 0)
	asked := strings.TrimSpace(state + " " + want)
	switch {
	case t.bad != "":
		return []Statement{claim.untold(asked, t.bad)}
	case !t.there:
		return []Statement{claim.fails(asked, "nothing noted")}
	}
	has, _ := section(text{lines: append(t.lines, "")}, 1, "state")
	stream, _ := section(text{lines: append(t.lines, "")}, 1, "stream")
	return []Statement{claim.is(has == state && (want == "" || stream == want), asked, strings.TrimSpace(has+" "+stream))}
}
