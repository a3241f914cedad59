package script

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Sweeps says whether a Sweep takes a name of its folder: as the shell does, with a dot in front only where the pattern has it.
func (e Effect) Sweeps(name string) bool {
	if e.Kind != Sweep || len(e.Names) != 1 || strings.HasPrefix(name, ".") && !strings.HasPrefix(e.Names[0], ".") || name == "." || name == ".." {
		return false
	}
	ok, err := path.Match(strings.ReplaceAll(e.Names[0], "[!", "[^"), name)
	return ok && err == nil
}

// sweepsPath says whether it takes a path, or what that lies in, which stands behind the links that are usual.
func (e Effect) sweepsPath(p string) bool {
	dir := alias(e.Path)
	if !within(p, dir) || p == dir {
		return false
	}
	name, below, deep := strings.Cut(strings.TrimPrefix(p[len(dir):], "/"), "/")
	return e.Sweeps(name) && (!deep || below == "" || e.Recursive)
}

// whole are folders of which all that does not begin with a dot is never swept away by a script that means it.
var whole = []string{"/", "/etc", "/usr", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/share", "/var", "/var/lib", "/dev"}

// sweep reads rm of patterns of file names, each in one folder; ok is false where that was not read.
func (r *run) sweep(s *syntax.Stmt, args []field) (ok bool) {
	c := &call{run: r, node: s, name: "rm"}
	var effects []Effect
	for _, a := range args {
		if a.why == "" {
			c.args = append(c.args, a.text)
			continue
		}
		dir, pattern := path.Split(a.text)
		if !a.glob || a.mixed || len(pattern) > 255 || strings.ContainsAny(dir, `*?[\`) || strings.Contains(pattern, "[:") || strings.Contains(pattern, `\`) {
			return false
		}
		if _, err := path.Match(strings.ReplaceAll(pattern, "[!", "[^"), "a"); err != nil || !isGlob(pattern) {
			return false
		}
		if dir == "" {
			dir = "."
		}
		at, why := r.abs(dir)
		if why != "" || slices.Contains(whole, alias(at)) && strings.Trim(pattern, "*?") == "" {
			return false
		}
		if in, stays := r.inImage(at); stays {
			effects = append(effects, Effect{Kind: Sweep, Path: in, Names: []string{pattern}})
		}
	}
	o := removing.parse(c.args)
	if o.bad != "" || len(effects) == 0 {
		return false
	}
	if r.status = presumed; len(o.rest) > 0 {
		unread := len(r.out.Unread)
		if c.rm(); slices.ContainsFunc(r.out.Unread[unread:], func(u Unread) bool { return !u.Harmless }) {
			return true
		}
	}
	if o.has("f") {
		r.status = good
	}
	if o.has("v") {
		r.open.unknown("what rm -v prints is not known")
	}
	r.errs.unknown("what rm complains goes there too")
	for _, e := range effects {
		e.Recursive, e.Force = o.has("r") || o.has("R"), o.has("f")
		c.effect(e)
	}
	return true
}

// sweep takes what is known to be in a folder.
func (w *world) sweep(e Effect) {
	if w.ops += len(w.at); w.tired() {
		return
	}
	at := w.resolve(e.Path, true)
	var gone []string
	for p, n := range w.at {
		if path.Dir(p) == at && p != at && e.Sweeps(path.Base(p)) && n.kind != absent && (e.Recursive || n.kind != folder) {
			gone = append(gone, p)
		}
	}
	slices.Sort(gone)
	for _, p := range gone {
		if kind := w.at[p].kind; kind == there && !e.Recursive {
			w.drop(p)
			continue
		}
		w.put(p, false, node{kind: absent})
	}
}
