package haproxyconfig

// The templates that the servo shipped, by the version from which on.
var stock = map[string]string{
	"1.0.0": `#template
global
 maxconn 100000
 ulimit-n 655360
 pidfile /var/run/haproxy.pid

defaults
 mode http
 contimeout      1000
 clitimeout      10000
 srvtimeout      10000
 option http-server-close # affects KA on/off
`,
	"1.0.1": `#template
global
 maxconn 100000
 ulimit-n 655360
 pidfile /var/run/haproxy.pid

defaults
 contimeout      1000
 clitimeout      10000
 srvtimeout      10000
 option http-server-close # affects KA on/off
`,
	"1.0.4": `#template
global
 maxconn 100000
 ulimit-n 655360
 pidfile /var/run/haproxy.pid

#drop privileges after port binding
 user servo
 group servo

defaults
 contimeout      1000
 clitimeout      10000
 srvtimeout      10000
 option http-server-close # affects KA on/off
`,
	"1.1.0": `#template
global
 maxconn 100000
 ulimit-n 655360
 pidfile /var/run/haproxy.pid

#drop privileges after port binding
 user servo
 group servo

defaults
 timeout connect     5s
 timeout client      1m
 timeout server      1m
`,
	"1.2.0": `#template
global
 maxconn 100000
 ulimit-n 655360
 pidfile /var/run/haproxy.pid

#drop privileges after port binding
 user servo
 group servo

defaults
 timeout connect     5s
 timeout client      1m
 timeout server      1m
 errorfile 503 /etc/load-balancer-servo/503.http
` + " \n",
}

// nine are the edits that the project began with.
func nine() TemplateEdits {
	return TemplateEdits{
		Timeouts: []Setting{
			{"connect", "5s"}, {"client", "2m"}, {"server", "2m"},
			{"http-keep-alive", "10s"}, {"queue", "1m"}, {"check", "5s"},
		},
		Set:     []Setting{{"retries", "3"}},
		Options: []string{"dontlognull", "redispatch"},
	}
}

// handEdited is the defaults section which an administrator made by hand from the
// template of 1.0.4, as a servo of 1.1.0 wrote it.
const handEdited = `defaults
  timeout connect     5s
  timeout client      2m
  timeout server      2m
  timeout http-keep-alive 10s
  timeout queue       1m
  timeout check       5s
  retries 3
  option dontlognull
  option redispatch
  option http-server-close # affects KA on/off
`
