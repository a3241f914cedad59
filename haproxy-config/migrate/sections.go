package migrate

import haproxyconfig "lbimage/haproxy-config"

var addressOff = Version{Major: 1, Minor: 6}

// sections moves addresses from headers to bind lines.
func (m *migration) sections(s Section, l *Line) {
	if !l.IsHeader() || !m.reached(addressOff) || s.Kind != "frontend" && s.Kind != "listen" {
		return
	}
	words := l.Words()
	if len(words) < 3 || words[2].Value == "from" || haproxyconfig.CheckAddress(words[2].Value, haproxyconfig.ForBind) != nil {
		return
	}
	address := l.Rest(2)
	m.e.Cut(s, l, 2, len(words), "the address stands with bind today")
	m.e.InsertBehind(s, l, "bind "+address, "the address of the header")
}
