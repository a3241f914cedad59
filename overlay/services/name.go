package services

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	letters "lbimage/haproxy-config/nearest"
)

// maxName is the longest name in bytes: with S50 in front it still is a file's name.
const maxName = 252

// checkName refuses what cannot be a service's name, and with it all that could lead elsewhere.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("service: no name: give one, such as ntpd")
	case len(name) > maxName:
		return fmt.Errorf("service %q: a name has at most %d bytes", shorten(name), maxName)
	case !plainName(name):
		return fmt.Errorf("service %q: not a service's name: letters, digits and . _ - : + @ make one", shorten(name))
	}
	return nil
}

// plainName says whether a name is made of the letters that scripts and units use. A backslash is systemd's escape.
func plainName(name string) bool {
	if name == "" || name[0] == '.' || name[0] == '-' && !strings.HasSuffix(name, ".slice") && !strings.HasSuffix(name, ".mount") {
		return false
	}
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("._-:+@\\", c) >= 0:
		default:
			return false
		}
	}
	return true
}

// nearest gives up to three names that are like the asked one, best first.
func nearest(name string, all []string) []string {
	type scored struct {
		name     string
		distance int
	}
	var list []scored
	for _, n := range all {
		d := letters.Distance(head(name), head(n))
		if strings.HasPrefix(n, name) || strings.HasPrefix(name, n) {
			d = min(d, 1+abs1(len(n)-len(name))/3)
		}
		if d <= max(1, min(3, max(len(name), len(n))/2)) {
			list = append(list, scored{n, d})
		}
	}
	slices.SortFunc(list, func(a, b scored) int {
		if a.distance != b.distance {
			return a.distance - b.distance
		}
		return strings.Compare(a.name, b.name)
	})
	var out []string
	for _, s := range slices.CompactFunc(list, func(a, b scored) bool { return a.name == b.name }) {
		if len(out) < 3 {
			out = append(out, s.name)
		}
	}
	return out
}

func abs1(n int) int { return max(n, -n) }

// head is what of a long name is compared.
func head(s string) string { return s[:min(len(s), 64)] }

func shorten(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}
