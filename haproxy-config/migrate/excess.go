package migrate

import (
	"strings"

	"lbimage/haproxy-config/keywords"
)

var excessRefused = Version{Major: 1, Minor: 6}

// excess takes out words that the earlier version passed over and the later refuses.
func (m *migration) excess(s Section, l *Line) {
	if !m.reached(excessRefused) || !m.o.From.Before(excessRefused) {
		return
	}
	if l.IsHeader() {
		if s.Kind == "global" && len(l.Words()) > 1 {
			m.e.Cut(s, l, 1, len(l.Words()), "words taken out that were always passed over")
		}
		return
	}
	table, skip := keywords.Section(s.Kind), 0
	if table == nil {
		return
	}
	words := l.Values(0)
	if s.IsProxy() && words[0] == "option" {
		table, skip = keywords.Of("options"), 1
	} else if s.IsProxy() && words[0] == "timeout" {
		if len(words) > 3 {
			m.cannot(l, "unexpected-argument", "write number and unit together, as in 2m", "%s: only %q was ever read, which is %s milliseconds", strings.Join(words, " "), words[2], words[2])
		}
		return
	}
	e, n := table.Find(words[skip:])
	if e == nil || e.Max < 0 || e.Lax || len(words) <= skip+n+e.Max {
		return
	}
	extra := strings.Join(words[skip+n+e.Max:], " ")
	m.e.Cut(s, l, skip+n+e.Max, len(words), "words taken out that were always passed over: "+extra)
}
