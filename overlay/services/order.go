package services

import (
	"errors"
	"fmt"
	"path"
	"slices"

	"lbimage/overlay"
)

// script is a SysV script with what chkconfig knows of it.
type script struct {
	header
	name string
	// now are the levels in which it is started, as far as the order of others is concerned. While a script is turned
	// off chkconfig has every bit of an integer set here but those of other levels that were off, which makes it depend
	// on nobody; the links on real systems show it, so it is kept.
	now levels
}

// readScript reads one script of an init.d folder and its override.
func readScript(t overlay.ReadTree, dir, name string) (*script, error) {
	text, err := readText(t, path.Join(dir, name))
	if err != nil {
		return nil, err
	}
	h, err := parseHeader(text)
	if err == nil {
		err = h.usable()
	}
	if err != nil {
		return nil, err
	}
	if h.provides == nil {
		h.provides = []string{name}
	}
	over, err := readText(t, path.Join("etc/chkconfig.d", name))
	if err != nil {
		return nil, err
	}
	if over != nil {
		o, err := parseHeader(over)
		if err != nil {
			return nil, fmt.Errorf("override in /etc/chkconfig.d: %w", err)
		}
		h = h.override(o, name)
	}
	return &script{header: h, name: name}, nil
}

// readScripts reads all of them; those that chkconfig has nothing to go by are left out.
func readScripts(t overlay.ReadTree, rc *rcDirs) ([]*script, error) {
	dir, names, err := scripts(t)
	if err != nil {
		return nil, err
	}
	var list []*script
	for _, name := range names {
		if leftover(name) || !isFile(t, path.Join(dir, name)) {
			continue
		}
		s, err := readScript(t, dir, name)
		if err != nil {
			continue // what cannot be read takes no part, and is told when it is asked for
		}
		s.now = rc.on(name)
		list = append(list, s)
	}
	return list, nil
}

var errEdges = errors.New("/etc/init.d: the scripts' headers name too many dependencies: mend them")

// order computes the priorities of the scripts with LSB headers: each later than what it starts after, each stopped
// earlier than what it stops before, 50 to begin with, 0 and 99 at the ends. Priorities only ever move outward, so that
// the order in which scripts are looked at does not matter, and a circle ends at the ends.
type order struct {
	all  []*script
	by   map[string][]*script // who is called so or provides it
	deps map[*script]edges
}

type edges struct{ start, stop []*script }

func newOrder(all []*script) (*order, error) {
	o := &order{all: all, by: make(map[string][]*script), deps: make(map[*script]edges)}
	for _, s := range all {
		o.by[s.name] = append(o.by[s.name], s)
		for _, p := range s.provides {
			if l := o.by[p]; len(l) == 0 || l[len(l)-1] != s {
				o.by[p] = append(l, s)
			}
		}
	}
	left := maxEdges
	for _, s := range all {
		if !s.lsb {
			continue
		}
		e, err := o.edges(s, &left)
		if err != nil {
			return nil, err
		}
		o.deps[s] = e
	}
	return o, nil
}

// edges are the scripts that one waits for: those that run in every level in which it does.
func (o *order) edges(s *script, left *int) (edges, error) {
	find := func(lists ...[]string) []*script {
		var out []*script
		seen := make(map[*script]bool)
		for _, name := range slices.Concat(lists...) {
			for _, d := range o.by[name] {
				if *left--; *left < 0 {
					return nil
				}
				if !seen[d] && s.now&d.now == s.now {
					seen[d] = true
					out = append(out, d)
				}
			}
		}
		return out
	}
	e := edges{find(s.startAfter, s.startAfterSoft), find(s.stopBefore, s.stopBeforeSoft)}
	if *left < 0 {
		return e, errEdges
	}
	return e, nil
}

// push moves a script's priorities as its dependencies demand, and says whether they moved.
func (e edges) push(s *script) bool {
	start, stop := s.start, s.stop
	if s.start < 0 {
		s.start = 50
	}
	if s.stop > 99 {
		s.stop = 50
	}
	for _, d := range e.start {
		if s.start <= d.start {
			s.start = min(d.start+1, 99)
		}
	}
	for _, d := range e.stop {
		if s.stop >= d.stop {
			s.stop = max(d.stop-1, 0)
		}
	}
	return s.start != start || s.stop != stop
}

// settle pushes until nothing moves and tells which scripts moved at all.
func (o *order) settle() map[*script]bool {
	moved := make(map[*script]bool)
	for again := true; again; {
		again = false
		for _, s := range o.all {
			if s.lsb && o.deps[s].push(s) {
				moved[s], again = true, true
			}
		}
	}
	return moved
}
