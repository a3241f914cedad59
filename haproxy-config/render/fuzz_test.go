package render

import (
	"math/rand"
	"reflect"
	"strings"
	"testing"
	"time"
)

// quick fails when something takes longer than any input may.
func quick(t *testing.T, what string, f func()) {
	t.Helper()
	begin := time.Now()
	f()
	if d := time.Since(begin); d > 20*time.Second {
		t.Fatalf("%s takes %v", what, d)
	}
}

// FuzzRender: any bytes are rendered, alike each time, and nothing is lost without an error.
func FuzzRender(f *testing.F) {
	for _, v := range []string{"1.0.0", "1.0.4", "1.2.0"} {
		f.Add(stock(f, v), uint8(len(v)), uint8(4))
	}
	f.Add(seed(f), uint8(4), uint8(1))
	for s := range int64(40) {
		f.Add([]byte(randomTemplate(rand.New(rand.NewSource(s)))), uint8(s), uint8(s))
	}
	f.Fuzz(func(t *testing.T, template []byte, servo, listeners uint8) {
		lb := Default()
		lb.Listeners = lb.Listeners[:int(listeners)%(len(lb.Listeners)+1)]
		quick(t, "rendering", func() { checkRendering(t, template, steps[int(servo)%len(steps)], lb) })
		v := Version{}
		if servo < 200 {
			v = steps[int(servo)%len(steps)]
		}
		quick(t, "the effects", func() { checkFindings(t, template, v, lb) })
	})
}

// FuzzLoadBalancer: any bytes are refused or give a load balancer that is complete and can
// be rendered, line by line as it is meant.
func FuzzLoadBalancer(f *testing.F) {
	f.Add("listeners: [{protocol: http, port: 80, instances: [10.0.0.1], stickiness: {type: lb, expiration: 600}}]")
	f.Add("name: a\nidleTimeout: 5\nlisteners:\n- protocol: ssl\n  port: 1\n  certificate: /c\n  sslPolicy: {protocols: [SSLv3], ciphers: [A]}\n")
	f.Add("listeners: [{protocol: https, port: 443, instanceProtocol: https, verifyInstances: true, instances: ['::1', a.b]}]")
	f.Add("listeners: &a [*a]")
	f.Add("? {a: b}\n: - - -\n...\n---\n")
	f.Fuzz(func(t *testing.T, text string) {
		quick(t, "reading", func() {
			lb, err := ReadLoadBalancer(strings.NewReader(text))
			if err != nil {
				return
			}
			if again, err := lb.complete(); err != nil || !reflect.DeepEqual(lb, again) {
				t.Fatalf("%q: %+v becomes %+v, %v", text, lb, again, err)
			}
			for _, v := range steps {
				r, err := Render(nil, v, lb)
				if err != nil {
					t.Fatalf("%q: %v", text, err)
				}
				lines := strings.Split(string(r.Bytes), "\n")
				for _, l := range lines {
					if strings.ContainsAny(l, "\r\x00\"'") && !strings.Contains(l, `no-cache="set-cookie"`) {
						t.Fatalf("%q: a value breaks out of its line: %q", text, l)
					}
				}
				if len(lb.Listeners) > 0 && len(lines)-1 != len(r.Lines) {
					t.Fatalf("%q: %d lines, %d origins", text, len(lines)-1, len(r.Lines))
				}
			}
		})
	})
}

// TestLargeTemplatesAreQuick has the templates that take the most work.
func TestLargeTemplatesAreQuick(t *testing.T) {
	lb := Default()
	for len(lb.Listeners) < maxListeners {
		lb.Listeners = append(lb.Listeners, Listener{Protocol: "http", Port: 10000 + len(lb.Listeners)})
	}
	for name, template := range map[string]string{
		"lines":    "defaults\n" + strings.Repeat(" a\n", MaxTemplate/3-10),
		"timeouts": "defaults\n" + strings.Repeat(" timeout client 1\n", MaxTemplate/18-10),
		"sections": strings.Repeat("frontend f\n retries 3\n", maxSections),
		"unseen":   "global\n" + strings.Repeat("\tglobal\n", maxSections-1) + strings.Repeat(" maxconn 5\n", 10000),
		"blocks":   strings.Repeat(".if\n", 30000) + strings.Repeat("global\n", maxSections) + strings.Repeat(".endif\n", 10000),
		"words":    "defaults\n" + strings.Repeat("x ", MaxTemplate/2-10),
		"comments": "global\n" + strings.Repeat("#defaults\n", MaxTemplate/10-10),
		"half":     "global\n" + strings.Repeat("#defaults\n retries 3\n", MaxTemplate/21-10),
	} {
		t.Run(name, func(t *testing.T) {
			if len(template) > MaxTemplate {
				t.Fatalf("%d bytes", len(template))
			}
			quick(t, name, func() { Effects([]byte(template), Version{}, lb) })
		})
	}
}
