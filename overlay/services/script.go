package services

import (
	"bytes"
	"errors"
	"strings"
)

// Bounds on what is read of an image.
const (
	maxFile  = 1 << 20 // a script, a unit, a job
	maxFiles = 100_000 // names in all folders together
	maxEdges = 1 << 21 // pairs of a script and one that it waits for
)

// errNoHeader is for a script that chkconfig has nothing to go by.
var errNoHeader = errors.New("neither a '# chkconfig: LEVELS START STOP' line nor an LSB header with Default-Start or Default-Stop: add one to the script")

// errHeader is for a script whose header chkconfig refuses.
var errHeader = errors.New("the '# chkconfig:' line is not 'LEVELS START STOP' with levels 0 to 6 (or -) and priorities 0 to 99: mend it in the script")

// unset are the priorities of a script that names none. They lie beyond every other, so that they push nobody.
const (
	unsetStart = -1
	unsetStop  = 100
)

// header is what the comments of a SysV script say.
type header struct {
	lsb         bool
	levelsGiven bool
	levels      levels // on by default; beyond the seven there may be more bits, see defaults
	start, stop int    // priorities
	provides    []string
	// what must, or better should, run before it starts and still run while it stops
	startAfter, stopBefore         []string
	startAfterSoft, stopBeforeSoft []string
	stopLevels                     levels // Default-Stop, for Debian
}

// parseHeader reads a script as chkconfig does: all comment lines of the whole file count, a priority or level of a
// chkconfig line only where none is known yet, an LSB dependency where it stands last.
func parseHeader(text []byte) (header, error) {
	h := header{start: unsetStart, stop: unsetStop}
	for len(text) > 0 {
		text = bytes.TrimLeft(text, " \t\n\v\f\r")
		line := text
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			line = text[:i]
		}
		rest := text[len(line):]
		text = rest
		if len(line) == 0 || line[0] != '#' {
			continue
		}
		line = line[1:]
		if bytes.HasPrefix(line, []byte("## BEGIN INIT INFO")) {
			h.lsb = true
		}
		line = bytes.TrimLeft(line, " \t\v\f\r")
		key, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		switch string(key) {
		case "chkconfig":
			// The numbers may even stand on the next line, for scanf; a blank must follow them.
			tail := append(append([]byte(nil), value...), rest[:min(len(rest), 64)]...)
			if err := h.chkconfigLine(tail, len(bytes.TrimSpace(value)) == 0); err != nil {
				return h, err
			}
		case "Default-Start":
			h.defaults(value, rest, func(bit levels) { h.levels |= bit })
		case "Default-Stop":
			h.defaults(value, rest, func(bit levels) { h.levels &^= bit; h.stopLevels |= bit })
		case "Required-Start":
			h.startAfter = words(value)
		case "Required-Stop":
			h.stopBefore = words(value)
		case "Should-Start":
			h.startAfterSoft = words(value)
		case "Should-Stop":
			h.stopBeforeSoft = words(value)
		case "Provides":
			if w := words(value); w != nil {
				h.provides = w
			}
		}
	}
	return h, nil
}

// usable says whether chkconfig takes the script for a service.
func (h header) usable() error {
	if !h.levelsGiven || !h.lsb && (h.start == unsetStart || h.stop == unsetStop) {
		return errNoHeader
	}
	return nil
}

func (h *header) chkconfigLine(s []byte, empty bool) error {
	if empty {
		return errHeader
	}
	s = bytes.TrimLeft(s, " \t\n\v\f\r")
	n := 0
	for n < len(s) && n < 15 && !isSpace(s[n]) && s[n] != 0 {
		n++
	}
	name := string(s[:n])
	start, s, ok1 := scanInt(s[n:])
	stop, s, ok2 := scanInt(s)
	if !ok1 || !ok2 || len(s) == 0 || !isSpace(s[0]) || start < 0 || start > 99 || stop < 0 || stop > 99 {
		return errHeader
	}
	if h.start == unsetStart {
		h.start = start
	}
	if h.stop == unsetStop {
		h.stop = stop
	}
	if h.levelsGiven {
		return nil
	}
	h.levelsGiven = true
	if name == "-" {
		return nil
	}
	l, err := parseLevels(name)
	if err != nil {
		return errHeader
	}
	h.levels = l
	return nil
}

// defaults reads the levels of Default-Start and Default-Stop: numbers up to the first thing that is none. A number
// that is no level falls on a bit as the processor's shift does it, which is how 35 for '3 5' turns out to mean 3, and how
// 2345 means no level and yet something that no other script has.
func (h *header) defaults(value, rest []byte, do func(levels)) {
	s := append(append([]byte(nil), value...), rest[:min(len(rest), 64)]...)
	for {
		n, after, ok := scanInt(s)
		if !ok {
			return
		}
		h.levelsGiven = true
		do(1 << (uint(n) & 31))
		s = after
	}
}

// scanInt reads a decimal number behind blanks, as scanf and strtol do.
func scanInt(s []byte) (n int, rest []byte, ok bool) {
	s = bytes.TrimLeft(s, " \t\n\v\f\r")
	sign := 1
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		if n < 1<<30 {
			n = n*10 + int(s[i]-'0')
		}
		i++
	}
	return sign * n, s[i:], i > 0
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func words(s []byte) []string {
	return strings.FieldsFunc(string(s), func(r rune) bool { return r == 0 || r < 0x80 && isSpace(byte(r)) })
}

// override lays what a file in /etc/chkconfig.d says over a header. Priorities and provided names are always taken from
// it; a script without LSB header keeps its priorities where the file names none, as it would have none at all then.
func (h header) override(o header, name string) header {
	if o.levelsGiven {
		h.levels, h.levelsGiven = o.levels, true
	}
	h.lsb = h.lsb || o.lsb
	if h.lsb || o.start != unsetStart {
		h.start = o.start
	}
	if h.lsb || o.stop != unsetStop {
		h.stop = o.stop
	}
	for _, l := range []struct{ to, from *[]string }{
		{&h.startAfter, &o.startAfter}, {&h.stopBefore, &o.stopBefore},
		{&h.startAfterSoft, &o.startAfterSoft}, {&h.stopBeforeSoft, &o.stopBeforeSoft},
	} {
		if *l.from != nil {
			*l.to = *l.from
		}
	}
	h.provides = o.provides
	if h.provides == nil {
		h.provides = []string{name}
	}
	return h
}
