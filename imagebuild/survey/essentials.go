package survey

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"

	"lbimage/overlay"
	"lbimage/servo"
)

// Essentials are what a load balancer consists of.
type Essentials struct {
	HAProxy HAProxy  `json:"haproxy"`
	Servo   Servo    `json:"servo"`
	Pythons []Python `json:"pythons"` // that the servo is started with first, then by path
	Sudo    Program  `json:"sudo"`
	// Scripts are what programs are written in, by what their first lines name.
	Scripts []Interpreter `json:"scripts"`
	Notes   []string      `json:"notes,omitempty"`
}

// Program is an installed program.
type Program struct {
	Path    string `json:"path,omitempty"` // symbolic links followed; empty where there is none
	Version string `json:"version,omitempty"`
	// How tells what the version is taken from, in a few words.
	How string `json:"how,omitempty"`
	// Package is the name and version of the package that brought it: "sudo 1.8.6p3-29.el6".
	Package string `json:"package,omitempty"`
	Mode    string `json:"mode,omitempty"` // as ls writes it in digits: 4111
	Setuid  bool   `json:"setuid,omitempty"`
	UID     uint32 `json:"uid"`
}

// Servo is the load balancer's agent.
type Servo struct {
	servo.Installed
	// Script is the program that is started, ShebangLine its first line without "#!", Interpreter the program that this
	// leads to. All are empty where there is none.
	Script      string `json:"script,omitempty"`
	ShebangLine string `json:"shebang,omitempty"`
	Interpreter string `json:"interpreter,omitempty"`
	// Bootstrap is a script of cloud-init that fetches and starts the servo at each boot, as images for development have it.
	Bootstrap string `json:"bootstrap,omitempty"`
}

// perBoot are the folders whose scripts cloud-init runs, at each boot or at the first.
var perBoot = []string{"/var/lib/cloud/scripts/per-boot", "/var/lib/cloud/scripts/per-instance", "/var/lib/cloud/scripts/per-once"}

// bootstrap finds a script that fetches the servo; empty for none.
func bootstrap(t overlay.ReadTree) string {
	for _, dir := range perBoot {
		for _, name := range namesIn(t, dir) {
			b, r, err := overlay.ReadFile(t, dir+"/"+name, 1<<20)
			if err == nil && r.Info.Mode()&0o111 != 0 && strings.Contains(string(b), "load-balancer-servo") {
				return r.Path()
			}
		}
	}
	return ""
}

// servoScript is what the servo's service starts, in every release.
const servoScript = "/usr/bin/load-balancer-servo"

// essentials looks for what a load balancer consists of. p are the packages of the image.
func essentials(ctx context.Context, t overlay.ReadTree, p *Packages, scripts *scripts) (Essentials, error) {
	var e Essentials
	installed, err := servo.Detect(t)
	if err != nil {
		return e, err
	}
	e.Servo.Installed, e.Servo.Bootstrap = installed, bootstrap(t)
	if line, err := shebang(t, servoScript); err == nil && line != "" {
		e.Servo.Script, e.Servo.ShebangLine = servoScript, line
		e.Servo.Interpreter = interpreterOf(t, line).Resolved
	}
	if e.HAProxy, err = haproxy(t, installed, p); err != nil {
		return e, err
	}
	if err := ctx.Err(); err != nil {
		return e, err
	}
	if e.Pythons, err = pythons(t, e.Servo, p); err != nil {
		return e, err
	}
	e.Sudo = sudo(t, p)
	e.Scripts = scripts.interpreters(t)
	e.Notes = scripts.notes
	return e, nil
}

// owner gives the package that a file belongs to, as "name version"; without one, the first of these names that is
// installed.
func (p *Packages) owner(file string, names ...string) string {
	for _, q := range p.Owners(file) {
		return q.Name + " " + q.Full()
	}
	for _, name := range names {
		for _, q := range p.List {
			if q.Name == name {
				return q.Name + " " + q.Full()
			}
		}
	}
	return ""
}

// regular follows a name to a regular file; not ok where there is none.
func regular(t overlay.ReadTree, name string) (overlay.Resolved, bool) {
	r, err := overlay.Resolve(t, name)
	return r, err == nil && r.Exists() && r.Info.Mode().IsRegular()
}

// absent says that an error only means that there is no such file, or something else in its place.
func absent(err error) bool {
	return overlay.LeadsNowhere(err) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, overlay.ErrNotFile)
}

// text reads a small file of the image; empty where there is none.
func text(t overlay.ReadTree, name string, max int64) (string, error) {
	b, _, err := overlay.ReadFile(t, name, max)
	if absent(err) {
		return "", nil
	}
	return string(b), err
}

// programDirs are where programs lie, in the order of a normal PATH.
var programDirs = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}

// inPath looks for a program as a shell would with a normal PATH.
func inPath(t overlay.ReadTree, name string) (overlay.Resolved, bool) {
	for _, dir := range programDirs {
		if r, ok := regular(t, path.Join(dir, name)); ok && r.Info.Mode()&0o111 != 0 {
			return r, true
		}
	}
	return overlay.Resolved{}, false
}
