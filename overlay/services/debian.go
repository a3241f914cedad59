package services

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"lbimage/overlay"
)

// debianHeader is what update-rc.d reads of a script: the letters of the rc folders.
type debianHeader struct{ start, stop string }

var debianLine = regexp.MustCompile(`^# Default-(Start|Stop):\s*(\S?.*)$`)

// parseDebian reads Default-Start and Default-Stop between the two marks of an LSB header.
func parseDebian(text []byte) debianHeader {
	var h debianHeader
	within := false
	for line := range strings.SplitSeq(string(text), "\n") {
		switch mark := strings.TrimRight(line, " \t\r\f\v"); {
		case mark == "### BEGIN INIT INFO":
			within = true
		case mark == "### END INIT INFO":
			return h
		case within:
			m := debianLine.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			var letters strings.Builder
			for _, f := range strings.Fields(m[2]) {
				if len(f) == 1 && strings.Contains(rcLevels, f) {
					letters.WriteString(f)
				}
			}
			if m[1] == "Start" {
				h.start = letters.String()
			} else {
				h.stop = letters.String()
			}
		}
	}
	return h
}

// debian computes the links as update-rc.d makes them: none where a service has some already, S to K and back when it is
// turned off and on.
func (w *work) debian(e *edit, f found, rc *rcDirs) error {
	name := path.Base(f.path)
	if e.Action == Del {
		for i := range rcLevels {
			if len(rc.links[i][name]) > 0 {
				rc.set(i, name)
			}
		}
		return nil
	}
	if e.Action == Reset || e.Action == ResetPriorities {
		return e.refuse(f, "Debian has no such thing: choose del and add")
	}
	text, err := debianText(w.t, f.path)
	if err != nil {
		return err
	}
	h := parseDebian(text)
	if h.start == "" && h.stop == "" {
		return fmt.Errorf("%s: no LSB header with Default-Start or Default-Stop: add one to the script", abs(f.path))
	}
	if err := w.reachable(f); err != nil {
		return err
	}
	if !rc.any(name) {
		if err := w.debianDefaults(f, h, text, rc); err != nil {
			return err
		}
	}
	if e.Action == Add {
		return nil
	}
	toggle := h.start
	if e.Levels != "" {
		toggle = e.Levels
	}
	if toggle == "" {
		return fmt.Errorf("%s: its Default-Start names no run level: say in which ones", abs(f.path))
	}
	changed := false
	for i := range rcLevels {
		if strings.IndexByte(toggle, rcLevels[i]) < 0 || strings.IndexByte("S2345", rcLevels[i]) < 0 {
			continue
		}
		var links []rcLink
		for _, l := range rc.links[i][name] {
			changed = true
			l.start = e.Action == Enable
			links = append(links, l)
		}
		if links != nil {
			rc.set(i, name, links...)
		}
	}
	if !changed {
		return fmt.Errorf("%s: no links in run levels %s to turn: remove the service's links first (del), then add it", abs(f.path), toggle)
	}
	return nil
}

// reachable sees to it that a script lies where Debian looks for it: one that a package made for Enterprise Linux put into
// /etc/rc.d/init.d gets a link in /etc/init.d.
func (w *work) reachable(f found) error {
	there := path.Join("etc/init.d", path.Base(f.path))
	r, err := overlay.Resolve(w.t, "etc/init.d")
	if err != nil || path.Dir(f.path) == r.Name || exists(w.t, there) {
		return err
	}
	return w.link(there, "../"+strings.TrimPrefix(f.path, "etc/"), abs(f.path)+" is not where Debian looks for it")
}

// any says whether a service has links at all.
func (rc *rcDirs) any(name string) bool {
	for i := range rcLevels {
		if len(rc.links[i][name]) > 0 {
			return true
		}
	}
	return false
}

// debianText is the script or what the image says in its place.
func debianText(t overlay.ReadTree, script string) ([]byte, error) {
	for _, f := range []string{path.Join("etc/insserv/overrides", path.Base(script)), script, path.Join("usr/share/insserv/overrides", path.Base(script))} {
		text, err := readText(t, f)
		if err != nil || len(text) > 0 {
			return text, err
		}
	}
	return nil, nil
}

func (w *work) debianDefaults(f found, h debianHeader, text []byte, rc *rcDirs) error {
	name := path.Base(f.path)
	var o *insserv
	if exists(w.t, "etc/insserv.conf") && (exists(w.t, "sbin/insserv") || exists(w.t, "usr/sbin/insserv") || exists(w.t, "usr/lib/insserv/insserv")) {
		var err error
		if o, err = readInsserv(w.t, rc); err != nil {
			return err
		}
	}
	deps, err := parseHeader(text)
	if err != nil { // Debian does not mind what stands in a chkconfig line
		deps = header{}
	}
	for _, part := range []struct {
		letters string
		start   bool
		after   []string
	}{
		{h.start, true, append(deps.startAfter, deps.startAfterSoft...)},
		{h.stop, false, append(deps.stopBefore, deps.stopBeforeSoft...)},
	} {
		for i := range rcLevels {
			if strings.IndexByte(part.letters, rcLevels[i]) < 0 || len(rc.links[i][name]) > 0 {
				continue
			}
			l := rcLink{start: part.start, priority: 1, name: name}
			if o != nil {
				l.priority = o.priority(rc, i, part.start, part.after)
			}
			rc.set(i, name, l)
		}
	}
	if o != nil {
		w.notes = append(w.notes, "the image has insserv, which would order all scripts anew: "+name+" comes right after what it requires, the others stay")
	}
	return nil
}

// insserv knows who provides what on a Debian system.
type insserv struct {
	provides map[string][]string // $network, or what a script provides: names of scripts
	system   map[string][]string // $network: words of insserv.conf
}

func readInsserv(t overlay.ReadTree, rc *rcDirs) (*insserv, error) {
	o := &insserv{make(map[string][]string), make(map[string][]string)}
	files := []string{"etc/insserv.conf"}
	dir, names, err := folder(t, "etc/insserv.conf.d")
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		files = append(files, path.Join(dir, n))
	}
	for _, f := range files {
		text, err := readText(t, f)
		if err != nil {
			return nil, err
		}
		for line := range strings.SplitSeq(string(text), "\n") {
			if f := strings.Fields(line); len(f) > 1 && f[0][0] == '$' {
				for _, word := range f[1:] {
					o.system[f[0]] = append(o.system[f[0]], strings.TrimPrefix(word, "+"))
				}
			}
		}
	}
	dir, names, err = scripts(t)
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		if !rc.any(n) {
			continue
		}
		text, err := debianText(t, path.Join(dir, n))
		if err != nil {
			return nil, err
		}
		o.provides[n] = append(o.provides[n], n)
		if h, err := parseHeader(text); err == nil {
			for _, p := range h.provides {
				if p != n {
					o.provides[p] = append(o.provides[p], n)
				}
			}
		}
	}
	return o, nil
}

// priority is one later than that of all that must have been started in the level, or, for stopping, one earlier than
// that of all that must still run; 1 where there is nothing, as for insserv.
func (o *insserv) priority(rc *rcDirs, level int, start bool, after []string) int {
	highest, lowest := 0, 100
	seen := make(map[string]bool)
	var visit func(names []string)
	visit = func(names []string) {
		for _, n := range names {
			if seen[n] {
				continue
			}
			seen[n] = true
			visit(o.system[n])
			for _, s := range o.provides[n] {
				for _, l := range rc.links[level][s] {
					if l.start == start {
						highest, lowest = max(highest, l.priority), min(lowest, l.priority)
					}
				}
			}
			if n == "$all" {
				for _, links := range rc.links[level] {
					for _, l := range links {
						if l.start == start {
							highest = max(highest, l.priority)
						}
					}
				}
			}
		}
	}
	visit(after)
	if start {
		return min(highest+1, 99)
	}
	if lowest == 100 {
		return 1
	}
	return max(lowest-1, 1)
}
