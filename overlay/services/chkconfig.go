package services

import (
	"fmt"
	"path"

	"lbimage/overlay"
)

func (w *work) sysv(e *edit, f found) error {
	switch e.Action {
	case Mask, Unmask:
		if usesSystemd(w.t) { // it makes a unit of the script at boot, and that can be masked
			if e.Action == Unmask {
				return nil
			}
			return w.mask(unitName(e.Name))
		}
		return e.refuse(f, "choose add, del, enable or disable")
	case Preset:
		return e.refuse(f, "choose add, del, enable or disable")
	}
	rc, err := readLinks(w.t)
	if err != nil {
		return err
	}
	if f.debian {
		err = w.debian(e, f, rc)
	} else {
		err = w.chkconfig(e, f, rc)
	}
	if err != nil {
		return err
	}
	return rc.write(w)
}

// chkconfig computes the links that the action leaves.
func (w *work) chkconfig(e *edit, f found, rc *rcDirs) error {
	dir, name := path.Split(f.path)
	s, err := readScript(w.t, path.Clean(dir), name)
	if err != nil {
		return fmt.Errorf("%s: %w", abs(f.path), err)
	}
	s.now = rc.on(name)
	where := e.levels
	switch {
	case where != 0:
	case e.Action == Reset || e.Action == ResetPriorities:
		where = allLevels
	default:
		where = defaultLevels
	}
	switch e.Action {
	case Del:
		for level := range 7 {
			if len(rc.links[level][name]) > 0 {
				rc.set(level, name)
			}
		}
		return nil
	case Add:
		if s.lsb {
			if rc.configured(name) == 0 {
				s.now = s.levels
			}
			return w.arrange(s, rc)
		}
		for level := range 7 {
			if len(rc.links[level][name]) == 0 {
				s.put(rc, level, s.levels.has(level))
			}
		}
		return nil
	case Reset:
		s.now = s.levels
	case Enable:
		s.now |= where
	case Disable:
		for level := range 7 {
			if where.has(level) {
				s.now |= ^(1 << level)
			}
		}
	}
	if s.lsb {
		if err := w.arrange(s, rc); err != nil {
			return err
		}
	}
	for level := range 7 {
		if !where.has(level) {
			continue
		}
		on := e.Action == Enable
		switch e.Action {
		case Reset:
			on = s.levels.has(level)
		case ResetPriorities:
			on = rc.on(name).has(level)
		}
		s.put(rc, level, on)
	}
	return nil
}

// put gives a script its one link in a level.
func (s *script) put(rc *rcDirs, level int, on bool) {
	l := rcLink{on, s.stop, s.name}
	if on {
		l.priority = s.start
	}
	rc.set(level, s.name, l)
}

// arrange finds the priorities of a script with an LSB header among all scripts, moves the links of others that have to
// move, and gives the script a link in each level: where it has none yet, by its own defaults.
func (w *work) arrange(s *script, rc *rcDirs) error {
	all, err := readScripts(w.t, rc)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.name == s.name {
			other.now = s.now
		}
	}
	o, err := newOrder(all)
	if err != nil {
		return err
	}
	moved := o.settle()
	for _, other := range all {
		if moved[other] && other.name != s.name {
			other.relink(rc)
		}
	}
	left := maxEdges
	deps, err := o.edges(s, &left)
	if err != nil {
		return err
	}
	deps.push(s)
	for level := range 7 {
		if l, ok := rc.at(level, s.name); ok {
			s.put(rc, level, l.start)
		} else {
			s.put(rc, level, s.levels.has(level))
		}
	}
	return nil
}

// relink moves the links that a script has to its priorities.
func (s *script) relink(rc *rcDirs) {
	for level := range 7 {
		l, ok := rc.at(level, s.name)
		if !ok {
			continue
		}
		want := s.stop
		if l.start {
			want = s.start
		}
		if l.priority != want {
			s.put(rc, level, l.start)
		}
	}
}

// initDirs are where scripts lie; on Enterprise Linux the first is a link to the second.
var initDirs = []string{"etc/init.d", "etc/rc.d/init.d"}

// scripts lists what is in init.d.
func scripts(t overlay.ReadTree) (dir string, names []string, err error) {
	for _, d := range initDirs {
		if dir, names, err = folder(t, d); err != nil || dir != "" {
			break
		}
	}
	return dir, names, err
}

// scriptIn finds a script of a name in init.d.
func scriptIn(t overlay.ReadTree, name string) (file string, ok bool) {
	for _, dir := range initDirs {
		r, err := overlay.Resolve(t, dir)
		if err != nil || !r.Exists() || !r.Info.IsDir() {
			continue
		}
		if file := path.Join(r.Name, name); isFile(t, file) {
			return file, true
		}
	}
	return "", false
}
