package render

import (
	"bytes"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	haproxyconfig "lbimage/haproxy-config"
)

// pieces are lines that random templates are made of: all that the servo reads otherwise
// than HAProxy, and plain ones.
var pieces = []string{
	"global", " global ", "global # x", "\tglobal", "global\t", "global#x", "global\r",
	"defaults", "  defaults", "defaults # x", "defaults a", "defaults b from a", "\tdefaults", "defaults#x", "#defaults", "# defaults",
	"frontend www", "frontend www-80", "frontend www-81", "frontend www-443 # x", "frontend x # -2222", "\tfrontend www-80", "frontend http-80", "frontend http-80 # x",
	"backend b", "backend backend-http-80", "backend backend-http-80 # x", "backend backend-tcp-2222", "\tbackend c",
	"listen l", "listen m", "listen http-80", "peers p", "userlist u", "cache c", "\xef\xbb\xbfglobal",
	"", " ", "\t", "\r", "# comment", "   # comment  ", "\x00", "caf\xe9",
	" maxconn 5", " maxconn 6", " pidfile /x", " daemon", " log 127.0.0.1 local0", " user servo",
	" timeout client 2m", " timeout server 2m", " timeout connect 5s ", "\ttimeout check 5s", " clitimeout 5000", " timeout queue 1m", " timeout",
	" mode http", " mode tcp", " retries 3", " option redispatch", " option httplog", " no option httplog", " option", " no",
	" option forwardfor", " option forwardfor header X", " balance leastconn", " cookie X insert", " log-format x", " log global",
	" errorfile 503 /etc/load-balancer-servo/503.http", " errorfile", " default_backend b", " default-server check maxconn 5",
	" bind :80", " bind *:8000-8100,:443", " bind /x", " bind", " server s 10.0.0.9:80 check cookie c", ".if 1", ".else", ".endif", "  .if 0",
}

func randomTemplate(r *rand.Rand) string {
	var b strings.Builder
	for range r.Intn(25) {
		b.WriteString(pieces[r.Intn(len(pieces))])
		if r.Intn(30) == 0 {
			b.WriteByte('\r')
		}
		if r.Intn(60) > 0 {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// theLongWay reads and writes the file for each listener, as the servo does.
func theLongWay(template []byte, servo Version, lb LoadBalancer) []byte {
	text := template
	for _, l := range lb.Listeners {
		f := read(templateLines(text))
		f.add(servo, lb, l)
		text = nil
		for _, l := range f.write() {
			text = append(append(text, l.text...), '\n')
		}
	}
	if len(lb.Listeners) == 0 {
		return nil
	}
	return text
}

// checkRendering asks what must be so of every template.
func checkRendering(t *testing.T, template []byte, servo Version, lb LoadBalancer) {
	t.Helper()
	r, err := Render(template, servo, lb)
	if err != nil {
		return // too large
	}
	lb, _ = lb.complete() // Render did not mind
	again, _ := Render(template, servo, lb)
	if !bytes.Equal(r.Bytes, again.Bytes) {
		t.Fatalf("%q is rendered in two ways", template)
	}
	lines := strings.SplitAfter(string(r.Bytes), "\n")
	lines = lines[:len(lines)-1] // behind the last newline
	if len(lines) != len(r.Lines) {
		t.Fatalf("%q: %d lines, %d origins", template, len(lines), len(r.Lines))
	}
	source := templateLines(template)
	last, header := 0, 0
	for i, o := range r.Lines {
		at, listener := r.Trace(i + 1)
		if (at == 0) == (listener == "") {
			t.Fatalf("%q: line %d leads to line %d and listener %q", template, i+1, at, listener)
		}
		if at == 0 || o.Blank {
			continue
		}
		if got, want := strip(strings.TrimSuffix(lines[i], "\n")), strip(source[at-1].text); got != want {
			t.Fatalf("%q: line %d is %q, and comes from %q", template, i+1, got, want)
		}
		if headerKind(strip(source[at-1].text)) != "" {
			header, last = at, at
			continue
		}
		if at <= last || header == 0 {
			t.Fatalf("%q: line %d stands before line %d, or outside its section", template, at, last)
		}
		last = at
	}
	if !bytes.Equal(r.Bytes, theLongWay(template, servo, lb)) {
		t.Fatalf("%q: %q is not what reading and writing each time gives", template, r.Bytes)
	}
	if f := read(templateLines(r.Bytes)); len(r.Skipped) == 0 && len(lb.Listeners) > 0 {
		for _, l := range lb.Listeners {
			if f.sections["frontend "+l.Name()] == nil || f.sections["backend backend-"+l.Name()] == nil {
				t.Fatalf("%q: listener %s is missing", template, l.Name())
			}
		}
	}
}

// checkFindings asks what must be so of every answer: places are in the template, and
// nothing is lost without an error.
func checkFindings(t *testing.T, template []byte, servo Version, lb LoadBalancer) {
	t.Helper()
	findings := Effects(template, servo, lb)
	lines := haproxyconfig.Parse(template).Lines()
	for _, f := range findings {
		if f.Line < 0 || f.Line > len(lines) || (f.Line == 0) != (f.Column == 0) || f.Rule == "" || f.Message == "" {
			t.Fatalf("%q: finding %+v", template, f)
		}
		if f.Line > 0 && f.Column > len(lines[f.Line-1].Text())+1 {
			t.Fatalf("%q: finding %+v has a column outside its line", template, f)
		}
	}
	settings, err := Report(template, servo, lb)
	if err != nil {
		return
	}
	for _, s := range settings {
		switch s.Status {
		case Effective, Overridden, NoEffect:
		case Lost:
			if s.Why == "" || !haproxyconfig.HasErrors(findings) {
				t.Fatalf("%q: %+v, and the findings are %v", template, s, findings)
			}
		default:
			t.Fatalf("%q: status of %+v", template, s)
		}
		if s.Line < 1 || s.Line > len(lines) || s.Text == "" || s.Status != Effective && s.Why == "" {
			t.Fatalf("%q: setting %+v", template, s)
		}
	}
	if checkRelease(servo) != nil || len(lb.Listeners) == 0 {
		return
	}
	// A directive that is not written anywhere has an error, whichever section it is in.
	r, err := Render(template, servo, lb)
	if err != nil {
		t.Fatal(err)
	}
	written := map[int]bool{}
	for _, o := range r.Lines {
		written[o.Template] = true
	}
	for _, l := range lines {
		if l.IsDirective() && !written[l.Number()] && !strings.HasPrefix(l.Keyword(), ".") && !l.IsHeader() && !haproxyconfig.HasErrors(findings) {
			t.Fatalf("%q: line %d is lost, and the findings are %v", template, l.Number(), findings)
		}
	}
}

func TestRandomTemplates(t *testing.T) {
	rounds := 4000
	if testing.Short() {
		rounds = 400
	}
	for seed := range rounds {
		r := rand.New(rand.NewSource(int64(seed)))
		template := []byte(randomTemplate(r))
		lb := Default()
		lb.Listeners = lb.Listeners[:r.Intn(len(lb.Listeners)+1)]
		servo := steps[r.Intn(len(steps))]
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			checkRendering(t, template, servo, lb)
			if seed%8 == 0 {
				servo = Version{}
			}
			checkFindings(t, template, servo, lb)
		})
	}
}
