package migrate

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/internal/haproxytest"
	"lbimage/haproxy-config/lint"
)

var (
	haproxy15 = Version{Major: 1, Minor: 5}
	haproxy26 = Version{Major: 2, Minor: 6}
)

func migrated(t testing.TB, text string, from, to Version) Result {
	t.Helper()
	r, err := Run([]byte(text), Options{From: from, To: to})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSteps has for each step what goes in and what comes out, of a frontend for 2.6 if
// nothing else is said; rules are those of the findings, in order.
func TestSteps(t *testing.T) {
	for name, test := range map[string]struct{ before, after, rules string }{
		"nothing to do":        {" bind :80 # x\n\n# y\n", " bind :80 # x\n\n# y\n", ""},
		"timeouts":             {" clitimeout  10000 # c\n", " timeout client 10000 # c\n", ""},
		"redispatch":           {"\tredispatch # x\n", "\toption redispatch # x\n", ""},
		"forceclose":           {" option forceclose\n no option forceclose\n", " option httpclose\n no option httpclose\n", ""},
		"misspelt option":      {" option   independant-streams\n", " option independent-streams\n", ""},
		"pointless option":     {" option http-tunnel # why\n option http-tunnel\n", " # why\n", ""},
		"reqadd":               {" reqadd X-Proto:\\ http\n", " http-request add-header X-Proto http\n", ""},
		"reqadd with blanks":   {" reqadd X:\\ a\\ b%\\ \\#c if TRUE # x\n", " http-request add-header X a\\ b%%\\ \\#c if TRUE # x\n", ""},
		"rspadd":               {" rspadd X:y unless FALSE\n", " http-response add-header X y unless FALSE\n", ""},
		"reqadd of no header":  {" reqadd X\n", " reqadd X\n", "no-equal"},
		"reqidel":              {" reqidel ^X-Foo:.*\n rspdel ^Server:\n", " http-request del-header X-Foo\n http-response del-header Server\n", ""},
		"reqdel of a pattern":  {" reqdel ^X-.*:\n", " reqdel ^X-.*:\n", "no-equal"},
		"reqrep":               {" reqrep ^Host:\\ a Host:\\ b\n", " reqrep ^Host:\\ a Host:\\ b\n", "no-equal"},
		"block":                {" block if TRUE\n", " http-request deny if TRUE\n", ""},
		"appsession":           {" appsession A len 5 timeout 1h\n", " appsession A len 5 timeout 1h\n", "no-equal"},
		"bind-process":         {" bind-process all\n bind :80 process 1 name x\n", " bind :80 name x\n", ""},
		"monitor-net":          {" monitor-net 10.0.0.0/8\n", " http-request return status 200 if { src 10.0.0.0/8 }\n", "monitor-net"},
		"mode health":          {" mode health # up\n bind :80\n", " mode http # up\n http-request return status 200\n bind :80\n", ""},
		"grace":                {" grace 500\n", "", ""},
		"time with a tail":     {" timeout client 1m30s\n", " timeout client 1m\n", "misread-time"},
		"time over the limit":  {" timeout client 25d\n", " timeout client 25d\n", "time-overflow"},
		"maxconn with a unit":  {" maxconn 100k\n", " maxconn 100k\n", ""}, // 2.6 reads it as ever
		"words passed over":    {" option dontlognull yes # x\n", " option dontlognull # x\n", ""},
		"time and unit apart":  {" timeout queue 2 m\n", " timeout queue 2 m\n", "unexpected-argument"},
		"quotes":               {" log-format \"a # b\n", " log-format \\\"a # b\n", ""},
		"checks with a header": {" option httpchk GET / HTTP/1.1\\r\\nHost:\\ x\n", " option httpchk\n http-check send meth GET uri / ver HTTP/1.1 hdr Host x\n", ""},
		"no final newline":     {" bind :80", " bind :80\n", "missing-final-newline"},
	} {
		r := migrated(t, "frontend f\n"+test.before, haproxy15, haproxy26)
		if got, want := string(r.Text), "frontend f\n"+test.after; got != want {
			t.Errorf("%s: gives\n%q, not\n%q", name, got, want)
		}
		var rules []string
		for _, f := range r.Findings {
			rules = append(rules, f.Rule)
			if f.Message == "" || f.Rule != "missing-final-newline" && f.Line == 0 {
				t.Errorf("%s: finding %+v", name, f)
			}
		}
		if got := strings.Join(rules, " "); got != test.rules {
			t.Errorf("%s: findings %q, not %q", name, got, test.rules)
		}
		if changed := string(r.Text) != "frontend f\n"+test.before; changed != (len(r.Changes) > 0) && test.rules != "missing-final-newline" {
			t.Errorf("%s: changes %+v", name, r.Changes)
		}
	}
}

func TestGlobalAndHeaders(t *testing.T) {
	r := migrated(t, "global it\n nbproc 4 # four\n debug\nlisten a :80,:81 # web\n server x 1.1.1.1:1\n", haproxy15, haproxy26)
	want := "global\n nbthread 4 # four\nlisten a # web\n bind :80,:81\n server x 1.1.1.1:1\n"
	if string(r.Text) != want {
		t.Errorf("gives\n%s", r.Text)
	}
	if len(r.Findings) != 1 || r.Findings[0].Rule != "processes-to-threads" || r.Findings[0].Line != 2 {
		t.Errorf("findings %+v", r.Findings)
	}
	r = migrated(t, "defaults\n maxconn 100k\n timeout client 5s", Version{Major: 2, Minor: 6}, Version{Major: 2, Minor: 8})
	if string(r.Text) != "defaults\n maxconn 100\n timeout client 5s\n" {
		t.Errorf("gives\n%s", r.Text)
	}
	if _, err := Run(nil, Options{From: haproxy26, To: haproxy15}); err == nil {
		t.Error("the way back is no error")
	}
}

// TestStockTemplates: what the servo ships passes the later HAProxy without an error.
func TestStockTemplates(t *testing.T) {
	j := haproxytest.New(t)
	for _, v := range haproxytest.StockVersions() {
		r := migrated(t, haproxytest.Stock(t, v), haproxy15, haproxy26)
		if len(r.Findings) > 0 {
			t.Errorf("%s: %+v", v, r.Findings)
		}
		out := j.Check(t, haproxytest.Hostable(r.Text))
		if !out.Good() || strings.Contains(out.Output, "[WARNING]") {
			t.Errorf("%s: %s\n%s", v, out.Output, r.Text)
		}
	}
}

// TestRandom: where nothing is left open, the later version takes what the earlier took,
// and a second run changes nothing.
func TestRandom(t *testing.T) {
	j := haproxytest.New(t)
	random := rand.New(rand.NewPCG(7, 8))
	lines := strings.Split(` mode http
 clitimeout 10 # c
 contimeout   5s
 timeout connect 5s
 redispatch
 option forceclose
 option http-tunnel # x
 no option forceclose
 reqadd X-A:\ b
 rspadd X-A:\ "b" # y
 reqidel ^X-B:
 block if TRUE
 monitor-net 10.0.0.0/8
 option dontlognull yes
 option independant-streams
 log-tag it's
 bind-process all
 maxconn 5
 timeout client 1m30s
 option httpchk GET / HTTP/1.0\r\nHost:\ a\ b
 # a comment
 retries 3 4`, "\n")
	clean := 0
	for range 60 {
		text := "global\n maxconn 5\n nbproc 1\nlisten l :65080\n"
		for range 1 + random.IntN(7) {
			text += lines[random.IntN(len(lines))] + "\n"
		}
		r := migrated(t, text, haproxy15, haproxy26)
		again := migrated(t, string(r.Text), haproxy26, haproxy26)
		if string(again.Text) != string(r.Text) {
			t.Fatalf("%q: a second time gives\n%s\nnot\n%s", text, again.Text, r.Text)
		}
		if haproxyconfig.HasErrors(r.Findings) {
			continue
		}
		clean++
		if out := j.Check(t, r.Text); !out.Good() {
			t.Errorf("%s\nbecomes\n%s\n%s", text, r.Text, out.Output)
		}
		if found := lint.Check(haproxyconfig.Parse(r.Text), lint.Options{HAProxy: haproxy26}); haproxyconfig.HasErrors(found) {
			t.Errorf("%s\nhas %+v", r.Text, found)
		}
	}
	if clean < 20 {
		t.Errorf("%d configurations had nothing left open: too few to tell anything", clean)
	}
}

func FuzzMigrate(f *testing.F) {
	f.Add("frontend f :80\n reqadd X:\\ y if a # b\n mode health\n timeout client 1m30s\n option httpchk a b c\\r\\nd:e", uint8(0))
	f.Add("defaults\n \"x\n nbproc 2\n no option forceclose", uint8(1))
	f.Fuzz(func(t *testing.T, text string, way uint8) {
		from := []Version{haproxy15, haproxy26, {}}[way%3]
		r, err := Run([]byte(text), Options{From: from})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Changes {
			if c.Note == "" || c.Before == c.After {
				t.Fatalf("%q: change %+v", text, c)
			}
		}
		again, err := Run(r.Text, Options{From: Version{Major: 3, Minor: 4}})
		if err != nil || string(again.Text) != string(r.Text) {
			t.Fatalf("%q: a second time gives %v\n%q, not\n%q", text, err, again.Text, r.Text)
		}
	})
}

func ExampleRun() {
	r, err := Run([]byte("frontend www\n bind :80\n reqadd X-Forwarded-Proto:\\ http # for the application\n"),
		Options{From: Version{Major: 1, Minor: 5}, To: Version{Major: 2, Minor: 6}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s", r.Text)
	for _, c := range r.Changes {
		fmt.Printf("line %d: %s\n", c.LineNumber, c.Note)
	}
	// Output:
	// frontend www
	//  bind :80
	//  http-request add-header X-Forwarded-Proto http # for the application
	// line 3: reqadd is written http-request add-header today
}
