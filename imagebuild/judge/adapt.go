package judge

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// adaptation says what has to change in a text that is judged somewhere else than in its image. Lines are
// commented out or keep their place, so that numbers stay right.
type adaptation struct {
	// hasUser and hasGroup say which names there are. Nil: all that the text has.
	hasUser, hasGroup func(name string) bool
	// why is what a note says of a name that is not there.
	why string
	// prefix is a folder under which all files of the configuration lie; empty when they lie where it says.
	prefix string
	// hasFile says which error files there are. Nil: it is for HAProxy to say.
	hasFile func(name string) bool
}

// adapt changes a text, and notes each line in which something is not judged as it stands.
func (a adaptation) adapt(shown string, text []byte) ([]byte, []string) {
	if a.hasUser == nil && a.hasGroup == nil && a.hasFile == nil && a.prefix == "" {
		return text, nil
	}
	var out bytes.Buffer
	var notes []string
	section := ""
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		ws := words(line)
		if len(ws) > 0 && sections[ws[0].text] {
			section = ws[0].text
		}
		reason := a.setAside(section, line, ws)
		if reason != "" {
			notes = append(notes, fmt.Sprintf("%s, line %d, was set aside: %s", shown, number, reason))
			out.WriteString("#" + line)
			continue
		}
		var note string
		line, note = a.rewrite(line, ws)
		if note != "" {
			notes = append(notes, fmt.Sprintf("%s, line %d, was judged without %s", shown, number, note))
		}
		out.WriteString(line)
	}
	return out.Bytes(), notes
}

// setAside says why a line is not judged at all; "" when it is.
func (a adaptation) setAside(section, line string, ws []word) string {
	if len(ws) < 2 {
		return ""
	}
	switch first := ws[0].text; {
	case section == "global" && first == "user" && !has(a.hasUser, ws[1].text):
		return fmt.Sprintf("user %s: %s", strconv.Quote(ws[1].text), a.why)
	case section == "global" && first == "group" && !has(a.hasGroup, ws[1].text):
		return fmt.Sprintf("group %s: %s", strconv.Quote(ws[1].text), a.why)
	case first == "errorfile":
		for _, m := range mentions(line, ws) {
			if !has(a.hasFile, m.path) {
				return m.path + " was not given, and this machine has no such file"
			}
		}
	}
	return ""
}

// has asks, where there is someone to ask.
func has(ask func(string) bool, name string) bool { return ask == nil || ask(name) }

// rewrite takes names of users out of the options of sockets, and leads paths to where their files lie.
func (a adaptation) rewrite(line string, ws []word) (changed, without string) {
	type cut struct {
		start, end int
		text       string
	}
	var cuts []cut
	var gone []string
	if len(ws) > 0 && (ws[0].text == "bind" || ws[0].text == "unix-bind" || ws[0].text == "stats") {
		for i := 1; i+1 < len(ws); i++ {
			ask := a.hasUser
			switch ws[i].text {
			case "user":
			case "group":
				ask = a.hasGroup
			default:
				continue
			}
			if !has(ask, ws[i+1].text) {
				cuts = append(cuts, cut{ws[i].start, ws[i+1].end, ""})
				gone = append(gone, ws[i].text+" "+strconv.Quote(ws[i+1].text))
			}
			i++
		}
	}
	if a.prefix != "" {
		for _, m := range mentions(line, ws) {
			cuts = append(cuts, cut{m.start, m.end, escape(filepath.Join(a.prefix, m.path))})
		}
	}
	var b strings.Builder
	at := 0
	for _, c := range cuts {
		if c.start < at {
			continue
		}
		b.WriteString(line[at:c.start])
		b.WriteString(c.text)
		at = c.end
	}
	b.WriteString(line[at:])
	without = strings.Join(gone, " and ")
	if without != "" {
		without += ": " + a.why
	}
	return b.String(), without
}

// escape writes a path as one word, for every release.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, ` `, `\ `, `#`, `\#`, `"`, `\"`, `'`, `\'`).Replace(s)
}

// accounts gives the names in a passwd or group file.
func accounts(text []byte) map[string]bool {
	out := map[string]bool{}
	for line := range bytes.Lines(text) {
		if name, _, ok := bytes.Cut(line, []byte{':'}); ok && len(name) > 0 {
			out[string(name)] = true
		}
	}
	return out
}
