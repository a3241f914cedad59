package kickstart

import (
	"strconv"
	"strings"

	"lbimage/kickstart/grammar"
)

// parseInt reads a number as a release's Python does: optparse of RHEL 6 and 7 takes 0x, 0b and octal numbers, which begin
// with 0; those before and after it decimal ones alone, with blanks around, and from RHEL 8 on with _ between digits.
func parseInt(v grammar.Version, s string) (int64, bool) {
	base := 10
	switch {
	case v == grammar.RHEL6 || v == grammar.RHEL7:
		switch lower := strings.ToLower(s); {
		case strings.HasPrefix(lower, "0x"):
			s, base = s[2:], 16
		case strings.HasPrefix(lower, "0b"):
			s, base = s[2:], 2
			if s == "" {
				s = "0"
			}
		case strings.HasPrefix(lower, "0"):
			base = 8
		}
	case v >= grammar.RHEL8:
		t := strings.TrimLeft(strings.Trim(s, blanks), "+-")
		if strings.Contains(t, "__") || strings.HasPrefix(t, "_") || strings.HasSuffix(t, "_") {
			return 0, false
		}
		s = strings.ReplaceAll(s, "_", "")
	}
	n, err := strconv.ParseInt(strings.Trim(s, blanks), base, 64)
	return n, err == nil
}

// isOctal says that a release reads a number as an octal one.
func isOctal(v grammar.Version, s string) bool {
	return (v == grammar.RHEL6 || v == grammar.RHEL7) && len(s) > 1 && s[0] == '0' && strings.Trim(s, "01234567") == ""
}

// parseBool reads a switch.
func parseBool(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "on", "yes", "true", "1":
		return true, true
	case "off", "no", "false", "0":
		return false, true
	}
	return false, false
}
