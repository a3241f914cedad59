package haproxyconfig

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Version is a release of HAProxy or of the servo. The zero value means that
// the version is not known.
type Version struct {
	Major, Minor, Patch int
	Dev                 int // 18 in 1.5-dev18; 0 in a release
}

// ParseVersion reads 1.5, 1.5.18, 1.5-dev18 or 2.6.12-1+deb12u4. What follows
// the numbers (a distribution's own counting) is ignored.
func ParseVersion(s string) (Version, error) {
	bad := fmt.Errorf("version %q is not of the form 1.5, 1.5.18 or 1.5-dev18", s)
	numbers, rest, _ := strings.Cut(strings.TrimPrefix(s, "v"), "-")
	numbers, _, _ = strings.Cut(numbers, "+")
	parts := strings.Split(numbers, ".")
	if len(parts) < 2 {
		return Version{}, bad
	}
	var n [3]int
	for i := range min(len(parts), len(n)) {
		v, err := strconv.ParseUint(parts[i], 10, 16)
		if err != nil {
			return Version{}, bad
		}
		n[i] = int(v)
	}
	v := Version{Major: n[0], Minor: n[1], Patch: n[2]}
	if digits, ok := strings.CutPrefix(rest, "dev"); ok {
		end := 0
		for end < len(digits) && isDigit(digits[end]) {
			end++
		}
		dev, err := strconv.ParseUint(digits[:end], 10, 16)
		if err != nil {
			return Version{}, bad
		}
		v.Dev = int(dev)
	}
	if v == (Version{}) {
		return Version{}, bad
	}
	return v, nil
}

// Known reports whether v is a version at all.
func (v Version) Known() bool { return v != Version{} }

// Compare gives -1, 0 or 1. A development version comes before its release:
// 1.5-dev18 < 1.5-dev22 < 1.5.0.
func (v Version) Compare(w Version) int {
	release := func(x Version) int {
		if x.Dev > 0 {
			return 0
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor), cmp.Compare(v.Patch, w.Patch),
		cmp.Compare(release(v), release(w)), cmp.Compare(v.Dev, w.Dev))
}

// Since reports whether v is known, and w or later.
func (v Version) Since(w Version) bool { return v.Known() && v.Compare(w) >= 0 }

// Before reports whether v is known, and earlier than w.
func (v Version) Before(w Version) bool { return v.Known() && v.Compare(w) < 0 }

// String gives the version as its makers write it, or "unknown".
func (v Version) String() string {
	switch {
	case !v.Known():
		return "unknown"
	case v.Dev > 0:
		return fmt.Sprintf("%d.%d-dev%d", v.Major, v.Minor, v.Dev)
	}
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
}
