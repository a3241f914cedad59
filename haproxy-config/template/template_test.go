package template

import (
	"fmt"
	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/internal/haproxytest"
	"lbimage/haproxy-config/lint"
	"maps"
	"os/user"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestNineEdits holds the edits against the template of 1.0.4 as it was once
// edited by hand: the same directives with the same values.
func TestNineEdits(t *testing.T) {
	out, changes, err := nine().Apply([]byte(haproxytest.Stock(t, "1.0.4")))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(haproxytest.Stock(t, "1.0.4"), ` contimeout      1000
 clitimeout      10000
 srvtimeout      10000
 option http-server-close # affects KA on/off
`, ` timeout connect 5s
 timeout client  2m
 timeout server  2m
 option http-server-close # affects KA on/off
 timeout http-keep-alive 10s
 timeout queue   1m
 timeout check   5s
 retries 3
 option dontlognull
 option redispatch
`, 1)
	if string(out) != want {
		t.Errorf("the template is\n%s, not\n%s", out, want)
	}
	if len(changes) != 9 {
		t.Errorf("%d changes: %+v", len(changes), changes)
	}
	if got, want := meaning(t, out), meaning(t, []byte(handEdited)); !maps.Equal(got, want) {
		t.Errorf("the defaults mean\n%v, not\n%v", got, want)
	}
}

// meaning gives the directives of the defaults section, comments left out, without
// regard to order and spacing.
func meaning(t *testing.T, text []byte) map[string]int {
	t.Helper()
	s, ok := haproxyconfig.Parse(text).Find("defaults", "")
	if !ok {
		t.Fatalf("no defaults in\n%s", text)
	}
	m := map[string]int{}
	for _, l := range s.Lines {
		if l.IsDirective() {
			m[strings.Join(l.Values(0), " ")]++
		}
	}
	return m
}

func TestMeaningTellsApart(t *testing.T) {
	a := meaning(t, []byte("defaults\n retries 3\n mode http # x\n"))
	if !maps.Equal(a, meaning(t, []byte("defaults\n  mode  http\n\n  retries 3\n"))) {
		t.Error("order or spacing counts")
	}
	for _, other := range []string{"retries 4\n mode http", "retries 3", "retries 3\n retries 3\n mode http"} {
		if maps.Equal(a, meaning(t, []byte("defaults\n "+other+"\n"))) {
			t.Errorf("%q is the same", other)
		}
	}
}

// TestEditedStockTemplatesPass lets haproxy judge every template that the servo
// shipped, edited, alone and with a listener behind it.
func TestEditedStockTemplatesPass(t *testing.T) {
	t.Parallel()
	j := haproxytest.New(t)
	const listener = "frontend http-80\n bind 127.0.0.1:65080\n mode http\n default_backend b\nbackend b\n mode http\n server s 127.0.0.1:8080\n"
	for _, version := range haproxytest.StockVersions() {
		out, _, err := nine().Apply([]byte(haproxytest.Stock(t, version)))
		if err != nil {
			t.Fatalf("template of %s: %v", version, err)
		}
		for _, config := range []string{string(out), string(out) + listener} {
			v := j.Check(t, haproxytest.Hostable([]byte(config)))
			if !v.Good() || strings.Contains(v.Output, "[ALERT]") || strings.Contains(v.Output, "[WARNING]") {
				t.Errorf("template of %s: exit %d\n%s%s", version, v.Exit, v.Output, config)
			}
		}
		for _, v := range []Version{{}, versionOf(j), {Major: 1, Minor: 5}} {
			for _, f := range lint.Check(haproxyconfig.Parse(out), lint.Options{HAProxy: v, Template: true}) {
				if f.Severity != haproxyconfig.Info {
					t.Errorf("template of %s: %+v", version, f)
				}
			}
		}
	}
}

func TestApplyTwiceIsApplyOnce(t *testing.T) {
	for _, version := range haproxytest.StockVersions() {
		once, _, err := nine().Apply([]byte(haproxytest.Stock(t, version)))
		if err != nil {
			t.Fatal(err)
		}
		twice, changes, err := nine().Apply(once)
		if err != nil || string(twice) != string(once) || len(changes) > 0 {
			t.Errorf("template of %s: %v, %+v\n%s", version, err, changes, twice)
		}
	}
	if out, changes, err := (Edits{}).Apply([]byte(haproxytest.Stock(t, "1.0.4"))); string(out) != haproxytest.Stock(t, "1.0.4") || changes != nil || err != nil {
		t.Errorf("no edits give %v, %v\n%s", changes, err, out)
	}
}

func TestDeprecatedTimeoutsWithAnyEdit(t *testing.T) {
	out, changes, err := Edits{Options: []string{"redispatch"}}.Apply([]byte(haproxytest.Stock(t, "1.0.0")))
	if err != nil {
		t.Fatal(err)
	}
	f := haproxyconfig.Parse(out)
	for name, want := range map[string]string{"connect": "1000", "client": "10000", "server": "10000"} {
		if got, _ := f.Get(defaultsRef, "timeout "+name); got != want {
			t.Errorf("timeout %s is %q, not %q", name, got, want)
		}
	}
	if len(changes) != 4 || strings.Contains(string(out), "contimeout") {
		t.Errorf("changes %+v\n%s", changes, out)
	}
}

// TestBothSpellings: whichever line was in force, after the edit one line
// remains, with the value that was asked for.
func TestBothSpellings(t *testing.T) {
	for _, body := range []string{
		" clitimeout 1\n timeout client 2\n", " timeout client 2\n clitimeout 1\n",
		" clitimeout 1\n timeout client 2\n clitimeout 3\n", " timeout client 1\n clitimeout 2\n timeout client 3\n",
	} {
		out, _, err := Edits{Timeouts: []Setting{{"client", "2m"}}}.Apply([]byte("defaults\n" + body))
		if err != nil || string(out) != "defaults\n timeout client 2m\n" {
			t.Errorf("%q gives %v\n%s", body, err, out)
		}
	}
}

func TestSetFindsTheSection(t *testing.T) {
	text := "global\n maxconn 1\ndefaults\n mode http\n"
	for _, test := range []struct{ name, value, before, after string }{
		{"maxconn", "5", text, "global\n maxconn 5\ndefaults\n mode http\n"},
		{"maxconn", "5", "global\n daemon\ndefaults\n maxconn 1\n", "global\n daemon\ndefaults\n maxconn 5\n"},
		{"maxconn", "5", "global\n daemon\ndefaults\n", "global\n daemon\n maxconn 5\ndefaults\n"},
		{"defaults.maxconn", "5", text, text + " maxconn 5\n"},
		{"global.tune.bufsize", "5", text, "global\n maxconn 1\n tune.bufsize 5\ndefaults\n mode http\n"},
		{"tune.bufsize", "5", text, "global\n maxconn 1\n tune.bufsize 5\ndefaults\n mode http\n"},
		{"retries", "5", text, text + " retries 5\n"},
		{"stats  timeout", "5s", text, "global\n maxconn 1\n stats timeout 5s\ndefaults\n mode http\n"},
		{"timeout client", "2m", text, text + " timeout client 2m\n"},
		{"defaults.timeout client", "2m", text, text + " timeout client 2m\n"},
		{"log", "/dev/log local0", text, "global\n maxconn 1\n log /dev/log local0\ndefaults\n mode http\n"},
		{"defaults.log", "global", text, text + " log global\n"},
		{"defaults.new-thing", "a b", text, text + " new-thing a b\n"},
		{"global.daemon", "", text, "global\n maxconn 1\n daemon\ndefaults\n mode http\n"},
		{"errorfile 503", "/x", text + " errorfile 500 /y\n", text + " errorfile 500 /y\n errorfile 503 /x\n"},
		{"errorfile 500", "/x", text + " errorfile 500 /y\n", text + " errorfile 500 /x\n"},
	} {
		out, _, err := Edits{Set: []Setting{{test.name, test.value}}}.Apply([]byte(test.before))
		if err != nil || string(out) != test.after {
			t.Errorf("%s=%s gives %v\n%q, not\n%q", test.name, test.value, err, out, test.after)
		}
	}
}

func TestEditsRefuse(t *testing.T) {
	for _, test := range []struct {
		edits Edits
		words string // all in the message
	}{
		{Edits{Timeouts: []Setting{{"clint", "2m"}}}, "timeout clint|did you mean client?"},
		{Edits{Timeouts: []Setting{{"http-keepalive", "2m"}}}, "did you mean http-keep-alive?"},
		{Edits{Timeouts: []Setting{{"xyzzy", "2m"}}}, "there are check, client, client-fin"},
		{Edits{Timeouts: []Setting{{"contimeout", "2m"}}}, "its name is now connect"},
		{Edits{Timeouts: []Setting{{"", "2m"}}}, "not known"},
		{Edits{Timeouts: []Setting{{"client", "1m30s"}}}, "timeout client|1m30s|as 1m|90s"},
		{Edits{Timeouts: []Setting{{"client", "2 m"}}}, "blank"},
		{Edits{Timeouts: []Setting{{"client", ""}}}, "empty"},
		{Edits{Timeouts: []Setting{{"client", "25d"}}}, "limit"},
		{Edits{Timeouts: []Setting{{"client-fin", "5s"}}, HAProxy: Version{Major: 1, Minor: 5, Dev: 22}}, "not known to HAProxy 1.5-dev22"},
		{Edits{Timeouts: []Setting{{"client", "1m"}, {"client", "2m"}}}, "timeout client|twice"},
		{Edits{Timeouts: []Setting{{"client", "1m"}}, Set: []Setting{{"defaults.timeout client", "2m"}}}, "timeout client|twice"},
		{Edits{Set: []Setting{{"retrys", "3"}}}, "did you mean retries?|defaults.retrys"},
		{Edits{Set: []Setting{{"retries", "x"}}}, "whole number"},
		{Edits{Set: []Setting{{"retries", "-1"}}}, "whole number"},
		{Edits{Set: []Setting{{"retries", ""}}}, "needs a value|retries"},
		{Edits{Set: []Setting{{"mode", ""}}}, "needs a value"},
		{Edits{Set: []Setting{{"", "3"}}}, "names no directive"},
		{Edits{Set: []Setting{{"global.", "3"}}}, "names no directive"},
		{Edits{Set: []Setting{{"frontend.maxconn", "3"}}}, "global and defaults only"},
		{Edits{Set: []Setting{{"defaults.ulimit-n", "3"}}}, "belongs to global"},
		{Edits{Set: []Setting{{"option redispatch", "3"}}}, "as an option"},
		{Edits{Set: []Setting{{"httplog", "1"}}}, "as an option"},
		{Edits{Set: []Setting{{"redispatch", "1"}}}, "as the option redispatch"},
		{Edits{Set: []Setting{{"defaults.redisp", ""}}}, "as the option redispatch"},
		{Edits{Set: []Setting{{"defaults.contimeout", "5"}}}, "timeout connect"},
		{Edits{Set: []Setting{{"global.timeout client", "5"}}}, "belongs to defaults"},
		{Edits{Set: []Setting{{"defaults.daemon", ""}}}, "belongs to global"},
		{Edits{Set: []Setting{{"clitimeout", "1"}}}, "timeout client"},
		{Edits{Set: []Setting{{"client", "1"}}}, "as a timeout"},
		{Edits{Set: []Setting{{"errorfile", "503 /x"}}}, "errorfile 503=VALUE"},
		{Edits{Set: []Setting{{"stats timeout", "1m30s"}}}, "stats timeout|90s"},
		{Edits{Set: []Setting{{"log-format", "a # b"}}}, "comment"},
		{Edits{Set: []Setting{{"log-format", "a\nfrontend x"}}}, "line end"},
		{Edits{Set: []Setting{{"mode", "http"}, {"defaults.mode", "tcp"}}}, "mode|twice"},
		{Edits{Options: []string{"dontlognul"}}, "did you mean dontlognull?"},
		{Edits{Options: []string{"xyzzy"}}, "option xyzzy is not known"},
		{Edits{Options: []string{""}}, "no name"},
		{Edits{Options: []string{"redispatch", "no redispatch"}}, "option redispatch|twice"},
		{Edits{Options: []string{"httpchk \"GET"}}, "quote"},
	} {
		_, _, err := test.edits.Apply([]byte(haproxytest.Stock(t, "1.0.4")))
		if err == nil {
			t.Errorf("%+v is not refused", test.edits)
			continue
		}
		for word := range strings.SplitSeq(test.words, "|") {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%+v: %v; not a word of %q", test.edits, err, word)
			}
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("%q has more than one line", err)
		}
	}
	if _, _, err := nine().Apply(make([]byte, maxTemplate+1)); err == nil {
		t.Error("a template without end is not refused")
	}
}

func TestParseSetting(t *testing.T) {
	for text, want := range map[string]Setting{
		"client=2m": {"client", "2m"}, " stats   socket = /x level=admin ": {"stats socket", "/x level=admin"}, "a=": {"a", ""},
	} {
		if got, err := ParseSetting(text); got != want || err != nil {
			t.Errorf("%q gives %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "client", "=2m", " =x"} {
		if got, err := ParseSetting(text); err == nil {
			t.Errorf("%q gives %+v", text, got)
		}
	}
}

// TestSettableIsKnown: the tables know each of them, and what kind of value it has.
func TestSettableIsKnown(t *testing.T) {
	t.Parallel()
	want := map[string]keywordInfo{
		"uid":                {homes: []string{"global"}, value: number},
		"maxconn":            {homes: []string{"global", "defaults"}, value: number},
		"log":                {homes: []string{"global", "defaults"}, repeats: true},
		"stats timeout":      {homes: []string{"global"}, value: duration},
		"tune.ssl.lifetime":  {homes: []string{"global"}, value: duration},
		"tune.rcvbuf.client": {homes: []string{"global"}, value: number},
		"balance":            {homes: []string{"defaults"}},
		"errorfile":          {homes: []string{"defaults"}, keyed: true},
	}
	for _, k := range settable() {
		if len(k.homes) == 0 {
			t.Errorf("no section has %s", k.keyword)
		}
		w, ok := want[k.keyword]
		if !ok {
			continue
		}
		w.keyword = k.keyword
		if !reflect.DeepEqual(k, w) {
			t.Errorf("%+v, not %+v", k, w)
		}
		delete(want, k.keyword)
	}
	if len(want) > 0 {
		t.Errorf("not there: %v", want)
	}
}

// TestSettableAgreesWithHAProxy sets every directive by name and lets haproxy say
// whether it may stand there, and which of two lines it goes by.
func TestSettableAgreesWithHAProxy(t *testing.T) {
	t.Parallel()
	j := haproxytest.New(t)
	if versionOf(j).Compare(Version{Major: 2, Minor: 6}) < 0 || !versionOf(j).Before(Version{Major: 2, Minor: 7}) {
		t.Skipf("the table was held against 2.6, this is haproxy %s", j.Version)
	}
	for _, kind := range []string{"global", "defaults"} {
		var words []string
		for _, k := range settable() {
			if slices.Contains(k.homes, kind) {
				words = append(words, k.keyword)
			}
		}
		for group := range slices.Chunk(words, 8) { // haproxy gives up after some more errors
			config := kind + "\n"
			for _, w := range group {
				config += " " + w + " 7\n"
			}
			out := j.Check(t, []byte(config)).Output
			for i, w := range group {
				first, _, _ := strings.Cut(w, " ")
				if strings.Contains(lineOf(out, i+2), "unknown keyword '"+first+"'") {
					t.Errorf("%s does not stand in %s: %s", w, kind, lineOf(out, i+2))
				}
			}
		}
	}
	values := map[string]string{"user": "nobody", "group": "nogroup"}
	if _, err := user.LookupGroup("nogroup"); err != nil {
		values["group"] = "nobody" // as it is called outside of Debian
	}
	for group := range slices.Chunk(settable(), 8) {
		config := "global\n"
		for _, k := range group {
			value := values[k.keyword]
			if value == "" {
				value = "7"
			}
			line := " " + k.keyword + " " + value + "\n"
			if slices.Contains(k.homes, "global") && k.keyword != "log" {
				config += line + line
			}
		}
		out := j.Check(t, []byte(config)).Output
		for i, l := range strings.Split(config, "\n") {
			word := strings.TrimSpace(l)
			said := strings.Contains(lineOf(out, i+1), "already specified")
			if cut := strings.LastIndexByte(word, ' '); cut > 0 && said && !haproxyconfig.FirstHeeded("global", strings.Fields(word[:cut])) {
				t.Errorf("haproxy goes by the first %s", word[:cut])
			}
		}
		for _, k := range group {
			if haproxyconfig.FirstHeeded("global", strings.Fields(k.keyword)) && !strings.Contains(out, "already specified") {
				t.Errorf("haproxy does not say that it goes by the first %s\n%s", k.keyword, out)
			}
		}
	}
}

// lineOf gives what haproxy says of one line.
func lineOf(output string, line int) string {
	for l := range strings.Lines(output) {
		if strings.Contains(l, fmt.Sprintf("haproxy.cfg:%d]", line)) {
			return l
		}
	}
	return ""
}

func TestOptionsAgreeWithHAProxy(t *testing.T) {
	t.Parallel()
	j := haproxytest.New(t)
	if versionOf(j).Compare(Version{Major: 2, Minor: 6}) < 0 || !versionOf(j).Before(Version{Major: 2, Minor: 7}) {
		t.Skipf("the list was held against 2.6, this is haproxy %s", j.Version)
	}
	for group := range slices.Chunk(OptionNames(), 8) {
		config := "defaults\n"
		for _, name := range group {
			config += " option " + name + "\n"
		}
		out := j.Check(t, []byte(config)).Output
		for i, name := range group {
			unknown := strings.Contains(lineOf(out, i+2), "unknown option") || strings.Contains(lineOf(out, i+2), "not supported any more")
			if unknown == slices.Contains(names("options", versionOf(j)), name) {
				t.Errorf("option %s is unknown to haproxy %s: %v", name, j.Version, unknown)
			}
		}
	}
}

func TestZeroTimeoutIsAllowedAndFound(t *testing.T) {
	out, _, err := Edits{Timeouts: []Setting{{"client", "0"}}}.Apply([]byte(haproxytest.Stock(t, "1.1.0")))
	if err != nil {
		t.Fatal(err)
	}
	found := slices.ContainsFunc(lint.Check(haproxyconfig.Parse(out), lint.Options{}), func(f haproxyconfig.Finding) bool {
		return f.Rule == "zero-timeout" && f.Severity == haproxyconfig.Warning && f.Line == 13
	})
	if !found {
		t.Errorf("no finding for timeout client 0: %+v", lint.Check(haproxyconfig.Parse(out), lint.Options{}))
	}
}

// TestLargestTemplate is of nothing but lines that must go.
func TestLargestTemplate(t *testing.T) {
	text := "defaults\n" + strings.Repeat(" clitimeout 1\n", maxTemplate/14-1)
	out, changes, err := Edits{Timeouts: []Setting{{"client", (2 * time.Minute).String()[:2]}}}.Apply([]byte(text))
	if err != nil || string(out) != "defaults\n timeout client 2m\n" || len(changes) != maxTemplate/14-1 {
		t.Errorf("%v, %d changes, %d bytes", err, len(changes), len(out))
	}
}

var defaultsRef = haproxyconfig.SectionRef{Kind: "defaults"}

// versionOf is the version of the real haproxy.
func versionOf(j haproxytest.Judge) Version {
	v, _ := haproxyconfig.ParseVersion(j.Version)
	return v
}
