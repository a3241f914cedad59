package migrate

import "strconv"

var (
	processesGone  = Version{Major: 2, Minor: 5}
	processBindOff = Version{Major: 2, Minor: 5} // 'process' on bind lines means nothing
)

// processes turns processes into threads.
func (m *migration) processes(s Section, l *Line) {
	if !m.reached(processesGone) {
		return
	}
	switch {
	case s.Kind == "global" && l.Starts("nbproc"):
		m.nbproc(s, l)
	case s.IsProxy() && l.Starts("bind-process"):
		m.e.Drop(s, l, "bind-process taken out: there is one process")
	case l.Starts("bind") && m.reached(processBindOff):
		words := l.Values(0)
		for i := 2; i+1 < len(words); i++ {
			if words[i] == "process" {
				m.e.Cut(s, l, i, i+2, "process taken out of bind: there is one process")
				return
			}
		}
	}
}

func (m *migration) nbproc(s Section, l *Line) {
	n := 0
	if v := l.Values(1); len(v) > 0 {
		n, _ = strconv.Atoi(v[0])
	}
	if n <= 1 {
		m.e.Drop(s, l, "nbproc taken out: there is one process")
		return
	}
	for _, other := range s.Lines {
		if other.Starts("nbthread") {
			m.e.Drop(s, l, "nbproc taken out: there is one process, and nbthread says how many threads it has")
			return
		}
	}
	m.e.RewriteWords(s, l, 1, "nbthread", "as many threads as there were processes")
	m.look(l, "processes-to-threads", "leave nbthread out, and HAProxy takes a thread for each processor",
		"%d processes have become %d threads, which share limits as maxconn: each process had its own", n, n)
}
