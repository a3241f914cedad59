package services

import (
	"slices"
	"strings"
)

// unitSuffixes are the kinds of units.
var unitSuffixes = []string{"service", "socket", "target", "device", "mount", "automount", "swap", "timer", "path", "slice", "scope"}

// mayAlias are the kinds whose units may go by other names.
var mayAlias = []string{"service", "socket", "target", "device", "timer", "path"}

// unitName is the unit meant by a name without a kind: ntpd is ntpd.service.
func unitName(name string) string {
	if _, ok := parseUnit(name); ok {
		return name
	}
	return name + ".service"
}

// unitParts are the parts of foo@bar.service: prefix foo, instance bar, suffix service.
type unitParts struct {
	prefix, instance, suffix string
	at                       bool // there is an @
}

func (u unitParts) isTemplate() bool { return u.at && u.instance == "" }
func (u unitParts) isInstance() bool { return u.at && u.instance != "" }

// template is foo@.service for foo@bar.service.
func (u unitParts) template() string { return u.prefix + "@." + u.suffix }

func (u unitParts) with(instance string) string { return u.prefix + "@" + instance + "." + u.suffix }

// parseUnit cuts a unit's name and says whether it is one.
func parseUnit(name string) (unitParts, bool) {
	dot := strings.LastIndexByte(name, '.')
	if dot < 1 || len(name) > 255 {
		return unitParts{}, false
	}
	u := unitParts{suffix: name[dot+1:]}
	for i := range dot {
		if c := name[i]; c != '@' && !unitByte(c) {
			return u, false
		}
	}
	u.prefix, u.instance, u.at = strings.Cut(name[:dot], "@")
	return u, u.prefix != "" && slices.Contains(unitSuffixes, u.suffix)
}

func unitByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || digit(c) || strings.IndexByte(":-_.\\", c) >= 0
}
