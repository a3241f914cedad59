package overlay

import (
	"errors"
	"fmt"
	"strings"
)

// sysctlLine is one line of a sysctl.conf. What sysctl(8) and systemd-sysctl(8) make of it: blanks at
// both ends do not count; an empty line, and one whose first character is # or ;, says nothing; else the
// first = parts the parameter from its value. A minus before the parameter lets it fail in silence.
//
// There are no comments behind a value: the kernel gets "600 # ten minutes" as it stands. It reads the
// numbers that it wants and leaves the rest, so for numbers this works, and such a tail is kept; for
// anything else the write fails.
type sysctlLine struct {
	text string // without its end
	end  string // "\n", or "" for a last line without one

	name       string // canonical parameter; "" for a line that sets nothing
	key        string // as written, without minus
	value      string // without the tail
	start, cut int    // text[start:cut] is value
	tail       bool   // a comment follows a numeric value
	trailing   int    // text[trailing:] is the blank end; the value and what follows it end there
}

type sysctlLines []sysctlLine

// blanks are what isspace(3) calls so in the C locale, but for the newline.
const blanks = " \t\v\f\r"

func parseSysctl(text []byte) sysctlLines {
	var out sysctlLines
	for rest := string(text); rest != ""; {
		line, after, found := strings.Cut(rest, "\n")
		l := parseSysctlLine(line)
		if found {
			l.end = "\n"
		}
		out = append(out, l)
		rest = after
	}
	return out
}

func parseSysctlLine(text string) sysctlLine {
	l := sysctlLine{text: text}
	body := strings.Trim(text, blanks)
	if body == "" || body[0] == '#' || body[0] == ';' {
		return l
	}
	eq := strings.IndexByte(text, '=')
	if eq < 0 {
		return l
	}
	key := strings.Trim(text[:eq], blanks)
	key = strings.TrimPrefix(key, "-")
	if key == "" {
		return l
	}
	l.key, l.name = key, canonicalKey(key)
	l.trailing = len(strings.TrimRight(text, blanks))
	if l.trailing == eq+1 { // nothing behind the =
		l.start, l.cut = eq+1, eq+1
		return l
	}
	l.start = eq + 1 + len(text[eq+1:]) - len(strings.TrimLeft(text[eq+1:], blanks))
	l.cut = l.trailing
	if head, _, ok := splitTail(text[l.start:l.cut]); ok && numeric(head) {
		l.cut, l.tail = l.start+len(head), true
	}
	l.value = text[l.start:l.cut]
	return l
}

// splitTail parts "600 # text" into "600" and "# text".
func splitTail(value string) (head, tail string, ok bool) {
	for i := 1; i < len(value); i++ {
		if (value[i] == '#' || value[i] == ';') && strings.IndexByte(blanks, value[i-1]) >= 0 {
			if head = strings.TrimRight(value[:i], blanks); head != "" {
				return head, value[i:], true
			}
		}
	}
	return value, "", false
}

// numeric says whether a value is one or more whole numbers, which the kernel reads up to the first
// character that belongs to none.
func numeric(value string) bool {
	words := strings.Fields(value)
	for _, w := range words {
		digits := strings.TrimPrefix(w, "-")
		if digits == "" || strings.Trim(digits, "0123456789") != "" {
			return false
		}
	}
	return len(words) > 0
}

// canonicalKey gives the parameter as a path below /proc/sys. The first separator decides how a key is
// written: after a slash all is as it stands; after a dot, dots and slashes change places, so that
// net.ipv4.conf.eth0/1.forwarding is the one of interface eth0.1.
func canonicalKey(key string) string {
	i := strings.IndexAny(key, "./")
	if i < 0 || key[i] == '/' {
		return key
	}
	return swapSeparators(key)
}

// last finds the line that decides on a parameter, -1 for none.
func (ls sysctlLines) last(name string) int {
	for i := len(ls) - 1; i >= 0; i-- {
		if ls[i].name == name {
			return i
		}
	}
	return -1
}

func (ls sysctlLines) set(s Setting) (sysctlLines, []string) {
	name := canonicalKey(s.Key)
	var notes []string
	if strings.ContainsAny(s.Key, "*?") {
		notes = append(notes, s.Key+" is a pattern: older versions of sysctl, that of EL6 among them, do not read it as one")
	}
	i := ls.last(name)
	if i < 0 {
		return ls.add(s), notes
	}
	if n := ls.count(name); n > 1 {
		notes = append(notes, fmt.Sprintf("%s stands %d times: line %d is the last and the one that counts", s.Key, n, i+1))
	}
	l := ls[i]
	if l.value == s.Value {
		return ls, notes
	}
	head, tail := l.text[:l.start], l.text[l.cut:]
	if l.start > 0 && l.text[l.start-1] == '=' && l.value == "" && spaced(l.text[:l.start]) {
		head += " "
	}
	if _, comment, ok := splitTail(l.text[l.start:l.trailing]); ok && !(l.tail && numeric(s.Value)) {
		// Behind this value the comment would be taken for a part of it: it gets a line of its own above.
		indent := l.text[:len(l.text)-len(strings.TrimLeft(l.text, blanks))]
		above := parseSysctlLine(indent + comment + l.text[l.trailing:])
		above.end = "\n"
		tail = l.text[l.trailing:]
		ls = append(ls[:i:i], append(sysctlLines{above}, ls[i:]...)...)
		i++
		notes = append(notes, fmt.Sprintf("%s: what stood behind the value, %q, is no comment to sysctl: it got a line of its own", s.Key, comment))
	} else {
		ls = append(sysctlLines(nil), ls...)
	}
	ls[i] = parseSysctlLine(head + s.Value + tail)
	ls[i].end = l.end
	return ls, notes
}

// spaced says whether a line up to its = has a blank before it.
func spaced(upToEq string) bool {
	return len(upToEq) > 1 && strings.IndexByte(blanks, upToEq[len(upToEq)-2]) >= 0
}

func (ls sysctlLines) count(name string) (n int) {
	for _, l := range ls {
		if l.name == name {
			n++
		}
	}
	return n
}

// add puts a parameter at the end, in the manner of the last one that stands there.
func (ls sysctlLines) add(s Setting) sysctlLines {
	out := append(sysctlLines(nil), ls...)
	eq, eol := " = ", ""
	for _, l := range ls {
		if l.name != "" && l.value != "" {
			upTo := strings.TrimRight(l.text[:l.start], blanks)
			if eq = "="; spaced(upTo) {
				eq = " " + eq
			}
			if len(upTo) < l.start {
				eq += " "
			}
		}
		if l.end != "" {
			eol = ""
			if strings.HasSuffix(l.text, "\r") {
				eol = "\r"
			}
		}
	}
	if n := len(out); n > 0 && out[n-1].end == "" {
		if !strings.HasSuffix(out[n-1].text, "\r") {
			out[n-1].text += eol
		}
		out[n-1].end = "\n"
	}
	l := parseSysctlLine(s.Key + eq + s.Value + eol)
	l.end = "\n"
	return append(out, l)
}

// checkKey says whether a key is one that every reader of sysctl.conf understands alike.
func checkKey(key string) error {
	const example = "write it as net.ipv4.tcp_keepalive_time"
	if key == "" {
		return errors.New("empty: " + example)
	}
	if len(key) > 200 {
		return fmt.Errorf("longer than 200 bytes: %s", example)
	}
	for i := 0; i < len(key); i++ {
		c := key[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '_', c == '*', c == '?', c == '-' && i > 0:
		case c == '.' || c == '/':
			if i == 0 || i == len(key)-1 || key[i-1] == '.' || key[i-1] == '/' {
				return fmt.Errorf("a %q without a name on both sides: %s", c, example)
			}
		default:
			return fmt.Errorf("%q cannot stand here: letters, digits, . _ - / and the patterns * and ? can; %s", rune(c), example)
		}
	}
	if !strings.ContainsAny(key, "./") {
		return errors.New("a parameter has at least two parts: " + example)
	}
	return nil
}

// checkValue refuses what a line of sysctl.conf cannot hold.
func checkValue(value string) error {
	switch {
	case value == "":
		return errors.New("empty: sysctl takes no empty value")
	case strings.Trim(value, blanks) != value:
		return errors.New("blanks at its ends would be dropped: leave them out")
	case len(value) > 1024:
		return errors.New("longer than 1024 bytes")
	}
	for i := 0; i < len(value); i++ {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return fmt.Errorf("holds the control character %q: a value is one line of text", rune(c))
		}
	}
	if _, comment, ok := splitTail(value); ok {
		return fmt.Errorf("%q would be a part of the value: sysctl knows no comments there", comment)
	}
	return nil
}
