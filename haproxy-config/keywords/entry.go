package keywords

import haproxyconfig "lbimage/haproxy-config"

// Version is a release of HAProxy.
type Version = haproxyconfig.Version

// State is what a version of HAProxy makes of a keyword.
type State uint8

const (
	// Known: it is taken without a word.
	Known State = iota
	// Deprecated: it works, and HAProxy says that it should not be used.
	Deprecated
	// Future: only later versions have it.
	Future
	// Removed: only earlier versions had it.
	Removed
	// Uncertain: the version was not looked at, and its neighbours differ.
	Uncertain
)

// Entry is what is known of one keyword.
type Entry struct {
	// Name is the keyword, one blank between its words.
	Name string
	// Since is the first version that is known to have it, and Absent the last
	// that is known not to. The zero Version: since ever.
	Since, Absent Version
	// Warned is the first version that calls it deprecated; zero for none.
	Warned Version
	// Removed is the first version that is known to refuse it, and Last the last that
	// is known to take it; zero for none.
	Removed, Last Version
	// Places are the letters of the proxy sections where it works, and Ignored
	// those where it is taken with a warning and has no effect: D, F, L, B. Both are
	// empty for what does not stand in proxies.
	Places, Ignored string
	// Min and Max are how many words may stand behind it; a Max below zero is none.
	Min, Max int
	// Strict is the first version that refuses more words than Max; before it they are
	// passed over. Lax is set where no version was seen to refuse them.
	Strict Version
	Lax    bool
	// Values are what the first argument has to be, each from a version on.
	Values []Value
	// InDefaults is the first version that takes it in a defaults section; zero: ever
	// since. Named is set where such a section has to have a name.
	InDefaults Version
	Named      bool
	// Experimental: refused without 'expose-experimental-directives' in global, from
	// ExperimentalSince on.
	Experimental      bool
	ExperimentalSince Version
	// Takes are the kinds of the arguments in the parentheses of a sample expression.
	Takes []string
	// No and Default say whether it takes the prefix of that name.
	No, Default bool
}

// Value is what an argument has to be, from a version on.
type Value struct {
	Kind  Kind
	Since Version
	// Low and High bound a number, in its own unit. Without bounds both are 0.
	Low, High int64
}

// Kind is a kind of argument.
type Kind string

const (
	Any     Kind = ""
	Int     Kind = "int"     // a whole number, which HAProxy checks
	IntHex  Kind = "int:hex" // the same; hexadecimal with 0x, too
	Lenient Kind = "lenient" // a whole number; HAProxy takes anything, and reads letters as 0
	Size    Kind = "size"    // a number with k, m, g
	TimeMS  Kind = "time:ms" // a time, in milliseconds without a unit
	TimeS   Kind = "time:s"  // a time, in seconds without a unit
	OnOff   Kind = "on|off"
)

// ValueAt is what a version asks of the first argument. A version that is not known
// counts as the newest.
func (e *Entry) ValueAt(v Version) Value {
	var now Value
	for _, value := range e.Values {
		if !v.Before(value.Since) {
			now = value
		}
	}
	return now
}

// At tells what a version makes of the keyword. A version that is not known gives
// Known, or Deprecated where any version says so or has removed it.
func (e *Entry) At(v Version) State {
	switch {
	case !v.Known():
		if e.Warned.Known() || e.Removed.Known() {
			return Deprecated
		}
		return Known
	case e.Removed.Known() && v.Compare(e.Removed) >= 0:
		return Removed
	case e.Since.Known() && v.Compare(e.Since) < 0:
		if e.Absent.Known() && v.Compare(e.Absent) > 0 && !lacks(v, e.Absent) {
			return Uncertain
		}
		return Future
	case e.Last.Known() && v.Compare(e.Last) > 0 && !sameBranch(v, e.Last):
		return Uncertain
	case e.Warned.Known() && v.Compare(e.Warned) >= 0:
		return Deprecated
	}
	return Known
}

// sameBranch: what a release has, later releases of its branch have, too.
func sameBranch(v, w Version) bool { return v.Major == w.Major && v.Minor == w.Minor }
