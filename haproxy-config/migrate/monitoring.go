package migrate

// monitoring writes monitor-net and mode health as rules of http-request.
func (m *migration) monitoring(s Section, l *Line) {
	switch {
	case !s.IsProxy() && s.Kind != "global":
	case l.Starts("monitor-net") && m.gone("proxy", "monitor-net"):
		m.monitorNet(s, l)
	case l.Starts("mode", "health") && m.gone("choices", "mode health"):
		m.modeHealth(s, l)
	case l.Starts("grace") && m.gone("proxy", "grace"):
		m.e.Drop(s, l, "grace taken out: HAProxy 2.5 and later do without it, and hard-stop-after bounds the end of old processes")
	case s.Kind == "global" && (l.Starts("debug") || l.Starts("quiet")) && m.gone("global", l.Keyword()):
		m.e.Drop(s, l, l.Keyword()+" taken out: it is an option of the command line")
	}
}

func (m *migration) monitorNet(s Section, l *Line) {
	v := l.Values(1)
	switch {
	case len(v) != 1:
		m.cannot(l, "no-equal", "write http-request return status 200 if { src ADDRESS }", "monitor-net takes one network")
	case s.Kind == "defaults" && s.Name == "":
		m.cannot(l, "no-equal", "write http-request return status 200 if { src "+v[0]+" } in each frontend", "monitor-net has no equal in a defaults section without a name")
	default:
		m.e.Rewrite(s, l, l.Indent()+"http-request return status 200 if { src "+v[0]+" }"+tail(l), "monitor-net is written as a rule of http-request today")
		m.look(l, "monitor-net", "make sure of it", "the rule works in mode http only, and such requests are logged")
	}
}

func (m *migration) modeHealth(s Section, l *Line) {
	if s.Kind != "frontend" && s.Kind != "listen" {
		m.cannot(l, "no-equal", "write mode http and http-request return status 200 in each frontend", "mode health has no equal outside of a frontend")
		return
	}
	m.e.RewriteWords(s, l, 2, "mode http", "mode health is written as a rule of http-request today")
	m.e.InsertBehind(s, l, "http-request return status 200", "what mode health did")
}
