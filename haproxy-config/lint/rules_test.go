package lint

import "testing"

// TestRules has good and bad lines for each rule, as HAProxy 2.6 takes and refuses them.
func TestRules(t *testing.T) {
	t.Parallel()
	lines := func(section, want string, all ...string) {
		for _, line := range all {
			judge(t, []judgement{{section, line, "2.6", want}})
		}
	}
	// Sample expressions and formats.
	lines("frontend", "", `http-request set-header A "%[req.hdr(host),lower]"`, `http-request set-header A "100%%"`, "http-request set-header A %[src]x]",
		"acl a src,lower abc", "acl a path, /a", "acl a rand() 5", "acl a req.hdr(host),field(1,.) a", "acl a path,lower,length gt 5", "http-request set-var(txn.a.b) src")
	lines("frontend", "error unknown-fetch", "http-request set-header A %[nosuch]", "http-request set-header A %[src,nosuch]", "acl a nosuch x", "acl a HDR(x) x", "http-request set-header A %[path,]")
	lines("frontend", "error bad-format", "http-request set-header A 100%", "http-request set-header A %[src", "http-request set-header A 50%off", "http-request set-header A %{Q")
	lines("frontend", "error bad-expression", "acl a req.hdr(host 5", "acl a src) 5", "acl a path(x) 5", "acl a int(a) 5", "acl a int 5", "acl a path,ltrim(x,y) 1", "acl a sc_get_gpc0 1")
	lines("frontend", "error unavailable-fetch", "http-response set-header A %[path]", "http-request set-header A %[status]")
	lines("frontend", "error bad-variable-name", "http-request set-var(nope.a) src", "http-request set-var(txn.) src", "http-request set-var path", "acl a var(nope.a) x")
	// ACLs and conditions.
	lines("frontend", "", "acl a src 10.0.0.0/255.0.0.0", "acl a src 10.1", "acl a src fe80::", "acl a src_port 80:90", "acl a src_port gt 5", "acl a path -- -x", "acl a method GETX",
		"http-request deny if TRUE or !FALSE", "http-request deny if { path /x } !LOCALHOST", "http-request deny if", "acl a path_beg -i /x")
	lines("frontend", "error bad-address", "acl a src 1.2.3.4/40", "acl a src 300.1.1.1", "acl a src a+b", "acl a hdr_ip(x) b.invalid", "acl a path -m ip 1.2.3.4/x")
	lines("frontend", "warning unresolved-name", "acl a src localhost")
	lines("frontend", "error bad-number", "acl a src_port 80x", "acl a src_port gt abc", "acl a path_len abc")
	lines("frontend", "error bad-value", "acl a path -x /", "acl a path -m foo /")
	lines("frontend", "error missing-argument", "acl a", "acl a var(txn.x) 5", "http-request deny if { }", "monitor fail")
	lines("frontend", "error bad-name", "acl or path /", "acl a/b path /")
	lines("frontend", "error unknown-acl", "http-request deny if nosuch", "http-request deny if true", "http-request deny if {src 1.1.1.1}")
	lines("frontend", "error bad-condition", "http-request set-header A b IF TRUE", "http-request deny if { src 1.1.1.1", "http-request allow x")
	// Rules.
	lines("frontend", "error unknown-action", "http-request dney", "tcp-request connection tarpit", "http-request lua.nosuch")
	lines("frontend", "error missing-argument", "http-request", "http-request set-header A", "http-request auth realm", "http-request return string x", "http-request redirect", "http-request wait-for-body", "http-request capture src")
	lines("frontend", "error bad-value", "http-request redirect location / code 299", "http-request set-log-level loud", "http-request strict-mode maybe", "http-request use-service nosuch")
	lines("frontend", "error out-of-range", "http-request sc-inc-gpc0(3)", "http-request capture src len 0")
	lines("frontend", "error bad-status", "http-request deny deny_status 302", "http-request return status 99", "http-error status 999")
	lines("frontend", "", "http-request deny deny_status 403", "http-request return status 200 content-type text/plain string x", "http-request redirect scheme https code 301 if TRUE")
	lines("frontend", "error misplaced-keyword", "http-request set-timeout server 5s", "server a 192.0.2.1:80", "stats timeout 5s")
	lines("frontend", "error experimental", "http-request normalize-uri path-merge-slashes")
	// Health checks.
	lines("backend", "", "http-check expect status 200-299,304", "http-check expect ! rstring x", "tcp-check expect string x comment y", "http-check send meth GET uri / hdr A b", "tcp-check connect port 80 ssl", "tcp-check send-binary 00ff")
	lines("backend", "error bad-value", "tcp-check nosuch", "http-check send-binary 00", "tcp-check send-binary 123", "tcp-check expect binary xyz")
	lines("backend", "error missing-argument", "tcp-check", "http-check expect", "http-check expect status", "tcp-check expect min-recv 5")
	lines("backend", "error unknown-parameter", "tcp-check connect nosuch", "http-check send foo", "tcp-check expect status 200")
	lines("backend", "error bad-port", "tcp-check connect port 0")
	// Backends.
	lines("backend", "", "balance uri depth 3 len 5 path-only", "balance hdr(a) use_domain_only", "balance random(2)", "hash-type map-based djb2 avalanche", "retry-on conn-failure 503", "cookie A insert maxidle 5s", "hash-balance-factor 150")
	lines("backend", "error bad-value", "balance foo", "balance hdr()", "balance random(0)", "balance url_param a foo", "hash-type foo", "retry-on 999", "cookie A foo", `cookie A insert attr "a;b"`, "http-reuse sometimes", "mode udp")
	lines("backend", "error out-of-range", "balance uri len 0", "hash-balance-factor 50", "id 0")
	lines("backend", "error contradiction", "retry-on none 503", "cookie A insert prefix", "cookie A preserve", "cookie A rewrite indirect")
	lines("backend", "error unknown-parameter", "balance uri query", "source 192.0.2.1 via lo")
	lines("backend", "error bad-address", "source 2001:db8::1", "source 192.0.2.1:1-5", "option forwardfor except here")
	lines("backend", "error missing-argument", "balance url_param", "cookie", "cookie A maxidle", "source 192.0.2.1 interface", "option mysql-check user", "stick-table type ip", "stick-table size 5")
	lines("backend", "error bad-time", "cookie A insert maxidle 5x", "server s 192.0.2.1:80 slowstart 5x")
	lines("backend", "", "stick-table type string len 5 size 10k expire 5m store gpc0,conn_rate(5s)", "stick-table type ip size 10 store gpc_rate(2,5s)", "option httpchk GET / HTTP/1.1", "option smtpchk EHLO a")
	lines("backend", "error bad-value", "stick-table type nosuch size 5", "stick-table type ip size 5 store conn_rate", "stick-table type ip size 5 store gpc(500)", "stick-table type ip size 5 srvkey foo", "option mysql-check user a foo")
	lines("backend", "error unexpected-argument", "option httpchk GET / HTTP/1.1 x", "retries 3 4", "option tcp-check x", "mode http x")
	lines("backend", "error unknown-option", "option nosuch", "option")
	// Logs.
	lines("backend", "", "log 127.0.0.1 len 1024 format rfc5424 sample 1,3-4:10 local7 notice", "log stdout local0", "no log", "log ring@r local0")
	lines("backend", "error bad-value", "log 127.0.0.1 local8", "log 127.0.0.1 sample 5:2 local0", "log 127.0.0.1 format x local0", "log 127.0.0.1 local0 loud", "log global local0")
	lines("backend", "error missing-argument", "log", "log 127.0.0.1")
	lines("backend", "error out-of-range", "log 127.0.0.1 len 79 local0")
	lines("backend", "error bad-address", "log ::1 local0", "log 127.0.0.1:port local0")
	lines("backend", "error unexpected-argument", "no log x", "log /dev/log local0 info debug x")
	// Filters, captures.
	lines("frontend", "", "filter compression", "filter trace name a hexdump", "declare capture request len 5", "capture request header Host len 5")
	lines("frontend", "error bad-value", "filter nosuch", "capture request header Host length 5", "declare capture cookie len 5")
	lines("frontend", "error missing-argument", "filter", "filter spoe engine a", "filter cache")
	// Global.
	lines("global", "", "cpu-map auto:1/1-4 0-3", "ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets", "profiling.tasks auto", "set-var proc.a int(5)", "h1-case-adjust host Host", "unix-bind mode 770", "stats socket /run/a mode 600 level admin", "log /dev/log local0")
	lines("global", "error bad-value", "cpu-map 1 zero", "cpu-map one 0", "profiling.tasks maybe", "h1-case-adjust host Hosts", "ssl-load-extra-files some", "ssl-default-bind-options ssl-min-ver TLSv9", "stats socket /run/a level king")
	lines("global", "error unknown-parameter", "ssl-default-bind-options no-sslv4", "unix-bind owner root", "stats socket /run/a lvl admin")
	lines("global", "error bad-variable-name", "set-var txn.a int(5)")
	lines("global", "error unknown-keyword", "nosuch", "maxcon 5")
	lines("global", "error out-of-range", "tune.maxaccept 2147483648")
	lines("global", "", "tune.maxaccept -2", "insecure-setuid-wanted", "no insecure-fork-wanted")
	lines("global", "error bad-negation", "no insecure-setuid-wanted")
	lines("backend", "warning unresolved-name", "log sderr local0", "log stduot local0")
	lines("ring", "", "size 16384", "size 32768", "maxlen 1024", "timeout server 100000us extra")
	lines("ring", "error shrunken-ring", "size 16383")
	lines("ring", "error shrunken-ring,warning bad-number", "size 16k")
	lines("global", "error small-buffers", "tune.bufsize 100", "tune.http.maxhdr 3")
	lines("global", "error bad-address", "stats socket 127.0.0.1")
	// Other sections.
	lines("peers", "", "peer a 192.0.2.1:10000", "peer", "table t type ip size 5", "log global")
	lines("peers", "error bad-value", "table t type nosuch size 5")
	lines("resolvers", "", "nameserver a 192.0.2.53:53", "hold nx 5s", "timeout retry 1s", "parse-resolv-conf")
	lines("resolvers", "error bad-address", "nameserver a 192.0.2.53")
	lines("resolvers", "error bad-value", "hold nosuch 5s")
	lines("resolvers", "error out-of-range", "accepted_payload_size 70000")
	lines("userlist", "", "user a insecure-password b", "group g")
	lines("userlist", "error unknown-parameter", "user bob secret")
	lines("userlist", "error unknown-member", "group g users nobody", "user a insecure-password b groups nowhere")
	lines("mailers", "", "mailer a 192.0.2.25:25", "timeout mail 5s")
	lines("mailers", "error bad-address", "mailer a 192.0.2.25:70000")
	lines("cache", "", "max-age 60")
	lines("cache", "error out-of-range", "max-object-size 4194304")
	lines("ring", "", "format rfc5424", "timeout nosuch 5s")
	lines("ring", "error bad-value", "format nosuch")
	lines("fcgi-app", "", "set-param A b if TRUE", "option keep-conn", "index a")
	lines("fcgi-app", "error misplaced-keyword", "option nosuch")
	lines("fcgi-app", "error missing-in-section", "option max-reqs 5")
}
