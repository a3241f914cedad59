package render

import (
	"slices"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
)

// side says in which of a listener's two sections a setting acts.
type side uint8

const (
	bothSides side = iota
	frontends
	backends
)

// setting is what a line of a defaults section sets.
type setting struct {
	// key is the same for lines of which the last one counts, and "" for lines that add up.
	key  string
	side side
	// http: it acts in mode http only. checks: it acts where servers are checked only.
	http, checks bool
	// cookies: it acts where servers have a cookie's value only.
	cookies bool
	// through: it acts through the backends even where a frontend has its own.
	through bool
}

// What HAProxy's manual says of its words. One that is in no list acts on both sides.
var (
	singleWords = strings.Fields(`backlog balance cookie default_backend fullconn hash-type
		load-server-state-from-file log-format log-tag maxconn mode monitor-uri retries
		retry-on unique-id-format unique-id-header`)
	frontendWords = strings.Fields(`backlog default_backend log-format maxconn monitor-net
		monitor-uri unique-id-format unique-id-header rate-limit`)
	backendWords = strings.Fields(`balance cookie default-server fullconn hash-type
		http-check http-reuse http-send-name-header retries retry-on source tcp-check`)
	httpWords = strings.Fields(`capture compression cookie http-check http-request
		http-response http-reuse http-send-name-header monitor-uri unique-id-header
		errorfile errorloc errorloc302 errorloc303 http-error`)
	checkWords = strings.Fields(`http-check tcp-check`)

	frontendTimeouts = strings.Fields("client client-fin client-hs http-request http-keep-alive")
	backendTimeouts  = strings.Fields("check connect queue server server-fin tarpit tunnel")
	httpTimeouts     = strings.Fields("http-request http-keep-alive tarpit")

	logOptions = strings.Fields("httplog tcplog httpslog")
	// checkOptions say how servers are checked.
	checkOptions = strings.Fields(`httpchk tcp-check ssl-hello-chk smtpchk mysql-check
		pgsql-check redis-check ldap-check spop-check lb-agent-chk external-check
		log-health-checks`)
	httpOptions = strings.Fields(`http-server-close http-keep-alive httpclose forceclose
		http-tunnel forwardfor originalto http-buffer-request http-use-htx
		http-pretend-keepalive http-no-delay http-ignore-probes http-use-proxy-header
		accept-invalid-http-request accept-invalid-http-response checkcache http_proxy`)
	frontendOptions = strings.Fields(`contstats dontlog-normal dontlognull
		http-ignore-probes http-use-proxy-header log-separate-errors logasap
		accept-invalid-http-request clitcpka tcp-smart-accept socket-stats`)
	backendOptions = strings.Fields(`redispatch persist prefer-last-server srvtcpka
		tcp-smart-connect transparent abortonclose allbackups checkcache
		accept-invalid-http-response http-pretend-keepalive`)
)

// settingOf reads a line of a proxy section.
func settingOf(l *haproxyconfig.Line) setting {
	if name, _, ok := haproxyconfig.TimeoutOn(l); ok {
		return timeoutSetting(name)
	}
	word, args := l.Keyword(), l.Values(1)
	if (word == "no" || word == "default") && len(args) > 0 {
		word, args = args[0], args[1:]
	}
	if word == "redispatch" || word == "redisp" {
		word, args = "option", []string{"redispatch"}
	}
	if word == "option" && len(args) > 0 {
		return optionSetting(args)
	}
	s := setting{
		http:    slices.Contains(httpWords, word),
		checks:  slices.Contains(checkWords, word),
		cookies: word == "cookie",
	}
	switch {
	case slices.Contains(singleWords, word):
		s.key = word
	case (strings.HasPrefix(word, "errorfile") || strings.HasPrefix(word, "errorloc")) && len(args) > 0:
		s.key = "error " + args[0]
	}
	switch {
	case slices.Contains(frontendWords, word):
		s.side = frontends
	case slices.Contains(backendWords, word):
		s.side = backends
	}
	return s
}

func timeoutSetting(name string) setting {
	s := setting{key: "timeout " + name, http: slices.Contains(httpTimeouts, name), checks: name == "check"}
	switch {
	case slices.Contains(frontendTimeouts, name):
		s.side = frontends
	case slices.Contains(backendTimeouts, name):
		s.side = backends
	}
	return s
}

// optionSetting reads what stands behind the word option.
func optionSetting(args []string) setting {
	name := args[0]
	s := setting{key: "option " + name, http: slices.Contains(httpOptions, name), checks: slices.Contains(checkOptions, name)}
	switch {
	case slices.Contains(logOptions, name):
		return setting{key: "log-format", side: frontends}
	case s.checks || slices.Contains(backendOptions, name):
		s.side = backends
	case slices.Contains(frontendOptions, name):
		s.side = frontends
	case name == "forwardfor":
		// HAProxy looks at both sections. A name for the header, or an exception, counts in the
		// backend too; the bare option says nothing that the frontend's does not say.
		s.through = slices.Contains(args, "header") || slices.Contains(args, "except")
		if !s.through {
			s.side = frontends
		}
	}
	return s
}
