package services

import (
	"fmt"
	"strings"

	"lbimage/overlay"
)

// Action is what is asked for.
type Action string

const (
	// Add registers a service with its own defaults, as `chkconfig --add` and, for systemd, a preset do.
	Add Action = "add"
	// Del forgets it, as `chkconfig --del` and `systemctl disable` do.
	Del Action = "del"
	// Enable starts it at boot: `chkconfig NAME on`, `systemctl enable NAME`.
	Enable Action = "enable"
	// Disable does not: `chkconfig NAME off`, `systemctl disable NAME`.
	Disable Action = "disable"
	// Preset does what the image's presets say: `systemctl preset NAME`.
	Preset Action = "preset"
	// Mask and Unmask are systemd's.
	Mask   Action = "mask"
	Unmask Action = "unmask"
	// Reset gives a SysV script the levels and priorities that its header names: `chkconfig NAME reset`.
	Reset Action = "reset"
	// ResetPriorities leaves the levels and computes the priorities anew: `chkconfig NAME resetpriorities`.
	ResetPriorities Action = "resetpriorities"
)

// Request is one action on one service.
type Request struct {
	Name   string // ntpd, ntpd.service
	Action Action
	// Levels are the run levels meant, as chkconfig --level takes them ("35"); empty: its default. They are for
	// SysV scripts and Enable, Disable, Reset, ResetPriorities.
	Levels string
}

// New makes the edit, or says what is wrong with the request.
func New(r Request) (overlay.Edit, error) {
	if err := checkName(r.Name); err != nil {
		return nil, err
	}
	switch r.Action {
	case Enable, Disable, Reset, ResetPriorities:
	case Add, Del, Preset, Mask, Unmask:
		if r.Levels != "" {
			return nil, fmt.Errorf("service %s: %s takes no run levels: leave %q out", r.Name, r.Action, r.Levels)
		}
	default:
		return nil, fmt.Errorf("service %s: action %q: choose add, del, enable, disable, preset, mask, unmask, reset or resetpriorities",
			r.Name, shorten(string(r.Action)))
	}
	levels, err := parseLevels(r.Levels)
	if err != nil && r.Levels != "" {
		return nil, fmt.Errorf("service %s: %w", r.Name, err)
	}
	return &edit{r, levels}, nil
}

// edit is a checked request.
type edit struct {
	Request
	levels levels
}

func (e *edit) Describe() string {
	s := string(e.Action) + " service " + e.Name
	if e.Levels != "" {
		s += " in run levels " + e.Levels
	}
	return s
}

// Paths are where a service of the name would be told apart; which of them it is depends on the image.
func (e *edit) Paths() []string {
	return []string{"/etc/init.d/" + scriptName(e.Name), "/etc/systemd/system/" + unitName(e.Name)}
}

func (e *edit) Apply(t overlay.Tree) ([]overlay.Change, error) {
	w := &work{t: t}
	found, err := find(t, e.Name)
	if err != nil {
		return nil, err
	}
	switch found.kind {
	case Systemd:
		err = w.systemd(e, found)
	case SysV:
		err = w.sysv(e, found)
	case Xinetd:
		err = w.xinetd(e, found)
	case Upstart:
		err = w.upstart(e, found)
	}
	if err != nil {
		return nil, err
	}
	if len(w.changes) == 0 {
		w.alreadySo(found.path)
	}
	last := &w.changes[len(w.changes)-1]
	last.Notes = append(append(last.Notes, w.notes...), found.notes...)
	return w.changes, nil
}

// Estimate counts links from above: one a run level for a script, a few with their folders for a unit.
func (e *edit) Estimate(s *overlay.Estimate) error {
	found, err := find(s.Tree(), e.Name)
	if err != nil {
		return nil // it is said when the edit is applied, and an earlier edit may bring the service
	}
	switch found.kind {
	case Systemd:
		for _, link := range []string{unitName(e.Name), "multi-user.target.wants/" + found.unit, "sockets.target.wants/" + found.unit} {
			if err := s.Symlink("/etc/systemd/system/"+link, abs(found.path)); err != nil {
				return err
			}
		}
	case SysV:
		for level := range 7 {
			if err := s.Symlink(fmt.Sprintf("/etc/rc%d.d/S50%s", level, e.Name), "../init.d/"+e.Name); err != nil {
				return err
			}
		}
	case Xinetd, Upstart:
		return s.Grow(found.path, 4096)
	}
	return nil
}

// refuse is for an action that a kind of service does not know.
func (e *edit) refuse(f found, mend string) error {
	return fmt.Errorf("%s: %s is not for %s: %s", abs(f.path), e.Action, f.kind, mend)
}

// work carries one Apply: the tree and the changes so far.
type work struct {
	t       overlay.Tree
	changes []overlay.Change
	notes   []string // for the last change
}

func (w *work) apply(e overlay.Edit, notes ...string) error {
	changes, err := e.Apply(w.t)
	if err != nil {
		return err
	}
	if len(changes) > 0 && len(notes) > 0 {
		last := &changes[len(changes)-1]
		last.Notes = append(last.Notes, notes...)
	}
	w.changes = append(w.changes, changes...)
	return nil
}

func (w *work) link(name, target string, notes ...string) error {
	return w.apply(overlay.Symlink{Path: abs(name), Target: target}, notes...)
}

func (w *work) remove(name string, notes ...string) error {
	return w.apply(overlay.Remove{Path: abs(name)}, notes...)
}

// alreadySo records that nothing was to do, or why nothing was done.
func (w *work) alreadySo(name string, notes ...string) {
	if len(notes) == 0 {
		notes = []string{"already so"}
	}
	c := overlay.Change{Path: abs(name), Op: overlay.OpNone, Notes: notes}
	if s, err := overlay.StateOf(w.t, name, 0); err == nil {
		c.Before, c.After = s, s
	}
	w.changes = append(w.changes, c)
}

func abs(name string) string { return "/" + strings.TrimPrefix(name, "/") }
