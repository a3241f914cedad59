package grammar

import "slices"

// History is what became of a command, an option or a section along the releases.
type History struct {
	Releases   []Version // that read it, the oldest first; never empty
	Deprecated Version   // the first that warns; 0: none does
	Removed    Version   // the first that refuses it after others read it; 0: none does
	Instead    string    // what to write now, for one deprecated or removed; may be empty
}

// CommandHistory is that of a command, by name or alias. It is not there for a name that no release knows.
func CommandHistory(name string) (History, bool) {
	for _, c := range commands() {
		if slices.Contains(c.names(), name) {
			return history(c.instead, stretch{c.since, c.last, c.deprecated}), true
		}
	}
	return History{}, false
}

// OptionHistory is that of a command's option, or of a section's: of "part" and "--start", of "%packages" and
// "--nobase". Both go by name or alias.
func OptionHistory(owner, name string) (History, bool) {
	since, last, all, ok := optionsAlong(owner)
	if !ok {
		return History{}, false
	}
	var found []stretch
	var instead string
	for _, o := range all {
		if !slices.Contains(o.names(), name) {
			continue
		}
		// A release that has no such command has no such option.
		s := stretch{max(since, o.since), o.last, o.deprecated}
		if last != 0 && (s.last == 0 || s.last > last) {
			s.last = last
		}
		found = append(found, s)
		if o.instead != "" {
			instead = o.instead
		}
	}
	if len(found) == 0 {
		return History{}, false
	}
	return history(instead, found...), true
}

// optionsAlong are the options of a command or section, and its releases.
func optionsAlong(owner string) (since, last Version, all []option, ok bool) {
	for _, c := range commands() {
		if slices.Contains(c.names(), owner) {
			return c.since, c.last, c.options, true
		}
	}
	for _, s := range sections {
		if s.name == owner {
			return s.since, s.last, s.options, true
		}
	}
	return 0, 0, nil, false
}

// stretch is a span of releases that read something, and from which on with a warning.
type stretch struct{ since, last, deprecated Version }

func history(instead string, all ...stretch) History {
	h := History{Instead: instead}
	for _, v := range Versions() {
		read := false
		for _, s := range all {
			if !within(v, s.since, s.last) {
				continue
			}
			read = true
			if from(v, s.deprecated) && h.Deprecated == 0 {
				h.Deprecated = v
			}
		}
		switch {
		case read:
			h.Releases = append(h.Releases, v)
			h.Removed = 0
		case len(h.Releases) > 0 && h.Removed == 0:
			h.Removed = v
		}
	}
	return h
}
