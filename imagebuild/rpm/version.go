package rpm

import (
	"cmp"
	"strings"
)

// CompareVersions orders two versions, or two releases, as rpm does: -1 where a is older, 0 where they
// count as the same, 1 where a is newer. Runs of digits are compared as numbers, runs of letters as text,
// a number is newer than letters, and other bytes only separate. A tilde is older than anything, the
// end included (1.0~rc1 before 1.0); a caret is newer than the end and older than the rest
// (1.0 before 1.0^git1 before 1.0.1).
func CompareVersions(a, b string) int {
	if a == b {
		return 0
	}
	for a != "" || b != "" {
		a, b = strings.TrimLeftFunc(a, separates), strings.TrimLeftFunc(b, separates)
		if x, y := strings.HasPrefix(a, "~"), strings.HasPrefix(b, "~"); x || y {
			if !x || !y {
				return order(y, x)
			}
			a, b = a[1:], b[1:]
			continue
		}
		if x, y := strings.HasPrefix(a, "^"), strings.HasPrefix(b, "^"); x || y {
			switch {
			case a == "":
				return -1
			case b == "":
				return 1
			case !x || !y:
				return order(y, x)
			}
			a, b = a[1:], b[1:]
			continue
		}
		if a == "" || b == "" {
			break
		}
		kind := isLetter
		if isDigit(rune(a[0])) {
			kind = isDigit
		}
		var x, y string
		x, a = segment(a, kind)
		y, b = segment(b, kind)
		if y == "" { // the other kind: a number is newer
			return order(isDigit(rune(x[0])), !isDigit(rune(x[0])))
		}
		if isDigit(rune(x[0])) {
			x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
			if c := cmp.Compare(len(x), len(y)); c != 0 {
				return c
			}
		}
		if c := strings.Compare(x, y); c != 0 {
			return c
		}
	}
	return order(a != "", b != "")
}

// order is 1 where only the first holds, -1 where only the second does.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func isDigit(r rune) bool   { return '0' <= r && r <= '9' }
func isLetter(r rune) bool  { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }
func separates(r rune) bool { return !isDigit(r) && !isLetter(r) && r != '~' && r != '^' }

// segment splits the leading bytes of a kind off.
func segment(s string, kind func(rune) bool) (head, rest string) {
	rest = strings.TrimLeftFunc(s, kind)
	return s[:len(s)-len(rest)], rest
}

// EVR is an epoch, a version and a release, as dependencies have them: 2:4.1.2-15.el6.
type EVR struct {
	Epoch   string // digits, "" where none is given, which counts as 0
	Version string
	Release string // "" where none is given: any
}

// ParseEVR takes [epoch:]version[-release] apart.
func ParseEVR(s string) EVR {
	var e EVR
	if head, rest := segment(s, isDigit); strings.HasPrefix(rest, ":") {
		e.Epoch, s = head, rest[1:]
		if head == "" {
			e.Epoch = "0"
		}
	}
	e.Version = s
	if i := strings.LastIndexByte(s, '-'); i >= 0 {
		e.Version, e.Release = s[:i], s[i+1:]
	}
	return e
}

// Compare orders two of them; a release counts where both have one.
func (e EVR) Compare(o EVR) int {
	c := e.compareEpoch(o)
	if c == 0 {
		c = CompareVersions(e.Version, o.Version)
	}
	if c == 0 && e.Release != "" && o.Release != "" {
		c = CompareVersions(e.Release, o.Release)
	}
	return c
}

func (e EVR) compareEpoch(o EVR) int {
	epoch := func(s string) string {
		if s == "" {
			return "0"
		}
		return s
	}
	return CompareVersions(epoch(e.Epoch), epoch(o.Epoch))
}

// Overlaps reports whether a version can be in the ranges of both, whose names must be the same: a
// package that provides d satisfies a requirement o, or conflicts with it, as rpm decides that.
func (d Dependency) Overlaps(o Dependency) bool {
	f, g := d.sense(), o.sense()
	switch {
	case d.Name != o.Name:
		return false
	case f == 0 || g == 0 || d.Version == "" || o.Version == "":
		return true
	}
	a, b := ParseEVR(d.Version), ParseEVR(o.Version)
	c := a.Compare(b)
	if c == 0 && a.compareEpoch(b) == 0 {
		// The side without a release stands for every release, if it means that version at all.
		if a.Release != "" && b.Release == "" && g&senseEqual != 0 ||
			b.Release != "" && a.Release == "" && f&senseEqual != 0 {
			return true
		}
	}
	switch {
	case c < 0:
		return f&senseGreater != 0 || g&senseLess != 0
	case c > 0:
		return f&senseLess != 0 || g&senseGreater != 0
	}
	return f&g != 0
}

// sense gives the bits of Op: those of Flags, or where a Dependency was made without them, what Op says.
func (d Dependency) sense() uint32 {
	if f := d.Flags & (senseLess | senseEqual | senseGreater); f != 0 {
		return f
	}
	for f, op := range senseOps {
		if op == d.Op {
			return f
		}
	}
	return 0
}
