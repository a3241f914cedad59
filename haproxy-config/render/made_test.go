package render

import (
	"slices"
	"strings"
	"testing"
)

// TestLinesByRelease has the steps that no file in testdata shows.
func TestLinesByRelease(t *testing.T) {
	https := Listener{Protocol: "https", Port: 443, Instances: []string{"a.example"}, InstanceProtocol: "https", Certificate: "/c.pem",
		SSLPolicy: &SSLPolicy{Protocols: []string{"TLSv1.1", "TLSv1.2"}, Ciphers: []string{"AES128-SHA", "AES256-SHA"}}}
	plain := https
	plain.SSLPolicy = nil
	verified := https
	verified.VerifyInstances = true
	ssl := Listener{Protocol: "ssl", Port: 6514, Instances: []string{"10.0.0.1"}, InstanceProtocol: "ssl", Certificate: "/c.pem",
		SSLPolicy: &SSLPolicy{Protocols: []string{"SSLv3"}}}
	sticky := Listener{Protocol: "http", Port: 80, InstanceProtocol: "http", InstancePort: 8080, Instances: []string{"10.0.0.1"}, Stickiness: &Stickiness{Type: "lb", Expiration: 600}}
	app := sticky
	app.Stickiness = &Stickiness{Type: "app", Cookie: "ID"}
	for _, test := range []struct {
		servo string
		l     Listener
		has   string // a line, or with a ! in front one that is not there
	}{
		{"1.0.3", https, "bind 0.0.0.0:443 ssl crt /c.pem"},
		{"1.0.4", https, "bind 0.0.0.0:443 ssl crt /c.pem"},
		{"1.1.0", https, "bind 0.0.0.0:443 ssl crt /c.pem no-sslv3"},
		{"1.1.2", plain, "bind 0.0.0.0:443 ssl crt /c.pem no-sslv3"},
		{"1.2.0", https, "bind 0.0.0.0:443 ssl crt /c.pem  no-sslv3 no-tlsv10 ciphers AES128-SHA:AES256-SHA"},
		{"1.4.1", plain, "bind 0.0.0.0:443 ssl crt /c.pem "},
		{"1.4.1", ssl, "bind 0.0.0.0:6514 ssl crt /c.pem  no-tlsv10 no-tlsv11 no-tlsv12"},
		{"1.4.1", ssl, "mode tcp"},
		{"1.4.1", ssl, "!option forwardfor except 127.0.0.1"},
		{"1.4.1", ssl, `log-format tcplog\ %Ts\ %ci\ %cp\ %si\ %sp\ %Tw\ %Tc\ %Tt\ %U\ %B\ %f\ %b\ %s\ %ts`},
		{"1.1.2", ssl, "server ssl-6514 10.0.0.1:6514"},
		{"1.2.0", ssl, "server ssl-6514 10.0.0.1:6514 ssl verify none"},
		{"1.1.0", https, "server https-443 a.example:443"},
		{"1.2.0", https, "server https-443 a.example:443 ssl verify none"},
		{"1.2.0", verified, "server https-443 a.example:443 ssl verify required ca-file /var/lib/load-balancer-servo/backend_auth/ca-frontend-443"},
		{"1.0.4", https, `!reqadd X-Forwarded-Proto:\ https`},
		{"1.1.0", https, `reqadd X-Forwarded-Proto:\ https`},
		{"1.1.0", https, `reqadd X-Forwarded-Port:\ 443`},
		{"1.0.4", https, "!timeout client 60s"},
		{"1.1.0", https, "timeout client 60s"},
		{"1.1.0", https, "timeout server 60s"},
		{"1.1.2", https, `log-format httplog\ %f\ %b\ %s\ %ST\ %ts\ %Tq\ %Tw\ %Tc\ %Tr\ %Tt`},
		{"1.2.0", https, `log-format httplog\ %Ts\ %ci\ %cp\ %si\ %sp\ %Tq\ %Tw\ %Tc\ %Tr\ %Tt\ %ST\ %U\ %B\ %f\ %b\ %s\ %ts\ %r`},
		{"1.3.0", https, "!capture request header User-Agent len 8192"},
		{"1.4.0", https, "capture request header User-Agent len 8192"},
		{"1.4.0", ssl, "!capture request header User-Agent len 8192"},
		{"1.4.0", https, `log-format httplog\ %Ts\ %ci\ %cp\ %si\ %sp\ %Tq\ %Tw\ %Tc\ %Tr\ %Tt\ %ST\ %U\ %B\ %f\ %b\ %s\ %ts\ %r\ %hrl`},
		{"1.0.1", sticky, "server http-80 10.0.0.1:8080"},
		{"1.0.2", sticky, "server http-80 10.0.0.1:8080 cookie MTAuMC4wLjE="},
		{"1.0.2", sticky, "cookie AWSELB insert indirect nocache maxidle 600s maxlife 600s"},
		{"1.0.4", sticky, `!http-response set-header Cache-control no-cache="set-cookie"`},
		{"1.1.0", sticky, "cookie AWSELB insert indirect maxidle 600s maxlife 600s"},
		{"1.1.0", sticky, `http-response set-header Cache-control no-cache="set-cookie"`},
		{"1.0.1", app, "!appsession ID len 4096 timeout 1440m"},
		{"1.0.2", app, "appsession ID len 4096 timeout 1440m"},
	} {
		lb, err := LoadBalancer{Listeners: []Listener{test.l}}.complete()
		if err != nil {
			t.Fatal(err)
		}
		v := version(t, test.servo)
		lines := append(frontendLines(v, lb, lb.Listeners[0]), backendLines(v, lb, lb.Listeners[0])...)
		want, not := strings.CutPrefix(test.has, "!")
		if slices.Contains(lines, want) == not {
			t.Errorf("servo %s, %s: %q\nin\n%q", test.servo, test.l.Name(), test.has, lines)
		}
	}
}

// TestTrailingBlank: the servo 1.2.0 and later leaves a blank behind a certificate, and takes it off
// when it reads the file for the next listener.
func TestTrailingBlank(t *testing.T) {
	lb := Default()
	lb.Listeners = []Listener{{Protocol: "https", Port: 443}, {Protocol: "https", Port: 444}}
	r, err := Render(nil, version(t, "1.2.0"), lb)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\n  bind 0.0.0.0:443 ssl crt " + DefaultCertificate + "\n",
		"\n  bind 0.0.0.0:444 ssl crt " + DefaultCertificate + " \n",
	} {
		if !strings.Contains(string(r.Bytes), want) {
			t.Errorf("%q is not in\n%s", want, r.Bytes)
		}
	}
}

func TestSkipped(t *testing.T) {
	for _, test := range []struct{ template, servo, want string }{
		{"", "1.0.2", "https-443 0 servo 1.0.2 knows no protocol https; 1.0.3 does, ssl-6514 0 servo 1.0.2 knows no protocol ssl; 1.0.3 does"},
		{"global\nfrontend www-80\n", "1.4.1", "http-80 2 the servo takes 'frontend www-80' for the listener on port 80"},
		{"global\nfrontend www # as on-2222\n", "1.4.1", "tcp-2222 2 the servo takes 'frontend www # as on-2222' for the listener on port 2222"},
		{"global\nfrontend www-80 # mine\n\tfrontend x-443\n", "1.4.1", ""},
		{"global\nfrontend www-180\nfrontend www-080\nbackend b-80\n", "1.4.1", ""},
	} {
		r, err := Render([]byte(test.template), version(t, test.servo), Default())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range r.Skipped {
			got = append(got, strings.Join([]string{s.Listener, string(rune('0' + s.Template)), s.Why}, " "))
		}
		if g := strings.Join(got, ", "); g != test.want {
			t.Errorf("%q with servo %s skips %q, not %q", test.template, test.servo, g, test.want)
		}
	}
}

// TestReading has what the servo's reader does to a template, one table row each. The
// listener's own sections are left out.
func TestReading(t *testing.T) {
	for name, test := range map[string]struct{ template, want string }{
		"comments and blank lines": {"# a\nglobal\n# b\n\n maxconn 5 # c\n   \n# d\ndefaults\n", "global\n  # b\n  maxconn 5 # c\n  # d\n\ndefaults\n\n"},
		"tabs and carriage return": {"global\n\tmaxconn 5\r\n user\tu \n\t\ndefaults\n", "global\n  \tmaxconn 5\r\n  user\tu\n  \t\n\ndefaults\n\n"},
		"spaces round a header":    {"  global  \n   maxconn 5   \n", "global\n  maxconn 5\n\n"},
		"the comment is the key":   {"global # limits\n maxconn 5\n", "global # limits\n  maxconn 5\n\n"},
		"order":                    {"defaults\n retries 3\nlisten l\n bind :1\nglobal\n maxconn 5\n", "global\n  maxconn 5\n\nlisten l\n  bind :1\n\ndefaults\n  retries 3\n\n"},
		"the last one wins":        {"defaults\n retries 3\nglobal\ndefaults\n retries 4\n", "global\n\ndefaults\n  retries 4\n\n"},
		"one of a kind":            {"listen l\nlisten m\n", "listen l\n\n"},
		"above the first":          {"peers p\n peer a 127.0.0.1:1\nglobal\n", "global\n\n"},
		"riding along":             {"global\npeers p\n peer a 127.0.0.1:1\ndefaults\n", "global\n  peers p\n  peer a 127.0.0.1:1\n\ndefaults\n\n"},
		"tab before":               {"global\n maxconn 5\n\tdefaults\n retries 3\n", "global\n  maxconn 5\n  \tdefaults\n  retries 3\n\n"},
		"tab behind":               {"global\t# x\n maxconn 5\ndefaults\n", "defaults\n\n"},
		"glued":                    {"defaults#x\n retries 3\n", ""},
		"CRLF":                     {"global\r\n maxconn 5\r\ndefaults\r\n", ""},
		"byte order mark":          {"\xef\xbb\xbfglobal\n maxconn 5\ndefaults\n", "defaults\n\n"},
		"no final newline":         {"global\n maxconn 5", "global\n  maxconn 5\n\n"},
		"commented out":            {"global\n#defaults\n retries 3\n", "global\n  #defaults\n  retries 3\n\n"},
		"own backend replaced":     {"global\nbackend backend-http-80\n retries 3\n", "global\n\n"},
		"own sections":             {"backend b\n server s 10.0.0.9:1\nfrontend f\n bind :81\n", "frontend f\n  bind :81\n\nbackend b\n  server s 10.0.0.9:1\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Render([]byte(test.template), lastRelease, balancers()["http80-two"])
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for i, l := range strings.SplitAfter(string(r.Bytes), "\n") {
				if at, _ := r.Trace(i + 1); at > 0 {
					b.WriteString(l)
				}
			}
			if b.String() != test.want {
				t.Errorf("%q becomes\n%q, not\n%q", test.template, b.String(), test.want)
			}
		})
	}
}
