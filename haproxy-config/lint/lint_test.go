package lint

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	haproxyconfig "lbimage/haproxy-config"
)

// found gives the findings as SEVERITY RULE LINE.
func found(text string, o Options) []string {
	var s []string
	for _, f := range Check(haproxyconfig.Parse([]byte(text)), o) {
		s = append(s, fmt.Sprintf("%s %s %d", f.Severity, f.Rule, f.Line))
	}
	return s
}

// version reads a version of HAProxy.
func version(t testing.TB, s string) Version {
	t.Helper()
	v, err := haproxyconfig.ParseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// contexts are what stands before a line under test, by the kind of section it is for.
var contexts = map[string]string{
	"":         "",
	"global":   "global\n",
	"defaults": "defaults\n",
	"frontend": "frontend f\n bind :80\n mode http\n timeout client 5s\n",
	"backend":  "backend b\n mode http\n timeout connect 5s\n timeout server 5s\n",
	"listen":   "listen l\n bind :80\n mode http\n timeout client 5s\n timeout connect 5s\n timeout server 5s\n",
	"peers":    "peers p\n", "resolvers": "resolvers r\n", "userlist": "userlist u\n", "mailers": "mailers m\n",
	"cache": "cache c\n total-max-size 4\n", "ring": "ring r\n", "fcgi-app": "fcgi-app a\n docroot /\n",
}

// judgement is what one version says to one line.
type judgement struct {
	section, line string
	version       string
	want          string // findings on the line, as SEVERITY RULE, parted by commas
}

// judge checks lines one by one.
func judge(t *testing.T, all []judgement) {
	t.Helper()
	for _, j := range all {
		before := contexts[j.section]
		text := before + " " + j.line + "\n"
		at := strings.Count(before, "\n") + 1
		var got []string
		for _, f := range Check(haproxyconfig.Parse([]byte(text)), Options{HAProxy: version(t, j.version)}) {
			if f.Line == at {
				got = append(got, fmt.Sprintf("%s %s", f.Severity, f.Rule))
			}
			if f.Rule == "" || f.Message == "" || f.Hint == "" {
				t.Errorf("%s: a finding without rule, message or hint: %+v", j.line, f)
			}
		}
		slices.Sort(got)
		if g := strings.Join(got, ","); g != j.want {
			t.Errorf("HAProxy %s, %s: %q gives %q, not %q", j.version, j.section, j.line, g, j.want)
		}
	}
}

func TestCleanConfigurationsHaveNothing(t *testing.T) {
	t.Parallel()
	const text = `global
    maxconn 1000
    log 127.0.0.1 local0 info
defaults
    mode http
    log global
    option httplog
    timeout connect 5s
    timeout client 50s
    timeout server 50s
frontend www
    bind 127.0.0.1:8080
    acl static path_end -i .jpg .png
    http-request set-header X-A "%[req.hdr(host),lower]" if static
    use_backend files if static
    default_backend app
backend app
    balance roundrobin
    cookie SRV insert indirect nocache
    server a 127.0.0.1:8081 check cookie a
backend files
    server f 127.0.0.1:8083
`
	for _, v := range []string{"1.5", "2.0", "2.2", "2.6", "3.0", "3.2", "3.4"} {
		if got := found(text, Options{HAProxy: version(t, v)}); v != "1.5" && len(got) != 0 {
			t.Errorf("HAProxy %s: %q", v, got)
		}
	}
}

// TestMessagesTellWhatToWrite: what someone reads at night.
func TestMessagesTellWhatToWrite(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, message, hint string }{
		{"defaults\n timeout clint 5s\n", "clint", "timeout client"},
		{"defaults\n reqadd X-A:\\ b\n", "2.1", "http-request add-header"},
		{"defaults\n option forceclose\n", "went with", "option httpclose"},
		{"defaults\n balanc roundrobin\n", "balanc", "balance"},
		{"backend b\n server a 192.0.2.1:80 chekc\n", "chekc", "check"},
		{"frontend f\n bind :80\n http-request dney\n", "dney", "deny"},
		{"frontend f\n bind :80\n acl a pth /x\n", "pth", "path"},
		{"frontend f 0.0.0.0:80\n", "2.4", "bind 0.0.0.0:80"},
		{"backend b\n balance urii\n", "urii", "uri"},
	} {
		all := Check(haproxyconfig.Parse([]byte(test.text)), Options{HAProxy: version(t, "2.6")})
		if !slices.ContainsFunc(all, func(f Finding) bool {
			return f.Severity == Error && strings.Contains(f.Message, test.message) && strings.Contains(f.Hint, test.hint)
		}) {
			t.Errorf("%q: no error with %q and the hint %q: %+v", test.text, test.message, test.hint, all)
		}
	}
}

// TestUnknownVersionIsCareful: without a version, what only some refuse is a warning.
func TestUnknownVersionIsCareful(t *testing.T) {
	t.Parallel()
	const text = "global\n nbproc 2\ndefaults\n clitimeout 5s\n option forceclose\n"
	for _, f := range found(text, Options{}) {
		if strings.HasPrefix(f, "error") {
			t.Errorf("%s without a version", f)
		}
	}
}

// TestLaterVersionsAreNotGuessed: what a version that no one looked at has is info at most.
func TestLaterVersionsAreNotGuessed(t *testing.T) {
	t.Parallel()
	got := found("global\n brand-new-word\n", Options{HAProxy: version(t, "4.0")})
	if !slices.Equal(got, []string{"info unknown-to-this-tool 2"}) {
		t.Errorf("%q", got)
	}
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	o := Options{HAProxy: version(t, "2.6"), Template: true}
	if got := found("global\n maxconn 5\ndefaults\n timeout connect 5s\n default_backend later\n", o); len(got) != 0 {
		t.Errorf("a template: %q", got)
	}
	if got := found("global\n maxconn 5", o); !slices.Contains(got, "warning no-defaults 0") || !slices.Contains(got, "warning missing-final-newline 2") {
		t.Errorf("half a template: %q", got)
	}
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	o := Options{User: func(name string) bool { return name == "a" }, Group: func(string) bool { return true }}
	text := "global\n user b\n group b\nfrontend f\n bind /x user b\n bind :1 level user mode 600\n bind /y user a\n"
	got := slices.DeleteFunc(found(text, o), func(s string) bool { return !strings.Contains(s, "unknown-user") })
	if !slices.Equal(got, []string{"error unknown-user 2", "error unknown-user 5"}) {
		t.Errorf("%q", got)
	}
}

// files are those of a test, by name.
func files(all map[string]string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if text, ok := all[name]; ok {
			return []byte(text), nil
		}
		if name == "locked" {
			return nil, errors.New("locked")
		}
		return nil, fs.ErrNotExist
	}
}

func TestErrorFiles(t *testing.T) {
	t.Parallel()
	read := files(map[string]string{
		"good":  "HTTP/1.0 503 No\r\nContent-Length: 2\r\n\r\nno",
		"short": "HTTP/1.0 503 No\nContent-Type: text/html\n",
		"wrong": "HTTP/1.0 503 No\r\nContent-Length: 9\r\n\r\nno",
		"many":  "HTTP/1.0 503 No\r\n" + strings.Repeat("X: y\r\n", 101) + "\r\n",
		"large": "HTTP/1.0 503 No\r\n\r\n" + strings.Repeat("x", maxErrorFile),
	})
	for _, test := range []struct{ line, version, want string }{
		{"errorfile 503 good", "2.6", ""},
		{"errorfile 503 none", "1.5", "error missing-errorfile 2"},
		{"errorfile 503 locked", "2.6", "error missing-errorfile 2"},
		{"errorfile 503 short", "1.9", "info errorfile-without-blank-line 2"},
		{"errorfile 503 short", "2.0", "error errorfile-without-blank-line 2"},
		{"errorfile 503 short", "2.6", "error errorfile-without-blank-line 2"},
		{"errorfile 503 wrong", "2.6", "error errorfile-length 2"},
		{"errorfile 503 large", "1.9", "warning large-errorfile 2"},
		{"errorfile 503 large", "2.0", "error large-errorfile 2"},
		{"errorfile 503 many", "2.6", "error many-headers 2"},
		{"errorfile 503 good\nglobal\n tune.http.maxhdr 1", "2.6", "error small-buffers 4"},
		{"log global\nglobal\n tune.http.maxhdr 5\ndefaults\n errorloc 503 /", "2.6", ""},
		{"log global\nglobal\n tune.http.maxhdr 3\ndefaults\n errorloc 503 /", "2.6", "error small-buffers 4,error many-headers 6"},
		{"errorfile 999 good", "1.9", "warning bad-status 2"},
		{"errorfile 999 good", "2.0", "error bad-status 2"},
		{"errorfile 422 good", "2.2", "error bad-status 2"},
		{"errorfile 422 good", "2.4", "warning bad-status 2"},
		{"errorfile 422 good", "2.6", ""},
	} {
		got := strings.Join(found("defaults\n "+test.line+"\n", Options{HAProxy: version(t, test.version), ReadFile: read}), ",")
		if got != test.want {
			t.Errorf("HAProxy %s: %s gives %q, not %q", test.version, test.line, got, test.want)
		}
	}
}

func TestNamedFiles(t *testing.T) {
	t.Parallel()
	read := files(map[string]string{"cert.pem": "-----BEGIN CERTIFICATE-----\n", "page": "x", "/b/c.pem": "-----BEGIN X-----\n", "two.rsa": "-----BEGIN X-----\n"})
	for _, test := range []struct{ text, want string }{
		{"frontend f\n bind :443 ssl crt cert.pem\n", ""},
		{"frontend f\n bind :443 ssl crt none.pem\n", "error missing-file 2"},
		{"frontend f\n bind :443 ssl crt page\n", "error bad-certificate 2"},
		{"frontend f\n bind :443 ssl crt two\n", ""},
		{"global\n crt-base /b\nfrontend f\n bind :443 ssl crt c.pem\n", ""},
		{"backend b\n server s 192.0.2.1:443 ssl ca-file none.pem\n", "error missing-file 2"},
		{"backend b\n server s 192.0.2.1:443 ssl ca-file @system-ca\n", ""},
		{"frontend f\n mode http\n acl a src -f none\n", "error missing-file 3"},
		{"frontend f\n mode http\n http-request set-header A %[src,map(none)]\n", "error missing-file 3"},
		{"global\n lua-load none.lua\n", "error missing-file 2"},
	} {
		got := slices.DeleteFunc(found(test.text, Options{HAProxy: version(t, "2.6"), ReadOther: read}), func(s string) bool { return !strings.HasPrefix(s, "error") })
		if g := strings.Join(got, ","); g != test.want {
			t.Errorf("%q gives %q, not %q", test.text, g, test.want)
		}
	}
}
