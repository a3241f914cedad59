//go:build linux

package judge

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const templateName = "/etc/load-balancer-servo/haproxy_template.conf"

// template is one that only the image's users and files make good.
const template = `#template
global
 maxconn 100000
 user servo
 group servo

defaults
 timeout connect     5s
 errorfile 503 /etc/load-balancer-servo/503.http
`

const page503 = "HTTP/1.0 503 Service Unavailable\r\nContent-Type: text/html\r\n\r\n<html>503</html>\n"

func one(name, text string) Config { return Config{Files: []File{{name, []byte(text)}}} }

// places gives "error NAME:LINE" for each message, in order.
func places(v Verdict) []string {
	var out []string
	for _, m := range v.Messages {
		out = append(out, m.Severity.String()+" "+m.File+":"+itoa(m.Line))
	}
	return out
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

func wantSandbox(t testing.TB, err error) {
	t.Helper()
	if err != nil && errors.Is(err, ErrNoVerdict) && strings.Contains(err.Error(), "no sandbox here") {
		missing(t, "this machine gives no namespaces: %v", err)
	}
}

func check(t testing.TB, p *Program, c Config) Verdict {
	t.Helper()
	v, err := p.Check(t.Context(), c)
	wantSandbox(t, err)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestImageInSandbox(t *testing.T) {
	d := fakeImage(t, needHAProxy(t))
	d.write(t, "etc/load-balancer-servo/503.http", page503)
	p := fromTree(t, d, Options{})

	v := check(t, p, one(templateName, template))
	if v.Outcome != NoListener || v.ExitCode != 2 || v.How != Sandboxed || !v.Image || len(v.Messages) != 0 || len(v.Notes) != 0 {
		t.Errorf("good template: %+v\n%s", v, v.Output)
	}
	if !strings.HasPrefix(v.By(), "the image's HAProxy ") || !strings.HasSuffix(v.By(), ", in a sandbox") {
		t.Errorf("By: %q", v.By())
	}

	v = check(t, p, one(templateName, strings.Replace(template, "user servo", "user nosuch", 1)))
	if v.Outcome != Bad || !slices.Contains(places(v), "error "+templateName+":4") {
		t.Errorf("unknown user: %v\n%s", places(v), v.Output)
	}

	bad := check(t, p, one(templateName, strings.Replace(template, "503.http", "504.http", 1)+" timeout clint 5s\n"))
	if want := []string{"error " + templateName + ":9", "error " + templateName + ":10"}; bad.Outcome != Bad || !reflect.DeepEqual(places(bad), want) {
		t.Errorf("two errors: %v\n%s", places(bad), bad.Output)
	}

	v = check(t, p, Config{Files: []File{
		{templateName, []byte(template)},
		{"listener.conf", []byte("frontend f\n bind :80\n mode http\n timeout client 5s\n default_backend b\nbackend b\n mode http\n timeout server 5s\n frob\n")},
	}})
	if want := []string{"error listener.conf:9"}; v.Outcome != Bad || !reflect.DeepEqual(places(v), want) {
		t.Errorf("two files: %v\n%s", places(v), v.Output)
	}

	v = check(t, p, Config{
		Files: []File{{templateName, []byte(template + "listen l\n bind :80\n timeout client 5s\n timeout server 5s\n user\n")}},
		Extra: map[string][]byte{"/etc/load-balancer-servo/503.http": []byte("no response at all")},
	})
	if !slices.Contains(places(v), "error "+templateName+":9") || !slices.Contains(places(v), "error "+templateName+":14") {
		t.Errorf("an extra file comes first: %v\n%s", places(v), v.Output)
	}

	// Without the image's files the same template is not judged good.
	delete := p.tree
	p.tree = nil
	if v := check(t, p, one(templateName, template)); v.Outcome != Bad || len(v.Messages) != 1 {
		t.Errorf("without the error file: %+v", v)
	}
	p.tree = delete
}

func TestGood(t *testing.T) {
	p := fromTree(t, fakeImage(t, needHAProxy(t)), Options{})
	v := check(t, p, one("a dir/x y.cfg", "frontend f\n bind :80\n mode http\n timeout client 5s\n default_backend b\nbackend b\n mode http\n timeout server 5s\n timeout connect 5s\n server s no-such-host.invalid:80\n"))
	if v.Outcome != Good || !reflect.DeepEqual(places(v), []string{"warning a dir/x y.cfg:10"}) || len(v.Notes) != 1 {
		t.Errorf("a name without a network: %+v\n%s", v, v.Output)
	}
	v = check(t, p, one("x.cfg", "global\n maxconn 1\n maxconn 2\nfrontend f\n bind :80\n mode http\n timeout client 5s\n"))
	if v.Outcome != Good || !slices.Contains(places(v), "warning x.cfg:3") {
		t.Errorf("an ALERT that does not fail: %v %v\n%s", v.Outcome, places(v), v.Output)
	}
}

func TestWithoutSandbox(t *testing.T) {
	d := fakeImage(t, needHAProxy(t))
	d.write(t, "etc/load-balancer-servo/503.http", page503)

	p := fromTree(t, d, Options{NoSandbox: true})
	if _, err := p.Check(t.Context(), one(templateName, template)); !errors.Is(err, ErrNoVerdict) || !strings.Contains(err.Error(), "was not run") {
		t.Errorf("an image that is not trusted was run: %v", err)
	}

	p = fromTree(t, d, Options{NoSandbox: true, AllowUnsandboxed: true})
	v := check(t, p, one(templateName, template+"listen l\n bind /x.sock user servo mode 600\n timeout clint 5s\n"))
	if want := []string{"error " + templateName + ":12"}; v.Outcome != Bad || v.How != Loader || !reflect.DeepEqual(places(v), want) {
		t.Errorf("by the loader: %+v\n%s", v, v.Output)
	}
	notes := strings.Join(v.Notes, "\n")
	for _, want := range []string{"line 4, was set aside: user \"servo\"", "line 5, was set aside: group \"servo\"", "line 11, was judged without user \"servo\"", "without a sandbox: it is switched off"} {
		if !strings.Contains(notes, want) {
			t.Errorf("no note of %q in:\n%s", want, notes)
		}
	}
	if strings.Contains(string(v.Output), "lbimage-judge-") {
		t.Errorf("the output shows the temporary folder:\n%s", v.Output)
	}
	if v := check(t, p, one(templateName, template)); v.Outcome != NoListener {
		t.Errorf("good template: %+v\n%s", v, v.Output)
	}
	v = check(t, p, one("rel.conf", strings.Replace(template, "503.http", "504.http", 1)))
	if want := []string{"error rel.conf:9"}; !reflect.DeepEqual(places(v), want) || !strings.Contains(v.Messages[0].Text, "'/etc/load-balancer-servo/504.http'") {
		t.Errorf("missing error file: %+v\n%s", v, v.Output)
	}
}

func TestHost(t *testing.T) {
	needHAProxy(t)
	for _, o := range []Options{{}, {NoSandbox: true}} {
		p, err := Host("", o)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		how := Sandboxed
		if o.NoSandbox {
			how = Plain
		}
		v := check(t, p, one(templateName, template+" timeout clint 5s\n"))
		if v.How != how && v.How != Plain || v.Image || v.Outcome != Bad || !reflect.DeepEqual(places(v), []string{"error " + templateName + ":10"}) {
			t.Errorf("%+v: %+v\n%s", o, v, v.Output)
		}
		for _, line := range []string{"line 4, was", "line 5, was", "line 9, was"} {
			if !strings.Contains(strings.Join(v.Notes, "\n"), line) {
				t.Errorf("no note of %s: %q", line, v.Notes)
			}
		}
		if v.How == Sandboxed {
			v = check(t, p, Config{
				Files: []File{{templateName, []byte(template)}},
				Extra: map[string][]byte{
					"/etc/passwd": []byte("servo:x:496:495::/:/bin/false\n"), "/etc/group": []byte("servo:x:495:\n"),
					"/etc/load-balancer-servo/503.http": []byte(page503),
				},
			})
			if v.Outcome != NoListener || len(v.Notes) != 0 {
				t.Errorf("with the image's users: %+v\n%s", v, v.Output)
			}
		}
	}
	if _, err := Host("/no/such/haproxy", Options{}); !errors.Is(err, ErrNoVerdict) {
		t.Errorf("a missing program: %v", err)
	}
}

// TestHostScript: what a user names as HAProxy may be a script.
func TestHostScript(t *testing.T) {
	hap := needHAProxy(t)
	need(t, "sh")
	d := newTree(t)
	d.write(t, "hap", "#!/bin/sh\nexec "+hap+" \"$@\"\n")
	p, err := Host(filepath.Join(d.Name(), "hap"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	v := check(t, p, one("x.cfg", "global\n frob\n"))
	if v.How != Plain || v.Outcome != Bad || !reflect.DeepEqual(places(v), []string{"error x.cfg:2"}) {
		t.Errorf("%+v\n%s", v, v.Output)
	}
}

func TestCancelled(t *testing.T) {
	p := fromTree(t, fakeImage(t, needHAProxy(t)), Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Check(ctx, one("x", "global\n")); !errors.Is(err, context.Canceled) || errors.Is(err, ErrNoVerdict) {
		t.Errorf("%v", err)
	}
}

func TestUnusableRequests(t *testing.T) {
	p := &Program{}
	for what, c := range map[string]Config{
		"nothing":       {},
		"no name":       one("", ""),
		"line feed":     one("a\nb", ""),
		"twice":         {Files: []File{{"a", nil}, {"/a", nil}}},
		"file in file":  {Files: []File{{"a", nil}, {"a/b", nil}}},
		"given twice":   {Files: []File{{"a", nil}}, Extra: map[string][]byte{"/a": nil}},
		"a device":      one("/dev/null", ""),
		"too many":      {Files: make([]File, maxConfigFiles+1)},
		"name too long": one(strings.Repeat("x", 300), ""),
	} {
		if _, err := p.Check(t.Context(), c); err == nil || errors.Is(err, ErrNoVerdict) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
