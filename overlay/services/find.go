package services

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"lbimage/overlay"
)

// Kind is who starts a service.
type Kind string

const (
	Systemd Kind = "systemd"
	SysV    Kind = "sysv"
	Xinetd  Kind = "xinetd"
	Upstart Kind = "upstart"
)

// ErrUnknown is for a name that no script, unit or job of the image has.
var ErrUnknown = errors.New("no such service in the image")

// found is where a service was found.
type found struct {
	kind   Kind
	path   string // of the script, unit or job, as package io/fs writes it
	unit   string // for systemd: the unit's name
	debian bool
	notes  []string
}

// find says what an image has under a name.
func find(t overlay.ReadTree, name string) (found, error) {
	systemd := usesSystemd(t)
	if systemd {
		f := found{kind: Systemd, unit: unitName(name)}
		u := newUnits(t)
		if f.path = u.stands(f.unit); f.path == "" {
			// A service that starts an instance a connection is turned on by its socket, as chkconfig does it.
			socket := scriptName(f.unit) + ".socket"
			if u.stands(scriptName(f.unit)+"@.service") != "" && u.stands(socket) != "" {
				f.unit, f.path = socket, u.stands(socket)
				f.notes = append(f.notes, "there is no "+unitName(name)+": its socket starts instances")
			}
		}
		if f.path != "" {
			if _, ok := scriptIn(t, scriptName(name)); ok && strings.HasSuffix(f.unit, ".service") {
				f.notes = append(f.notes, "a script of that name in /etc/init.d is left alone: systemd starts the unit")
			}
			return f, nil
		}
	}
	f, ok := findScript(t, scriptName(name))
	if job, isJob := jobIn(t, scriptName(name)); !systemd && isJob {
		if !ok || f.kind == Xinetd || onlyJob(t, f.path) {
			return found{kind: Upstart, path: job}, nil
		}
		f.notes = append(f.notes, abs(job)+" is an upstart job of the same name and is left alone")
	}
	if ok {
		return f, nil
	}
	return found{}, unknown(t, name)
}

func findScript(t overlay.ReadTree, name string) (found, bool) {
	if file, ok := scriptIn(t, name); ok {
		return found{kind: SysV, path: file, debian: isDebian(t)}, true
	}
	if file := path.Join("etc/xinetd.d", name); isFile(t, file) {
		return found{kind: Xinetd, path: file}, true
	}
	return found{}, false
}

// onlyJob says whether a script is Ubuntu's link that stands for an upstart job.
func onlyJob(t overlay.ReadTree, script string) bool {
	target, err := t.ReadLink(script)
	return err == nil && path.Base(target) == "upstart-job"
}

// isDebian says whether links are update-rc.d's affair. That there is a folder /etc/rc.d says nothing: a package made for
// Enterprise Linux may have brought it.
func isDebian(t overlay.ReadTree) bool {
	return exists(t, "etc/debian_version") && !exists(t, "etc/redhat-release")
}

// stands gives the path at which a unit's name is found, be it a file, a mask or a link; empty where it is not.
func (s *units) stands(name string) string {
	parts, ok := parseUnit(name)
	if !ok {
		return ""
	}
	candidates := []string{name}
	if parts.isInstance() {
		candidates = append(candidates, parts.template())
	}
	for _, c := range candidates {
		for _, dir := range s.dirs {
			if hasEntry(s.t, path.Join(dir, c)) {
				return path.Join(dir, c)
			}
		}
	}
	return ""
}

// usesSystemd says whether systemd is what the kernel starts.
func usesSystemd(t overlay.ReadTree) bool {
	r, err := overlay.Resolve(t, "sbin/init")
	if err == nil && (r.Exists() || r.Dangling) {
		return path.Base(r.Name) == "systemd"
	}
	return isFile(t, "usr/lib/systemd/systemd") || isFile(t, "lib/systemd/systemd")
}

// unknown makes the error for a name that nothing has.
func unknown(t overlay.ReadTree, name string) error {
	mend := "install it first"
	list, err := List(t)
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, ErrUnknown, mend)
	}
	var names []string
	for _, s := range list {
		names = append(names, strings.TrimSuffix(s.Name, ".service"))
	}
	slices.Sort(names)
	if near := nearest(scriptName(name), slices.Compact(names)); len(near) > 0 {
		mend += ", or did you mean " + strings.Join(near, ", ") + "?"
	}
	return fmt.Errorf("%s: %w: %s", name, ErrUnknown, mend)
}
