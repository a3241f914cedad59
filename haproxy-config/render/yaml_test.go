package render

import (
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadLoadBalancer(t *testing.T) {
	got, err := ReadLoadBalancer(strings.NewReader(`# all there is
name: shop
idleTimeout: 90
listeners:
  - protocol: https
    port: 443
    instanceProtocol: https
    instancePort: 8443
    instances: [10.0.0.1, "fe80::1", www-1.example.com]
    certificate: /var/lib/load-balancer-servo/shop/cert.pem
    sslPolicy: {protocols: [TLSv1.1, TLSv1.2], ciphers: [AES128-SHA]}
    stickiness: {type: lb, expiration: 600}
    verifyInstances: true
  - {protocol: http, port: 80, stickiness: {type: app, cookie: JSESSIONID}}
  - {protocol: ssl, port: 6514}
  - {protocol: tcp, port: 22, instances: []}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := LoadBalancer{Name: "shop", IdleTimeout: 90, Listeners: []Listener{
		{Protocol: "https", Port: 443, InstanceProtocol: "https", InstancePort: 8443,
			Instances:   []string{"10.0.0.1", "fe80::1", "www-1.example.com"},
			Certificate: "/var/lib/load-balancer-servo/shop/cert.pem",
			SSLPolicy:   &SSLPolicy{Protocols: []string{"TLSv1.1", "TLSv1.2"}, Ciphers: []string{"AES128-SHA"}},
			Stickiness:  &Stickiness{Type: "lb", Expiration: 600}, VerifyInstances: true},
		{Protocol: "http", Port: 80, InstanceProtocol: "http", InstancePort: 80, Stickiness: &Stickiness{Type: "app", Cookie: "JSESSIONID"}},
		{Protocol: "ssl", Port: 6514, InstanceProtocol: "tcp", InstancePort: 6514, Certificate: DefaultCertificate},
		{Protocol: "tcp", Port: 22, InstanceProtocol: "tcp", InstancePort: 22},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read\n%+v\nnot\n%+v", got, want)
	}
}

func TestNoListeners(t *testing.T) {
	got, err := ReadLoadBalancer(strings.NewReader("listeners: []\n"))
	if err != nil || len(got.Listeners) != 0 || got.Name != "lb1" || got.IdleTimeout != DefaultIdleTimeout {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWhatIsRefused(t *testing.T) {
	// one puts a line into a listener; it stands on line 4, its value in column 5 and on.
	one := func(line string) string {
		return "listeners:\n  - protocol: http\n    port: 80\n    " + line + "\n"
	}
	for _, test := range []struct{ text, want string }{
		{"", "it is empty"},
		{"# x\n", "it is empty"},
		{"a: [", "correct the YAML"},
		{"listeners: []\n---\na: [", "correct the YAML"},
		{"[]", "line 1, column 1: the load balancer is no mapping"},
		{"name: x\n", "line 1, column 1: listeners is missing"},
		{"listeners: []\n---\nlisteners: []\n", "second document"},
		{"nane: x\nlisteners: []\n", `line 1, column 1: the load balancer has no key "nane"; did you mean name?`},
		{one("instancesPort: 8080"), `line 4, column 5: listeners[0] has no key "instancesPort"; did you mean instancePort?`},
		{one("port: 81"), `line 4, column 5: "port" stands on line 3 already`},
		{one("stickiness: {type: lb, expires: 5}"), `line 4, column 28: listeners[0].stickiness has no key "expires"`},
		{one("<<: {port: 1}"), `has no key "<<"`},
		{one("? [a]\n    : b"), "a key of listeners[0] is no word"},
		{"name: &a x\nlisteners: []\n", "line 1, column 7: anchors and aliases"},
		{"name: &a x\nlisteners: *a\n", "anchors and aliases"},
		{"name: !!str x\nlisteners: []\n", "the tag !!str is not read here"},
		{"name: !x x\nlisteners: []\n", "the tag !x is not read here"},
		{"name:\nlisteners: []\n", "line 1, column 6: name has no value"},
		{"name: [x]\nlisteners: []\n", "line 1, column 7: name is no plain value"},
		{"name: a b\nlisteners: []\n", `line 1, column 7: name: "a b" is no name of a load balancer`},
		{"name: \"a\\nmode tcp\"\nlisteners: []\n", "is no name of a load balancer"},
		{"idleTimeout: 0\nlisteners: []\n", `line 1, column 14: idleTimeout: "0" will not do`},
		{"idleTimeout: 3601\nlisteners: []\n", "line 1, column 14: idleTimeout: 3601 is out of range; write a number of seconds from 1 to 3600"},
		{"idleTimeout: 60s\nlisteners: []\n", `idleTimeout: "60s" will not do`},
		{"idleTimeout: '60'\nlisteners: []\n", `idleTimeout: "60" will not do`},
		{"idleTimeout: 0x3c\nlisteners: []\n", `idleTimeout: "0x3c" will not do`},
		{"idleTimeout: 1e1\nlisteners: []\n", `idleTimeout: "1e1" will not do`},
		{"listeners: {}\n", "line 1, column 12: listeners is no list"},
		{"listeners:\n", "listeners is no list"},
		{"listeners: [x]\n", "listeners[0] is no mapping"},
		{"listeners: [{port: 80}]\n", "line 1, column 13: listeners[0].protocol: is missing"},
		{"listeners: [{protocol: http}]\n", "line 1, column 13: listeners[0].port: is missing"},
		{"listeners: [{protocol: HTTP, port: 80}]\n", `line 1, column 24: listeners[0].protocol: "HTTP" is no protocol; did you mean http?`},
		{"listeners: [{protocol: http, port: 65536}]\n", "line 1, column 36: listeners[0].port: 65536 is no port"},
		{"listeners: [{protocol: http, port: -1}]\n", `"-1" will not do`},
		{"listeners: [{protocol: http, port: 80}, {protocol: tcp, port: 80}]\n", "line 1, column 63: listeners[1].port: 80 is the port of listeners[0] already"},
		{one("instancePort: 70000"), "listeners[0].instancePort: 70000 is no port"},
		{one("instanceProtocol: tcp"), "line 4, column 23: listeners[0].instanceProtocol: tcp does not go with http"},
		{one("instanceProtocol: x"), `"x" is no protocol`},
		{one("instances: 10.0.0.1"), "listeners[0].instances is no list"},
		{one("instances: [10.0.0.256]"), `line 4, column 17: listeners[0].instances[0]: "10.0.0.256" is neither`},
		{one("instances: [10.0.0.1, 10.0.0.1]"), "line 4, column 27: listeners[0].instances[1]: 10.0.0.1 is there already"},
		{one("instances: ['a b']"), "is neither an address nor a host name"},
		{one("instances: ['10.0.0.1:80']"), "is neither an address nor a host name"},
		{one("instances: ['fe80::1%eth0']"), "is neither an address nor a host name"},
		{one("instances: [~]"), "listeners[0].instances[0] has no value"},
		{one("certificate: /c.pem"), "line 4, column 18: listeners[0].certificate: a listener for http has none"},
		{one("sslPolicy: {protocols: [TLSv1.2]}"), "a listener for http has none"},
		{one("verifyInstances: true"), "instances that speak http have no certificate"},
		{one("verifyInstances: yes"), `"yes" will not do; write true or false`},
		{"listeners: [{protocol: ssl, port: 1, certificate: c.pem}]", `"c.pem" will not do; write an absolute path`},
		{"listeners: [{protocol: ssl, port: 1, certificate: /a b}]", `"/a b" will not do`},
		{"listeners: [{protocol: ssl, port: 1, certificate: /a/../b}]", `"/a/../b" will not do`},
		{"listeners: [{protocol: ssl, port: 1, certificate: \"/a\\nb\"}]", `will not do`},
		{"listeners: [{protocol: ssl, port: 1, sslPolicy: {}}]", "sslPolicy.protocols: is missing"},
		{"listeners: [{protocol: ssl, port: 1, sslPolicy: }]", "listeners[0].sslPolicy is no mapping"},
		{"listeners: [{protocol: ssl, port: 1, sslPolicy: {protocols: [TLSv1.3]}}]", `"TLSv1.3" is not known; did you mean`},
		{"listeners: [{protocol: ssl, port: 1, sslPolicy: {protocols: [TLSv1, TLSv1]}}]", "TLSv1 is there already"},
		{"listeners: [{protocol: ssl, port: 1, sslPolicy: {protocols: [TLSv1], ciphers: ['a:b']}}]", `"a:b" is no cipher`},
		{"listeners: [{protocol: ssl, port: 1, sslPolicy: {protocols: [TLSv1], ciphers: [A, A]}}]", "A is there already"},
		{"listeners: [{protocol: tcp, port: 1, stickiness: {type: lb, expiration: 5}}]", "a listener for tcp has none"},
		{one("stickiness: {type: x}"), `line 4, column 24: listeners[0].stickiness.type: "x" is not known`},
		{one("stickiness: {type: lb}"), "line 4, column 17: listeners[0].stickiness.expiration: 0 will not do"},
		{one("stickiness: {type: lb, expiration: 5, cookie: X}"), "the load balancer's cookie has a name of its own"},
		{one("stickiness: {type: app, cookie: X, expiration: 5}"), "the application's cookie has none"},
		{one("stickiness: {type: app}"), `"" is no name of a cookie`},
		{one("stickiness: {type: app, cookie: 'a b'}"), `"a b" is no name of a cookie`},
		{"listeners: [" + strings.Repeat("{protocol: http, port: 1},", maxListeners+1) + "]", "listeners has 101 items; leave 100"},
		{"listeners: " + strings.Repeat("[", 5000), "too many brackets"},
		{strings.Repeat("- ", 5000), "it goes too deep"},
	} {
		_, err := ReadLoadBalancer(strings.NewReader(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "load balancer: ") {
			t.Errorf("%.200q gives\n%v\nwithout\n%s", test.text, err, test.want)
		}
	}
}

func TestReadingHasLimits(t *testing.T) {
	if _, err := ReadLoadBalancer(strings.NewReader(strings.Repeat("#", maxYAML+1))); err == nil || !strings.Contains(err.Error(), "larger than 1 MiB") {
		t.Errorf("too much gives %v", err)
	}
	if _, err := ReadLoadBalancer(iotest.ErrReader(io.ErrUnexpectedEOF)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a reader's error becomes %v", err)
	}
}

// TestDefaultIsInOrder: Default passes over the error of its check.
func TestDefaultIsInOrder(t *testing.T) {
	lb := Default()
	again, err := lb.complete()
	if err != nil || !reflect.DeepEqual(lb, again) {
		t.Errorf("%+v becomes %+v, %v", lb, again, err)
	}
	var names []string
	for _, l := range lb.Listeners {
		names = append(names, l.Name())
		if len(l.Instances) != 2 {
			t.Errorf("%s has %d instances", l.Name(), len(l.Instances))
		}
	}
	if got := strings.Join(names, " "); got != "http-80 https-443 tcp-2222 ssl-6514" {
		t.Errorf("the listeners are %s", got)
	}
}

// TestCompleteLeavesItsArgument: defaults are filled into a copy.
func TestCompleteLeavesItsArgument(t *testing.T) {
	lb := LoadBalancer{Listeners: []Listener{{Protocol: "ssl", Port: 1}}}
	if _, err := lb.complete(); err != nil || lb.Listeners[0].InstancePort != 0 || lb.Listeners[0].Certificate != "" {
		t.Errorf("%+v, %v", lb, err)
	}
}
