package overlay

import (
	"bytes"
	"fmt"
	"strings"
)

// SysctlConf is the file that [Sysctl] edits unless told otherwise.
const SysctlConf = "/etc/sysctl.conf"

// Setting is one kernel parameter: net.ipv4.tcp_keepalive_time and 600.
type Setting struct{ Key, Value string }

func (s Setting) String() string { return s.Key + " = " + s.Value }

// Sysctl sets kernel parameters in /etc/sysctl.conf without loss: a parameter is set where it stands,
// in the spacing that it has there; every other line, comment and line end stays. A parameter that
// stands several times is set at the last place, which is the one that counts. One that is not there,
// or only in a comment, goes to the end of the file. A file that is not there is made, 0644 root:root.
//
// Besides, the notes tell where the image's own boot order reads another file later that sets the same
// parameter to something else.
type Sysctl struct {
	Path     string // empty: [SysctlConf]
	Settings []Setting
}

// NewSysctl checks the settings: their syntax, and that none is asked for twice with different values.
func NewSysctl(settings []Setting) (Sysctl, error) {
	s := Sysctl{Settings: settings}
	return s, s.check()
}

// ParseSetting reads "key=value", as a command line gives it. Blanks round the first = do not count.
func ParseSetting(s string) (Setting, error) {
	key, value, ok := strings.Cut(s, "=")
	if !ok {
		return Setting{}, fmt.Errorf("sysctl %q: write KEY=VALUE, such as net.ipv4.tcp_keepalive_time=600", shorten(s))
	}
	out := Setting{strings.Trim(key, " \t"), strings.Trim(value, " \t")}
	return out, out.check()
}

func (s Setting) check() error {
	if err := checkKey(s.Key); err != nil {
		return fmt.Errorf("sysctl %q: %w", shorten(s.Key), err)
	}
	if err := checkValue(s.Value); err != nil {
		return fmt.Errorf("sysctl %s: value %q: %w", s.Key, shorten(s.Value), err)
	}
	return nil
}

func (s Sysctl) check() error {
	values := make(map[string]string, len(s.Settings))
	for _, set := range s.Settings {
		if err := set.check(); err != nil {
			return err
		}
		name := canonicalKey(set.Key)
		if old, ok := values[name]; ok && old != set.Value {
			return fmt.Errorf("sysctl %s: asked for as %q and as %q: leave one of them out", set.Key, old, set.Value)
		}
		values[name] = set.Value
	}
	return nil
}

func (s Sysctl) path() string {
	if s.Path == "" {
		return SysctlConf
	}
	return clean(s.Path)
}

func (s Sysctl) Describe() string {
	parts := make([]string, len(s.Settings))
	for i, set := range s.Settings {
		parts[i] = set.String()
	}
	return "set " + strings.Join(parts, ", ") + " in " + s.path()
}

func (s Sysctl) Paths() []string { return []string{s.path()} }

func (s Sysctl) Apply(t Tree) ([]Change, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	e := newEditor(t)
	w := Rewrite{
		Path:   s.path(),
		Create: &Create{},
		Edit: func(old []byte) ([]byte, []string, error) {
			new, notes := EditSysctl(old, s.Settings)
			return new, notes, nil
		},
	}
	if err := w.apply(e); err != nil {
		return nil, err
	}
	// The notes on the boot order come after the change, as the last of them.
	last := &e.changes[len(e.changes)-1]
	notes, err := bootOrder(t, s.path(), s.Settings)
	if err != nil {
		return nil, err
	}
	last.Notes = append(last.Notes, notes...)
	return e.changes, nil
}

// EditSysctl sets parameters in the text of a sysctl.conf and tells what is worth a note. Settings are
// taken as they are: check them first with [NewSysctl].
func EditSysctl(text []byte, settings []Setting) (out []byte, notes []string) {
	lines := parseSysctl(text)
	for _, s := range settings {
		var n []string
		lines, n = lines.set(s)
		notes = append(notes, n...)
	}
	return lines.bytes(), notes
}

// SysctlValue gives the value that the text of a sysctl.conf leaves a parameter with, and the line,
// counted from 1, that says so.
func SysctlValue(text []byte, key string) (value string, line int, ok bool) {
	lines := parseSysctl(text)
	if i := lines.last(canonicalKey(key)); i >= 0 {
		return lines[i].value, i + 1, true
	}
	return "", 0, false
}

// SysctlSettings gives every assignment of a sysctl.conf, in the file's order, keys as written there.
func SysctlSettings(text []byte) []Setting {
	var out []Setting
	for _, l := range parseSysctl(text) {
		if l.name != "" {
			out = append(out, Setting{l.key, l.value})
		}
	}
	return out
}

func (ls sysctlLines) bytes() []byte {
	var b bytes.Buffer
	for _, l := range ls {
		b.WriteString(l.text)
		b.WriteString(l.end)
	}
	return b.Bytes()
}
