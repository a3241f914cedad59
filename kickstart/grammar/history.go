package grammar

import (
	"cmp"
	"slices"
	"sync"
)

// History is what became of a command or an option along the releases.
type History struct {
	Releases   []Version // that read it, the oldest first; never empty
	Deprecated Version   // the first that warns; 0: none does
	Removed    Version   // the first that refuses it after others read it; 0: none does
	Instead    string    // what to write now, for one deprecated or removed; may be empty
}

// CommandHistory is that of a command, by name or alias. It is not there for a name that no release knows. All who ask
// share the releases in it.
func CommandHistory(name string) (History, bool) {
	h, ok := histories()[subject{name, ""}]
	return h, ok
}

// OptionHistory is that of a command's option, or of a section's: of "part" and "--start", of "%packages" and
// "--nobase". Both go by name or alias.
func OptionHistory(owner, name string) (History, bool) {
	h, ok := histories()[subject{owner, name}]
	return h, ok && name != ""
}

// subject is what a history is of: a command, with an option or without.
type subject struct{ owner, option string }

var histories = sync.OnceValue(func() map[subject]History {
	out := map[subject]History{}
	for _, c := range commands() {
		own := stretch{c.since, c.last, c.deprecated}
		for _, n := range c.names() {
			out[subject{n, ""}] = history(c.instead, own)
			historiesOf(out, n, own, c.options)
		}
	}
	for _, s := range sections {
		historiesOf(out, s.name, stretch{s.since, s.last, s.deprecated}, s.options)
	}
	return out
})

// historiesOf adds those of the options of one owner.
func historiesOf(out map[subject]History, owner string, own stretch, all []option) {
	for _, o := range all {
		var forms []stretch
		var instead string
		for _, f := range all {
			if f.name != o.name {
				continue
			}
			// A release that has no such command has no such option.
			s := stretch{max(own.since, f.since), cmp.Or(f.last, own.last), f.deprecated}
			if own.last != 0 {
				s.last = min(s.last, own.last)
			}
			forms = append(forms, s)
			instead = cmp.Or(f.instead, instead)
		}
		for _, n := range o.names() {
			out[subject{owner, n}] = history(instead, forms...)
		}
	}
}

// stretch is a span of releases that read something, and from which on with a warning.
type stretch struct{ since, last, deprecated Version }

func history(instead string, all ...stretch) History {
	h := History{Instead: instead}
	for _, v := range Versions() {
		i := slices.IndexFunc(all, func(s stretch) bool { return within(v, s.since, s.last) })
		switch {
		case i >= 0:
			h.Releases, h.Removed = append(h.Releases, v), 0
			if from(v, all[i].deprecated) && h.Deprecated == 0 {
				h.Deprecated = v
			}
		case len(h.Releases) > 0 && h.Removed == 0:
			h.Removed = v
		}
	}
	h.Releases = slices.Clip(h.Releases)
	return h
}
