package lint

import (
	"strings"
	"testing"

	haproxyconfig "lbimage/haproxy-config"
)

// TestWhatVersionsSay goes through what was measured of HAProxy's versions.
func TestWhatVersionsSay(t *testing.T) {
	t.Parallel()
	judge(t, []judgement{
		// The old timeouts.
		{"defaults", "contimeout 5s", "1.4", ""},
		{"defaults", "contimeout 5s", "1.5-dev21", ""},
		{"defaults", "clitimeout 5s", "1.5", "warning deprecated-keyword"},
		{"defaults", "srvtimeout 5s", "2.0", "warning deprecated-keyword"},
		{"defaults", "srvtimeout 5s", "2.1", "error removed-keyword"},
		{"defaults", "redispatch", "2.0", "warning deprecated-keyword"},
		{"defaults", "redispatch", "2.1", "error removed-keyword"},
		{"frontend", "reqadd X", "1.9", ""},
		{"frontend", "reqadd X", "2.0", "warning deprecated-keyword"},
		{"frontend", "reqadd X", "2.1", "error removed-keyword"},
		{"listen", "appsession A len 5 timeout 1h", "1.5", ""},
		{"listen", "appsession A len 5 timeout 1h", "1.6", "error removed-keyword"},
		{"global", "nbproc 2", "2.2", ""},
		{"global", "nbproc 2", "2.4", "warning deprecated-keyword"},
		{"global", "nbproc 2", "2.6", "error removed-keyword"},
		{"defaults", "option forceclose", "1.9", ""},
		{"defaults", "option forceclose", "2.2", "warning deprecated-keyword"},
		{"defaults", "option forceclose", "2.6", "error removed-keyword"},
		{"defaults", "option http-keep-alive", "1.5-dev18", "error unknown-keyword"},
		{"defaults", "option http-keep-alive", "1.5-dev21", ""},
		{"backend", "http-response set-header A b", "1.5-dev18", "error unknown-keyword"},
		{"backend", "http-response set-header A b", "1.5-dev21", ""},
		{"defaults", "timeout client-fin 5s", "1.5-dev22", "error unknown-timeout"},
		{"defaults", "timeout client-fin 5s", "1.5", ""},
		{"defaults", "timeout tunnel 5s", "1.4", "error unknown-timeout"},
		{"defaults", "timeout tunnel 5s", "1.5-dev18", ""},
		// Numbers.
		{"global", "maxconn -1", "2.6", ""},
		{"global", "maxconn 0", "3.4", ""},
		{"global", "maxconn abc", "2.6", "warning bad-number"},
		{"global", "maxconn abc", "2.8", "error bad-number"},
		{"global", "maxconn 100k", "2.6", "warning bad-number"},
		{"global", "maxconn 100k", "2.8", "error bad-number"},
		{"global", "ulimit-n abc", "3.4", "warning bad-number"},
		{"global", "maxconn", "1.4", "error missing-argument"},
		{"defaults", "ulimit-n 5", "1.4", "error misplaced-keyword"},
		{"defaults", "retries abc", "3.4", "warning bad-number"},
		{"defaults", "retries -1", "2.6", ""},
		{"global", "nbthread 64", "2.6", ""},
		{"global", "nbthread 65", "2.6", "error out-of-range"},
		{"global", "nbthread 65", "3.0", ""},
		{"global", "tune.bufsize 20k", "3.2", ""},
		// Arguments in excess.
		{"defaults", "option dontlognull yes", "1.5", "warning unexpected-argument"},
		{"defaults", "option dontlognull yes", "1.6", "error unexpected-argument"},
		{"global", "ulimit-n 1 2", "1.5", "warning unexpected-argument"},
		{"global", "ulimit-n 1 2", "1.6", "error unexpected-argument"},
		{"global", "warn-blocked-traffic-after 5ms", "3.2", ""},
		{"global", "warn-blocked-traffic-after 2s", "3.2", "error out-of-range"},
		{"global", "tune.quic.frontend.default-max-window-size 20k", "3.2", ""},
		{"global", "tune.h2.header-table-size 4096s", "2.6", "warning bad-number"},
		{"frontend", "option accept-invalid-http-response", "3.2", "warning deprecated-keyword,warning ignored-keyword"},
		{"frontend", "option http-drop-request-trailers", "3.2", "error misplaced-keyword"},
		{"defaults", "option http-restrict-req-hdr-names delete", "2.2.9", "error unknown-keyword"},
		{"defaults", "option http-restrict-req-hdr-names delete", "2.2.10", "info unknown-to-this-tool"},
		{"frontend", "option abortonclose", "3.0", "warning ignored-keyword"},
		{"frontend", "option abortonclose", "3.2", "error misplaced-keyword"},
		{"frontend", "option abortonclose", "3.4", ""},
		{"ring", "size 100", "2.2", ""},
		{"ring", "size 100", "2.4", "warning shrunken-ring"},
		{"ring", "size 100", "2.6", "error shrunken-ring"},
		{"ring", "size 100", "3.0", ""},
		{"defaults", "timeout queue 5us", "2.2.9", "error bad-time"},
		{"defaults", "timeout queue 5us", "2.2", "warning bad-time"},
		{"defaults", "timeout queue 200 ms", "1.5-dev22", "warning unexpected-argument"},
		{"defaults", "timeout queue 200 ms", "1.5", "error unexpected-argument"},
		{"", "global foo", "1.5", "warning unexpected-argument"},
		{"", "global foo", "1.6", "error unexpected-argument"},
		{"global", "setenv A b c", "2.6", ""},
		{"global", "setenv A b c d", "2.8", "warning unexpected-argument"}, // not looked at
		{"global", "setenv A b c d", "2.6", "error unexpected-argument"},
		{"global", "setenv A b c", "3.0", "error unexpected-argument"},
		{"backend", "balance hash src", "2.2", "error bad-value"},
		{"backend", "balance hash src", "2.6", ""},
		// Times.
		{"defaults", "timeout queue 500ms", "2.6", ""},
		{"defaults", "timeout queue 24d", "2.6", ""},
		{"defaults", "timeout queue 10x", "1.4", "error bad-time"},
		{"defaults", "timeout queue -5", "2.6", "error bad-time"},
		{"defaults", "timeout queue 1.5s", "2.6", "error bad-time"},
		{"defaults", "timeout queue 5S", "2.6", "error bad-time"},
		{"defaults", "timeout queue 1m30s", "2.2", "warning misread-time"},
		{"defaults", "timeout queue 1m30s", "2.6", "warning misread-time"},
		{"defaults", "timeout queue s", "2.4", "error bad-time"},
		{"defaults", "timeout queue 25d", "1.9", "warning misread-time"},
		{"defaults", "timeout queue 25d", "2.0", "error bad-time"},
		{"defaults", "timeout queue 0", "2.6", "warning zero-timeout"},
		{"defaults", "timeout queue 50", "3.2", "warning time-without-unit"},
		{"resolvers", "hold nx 50", "3.0", "warning time-without-unit"},
		{"resolvers", "hold nx 50", "3.2", "warning time-without-unit"},
		{"backend", "stats refresh 25d", "2.6", ""},
		// Quotes, variables, lines.
		{"defaults", `log-format "x`, "1.5", ""},
		{"defaults", `log-format "x`, "1.6", "error unbalanced-quote"},
		{"defaults", `retries "$N"`, "2.6", ""},
		{"defaults", "retries 3 # " + strings.Repeat("x", 2046), "1.5", "error line-too-long"},
		{"defaults", "retries 3 # " + strings.Repeat("x", 2046), "2.6", ""},
		{"global", "setenv " + strings.Repeat("x ", 64), "2.6", "error too-many-words"},
		{"defaults", "retries 3\x00", "2.2", "warning nul-byte"},
		{"defaults", "retries 3\x00", "2.3", "error nul-byte"},
		{"defaults", `balance first ""`, "3.0", "warning empty-argument"},
		{"defaults", `balance first ""`, "3.4", "error empty-argument"},
		// Sections.
		{"", "frontend f 0.0.0.0:80", "1.5", "warning address-in-header"},
		{"", "frontend f 0.0.0.0:80", "2.6", "error address-in-header"},
		{"", "defaults a from b", "2.2", "error defaults-by-name"},
		{"", "defaults a from b", "2.6", "error unknown-defaults"},
		{"", "log-forward l", "2.2", "error unknown-keyword"},
		{"", "log-forward l", "2.3", ""},
		{"", "backend", "1.4", "error missing-section-name"},
		{"", "backend a/b", "2.6", "error bad-name"},
		{"", "Frontend f", "2.6", "error directive-outside-section,error unknown-section"},
		{"", "maxconn 5", "2.6", "error directive-outside-section"},
		{"", ".if 1", "2.2", "error conditional-unsupported"},
		// Servers and binds.
		{"backend", "server a 192.0.2.1:80 wieght 5", "2.6", "error unknown-parameter"},
		{"backend", "server a 192.0.2.1:80 weight 257", "2.6", "error out-of-range"},
		{"backend", "server a 192.0.2.1:80 ssl", "1.4", "error unknown-keyword"},
		{"backend", "server a 192.0.2.1:80 ssl", "2.6", "error unverified-server"},
		{"backend", "server a 192.0.2.1:80 ssl verify none", "2.6", ""},
		{"backend", "server a 300.0.0.1:80", "2.6", "error unresolvable-host"},
		{"backend", "server a app.example:80", "2.6", ""},
		{"backend", "default-server id 5", "2.6", "error misplaced-keyword"},
		{"backend", "server a 192.0.2.1 check", "2.6", "error missing-port"},
		{"frontend", "bind 127.0.0.1", "2.6", "error bad-address"},
		{"frontend", "bind :70000", "2.6", "error bad-address"},
		{"frontend", "bind :8080-8090", "2.6", ""},
		{"frontend", "bind :8080x", "2.6", ""},
		{"frontend", "bind :8080x", "3.0", "error bad-address"},
		{"frontend", "bind :81 process 1", "2.6", "warning deprecated-keyword"},
		{"frontend", "bind :81 process 1", "3.0", "error removed-keyword"},
		{"frontend", "bind :443 ssl", "2.6", "error missing-certificate"},
		// Negations.
		{"defaults", "no option redispatch", "2.6", ""},
		{"defaults", "no option tcplog", "2.6", "error bad-negation"},
		{"defaults", "default option dontlognull", "2.6", "error bad-negation"},
		{"defaults", "default option dontlognull", "3.2", ""},
		{"defaults", "no timeout client 5s", "2.6", "error bad-negation"},
		{"backend", "option dontlognull", "3.0", "warning ignored-keyword"},
		{"backend", "option dontlognull", "3.2", "error misplaced-keyword"},
		{"global", "no busy-polling", "2.6", ""},
		// Experimental, and rules in defaults.
		{"global", "tune.fd.edge-triggered on", "2.2", ""},
		{"global", "tune.fd.edge-triggered on", "2.6", "error experimental"},
		{"defaults", "http-request deny", "2.2", "error misplaced-keyword"},
		{"defaults", "http-request deny", "2.6", "error unnamed-defaults"},
	})
}

// TestTwoServersOfOneName: HAProxy grew stricter.
func TestTwoServersOfOneName(t *testing.T) {
	t.Parallel()
	const text = "backend b\n timeout connect 5s\n timeout server 5s\n server a 192.0.2.1:80\n server a 192.0.2.2:80\n"
	for v, want := range map[string]string{
		"1.5-dev21": "info duplicate-server 5", "1.5-dev22": "warning duplicate-server 5", "1.9": "warning duplicate-server 5",
		"2.0": "error duplicate-server 5", "3.4": "error duplicate-server 5",
	} {
		if got := strings.Join(found(text, Options{HAProxy: version(t, v)}), ","); got != want {
			t.Errorf("HAProxy %s: %q, not %q", v, got, want)
		}
	}
}

// TestFinalNewline: silent, then a warning, then refused.
func TestFinalNewline(t *testing.T) {
	t.Parallel()
	for v, want := range map[string]haproxyconfig.Severity{"2.1": Info, "2.2": Warning, "2.3": Error, "3.4": Error} {
		all := Check(haproxyconfig.Parse([]byte("defaults")), Options{HAProxy: version(t, v)})
		if len(all) != 1 || all[0].Rule != "missing-final-newline" || all[0].Severity != want {
			t.Errorf("HAProxy %s: %+v", v, all)
		}
	}
}
