package services

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"lbimage/overlay"
)

// offMark stands before the lines of a `start on` stanza that were turned off, so that they can be turned on again.
const offMark = "#off# "

// upstart turns a job on or off. From 1.3 on upstart reads NAME.override, where `manual` takes the start condition away;
// older ones (EL6 has 0.6.5) know neither, so that the condition itself is commented out in the job.
func (w *work) upstart(e *edit, f found) error {
	on := e.Action == Enable
	switch e.Action {
	case Add:
		w.alreadySo(f.path, "an upstart job starts by what it says itself: nothing to add")
		return nil
	case Enable, Disable, Del:
	default:
		return e.refuse(f, "choose enable or disable")
	}
	if e.Levels != "" {
		return fmt.Errorf("%s: an upstart job names its run levels itself: leave %q out, or edit its `start on`", abs(f.path), e.Levels)
	}
	text, err := readText(w.t, f.path)
	if err != nil {
		return err
	}
	major, minor, known := upstartVersion(w.t)
	if !known {
		return fmt.Errorf("%s: cannot tell the image's version of upstart from /sbin/init: edit the job itself", abs(f.path))
	}
	if major > 1 || major == 1 && minor >= 3 {
		return w.override(f, text, on)
	}
	new, err := setStartOn(text, on)
	if err != nil {
		return errorAt(f.path, err)
	}
	if bytes.Equal(new, text) {
		return nil
	}
	return w.apply(overlay.Rewrite{Path: abs(f.path), Edit: func([]byte) ([]byte, []string, error) { return new, nil, nil }},
		fmt.Sprintf("upstart %d.%d reads no override file: the job's own start condition is turned %s", major, minor, onOff(on)))
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func (w *work) override(f found, text []byte, on bool) error {
	name := strings.TrimSuffix(f.path, ".conf") + ".override"
	over, err := readText(w.t, name)
	if err != nil {
		return err
	}
	j := parseJob(text)
	switch {
	case on && !j.starts && !parseJob(over).starts:
		return fmt.Errorf("%s: no `start on` says when the job starts: add one", abs(f.path))
	case on && j.manual:
		return fmt.Errorf("%s: the job itself says `manual`: take that line out", abs(f.path))
	case !on && (j.manual && !parseJob(over).starts || !j.starts && !parseJob(over).starts || parseJob(over).manual):
		return nil
	}
	if !on {
		if len(over) > 0 && over[len(over)-1] != '\n' {
			over = append(over, '\n')
		}
		return w.apply(overlay.File{Path: abs(name), Content: append(over, "manual\n"...)})
	}
	var kept []byte
	for line := range bytes.Lines(over) {
		if string(bytes.TrimSpace(line)) != "manual" {
			kept = append(kept, line...)
		}
	}
	switch {
	case len(kept) == len(over):
		return nil
	case len(bytes.TrimSpace(kept)) == 0:
		return w.remove(name)
	}
	return w.apply(overlay.File{Path: abs(name), Content: kept})
}

// job is what counts of a job here.
type job struct {
	starts bool // it has a start condition that holds
	manual bool // and then says that it does not
	off    bool // its condition was turned off by setStartOn
}

func parseJob(text []byte) job {
	var j job
	for _, s := range stanzas(text) {
		switch {
		case s.off:
			j.off = true
		case s.startOn:
			j.starts, j.manual = true, false
		case s.manual:
			j.manual = true
		}
	}
	return j
}

// stanza is a run of lines of a job: a condition may go over several.
type stanza struct {
	lines                []string
	startOn, manual, off bool
}

var (
	startOn   = regexp.MustCompile(`^\s*start\s+on\b`)
	scriptRun = regexp.MustCompile(`^\s*((pre|post)-(start|stop)\s+)?script\s*$`)
	scriptEnd = regexp.MustCompile(`^\s*end\s+script\s*$`)
)

// stanzas cuts a job. A condition goes on while a parenthesis is open or a line ends with a backslash; what stands between
// script and end script is a shell's.
func stanzas(text []byte) []stanza {
	var out []stanza
	lines := slices.Collect(strings.Lines(string(text)))
	for i := 0; i < len(lines); i++ {
		body := strings.TrimRight(lines[i], "\r\n")
		s := stanza{lines: lines[i : i+1]}
		switch {
		case scriptRun.MatchString(body):
			for i+1 < len(lines) && !scriptEnd.MatchString(strings.TrimRight(lines[i], "\r\n")) {
				i++
				s.lines = append(s.lines[:len(s.lines):len(s.lines)], lines[i])
			}
		case startOn.MatchString(body):
			s.startOn = true
			for open := opened(body); (open > 0 || strings.HasSuffix(body, "\\")) && i+1 < len(lines); open += opened(body) {
				i++
				body = strings.TrimRight(lines[i], "\r\n")
				s.lines = append(s.lines[:len(s.lines):len(s.lines)], lines[i])
			}
		case strings.TrimSpace(body) == "manual":
			s.manual = true
		case strings.HasPrefix(body, offMark):
			s.off = true
		}
		out = append(out, s)
	}
	return out
}

// opened counts the parentheses that a line leaves open.
func opened(line string) int { return strings.Count(line, "(") - strings.Count(line, ")") }

var errNoStart = errors.New("no `start on` says when the job starts: add one")

func setStartOn(text []byte, on bool) ([]byte, error) {
	j := parseJob(text)
	switch {
	case on && j.starts, !on && !j.starts:
		return text, nil
	case on && !j.off:
		return nil, errNoStart
	}
	var out strings.Builder
	for _, s := range stanzas(text) {
		for _, line := range s.lines {
			switch {
			case on && s.off:
				line = strings.TrimPrefix(line, offMark)
			case !on && s.startOn:
				line = offMark + line
			}
			out.WriteString(line)
		}
	}
	return []byte(out.String()), nil
}

var upstartName = regexp.MustCompile(`upstart[ -](\d{1,4})\.(\d{1,4})`)

// maxInit bounds the size of an init program that is looked into.
const maxInit = 8 << 20

// upstartVersion finds the version in the program itself, which has it for --version, or in its documentation's folder.
func upstartVersion(t overlay.ReadTree) (major, minor int, ok bool) {
	if r, err := overlay.Resolve(t, "sbin/init"); err == nil && r.Exists() && r.Info.Mode().IsRegular() && r.Info.Size() <= maxInit {
		if data, err := t.ReadFile(r.Name); err == nil {
			if m := upstartName.FindSubmatch(data); m != nil {
				return atoi(string(m[1])), atoi(string(m[2])), true
			}
		}
	}
	_, names, err := folder(t, "usr/share/doc")
	if err != nil {
		return 0, 0, false
	}
	for _, n := range names {
		if m := upstartName.FindStringSubmatch(n); m != nil && strings.HasPrefix(n, "upstart-") {
			return atoi(m[1]), atoi(m[2]), true
		}
	}
	return 0, 0, false
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s) // digits only
	return n
}

// jobIn finds an upstart job of a name.
func jobIn(t overlay.ReadTree, name string) (string, bool) {
	r, err := overlay.Resolve(t, "etc/init")
	if err != nil || !r.Exists() || !r.Info.IsDir() {
		return "", false
	}
	file := path.Join(r.Name, name+".conf")
	return file, isFile(t, file)
}

func errorAt(name string, err error) error { return fmt.Errorf("%s: %w", abs(name), err) }
