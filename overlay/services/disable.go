package services

import (
	"fmt"
	"io/fs"
	"path"

	"lbimage/overlay"
)

// disableUnits removes all links to units, and to what their Also= names, from /etc/systemd/system.
func (w *work) disableUnits(u *units, names ...string) error {
	list, links, err := w.closure(u, false, names...)
	if err != nil {
		return err
	}
	marked := make(map[string]bool)
	for _, name := range links {
		marked[name] = true
	}
	for _, one := range list {
		marked[one.name] = true
	}
	return w.removeLinks(marked)
}

// removeLinks removes the links below /etc/systemd/system that bear a marked name, or lead to a file of such a name, and
// then those that led to what was removed. Folders that are empty then go, too.
func (w *work) removeLinks(marked map[string]bool) error {
	r, err := overlay.Resolve(w.t, configDir)
	if err != nil || !r.Exists() || !r.Info.IsDir() {
		return err
	}
	for again := true; again; {
		left := maxFiles
		if again, err = w.removeBelow(r.Name, 0, &left, marked); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) removeBelow(dir string, depth int, left *int, marked map[string]bool) (removed bool, err error) {
	entries, err := w.t.ReadDir(dir)
	if err != nil {
		return false, errorAt(dir, err)
	}
	if *left -= len(entries); *left < 0 || depth > 64 {
		return false, fmt.Errorf("%s: too many files, or folders in folders", abs(dir))
	}
	gone := 0
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if e.IsDir() {
			r, err := w.removeBelow(name, depth+1, left, marked)
			if err != nil {
				return removed, err
			}
			removed = removed || r
			if _, err := w.t.Lstat(name); err != nil {
				gone++
			}
			continue
		}
		if e.Type()&fs.ModeSymlink == 0 {
			continue
		}
		parts, ok := parseUnit(e.Name())
		if !ok {
			continue
		}
		r, err := overlay.Resolve(w.t, name)
		if err != nil {
			continue // a link that goes round leads to no unit
		}
		if !marked[e.Name()] && !marked[r.Path()] && !marked[path.Base(r.Name)] && !(parts.isInstance() && marked[parts.template()]) {
			continue
		}
		if err := w.remove(name); err != nil {
			return removed, err
		}
		marked[abs(name)] = true
		removed = true
		gone++
	}
	if removed && gone == len(entries) && depth > 0 {
		return removed, w.remove(dir)
	}
	return removed, nil
}

// mask makes a unit a link to /dev/null.
func (w *work) mask(name string) error {
	file := path.Join(configDir, name)
	r, err := overlay.ResolveLink(w.t, file)
	if err != nil {
		return err
	}
	if r.Exists() {
		if target, err := w.t.ReadLink(r.Name); err == nil && path.Clean(target) == "/dev/null" {
			return nil
		}
		return fmt.Errorf("%s: stands where the mask would: move it to /usr/lib/systemd/system, or remove it first", r.Path())
	}
	return w.link(file, "/dev/null")
}

// unmask removes a mask, and nothing else: what leads to it leads to the unit below it then.
func (w *work) unmask(u *units, name string) error {
	f, err := u.at(path.Join(configDir, name), name, unitParts{})
	if err != nil || !f.masked {
		return nil //nolint:nilerr // a link to nowhere is no mask
	}
	return w.remove(f.path)
}
