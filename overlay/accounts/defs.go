package accounts

import (
	"errors"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"time"

	"lbimage/overlay"
)

// settings are what the image says of new accounts.
type settings struct {
	defs    map[string]string // /etc/login.defs
	useradd map[string]string // /etc/default/useradd
	dist    dist
}

// dist is the distribution, as far as its shadow-utils differ from others.
type dist struct {
	redhat  bool
	release int // 5, 6, 7, …; 0: not known, taken for a late one
}

func readSettings(t overlay.ReadTree, shadow *table) (*settings, error) {
	var s settings
	text, err := optional(t, "/etc/login.defs")
	if err != nil {
		return nil, err
	}
	s.defs = parseDefs(text)
	if text, err = optional(t, "/etc/default/useradd"); err != nil {
		return nil, err
	}
	s.useradd = parseUseradd(text)
	s.dist, err = readDist(t, shadow)
	return &s, err
}

// optional reads a file that an image need not have.
func optional(t overlay.ReadTree, name string) (string, error) {
	data, _, err := readFile(t, name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(data), err
}

// parseDefs reads login.defs: a name, blanks, a value, perhaps in quotes. The last one counts.
func parseDefs(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimLeft(strings.TrimRight(line, " \t\r\n\v\f"), " \t")
		cut := strings.IndexAny(line, " \t")
		if cut < 0 || line[0] == '#' {
			continue
		}
		value := strings.TrimLeft(line[cut:], " \t\"")
		if q := strings.IndexByte(value, '"'); q >= 0 {
			value = value[:q]
		}
		out[line[:cut]] = value
	}
	return out
}

// parseUseradd reads /etc/default/useradd: NAME=value, to the end of the line, no quotes.
func parseUseradd(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok {
			out[name] = value
		}
	}
	return out
}

var releaseNumber = regexp.MustCompile(`release ([0-9]{1,4})`)

func readDist(t overlay.ReadTree, shadow *table) (dist, error) {
	for _, name := range []string{"/etc/redhat-release", "/etc/os-release", "/usr/lib/os-release", "/etc/debian_version"} {
		text, err := optional(t, name)
		if err != nil {
			return dist{}, err
		}
		switch {
		case text == "":
		case name == "/etc/redhat-release":
			d := dist{redhat: true}
			if m := releaseNumber.FindStringSubmatch(text); m != nil && !strings.HasPrefix(text, "Fedora") {
				d.release, _ = strconv.Atoi(m[1])
			}
			return d, nil
		case name == "/etc/debian_version":
			return dist{}, nil
		default:
			for line := range strings.Lines(text) {
				key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
				if key != "ID" && key != "ID_LIKE" {
					continue
				}
				for id := range strings.FieldsSeq(strings.Trim(value, `"'`)) {
					if id == "rhel" || id == "fedora" || id == "centos" {
						return dist{redhat: true}, nil
					}
				}
			}
			return dist{}, nil
		}
	}
	if shadow != nil {
		for i := range shadow.lines {
			if f := shadow.entry(i); f != nil && f[1] == "!!" {
				return dist{redhat: true}, nil
			}
		}
	}
	return dist{}, nil
}

// early is for the releases whose first normal id is 500.
func (d dist) early() bool { return d.redhat && d.release > 0 && d.release <= 6 }

// upward is for the release that gives out system ids from the bottom.
func (d dist) upward() bool { return d.redhat && d.release > 0 && d.release <= 5 }

func (d dist) locked() string {
	if d.redhat {
		return "!!"
	}
	return "!"
}

func (d dist) shell() string {
	if d.redhat {
		return "/sbin/nologin"
	}
	return "/bin/bash"
}

func (d dist) firstID() int64 {
	if d.early() {
		return 500
	}
	return 1000
}

func (d dist) firstSystemID() int64 {
	switch {
	case d.upward():
		return 1
	case d.early():
		return 201
	}
	return 101
}

var cNumber = regexp.MustCompile(`^[-+]?(0[xX][0-9a-fA-F]+|[0-9]+)$`)

// number gives a number of login.defs: decimal, octal behind 0 or hexadecimal behind 0x, as C reads it.
// One that cannot be read counts as not there, as for the tools.
func (s *settings) number(name string, otherwise int64) int64 {
	value, ok := s.defs[name]
	if !ok || !cNumber.MatchString(value) {
		return otherwise
	}
	n, err := strconv.ParseInt(value, 0, 64)
	if err != nil {
		return otherwise
	}
	return n
}

func (s *settings) yes(name string) bool { return strings.EqualFold(s.defs[name], "yes") }

// span are the ids from which a new one is taken.
type span struct {
	what     string // UID or GID
	min, max int64
	low      int64 // the least that a wish may be
	system   bool
	down     bool // from the top
}

// span gives the range for users (what is UID) or groups (GID).
func (s *settings) span(what string, system bool) span {
	min := s.number(what+"_MIN", s.dist.firstID())
	if !system {
		return span{what: what, min: min, max: s.number(what+"_MAX", 60000), low: min}
	}
	return span{
		what: what, system: true, down: !s.dist.upward(), low: 1,
		min: s.number("SYS_"+what+"_MIN", s.dist.firstSystemID()),
		max: s.number("SYS_"+what+"_MAX", min-1),
	}
}

// days writes a number of days for shadow; a negative one is an empty field.
func days(n int64) string {
	if n < 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// day is the field for a point in time. The first day of all is left out: it would ask for a new password.
func day(t time.Time) string {
	n := t.Unix() / 86400
	if t.IsZero() || n <= 0 {
		return ""
	}
	return days(n)
}

// aging are the fields 4 to 8 of a line in shadow for a user who is no system account.
func (s *settings) aging(inactive *int, expire time.Time) []string {
	out := []string{
		days(s.number("PASS_MIN_DAYS", -1)), days(s.number("PASS_MAX_DAYS", -1)), days(s.number("PASS_WARN_AGE", -1)), "", "",
	}
	if inactive != nil {
		out[3] = days(int64(*inactive))
	} else if n, err := strconv.ParseInt(s.useradd["INACTIVE"], 10, 32); err == nil {
		out[3] = days(n)
	}
	if !expire.IsZero() {
		out[4] = days(expire.Unix() / 86400)
	} else if t, err := time.Parse("2006-01-02", s.useradd["EXPIRE"]); err == nil {
		out[4] = days(t.Unix() / 86400)
	} else if n, err := strconv.ParseInt(s.useradd["EXPIRE"], 10, 32); err == nil {
		out[4] = days(n)
	}
	return out
}
