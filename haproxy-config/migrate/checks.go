package migrate

import "strings"

var checkSend = Version{Major: 2, Minor: 2}

// checks writes headers that were smuggled into the version of 'option httpchk' as 'http-check send'.
func (m *migration) checks(s Section, l *Line) {
	if !m.reached(checkSend) || !s.IsProxy() || !l.Starts("option", "httpchk") {
		return
	}
	v := l.Values(2)
	if len(v) != 3 || !strings.Contains(v[2], "\r\n") && !strings.Contains(v[2], "\n") {
		return
	}
	behind := false
	for _, other := range s.Lines {
		if behind && other.Starts("option", "httpchk") {
			m.e.Drop(s, l, "option httpchk taken out: a later line of it counts")
			return
		}
		behind = behind || other == l
	}
	lines := strings.Split(strings.ReplaceAll(v[2], "\r\n", "\n"), "\n")
	send := "http-check send meth " + escape(v[0]) + " uri " + escape(v[1]) + " ver " + escape(lines[0])
	for _, h := range lines[1:] {
		name, value, ok := strings.Cut(h, ":")
		if h == "" {
			continue
		}
		if !ok {
			m.cannot(l, "no-equal", "write http-check send with hdr NAME VALUE", "option httpchk carries %q, which is no header", h)
			return
		}
		send += " hdr " + escape(name) + " " + escape(strings.ReplaceAll(strings.TrimSpace(value), "%", "%%"))
	}
	m.e.Rewrite(s, l, l.Indent()+"option httpchk"+tail(l), "what is sent stands with http-check send today")
	m.e.InsertBehind(s, l, send, "what option httpchk carried")
}
