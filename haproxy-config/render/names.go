package render

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
)

// These rules are about sections of the template's own that get in the way of listeners.

var (
	portAtEnd    = regexp.MustCompile(`-([1-9][0-9]{0,4})$`)
	listenerName = regexp.MustCompile(`^(http|https|tcp|ssl)-([1-9][0-9]{0,4})$`)
)

// ownFrontends finds frontends that the servo would take for its own.
func (t *template) ownFrontends(lb LoadBalancer) {
	for _, p := range t.parts {
		if p.kind() != "frontend" {
			continue
		}
		m := portAtEnd.FindStringSubmatch(p.key)
		if m == nil {
			continue
		}
		port, _ := strconv.Atoi(m[1]) // five digits at most
		if port > 65535 {
			continue
		}
		at := strings.Index(p.header.Text(), p.key) + len(p.key) - len(m[0]) + 1
		if words := p.header.Words(); len(words) > 1 && at <= words[1].End() {
			at = words[1].Column()
		}
		const hint = "give it a name that does not end in - and a number"
		if l, ok := lb.on(port); ok {
			t.add(fatal, p.header, at, "frontend-name", hint,
				"the servo takes '%s' for its own listener on port %d: listener %s is never made, and removing it removes this section", printable(p.key), port, l.Name())
			continue
		}
		t.add(warning, p.header, at, "frontend-name", hint,
			"the servo takes '%s' for its own listener on port %d: that listener is never made, and removing it removes this section", printable(p.key), port)
	}
}

// on finds the listener on a port.
func (lb LoadBalancer) on(port int) (Listener, bool) {
	for _, l := range lb.Listeners {
		if l.Port == port {
			return l, true
		}
	}
	return Listener{}, false
}

// takenNames finds sections with the very name of a listener's own.
func (t *template) takenNames(lb LoadBalancer) {
	for _, s := range t.sections {
		if s.Header == nil || s.Kind != "frontend" && s.Kind != "backend" && s.Kind != "listen" {
			continue
		}
		name := strings.TrimPrefix(s.Name, "backend-")
		m := listenerName.FindStringSubmatch(name)
		if m == nil || (s.Kind == "frontend") != (name == s.Name) && s.Kind != "listen" {
			continue
		}
		if t.blocked(m[2]) {
			continue // the listener is not made, which is another rule's
		}
		port, _ := strconv.Atoi(m[2])
		l, served := lb.on(port)
		served = served && l.Name() == name
		severity := warning
		if served {
			severity = fatal
		}
		const hint = "give it another name"
		key := strip(t.text[s.Header.Number()-1].text)
		switch {
		case key == "backend "+s.Name:
			t.add(severity, s.Header, column(s.Header), "name-taken", hint,
				"the servo's backend for a listener %s has this name; it replaces this section and loses its lines", name)
		default:
			t.add(severity, s.Header, column(s.Header), "name-taken", hint,
				"the servo gives the name %s to a section of listener %s as well; HAProxy from 1.6 on refuses two of one name", s.Name, name)
		}
	}
}

// blocked reports whether a frontend of the template keeps the listener on a port from
// being made.
func (t *template) blocked(port string) bool {
	return slices.ContainsFunc(t.parts, func(p part) bool {
		return p.kind() == "frontend" && strings.HasSuffix(p.key, "-"+port)
	})
}

// takenPorts finds sections of the template that listen where a listener does.
func (t *template) takenPorts(lb LoadBalancer) {
	for _, s := range t.sections {
		if s.Kind != "frontend" && s.Kind != "listen" {
			continue
		}
		for _, l := range s.Lines {
			if l.Keyword() == "bind" && len(l.Words()) > 1 {
				t.takenBy(l, lb)
			}
		}
	}
}

// takenBy looks at one bind line.
func (t *template) takenBy(bind *haproxyconfig.Line, lb LoadBalancer) {
	for _, address := range strings.Split(bind.Words()[1].Value, ",") {
		colon := strings.LastIndexByte(address, ':')
		host := address[:max(colon, 0)]
		if colon < 0 || host != "" && host != "*" && host != "0.0.0.0" && host != "::" && host != "[::]" {
			continue // a socket, or an address that may be another's
		}
		from, to, isRange := strings.Cut(address[colon+1:], "-")
		first, err := strconv.Atoi(from)
		last := first
		if isRange && err == nil {
			last, err = strconv.Atoi(to)
		}
		if err != nil {
			continue
		}
		for _, l := range lb.Listeners {
			if l.Port >= first && l.Port <= last && !t.blocked(strconv.Itoa(l.Port)) {
				t.add(warning, bind, bind.Words()[1].Column(), "port-taken", "choose a port that the load balancer has no listener on",
					"this binds port %d, which listener %s of the load balancer needs", l.Port, l.Name())
			}
		}
	}
}
