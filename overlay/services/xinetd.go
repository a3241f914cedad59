package services

import (
	"bytes"
	"errors"
	"strings"

	"lbimage/overlay"
)

// xinetd turns a service of xinetd on or off: the line `disable = yes` in its file.
func (w *work) xinetd(e *edit, f found) error {
	on := e.Action == Enable
	switch e.Action {
	case Enable, Disable:
	case Add, Del:
		w.alreadySo(f.path, "a service of xinetd: chkconfig "+string(e.Action)+" leaves it as it is")
		return nil
	default:
		return e.refuse(f, "choose enable or disable")
	}
	if e.Levels != "" {
		w.notes = append(w.notes, "run levels say nothing to a service of xinetd: it runs where xinetd does")
	}
	if on && !xinetdRuns(w.t) {
		w.notes = append(w.notes, "xinetd itself is not started at boot: enable xinetd, too")
	}
	text, err := readText(w.t, f.path)
	if err != nil {
		return err
	}
	new, err := setXinetd(text, on)
	if err != nil {
		return errorAt(f.path, err)
	}
	if bytes.Equal(new, text) {
		return nil
	}
	return w.apply(overlay.Rewrite{Path: abs(f.path), Edit: func([]byte) ([]byte, []string, error) { return new, nil, nil }})
}

// xinetdOn says whether a file of xinetd.d leaves its service on, as chkconfig reads it: the last disable line counts.
func xinetdOn(text []byte) bool {
	on := true
	for line := range strings.SplitSeq(string(text), "\n") {
		if key, value, ok := xinetdLine(line); ok && key == "disable" {
			on = !strings.HasPrefix(value, "yes")
		}
	}
	return on
}

// xinetdLine cuts `disable = yes`.
func xinetdLine(line string) (key, value string, ok bool) {
	line = strings.TrimLeft(line, " \t\r\f\v")
	if strings.HasPrefix(line, "#") {
		return "", "", false
	}
	key, value, ok = strings.Cut(line, "=")
	return strings.TrimRight(strings.TrimRight(key, " \t"), "+-"), strings.TrimSpace(value), ok
}

var errXinetd = errors.New("not a service of xinetd: no line with an opening brace")

// setXinetd sets the value where it stands, in every line that has it, else behind the opening brace. Where nothing says
// that a service is off, it is on, and stays without such a line.
func setXinetd(text []byte, on bool) ([]byte, error) {
	if xinetdOn(text) == on {
		return text, nil
	}
	value := "yes"
	if on {
		value = "no"
	}
	lines := strings.SplitAfter(string(text), "\n")
	found := false
	for i, line := range lines {
		body, end := strings.TrimRight(line, "\r\n"), line[len(strings.TrimRight(line, "\r\n")):]
		if key, _, ok := xinetdLine(body); ok && key == "disable" {
			eq := strings.IndexByte(body, '=') + 1
			blank := len(body[eq:]) - len(strings.TrimLeft(body[eq:], " \t"))
			lines[i], found = body[:eq+blank]+value+end, true
		}
	}
	if found {
		return []byte(strings.Join(lines, "")), nil
	}
	for i, line := range lines {
		if strings.HasPrefix(strings.TrimLeft(line, " \t"), "{") {
			if !strings.HasSuffix(line, "\n") {
				break
			}
			lines[i] = line + "\tdisable\t= " + value + "\n"
			return []byte(strings.Join(lines, "")), nil
		}
	}
	return nil, errXinetd
}

func xinetdRuns(t overlay.ReadTree) bool {
	if usesSystemd(t) {
		u := newUnits(t)
		if unit, err := u.load("xinetd.service"); err == nil && unit != nil {
			state, err := u.state("xinetd.service")
			return err == nil && strings.HasPrefix(state, "enabled")
		}
	}
	rc, err := readLinks(t)
	return err == nil && rc.on("xinetd") != 0
}
