package migrate

import (
	"lbimage/haproxy-config/keywords"
)

// leftOver notes keywords that the later version refuses and no step has dealt with.
func (m *migration) leftOver(s Section, l *Line) {
	if l.IsHeader() {
		if e := keywords.Of("sections").Get(s.Kind); e != nil && e.At(m.o.To) == keywords.Removed {
			m.cannot(l, "removed-keyword", "take the section out", "HAProxy %s knows no section %s any more", m.o.To, s.Kind)
		}
		return
	}
	if len(m.open[l]) > 0 {
		return
	}
	words := l.Values(0)
	if words[0] == "no" || words[0] == "default" {
		words = words[1:]
	}
	table, what := keywords.Section(s.Kind), ""
	if table == nil || len(words) == 0 {
		return
	}
	if s.IsProxy() && words[0] == "option" && len(words) > 1 {
		table, words, what = keywords.Of("options"), words[1:], "option "
	}
	e, _ := table.Find(words)
	if e != nil && e.At(m.o.To) == keywords.Removed {
		m.cannot(l, "removed-keyword", "take it out, or find out what is to stand in its place", "HAProxy %s knows no %s any more, and nothing equal", m.o.To, what+e.Name)
	}
}
