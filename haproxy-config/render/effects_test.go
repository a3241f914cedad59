package render

import (
	"fmt"
	"strings"
	"testing"

	haproxyconfig "lbimage/haproxy-config"
)

// rules gives findings as SEVERITY RULE LINE:COLUMN.
func rules(all []haproxyconfig.Finding) string {
	var s []string
	for _, f := range all {
		s = append(s, fmt.Sprintf("%s %s %d:%d", f.Severity, f.Rule, f.Line, f.Column))
	}
	return strings.Join(s, "\n")
}

// frame puts lines into a template with nothing to tell of; they begin at line 7, in
// defaults.
func frame(lines string) string {
	return "global\n maxconn 5\n user u\n\ndefaults\n timeout connect 5s\n" + lines
}

// TestEffectsOnSections has a row for each that the servo does to sections.
func TestEffectsOnSections(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"nothing":                       {frame(""), ""},
		"empty":                         {"", "warning no-defaults 0:0\nwarning no-global 0:0"},
		"harmless":                      {" global # x\n\tmaxconn 5 # y\n  defaults  \n\ttimeout connect 5s", ""},
		"before the first section":      {" maxconn 5\n# x\n" + frame(""), "error directive-outside-section 1:2"},
		"no defaults":                   {"global\n maxconn 5\n", "warning no-defaults 0:0"},
		"no global":                     {"defaults\n timeout connect 5s\n", "warning no-global 0:0"},
		"byte order mark":               {byteOrderMark + frame(""), "error header-not-seen 1:1"},
		"tab before the first header":   {"\t" + frame(""), "error header-not-seen 1:2"},
		"tab behind the first header":   {"global\t# x\n user u\ndefaults\n timeout connect 5s\n", "error header-not-seen 1:1"},
		"tab before a later header":     {"global\n user u\n\tdefaults\n timeout connect 5s\n", "warning header-not-seen 3:2"},
		"glued comment":                 {"global\n user u\ndefaults#x\n timeout connect 5s\n", "warning header-not-seen 3:1"},
		"CRLF":                          {"global\r\n user u\r\ndefaults\r\n timeout connect 5s\r\n", "error header-not-seen 1:1\nerror header-not-seen 3:1"},
		"CRLF and plain":                {"global\r\n user u\r\ndefaults \n timeout connect 5s\n", "error header-not-seen 1:1"},
		"quoted":                        {"global\n\"defaults\"\n timeout connect 5s\n", "warning header-not-seen 2:1"},
		"peers before global":           {"peers p\n peer a 127.0.0.1:1\n" + frame(""), "error header-not-seen 1:1"},
		"peers behind defaults":         {frame("peers p\n peer a 127.0.0.1:1\n"), ""},
		"defaults in a frontend":        {frame("frontend f\n\tdefaults\n retries 3\n"), "info timeout-without-effect 6:2\nwarning header-not-seen 8:2"},
		"defaults twice":                {frame("defaults\n timeout connect 6s\n"), "error duplicate-section 5:1"},
		"defaults twice, first empty":   {"defaults\n# x\n" + frame(""), "warning duplicate-section 1:1"},
		"defaults under two headers":    {frame("defaults # x\n timeout connect 6s\n"), "error duplicate-section 7:1"},
		"global under two headers":      {"global # x\n user u\n" + frame(""), "error duplicate-section 3:1"},
		"a frontend twice":              {frame("frontend f\n bind :81\nfrontend f\n bind :82\n"), "error duplicate-section 7:1"},
		"listen":                        {frame("listen l\n bind :1\n"), "warning listen-in-template 7:1"},
		"two listens":                   {frame("listen l\n bind :1\nlisten m\n bind :2\n"), "warning listen-in-template 7:1\nerror duplicate-section 9:1\nwarning listen-in-template 9:1"},
		"defaults commented out":        {"global\n user u\n#defaults\n timeout connect 5s\n", "warning no-defaults 0:0\nerror header-commented-out 3:1"},
		"one of two commented out":      {"global\n user u\n # defaults\n retries 3\ndefaults\n timeout connect 5s\n", "error header-commented-out 3:2"},
		"a comment on defaults":         {"global\n#defaults\n user u\n# defaults of the house\n" + frame("")[7:], ""},
		"frontend on a listener's port": {frame("frontend www-80\n"), "error frontend-name 7:10"},
		"in its comment":                {frame("frontend www # like-80\n"), "error frontend-name 7:20"},
		"frontend like a port":          {frame("frontend www-81\nfrontend www-\nfrontend 81\nfrontend www-080\nfrontend www-65536\nfrontend www-82 # x\n"), "warning frontend-name 7:10"},
		"a listener's backend":          {frame("backend backend-http-80\n retries 3\n"), "error name-taken 7:1"},
		"another listener's backend":    {frame("backend backend-http-81\n retries 3\n"), "warning name-taken 7:1"},
		"a listener's frontend":         {frame("frontend http-80 # x\n bind :81\n"), "error name-taken 7:1"},
		"both of a listener":            {frame("frontend http-80\n bind :80\nbackend backend-http-80\n retries 3\n"), "error frontend-name 7:10"},
		"a listener's port":             {frame("frontend f\n bind 10.0.0.1:80\n bind :81,*:443\n bind 0.0.0.0:2000-3000\n bind /s\n bind\n"), "warning port-taken 9:7\nwarning port-taken 10:7"},
		"block round a section":         {frame(".if 1\nfrontend f\n.endif\n"), "error conditional-across-sections 7:1"},
		"block within a section":        {frame(" .if 1\n retries 3\n .endif\n"), ""},
		"block above the first":         {".if 1\n.endif\n" + frame(""), "error conditional-across-sections 1:1"},
		"inner block":                   {frame(".if 1\n.if 1\nfrontend f\n.endif\n.if 1\n.endif\n.endif\n"), "error conditional-across-sections 7:1\nerror conditional-across-sections 8:1"},
		"block without an end":          {frame(".if 1\nfrontend f\n"), "error conditional-across-sections 7:1"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := rules(Effects([]byte(test.text), lastRelease, Default())); got != test.want {
				t.Errorf("%q gives\n%s\nnot\n%s", test.text, got, test.want)
			}
		})
	}
}

// TestEffectsOnSettings has the text of a setting in defaults, and what is said of it.
func TestEffectsOnSettings(t *testing.T) {
	tcpOnly := balancers()["tcp2222-two"]
	for _, test := range []struct {
		servo, lines string
		lb           LoadBalancer
		want         string // what the finding on the first line says, or "" if there is none
	}{
		{"1.1.0", " timeout client 2m\n", Default(), "timeout client 2m has no effect: servo 1.1.0 sets timeout client on each listener from the load balancer's idle timeout, 60s"},
		{"1.1.0", " srvtimeout 5000\n", Default(), "srvtimeout 5000 has no effect: servo 1.1.0 sets timeout server on each listener from the load balancer's idle timeout, 60s"},
		{"1.1.0", " timeout client 2m\n", LoadBalancer{IdleTimeout: 90, Listeners: tcpOnly.Listeners}, "timeout client 2m has no effect: servo 1.1.0 sets timeout client on each listener from the load balancer's idle timeout, 90s"},
		{"1.0.4", " timeout client 2m\n", Default(), ""},
		{"1.0.4", " srvtimeout 5000\n", Default(), ""},
		{"", " timeout server   2m # x\n", Default(), "timeout server 2m has no effect from servo 1.1.0 on: the servo sets timeout server on each listener from the load balancer's idle timeout, 60s"},
		{"1.1.0", " timeout client 2m\nfrontend own\n bind :81\n", Default(), "timeout client 2m acts on frontend own only: servo 1.1.0 sets timeout client on each listener from the load balancer's idle timeout, 60s"},
		{"1.1.0", " timeout client 2m\nfrontend own\n timeout client 3m\n", Default(), "timeout client 2m has no effect: servo 1.1.0 sets timeout client on each listener from the load balancer's idle timeout, 60s"},
		{"1.1.0", " timeout client 2m\nbackend own\n", Default(), "timeout client 2m has no effect: servo 1.1.0 sets timeout client on each listener from the load balancer's idle timeout, 60s"},
		{"1.1.0", " timeout server 2m\nbackend own\n", Default(), "timeout server 2m acts on backend own only: servo 1.1.0 sets timeout server on each listener from the load balancer's idle timeout, 60s"},
		{"1.1.0", " timeout check 5s\n", Default(), "timeout check 5s has no effect: servo 1.1.0 checks the instances itself and has HAProxy check none"},
		{"", " timeout check 5s\nbackend own\n server s 10.0.0.9:1 check\n", Default(), "timeout check 5s acts on backend own only: the servo checks the instances itself and has HAProxy check none"},
		{"1.1.0", " timeout check 5s\n default-server check\n", Default(), ""},
		{"1.1.0", " option httpchk GET /\n", Default(), "option httpchk GET / has no effect: servo 1.1.0 checks the instances itself and has HAProxy check none"},
		{"1.4.1", " timeout queue 1m\n", Default(), ""},
		{"1.4.1", " timeout http-keep-alive 10s\n", Default(), ""},
		{"1.4.1", " timeout http-keep-alive 10s\n", tcpOnly, "timeout http-keep-alive 10s has no effect: no listener speaks http or https"},
		{"1.4.1", " retries 3\n", Default(), ""},
		{"1.4.1", " option dontlognull\n option redispatch\n", Default(), ""},
		{"1.4.1", " option http-server-close\n", Default(), ""},
		{"1.4.1", " mode http\n", Default(), "mode http has no effect: servo 1.4.1 gives each listener a mode of its own, by its protocol"},
		{"1.0.0", " mode http\n", Default(), ""},
		{"", " mode http\n", Default(), "mode http has no effect from servo 1.0.1 on: the servo gives each listener a mode of its own, by its protocol"},
		{"1.4.1", " balance leastconn\n", Default(), "balance leastconn has no effect: servo 1.4.1 sets balance roundrobin on each listener"},
		{"1.4.1", " option httplog\n", Default(), "option httplog has no effect: servo 1.4.1 gives each listener a log-format of its own, and reads that log"},
		{"1.4.1", " log-format x\n", Default(), "log-format x has no effect: servo 1.4.1 gives each listener a log-format of its own, and reads that log"},
		{"1.4.1", " log 10.0.0.9 local0\n", Default(), ""},
		{"1.4.1", " option forwardfor\n", Default(), "option forwardfor has no effect: servo 1.4.1 sets option forwardfor except 127.0.0.1 on each http and https listener"},
		{"1.4.1", " option forwardfor header X-Client\n", Default(), ""},
		{"1.4.1", " option forwardfor\n", tcpOnly, "option forwardfor has no effect: no listener speaks http or https"},
		{"1.4.1", " default_backend b\nbackend b\n", Default(), "default_backend b has no effect: servo 1.4.1 names each listener's own backend"},
		{"1.4.1", " cookie X insert\n", Default(), "cookie X insert has no effect: servo 1.4.1 gives its servers a cookie's value only together with a cookie of its own"},
		{"1.4.1", " cookie X insert\n", balancers()["http80-lbcookie"], "cookie X insert has no effect: servo 1.4.1 sets its own for the stickiness of listener http-80"},
		{"1.4.1", " cookie X insert\n", balancers()["http80-appcookie"], ""},
		{"1.4.1", " errorfile 503 /etc/load-balancer-servo/503.http\n", Default(), ""},
		{"1.1.2", " errorfile 503 /etc/load-balancer-servo/503.http\n", Default(), "servo 1.1.2 does not bring /etc/load-balancer-servo/503.http, 1.2.0 does; without the file HAProxy does not start"},
		{"", " errorfile 503 /etc/load-balancer-servo/503.http\n", Default(), "servos bring /etc/load-balancer-servo/503.http from 1.2.0 on; without the file HAProxy does not start"},
		{"1.1.2", " errorfile 503 /other\n", Default(), ""},
	} {
		var v Version
		if test.servo != "" {
			v = version(t, test.servo)
		}
		mode := ""
		if test.servo == "1.0.0" {
			mode = " mode http\n"
		}
		got := ""
		for _, f := range Effects([]byte(frame(test.lines+mode)), v, test.lb) {
			if f.Line == 7 {
				got += f.Message
			}
			if f.Severity == haproxyconfig.Error {
				t.Errorf("servo %s: %q: %v", v, test.lines, f)
			}
		}
		if mode == "" && got != test.want || mode != "" && strings.Contains(got, "servo") {
			t.Errorf("servo %s: of %q it is said\n%q, not\n%q", v, test.lines, got, test.want)
		}
	}
}

func TestEffectsOnGlobal(t *testing.T) {
	text := "global\n pidfile /x\n daemon\n log 10.0.0.9 local0\n maxconn 5\n maxconn 6\n timeout client 5s\ndefaults\n timeout connect 5s\n timeout connect 6s\n"
	want := "info setting-without-effect 2:2\ninfo setting-without-effect 3:2"
	if got := rules(Effects([]byte(text), Version{}, Default())); got != want {
		t.Errorf("findings\n%s\nnot\n%s", got, want)
	}
	settings, err := Report([]byte(text), version(t, "1.1.0"), LoadBalancer{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range settings {
		got = append(got, fmt.Sprintf("%d:%d %s: %s", s.Line, s.Column, s.Section, s))
	}
	const all = `2:2 global: pidfile /x has no effect: servo 1.1.0 starts HAProxy with -p /var/run/load-balancer-servo/haproxy.pid, which wins
3:2 global: daemon has no effect: servo 1.1.0 starts HAProxy with -D, which says the same
4:2 global: log 10.0.0.9 local0 takes effect: for HAProxy's own messages, and for sections with 'log global'; the listeners log to the servo's socket
5:2 global: maxconn 5 takes effect
6:2 global: maxconn 6 has no effect: line 5 sets it already, and the first one counts
7:2 global: timeout client 5s has no effect: HAProxy refuses it in global
9:2 defaults: timeout connect 5s has no effect: line 10 sets it again, and the last one counts
10:2 defaults: timeout connect 6s takes effect`
	if g := strings.Join(got, "\n"); g != all {
		t.Errorf("report\n%s\nnot\n%s", g, all)
	}
}

// TestBackendWithoutMode: the one way in which a stock template of a later servo keeps an
// earlier one from starting.
func TestBackendWithoutMode(t *testing.T) {
	has := func(template []byte, servo string, lb LoadBalancer) bool {
		return strings.Contains(rules(Effects(template, version(t, servo), lb)), "error backend-without-mode")
	}
	for _, test := range []struct {
		template string
		servo    string
		lb       LoadBalancer
		want     bool
	}{
		{string(stock(t, "1.0.1")), "1.0.0", Default(), true},
		{string(seed(t)), "1.0.0", Default(), true},
		{frame(" mode tcp\n"), "1.0.0", Default(), true},
		{"global\n", "1.0.0", Default(), true},
		{string(stock(t, "1.0.0")), "1.0.0", Default(), false},
		{string(stock(t, "1.0.1")), "1.0.1", Default(), false},
		{string(stock(t, "1.0.1")), "1.0.0", balancers()["tcp2222-two"], false},
	} {
		if got := has([]byte(test.template), test.servo, test.lb); got != test.want {
			t.Errorf("servo %s: %q gives %v", test.servo, test.template, got)
		}
	}
}

// TestWhichOfTheNineTakeEffect is the question that the report is for.
func TestWhichOfTheNineTakeEffect(t *testing.T) {
	for servo, without := range map[string]string{
		"1.0.4": "timeout check 5s",
		"1.1.0": "timeout client 2m, timeout server 2m, timeout check 5s",
		"1.4.1": "timeout client 2m, timeout server 2m, timeout check 5s",
	} {
		settings, err := Report(seed(t), version(t, servo), Default())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range settings {
			if s.Section == "defaults" && s.Status != Effective {
				got = append(got, s.Text)
			}
		}
		if g := strings.Join(got, ", "); g != without {
			t.Errorf("servo %s: without effect are %s, not %s", servo, g, without)
		}
	}
}

func TestLostSettingsSayWhy(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{" retries 3\nglobal\n", "1 : retries 3 is lost: it stands above the first section header that the servo sees"},
		{"global\r\n maxconn 5\r\n", "2 global: maxconn 5 is lost: the servo sees no section header in the template"},
		{"defaults\n retries 3\ndefaults\n", "2 defaults: retries 3 is lost: 'defaults' begins again on line 3, and the servo keeps the last"},
		{"global\n maxconn 5\nglobal # x\n", "2 global: maxconn 5 is lost: the servo writes one global section, most likely that on line 3"},
		{"backend backend-http-80\n\tdefaults\n retries 3\n", "3 defaults: retries 3 is lost: the servo writes a section of its own under this name"},
	} {
		settings, err := Report([]byte(test.text), lastRelease, Default())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range settings {
			got = append(got, fmt.Sprintf("%d %s: %s", s.Line, s.Section, s))
		}
		if g := strings.Join(got, "\n"); g != test.want {
			t.Errorf("%q gives %q, not %q", test.text, g, test.want)
		}
	}
}

// TestChanceIsToldByRender: who only renders learns of it too.
func TestChanceIsToldByRender(t *testing.T) {
	r, err := Render([]byte(frame("defaults # x\n retries 3\nfrontend www-80\n")), lastRelease, Default())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := rules(r.Findings), "error duplicate-section 7:1\nerror frontend-name 9:10"; got != want {
		t.Errorf("findings\n%s\nnot\n%s", got, want)
	}
	if !strings.Contains(r.Findings[0].Message, "left to chance") {
		t.Errorf("%q", r.Findings[0].Message)
	}
}

func TestLoadBalancerThatWillNotDo(t *testing.T) {
	bad := LoadBalancer{Listeners: []Listener{{Protocol: "http", Port: 70000}}}
	if f := Effects(nil, Version{}, bad); len(f) != 1 || f[0].Rule != "load-balancer" || f[0].Severity != haproxyconfig.Error {
		t.Errorf("findings %v", f)
	}
	if _, err := Report(nil, Version{}, bad); err == nil {
		t.Error("a report on a port of 70000")
	}
	if _, err := Render(nil, lastRelease, bad); err == nil || !strings.Contains(err.Error(), "listeners[0].port: 70000 is no port") {
		t.Errorf("rendering gives %v", err)
	}
}
