package render

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	haproxyconfig "lbimage/haproxy-config"
)

// version reads a version that the test knows to be good.
func version(t testing.TB, s string) Version {
	t.Helper()
	v, err := haproxyconfig.ParseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// stock is the template that came with a servo.
func stock(t testing.TB, v string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "servo", "stock", v+".conf"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// seed is the template of 1.0.4 with the nine edits that an administrator made by hand.
func seed(t testing.TB) []byte {
	t.Helper()
	text := string(stock(t, "1.0.4"))
	for _, edit := range [][2]string{
		{" contimeout      1000\n", " timeout connect     5s\n"},
		{" clitimeout      10000\n", " timeout client      2m\n"},
		{" srvtimeout      10000\n", " timeout server      2m\n timeout http-keep-alive 10s\n timeout queue       1m\n timeout check       5s\n retries 3\n option dontlognull\n option redispatch\n"},
	} {
		if !strings.Contains(text, edit[0]) {
			t.Fatalf("the stock template has no line %q", edit[0])
		}
		text = strings.Replace(text, edit[0], edit[1], 1)
	}
	return []byte(text)
}

// balancers are those behind the names of the files in testdata, which the real servo
// wrote.
func balancers() map[string]LoadBalancer {
	two := []string{"10.0.0.1", "10.0.0.2"}
	const cert = "/var/lib/load-balancer-servo/mycert/cert.pem"
	http := Listener{Protocol: "http", Port: 80, InstancePort: 8080, Instances: two}
	tcp := Listener{Protocol: "tcp", Port: 2222, InstancePort: 22, Instances: two}
	https := Listener{Protocol: "https", Port: 443, InstancePort: 80, Instances: two, Certificate: cert}
	lb := func(all ...Listener) LoadBalancer {
		return LoadBalancer{Name: "lb1", IdleTimeout: 60, Listeners: all}
	}
	sticky := func(s Stickiness) LoadBalancer {
		l := http
		l.Stickiness = &s
		return lb(l)
	}
	policy := https
	policy.SSLPolicy = &SSLPolicy{
		Protocols: []string{"TLSv1.1", "TLSv1.2"},
		Ciphers:   []string{"AES128-SHA", "ECDHE-RSA-AES128-GCM-SHA256"},
	}
	return map[string]LoadBalancer{
		"http80-two":         lb(http),
		"tcp2222-two":        lb(tcp),
		"multi":              lb(http, tcp, https),
		"http80-lbcookie":    sticky(Stickiness{Type: "lb", Expiration: 600}),
		"http80-appcookie":   sticky(Stickiness{Type: "app", Cookie: "JSESSIONID"}),
		"https443-sslpolicy": lb(policy),
	}
}

// sortServers puts runs of server lines into one order: the servo keeps instances in a set.
func sortServers(text []byte) string {
	lines := strings.Split(string(text), "\n")
	for i := 0; i < len(lines); {
		end := i
		for end < len(lines) && strings.HasPrefix(lines[end], "  server ") {
			end++
		}
		slices.Sort(lines[i:end])
		i = max(end, i+1)
	}
	return strings.Join(lines, "\n")
}

// TestAsTheServoWrote compares with what real servos wrote, byte by byte but for the order
// of servers.
func TestAsTheServoWrote(t *testing.T) {
	files, err := filepath.Glob("testdata/servo-*.conf")
	if err != nil || len(files) != 9 {
		t.Fatalf("%d files, %v; there should be nine", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "servo-"), ".conf")
			name, balancer, _ := strings.Cut(name, "--")
			servo, from, _ := strings.Cut(name, "_")
			lb, ok := balancers()[balancer]
			if !ok {
				t.Fatalf("no load balancer %q", balancer)
			}
			template := seed(t)
			if v, ok := strings.CutPrefix(from, "stock-"); ok {
				template = stock(t, v)
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Render(template, version(t, servo), lb)
			if err != nil {
				t.Fatal(err)
			}
			if g, w := sortServers(got.Bytes), sortServers(want); g != w {
				t.Errorf("rendered\n%s\nnot\n%s", g, w)
			}
			if len(got.Skipped) > 0 || len(got.Findings) > 0 {
				t.Errorf("skipped %v, findings %v", got.Skipped, got.Findings)
			}
		})
	}
}

// TestTheComparisonCanFail: a comparison that passes everything would prove nothing.
func TestTheComparisonCanFail(t *testing.T) {
	one := []byte("a\n  server x 10.0.0.1:80\n  server x 10.0.0.2:80\n  mode http\n")
	two := []byte("a\n  server x 10.0.0.2:80\n  server x 10.0.0.1:80\n  mode http\n")
	if sortServers(one) != sortServers(two) {
		t.Error("the order of servers makes a difference")
	}
	for _, other := range []string{"a\n  server x 10.0.0.1:80\n  mode http\n  server x 10.0.0.2:80\n", "a\n  server x 10.0.0.1:80\n  mode http\n", "a\n mode http\n"} {
		if sortServers(one) == sortServers([]byte(other)) {
			t.Errorf("%q passes for %q", other, one)
		}
	}
}

func TestNoListenerWritesNothing(t *testing.T) {
	r, err := Render(stock(t, "1.2.0"), version(t, "1.4.1"), LoadBalancer{})
	if err != nil || len(r.Bytes) != 0 || len(r.Lines) != 0 {
		t.Errorf("%d bytes, %d lines, %v", len(r.Bytes), len(r.Lines), err)
	}
}

func TestReleasesThatAreNotKnown(t *testing.T) {
	for _, test := range []struct{ servo, want string }{
		{"", "name one from 1.0.0 to 1.4.1"},
		{"0.9.9", "servo 0.9.9 is not known here"},
		{"1.4.2", "servo 1.4.2 is not known here"},
		{"1.0.0-dev1", "servo 1.0-dev1 is not known here"},
		{"1.5.0", "1.4.1 was tagged with the number 1.5.0"},
	} {
		var v Version
		if test.servo != "" {
			v = version(t, test.servo)
		}
		if _, err := Render(nil, v, Default()); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("servo %q: %v; %q should be in it", test.servo, err, test.want)
		}
	}
}

func TestTooLarge(t *testing.T) {
	if _, err := Render(bytes.Repeat([]byte("#"), MaxTemplate+1), lastRelease, Default()); err == nil {
		t.Error("a template over the limit passes")
	}
	many := []byte(strings.Repeat("backend x\n", maxSections+1))
	if _, err := Render(many, lastRelease, Default()); err == nil {
		t.Error("too many sections pass")
	}
	if f := Effects(many, lastRelease, Default()); len(f) != 1 || f[0].Rule != "template" {
		t.Errorf("findings %v", f)
	}
	if _, err := Report(many, lastRelease, Default()); err == nil {
		t.Error("too many sections pass")
	}
}

// TestTrace: each line of the configuration leads back.
func TestTrace(t *testing.T) {
	r, err := Render([]byte("#template\n\nglobal # x\n\n maxconn 5\ndefaults\n retries 3\n"), lastRelease, balancers()["http80-two"])
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(r.Bytes), "\n"), "\n")
	for _, test := range []struct {
		text     string
		template int
		listener string
	}{
		{"global # x", 3, ""}, {"  maxconn 5", 5, ""}, {"", 3, ""}, {"defaults", 6, ""}, {"  retries 3", 7, ""},
		{"frontend http-80", 0, "http-80"}, {"  bind 0.0.0.0:80", 0, "http-80"}, {"backend backend-http-80", 0, "http-80"},
	} {
		n := slices.Index(lines, test.text) + 1
		if at, listener := r.Trace(n); at != test.template || listener != test.listener {
			t.Errorf("line %d, %q, leads to line %d, listener %q", n, test.text, at, listener)
		}
	}
	for _, n := range []int{-1, 0, len(lines) + 1} {
		if at, listener := r.Trace(n); at != 0 || listener != "" {
			t.Errorf("line %d leads to %d, %q", n, at, listener)
		}
	}
}
