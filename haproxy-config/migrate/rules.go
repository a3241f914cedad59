package migrate

// rules writes block as a rule of http-request, and says what became of appsession.
func (m *migration) rules(s Section, l *Line) {
	if !s.IsProxy() || !m.gone("proxy", l.Keyword()) {
		return
	}
	switch l.Keyword() {
	case "block":
		m.e.RewriteWords(s, l, 1, "http-request deny", "block is written http-request deny today")
	case "appsession":
		m.cannot(l, "no-equal", "use a cookie that HAProxy sets (cookie NAME insert), or stick on req.cook(NAME) with a stick-table",
			"appsession has no equal: HAProxy 1.6 and later remember an application's cookie in a stick-table, which forgets by other rules")
	}
}
