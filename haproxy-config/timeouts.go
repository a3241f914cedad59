package haproxyconfig

import "slices"

// timeoutName is one NAME of 'timeout NAME'.
type timeoutName struct {
	name  string
	since Version // the zero Version: since ever
	// unset says what HAProxy does without it.
	unset string
}

// proxyTimeouts are the timeouts of a defaults, frontend, backend or listen
// section, in the order in which 2.6 names them. client-hs is not in 2.6; the
// first version that has it was not measured.
var proxyTimeouts = []timeoutName{
	{name: "client", unset: "a silent client is never let go"},
	{name: "server", unset: "a silent server is never given up"},
	{name: "connect", unset: "a connection attempt never times out"},
	{name: "check", unset: "a health check waits as long as its interval"},
	{name: "queue", unset: "a request waits in the queue as long as timeout connect says"},
	{name: "http-keep-alive", unset: "timeout http-request applies in its place"},
	{name: "http-request", unset: "timeout client applies in its place"},
	{name: "tunnel", since: Version{Major: 1, Minor: 5, Dev: 18}, unset: "timeout client and timeout server apply in its place"},
	{name: "tarpit", unset: "timeout connect applies in its place"},
	{name: "client-fin", since: Version{Major: 1, Minor: 5}, unset: "timeout client applies in its place"},
	{name: "server-fin", since: Version{Major: 1, Minor: 5}, unset: "timeout server applies in its place"},
	{name: "client-hs", since: Version{Major: 2, Minor: 7}, unset: "timeout client applies in its place"},
}

func proxyTimeout(name string) (timeoutName, bool) {
	i := slices.IndexFunc(proxyTimeouts, func(t timeoutName) bool { return t.name == name })
	if i < 0 {
		return timeoutName{}, false
	}
	return proxyTimeouts[i], true
}

// TimeoutNames gives every NAME that 'timeout NAME' can have in a defaults section.
func TimeoutNames() []string {
	var names []string
	for _, t := range proxyTimeouts {
		names = append(names, t.name)
	}
	return names
}

// oldTimeouts are the spellings that HAProxy 2.1 took out.
var oldTimeouts = []struct{ word, name string }{
	{"contimeout", "connect"},
	{"clitimeout", "client"},
	{"srvtimeout", "server"},
}
