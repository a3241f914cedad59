package conformance

import (
	"fmt"
	"path"
	"strings"

	"lbimage/imagebuild/rpm"
	"lbimage/kickstart/script"
	"lbimage/overlay/services"
)

// list gives the services of the image, listed once.
func (j *postJudge) list() ([]services.Status, error) {
	if !j.known {
		j.services, j.listed = services.List(j.tree)
		j.known = true
	}
	return j.services, j.listed
}

// named finds a service as chkconfig and systemctl would: a unit before a script of its name.
func (j *postJudge) named(name string) (services.Status, bool, error) {
	all, err := j.list()
	if err != nil {
		return services.Status{}, false, err
	}
	var found services.Status
	ok := false
	for _, s := range all {
		if s.Shadowed || s.Name != name && s.Name != name+".service" && s.Name+".service" != name {
			continue
		}
		if !ok || s.Kind == services.Systemd {
			found, ok = s, true
		}
	}
	return found, ok, nil
}

// service judges chkconfig and systemctl.
func (j *postJudge) service(i int) outcome {
	c := j.effects[i].Service
	s, ok, err := j.named(c.Name)
	switch {
	case err != nil:
		return unknown("the services cannot be listed: " + err.Error())
	case !ok && (c.Action == "disable" || c.Action == "del"):
		return holds("no such service")
	case !ok:
		return differs("no such service")
	}
	o := j.serviceOutcome(c, s)
	o.path = s.Path
	return o
}

func (j *postJudge) serviceOutcome(c script.ServiceChange, s services.Status) outcome {
	has := s.State
	if s.Kind == services.SysV && s.Levels != "" {
		has = "on at levels " + s.Levels
	}
	verdict := func(ok bool) outcome {
		if ok {
			return holds(has)
		}
		return differs(has)
	}
	if s.Kind != services.Systemd {
		return scriptOutcome(c, s, has, verdict)
	}
	switch c.Action {
	case "enable", "add":
		switch s.State {
		case "static", "indirect", "alias", "generated", "linked":
			return holds(has).remark("a unit that is started by others: to enable it changes nothing")
		}
		return verdict(strings.HasPrefix(s.State, "enabled"))
	case "disable", "del":
		return verdict(!strings.HasPrefix(s.State, "enabled"))
	case "mask":
		return verdict(strings.HasPrefix(s.State, "masked"))
	case "unmask":
		return verdict(!strings.HasPrefix(s.State, "masked"))
	case "preset":
		if s.Preset == "" {
			return unknown("the image's presets do not say")
		}
		return verdict(strings.HasPrefix(s.State, s.Preset))
	}
	return unknown(c.Action + " is not followed for a unit")
}

// scriptOutcome is for scripts of SysV, services of xinetd and jobs of upstart.
func scriptOutcome(c script.ServiceChange, s services.Status, has string, verdict func(bool) outcome) outcome {
	levels := c.Levels
	if levels == "" {
		levels = "2345"
	}
	on := s.State == "on"
	switch c.Action {
	case "enable":
		if s.Kind != services.SysV {
			return verdict(on)
		}
		for _, l := range levels {
			if !strings.ContainsRune(s.Levels, l) {
				return differs(has + ", not at " + string(l))
			}
		}
		return holds(has)
	case "disable":
		if s.Kind != services.SysV {
			return verdict(!on)
		}
		return verdict(!strings.ContainsAny(s.Levels, levels))
	case "add":
		return verdict(s.Kind != services.SysV || s.State != "unadded")
	case "del":
		return verdict(s.Kind == services.SysV && s.State == "unadded" || s.Kind != services.SysV && !on)
	case "mask", "unmask":
		return unknown("only units of systemd are masked")
	}
	return unknown(c.Action + " is not followed")
}

// serviceFolders are those in which services are described.
var serviceFolders = []string{"/etc/init.d", "/etc/rc.d", "/etc/systemd", "/etc/init", "/etc/xinetd.d", "/lib/systemd", "/usr/lib/systemd"}

// serviceRelation is that of a later command to one about a service.
func serviceRelation(late, early *script.Effect) relation {
	switch late.Kind {
	case script.Package:
		return blurs
	case script.Sweep:
		for _, dir := range serviceFolders {
			if within(late.Path, dir) {
				return blurs
			}
		}
		return apart
	case script.Write, script.Symlink, script.Remove, script.Copy, script.Move:
		for _, dir := range serviceFolders {
			if within(late.Path, dir) && strings.Contains(path.Base(late.Path), strings.TrimSuffix(early.Service.Name, ".service")) {
				return blurs
			}
		}
		return apart
	case script.Service:
	default:
		return apart
	}
	l, e := late.Service, early.Service
	if strings.TrimSuffix(l.Name, ".service") != strings.TrimSuffix(e.Name, ".service") {
		return apart
	}
	masks := func(a string) bool { return a == "mask" || a == "unmask" }
	switch {
	case masks(l.Action) != masks(e.Action):
		if l.Action == "mask" {
			return blurs
		}
		return apart
	case l.Action == "add":
		return apart // it leaves what is set
	case l.Action == "reset" || l.Action == "resetpriorities" || l.Action == "preset":
		return blurs
	case l.Levels == e.Levels || l.Levels == "" && strings.Trim(e.Levels, "2345") == "" || e.Action == "add" && l.Action == "del":
		return replaces
	case e.Action == "add":
		return apart
	}
	return blurs
}

// packagesOf judges what yum, dnf and rpm leave: a statement a package.
func (j *postJudge) packagesOf(i int) []Statement {
	e := &j.effects[i]
	var out []Statement
	for _, name := range e.Names {
		st := j.statement(e)
		st.About, st.Want = "package "+name, "installed"
		if e.Excluded {
			st.Want = "not installed"
		}
		out = append(out, j.judged(i, st, j.packageOutcome(name, e.Excluded)))
	}
	return out
}

func (j *postJudge) packageOutcome(name string, excluded bool) outcome {
	switch {
	case j.packages == nil || j.packages.Manager == "":
		return unknown("the image has no database of packages")
	case strings.HasPrefix(name, "@"):
		return unknown("which packages a group has stands in the repository")
	case strings.ContainsAny(name, "/*?[:"):
		return unknown("it is no plain name")
	}
	base := name
	if len(j.packages.Named(base)) == 0 {
		if dot := strings.LastIndex(name, "."); dot > 0 {
			base = name[:dot]
		}
	}
	var versions []string
	for _, p := range j.packages.Named(base) {
		if base == name || p.Arch == name[len(base)+1:] {
			versions = append(versions, p.Full())
		}
	}
	if len(versions) == 0 {
		for _, p := range j.packages.List { // NAME-VERSION and NAME-VERSION-RELEASE
			if strings.HasPrefix(name, p.Name+"-") && (name == p.Name+"-"+p.Version || name == fmt.Sprintf("%s-%s-%s", p.Name, p.Version, p.Release)) {
				versions = append(versions, p.Full())
			}
		}
	}
	has := "not installed"
	if len(versions) > 0 {
		has = "installed: " + strings.Join(versions, ", ")
	}
	switch {
	case (len(versions) > 0) != excluded:
		return holds(has).at(j.packages.Path)
	case !excluded && j.packages.DB != nil && j.provided(name):
		return holds("another package provides it").at(j.packages.Path)
	}
	return differs(has).at(j.packages.Path)
}

// provided says whether an installed package provides a name.
func (j *postJudge) provided(name string) bool {
	_, ok := j.packages.DB.Satisfies(rpm.Dependency{Name: name})
	return ok
}

// serviceFileRelation is that of chkconfig or systemctl to a file. They make and take away links to a service by its name, and
// set 'disable' in its file of xinetd; scripts, jobs and units stay as they are.
func serviceFileRelation(late, early *script.Effect, file string) relation {
	name, dir, base := strings.TrimSuffix(late.Service.Name, ".service"), path.Dir(file), path.Base(file)
	level := path.Base(dir)
	switch {
	case len(level) == len("rc3.d") && strings.HasPrefix(level, "rc") && strings.HasSuffix(level, ".d") && within(dir, "/etc"):
		if len(base) > 3 && strings.ContainsRune("SK", rune(base[0])) && base[3:] != name {
			return apart
		}
		return blurs
	case dir == "/etc/xinetd.d" && base == name:
		return blurs
	case within(file, "/etc/systemd"):
		switch early.Kind {
		case script.Write, script.Append, script.Sed, script.Mode, script.Owner:
			if dir == "/etc/systemd/system" { // a unit, which is no link
				return apart
			}
		}
		return blurs
	}
	return apart
}
