package services

import (
	"path"
	"slices"
	"strings"

	"lbimage/overlay"
)

// Status is one service of an image.
type Status struct {
	Name string `json:"name"` // ntpd for a script, a service of xinetd or a job; ntpd.service for a unit
	Kind Kind   `json:"kind"`
	// State is on, off or unadded (no links at all) for a script; on or off for a service of xinetd or a job; what
	// `systemctl is-enabled` says for a unit: enabled, disabled, static, masked, indirect, alias, linked, bad.
	State string `json:"state"`
	// Levels are the run levels in which a script is started: 2345.
	Levels string `json:"levels,omitempty"`
	// Preset is what the image's presets would make of a unit: enabled or disabled.
	Preset string `json:"preset,omitempty"`
	Path   string `json:"path"` // the script, unit or job, from the root
	// Shadowed is set for a script that systemd passes by, because a unit has its name.
	Shadowed bool `json:"shadowed,omitempty"`
}

// List gives every service of an image with its state, sorted by name and kind.
func List(t overlay.ReadTree) ([]Status, error) {
	var out []Status
	systemd := usesSystemd(t)
	units := make(map[string]bool)
	if systemd {
		list, err := listUnits(t)
		if err != nil {
			return nil, err
		}
		for _, s := range list {
			units[s.Name] = true
		}
		out = append(out, list...)
	}
	scripts, err := listScripts(t, units)
	if err != nil {
		return nil, err
	}
	out = append(out, scripts...)
	if !systemd {
		jobs, err := listJobs(t)
		if err != nil {
			return nil, err
		}
		out = append(out, jobs...)
	}
	slices.SortFunc(out, func(a, b Status) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(string(a.Kind), string(b.Kind))
	})
	return out, nil
}

func listUnits(t overlay.ReadTree) ([]Status, error) {
	u := newUnits(t)
	rules, err := readPresets(t)
	if err != nil {
		return nil, err
	}
	names := make(map[string]bool)
	for _, dir := range u.dirs {
		_, list, err := folder(t, dir)
		if err != nil {
			return nil, err
		}
		for _, n := range list {
			if _, ok := parseUnit(n); ok {
				names[n] = true
			}
		}
	}
	var out []Status
	for n := range names {
		state, err := u.state(n)
		if err != nil {
			return nil, err
		}
		if state == "" {
			continue
		}
		s := Status{Name: n, Kind: Systemd, State: state}
		if p := u.stands(n); p != "" {
			s.Path = abs(p)
		}
		switch state {
		case "enabled", "disabled", "indirect", "linked":
			s.Preset = presetState(rules, n)
		}
		out = append(out, s)
	}
	return out, nil
}

func hasEntry(t overlay.ReadTree, name string) bool {
	r, err := overlay.ResolveLink(t, name)
	return err == nil && r.Exists()
}

func listScripts(t overlay.ReadTree, units map[string]bool) ([]Status, error) {
	rc, err := readLinks(t)
	if err != nil {
		return nil, err
	}
	dir, names, err := scripts(t)
	if err != nil {
		return nil, err
	}
	debian := isDebian(t)
	var out []Status
	for _, n := range names {
		file := path.Join(dir, n)
		if leftover(n) || !isFile(t, file) || onlyJob(t, file) {
			continue
		}
		s := Status{Name: n, Kind: SysV, State: "off", Path: abs(file), Shadowed: units[n+".service"]}
		on := rc.on(n)
		switch {
		case on != 0:
			s.State, s.Levels = "on", on.String()
		case !rc.any(n):
			s.State = "unadded"
			text, err := readText(t, file)
			h, err2 := parseHeader(text)
			if err != nil || !debian && (err2 != nil || h.usable() != nil) {
				continue // functions, halt: nothing that is turned on and off
			}
		case debian && len(rc.links[7][n]) > 0 && rc.links[7][n][0].start:
			s.State, s.Levels = "on", "S"
		}
		out = append(out, s)
	}
	dir, names, err = folder(t, "etc/xinetd.d")
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		file := path.Join(dir, n)
		if leftover(n) || !isFile(t, file) {
			continue
		}
		text, err := readText(t, file)
		if err != nil {
			return nil, err
		}
		out = append(out, Status{Name: n, Kind: Xinetd, State: onOff(xinetdOn(text)), Path: abs(file)})
	}
	return out, nil
}

func listJobs(t overlay.ReadTree) ([]Status, error) {
	dir, names, err := folder(t, "etc/init")
	if err != nil {
		return nil, err
	}
	major, minor, _ := upstartVersion(t)
	var out []Status
	for _, n := range names {
		name, ok := strings.CutSuffix(n, ".conf")
		file := path.Join(dir, n)
		if !ok || !isFile(t, file) {
			continue
		}
		text, err := readText(t, file)
		if err != nil {
			return nil, err
		}
		j := parseJob(text)
		if major > 1 || major == 1 && minor >= 3 {
			over, err := readText(t, path.Join(dir, name+".override"))
			if err != nil {
				return nil, err
			}
			if o := parseJob(over); o.starts || o.manual {
				j.starts, j.manual = j.starts || o.starts, o.manual
			}
		}
		out = append(out, Status{Name: name, Kind: Upstart, State: onOff(j.starts && !j.manual), Path: abs(file)})
	}
	return out, nil
}
