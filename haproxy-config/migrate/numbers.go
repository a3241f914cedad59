package migrate

import (
	"strconv"
	"strings"
	"time"

	haproxyconfig "lbimage/haproxy-config"
)

var (
	timesStrict   = Version{Major: 2, Minor: 4} // what stands behind a unit is told of
	timesOverflow = Version{Major: 2}
	maxconnStrict = Version{Major: 2, Minor: 8}
)

// numbers writes values as the earlier version read them, where the later refuses them.
func (m *migration) numbers(s Section, l *Line) {
	if name, n, ok := haproxyconfig.TimeoutOn(l); ok && s.IsProxy() && len(l.Words()) > n {
		m.time(s, l, n, "timeout "+name)
	}
	if l.Starts("maxconn") && len(l.Words()) > 1 && m.reached(maxconnStrict) {
		m.maxconn(s, l)
	}
}

func (m *migration) time(s Section, l *Line, n int, name string) {
	w := l.Words()[n]
	if w.Expands {
		return
	}
	old := haproxyconfig.ReadTime(w.Value, time.Millisecond, m.o.From)
	switch {
	case old.Misread && m.o.From.Before(timesOverflow) && m.reached(timesOverflow) && strings.Contains(old.Reason, "wrap round"):
		m.cannot(l, "time-overflow", "write what is meant, up to 24d", "%s %s is over the limit of 24.8 days: HAProxy %s read it as %s, HAProxy %s refuses it", name, w.Value, m.o.From, old.ReadAs, m.o.To)
	case old.Misread && old.ReadAs > 0 && m.reached(timesStrict):
		rest := strings.TrimLeft(strings.TrimLeft(w.Value, "0123456789"), "usmhd")
		read := w.Value[:len(w.Value)-len(rest)]
		m.replace(s, l, n, read, name+" "+w.Value+" was always read as "+read)
		m.look(l, "misread-time", "write what is meant, as 90s for 1m30s", "%s was written as %s and read as %s, which it stays", name, w.Value, read)
	}
}

// replace puts another word in place of the nth.
func (m *migration) replace(s Section, l *Line, n int, word, note string) {
	w := l.Words()[n]
	m.e.Rewrite(s, l, l.Text()[:w.Start]+word+l.Text()[w.End():], note)
}

func (m *migration) maxconn(s Section, l *Line) {
	w := l.Words()[1]
	digits := strings.TrimRight(w.Value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	if w.Expands || digits == w.Value {
		return
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		n = 0
	}
	m.replace(s, l, 1, strconv.Itoa(n), "maxconn "+w.Value+" was always read as "+strconv.Itoa(n))
	m.look(l, "misread-number", "write what is meant", "maxconn was written as %s and read as %d, which it stays", w.Value, n)
}
