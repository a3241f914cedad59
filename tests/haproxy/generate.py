#!/usr/bin/env python3
"""Makes random HAProxy configurations, to hold a linter against the real haproxy.

    generate.py SEED COUNT DIR

writes DIR/0001.cfg … One seed gives the same files everywhere. Each file mixes
lines that haproxy 2.6 takes with at most a dozen that it may refuse: misspelt words,
too few and too many arguments, bad values, words of other sections, words that are
gone, `no` where it does not belong. Which of them are refused is haproxy's to say.

Lines do not depend on each other and names are unique, so that the blame for a line
is its own. What makes haproxy stop reading (a bad HTTP rule, a section without a
name …) stands at the end of a file only. `quiet` and
`zero-warning` never occur: one hides errors, the other refuses without a line.
"""

import os
import random
import re
import sys

# A shape is a line in which capital words in braces stand for values.
GOOD = {
    "TIME": "0 1 500 5000 10s 2m 1h 1d 500ms 100000us 24d".split(),
    "NUM": "1 2 3 10 64 100 1000".split(),
    "SIZE": "16384 20000 32768".split(),
    "BIG": "100 10k 1m".split(),
    "PERCENT": "0 10 50".split(),
    "ONOFF": ["on", "off"],
    "WORD": "a b web api-1 x.y Z_9".split(),
    "HEADER": "Host X-Id X-Forwarded-Proto Cache-Control".split(),
    "TEXT": ['"a b"', "'c d'", r"e\ f", "plain", '"%% #"'],
    "FORMAT": ['"%ci:%cp"', "%ci", '"%[src]"', '"a %[src,lower] b"', '"%{+Q}o %ft"'],
    "FETCH": "src dst src_port always_true rand(5) int(3) path req.hdr(host) method".split(),
    "IP": "192.0.2.1 127.0.0.1 2001:db8::1".split(),
    "NET": "192.0.2.0/24 127.0.0.1 2001:db8::/32 0.0.0.0/0".split(),
    "HOST": "192.0.2.1:80 [2001:db8::1]:443 192.0.2.2 unix@/run/a.sock".split(),
    "PEER": "192.0.2.1:514 127.0.0.1:1025".split(),
    "FACILITY": "local0 local7 daemon user mail".split(),
    "LEVEL": "info notice err debug emerg".split(),
    "STATUS": "400 403 408 500 502 503 504".split(),
    "PATH": "/ /a /a/b?c=d".split(),
    "FILE": "/run/a /tmp/b".split(),
    "VAR": "txn.a sess.b req.c proc.d".split(),
    "COND": ["if TRUE", "unless FALSE", "if { src 192.0.2.1 }", "if LOCALHOST or !TRUE", "if { dst_port 80 } TRUE"],
    "TLSVER": "TLSv1.0 TLSv1.2 TLSv1.3".split(),
}
BAD = {
    "TIME": "10x -5 +5s 1.5s 5S 0x10 1w soon s 25d 1m30s 5s, 999999999999".split(),
    "NUM": "abc -1 1.5 10k 99999999999 0x5 0".split(),
    "SIZE": "abc -1 0 16k".split(),
    "BIG": "abc -1 10x 0".split(),
    "PERCENT": "abc 101 -1".split(),
    "ONOFF": "yes 1 ON maybe".split(),
    "WORD": ["a/b", '"a b"', "ä", '""', "a*"],
    "HEADER": ['""', "A:"],
    "TEXT": ['"open', "it's", '"\\x4"', '"$%"', '"${A"'],
    "FORMAT": ['"%nosuch"', '"%[nosuch]"', '"%[src"', '"%[src,nosuch]"', '"%{+Z}ci"'],
    "FETCH": "nosuch src( req.hdr(host src,nosuch int(a)".split(),
    "IP": "300.0.0.1 host.invalid 192.0.2.1/33".split(),
    "NET": "192.0.2.0/33 300.0.0.0/8 host.invalid abc".split(),
    "HOST": "192.0.2.1:70000 192.0.2.1:abc 300.0.0.1:80 host.invalid:80 192.0.2.1:80-90".split(),
    "PEER": "192.0.2.1 192.0.2.1:70000 192.0.2.1:x host.invalid:80".split(),
    "FACILITY": "local8 LOCAL0 none".split(),
    "LEVEL": "loud warn INFO".split(),
    "STATUS": "999 abc 302 99".split(),
    "PATH": ['""'],
    "FILE": ['""'],
    "VAR": "nope.a txn. txn".split(),
    "COND": ["if nosuch", "when TRUE", "if { src", "IF TRUE", "if true", "if", "if { nosuch }", "TRUE"],
    "TLSVER": "TLSv9 tls1.2 SSLv2".split(),
}

NUMBERS = """maxconn ulimit-n fd-hard-limit maxconnrate maxsessrate maxsslconn maxsslrate maxpipes maxcomprate
maxzlibmem nbthread tune.buffers.limit tune.buffers.reserve tune.comp.maxlevel tune.http.cookielen
tune.http.logurilen tune.http.maxhdr tune.maxaccept tune.maxpollevents tune.maxrewrite tune.pattern.cache-size
tune.pipesize tune.rcvbuf.client tune.rcvbuf.server tune.recv_enough tune.runqueue-depth tune.sndbuf.client
tune.sndbuf.server tune.ssl.cachesize tune.ssl.hard-maxrecord tune.ssl.maxrecord tune.ssl.ssl-ctx-cache-size
tune.h2.initial-window-size tune.h2.max-concurrent-streams tune.peers.max-updates-at-once tune.lua.forced-yield
tune.lua.maxmem tune.vars.reqres-max-size
tune.vars.sess-max-size tune.vars.txn-max-size mworker-max-reloads""".split()
FLAGS = """daemon noepoll nopoll nokqueue noevports nosplice nogetaddrinfo noreuseport busy-polling set-dumpable
insecure-fork-wanted insecure-setuid-wanted external-check strict-limits no-memory-trimming
pp2-never-send-local h1-accept-payload-with-any-method h2-workaround-bogus-websocket-clients
ssl-skip-self-issued-ca tune.ssl.force-private-cache master-worker""".split()
OPTIONS_FRONT = """accept-invalid-http-request clitcpka contstats disable-h2-upgrade dontlog-normal dontlognull
h1-case-adjust-bogus-client http-ignore-probes http-use-proxy-header idle-close-on-response
log-separate-errors logasap socket-stats tcp-smart-accept""".split()
OPTIONS_BACK = """abortonclose accept-invalid-http-response allbackups checkcache h1-case-adjust-bogus-server
http-pretend-keepalive log-health-checks persist prefer-last-server srvtcpka tcp-smart-connect redispatch""".split()
OPTIONS_BOTH = """http-buffer-request http-no-delay independent-streams nolinger splice-auto splice-request
splice-response http-server-close httpclose http-keep-alive""".split()
CHECKS = """option httpchk|option httpchk GET {PATH}|option tcp-check|option ldap-check|option redis-check
option ssl-hello-chk|option smtpchk|option smtpchk EHLO {WORD}|option mysql-check user {WORD}
option pgsql-check user {WORD}|option spop-check""".replace("\n", "|").split("|")
GONE = """contimeout 5000|clitimeout 5000|srvtimeout 5000|redispatch|redisp|reqadd X-A:\\ b|reqrep a b|rspadd X-A:\\ b
rspidel ^X|reqdeny x|block if TRUE|appsession A len 5 timeout 1h|option forceclose|option http-tunnel
option http_proxy|mode health|monitor-net 192.0.2.1|bind-process 1|nbproc 2""".replace("\n", "|").split("|")


def shapes(text):
    return [s.strip() for s in re.split(r"[|\n]", text) if s.strip()]


def options(names):
    return ["option " + n for n in names] + ["no option " + n for n in names]


TIMEOUTS_FRONT = shapes("timeout client {TIME}|timeout client-fin {TIME}")
TIMEOUTS_BACK = shapes("""timeout server {TIME}|timeout server-fin {TIME}|timeout connect {TIME}
timeout queue {TIME}|timeout check {TIME}|timeout tunnel {TIME}""")
TIMEOUTS_BOTH = shapes("timeout http-request {TIME}|timeout http-keep-alive {TIME}|timeout tarpit {TIME}")

BOTH = options(OPTIONS_BOTH) + TIMEOUTS_BOTH + shapes("""
log global|log {PEER} {FACILITY}|log {PEER} {FACILITY} {LEVEL}|log /dev/log {FACILITY}|no log|log-tag {WORD}
option tcpka|option tcplog|option httplog|option httplog clf|option forwardfor|option forwardfor except {NET}
option forwardfor header {HEADER} if-none|option originalto|errorloc {STATUS} {PATH}|errorloc302 {STATUS} {PATH}
errorloc303 {STATUS} {PATH}|http-error status {STATUS} content-type text/plain string {TEXT}|disabled|enabled
stats enable|stats uri {PATH}|stats realm {TEXT}|stats auth {WORD}:{WORD}|stats refresh {TIME}|stats hide-version
stats show-legends|stats scope .|compression algo gzip|compression type text/html|email-alert level {LEVEL}
option http-restrict-req-hdr-names delete|mode tcp|mode http
""")
FRONT = options(OPTIONS_FRONT) + TIMEOUTS_FRONT + shapes("""
maxconn {NUM}|backlog {NUM}|rate-limit sessions {NUM}|monitor-uri {PATH}|unique-id-format {FORMAT}
unique-id-header {HEADER}|log-format {FORMAT}|log-format-sd {FORMAT}|error-log-format {FORMAT}|option httpslog
clitcpka-cnt {NUM}|clitcpka-idle {TIME}|clitcpka-intvl {TIME}""")
BACK = options(OPTIONS_BACK) + TIMEOUTS_BACK + CHECKS + shapes("""
retries {NUM}|fullconn {NUM}|balance roundrobin|balance leastconn|balance source|balance first|balance static-rr
balance uri depth {NUM}|balance uri len {NUM} whole|balance url_param {WORD}|balance hdr({HEADER})
balance random({NUM})|hash-type consistent|hash-type map-based djb2 avalanche|hash-balance-factor 150
cookie {WORD} insert indirect nocache|cookie {WORD} prefix|cookie {WORD} insert maxidle {TIME} maxlife {TIME}
dynamic-cookie-key {WORD}|source {IP}|default-server inter {TIME} rise {NUM} fall {NUM}|default-server weight {NUM}
http-reuse safe|http-reuse always|max-keep-alive-queue {NUM}|retry-on conn-failure 503|http-send-name-header {HEADER}
srvtcpka-cnt {NUM}|srvtcpka-idle {TIME}|srvtcpka-intvl {TIME}|option redispatch {NUM}|persist rdp-cookie
load-server-state-from-file none|server-state-file-name {WORD}|external-check path {FILE}""")
FRONT_ONLY = shapes("""monitor fail {COND}|capture request header {HEADER} len {NUM}|declare capture response len {NUM}
capture response header {HEADER} len {NUM}|tcp-request connection accept {COND}|use_backend app {COND}
tcp-request connection reject {COND}|tcp-request session accept {COND}|declare capture request len {NUM}
""")
RULES = shapes("""acl {NEW} src {NET}|acl {NEW} path_beg {PATH}|acl {NEW} dst_port 80 443|acl {NEW} hdr(host) -i {WORD}
acl {NEW} req.hdr_cnt({HEADER}) gt {NUM}|redirect location {PATH} {COND}|redirect scheme https code 301 {COND}
tcp-request inspect-delay {TIME}|tcp-request content accept {COND}|tcp-request content reject {COND}
tcp-request content set-var({VAR}) {FETCH} {COND}|filter compression|description {TEXT}""")
BACK_ONLY = shapes("""server {NEW} {HOST}|server {NEW} {HOST} weight {NUM}|server {NEW} 192.0.2.1:80 check inter {TIME}
server {NEW} 192.0.2.1:80 check rise {NUM} fall {NUM} port {NUM}|server {NEW} {HOST} backup disabled
server {NEW} 192.0.2.1:80 maxconn {NUM} slowstart {TIME}|server {NEW} {HOST} cookie {WORD}|server {NEW} {HOST} send-proxy-v2
server {NEW} {HOST} ssl verify none ssl-min-ver {TLSVER}|server {NEW} {HOST} on-marked-down shutdown-sessions
server-template {NEW} 1-3 192.0.2.1:80 check|tcp-response content accept {COND}|tcp-response inspect-delay {TIME}
force-persist {COND}|ignore-persist {COND}|http-check expect status {STATUS}|http-check send meth GET uri {PATH}
http-check disable-on-404|tcp-check send {TEXT}|tcp-check expect string {TEXT}|tcp-check connect port {NUM}""")
BINDS = shapes("""bind :{PORT}|bind 127.0.0.1:{PORT}|bind [::1]:{PORT} v6only|bind *:{PORT} name {WORD} maxconn {NUM}
bind :{PORT} accept-proxy defer-accept|bind unix@/run/{NEW}.sock mode 600|bind abns@{NEW}|bind :{PORT} backlog {NUM} nice 5
bind :{PORT} tcp-ut {TIME} tfo transparent|bind :{PORT} mss 1400 interface lo|bind :{PORT} level user""")
HTTP_RULES = shapes("""http-request deny {COND}|http-request set-header {HEADER} {FORMAT}|http-request set-var({VAR}) {FETCH} {COND}
http-request add-header {HEADER} {TEXT} {COND}|http-request del-header {HEADER}|http-request allow {COND}
http-request redirect location {PATH} {COND}|http-request deny deny_status {STATUS} {COND}|http-request tarpit {COND}
http-request replace-header {HEADER} (.*) x|http-request set-log-level {LEVEL}|http-request set-path {PATH} {COND}
http-request return status {STATUS} content-type text/plain string {TEXT} {COND}|http-request set-timeout server {TIME}
http-response set-header {HEADER} {TEXT}|http-response del-header {HEADER} {COND}|http-response set-status {STATUS}
http-after-response set-header {HEADER} {TEXT}|http-request auth realm {TEXT} {COND}""")

# The section's header, and the shapes of its lines.
SECTIONS = {
    "global": ("global", [n + " {NUM}" for n in NUMBERS] + FLAGS + shapes("""
        tune.bufsize {SIZE}|tune.h2.header-table-size 4096|tune.idletimer 1000|tune.ssl.lifetime {TIME}|description {TEXT}
        hard-stop-after {TIME}|close-spread-time {TIME}|grace {TIME}|stats timeout {TIME}|stats maxconn {NUM}|maxcompcpuusage {PERCENT}
        spread-checks {PERCENT}|tune.pool-high-fd-ratio {PERCENT}|tune.idle-pool.shared {ONOFF}|tune.sched.low-latency {ONOFF}
        tune.listener.multi-queue {ONOFF}|profiling.tasks {ONOFF}|tune.ssl.keylog {ONOFF}|log {PEER} {FACILITY}|node {WORD}
        log {PEER} {FACILITY} {LEVEL}|log stderr format raw {FACILITY}|log {PEER} len 1024 {FACILITY} {LEVEL} {LEVEL}|log-tag {WORD}
        localpeer {WORD}|setenv {NEW} {TEXT}|presetenv {NEW} {TEXT}|unsetenv {NEW}|set-var proc.{NEW} int(5)|ssl-server-verify none
        ssl-default-bind-options ssl-min-ver {TLSVER}|ssl-default-server-options no-tls-tickets|ca-base {FILE}|crt-base {FILE}
        stats socket /run/{NEW} mode 600 level admin|pidfile {FILE}|chroot {FILE}|log-send-hostname {WORD}|cluster-secret {WORD}
        unix-bind mode 770|user root|group root|uid 0|gid 0|cpu-map 1 0|no busy-polling|no strict-limits|default-path config""")),
    "defaults": ("defaults", BOTH + FRONT + BACK + ["default_backend app"]),
    "frontend": ("frontend {NEW}", BOTH + FRONT + FRONT_ONLY + RULES + BINDS),
    "backend": ("backend {NEW}", BOTH + BACK + BACK_ONLY + RULES),
    "listen": ("listen {NEW}", BOTH + FRONT + BACK + FRONT_ONLY + BACK_ONLY + RULES + BINDS),
    "userlist": ("userlist {NEW}", shapes("user {NEW} insecure-password {TEXT}|group {NEW}|user {NEW} insecure-password {WORD} groups")),
    "peers": ("peers {NEW}", shapes("peer {NEW} {PEER}|disabled|enabled|log {PEER} {FACILITY}|default-server inter {TIME}")),
    "resolvers": ("resolvers {NEW}", shapes("""nameserver {NEW} {PEER}|timeout resolve {TIME}|timeout retry {TIME}|hold valid {TIME}
        hold nx {TIME}|hold other {TIME}|hold timeout {TIME}|resolve_retries {NUM}|accepted_payload_size {SIZE}|parse-resolv-conf""")),
    "mailers": ("mailers {NEW}", shapes("mailer {NEW} {PEER}|timeout mail {TIME}")),
    "http-errors": ("http-errors {NEW}", shapes("errorfile {STATUS} /dev/null")),
    "ring": ("ring {NEW}", shapes("size 32768|maxlen 1024|format rfc5424|timeout connect {TIME}|timeout server {TIME}|description {TEXT}")),
    "log-forward": ("log-forward {NEW}", shapes("bind 127.0.0.1:{PORT}|dgram-bind 127.0.0.1:{PORT}|maxconn {NUM}|backlog {NUM}|log {PEER} {FACILITY}")),
    "fcgi-app": ("fcgi-app {NEW}", shapes("""docroot {FILE}|index {WORD}|log-stderr global|option keep-conn|option get-values
        option max-reqs {NUM}|option mpxs-conns|pass-header {HEADER}|set-param {WORD} {FORMAT}|no option keep-conn""")),
}
WEIGHTS = {"global": 3, "defaults": 4, "frontend": 6, "backend": 6, "listen": 5}
# haproxy reads no further behind these.
STOPPERS = shapes("""frontend|backend|listen|peers|resolvers|mailers|cache|program|http-errors|log-forward
.if true|.endif|.else|.elif 1|.alert {TEXT}|cache {NEW} x""")


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = 0

    def new(self):
        self.names += 1
        return "n%d" % self.names

    def fill(self, shape, bad=None):
        """Puts values into a shape; the bad-th of them is a bad one."""
        count = -1

        def value(match):
            nonlocal count
            kind = match.group(1)
            if kind == "NEW":
                return self.new()
            if kind == "PORT":
                self.names += 1
                return str(10000 + self.names)
            count += 1
            return self.random.choice((BAD if count == bad else GOOD)[kind])

        return re.sub(r"\{([A-Z]+)\}", value, shape)

    def misspell(self, word):
        if len(word) < 3:
            return word + "x"
        i = self.random.randrange(len(word) - 1)
        kind = self.random.randrange(6)
        if kind == 0:
            return word[:i] + word[i + 1] + word[i] + word[i + 2:]  # two letters change places
        if kind == 1:
            return word[:i] + word[i + 1:]
        if kind == 2:
            return word[:i] + word[i] * 2 + word[i + 1:]
        if kind == 3:
            return word + self.random.choice("sx")
        if kind == 4:
            return word.capitalize()
        return word.replace("-", "_") if "-" in word else word.replace("_", "-") + "-"

    def bad_line(self, kind):
        """A line that is wrong in one way, as far as haproxy cares."""
        own = SECTIONS[kind][1]
        shape = self.random.choice(own)
        values = [k for k in re.findall(r"\{([A-Z]+)\}", shape) if k in GOOD]
        words = shape.split(" ")
        way = self.random.randrange(9)
        if way <= 1 and values:
            return self.fill(shape, self.random.randrange(len(values)))
        if way == 2 and len(words) > 1 and "{COND}" not in shape:
            return self.fill(" ".join(words[:self.random.randrange(1, len(words))]))
        if way == 3:
            return self.fill(shape) + " " + self.random.choice(["extra", "1", "if", "#x y", '""'])
        if way == 4:
            at = self.random.choice([i for i, w in enumerate(words) if "{" not in w])
            words[at] = self.misspell(words[at])
            return self.fill(" ".join(words))
        if way == 5:
            other = self.random.choice([k for k in SECTIONS if k != kind])
            return self.fill(self.random.choice(SECTIONS[other][1]))
        if way == 6:
            return self.random.choice(GONE)
        if way == 7:
            return self.random.choice(["no ", "default "]) + self.fill(shape)
        return self.misspell(self.random.choice(words[:1])) + " " + self.fill("{WORD}")

    def decorate(self, line):
        """Blanks, tabs and comments that mean nothing."""
        line = self.random.choice(["    ", "  ", "\t", "", "    "]) + line
        return line + self.random.choice(["", "", "", "", " # note", "  ", "\t#"])

    def section(self, kind, budget):
        lines = [self.fill(SECTIONS[kind][0])]
        if kind in ("frontend", "listen") and self.random.random() < 0.8:
            lines.append("    bind :" + self.fill("{PORT}"))
        if kind == "fcgi-app":
            lines.append("    docroot /")  # without it an ALERT names no line
        for _ in range(self.random.randint(0, 9)):
            if budget > 0 and self.random.random() < 0.3:
                line = self.bad_line(kind)
                # A bad time in log-forward stops the reading, and no line is named.
                if not line.startswith("http-") and not (kind == "log-forward" and "timeout" in line):
                    budget -= 1
                    lines.append(self.decorate(line))
                    continue
            lines.append(self.decorate(self.fill(self.random.choice(SECTIONS[kind][1]))))
        if kind in ("frontend", "backend", "listen") and self.random.random() < 0.4:
            lines.append("    " + self.fill(self.random.choice(HTTP_RULES)))
        return lines, budget

    def file(self):
        self.names = 0
        # One file in five is meant to be all right.
        budget = 0 if self.random.random() < 0.2 else self.random.randint(1, 12)
        kinds = self.random.choices(list(SECTIONS), [WEIGHTS.get(k, 1) for k in SECTIONS], k=self.random.randint(1, 5))
        lines = []
        for kind in kinds:
            more, budget = self.section(kind, budget)
            lines += more + self.random.choice([[], [""], ["# ----"]])
        lines += ["backend app", "    server a 192.0.2.1:80"]
        end = self.random.random()
        if end < 0.15:
            shape = self.random.choice(HTTP_RULES)
            lines += [self.fill("frontend {NEW}"), "    mode http"]
            lines.append("    " + self.fill(shape, self.random.randrange(len(re.findall(r"\{", shape)))))
        elif end < 0.2:
            lines.append(self.fill(self.random.choice(STOPPERS)))
        text = "\n".join(lines) + "\n"
        return text.replace("\n", "\r\n") if self.random.random() < 0.05 else text


def main():
    if len(sys.argv) != 4:
        sys.exit("usage: generate.py SEED COUNT DIR")
    seed, count, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    os.makedirs(folder, exist_ok=True)
    for i in range(1, count + 1):
        with open(os.path.join(folder, "%04d.cfg" % i), "w", encoding="utf-8", newline="") as f:
            f.write(Maker("%d/%d" % (seed, i)).file())


if __name__ == "__main__":
    main()
